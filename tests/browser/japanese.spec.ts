/** Everything that is not somebody's own name is said in Japanese, and has room on the smallest phone. */

import { expect, test } from "@playwright/test";
import { ADA, newCanvas, Person } from "./people";

/** Names of people, of canvases and projects, of the product, of file formats and keys. */
const NAMES =
  /Ada Lovelace|Grace Hopper|Canvas|Demo|ada|grace|Excalidraw|CSV|Lines|zip|JavaScript|PNG|JPEG|SVG|PDF|JSON|MB|English|https?:\S+|Ctrl|Shift|Alt|Cmd|Esc|Tab|Enter|Space|Backspace|Delete/g;
/** What the component's own Japanese lacks in its pinned version; and colours by their code. */
const NOT_OURS = /^(Laser pointer|Find on canvas|#[0-9a-f]{6})$/;
const SMALLEST = { width: 360, height: 640 };

let ada: Person;

test.beforeAll(async ({ browser }) => {
  // What the service worker keeps is in the language in which it was kept.
  ada = await Person.signIn(browser, ADA, { serviceWorkers: "block" });
  await ada.context.addCookies([{ name: "django_language", value: "ja", url: new URL("/", ada.page.url()).href }]);
});

test.afterAll(() => ada.close());

/** What is said in Latin letters: text that can be seen, names for screen readers, hints. */
async function english(): Promise<string[]> {
  const said = await ada.page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement;
      if (!element?.checkVisibility() || element.closest("script,style,svg,noscript,[data-names]")) continue;
      if (!(node instanceof Element)) found.push(node.textContent ?? "");
      else for (const name of ["aria-label", "title", "placeholder"]) found.push(node.getAttribute(name) ?? "");
    }
    return [document.title, ...found];
  });
  const foreign = said.filter((text) => /[A-Za-z]{3,}/.test(text.replaceAll(NAMES, "")));
  return [...new Set(foreign.map((text) => text.trim()))].filter((text) => !NOT_OURS.test(text));
}

async function fits(): Promise<void> {
  const overflow = await ada.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, "the page is wider than the window").toBeLessThanOrEqual(0);
}

test("pages speak Japanese, and fit the smallest phone", async () => {
  const project = (await ada.api<{ id: string }>("POST", "projects/", { name: "計画" })).id;
  await ada.api("POST", `projects/${project}/canvases/`, { name: "図" });
  for (const size of [{ width: 1280, height: 800 }, SMALLEST]) {
    await ada.page.setViewportSize(size);
    for (const address of ["/settings/", `/p/${project}/`, `/p/${project}/share/`, "/no-such-page/"]) {
      await ada.page.goto(address);
      await expect(ada.page.locator("html")).toHaveAttribute("lang", "ja");
      expect(await english(), address).toEqual([]);
      await fits();
    }
  }
});

test("the entrance speaks Japanese before anybody has signed in", async ({ browser }) => {
  const context = await browser.newContext({ baseURL: new URL(ada.page.url()).origin, locale: "ja-JP" });
  const page = await context.newPage();
  await page.goto("/sign-in/");
  await expect(page.getByRole("button", { name: "ログイン" })).toBeVisible();
  await context.close();
});

test("the editor speaks Japanese: the component, our bar, lists, menus and dialogs", async () => {
  const canvas = await newCanvas(ada, "図");
  for (const size of [{ width: 1280, height: 800 }, SMALLEST]) {
    await ada.page.setViewportSize(size);
    await ada.page.goto(`/c/${canvas}/`);
    await expect(ada.page.getByTestId("loading")).toHaveCount(0);
    await expect(ada.status).toHaveText("保存済み");
    expect(await english(), "the editor").toEqual([]);
    await ada.page.getByTestId("people-open").click();
    await expect(ada.page.locator("#people-here")).toContainText("参加者");
    expect(await english(), "the people").toEqual([]);
    await ada.page.keyboard.press("Escape");
    await ada.page.getByTestId("main-menu-trigger").click();
    await expect(ada.page.getByTestId("export-button")).toBeVisible();
    expect(await english(), "the menu").toEqual([]);
    await ada.page.getByTestId("export-button").click();
    await expect(ada.page.getByRole("dialog")).toBeVisible();
    expect(await english(), "the export").toEqual([]);
    await fits();
  }
});

test("the history speaks Japanese: what happened, the player, versions", async () => {
  const canvas = await newCanvas(ada, "図");
  const box = { type: "rectangle", position: { x: 0, y: 0 }, dimensions: { width: 9, height: 9 }, properties: {} };
  const steps: object[][] = [
    [{ op: "create", id: "a", ...box }],
    [{ op: "update", id: "a", set: { "properties.strokeColor": "#e03131", "properties.strokeStyle": "dashed" } }],
    [{ op: "update", id: "a", set: { angle: 1, index: "a5" } }],
    [{ op: "delete", id: "a" }],
  ];
  for (const ops of steps) await ada.api("POST", `canvases/${canvas}/intents/`, { ops });
  await ada.api("POST", `canvases/${canvas}/versions/`, { name: "初版" });
  for (const size of [{ width: 1280, height: 800 }, SMALLEST]) {
    await ada.page.setViewportSize(size);
    await ada.page.goto(`/c/${canvas}/?at=3`);
    await expect(ada.page.getByTestId("history-entry")).toHaveCount(4);
    for (const details of await ada.page.getByRole("button", { name: "詳細" }).all()) await details.click();
    await expect(ada.page.locator(".timeline-days")).toContainText("四角形を削除");
    expect(await english(), "the timeline").toEqual([]);
    await fits();
    await ada.page.getByRole("button", { name: "履歴を書き出す" }).click();
    expect(await english(), "the files").toEqual([]);
    await ada.page.keyboard.press("Escape");
    await ada.page.getByRole("tab", { name: "バージョン" }).click();
    await expect(ada.page.getByTestId("history-version")).toContainText("初版");
    expect(await english(), "the versions").toEqual([]);
    await fits();
  }
});
