/** Two people: what Grace did is taken back by Ada, whose own newer work stands; and all of that is undone. */

import AxeBuilder from "@axe-core/playwright";
import { type BrowserContextOptions, expect, test } from "@playwright/test";
import { ADA, type Element, GRACE, newCanvas, Person } from "./people";

const RED = "#e03131";
const BLUE = "#1971c2";

let ada: Person;
let grace: Person;
let canvas: string;

test.beforeEach(async ({ browser }, { title }) => {
  [ada, grace] = (await Promise.all([ADA, GRACE].map((name) => Person.enter(browser, name)))) as [Person, Person];
  canvas = await newCanvas(ada, title);
  await setUp();
});

test.afterEach(async () => {
  for (const person of [ada, grace]) expect(person.complaints).toEqual([]);
  await ada.close();
  await grace.close();
});

/** Commits 1 to 5: Ada draws a and b; Grace colours both, moves b, draws c; Ada colours a anew. */
async function setUp(): Promise<void> {
  await intent(ada, [rectangle("a", 300, 250), rectangle("b", 550, 250)]);
  await intent(
    grace,
    ["a", "b"].map((id) => update(id, { "properties.strokeColor": RED })),
    "graces-colours",
  );
  await intent(grace, [update("b", { "position.y": 400 })], "graces-drag");
  await intent(grace, [rectangle("c", 800, 250)]);
  await intent(ada, [update("a", { "properties.strokeColor": BLUE })]);
}

const rectangle = (id: string, x: number, y: number) => ({
  ...{ op: "create", id, type: "rectangle", position: { x, y }, dimensions: { width: 180, height: 110 } },
  properties: { strokeColor: "#1e1e1e", backgroundColor: "transparent", strokeWidth: 2 },
});
const update = (id: string, set: Record<string, unknown>) => ({ op: "update", id, set });

async function intent(person: Person, ops: object[], gesture?: string): Promise<number> {
  const body = { ops, ...(gesture ? { gesture } : {}) };
  return (await person.api<{ seq: number }>("POST", `canvases/${canvas}/intents/`, body)).seq;
}

async function now(): Promise<Record<string, Element>> {
  return Object.fromEntries((await ada.elements(canvas)).map((element) => [element.id, element]));
}

const colour = async (id: string) => (await now())[id]?.properties["strokeColor"];
const ids = async () =>
  Object.keys(await now())
    .sort()
    .join("");
const toast = (person: Person) => person.page.locator(".toast");
const sheet = (person: Person) => person.page.getByTestId("revert-sheet");
const dialog = (person: Person) => person.page.getByTestId("restore-dialog");

/** The timeline follows the worker, so it may take a moment. */
async function openHistory(person: Person, query = "at=now"): Promise<void> {
  await person.page.goto(`/c/${canvas}/?${query}`);
  await expect(person.page.getByTestId("history")).toBeVisible();
}

