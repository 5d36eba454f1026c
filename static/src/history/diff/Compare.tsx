/** The legend of a comparison, a strip above the stage: how much of what, one after the other, and which of the two moments is drawn. */

import { useEffect } from "react";
import { CloseIcon } from "../../editor/icons";
import { t } from "../../i18n";
import type { Comparison, Side, Theatre } from "../player/theatre";
import { Trouble } from "../player/Trouble";
import { clock, dayKey, moment as momentInWords } from "../player/words";
import { numberFormat } from "../formats";
import { PinIcon } from "../icons";
import type { HistoryStore } from "../store";
import { useHistory } from "../use-history";
import { counts, type Kind } from "./diff";
import "./diff.css";

const KINDS: readonly Kind[] = ["added", "changed", "removed"];
const SIDES: readonly Side[] = ["before", "both", "after"];
const SIGNS: Record<Kind, string> = { added: "+", changed: "~", removed: "−" };

export function Compare({ theatre, store }: { theatre: Theatre; store: HistoryStore }) {
  const { at, compare, head } = useHistory(store);
  const { comparison, compared, side, setSide, pointed, point } = theatre;
  useEffect(() => point(null), [comparison]);
  if (compare === null) return null;
  const counted = comparison && counts(comparison.found);
  const number = numberFormat();

  const next = (kind: Kind): void => {
    const ids = comparison?.found.filter((one) => one.kind === kind).map(({ id }) => id) ?? [];
    const id = ids[(ids.indexOf(pointed ?? "") + 1) % ids.length];
    if (id === undefined) return;
    // What is not drawn on this side is not to be pointed at.
    if ((kind === "added" && side === "before") || (kind === "removed" && side === "after")) setSide("both");
    point(id);
    store.select([id]);
  };

  return (
    <section className="compare" aria-label={t("Comparison")} data-testid="compare">
      <h3 className="visually-hidden">{t("Comparison")}</h3>
      {compared.error !== null && <Trouble error={compared.error} onRetry={compared.retry} />}
      {!comparison && compared.error === null && <p className="compare-words">{t("Loading…")}</p>}
      {comparison?.found.length === 0 && (
        <p className="compare-words">
          {comparison.before.seq === comparison.after.seq
            ? t("Go to another moment to see what is different.")
            : t("Both moments look the same.")}
        </p>
      )}
      {comparison && counted && comparison.found.length > 0 && (
        <>
          <ul className="compare-legend">
            {KINDS.map((kind) => (
              <li key={kind}>
                <button
                  type="button"
                  data-kind={kind}
                  data-testid={`compare-${kind}`}
                  disabled={counted[kind] === 0}
                  onClick={() => next(kind)}
                  title={t("Show the next one")}
                >
                  <span className="compare-sign" aria-hidden="true">
                    {SIGNS[kind]}
                  </span>
                  <span>{kindInWords(kind)}</span>
                  <b>{number.format(counted[kind])}</b>
                </button>
              </li>
            ))}
          </ul>
          <div className="compare-sides" role="group" aria-label={t("What is shown")}>
            {SIDES.map((one) => (
              <button key={one} type="button" aria-pressed={side === one} onClick={() => setSide(one)}>
                {sideInWords(one)}
              </button>
            ))}
          </div>
          <p className="compare-times">
            <time>{momentInWords(comparison.before.frame?.at)}</time>
            <span aria-hidden="true"> → </span>
            <time>{laterInWords(comparison)}</time>
          </p>
        </>
      )}
      {comparison && compare !== head && (
        <button type="button" className="compare-now" onClick={() => store.compareWith(head)}>
          {t("Compare with now")}
        </button>
      )}
      {comparison && at !== null && at !== compare && (
        <button
          type="button"
          className="compare-icon"
          onClick={() => store.compareWith(at)}
          aria-label={t("Compare others with the moment shown")}
          title={t("Compare others with the moment shown")}
        >
          <PinIcon />
        </button>
      )}
      <button
        type="button"
        className="compare-icon compare-close"
        onClick={() => store.compareWith(null)}
        aria-label={t("End comparison")}
        title={t("End comparison")}
      >
        <CloseIcon />
      </button>
    </section>
  );
}

/** Of the same day, the time is enough. */
function laterInWords({ before, after }: Comparison): string {
  const [from, to] = [before.frame?.at, after.frame?.at];
  return from !== undefined && to !== undefined && dayKey(from) === dayKey(to) ? clock(to) : momentInWords(to);
}

function kindInWords(kind: Kind): string {
  switch (kind) {
    case "added":
      return t("Added");
    case "changed":
      return t("Changed");
    case "removed":
      return t("Removed");
  }
}

function sideInWords(side: Side): string {
  switch (side) {
    case "before":
      return t("Before");
    case "both":
      return t("Both");
    case "after":
      return t("After");
  }
}
