/** The history beside a canvas: what happened in words, filters, named versions, links to a moment, and who may do what. */

import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { type BrowserContextOptions, expect, type Locator, test } from "@playwright/test";
import { ADA, baseUrl, GRACE, newCanvas, Person } from "./people";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const RED = "#e03131";

let ada: Person;
let grace: Person;
let canvas: string;

test.beforeEach(async ({ browser }, { title }) => {
  [ada, grace] = (await Promise.all([ADA, GRACE].map((name) => Person.enter(browser, name)))) as [Person, Person];
  canvas = await newCanvas(ada, title);
});

test.afterEach(async () => {
  const own = (complaint: string): boolean => !complaint.includes("ERR_INTERNET_DISCONNECTED");
  for (const person of [ada, grace]) {
    expect(person.complaints.filter(own)).toEqual([]);
    expect(person.foreign).toEqual([]);
    await person.close();
  }
});

const view = (person: Person): Locator => person.page.getByTestId("history");
const entries = (person: Person): Locator => person.page.getByTestId("history-entry");
const words = (person: Person): Locator => person.page.locator(".entry-words");
const moment = (person: Person): Locator => person.page.getByTestId("history-moment");

async function openHistory(person: Person): Promise<void> {
  await person.page.getByTestId("history-open").click();
  await expect(view(person)).toBeVisible();
}

/** One gesture over REST; the place of its commit in the log. */
async function act(person: Person, ops: unknown[], gesture: string): Promise<number> {
  return (await person.api<{ seq: number }>("POST", `canvases/${canvas}/intents/`, { ops, gesture })).seq;
}

function box(id: string, x = 0): unknown {
  const properties = { strokeColor: "#1e1e1e", backgroundColor: "transparent" };
  return {
    op: "create",
    id,
    type: "rectangle",
    position: { x, y: 0 },
    dimensions: { width: 90, height: 60 },
    properties,
  };
}

/** Three changes of Ada's and two of Grace's. */
async function past(): Promise<void> {
  await act(ada, [box("a"), box("b", 120)], "made");
  await act(ada, [{ ...(box("t", 240) as object), type: "text", properties: { text: "Plan" } }], "wrote");
  await act(grace, [{ op: "update", id: "a", set: { "properties.strokeColor": RED } }], "coloured");
  await act(grace, [{ op: "update", id: "t", set: { "properties.text": "Plan B" } }], "typed");
  await act(
    ada,
    ["a", "b"].map((id) => ({ op: "update", id, set: { "position.y": 200 } })),
    "moved",
  );
}

test("what two people draw is told in words, newest first, with what was before", async () => {
  await Promise.all([ada.open(canvas), grace.open(canvas)]);
  await ada.page.bringToFront();
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();
  await expect.poll(async () => (await grace.elements(canvas)).length).toBe(1);
  await grace.page.bringToFront();
  await grace.page.mouse.click(402, 360);
  await grace.page.locator(".color-picker__top-picks").first().getByTitle(RED).click();
  await grace.saved();

  await ada.page.bringToFront();
  await openHistory(ada);
  await expect(words(ada)).toHaveText(["Changed the stroke of a rectangle from black to red", "Created a rectangle"]);
  await expect(ada.page.locator(".run-name")).toHaveText(["Grace Hopper", "Ada Lovelace"]);
  await expect(view(ada).getByRole("heading", { name: "Today" })).toBeVisible();

  await entries(ada).first().getByRole("button", { name: "Details" }).click();
  await expect(entries(ada).first().locator("dl")).toContainText("black→red");

  // The editor beneath hears no key while the past is looked at.
  await ada.page.keyboard.press("Control+z");
  await ada.page.keyboard.press("Delete");
  await ada.page.keyboard.press("Escape");
  await expect(view(ada)).toHaveCount(0);
  await ada.saved();
  expect(await ada.elements(canvas)).toHaveLength(1);
});

test("a change chosen is shown, the address says so, and the back button leads to the editor", async () => {
  await past();
  await ada.open(canvas);
  await openHistory(ada);
  await expect(words(ada)).toHaveText([
    "Moved 2 rectangles",
    "Changed “Plan” to “Plan B”",
    "Changed the stroke of a rectangle from black to red",
    "Wrote “Plan”",
    "Created 2 rectangles",
  ]);
  await expect(moment(ada)).toHaveText("Now");
  await words(ada).nth(2).click();
  await expect(entries(ada).nth(2)).toHaveAttribute("data-current", "true");
  expect(new URL(ada.page.url()).searchParams.get("at")).toBe("3");
  await expect(moment(ada)).toContainText("Today");

  // From there with the keyboard: up to what came next, its details, and back to now.
  await ada.page.keyboard.press("ArrowUp");
  await ada.page.keyboard.press("Enter");
  expect(new URL(ada.page.url()).searchParams.get("at")).toBe("4");
  await ada.page.keyboard.press("ArrowRight");
  await expect(entries(ada).nth(1).locator("dl")).toContainText("Plan→Plan B");
  await ada.page.keyboard.press("ArrowLeft");
  await expect(entries(ada).nth(1).locator("dl")).toHaveCount(0);
  await ada.page.keyboard.press("Home");
  await ada.page.keyboard.press("Enter");
  await expect(moment(ada)).toHaveText("Now");

  await ada.page.goBack();
  await expect(view(ada)).toHaveCount(0);
  await expect(ada.status).toHaveText("Saved");
  expect(new URL(ada.page.url()).search).toBe("");
});

