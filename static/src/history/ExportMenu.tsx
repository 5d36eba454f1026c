import { useId } from "react";
import type { Page } from "../editor/page";
import { t } from "../i18n";
import { DownloadIcon } from "./icons";
import { bundleUrl, exportUrl, type HistoryFilters } from "./rest";

/** Files of what is listed, and of the log itself for whoever wants to check it. */
export function ExportMenu({ page, filters }: { page: Page; filters: HistoryFilters }) {
  const id = useId();
  const { projectId, canvasId } = page;
  return (
    <>
      <button
        type="button"
        className="panel-icon"
        popoverTarget={id}
        aria-label={t("Export the history")}
        title={t("Export the history")}
        style={{ anchorName: "--history-export" } as React.CSSProperties}
      >
        <DownloadIcon />
      </button>
      <div
        id={id}
        popover="auto"
        className="panel-menu"
        role="group"
        aria-label={t("Export the history")}
        onClick={(event) => event.currentTarget.hidePopover()}
      >
        <a href={exportUrl(projectId, canvasId, filters, "csv")} download>
          <strong>CSV</strong>
          <small>{t("The changes listed here, for a spreadsheet")}</small>
        </a>
        <a href={exportUrl(projectId, canvasId, filters, "jsonl")} download>
          <strong>JSON Lines</strong>
          <small>{t("The same, for a program")}</small>
        </a>
        <a href={bundleUrl(canvasId)} download>
          <strong>{t("Proof bundle (.zip)")}</strong>
          <small>{t("The whole log with its signatures, to be checked without this server")}</small>
        </a>
      </div>
    </>
  );
}
