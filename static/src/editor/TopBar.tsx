import type { StatusWords } from "../sync/status";
import type { Page } from "./page";
import { initials, type Person } from "./peers";
import type { Theme } from "./theme";

const MOST_AVATARS = 5;

interface TopBarProps {
  page: Page;
  status: StatusWords;
  others: Person[];
  theme: Theme;
  onToggleTheme: () => void;
  onRetry: (() => void) | null;
}

export function TopBar({ page, status, others, theme, onToggleTheme, onRetry }: TopBarProps) {
  return (
    <header className="topbar">
      <a className="topbar-back" href={page.backUrl} aria-label={`Back to ${page.projectName || "the project"}`}>
        <BackIcon />
        <span className="topbar-project">{page.projectName}</span>
      </a>
      <span className="topbar-divider" aria-hidden="true" />
      <h1 className="topbar-name" title={page.canvasName}>
        {page.canvasName}
      </h1>
      <StatusChip status={status} onRetry={onRetry} />
      <span className="topbar-space" />
      <Avatars page={page} others={others} />
      <button
        type="button"
        className="topbar-button"
        onClick={onToggleTheme}
        aria-label={theme === "dark" ? "Switch to light" : "Switch to dark"}
        title={theme === "dark" ? "Switch to light" : "Switch to dark"}
      >
        {theme === "dark" ? <SunIcon /> : <MoonIcon />}
      </button>
    </header>
  );
}

function StatusChip({ status, onRetry }: { status: StatusWords; onRetry: (() => void) | null }) {
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

function Avatars({ page, others }: { page: Page; others: Person[] }) {
  const shown = others.slice(0, MOST_AVATARS);
  const more = others.length - shown.length;
  return (
    <ul className="avatars" aria-label="People here" data-testid="avatars">
      {shown.map(({ user }) => (
        <Avatar key={user.id} name={user.name} color={user.color} label={user.name} />
      ))}
      {more > 0 && (
        <li className="avatar avatar-more" title={`${more} more`}>
          +{more}
        </li>
      )}
      <Avatar name={page.user.name} color={page.user.color} label={`${page.user.name} (you)`} own />
    </ul>
  );
}

function Avatar({ name, color, label, own }: { name: string; color: string; label: string; own?: boolean }) {
  return (
    <li className={own ? "avatar avatar-own" : "avatar"} style={{ backgroundColor: color }} title={label}>
      <span aria-hidden="true">{initials(name)}</span>
      <span className="visually-hidden">{label}</span>
    </li>
  );
}

const stroke = {
  width: 18,
  height: 18,
  viewBox: "0 0 24 24",
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 2,
  strokeLinecap: "round",
  strokeLinejoin: "round",
  "aria-hidden": true,
} as const;

function BackIcon() {
  return (
    <svg {...stroke}>
      <path d="M15 5l-7 7 7 7" />
    </svg>
  );
}

function SunIcon() {
  return (
    <svg {...stroke}>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" />
    </svg>
  );
}

function MoonIcon() {
  return (
    <svg {...stroke}>
      <path d="M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z" />
    </svg>
  );
}