test("filters leave what fits, are part of the address, and are taken away one by one", async () => {
  await past();
  await ada.open(canvas);
  await openHistory(ada);
  await expect(entries(ada)).toHaveCount(5);
  await ada.page.getByRole("button", { name: "Only changes by Grace Hopper" }).click();
  await expect(entries(ada)).toHaveCount(2);
  await ada.page.getByLabel("Kind of object").selectOption("text");
  await expect(words(ada)).toHaveText(["Changed “Plan” to “Plan B”"]);
  const address = ada.page.url();
  await ada.page.getByRole("button", { name: "Reset", exact: true }).click();
  await expect(entries(ada)).toHaveCount(5);
  await ada.page.getByLabel("Kind of change").selectOption("delete");
  await expect(view(ada)).toContainText("No change fits these filters.");
  await ada.page.getByRole("button", { name: "Show all changes" }).click();
  await ada.page.locator(".chart [role=button]").click();
  await expect(entries(ada)).toHaveCount(5);
  await ada.page.getByRole("button", { name: "Show all days" }).click();

  await entries(ada).nth(2).getByRole("button", { name: "Details" }).click();
  await entries(ada).nth(2).getByRole("button", { name: "Only this object" }).click();
  await expect(words(ada)).toHaveText([
    "Moved a rectangle",
    "Changed the stroke of a rectangle from black to red",
    "Created a rectangle",
  ]);

  await ada.page.goto(address);
  await expect(words(ada)).toHaveText(["Changed “Plan” to “Plan B”"]);
  await expect(ada.page.getByRole("button", { name: "Only changes by Grace Hopper" })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
});

test("a moment gets a name, is found by it, and its link leads the other there", async () => {
  await past();
  await ada.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ada.open(canvas);
  await openHistory(ada);
  await words(ada).filter({ hasText: "Wrote “Plan”" }).click();
  await ada.page.getByRole("button", { name: "Name this moment" }).first().click();
  await ada.page.getByLabel("Name of this moment").fill("Sketch");
  await ada.page.keyboard.press("Enter");
  const version = ada.page.getByTestId("history-version");
  await expect(version).toContainText("Sketch");
  await expect(version).toContainText("Named by Ada Lovelace");
  await expect(moment(ada)).toContainText("Sketch");

  await version.getByRole("button", { name: "Rename “Sketch”" }).click();
  await ada.page.getByLabel("New name").fill("First sketch");
  await ada.page.getByRole("button", { name: "Rename", exact: true }).click();
  await expect(version).toContainText("First sketch");
  await expect(version.locator("img")).toHaveJSProperty("complete", true);
  expect(await version.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);

  await ada.page.getByRole("tab", { name: "Changes" }).click();
  await ada.page.getByRole("button", { name: "Now" }).click();
  await view(ada).locator(".timeline-version").click();
  await expect(moment(ada)).toContainText("First sketch");
  await ada.page.getByRole("button", { name: "Copy link to this moment" }).click();
  await expect(ada.page.locator(".toast")).toContainText("The link to this moment is copied.");
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());

  await grace.page.goto(link);
  await expect(moment(grace)).toContainText("First sketch");
  await expect(entries(grace).filter({ hasText: "Wrote “Plan”" })).toHaveAttribute("data-current", "true");
  await grace.page.getByRole("tab", { name: "Versions" }).click();
  await grace.page.getByRole("button", { name: "Delete “First sketch”" }).click();
  await grace.page.getByRole("button", { name: "Keep it" }).click();
  await grace.page.getByRole("button", { name: "Delete “First sketch”" }).click();
  await grace.page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(view(grace)).toContainText("No moment has a name yet.");
  await grace.page.getByRole("button", { name: "Close history" }).click();
  await expect(view(grace)).toHaveCount(0);
});

test("what others do meanwhile waits above the list until it is wanted", async () => {
  await past();
  await ada.open(canvas);
  await openHistory(ada);
  await expect(entries(ada)).toHaveCount(5);
  await act(grace, [{ op: "delete", id: "b" }], "deleted");
  const fresh = ada.page.getByTestId("history-fresh");
  await expect(fresh).toHaveText("1 new change");
  await expect(entries(ada)).toHaveCount(5);
  await fresh.click();
  await expect(words(ada).first()).toHaveText("Deleted a rectangle");
  await expect(entries(ada)).toHaveCount(6);
  await expect(fresh).toHaveCount(0);
});

