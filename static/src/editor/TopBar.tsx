import type { ReactNode } from "react";
import type { Status, StatusWords } from "../sync/status";
import type { Page } from "./page";
import { t } from "../i18n";
import { BackIcon, HistoryIcon, MoonIcon, ShareIcon, SunIcon } from "./icons";
import { StatusChip } from "./StatusChip";
import type { Theme } from "./theme";
import "./topbar.css";

interface TopBarProps {
  page: Page;
  status: Status;
  words: StatusWords;
  people: ReactNode;
  theme: Theme;
  onToggleTheme: () => void;
  onHistory: () => void;
}

export function TopBar({ page, status, words, people, theme, onToggleTheme, onHistory }: TopBarProps) {
  return (
    <header className="topbar">
      <a
        className="topbar-back"
        href={page.backUrl}
        aria-label={
          page.projectName ? t("Back to {{project}}", { project: page.projectName }) : t("Back to the project")
        }
      >
        <BackIcon />
        <span className="topbar-project">{page.projectName}</span>
      </a>
      <span className="topbar-divider" aria-hidden="true" />
      <h1 className="topbar-name" title={page.canvasName}>
        {page.canvasName}
      </h1>
      <StatusChip words={words} status={status} />
      <span className="topbar-space" />
      {people}
      <button
        type="button"
        className="topbar-button"
        onClick={onHistory}
        aria-label={t("History")}
        title={t("History")}
        data-testid="history-open"
      >
        <HistoryIcon />
      </button>
      {page.shareUrl && (
        <a className="topbar-share" href={page.shareUrl} aria-label={t("Share the project")}>
          <ShareIcon />
          <span>{t("Share")}</span>
        </a>
      )}
      <button
        type="button"
        className="topbar-button"
        onClick={onToggleTheme}
        aria-label={theme === "dark" ? t("Switch to light") : t("Switch to dark")}
        title={theme === "dark" ? t("Switch to light") : t("Switch to dark")}
      >
        {theme === "dark" ? <SunIcon /> : <MoonIcon />}
      </button>
    </header>
  );
}