async function accessible(person: Person, what: string): Promise<void> {
  await person.page.evaluate(() =>
    Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))),
  );
  const { violations } = await new AxeBuilder({ page: person.page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    // The component is its makers'.
    .exclude(".excalidraw")
    .analyze();
  const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect
    .soft(
      bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`),
      what,
    )
    .toEqual([]);
}

async function chooseGrace(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: "Only changes by Grace Hopper" }).click();
  await person.page.getByTestId("revert-filtered").click();
  await expect(sheet(person)).toBeVisible();
}

test("one person's changes are taken back; newer work of others stands, is listed, and goes only when asked for", async () => {
  await grace.open(canvas);
  await openHistory(ada);
  await chooseGrace(ada);
  await expect(sheet(ada).getByTestId("takeback-effects")).toHaveText(/1 object changes back.*1 object is removed/);
  const conflicts = sheet(ada).getByTestId("conflicts").getByRole("listitem");
  await expect(conflicts).toHaveCount(1);
  await expect(conflicts).toContainText("Ada Lovelace changed colour");
  await expect(sheet(ada)).toContainText("will see it change: Grace Hopper");
  await conflicts.getByRole("button", { name: "Show" }).click();
  await accessible(ada, "the sheet");
  await sheet(ada).getByRole("button", { name: "Take back" }).click();
  await expect(toast(ada)).toContainText("Taken back on 2 objects. Newer work of others stands on 1.");
  expect(await ids()).toBe("ab");
  expect([await colour("a"), await colour("b"), (await now())["b"]?.position.y]).toEqual([BLUE, "#1e1e1e", 250]);
  await expect.poll(async () => (await grace.scene()).length).toBe(2);
  await ada.page.bringToFront();
  await toast(ada).getByRole("button", { name: "Undo" }).click();
  await expect(toast(ada)).toContainText("Undone.");
  expect([await ids(), await colour("b"), (await now())["b"]?.position.y]).toEqual(["abc", RED, 400]);
  await toast(ada).getByRole("button", { name: "Redo" }).click();
  await expect(toast(ada)).toContainText("Done again.");
  expect(await ids()).toBe("ab");

  await ada.page.getByTestId("revert-filtered").click();
  await expect(sheet(ada)).toContainText("Nothing would change");
  await sheet(ada).getByLabel("Overwrite it too").check();
  await expect(sheet(ada)).toContainText("goes too");
  await sheet(ada).getByRole("button", { name: "Take back" }).click();
  await expect.poll(() => colour("a")).toBe("#1e1e1e");
});

test("one step is taken back from the timeline, and nothing else", async () => {
  await openHistory(ada);
  const entry = ada.page.getByTestId("history-entry").filter({ hasText: "Moved" }).first();
  await entry.getByRole("button", { name: "Details" }).click();
  await entry.getByRole("button", { name: "Take this back…" }).click();
  await expect(sheet(ada).getByLabel("Only this step")).toBeChecked();
  await ada.page.keyboard.press("Escape");
  await expect(sheet(ada)).toHaveCount(0);
  await entry.getByRole("button", { name: "Take this back…" }).click();
  await sheet(ada).getByRole("button", { name: "Take back" }).click();
  await expect.poll(async () => (await now())["b"]?.position.y).toBe(250);
  expect([await colour("b"), await ids()]).toEqual([RED, "abc"]);
});

test("a moment is restored whole, seen by the other at once, and undone", async () => {
  await grace.open(canvas);
  await openHistory(ada, "at=1");
  await ada.page.getByTestId("restore-moment").click();
  await expect(dialog(ada).getByTestId("takeback-effects")).toHaveText(/2 objects change back.*1 object is removed/);
  await expect(dialog(ada)).toContainText("will see it change: Grace Hopper");
  await accessible(ada, "the dialog");
  await dialog(ada).getByRole("button", { name: "Restore", exact: true }).click();
  await expect(toast(ada)).toContainText("Restored to");
  await expect(ada.page.getByTestId("history")).toHaveCount(0);
  expect([await ids(), await colour("a")]).toEqual(["ab", "#1e1e1e"]);
  await expect.poll(async () => (await grace.scene()).length).toBe(2);
  await ada.page.bringToFront();
  await toast(ada).getByRole("button", { name: "Undo" }).click();
  await expect(toast(ada)).toContainText("Undone.");
  expect([await ids(), await colour("a"), await colour("b")]).toEqual(["abc", BLUE, RED]);
});

test("a named version is restored from its list", async () => {
  await ada.api("POST", `canvases/${canvas}/versions/`, { name: "Before Grace", seq: 1 });
  await openHistory(ada);
  await ada.page.getByRole("tab", { name: "Versions" }).click();
  await ada.page.getByRole("button", { name: "Restore “Before Grace”" }).click();
  await expect(dialog(ada)).toContainText("Before Grace");
  await dialog(ada).getByRole("button", { name: "Restore", exact: true }).click();
  await expect(toast(ada)).toContainText("Restored to “Before Grace”");
  expect(await ids()).toBe("ab");
});

test("a deleted object comes back from the moment that has it, and goes again", async () => {
  await intent(grace, [{ op: "delete", id: "b" }]);
  await openHistory(ada, "at=4");
  const stage = ada.page.getByTestId("past-stage");
  await expect(stage).toHaveAttribute("data-shown", "4");
  const entry = ada.page.getByTestId("history-entry").filter({ hasText: "Moved" }).first();
  await entry.locator(".entry-show").click();
  await ada.page.getByTestId("restore-objects").click();
  await expect(dialog(ada).getByTestId("takeback-effects")).toHaveText(/1 object comes back/);
  await dialog(ada).getByRole("button", { name: "Bring back", exact: true }).click();
  await expect.poll(ids).toBe("abc");
  await expect(ada.page.getByTestId("history-moment")).toContainText("Now");
  await toast(ada).getByRole("button", { name: "Undo" }).click();
  await expect.poll(ids).toBe("ac");
});

test("who changed what, and the way to that moment", async () => {
  await openHistory(ada, "at=now&object=a");
  const blame = ada.page.getByTestId("blame");
  await expect(blame).toContainText("Last changed by Ada Lovelace");
  await expect(blame.getByRole("listitem").first()).toContainText("Stroke");
  await expect(blame.getByRole("listitem").last()).toContainText("Created");
  await accessible(ada, "the card");
  await blame.getByRole("listitem").last().getByRole("button").click();
  await expect(ada.page).toHaveURL(/at=1&/);
});

test("when Grace is at the same things, what she did last still stands", async () => {
  await openHistory(ada);
  await chooseGrace(ada);
  await expect(sheet(ada).getByTestId("takeback-effects")).toBeVisible();
  await intent(ada, [update("b", { "properties.strokeColor": BLUE })]);
  await sheet(ada).getByRole("button", { name: "Take back" }).click();
  await expect(toast(ada)).toContainText("stands on 2");
  expect(await colour("b")).toBe(BLUE);
});

test("who may only look sees the history and has nothing to take back with", async () => {
  const project = await ada.api<{ id: string }>("POST", "projects/", { name: "To be looked at" });
  const { id } = await ada.api<{ id: string }>("POST", `projects/${project.id}/canvases/`, { name: "Board" });
  await ada.api("POST", `projects/${project.id}/members/`, { user: GRACE, role: "viewer" });
  canvas = id;
  await intent(ada, [rectangle("a", 300, 250)]);
  await openHistory(grace, "at=1");
  await expect(grace.page.getByTestId("history-entry")).toHaveCount(1);
  await expect(grace.page.getByTestId("restore-moment")).toHaveCount(0);
  await grace.page.getByRole("button", { name: "Details" }).click();
  await expect(grace.page.getByRole("button", { name: "Take this back…" })).toHaveCount(0);
  await ada.api("DELETE", `projects/${project.id}/`);
});

for (const [device, options] of Object.entries({
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
} as Record<string, BrowserContextOptions>)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`looks, ${device}, ${colorScheme}`, async ({ browser }) => {
      const person = await Person.enter(browser, ADA, { ...options, colorScheme, reducedMotion: "reduce" });
      const shot = (name: string) =>
        person.page.screenshot({ path: `test-results/takeback-${name}-${device}-${colorScheme}.png` });
      await openHistory(person, "at=3&object=b");
      await expect(person.page.getByTestId("blame")).toContainText("Last changed");
      await shot("blame");
      await accessible(person, "blame");
      await person.page.getByTestId("restore-moment").click();
      await expect(dialog(person).getByTestId("takeback-effects")).toBeVisible();
      await shot("restore");
      await accessible(person, "restore");
      await person.page.keyboard.press("Escape");
      await openHistory(person);
      await chooseGrace(person);
      await expect(sheet(person).getByTestId("conflicts")).toBeVisible();
      await shot("revert");
      await accessible(person, "revert");
      const width = await person.page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(options.viewport!.width);
      await sheet(person).getByLabel("Overwrite it too").check();
      await expect(sheet(person)).toContainText("goes too");
      await shot("overwrite");
      await sheet(person).getByRole("button", { name: "Take back" }).click();
      await expect(toast(person)).toContainText("Undo");
      await shot("toast");
      await person.close();
    });
  }
}
