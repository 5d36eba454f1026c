/** Who changed one object: each of its properties, with its value, by whom and when, and the way to that moment. */

import { type ReactNode, useId, useState } from "react";
import { typeName } from "../../editor/objects";
import { t } from "../../i18n";
import type { Shown } from "../details";
import { ChevronIcon, TypeIcon } from "../icons";
import { failureWords, mayHelpAgain } from "../notices";
import { Face, nameOf } from "../people";
import { type Blame, blame, type Origin, Problem } from "../rest";
import type { HistoryStore } from "../store";
import { useAsked } from "../takeback/use-asked";
import { exactWords } from "../times";
import { useHistory } from "../use-history";
import { clipped } from "../words";
import { type BlameRow, blameRows, lastOf } from "./rows";
import { agoWords } from "./when";
import "./blame.css";

/** Whoever scrubs, or watches others draw, passes by many states. */
const SETTLED_MS = 300;

/** Of the object that the timeline is filtered to, else of the one that is chosen on the stage. */
export function BlameCard({ canvas, store }: { canvas: string; store: HistoryStore }) {
  const filters = useHistory(store, (state) => state.filters);
  const selected = useHistory(store, (state) => state.selected);
  // Whoever comes with an object in the address came to see this.
  const [open, setOpen] = useState(filters.element !== undefined);
  const chosen = selected.length === 1 ? selected[0] : undefined;
  const element = chosen ?? filters.element;
  if (element === undefined) return null;
  return (
    <Card key={element} canvas={canvas} element={element} store={store} open={open} onToggle={() => setOpen(!open)} />
  );
}

interface CardProps {
  canvas: string;
  element: string;
  store: HistoryStore;
  open: boolean;
  onToggle: () => void;
}

function Card({ canvas, element, store, open, onToggle }: CardProps) {
  const id = useId();
  const { at, head, filters } = useHistory(store);
  const [asked, again] = useAsked(`${at ?? `now ${head}`}`, () => blame(canvas, element, at), SETTLED_MS);
  const [known, setKnown] = useState<Blame | null>(null);
  // What is known stays while the next is asked for: others draw all the time.
  if (asked.phase === "ready" && asked.answer !== known) setKnown(asked.answer);
  const told = asked.phase === "failed" ? null : known;
  const last = told && lastOf(told);
  return (
    <section className="blame" aria-label={t("Who changed this object")} data-testid="blame">
      <button type="button" className="blame-head" aria-expanded={open} aria-controls={id} onClick={onToggle}>
        <TypeIcon type={told?.type ?? ""} />
        <span className="blame-title">
          <strong data-names>{told ? titleOf(told) : t("Who changed this object")}</strong>
          {last && (
            <small>
              {t("Last changed by {{who}}, {{when}}", {
                who: nameOf(last.user),
                when: agoWords(Date.parse(last.at), Date.now()),
              })}
            </small>
          )}
        </span>
        <ChevronIcon />
      </button>
      <div id={id} className="blame-body" hidden={!open}>
        {open && asked.phase === "failed" && <Missing error={asked.error} onAgain={again} />}
        {open && asked.phase !== "failed" && !told && <p role="status">{t("Loading…")}</p>}
        {open && told && <Told told={told} store={store} />}
        {open && filters.element !== element && (
          <button type="button" className="blame-only" onClick={() => store.filter({ element })}>
            {t("History of this object")}
          </button>
        )}
      </div>
    </section>
  );
}

function Missing({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  if (error instanceof Problem && error.status === 404) return <p>{t("At that moment there was no such object.")}</p>;
  return (
    <div role="alert">
      <p>{failureWords(error, navigator.onLine ? "online" : "offline")}</p>
      {mayHelpAgain(error) && (
        <button type="button" className="blame-only" onClick={onAgain}>
          {t("Try again")}
        </button>
      )}
    </div>
  );
}

function Told({ told, store }: { told: Blame; store: HistoryStore }) {
  const { since, made } = blameRows(told);
  const { created, deleted } = told;
  return (
    <>
      <ul>
        {deleted && <Line label={t("Deleted")} by={deleted} store={store} />}
        {since.map((row) => (
          <Property key={`${row.path}-${row.by?.seq}`} row={row} store={store} />
        ))}
        {created ? (
          <Line label={t("Created")} by={created} store={store} />
        ) : (
          <li className="blame-old">{t("Made longer ago than the history is kept.")}</li>
        )}
      </ul>
      {made.length > 0 && (
        <details>
          <summary>
            {created
              ? t("{{count}} properties are as they were at first", { count: made.length })
              : t("{{count}} properties were set longer ago", { count: made.length })}
          </summary>
          <dl>
            {made.map((row) => (
              <div key={row.path}>
                <dt>{row.label}</dt>
                <dd>
                  <Value value={row.value} />
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}

function Property({ row, store }: { row: BlameRow; store: HistoryStore }) {
  return row.by && <Line label={row.label} value={<Value value={row.value} />} by={row.by} store={store} />;
}

function Line({ label, value, by, store }: { label: string; value?: ReactNode; by: Origin; store: HistoryStore }) {
  const shown = useHistory(store, ({ at }) => at === by.seq);
  const time = Date.parse(by.at);
  return (
    <li>
      <button type="button" aria-current={shown} onClick={() => store.show(by.seq)} title={t("Show this moment")}>
        <span className="blame-what">
          <span>{label}</span>
          {value}
        </span>
        <span className="blame-who">
          <Face person={by.user} />
          <span data-names>{nameOf(by.user)}</span>
          <time dateTime={by.at} title={exactWords(time)}>
            {agoWords(time, Date.now())}
          </time>
        </span>
      </button>
    </li>
  );
}

function Value({ value }: { value: Shown | null }) {
  if (!value) return null;
  return (
    <span className="blame-value">
      {value.colour && (
        <span
          className="swatch"
          data-clear={value.colour === "transparent"}
          style={{ backgroundColor: value.colour }}
        />
      )}
      <span data-names>{clipped(value.text)}</span>
    </span>
  );
}

function titleOf({ type, properties }: Blame): string {
  const text = properties.find(({ path }) => path === "properties.text")?.value;
  return type === "text" && typeof text === "string" && text.trim() !== ""
    ? t("“{{text}}”", { text: clipped(text) })
    : typeName(type);
}
