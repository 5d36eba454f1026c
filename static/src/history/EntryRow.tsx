/** One gesture in the timeline: what was done, in words; opened, each object's properties before and after. */

import { memo, useId } from "react";
import { inWords, oneOf } from "../editor/objects";
import { t } from "../i18n";
import { type Row, rowsOf, type Shown } from "./details";
import { ChevronIcon, TypeIcon } from "./icons";
import { nameOf } from "./people";
import type { ChangeRecord } from "./rest";
import type { HistoryStore } from "./store";
import { RevertEntry } from "./takeback/actions";
import { exactWords, timeWords } from "./times";
import type { Entry } from "./timeline";
import { inSentence } from "./words";

const MOST_OBJECTS = 12;

interface Props {
  entry: Entry;
  /** The one above is of the same minute: it is told only to whoever points here. */
  sameTime: boolean;
  current: boolean;
  open: boolean;
  choose: (entry: Entry) => void;
  toggle: (key: string) => void;
  store: HistoryStore;
}

export const EntryRow = memo(function EntryRow({ entry, sameTime, current, open, choose, toggle, store }: Props) {
  const id = useId();
  const { text, swatches } = inSentence(entry.records);
  const types = entry.records.map(({ element_type: type }) => type);
  const [type = ""] = types;
  const time = timeWords(entry.time);
  return (
    <li className="entry" data-current={current} data-testid="history-entry">
      <div className="entry-line">
        <button
          type="button"
          className="entry-show"
          data-row={entry.key}
          tabIndex={-1}
          aria-current={current}
          aria-label={t("{{who}}, {{time}}: {{what}}", { who: nameOf(entry.user), time, what: text })}
          onClick={() => choose(entry)}
        >
          <TypeIcon type={types.every((one) => one === type) ? type : ""} />
          <span className="entry-words">{text}</span>
          {swatches && (
            <span className="entry-swatches" aria-hidden="true">
              <Swatch colour={swatches[0]} />
              <Swatch colour={swatches[1]} />
            </span>
          )}
          <time dateTime={new Date(entry.time).toISOString()} title={exactWords(entry.time)} data-repeated={sameTime}>
            {time}
          </time>
        </button>
        <button
          type="button"
          className="entry-toggle"
          tabIndex={-1}
          aria-expanded={open}
          aria-controls={id}
          aria-label={t("Details")}
          title={t("Details")}
          onClick={() => toggle(entry.key)}
        >
          <ChevronIcon />
        </button>
      </div>
      <div id={id} className="entry-details" hidden={!open}>
        {open && <Objects records={entry.records} store={store} />}
        {open && <RevertEntry entry={entry} />}
      </div>
    </li>
  );
});

function Objects({ records, store }: { records: readonly ChangeRecord[]; store: HistoryStore }) {
  const shown = records.slice(0, MOST_OBJECTS);
  const rest = records.slice(MOST_OBJECTS).map(({ element_type: type }) => type);
  return (
    <>
      {shown.map((record) => (
        <section key={record.id} className="object">
          <header>
            <TypeIcon type={record.element_type} />
            <h4>{records.length > 1 ? inSentence([record]).text : oneOf(record.element_type)}</h4>
            <button
              type="button"
              onClick={() => {
                store.select([record.element]);
                store.filter({ element: record.element });
              }}
            >
              {t("Only this object")}
            </button>
          </header>
          <Rows rows={rowsOf(record)} />
        </section>
      ))}
      {rest.length > 0 && <p className="object-rest">{t("And {{what}} more.", { what: inWords(rest) })}</p>}
    </>
  );
}

function Rows({ rows }: { rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  return (
    <dl>
      {rows.map((row) => (
        <div key={row.path}>
          <dt>{row.label}</dt>
          <dd>
            {row.before && (
              <del>
                <Value value={row.before} />
              </del>
            )}
            {row.before && (
              <span className="object-arrow" aria-hidden="true">
                →
              </span>
            )}
            {row.after ? (
              <ins>
                <Value value={row.after} />
              </ins>
            ) : (
              <span>{t("nothing")}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: Shown }) {
  return (
    <>
      {value.colour && <Swatch colour={value.colour} />}
      <span data-names>{value.text}</span>
    </>
  );
}

function Swatch({ colour }: { colour: string }) {
  return <span className="swatch" data-clear={colour === "transparent"} style={{ backgroundColor: colour }} />;
}
