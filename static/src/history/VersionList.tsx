/** The moments that got a name: shown, named, renamed, taken off the list. */

import { useState } from "react";
import type { Page } from "../editor/page";
import { t } from "../i18n";
import { BinIcon, BookmarkIcon, PencilIcon } from "./icons";
import { NameForm } from "./NameForm";
import { failureWords } from "./notices";
import { nameOf } from "./people";
import type { Version } from "./rest";
import type { HistoryStore } from "./store";
import { RestoreVersion } from "./takeback/actions";
import { Thumbnail } from "./Thumbnail";
import { momentWords } from "./times";
import { useHistory } from "./use-history";
import type { Versions } from "./use-versions";

interface Props {
  page: Page;
  store: HistoryStore;
  versions: Versions;
  editable: boolean;
  naming: boolean;
  onNaming: (naming: boolean) => void;
  dark: boolean;
  say: (message: string) => void;
}

export function VersionList({ page, store, versions, editable, naming, onNaming, dark, say }: Props) {
  const { phase, list } = versions;
  return (
    <div className="versions">
      {editable && !naming && (
        <button type="button" className="versions-name" onClick={() => onNaming(true)}>
          <BookmarkIcon />
          {t("Name this moment")}
        </button>
      )}
      {editable && naming && (
        <NameForm
          label={t("Name of this moment")}
          action={t("Save")}
          onCancel={() => onNaming(false)}
          onSave={async (name) => {
            const { at, head } = store.read();
            await versions.create(name, at ?? head);
            onNaming(false);
            say(t("“{{name}}” is saved.", { name }));
          }}
        />
      )}
      {phase === "loading" && <p role="status">{t("Loading…")}</p>}
      {phase === "failed" && (
        <div className="panel-notice panel-failed" role="alert">
          <p>{failureWords(versions.error, navigator.onLine ? "online" : "offline")}</p>
          <button type="button" onClick={versions.reload}>
            {t("Try again")}
          </button>
        </div>
      )}
      {phase === "ready" && list.length === 0 && (
        <div className="timeline-empty">
          <p>{t("No moment has a name yet.")}</p>
          <p>{t("Name one to find it again: a review, a release, the state before a big change.")}</p>
        </div>
      )}
      <ul>
        {list.map((version) => (
          <li key={version.id} data-testid="history-version">
            <VersionRow
              page={page}
              version={version}
              store={store}
              versions={versions}
              editable={editable}
              dark={dark}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  page: Page;
  version: Version;
  store: HistoryStore;
  versions: Versions;
  editable: boolean;
  dark: boolean;
}

function VersionRow({ page, version, store, versions, editable, dark }: RowProps) {
  const shown = useHistory(store, ({ at }) => at === version.seq);
  const [doing, setDoing] = useState<"rename" | "remove" | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const { name } = version;
  const who = nameOf(version.created_by);

  if (doing === "rename") {
    return (
      <NameForm
        label={t("New name")}
        action={t("Rename")}
        start={name}
        onCancel={() => setDoing(null)}
        onSave={async (next) => {
          await versions.rename(version.id, next);
          setDoing(null);
        }}
      />
    );
  }
  return (
    <div className="version" data-shown={shown}>
      <button
        type="button"
        className="version-show"
        aria-current={shown}
        onClick={() => {
          store.select([]);
          store.show(version.seq);
        }}
      >
        <Thumbnail canvas={page.canvasId} seq={version.seq} dark={dark} size="large" />
        <span className="version-words">
          <strong data-names>{name}</strong>
          <small>{momentWords(Date.parse(version.at))}</small>
          <small>{t("Named by {{who}}", { who })}</small>
        </span>
      </button>
      {editable && doing === null && (
        <span className="version-tools">
          <RestoreVersion version={version} />
          <button
            type="button"
            className="panel-icon"
            aria-label={t("Rename “{{name}}”", { name })}
            onClick={() => setDoing("rename")}
          >
            <PencilIcon />
          </button>
          <button
            type="button"
            className="panel-icon"
            aria-label={t("Delete “{{name}}”", { name })}
            onClick={() => setDoing("remove")}
          >
            <BinIcon />
          </button>
        </span>
      )}
      {doing === "remove" && (
        <div className="version-confirm" role="alertdialog" aria-label={t("Delete “{{name}}”", { name })}>
          <p>{t("Delete this name? The changes stay in the history.")}</p>
          {failed && <p className="version-failed">{failed}</p>}
          <button type="button" onClick={() => setDoing(null)} autoFocus>
            {t("Keep it")}
          </button>
          <button
            type="button"
            className="version-delete"
            onClick={() =>
              void versions.remove(version.id).catch((error: unknown) => setFailed(failureWords(error, "online")))
            }
          >
            {t("Delete")}
          </button>
        </div>
      )}
    </div>
  );
}
