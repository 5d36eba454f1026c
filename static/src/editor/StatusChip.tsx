import type { StatusWords } from "../sync/status";

export function StatusChip({ status, onRetry }: { status: StatusWords; onRetry: (() => void) | null }) {
  return (
    <span className="status" data-tone={status.tone} data-testid="status" title={status.detail}>
      <span className="status-dot" aria-hidden="true" />
      <span className="status-text" role="status">
        {status.text}
      </span>
      {onRetry && (
        <button type="button" className="status-retry" onClick={onRetry}>
          Retry
        </button>
      )}
    </span>
  );
}
