import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import type { CanvasElement } from "../protocol/messages";
import { type Finding, otherWay } from "../sync/away";
import type { Engine } from "../sync/engine";
import { canEdit } from "../sync/status";
import { inSentence } from "./findings";
import { CloseIcon } from "./icons";
import "./notices.css";

/** More are counted, not listed. */
const MOST_LISTED = 30;

interface Props {
  engine: Engine;
  onShow: (id: string) => void;
  onCopy: (elements: readonly CanvasElement[]) => void;
}

/** After work away: what of it met other people's work, and how to have it the other way. */
export function MergeReport({ engine, onShow, onCopy }: Props) {
  const [findings, setFindings] = useState<readonly Finding[]>([]);
  const panel = useRef<HTMLElement>(null);
  useEffect(
    () =>
      engine.listen((event) => {
        if (event.type === "findings") setFindings((before) => [...before, ...event.findings]);
      }),
    [engine],
  );
  if (findings.length === 0) return null;
  const without = (done: Finding): void => setFindings((all) => all.filter((finding) => finding !== done));
  const refused = findings.filter((finding) => finding.kind === "refused");
  const mayEdit = canEdit(engine.status.role);
  return (
    <section className="report" aria-label={t("While you were away")} data-testid="report" ref={panel}>
      <header>
        <h2>{t("While you were away")}</h2>
        <button type="button" className="report-close" aria-label={t("Dismiss")} onClick={() => setFindings([])}>
          <CloseIcon />
        </button>
      </header>
      <p className="visually-hidden" role="status">
        {t("{{count}} of your changes met other people's work.", { count: findings.length })}
      </p>
      <ul>
        {findings.slice(0, MOST_LISTED).map((finding, i) => {
          const { text, otherWay: other } = inSentence(finding, engine.nameOf(finding.by) ?? t("Someone"));
          return (
            <li key={`${finding.id}-${finding.kind}-${i}`}>
              <p>{text}</p>
              <div className="report-actions">
                {other !== null && mayEdit && (
                  <button
                    type="button"
                    onClick={() => {
                      engine.submit(otherWay(finding));
                      without(finding);
                    }}
                  >
                    {other}
                  </button>
                )}
                {finding.kind !== "deleted" && finding.kind !== "refused" && (
                  <button type="button" className="report-quiet" onClick={() => onShow(finding.id)}>
                    {t("Show")}
                  </button>
                )}
                <button type="button" className="report-quiet" onClick={() => without(finding)}>
                  {t("Leave it so")}
                </button>
              </div>
            </li>
          );
        })}
      </ul>
      {findings.length > MOST_LISTED && (
        <p className="report-more">{t("And {{number}} more.", { number: findings.length - MOST_LISTED })}</p>
      )}
      {refused.length > 0 && (
        <footer>
          <button type="button" onClick={() => onCopy(refused.map((finding) => finding.element))}>
            {t("Copy what was not taken")}
          </button>
        </footer>
      )}
    </section>
  );
}
