/** Beside the stage: what happened, by whom and when, and the versions that got a name. */

import { memo, useId, useRef, useState } from "react";
import type { Page } from "../editor/page";
import { t } from "../i18n";
import { canEdit, type Status } from "../sync/status";
import { BlameCard } from "./blame/BlameCard";
import { Changes } from "./Changes";
import { ExportMenu } from "./ExportMenu";
import { BookmarkIcon } from "./icons";
import type { HistoryStore } from "./store";
import { useHistory } from "./use-history";
import type { Versions } from "./use-versions";
import { VersionList } from "./VersionList";
import "./details.css";
import "./panel.css";
import "./timeline.css";
import "./versions.css";

interface Props {
  page: Page;
  status: Status;
  store: HistoryStore;
  versions: Versions;
  dark: boolean;
  say: (message: string) => void;
}

const TABS = ["changes", "versions"] as const;

/** Where the player is concerns but few of its rows. */
export const Panel = memo(function Panel({ page, status, store, versions, dark, say }: Props) {
  const [tab, setTab] = useState<(typeof TABS)[number]>("changes");
  const [naming, setNaming] = useState(false);
  const [tall, setTall] = useState(false);
  const filters = useHistory(store, (state) => state.filters);
  const id = useId();
  const tabs = useRef<HTMLDivElement | null>(null);
  const editable = canEdit(status.role);

  const show = (chosen: (typeof TABS)[number]): void => {
    setTab(chosen);
    if (chosen === "versions") versions.reload();
    else setNaming(false);
  };

  return (
    <aside className="history-panel" aria-label={t("What happened")} data-tall={tall}>
      <button
        type="button"
        className="panel-sheet"
        aria-expanded={tall}
        aria-label={t("Larger list")}
        onClick={() => setTall(!tall)}
      />
      <div className="panel-head">
        <div
          ref={tabs}
          role="tablist"
          className="panel-tabs"
          aria-label={t("What happened")}
          onKeyDown={(event) => {
            if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
            event.preventDefault();
            event.stopPropagation();
            const other = tab === "changes" ? "versions" : "changes";
            show(other);
            tabs.current?.querySelector<HTMLElement>(`[data-tab="${other}"]`)?.focus();
          }}
        >
          {TABS.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              data-tab={one}
              id={`${id}-${one}`}
              aria-selected={tab === one}
              aria-controls={`${id}-panel`}
              tabIndex={tab === one ? 0 : -1}
              onClick={() => show(one)}
            >
              {one === "changes" ? t("Changes") : t("Versions")}
            </button>
          ))}
        </div>
        {editable && (
          <button
            type="button"
            className="panel-icon"
            aria-label={t("Name this moment")}
            title={t("Name this moment")}
            onClick={() => {
              show("versions");
              setNaming(true);
            }}
          >
            <BookmarkIcon />
          </button>
        )}
        <ExportMenu page={page} filters={filters} />
      </div>
      <div className="panel-body" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
        {tab === "changes" ? (
          <Changes page={page} status={status} store={store} versions={versions.list} dark={dark} />
        ) : (
          <VersionList
            page={page}
            store={store}
            versions={versions}
            editable={editable}
            naming={naming}
            onNaming={setNaming}
            dark={dark}
            say={say}
          />
        )}
      </div>
      <BlameCard canvas={page.canvasId} store={store} />
    </aside>
  );
});
