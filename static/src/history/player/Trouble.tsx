/** Why a moment cannot be shown, and what to do. */

import { t } from "../../i18n";
import { Unreachable } from "../../rest";
import { failureWords, mayHelpAgain } from "../notices";
import { Problem } from "../rest";

export function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div className="past-trouble" role="alert">
      <p>{inWords(error)}</p>
      {mayHelpAgain(error) && (
        <button type="button" onClick={onRetry}>
          {t("Try again")}
        </button>
      )}
    </div>
  );
}

function inWords(error: unknown): string {
  if (error instanceof Unreachable) return t("Without a connection this moment cannot be loaded.");
  if (error instanceof Problem) return failureWords(error, "online");
  return t("This moment cannot be shown.");
}
