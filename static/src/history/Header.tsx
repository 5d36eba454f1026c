/** Which moment is shown, the link to it, and the way out. */

import { CloseIcon, LinkIcon } from "../editor/icons";
import type { Page } from "../editor/page";
import { locale, t } from "../i18n";
import type { HistoryStore } from "./store";
import { useHistory } from "./use-history";

interface Props {
  page: Page;
  store: HistoryStore;
  say: (message: string) => void;
  onClose: () => void;
}

export function Header({ page, store, say, onClose }: Props) {
  const { at, head } = useHistory(store);
  const copy = (): void => {
    if (at === null) store.show(head); // a link to "now" would lead elsewhere tomorrow
    const link = location.href;
    navigator.clipboard.writeText(link).then(
      () => say(t("The link to this moment is copied.")),
      () => say(link),
    );
  };
  return (
    <header className="history-header">
      <button type="button" className="history-close" onClick={onClose}>
        <CloseIcon />
        <span>{t("Close history")}</span>
      </button>
      <div className="history-title">
        <h1 title={page.canvasName}>{page.canvasName}</h1>
        <p data-testid="history-moment">
          {at === null ? t("Now") : t("Change {{number}}", { number: at.toLocaleString(locale()) })}
        </p>
      </div>
      <button
        type="button"
        className="history-link"
        onClick={copy}
        aria-label={t("Copy link to this moment")}
        title={t("Copy link to this moment")}
      >
        <LinkIcon />
      </button>
    </header>
  );
}
