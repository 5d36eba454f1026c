/** The past of a canvas, over the live editor: a stage, a panel with the timeline, a player. Loaded when it is first opened. */

import { useEffect, useRef } from "react";
import type { Page } from "../editor/page";
import type { Theme } from "../editor/theme";
import { t } from "../i18n";
import type { Status } from "../sync/status";
import { Header } from "./Header";
import type { HistoryStore } from "./store";
import "./history.css";

interface Props {
  page: Page;
  /** Of the live editor beneath: the role, the head, the lag of the history. */
  status: Status;
  store: HistoryStore;
  theme: Theme;
  say: (message: string) => void;
  onClose: () => void;
}

export default function HistoryView({ page, status, store, say, onClose }: Props) {
  const root = useRef<HTMLDivElement | null>(null);

  useEffect(() => {
    if (status.lastSeq !== null) store.headIs(status.lastSeq);
  }, [store, status.lastSeq]);

  useEffect(() => {
    const before = document.activeElement;
    root.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) onClose();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, [onClose]);

  return (
    <div
      ref={root}
      className="history"
      role="dialog"
      aria-modal="true"
      aria-label={t("History of {{canvas}}", { canvas: page.canvasName })}
      data-testid="history"
      tabIndex={-1}
    >
      <Header page={page} store={store} say={say} onClose={onClose} />
      <div className="history-body">
        <main className="history-stage" aria-label={t("The canvas at that moment")}>
          <h2 className="visually-hidden">{t("The canvas at that moment")}</h2>
        </main>
        <aside className="history-panel" aria-label={t("What happened")} />
        <section className="history-player" aria-label={t("Player")} />
      </div>
    </div>
  );
}
