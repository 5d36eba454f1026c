/** The days of the timeline: in each the people's runs, and the versions that got a name. */

import { type KeyboardEvent, memo, useCallback, useEffect, useRef, useState } from "react";
import type { Page } from "../editor/page";
import { t } from "../i18n";
import { EntryRow } from "./EntryRow";
import { BookmarkIcon } from "./icons";
import { Face, nameOf } from "./people";
import type { Version } from "./rest";
import type { HistoryStore } from "./store";
import { Thumbnail } from "./Thumbnail";
import { dayWords, timeWords } from "./times";
import type { Block, Day, Entry, Run } from "./timeline";
import { useHistory } from "./use-history";
import { useRoving } from "./use-roving";

interface Props {
  page: Page;
  store: HistoryStore;
  days: readonly Day[];
  /** The key of the entry that made what is shown. */
  current: string | null;
  whole: boolean;
  /** Nothing more is asked for while the last question failed. */
  paused: boolean;
  dark: boolean;
  onEnd: () => void;
}

const ROW = "[data-row]";

export function DayList({ page, store, days, current, whole, paused, dark, onEnd }: Props) {
  const list = useRef<HTMLDivElement | null>(null);
  const end = useRef<HTMLDivElement | null>(null);
  const roving = useRoving(list, ROW);
  const now = useHistory(store, ({ at }) => at === null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());

  const choose = useCallback(
    (entry: Entry) => {
      store.select(entry.records.map(({ element }) => element));
      store.show(entry.lastSeq);
    },
    [store],
  );
  const toggle = useCallback((key: string, wanted?: boolean) => {
    setOpen((before) => {
      const next = new Set(before);
      if (wanted ?? !before.has(key)) next.add(key);
      else next.delete(key);
      return next;
    });
  }, []);

  useEffect(() => {
    const mark = end.current;
    if (!mark || whole || paused) return;
    const look = new IntersectionObserver(([seen]) => seen?.isIntersecting && onEnd());
    look.observe(mark);
    return () => look.disconnect();
  }, [onEnd, whole, paused]);

  useEffect(() => {
    // Also when the player goes on by itself; whoever is at a row in the list is not taken away from it.
    if (list.current?.contains(document.activeElement)) return;
    list.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }, [current, now]);

  const keys = (event: KeyboardEvent): void => {
    const key = (event.target as HTMLElement).dataset["row"];
    if (key && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      event.preventDefault();
      event.stopPropagation();
      toggle(key, event.key === "ArrowRight");
    } else {
      roving.onKeyDown(event);
    }
  };

  return (
    <div
      ref={list}
      className="timeline-days"
      data-keys=""
      onFocus={roving.onFocus}
      onKeyDown={keys}
      data-testid="timeline"
    >
      <button
        type="button"
        data-row=""
        className="timeline-now"
        aria-current={now}
        onClick={() => {
          store.select([]);
          store.show(null);
        }}
      >
        <span className="timeline-now-dot" aria-hidden="true" />
        {t("Now")}
        <small>{t("The canvas as it is")}</small>
      </button>
      {days.map((day) => (
        <section key={day.date} className="timeline-day" aria-label={dayWords(day.date)}>
          <header>
            <h3>{dayWords(day.date)}</h3>
            <Thumbnail canvas={page.canvasId} seq={day.lastSeq} dark={dark} size="small" />
          </header>
          <ol>
            {day.blocks.map((block, place) =>
              block.kind === "version" ? (
                <li key={block.version.id}>
                  <VersionMark version={block.version} store={store} />
                </li>
              ) : (
                <li key={block.run.key}>
                  <RunOf
                    run={block.run}
                    timeAbove={timeOf(day.blocks[place - 1])}
                    current={block.run.entries.some(({ key }) => key === current) ? current : null}
                    open={open}
                    choose={choose}
                    toggle={toggle}
                    store={store}
                  />
                </li>
              ),
            )}
          </ol>
        </section>
      ))}
      {!whole && (
        <div className="timeline-end" role="status">
          <span ref={end} className="timeline-ahead" aria-hidden="true" />
          {!paused && t("Loading…")}
        </div>
      )}
    </div>
  );
}

interface RunProps {
  run: Run;
  timeAbove: string;
  /** null: none of its entries. */
  current: string | null;
  open: ReadonlySet<string>;
  choose: (entry: Entry) => void;
  toggle: (key: string) => void;
  store: HistoryStore;
}

const RunOf = memo(function RunOf({ run, timeAbove, current, open, choose, toggle, store }: RunProps) {
  return (
    <div className="run">
      <Face person={run.user} />
      <div className="run-body">
        <p className="run-name" data-names>
          {nameOf(run.user)}
        </p>
        <ul>
          {run.entries.map((entry, place) => (
            <EntryRow
              key={entry.key}
              entry={entry}
              sameTime={(place === 0 ? timeAbove : timeWords(run.entries[place - 1]!.time)) === timeWords(entry.time)}
              current={entry.key === current}
              open={open.has(entry.key)}
              choose={choose}
              toggle={toggle}
              store={store}
            />
          ))}
        </ul>
      </div>
    </div>
  );
});

/** As its last line says it. */
function timeOf(block: Block | undefined): string {
  if (!block) return "";
  return timeWords(block.kind === "version" ? Date.parse(block.version.at) : block.run.entries.at(-1)!.time);
}

function VersionMark({ version, store }: { version: Version; store: HistoryStore }) {
  const shown = useHistory(store, ({ at }) => at === version.seq);
  const who = nameOf(version.created_by);
  return (
    <button
      type="button"
      data-row=""
      className="timeline-version"
      aria-current={shown}
      onClick={() => {
        store.select([]);
        store.show(version.seq);
      }}
    >
      <BookmarkIcon />
      <span className="timeline-version-name" data-names>
        {version.name}
      </span>
      <small title={t("Named by {{who}}", { who })}>{timeWords(Date.parse(version.at))}</small>
    </button>
  );
}
