/** The way back from a restoration or a revert: its own gesture is reverted, and that one again. */

import { t } from "../../i18n";
import { type Restored, revert } from "../rest";
import type { Say } from "../../editor/use-engine";
import { standing } from "./conflicts";
import { refusalInWords } from "./words";

/** Says that it was done, with the way back; what others have done since stays. */
export function tellDone(
  canvas: string,
  done: Restored,
  message: string,
  say: Say,
  again: "undo" | "redo" = "undo",
): void {
  const { gesture, first_seq: first, seq: last } = done;
  if (gesture === null || first === null || last === null) return say(message);
  const run = async (): Promise<void> => {
    say(again === "undo" ? t("Undoing…") : t("Redoing…"));
    try {
      const back = await revert(canvas, { gesture, from_seq: first, to_seq: last });
      tellDone(canvas, back, wordsOf(back.seq !== null, standing(back.conflicts).length, again), say, other(again));
    } catch (error) {
      say(refusalInWords(error));
    }
  };
  say(message, { label: again === "undo" ? t("Undo") : t("Redo"), run: () => void run() });
}

function other(again: "undo" | "redo"): "undo" | "redo" {
  return again === "undo" ? "redo" : "undo";
}

function wordsOf(did: boolean, left: number, what: "undo" | "redo"): string {
  if (!did) return t("Left as it is: someone has changed it since.");
  const text = what === "undo" ? t("Undone.") : t("Done again.");
  return left === 0 ? text : `${text} ${t("Newer work of others stands on {{count}}.", { count: left })}`;
}
