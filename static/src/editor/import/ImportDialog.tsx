import { useState } from "react";
import { t } from "../../i18n";
import { Dialog } from "../Dialog";
import type { Page } from "../page";
import { type Report, type Target, upload } from "./upload";

interface Props {
  page: Page;
  file: File;
  /** The middle of what is seen, in the canvas's coordinates. */
  middle: { x: number; y: number };
  onClose: () => void;
}

type Step =
  | { name: "ask" }
  | { name: "sending"; share: number }
  | { name: "done"; report: Report; fresh: boolean }
  | { name: "failed"; reason: string };

/** Asks where a dropped or chosen drawing is to go, sends it, and says what became of it. */
export function ImportDialog({ page, file, middle, onClose }: Props) {
  const [step, setStep] = useState<Step>({ name: "ask" });

  const start = async (target: Target): Promise<void> => {
    setStep({ name: "sending", share: 0 });
    try {
      const report = await upload(file, target, (share) => setStep({ name: "sending", share }));
      setStep({ name: "done", report, fresh: "project" in target });
    } catch (error) {
      setStep({ name: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
  };

  return (
    <Dialog title={t("Import {{name}}", { name: file.name })} onClose={onClose} testId="import-dialog">
      {step.name === "ask" && (
        <>
          <p>{t("Where should this drawing go? What is on this canvas stays in any case.")}</p>
          <div className="dialog-actions">
            {page.projectId !== "" && (
              <button type="button" className="button-plain" onClick={() => void start({ project: page.projectId })}>
                {t("A new canvas")}
              </button>
            )}
            <button
              type="button"
              className="button-main"
              autoFocus
              onClick={() => void start({ into: page.canvasId, ...middle })}
            >
              {t("This canvas")}
            </button>
          </div>
        </>
      )}
      {step.name === "sending" && (
        <>
          <progress value={step.share < 1 ? step.share : undefined} aria-label={t("Progress")} />
          <p role="status">{step.share < 1 ? t("Sending the file…") : t("Placing its elements…")}</p>
        </>
      )}
      {step.name === "failed" && (
        <>
          <p className="dialog-error" role="alert">
            {step.reason}
          </p>
          <p>{t("Nothing was changed.")}</p>
          <div className="dialog-actions">
            <button type="button" className="button-plain" onClick={() => setStep({ name: "ask" })}>
              {t("Try again")}
            </button>
          </div>
        </>
      )}
      {step.name === "done" && <Done report={step.report} fresh={step.fresh} onClose={onClose} />}
    </Dialog>
  );
}

function Done({ report, fresh, onClose }: { report: Report; fresh: boolean; onClose: () => void }) {
  const remarks = [
    ...report.skipped.map((remark) => ({ ...remark, what: t("Left out") })),
    ...report.repaired.map((remark) => ({ ...remark, what: t("Repaired") })),
  ];
  return (
    <>
      <p role="status">{t("{{count}} elements were imported.", { count: report.imported })}</p>
      {remarks.length > 0 && (
        <ul className="remarks" aria-label={t("What did not fit")}>
          {remarks.map((remark, row) => (
            <li key={row}>
              <strong>{remark.what}</strong>
              <span>
                {t("no. {{number}} ({{type}}): {{reason}}", {
                  number: remark.index + 1,
                  type: remark.type,
                  reason: remark.reason,
                })}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className="dialog-actions">
        {fresh && (
          <a className="button-link" href={`/c/${report.canvas}/`}>
            {t("Open the new canvas")}
          </a>
        )}
        <button type="button" className="button-main" autoFocus onClick={onClose}>
          {t("Done")}
        </button>
      </div>
    </>
  );
}
