/** Over each image whose picture is not there for everybody: what is going on with it. */

import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useEffect, useState, useSyncExternalStore } from "react";
import { t } from "../i18n";
import type { PictureNote, PictureTrouble, SceneFiles } from "./files";
import "./pictures.css";

interface PictureNotesProps {
  api: ExcalidrawImperativeAPI;
  files: SceneFiles;
}

export function PictureNotes({ api, files }: PictureNotesProps) {
  const notes = useSyncExternalStore(files.subscribe, files.notes);
  return notes.length > 0 ? <Notes api={api} files={files} notes={notes} /> : null;
}

function Notes({ api, files, notes }: PictureNotesProps & { notes: PictureNote[] }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const stop = [api.onChange(() => files.moved()), api.onScrollChange(() => redraw((count) => count + 1))];
    return () => stop.forEach((one) => one());
  }, [api, files]);
  const { scrollX, scrollY, zoom } = api.getAppState();
  return (
    <ul className="picture-notes" aria-label={t("Pictures on their way")}>
      {notes.map(({ element, trouble }) => {
        const width = element.width * zoom.value;
        const style = {
          left: (element.x + element.width / 2 + scrollX) * zoom.value,
          top: (element.y + element.height + scrollY) * zoom.value,
          maxWidth: Math.max(28, width - 8),
        };
        return (
          <li key={element.id} className="picture-note" data-trouble={trouble.type} style={style}>
            <span className="picture-note-text">{inWords(trouble)}</span>
            {trouble.type === "sending" && <progress max={1} value={trouble.share} aria-hidden="true" />}
          </li>
        );
      })}
    </ul>
  );
}

function inWords(trouble: PictureTrouble): string {
  switch (trouble.type) {
    case "sending":
      return t("Uploading {{percent}} %", { percent: Math.round(trouble.share * 100) });
    case "waiting":
      return t("Waits for the network");
    case "refused":
      return t("Not uploaded");
    case "loading":
      return t("Loading…");
    case "absent":
      return t("Picture on its way");
    case "offline":
      return t("Loads when you are online");
    case "missing":
      return t("Picture missing");
  }
}
