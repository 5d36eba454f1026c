import { MainMenu } from "@excalidraw/excalidraw";
import { t } from "../i18n";
import type { Role } from "../protocol/messages";
import { canEdit } from "../sync/status";
import type { ExchangeAction } from "./Exchange";
import { EmbedIcon, ExportIcon, ImportIcon, LinkIcon } from "./icons";
import type { Page } from "./page";

interface MenuProps {
  page: Page;
  role: Role;
  onExchange: (action: ExchangeAction) => void;
}

export function Menu({ page, role, onExchange }: MenuProps) {
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
