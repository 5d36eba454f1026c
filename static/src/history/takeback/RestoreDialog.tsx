/** Brings a moment, or some objects of it, back: first what that would do, then the doing. */

import { useState } from "react";
import { Dialog } from "../../editor/Dialog";
import type { Person as Present } from "../../editor/peers";
import type { Say } from "../../editor/use-engine";
import { t } from "../../i18n";
import { mayHelpAgain } from "../notices";
import { restore } from "../rest";
import { Thumbnail } from "../Thumbnail";
import { momentWords } from "../times";
import { useCommitTime } from "../use-commit-time";
import type { PastMoment } from "./context";
import { Effects, Failed, Looking, ONE_COMMIT, Witnesses } from "./parts";
import { tellDone } from "./undo";
import { useAsked } from "./use-asked";
import { refusalInWords, touched, undoneInWords } from "./words";

interface Props {
  canvas: string;
  moment: PastMoment;
  others: readonly Present[];
  dark: boolean;
  say: Say;
  onClose: () => void;
  onDone: () => void;
}

export function RestoreDialog({ canvas, moment, others, dark, say, onClose, onDone }: Props) {
  const { seq, elements, name } = moment;
  const only = elements ? { elements } : {};
  const time = useCommitTime(canvas, seq);
  const [asked, again] = useAsked(JSON.stringify(moment), () => restore(canvas, seq, { ...only, dryRun: true }));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const would = asked.phase === "ready" ? asked.answer : null;
  const count = would ? touched(would) : 0;
  const when = time === null ? t("change {{number}}", { number: seq }) : momentWords(time);

  const go = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      const done = await restore(canvas, seq, only);
      tellDone(canvas, done, doneInWords(moment, when), say);
      onDone();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  return (
    <Dialog title={titleOf(moment)} onClose={onClose} testId="restore-dialog">
      <div className="takeback-moment">
        <Thumbnail canvas={canvas} seq={seq} dark={dark} size="large" />
        <p>
          {name !== undefined && <strong data-names>{name}</strong>}
          {time !== null && <span>{when}</span>}
        </p>
      </div>
      {asked.phase === "loading" && <Looking />}
      {asked.phase === "failed" && (
        <Failed words={refusalInWords(asked.error)} onAgain={mayHelpAgain(asked.error) ? again : null} />
      )}
      {would && (
        <>
          <Effects
            would={would}
            none={
              elements
                ? t("These objects are as they were then. There is nothing to bring back.")
                : t("The canvas is as it was then. There is nothing to restore.")
            }
          />
          {count > 0 && (
            <>
              <Witnesses others={others} />
              <p className="takeback-hint">
                {t("This is new work on top: everything in between stays in the history, and it can be undone.")}
              </p>
            </>
          )}
        </>
      )}
      {failure !== null && <Failed words={undoneInWords(failure, count > ONE_COMMIT)} onAgain={() => void go()} />}
      {busy && <progress aria-label={t("Restoring…")} />}
      <div className="dialog-actions">
        <button type="button" className="button-plain" onClick={onClose}>
          {count > 0 || !would ? t("Cancel") : t("Close")}
        </button>
        {(count > 0 || !would) && (
          <button type="button" className="button-main" disabled={!would || busy} onClick={() => void go()}>
            {busy ? t("Restoring…") : elements ? t("Bring back") : t("Restore")}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function titleOf({ elements, name }: PastMoment): string {
  if (elements) return t("Bring {{count}} objects back", { count: elements.length });
  return name === undefined ? t("Restore this moment") : t("Restore “{{name}}”", { name });
}

function doneInWords({ elements, name }: PastMoment, when: string): string {
  if (elements) return t("{{count}} objects are as they were then.", { count: elements.length });
  return name === undefined ? t("Restored to {{when}}", { when }) : t("Restored to “{{name}}”", { name });
}
