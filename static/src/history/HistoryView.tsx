/** The past of a canvas, over the live editor: a stage, a panel with the timeline, a player. Loaded when it is first opened. */

import { useEffect, useRef, useState } from "react";
import type { Page } from "../editor/page";
import type { Person } from "../editor/peers";
import type { Theme } from "../editor/theme";
import type { Say } from "../editor/use-engine";
import { t } from "../i18n";
import type { CanvasElement, Viewport } from "../protocol/messages";
import type { Status } from "../sync/status";
import { Compare } from "./diff/Compare";
import { Header } from "./Header";
import { Panel } from "./Panel";
import { usePeople } from "./player/people";
import { Player } from "./player/Player";
import { useTheatre } from "./player/theatre";
import { Stage } from "./stage/Stage";
import type { HistoryStore } from "./store";
import { Desk } from "./takeback/Desk";
import { useHistory } from "./use-history";
import { useOwnKeys } from "./use-own-keys";
import { useVersions } from "./use-versions";
import "./history.css";

interface Props {
  page: Page;
  /** Of the live editor beneath: the role, the head, the lag of the history. */
  status: Status;
  /** Who else is there right now, and an element as it is there. */
  others: readonly Person[];
  elementOf: (id: string) => CanvasElement | undefined;
  store: HistoryStore;
  theme: Theme;
  /** Where the live editor looks; null while it is not there. */
  view: () => Viewport | null;
  say: Say;
  onClose: () => void;
}

export default function HistoryView(props: Props) {
  const { page, status, others, elementOf, store, theme, view, say, onClose } = props;
  const root = useRef<HTMLDivElement | null>(null);
  const versions = useVersions(page.canvasId);
  const theatre = useTheatre(page.canvasId, store);
  const people = usePeople(
    page,
    useHistory(store, (state) => state.head),
  );
  const [drawingArea, setDrawingArea] = useState(false);
  const parts = { store, theatre, people, theme, drawingArea };

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

  useOwnKeys(root, onClose);

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
      <Desk
        canvas={page.canvasId}
        status={status}
        store={store}
        others={others}
        elementOf={elementOf}
        onPoint={theatre.point}
        dark={theme === "dark"}
        say={say}
        onClose={onClose}
      >
        <Header page={page} store={store} versions={versions.list} say={say} onClose={onClose} />
        <div className="history-body">
          <main className="history-stage" aria-label={t("The canvas at that moment")}>
            <h2 className="visually-hidden">{t("The canvas at that moment")}</h2>
            <Compare theatre={theatre} store={store} />
            <Stage {...parts} page={page} view={view} onAreaDone={() => setDrawingArea(false)} />
          </main>
          <Panel page={page} status={status} store={store} versions={versions} dark={theme === "dark"} say={say} />
          <section className="history-player" aria-label={t("Player")}>
            <Player {...parts} versions={versions.list} onDrawArea={() => setDrawingArea(true)} />
          </section>
        </div>
      </Desk>
    </div>
  );
}
