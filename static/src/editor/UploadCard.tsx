/** How far this person's uploads are, and what became of those that were refused. */

import { useSyncExternalStore } from "react";
import { t } from "../i18n";
import type { OwnUpload, SceneFiles } from "./files";
import "./pictures.css";

export function UploadCard({ files }: { files: SceneFiles }) {
  const own = useSyncExternalStore(files.subscribe, files.own);
  const refused = own.filter(({ state }) => state.type === "refused");
  const going = own.filter(({ state }) => state.type !== "refused");
  if (own.length === 0) return null;
  return (
    <section className="upload-card" aria-label={t("Uploads")}>
      {going.length > 0 && <Going uploads={going} />}
      {refused.map((upload) => (
        <Refused key={upload.id} upload={upload} files={files} />
      ))}
    </section>
  );
}

function Going({ uploads }: { uploads: OwnUpload[] }) {
  const total = uploads.reduce((sum, { bytes }) => sum + bytes, 0);
  const gone = uploads.reduce((sum, { bytes, state }) => sum + (state.type === "sending" ? bytes * state.share : 0), 0);
  const sending = uploads.some(({ state }) => state.type === "sending");
  const count = uploads.length;
  return (
    <div className="upload-going" data-testid="uploading">
      <span role="status">
        {sending
          ? t("Uploading {{count}} pictures", { count })
          : t("{{count}} pictures wait to be uploaded; they are kept on this device", { count })}
      </span>
      {sending && <progress max={total} value={gone} aria-label={t("Uploaded")} />}
    </div>
  );
}

function Refused({ upload, files }: { upload: OwnUpload; files: SceneFiles }) {
  if (upload.state.type !== "refused") return null;
  return (
    <div className="upload-refused" role="alert">
      <p>{reason(upload.state.code, upload.state.detail)}</p>
      <p className="upload-actions">
        <button type="button" onClick={() => files.retry(upload.id)}>
          {t("Try again")}
        </button>
        <button type="button" onClick={() => files.remove(upload.id)}>
          {t("Remove the picture")}
        </button>
      </p>
    </div>
  );
}

function reason(code: string, detail: string): string {
  switch (code) {
    case "unsupported_media_type":
      return t("This file is not a picture that can be shown here: PNG, JPEG, GIF, WebP, AVIF and SVG are.");
    case "invalid":
      return t("A picture was not uploaded: it is damaged, or holds something that is not taken.");
    case "too_large":
      return t("A picture was not uploaded: it is too large.");
    case "limit":
      return t("A picture was not uploaded: there is no more room for pictures in this project.");
    case "forbidden":
    case "not_found":
      return t("A picture was not uploaded: you may not change this canvas.");
    case "csrf_failed":
      return t("A picture was not uploaded: this page was open for too long. Reload it.");
    default:
      return t("A picture was not uploaded: {{detail}}", { detail: detail || code });
  }
}
