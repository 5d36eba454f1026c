/** Takes somebody's changes back: which, what that would do, whose newer work stands in the way, and whether it may. */

import { useEffect, useId, useRef, useState } from "react";
import { CloseIcon } from "../../editor/icons";
import type { Person as Present } from "../../editor/peers";
import type { Say } from "../../editor/use-engine";
import { t } from "../../i18n";
import type { CanvasElement } from "../../protocol/messages";
import { mayHelpAgain } from "../notices";
import { Face, nameOf } from "../people";
import { revert } from "../rest";
import type { HistoryStore } from "../store";
import { type Range, rangesOf, type Subject } from "./choices";
import { ConflictList } from "./ConflictList";
import { peopleOf, standing } from "./conflicts";
import { Effects, Failed, Looking, ONE_COMMIT, Witnesses } from "./parts";
import { tellDone } from "./undo";
import { useAsked } from "./use-asked";
import { namesInWords, takenBackInWords, refusalInWords, touched, undoneInWords } from "./words";

interface Props {
  canvas: string;
  subject: Subject;
  store: HistoryStore;
  others: readonly Present[];
  elementOf: (id: string) => CanvasElement | undefined;
  onPoint: (id: string | null) => void;
  say: Say;
  onClose: () => void;
}

/** Beside the stage and not over it: whose work stands where is to be seen before deciding. */
export function RevertSheet({ canvas, subject, store, others, elementOf, onPoint, say, onClose }: Props) {
  const id = useId();
  const [ranges] = useState(() => rangesOf(subject, Date.now()));
  const [range, setRange] = useState(ranges[0] as Range);
  const [overwrite, setOverwrite] = useState(false);
  const choice = { ...range.choice, overwrite };
  const [asked, again] = useAsked(JSON.stringify(choice), () => revert(canvas, choice, true));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const sheet = useRef<HTMLElement | null>(null);

  useEffect(() => {
    const before = document.activeElement;
    const { at, selected } = store.read();
    sheet.current?.focus();
    store.show(null); // what would change is today's canvas
    return () => {
      onPoint(null);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      if (store.read().at === null && !done.current) {
        store.show(at);
        store.select(selected);
      }
    };
  }, []);
  const done = useRef(false);

  const would = asked.phase === "ready" ? asked.answer : null;
  const lines = would ? standing(would.conflicts) : [];
  const nothing = would !== null && touched(would) === 0;

  const go = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      const result = await revert(canvas, choice);
      done.current = true;
      tellDone(canvas, result, takenBackInWords(result, overwrite ? 0 : standing(result.conflicts).length), say);
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  return (
    <section
      ref={sheet}
      className="revert-sheet"
      role="dialog"
      aria-labelledby={`${id}-title`}
      data-testid="revert-sheet"
      data-keys
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault(); // it closes no more than this
        onClose();
      }}
    >
      <header>
        {subject.user && <Face person={subject.user} />}
        <h2 id={`${id}-title`}>{titleOf(subject)}</h2>
        <button type="button" className="panel-icon" aria-label={t("Close")} onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      <div className="revert-body">
        <fieldset className="revert-choice">
          <legend>{t("Which changes")}</legend>
          {ranges.map((one) => (
            <label key={one.id}>
              <input
                type="radio"
                name={`${id}-range`}
                checked={one.id === range.id}
                disabled={busy}
                onChange={() => setRange(one)}
              />
              <span>{one.label}</span>
            </label>
          ))}
        </fieldset>
        <div className="revert-would" aria-live="polite">
          {asked.phase === "loading" && <Looking />}
          {asked.phase === "failed" && (
            <Failed words={refusalInWords(asked.error)} onAgain={mayHelpAgain(asked.error) ? again : null} />
          )}
          {would && (
            <Effects
              would={would}
              none={
                lines.length > 0 && !overwrite
                  ? t("Nothing would change: newer work of others stands on all of it.")
                  : t("There is nothing to take back.")
              }
            />
          )}
        </div>
        {lines.length > 0 && (
          <>
            <ConflictList
              lines={lines}
              overwrite={overwrite}
              elementOf={elementOf}
              onLocate={(element) => {
                store.show(null);
                store.select([element]);
                onPoint(element);
              }}
            />
            <fieldset className="revert-choice">
              <legend className="visually-hidden">{t("Newer work of others")}</legend>
              <label>
                <input type="radio" name={`${id}-newer`} checked={!overwrite} onChange={() => setOverwrite(false)} />
                <span>
                  {t("Keep it")}
                  <small>{t("Only what nobody has changed since goes back.")}</small>
                </span>
              </label>
              <label>
                <input type="radio" name={`${id}-newer`} checked={overwrite} onChange={() => setOverwrite(true)} />
                <span>
                  {t("Overwrite it too")}
                  <small>
                    {t("What {{names}} did to these objects since goes as well. It stays in the history.", {
                      names: namesInWords(peopleOf(lines).map(nameOf)),
                    })}
                  </small>
                </span>
              </label>
            </fieldset>
          </>
        )}
        {would && !nothing && (
          <>
            <Witnesses others={others} />
            <p className="takeback-hint">{t("This is new work on top, and can be undone.")}</p>
          </>
        )}
        {failure !== null && would && (
          <Failed words={undoneInWords(failure, touched(would) > ONE_COMMIT)} onAgain={() => void go()} />
        )}
      </div>
      <footer className="dialog-actions">
        <button type="button" className="button-plain" onClick={onClose}>
          {t("Cancel")}
        </button>
        <button
          type="button"
          className={overwrite && lines.length > 0 ? "button-danger" : "button-main"}
          disabled={!would || nothing || busy}
          onClick={() => void go()}
        >
          {busy ? t("Taking back…") : t("Take back")}
        </button>
      </footer>
    </section>
  );
}

function titleOf({ user }: Subject): string {
  return user ? t("Take back changes of {{name}}", { name: nameOf(user) }) : t("Take back changes");
}
