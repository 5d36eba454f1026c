import { type ReactNode, useEffect, useId, useRef } from "react";
import { t } from "../i18n";
import "./dialog.css";

interface Props {
  title: string;
  onClose: () => void;
  wide?: boolean;
  testId?: string;
  children: ReactNode;
}

/** A modal dialog in the browser's own way: it traps the focus, Escape closes it, and the page behind it is inert. */
export function Dialog({ title, onClose, wide, testId, children }: Props) {
  const dialog = useRef<HTMLDialogElement | null>(null);
  const titleId = useId();
  useEffect(() => {
    const shown = dialog.current;
    if (!shown || shown.open) return;
    shown.showModal();
    // The first thing to decide, not the way out again.
    shown.querySelector<HTMLElement>("input:checked, textarea, .button-main")?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby={titleId}
      data-testid={testId}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
      // The canvas listens on the whole document: letters typed here are not its shortcuts.
      onKeyDown={(event) => event.stopPropagation()}
      onPaste={(event) => event.stopPropagation()}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" className="dialog-close" onClick={onClose} aria-label={t("Close")}>
            <svg
              width="18"
              height="18"
              viewBox="0 0 24 24"
              fill="none"
              stroke="currentColor"
              strokeWidth="2"
              aria-hidden
            >
              <path d="M6 6l12 12M18 6L6 18" strokeLinecap="round" />
            </svg>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
