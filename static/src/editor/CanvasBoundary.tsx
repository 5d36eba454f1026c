import { Component, type ErrorInfo, type ReactNode } from "react";
import { t } from "../i18n";
import type { Page } from "./page";

interface Props {
  page: Page;
  /** The component is gone: nothing may use its handle any more. */
  onBroken: () => void;
  children: ReactNode;
}

/** Stands in for the drawing component when it fails: words and a way out instead of a blank page. */
export class CanvasBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error("This canvas cannot be drawn.", error, info.componentStack);
    this.props.onBroken();
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const { backUrl, projectName } = this.props.page;
    return (
      <div className="veil veil-broken" role="alert" data-testid="broken">
        <h2>{t("This canvas cannot be drawn")}</h2>
        <p>{t("Something on it could not be shown. What was saved is safe.")}</p>
        <p className="veil-actions">
          <button type="button" onClick={() => location.reload()}>
            {t("Reload")}
          </button>
          <a href={backUrl}>
            {projectName ? t("Back to {{project}}", { project: projectName }) : t("Back to the project")}
          </a>
        </p>
      </div>
    );
  }
}
