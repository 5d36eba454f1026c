/** Which moment is shown, the link to it, and the way out. */

import { CloseIcon, LinkIcon } from "../editor/icons";
import type { Page } from "../editor/page";
import { locale, t } from "../i18n";
import type { Version } from "./rest";
import type { HistoryStore } from "./store";
import { MomentActions } from "./takeback/actions";
import { momentWords } from "./times";
import { useHistory } from "./use-history";
import { useCommitTime } from "./use-commit-time";

interface Props {
  page: Page;
  store: HistoryStore;
  versions: readonly Version[];
  say: (message: string) => void;
  onClose: () => void;
}

export function Header({ page, store, versions, say, onClose }: Props) {
  const { at, head } = useHistory(store);
  const time = useCommitTime(page.canvasId, at);
  const version = versions.find(({ seq }) => seq === at);
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
      <button type="button" className="history-close" aria-label={t("Close history")} onClick={onClose}>
        <CloseIcon />
        <span>{t("Close history")}</span>
      </button>
      <div className="history-title">
        <h1 title={page.canvasName}>{page.canvasName}</h1>
        <p data-testid="history-moment" aria-live="polite">
          {version && <strong data-names>{version.name}</strong>}
          <span>
            {at === null
              ? t("Now")
              : at === 0
                ? t("The empty canvas")
                : time === null
                  ? t("Change {{number}}", { number: at.toLocaleString(locale()) })
                  : momentWords(time)}
          </span>
        </p>
      </div>
      <MomentActions store={store} version={version} />
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
