import { MainMenu } from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import type { FilterChange } from "../history/store";
import { t } from "../i18n";
import type { Role } from "../protocol/messages";
import { canEdit } from "../sync/status";
import type { ExchangeAction } from "./Exchange";
import { EmbedIcon, ExportIcon, HistoryIcon, ImportIcon, LinkIcon } from "./icons";
import type { Page } from "./page";

interface MenuProps {
  page: Page;
  role: Role;
  api: ExcalidrawImperativeAPI | null;
  onExchange: (action: ExchangeAction) => void;
  onHistory: (filters?: FilterChange) => void;
}

export function Menu({ page, role, api, onExchange, onHistory }: MenuProps) {
  return (
    <MainMenu>
      <MainMenu.ItemLink href={page.backUrl}>
        {page.projectName ? t("Back to {{project}}", { project: page.projectName }) : t("Back to the project")}
      </MainMenu.ItemLink>
      <MainMenu.Separator />
      <MainMenu.Item
        icon={<ExportIcon />}
        shortcut="Ctrl+Shift+E"
        data-testid="export-button"
        onSelect={() => onExchange("export")}
      >
        {t("Export…")}
      </MainMenu.Item>
      {canEdit(role) && (
        <MainMenu.Item
          icon={<ImportIcon />}
          shortcut="Ctrl+O"
          data-testid="import-button"
          onSelect={() => onExchange("import")}
        >
          {t("Import a file…")}
        </MainMenu.Item>
      )}
      <MainMenu.Item icon={<LinkIcon />} data-testid="link-button" onSelect={() => onExchange("link")}>
        {t("Copy link to this place")}
      </MainMenu.Item>
      <MainMenu.Item icon={<HistoryIcon />} data-testid="history-button" onSelect={() => onHistory()}>
        {t("History")}
      </MainMenu.Item>
      <HistoryOfObject api={api} onHistory={onHistory} />
      {role === "owner" && (
        <MainMenu.Item icon={<EmbedIcon />} data-testid="embed-button" onSelect={() => onExchange("embed")}>
          {t("Embed in a page…")}
        </MainMenu.Item>
      )}
      <MainMenu.DefaultItems.SearchMenu />
      <MainMenu.DefaultItems.Help />
    </MainMenu>
  );
}

/** Made anew each time the menu opens, so what is selected then counts. */
function HistoryOfObject({ api, onHistory }: Pick<MenuProps, "api" | "onHistory">) {
  const [element, ...more] = Object.keys(api?.getAppState().selectedElementIds ?? {});
  if (element === undefined || more.length > 0) return null;
  return (
    <MainMenu.Item icon={<HistoryIcon />} data-testid="history-object-button" onSelect={() => onHistory({ element })}>
      {t("History of this object")}
    </MainMenu.Item>
  );
}
