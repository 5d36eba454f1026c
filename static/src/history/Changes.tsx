/** The timeline with its filters, and what there is to say when it is empty, behind or out of reach. */

import { useMemo, useRef } from "react";
import type { Page } from "../editor/page";
import { t } from "../i18n";
import type { Status } from "../sync/status";
import { peopleIn } from "./chart";
import { ChangeChart } from "./ChangeChart";
import { Filters } from "./Filters";
import { failureWords, lagWords, mayHelpAgain } from "./notices";
import type { Version } from "./rest";
import type { HistoryStore } from "./store";
import { DayList } from "./DayList";
import { RevertFiltered } from "./takeback/actions";
import { daysOf, entriesOf, entryAt } from "./timeline";
import { useHistory } from "./use-history";
import { useTimeline } from "./use-timeline";

interface Props {
  page: Page;
  status: Status;
  store: HistoryStore;
  versions: readonly Version[];
  dark: boolean;
}

export function Changes({ page, status, store, versions, dark }: Props) {
  const filters = useHistory(store, (state) => state.filters);
  const head = useHistory(store, (state) => state.head);
  const timeline = useTimeline(page, filters, head, Math.ceil(status.historyLag / 10));
  const { phase, records, whole, error, fresh } = timeline;
  const list = useRef<HTMLDivElement | null>(null);

  const entries = useMemo(() => entriesOf(records), [records]);
  const current = useHistory(store, ({ at }) => (at === null ? null : (entryAt(entries, at)?.key ?? null)));
  const days = useMemo(() => {
    const { since = "", until = "9999" } = filters;
    const shown = versions.filter(
      (one) => Date.parse(one.at) >= (Date.parse(since) || 0) && !(Date.parse(one.at) >= Date.parse(until)),
    );
    return daysOf(entries, shown, whole);
  }, [entries, versions, whole, filters.since, filters.until]);
  const people = useMemo(() => peopleIn(timeline.counts), [timeline.counts]);
  const behind = lagWords(status);
  const filtered = Object.keys(filters).length > 0;
  const count = fresh.length > 0 ? entriesOf(fresh).length : 0;

  return (
    <>
      <ChangeChart store={store} counts={timeline.counts} />
      <Filters store={store} people={people} />
      <RevertFiltered store={store} people={people} />
      {behind && (
        <p className="panel-notice" role="status" data-testid="history-behind">
          {behind}
        </p>
      )}
      {phase === "ready" && error !== null && <Failed error={error} status={status} onRetry={timeline.retry} />}
      <div className="timeline" ref={list} aria-busy={phase === "loading"}>
        {count > 0 && (
          <button
            type="button"
            className="timeline-fresh"
            data-testid="history-fresh"
            onClick={() => {
              timeline.showFresh();
              list.current?.scrollIntoView({ block: "start" });
            }}
          >
            {t("{{count}} new changes", { count })}
          </button>
        )}
        {phase === "loading" && <Skeleton />}
        {phase === "failed" && <Failed error={error} status={status} onRetry={timeline.retry} />}
        {phase === "ready" && (
          <DayList
            page={page}
            store={store}
            days={days}
            current={current}
            whole={whole}
            paused={error !== null}
            dark={dark}
            onEnd={timeline.more}
          />
        )}
        {phase === "ready" && records.length === 0 && (
          <div className="timeline-empty">
            <p>{filtered ? t("No change fits these filters.") : t("Nothing has happened here yet.")}</p>
            {filtered ? (
              <button type="button" onClick={() => store.clearFilters()}>
                {t("Show all changes")}
              </button>
            ) : (
              <p>{t("What anybody draws on this canvas is listed here a moment later.")}</p>
            )}
          </div>
        )}
      </div>
    </>
  );
}

function Failed({ error, status, onRetry }: { error: unknown; status: Status; onRetry: () => void }) {
  return (
    <div className="panel-notice panel-failed" role="alert">
      <p>{failureWords(error, status.link)}</p>
      {mayHelpAgain(error) && (
        <button type="button" onClick={onRetry}>
          {t("Try again")}
        </button>
      )}
    </div>
  );
}

function Skeleton() {
  return (
    <div className="timeline-skeleton" role="status">
      <span className="visually-hidden">{t("Loading…")}</span>
      {Array.from({ length: 7 }, (_, place) => (
        <span key={place} aria-hidden="true" />
      ))}
    </div>
  );
}
