import { expect, test } from "@playwright/test";
import { ADA, type Element, GRACE, newCanvas, Person } from "./people";

const RED = "#e03131";

let ada: Person;
let grace: Person;
let canvas: string;

test.beforeEach(async ({ browser }, { title }) => {
  [ada, grace] = (await Promise.all([ADA, GRACE].map((name) => Person.enter(browser, name)))) as [Person, Person];
  canvas = await newCanvas(ada, title);
  await Promise.all([ada.open(canvas), grace.open(canvas)]);
});

test.afterEach(async () => {
  const own = (complaint: string): boolean => !complaint.includes("ERR_INTERNET_DISCONNECTED");
  for (const person of [ada, grace]) expect(person.complaints.filter(own)).toEqual([]);
  await ada.close();
  await grace.close();
});

const undo = (person: Person) => person.page.getByTestId("undo").locator("visible=true");
const redo = (person: Person) => person.page.getByTestId("redo").locator("visible=true");
const toast = (person: Person) => person.page.locator(".toast");

async function only(): Promise<Element> {
  const elements = await ada.elements(canvas);
  expect(elements).toHaveLength(1);
  return elements[0] as Element;
}

async function recolour(person: Person, at: [number, number]): Promise<void> {
  await person.page.bringToFront();
  await expect.poll(async () => (await person.scene()).length).toBeGreaterThan(0);
  await person.page.mouse.click(...at);
  await person.page.locator(".color-picker__top-picks").first().getByTitle(RED).click();
  await person.saved();
}

test("buttons and keys take back one's own steps and do them again", async () => {
  await expect(undo(ada)).toBeDisabled();
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();
  const { x } = (await only()).position;
  await ada.drag([500, 300], [600, 350]);
  await ada.saved();
  await ada.page.keyboard.press("Control+z");
  await expect.poll(async () => (await only()).position.x).toBe(x);
  await ada.page.keyboard.press("Control+Shift+z");
  await expect.poll(async () => (await only()).position.x).toBe(x + 100);
  await undo(ada).click();
  await undo(ada).click();
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(0);
  await expect(undo(ada)).toBeDisabled();
  await expect.poll(async () => (await grace.scene()).length).toBe(0);
  await redo(ada).click();
  await ada.page.keyboard.press("Control+y");
  await expect.poll(async () => (await only()).position.x).toBe(x + 100);
  await expect(redo(ada)).toBeDisabled();
  // Grace did nothing that she could take back.
  await expect(undo(grace)).toBeDisabled();
  await expect(ada.page.locator("[data-testid=button-undo]:visible")).toHaveCount(0);
});

test("what another has changed since stays, and the person is told", async () => {
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();
  await recolour(grace, [500, 300]);
  await ada.page.bringToFront();
  await undo(ada).click();
  await expect(toast(ada)).toHaveText("Left as it is: someone has changed it since.");
  expect((await only()).properties["strokeColor"]).toBe(RED);
});

test("of two shapes moved, the one that another moved on stays where it is", async () => {
  await ada.rectangle([400, 300], [500, 380]);
  await ada.rectangle([600, 300], [700, 380]);
  await ada.saved();
  await ada.page.keyboard.press("Control+a");
  await ada.drag([450, 300], [450, 400]);
  await ada.saved();
  const [left, right] = (await ada.elements(canvas)).sort((a, b) => a.position.x - b.position.x);
  await grace.page.bringToFront();
  await expect.poll(async () => (await grace.scene()).length).toBe(2);
  await grace.drag([650, 400], [650, 550]);
  await grace.saved();
  await ada.page.bringToFront();
  await undo(ada).click();
  await expect(toast(ada)).toHaveText("1 of 2 changes were left: someone changed them since.");
  await ada.saved();
  const after = new Map((await ada.elements(canvas)).map((element) => [element.id, element]));
  expect(after.get(left!.id)?.position.y).toBe(left!.position.y - 100);
  expect(after.get(right!.id)?.position.y).toBe(right!.position.y + 150);
});

test("steps outlive a lost connection", async () => {
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();
  await ada.context.setOffline(true);
  await expect(ada.status).toHaveText(/Offline|Reconnecting/);
  await ada.drag([500, 300], [600, 350]);
  await undo(ada).click();
  await ada.context.setOffline(false);
  await ada.saved();
  await undo(ada).click();
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(0);
});

test("what one deleted comes back with its label, for both", async () => {
  await ada.rectangle([400, 300], [600, 420]);
  await ada.page.keyboard.press("Enter");
  await ada.page.keyboard.type("Label");
  await ada.page.keyboard.press("Escape");
  await ada.saved();
  expect(await ada.elements(canvas)).toHaveLength(2);
  await ada.page.keyboard.press("Delete");
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(0);
  await undo(ada).click();
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(2);
  for (const person of [ada, grace]) {
    await expect.poll(async () => (await person.scene()).find(({ type }) => type === "text")?.text).toBe("Label");
  }
});

test("a phone has the buttons in its bar", async ({ browser }) => {
  const phone = await Person.enter(browser, ADA, { viewport: { width: 375, height: 740 }, hasTouch: true });
  await phone.open(canvas);
  await expect(undo(phone)).toHaveCount(1);
  await expect(undo(phone)).toBeInViewport({ ratio: 1 });
  await phone.rectangle([120, 300], [240, 400]);
  await phone.saved();
  await undo(phone).tap();
  await expect.poll(async () => (await phone.elements(canvas)).length).toBe(0);
  await phone.page.screenshot({ path: "test-results/undo-phone.png" });
  await phone.close();
});