test("a long past is read as far as one goes down", async () => {
  for (let part = 0; part < 3; part++) {
    await Promise.all(Array.from({ length: 30 }, (_, n) => act(ada, [box(`e${part}-${n}`)], `g${part}-${n}`)));
  }
  await ada.open(canvas);
  await openHistory(ada);
  await expect.poll(() => entries(ada).count()).toBeGreaterThanOrEqual(60);
  await ada.page.getByTestId("timeline").locator("[data-row]").first().focus();
  await ada.page.keyboard.press("End");
  await expect(entries(ada)).toHaveCount(90);
});

test("whoever may only look sees all of it, and names nothing", async () => {
  const project = await ada.api<{ id: string }>("POST", "projects/", { name: "Looked at" });
  await ada.api("POST", `projects/${project.id}/members/`, { user: GRACE, role: "viewer" });
  canvas = (await ada.api<{ id: string }>("POST", `projects/${project.id}/canvases/`, { name: "Looked at" })).id;
  const seq = await act(ada, [box("a")], "made");
  await ada.api("POST", `canvases/${canvas}/versions/`, { name: "Start", seq });
  await grace.open(canvas);
  await openHistory(grace);
  await expect(words(grace)).toHaveText(["Created a rectangle"]);
  await expect(grace.page.getByRole("button", { name: "Name this moment" })).toHaveCount(0);
  await grace.page.getByRole("tab", { name: "Versions" }).click();
  await expect(grace.page.getByTestId("history-version")).toContainText("Start");
  await expect(grace.page.getByRole("button", { name: /Rename|Delete/ })).toHaveCount(0);
  await ada.api("DELETE", `projects/${project.id}/`);
});

test("without a connection it says so, and goes on when there is one", async () => {
  await past();
  await ada.open(canvas);
  await ada.page.route("**/history/?**", (route) => route.abort("internetdisconnected"));
  await openHistory(ada);
  await expect(view(ada).getByRole("alert")).toContainText("The server cannot be reached.");
  await ada.page.unroute("**/history/?**");
  await view(ada).getByRole("button", { name: "Try again" }).click();
  await expect(entries(ada)).toHaveCount(5);
});

test("the files hold what is listed", async () => {
  await past();
  await ada.open(canvas);
  await openHistory(ada);
  await ada.page.getByRole("button", { name: "Only changes by Grace Hopper" }).click();
  await expect(entries(ada)).toHaveCount(2);
  await ada.page.getByRole("button", { name: "Export the history" }).click();
  const [csv] = await Promise.all([
    ada.page.waitForEvent("download"),
    ada.page.getByRole("link", { name: /^CSV/ }).click(),
  ]);
  expect(csv.suggestedFilename()).toMatch(/\.csv$/);
  const lines = (await readFile(await csv.path(), "utf8")).trim().split("\r\n");
  expect(lines).toHaveLength(3);

  await ada.page.getByRole("button", { name: "Export the history" }).click();
  const [bundle] = await Promise.all([
    ada.page.waitForEvent("download"),
    ada.page.getByRole("link", { name: /^Proof bundle/ }).click(),
  ]);
  expect(bundle.suggestedFilename()).toMatch(/\.zip$/);
  expect((await readFile(await bundle.path())).subarray(0, 2).toString()).toBe("PK");
});

const DEVICES: Record<string, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};

for (const [device, options] of Object.entries(DEVICES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`it can be read by all, ${device}, ${colorScheme}`, async ({ browser }) => {
      await past();
      await ada.api("POST", `canvases/${canvas}/versions/`, { name: "Start", seq: 1 });
      const reader = await Person.enter(browser, ADA, { ...options, colorScheme, reducedMotion: "reduce" });
      await reader.page.goto(`${baseUrl()}/c/${canvas}/?at=3`);
      await expect(entries(reader)).toHaveCount(5);
      await entries(reader).nth(2).getByRole("button", { name: "Details" }).click();
      const check = async (what: string): Promise<void> => {
        const { violations } = await new AxeBuilder({ page: reader.page })
          .withTags(RULES)
          .include("[data-testid=history]")
          .analyze();
        const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect
          .soft(
            bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`),
            what,
          )
          .toEqual([]);
        const width = await reader.page.evaluate(() => document.documentElement.scrollWidth);
        expect.soft(width, `${what}: nothing wider than the screen`).toBeLessThanOrEqual(options.viewport!.width);
      };
      await check("the timeline");
      await reader.page.getByRole("tab", { name: "Versions" }).click();
      await reader.page.getByRole("button", { name: "Name this moment" }).last().click();
      await expect(reader.page.getByLabel("Name of this moment")).toBeFocused();
      await check("versions");
      await reader.close();
    });
  }
}
