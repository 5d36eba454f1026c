/** Undo and redo: beside the zoom on a desktop, in the bar below on a phone; the component's own are hidden (editor.css). */

import { Footer } from "@excalidraw/excalidraw";
import { useEffect, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { t } from "../i18n";
import type { EditHistory } from "./edit-history";
import { RedoIcon, UndoIcon } from "./icons";
import { isRedoKey, isUndoKey } from "./undo-keys";

/** Must stand directly in the component, whose footer takes its place from there. */
export function UndoControls({ history }: { history: EditHistory }) {
  const phoneBar = usePhoneBar();
  useUndoKeys(history);
  const buttons = <Buttons history={history} />;
  return (
    <>
      <Footer>{buttons}</Footer>
      {phoneBar && createPortal(buttons, phoneBar)}
    </>
  );
}

function Buttons({ history }: { history: EditHistory }) {
  const { canUndo, canRedo } = useSyncExternalStore(history.subscribe, history.read);
  const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
  return (
    <div className="undo-controls" role="group" aria-label={t("History of your own changes")}>
      <button
        type="button"
        data-testid="undo"
        disabled={!canUndo}
        onClick={() => history.undo()}
        aria-label={t("Undo")}
        aria-keyshortcuts={mac ? "Meta+Z" : "Control+Z"}
        title={`${t("Undo")} – ${mac ? "⌘Z" : "Ctrl+Z"}`}
      >
        <UndoIcon />
      </button>
      <button
        type="button"
        data-testid="redo"
        disabled={!canRedo}
        onClick={() => history.redo()}
        aria-label={t("Redo")}
        aria-keyshortcuts={mac ? "Meta+Shift+Z" : "Control+Shift+Z Control+Y"}
        title={`${t("Redo")} – ${mac ? "⇧⌘Z" : "Ctrl+Shift+Z"}`}
      >
        <RedoIcon />
      </button>
    </div>
  );
}

/** Before the component hears of the keys; fields other than the canvas's own text editor keep their undo. */
function useUndoKeys(history: EditHistory): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      const [undo, redo] = [isUndoKey(event), isRedoKey(event)];
      if ((!undo && !redo) || isForeignField(event.target)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (undo) history.undo();
      else history.redo();
    };
    window.addEventListener("keydown", hear, { capture: true });
    return () => window.removeEventListener("keydown", hear, { capture: true });
  }, [history]);
}

function isForeignField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || target.classList.contains("excalidraw-wysiwyg")) return false;
  return (
    target.isContentEditable || target.matches("textarea, input:not([type=button], [type=checkbox], [type=range])")
  );
}

/** The component's bar on narrow screens, which has no place for what is ours and comes and goes with the width. */
function usePhoneBar(): Element | null {
  const [bar, setBar] = useState<Element | null>(null);
  useEffect(() => {
    const root = document.querySelector(".editor-canvas");
    if (!root) return;
    const look = (): void =>
      setBar(root.querySelector(".App-bottom-bar .App-toolbar-content > div:last-child:has(button)"));
    const observer = new MutationObserver(look);
    observer.observe(root, { childList: true, subtree: true });
    look();
    return () => observer.disconnect();
  }, []);
  return bar;
}
