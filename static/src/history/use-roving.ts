/** One stop of the Tab key for a whole list, and arrow keys within it. */

import { type KeyboardEvent, type RefObject, useEffect } from "react";

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
const SIDEWAYS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * `selector` finds the rows in the list. Which of them Tab reaches is kept in the document, not in React's state: a list
 * of thousands need not be drawn anew for each key.
 */
export function useRoving(list: RefObject<HTMLElement | null>, selector: string, sideways = false) {
  const rows = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>(selector) ?? [])];
  const stopAt = (chosen: HTMLElement | undefined): void => {
    for (const row of rows()) row.setAttribute("tabindex", row === chosen ? "0" : "-1");
  };

  useEffect(() => {
    const all = rows();
    if (!all.some((row) => row.getAttribute("tabindex") === "0")) stopAt(all[0]);
  });

  return {
    onFocus: (event: { target: EventTarget }): void => {
      const row = event.target;
      if (row instanceof Element && row.matches(selector)) stopAt(row as HTMLElement);
    },
    onKeyDown: (event: KeyboardEvent): void => {
      const all = rows();
      const at = all.indexOf(document.activeElement as HTMLElement);
      if (at < 0) return;
      const step = (sideways ? SIDEWAYS : STEPS)[event.key];
      const next =
        step !== undefined ? all[at + step] : event.key === "Home" ? all[0] : event.key === "End" ? all.at(-1) : null;
      if (next === null) return;
      event.preventDefault();
      event.stopPropagation();
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    },
  };
}
