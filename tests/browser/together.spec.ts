import { expect, test } from "@playwright/test";
import { ADA, type Element, GRACE, newCanvas, Person } from "./people";

const RED = "#e03131";

let ada: Person;
let grace: Person;

test.beforeEach(async ({ browser }) => {
  [ada, grace] = (await Promise.all([ADA, GRACE].map((name) => Person.enter(browser, name)))) as [Person, Person];
});

test.afterEach(async () => {
  await ada.close();
  await grace.close();
});

async function both(name: string): Promise<string> {
  const canvas = await newCanvas(ada, name);
  await ada.open(canvas);
  await grace.open(canvas);
  return canvas;
}

function strokes(person: Person) {
  return person.page.locator(".color-picker__top-picks").first();
}

async function sees(person: Person, count: number): Promise<void> {
  await expect.poll(async () => (await person.scene()).length).toBe(count);
}

async function only(person: Person, canvas: string): Promise<Element> {
  const elements = await person.elements(canvas);
  expect(elements).toHaveLength(1);
  return elements[0] as Element;
}

test("both draw at once and both see both", async () => {
  const canvas = await both("Both draw");
  await Promise.all([ada.rectangle([300, 250], [420, 330]), grace.rectangle([600, 450], [760, 560])]);
  await ada.saved();
  await grace.saved();
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(2);
  for (const person of [ada, grace]) await sees(person, 2);
});

test("one moves a shape while the other recolours it: both changes stand, for both, and after a reload", async () => {
  const canvas = await both("Move and recolour");
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();
  const before = await only(ada, canvas);

  await sees(grace, 1);
  await grace.page.mouse.click(500, 300);
  await expect(strokes(grace)).toBeVisible();
  await ada.drag([500, 300], [700, 450], { release: false, ms: 700 });
  await strokes(grace).getByTitle(RED).click();
  await expect.poll(async () => (await only(ada, canvas)).properties["strokeColor"]).toBe(RED);
  await ada.page.mouse.move(720, 470);
  await ada.page.mouse.up();
  await ada.saved();

  const after = await only(ada, canvas);
  expect(after.properties["strokeColor"]).toBe(RED);
  expect(after.position.x).toBeCloseTo(before.position.x + 220, 0);
  expect(after.position.y).toBeCloseTo(before.position.y + 170, 0);
  const shown = { id: after.id, x: after.position.x, y: after.position.y, strokeColor: RED };
  for (const person of [ada, grace]) await expect.poll(() => person.scene()).toMatchObject([shown]);
  await grace.page.reload();
  await grace.saved();
  await expect.poll(() => grace.scene()).toMatchObject([shown]);
});

test("a hand's work is seen before it lets go, and is not yet saved then", async () => {
  const canvas = await both("Preview");
  await ada.page.keyboard.press("r");
  await ada.drag([400, 300], [600, 420], { release: false, ms: 150 });
  await expect.poll(async () => (await grace.scene()).length, { intervals: [20] }).toBe(1);
  await ada.page.mouse.up();
  await ada.saved();
  expect(await ada.elements(canvas)).toHaveLength(1);
});

test("one's undo leaves the other's work", async () => {
  const canvas = await both("Undo");
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();
  await sees(grace, 1);
  await grace.page.mouse.click(500, 300);
  await strokes(grace).getByTitle(RED).click();
  await grace.saved();
  const before = await only(ada, canvas);
  await ada.page.bringToFront();
  await ada.drag([500, 300], [600, 400]);
  await ada.saved();
  await ada.page.keyboard.press("Control+z");
  await expect.poll(async () => (await only(ada, canvas)).position.x).toBe(before.position.x);
  expect((await only(ada, canvas)).properties["strokeColor"]).toBe(RED);
});

test("names and avatars of those who are here", async () => {
  await both("Who is here");
  await expect(ada.page.getByTestId("avatars")).toContainText("Grace Hopper");
  await expect(grace.page.getByTestId("avatars")).toContainText("Ada Lovelace");
  await grace.page.goto("about:blank");
  await expect(ada.page.getByTestId("avatars")).not.toContainText("Grace Hopper");
});

test("freehand lines and bound arrows arrive whole", async () => {
  const canvas = await both("Lines");
  await ada.rectangle([300, 250], [400, 330]);
  await ada.rectangle([600, 250], [700, 330]);
  await ada.page.keyboard.press("a");
  await ada.drag([402, 290], [598, 290]);
  await ada.page.keyboard.press("p");
  await ada.drag([300, 450], [700, 600], { ms: 1_200 });
  await ada.saved();
  const elements = await ada.elements(canvas);
  expect(elements.map((element) => element.type).sort()).toEqual(["arrow", "freedraw", "rectangle", "rectangle"]);
  const line = elements.find((element) => element.type === "freedraw");
  expect((line?.properties["points"] as unknown[]).length).toBeGreaterThan(8);
  const arrow = elements.find((element) => element.type === "arrow");
  expect(arrow?.properties["startBinding"]).toBeTruthy();
  expect(arrow?.properties["endBinding"]).toBeTruthy();
  // Grace moves a shape: its arrow follows, for Ada too.
  await grace.page.bringToFront();
  await sees(grace, 4);
  await grace.drag([650, 250], [650, 500]);
  await grace.saved();
  await expect
    .poll(async () => (await ada.scene()).find((element) => element.type === "arrow")?.height ?? 0)
    .toBeGreaterThan(100);
});
