import { useEffect, useState } from "react";
import { t } from "../i18n";
import { standing, type Standing, type Status } from "../sync/status";
import { CloseIcon } from "./icons";
import "./notices.css";

/** A connection lost for less is not worth a word. */
const LINGER_MS = 1_500;
const DISMISSABLE = new Set<Standing["kind"]>(["read-only", "history", "slow"]);

/** What lasts and matters while drawing: at most one line, told once to a screen reader. */
export function Banner({ status, onRetry }: { status: Status; onRetry: () => void }) {
  const shown = useLasting(standing(status));
  const [dismissed, dismiss] = useState<Standing["kind"] | null>(null);
  const visible = shown !== null && shown.kind !== dismissed;
  return (
    <>
      <div className="visually-hidden" role="status">
        {shown?.text ?? ""}
      </div>
      {visible && (
        <div className="banner" data-tone={shown.tone} data-testid="banner" data-kind={shown.kind}>
          <span aria-hidden="true">{shown.text}</span>
          {shown.retry && <Countdown until={status.retryAt} />}
          {shown.retry && (
            <button type="button" onClick={onRetry}>
              {t("Try now")}
            </button>
          )}
          {DISMISSABLE.has(shown.kind) && (
            <button
              type="button"
              className="banner-close"
              aria-label={t("Dismiss")}
              onClick={() => dismiss(shown.kind)}
            >
              <CloseIcon />
            </button>
          )}
        </div>
      )}
    </>
  );
}

function Countdown({ until }: { until: number | null }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = until === null ? 0 : Math.ceil((until - now) / 1_000);
  return (
    <span className="banner-countdown" aria-hidden="true">
      {seconds > 0 ? t("in {{seconds}} s", { seconds }) : "…"}
    </span>
  );
}

/** What has stood for a moment; its end is believed at once. */
function useLasting(now: Standing | null): Standing | null {
  const [shown, setShown] = useState<Standing | null>(null);
  const key = JSON.stringify(now);
  const replaces = shown !== null;
  useEffect(() => {
    const next = JSON.parse(key) as Standing | null;
    if (next === null || replaces) {
      setShown(next);
      return;
    }
    const timer = setTimeout(() => setShown(next), LINGER_MS);
    return () => clearTimeout(timer);
  }, [key, replaces]);
  return shown;
}
