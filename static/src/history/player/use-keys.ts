/** The player's keys, wherever the focus is in the history view; a field or a menu keeps its own. */

import { useEffect } from "react";
import type { Playback } from "./playback";

const FIELDS =
  "input, textarea, select, [contenteditable], [role='menu'], [role='listbox'], [role='tablist'], [data-keys], dialog";
/** What these do with the space bar, or the slider with its arrows, the player's keys do not take away. */
const PRESSED = "button, a, summary, label";

export function useKeys(playback: Playback): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(FIELDS) || document.querySelector("dialog[open]")) return;
      if (event.key === " " && target?.closest(PRESSED)) return;
      const act = actionOf(event.key, playback);
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    };
    // Before the component on the stage hears of it.
    addEventListener("keydown", hear, true);
    return () => removeEventListener("keydown", hear, true);
  }, [playback]);
}

function actionOf(key: string, playback: Playback): (() => void) | undefined {
  switch (key) {
    case " ":
      return () => playback.toggle();
    case "ArrowLeft":
      return () => playback.step(-1);
    case "ArrowRight":
      return () => playback.step(1);
    case "Home":
      return () => playback.toStart();
    case "End":
      return () => playback.toEnd();
    default:
      return undefined;
  }
}
