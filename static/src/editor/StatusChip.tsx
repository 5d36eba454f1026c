import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { details, type Status, type StatusWords } from "../sync/status";

/** The few words, and behind them what is exactly true. */
export function StatusChip({ words, status }: { words: StatusWords; status: Status }) {
  const [open, setOpen] = useState(false);
  const chip = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event): void => {
      if (!(event.target instanceof Node && chip.current?.contains(event.target))) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setOpen(false);
    };
    addEventListener("pointerdown", outside, true);
    addEventListener("keydown", escape, true);
    return () => {
      removeEventListener("pointerdown", outside, true);
      removeEventListener("keydown", escape, true);
    };
  }, [open]);
  return (
    <span className="status" data-tone={words.tone} data-unsaved={status.unsaved} data-testid="status" ref={chip}>
      <button
        type="button"
        className="status-chip"
        aria-expanded={open}
        aria-controls="status-details"
        aria-describedby="status-details"
        onClick={() => setOpen(!open)}
      >
        <span className="status-dot" aria-hidden="true" />
        <span className="status-text">{words.text}</span>
      </button>
      <span className="status-details" id="status-details" hidden={!open}>
        {details(status).map((line) => (
          <span key={line}>{line}</span>
        ))}
        {status.link === "offline" && !navigator.onLine && <span>{t("This device has no network.")}</span>}
      </span>
    </span>
  );
}
