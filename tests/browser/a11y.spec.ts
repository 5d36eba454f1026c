import AxeBuilder from "@axe-core/playwright";
import { type BrowserContextOptions, expect, type Page, test } from "@playwright/test";
import { ADA, baseUrl, GRACE, newCanvas, Person } from "./people";

const DEVICES: Record<string, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What the editor component draws itself, its menus and its list of keys too, is its makers'; the rest is ours. */
const COMPONENT = [".excalidraw"];

async function expectAccessible(page: Page, what: string, without: string[] = []): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  let builder = new AxeBuilder({ page }).withTags(RULES);
  for (const selector of without) builder = builder.exclude(selector);
  const { violations } = await builder.analyze();
  const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = bad.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`,
  );
  expect.soft(told, what).toEqual([]);
  if (page.viewportSize()?.width === 360) {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(width, `${what}: nothing wider than the screen`).toBeLessThanOrEqual(360);
  }
}

for (const [device, options] of Object.entries(DEVICES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    const look = { ...options, colorScheme, reducedMotion: "reduce" } as const;

    test(`pages without an account, ${device}, ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({ ...look, baseURL: baseUrl() });
      const page = await context.newPage();
      for (const path of ["/sign-in/", "/sign-up/", "/nothing/"]) {
        await page.goto(path);
        await expectAccessible(page, path);
      }
      await page.goto("/sign-up/");
      await page.getByLabel("Username").fill(ADA);
      await page.getByLabel("Password").fill("short");
      await page.getByRole("button", { name: "Sign up" }).click();
      await expectAccessible(page, "a refused form");
      await context.close();
    });

    test(`pages and their dialogs, ${device}, ${colorScheme}`, async ({ browser }) => {
      const ada = await Person.signIn(browser, ADA, look);
      const { page } = ada;
      await page.goto("/p/");
      await expectAccessible(page, "projects");
      for (const name of ["More about Demo", "New project", "Account of Ada Lovelace"]) {
        await page.getByRole("button", { name }).click();
        await expectAccessible(page, name);
        await page.keyboard.press("Escape");
      }
      await page.getByRole("button", { name: "More about Demo" }).click();
      await page.getByRole("button", { name: "Rename" }).first().click();
      await expectAccessible(page, "renaming");
      await page.keyboard.press("Escape");
      for (const path of ["/p/?show=deleted", "/p/?q=nothing+at+all", "/settings/"]) {
        await page.goto(path);
        await expectAccessible(page, path);
      }
      const { id } = await ada.api<{ id: string }>("POST", "projects/", { name: `For axe ${device} ${colorScheme}` });
      await page.goto(`/p/${id}/`);
      await expectAccessible(page, "an empty project");
      await page.getByRole("button", { name: "New canvas" }).click();
      await expectAccessible(page, "new canvas");
      const canvas = await ada.api<{ id: string }>("POST", `projects/${id}/canvases/`, { name: "Board" });
      await page.goto(`/p/${id}/`);
      await page.getByRole("button", { name: "More about Board" }).click();
      await page.getByRole("button", { name: "Delete" }).first().click();
      await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
      await expectAccessible(page, "a toast");
      await ada.api("POST", `canvases/${canvas.id}/restore-deleted/`);
      await page.goto(`/p/${id}/share/`);
      await expectAccessible(page, "sharing");
      await ada.api("POST", `projects/${id}/archive/`);
      await page.goto(`/p/${id}/`);
      await expectAccessible(page, "an archived project");
      await ada.api("DELETE", `projects/${id}/`);
      await ada.close();
    });

    test(`the editor, ${device}, ${colorScheme}`, async ({ browser }) => {
      const [ada, grace] = [await Person.signIn(browser, ADA, look), await Person.enter(browser, GRACE)];
      const { page } = ada;
      const canvas = await newCanvas(ada, "For axe");
      await Promise.all([ada.open(canvas), grace.open(canvas)]);
      await expect(page.getByTestId("avatars")).toContainText("2");
      await expectAccessible(page, "the bar", COMPONENT);
      await page.getByTestId("status").getByRole("button").click();
      await expectAccessible(page, "what is saved", COMPONENT);
      await page.keyboard.press("Escape");
      await page.getByTestId("people-open").click();
      await expectAccessible(page, "the people", COMPONENT);
      await grace.close();
      await ada.close();
    });

    test(`the editor's dialogs, ${device}, ${colorScheme}`, async ({ browser }) => {
      const ada = await Person.signIn(browser, ADA, look);
      const { page } = ada;
      const canvas = await newCanvas(ada, "For axe");
      const box = { position: { x: 0, y: 0 }, dimensions: { width: 200, height: 120 } };
      await ada.api("POST", `canvases/${canvas}/elements/`, { type: "rectangle", ...box });
      await ada.open(canvas);
      const choose = async (item: string): Promise<void> => {
        await page.getByTestId("main-menu-trigger").click();
        await page.getByTestId(item).click();
      };
      await choose("export-button");
      const exporting = page.getByTestId("export-dialog");
      await expect(exporting.getByRole("img", { name: "Preview" })).toBeVisible();
      for (const format of ["PNG", "PDF", "JSON"]) {
        await exporting.getByText(format, { exact: true }).click();
        await expectAccessible(page, `export as ${format}`, COMPONENT);
      }
      await page.keyboard.press("Escape");

      await choose("embed-button");
      const embedding = page.getByTestId("embed-dialog");
      await embedding.getByLabel("Websites that may show it").fill("nowhere");
      await embedding.getByRole("button", { name: "Make a link" }).click();
      await expect(embedding.getByRole("alert")).toBeVisible();
      await expectAccessible(page, "a refused website", COMPONENT);
      await embedding.getByLabel("Websites that may show it").fill("https://example.org");
      await embedding.getByRole("button", { name: "Make a link" }).click();
      await expect(embedding.getByTestId("embed-code")).toBeVisible();
      await expectAccessible(page, "embedding", COMPONENT);
      await page.keyboard.press("Escape");

      const drawing = { type: "excalidraw", version: 2, elements: [{ id: "odd", type: "spaceship" }] };
      const file = { mimeType: "application/json", buffer: Buffer.from(JSON.stringify(drawing)) };
      await page.getByTestId("import-file").setInputFiles({ name: "plan.excalidraw", ...file });
      const importing = page.getByTestId("import-dialog");
      await expect(importing).toBeVisible();
      await expectAccessible(page, "import", COMPONENT);
      await importing.getByRole("button", { name: "This canvas" }).click();
      await expect(importing).toContainText("spaceship");
      await expectAccessible(page, "what was imported", COMPONENT);
      await importing.getByRole("button", { name: "Done" }).click();
      await ada.close();
    });
  }
}
