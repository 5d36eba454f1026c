/** While the view is open, no key reaches the editor beneath: its component listens on the whole document. */

import { type RefObject, useEffect } from "react";

export function useOwnKeys(view: RefObject<HTMLElement | null>, onClose: () => void): void {
  useEffect(() => {
    // Where React listens: what is heard there was offered to everything inside the view first.
    const host = view.current?.parentElement;
    if (!host) return;
    const take = (event: KeyboardEvent): void => {
      event.stopPropagation();
      // A dialog or a menu over the view closes first.
      const above = document.querySelector("dialog[open], :popover-open");
      if (event.key === "Escape" && !event.defaultPrevented && !above) onClose();
    };
    // What had the focus may be gone.
    const lost = (event: KeyboardEvent): void => {
      if (event.target !== document.body) return;
      view.current?.focus();
      take(event);
    };
    host.addEventListener("keydown", take);
    addEventListener("keydown", lost, true);
    return () => {
      host.removeEventListener("keydown", take);
      removeEventListener("keydown", lost, true);
    };
  }, [view, onClose]);
}
