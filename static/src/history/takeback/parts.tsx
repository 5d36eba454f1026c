/** What the dialogs of restoring and reverting have in common. */

import type { Person as Present } from "../../editor/peers";
import { t } from "../../i18n";
import { Face } from "../people";
import type { Restored } from "../rest";
import { effectsOf, namesInWords } from "./words";

/** What is more is done in several commits, and may end half way. */
export const ONE_COMMIT = 1_000;

const SIGN = { revived: "+", changed: "±", removed: "−" } as const;

export function Effects({ would, none }: { would: Restored; none: string }) {
  const effects = effectsOf(would);
  if (effects.length === 0) return <p className="takeback-none">{none}</p>;
  return (
    <ul className="takeback-effects" data-testid="takeback-effects">
      {effects.map(({ kind, text }) => (
        <li key={kind} data-kind={kind}>
          <span aria-hidden="true">{SIGN[kind]}</span>
          {text}
        </li>
      ))}
    </ul>
  );
}

export function Looking() {
  return (
    <p className="takeback-looking" role="status">
      <span className="spinner" aria-hidden="true" />
      {t("Working out what would change…")}
    </p>
  );
}

/** Without `onAgain` the same would be said again. */
export function Failed({ words, onAgain }: { words: string; onAgain: (() => void) | null }) {
  return (
    <div className="takeback-failed" role="alert">
      <p>{words}</p>
      {onAgain && (
        <button type="button" className="button-plain" onClick={onAgain}>
          {t("Try again")}
        </button>
      )}
    </div>
  );
}

export function Witnesses({ others }: { others: readonly Present[] }) {
  if (others.length === 0) return null;
  return (
    <div className="takeback-witnesses">
      <span className="takeback-faces" aria-hidden="true">
        {others.slice(0, 4).map(({ user }) => (
          <Face key={user.id} person={user} />
        ))}
      </span>
      <p>
        {t("On the canvas right now, and will see it change: {{names}}.", {
          names: namesInWords(others.map(({ user }) => user.name)),
        })}
      </p>
    </div>
  );
}
