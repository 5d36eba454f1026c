import { MainMenu } from "@excalidraw/excalidraw";
import type { Page } from "./page";

export function Menu({ page }: { page: Page }) {
  return (
    <MainMenu>
      <MainMenu.ItemLink href={page.backUrl}>Back to {page.projectName || "the project"}</MainMenu.ItemLink>
      <MainMenu.Separator />
      <MainMenu.DefaultItems.SaveAsImage />
      <MainMenu.DefaultItems.SearchMenu />
      <MainMenu.DefaultItems.Help />
    </MainMenu>
  );
}
