/** The stage and the player of the history: past states, playing, choices of what to play, and differences. */

import AxeBuilder from "@axe-core/playwright";
import { type Browser, expect, test } from "@playwright/test";
import { ADA, type Element, GRACE, newCanvas, Person } from "./people";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

interface Story {
  ada: Person;
  canvas: string;
  head: number;
}

const rectangle = (id: string, x: number, y: number): object => ({
  op: "create",
  id,
  type: "rectangle",
  position: { x, y },
  dimensions: { width: 100, height: 60 },
  properties: { backgroundColor: "#a5d8ff", fillStyle: "solid" },
});
const move = (id: string, x: number): object => ({ op: "update", id, set: { "position.x": x } });

/**
 * 1 Ada draws a, 2 Grace draws b, 3 Ada draws c, 4 Grace moves a, 5 Ada moves b, 6 Grace removes c, 7 Ada moves a away,
 * 8 Grace draws d.
 */
const COMMITS: [string, object][] = [
  [ADA, rectangle("a", 100, 100)],
  [GRACE, rectangle("b", 300, 100)],
  [ADA, rectangle("c", 500, 100)],
  [GRACE, move("a", 120)],
  [ADA, move("b", 320)],
  [GRACE, { op: "delete", id: "c" }],
  [ADA, move("a", 900)],
  [GRACE, rectangle("d", 300, 300)],
];

async function told(browser: Browser, options = {}): Promise<Story> {
  const ada = await Person.enter(browser, ADA, options);
  const grace = await Person.enter(browser, GRACE);
  const canvas = await newCanvas(ada, "Past");
  for (const [who, op] of COMMITS) {
    await (who === ADA ? ada : grace).api("POST", `canvases/${canvas}/intents/`, { ops: [op] });
  }
  await grace.close();
  const { seq } = await ada.api<{ seq: number }>("GET", `canvases/${canvas}/`);
  expect(seq).toBe(COMMITS.length);
  // Names and ticks come from the history, which follows.
  await expect(async () => {
    const { results } = await ada.api<{ results: unknown[] }>("GET", `canvases/${canvas}/activity/?head=${seq}`);
    expect(results).toHaveLength(seq);
  }).toPass({ timeout: 20_000 });
  return { ada, canvas, head: seq };
}

async function open({ ada, canvas }: Story, at: number): Promise<void> {
  await ada.page.goto(`/c/${canvas}/?at=${at}`);
  await shows({ ada }, at);
}

async function shows({ ada }: Pick<Story, "ada">, seq: number): Promise<void> {
  await expect(ada.page.getByTestId("past-stage")).toHaveAttribute("data-shown", String(seq));
  await expect(ada.page.getByTestId("scrub")).toHaveAttribute("aria-valuenow", String(seq));
}

interface Scene {
  elements: [id: string, x: number, y: number][];
  view: { scrollX: number; scrollY: number; zoom: number };
}

/** What the component on the stage draws: it shows nothing but pixels, so its own instance is asked. */
async function scene({ ada }: Story): Promise<Scene> {
  return ada.page.evaluate(() => {
    interface Fiber {
      return: Fiber | null;
      stateNode: unknown;
    }
    interface Component {
      scene: { getNonDeletedElements: () => { id: string; x: number; y: number }[] };
      state: { scrollX: number; scrollY: number; zoom: { value: number } };
    }
    const host = document.querySelector(".past-stage .excalidraw")!;
    const key = Object.keys(host).find((name) => name.startsWith("__reactFiber"))!;
    let fiber: Fiber | null = (host as unknown as Record<string, Fiber>)[key]!;
    while (fiber && !(fiber.stateNode as Component | null)?.scene) fiber = fiber.return;
    const { scene, state } = fiber!.stateNode as Component;
    return {
      elements: scene.getNonDeletedElements().map(({ id, x, y }): [string, number, number] => [id, x, y]),
      view: { scrollX: state.scrollX, scrollY: state.scrollY, zoom: state.zoom.value },
    };
  });
}

function button({ ada }: Pick<Story, "ada">, name: string) {
  return ada.page.getByTestId("player").getByRole("button", { name, exact: true });
}

/** All the commits that are stepped to, from the beginning. */
async function stepsOf(story: Story, count: number): Promise<number[]> {
  await story.ada.page.keyboard.press("Home");
  await shows(story, 0);
  const scrub = story.ada.page.getByTestId("scrub");
  const met: number[] = [];
  for (let i = 0; i < count; i++) {
    const before = Number(await scrub.getAttribute("aria-valuenow"));
    await story.ada.page.keyboard.press("ArrowRight");
    await expect(scrub).not.toHaveAttribute("aria-valuenow", String(before));
    met.push(Number(await scrub.getAttribute("aria-valuenow")));
  }
  // There is no further one.
  await story.ada.page.keyboard.press("ArrowRight");
  await story.ada.page.waitForTimeout(300);
  await expect(scrub).toHaveAttribute("aria-valuenow", String(met.at(-1)));
  return met;
}

test("every past state on the stage is the server's", async ({ browser }) => {
  const story = await told(browser);
  await open(story, 0);
  for (let seq = 0; seq <= story.head; seq++) {
    await shows(story, seq);
    const { elements } = await story.ada.api<{ elements: Element[] }>("GET", `canvases/${story.canvas}/at/?seq=${seq}`);
    const expected = elements.map(({ id, position }) => [id, position.x, position.y]).sort();
    await expect
      .poll(async () => (await scene(story)).elements.sort(), { message: `after commit ${seq}` })
      .toEqual(expected);
    if (seq < story.head) await button(story, "Step forward").click();
  }
  expect(story.ada.complaints).toEqual([]);
  await story.ada.close();
});

test("playing reaches the end, and goes where the keys say", async ({ browser }) => {
  const story = await told(browser);
  const { page } = story.ada;
  await open(story, 3);
  await page.getByTestId("player").getByLabel("Speed").selectOption("8");
  await page.getByTestId("past-stage").click({ position: { x: 20, y: 300 } });
  await page.keyboard.press(" ");
  await expect(page.getByTestId("player")).toHaveAttribute("data-playing", "true");
  await shows(story, story.head);
  await expect(page.getByTestId("player")).toHaveAttribute("data-playing", "false");

  await page.keyboard.press("ArrowLeft");
  await shows(story, story.head - 1);
  await page.keyboard.press("Home");
  await shows(story, 0);
  await expect(page.getByText("The canvas was empty at this moment.")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await shows(story, 1);
  await expect(page.getByTestId("player-now")).toContainText("Ada Lovelace");
  await page.keyboard.press("End");
  await shows(story, story.head);
  await page.getByTestId("scrub").focus();
  await page.keyboard.press("PageDown");
  await shows(story, story.head - 1);
  await story.ada.close();
});

test("by person, by object, by area", async ({ browser }) => {
  const story = await told(browser);
  const { page } = story.ada;
  await open(story, 3);

  await button(story, "Only Grace Hopper").click();
  expect(await stepsOf(story, 4)).toEqual([2, 4, 6, 8]);
  await button(story, "Only Grace Hopper").click();

  await button(story, "To the beginning").click();
  for (let i = 1; i <= 3; i++) await page.keyboard.press("ArrowRight");
  await shows(story, 3);
  await clickOn(story, "c");
  await button(story, "Only this object").click();
  expect(await stepsOf(story, 2)).toEqual([3, 6]);
  await button(story, "Only this object").click();

  // Around b, of the second commit; a was there before it went far away: neither its old nor its new place is inside.
  await page.keyboard.press("Home");
  for (let i = 1; i <= 2; i++) await page.keyboard.press("ArrowRight");
  await shows(story, 2);
  await button(story, "Only this area").click();
  const [left, top] = await placeOf(story, "b");
  await page.mouse.move(left - 15, top - 15);
  await page.mouse.down();
  await page.mouse.move(left + 15, top + 15, { steps: 4 });
  await page.mouse.up();
  expect(await stepsOf(story, 2)).toEqual([2, 5]);
  await story.ada.close();
});

test("two moments differ by what was added, changed and removed", async ({ browser }) => {
  const story = await told(browser);
  const { page } = story.ada;
  await open(story, 3);
  await button(story, "Compare").click();
  const legend = page.getByTestId("compare");
  for (const [kind, count] of [
    ["added", 1],
    ["changed", 2],
    ["removed", 1],
  ] as const) {
    await expect(legend.getByTestId(`compare-${kind}`).locator("b")).toHaveText(String(count));
  }
  const ids = async (): Promise<string[]> => (await scene(story)).elements.map(([id]) => id).sort();
  await expect.poll(ids).toEqual(["a", "b", "c", "d"]);
  await legend.getByRole("button", { name: "Before" }).click();
  await expect.poll(ids).toEqual(["a", "b", "c"]);
  await legend.getByRole("button", { name: "After" }).click();
  await expect.poll(ids).toEqual(["a", "b", "d"]);

  // From one changed one to the next, and round again; the removed one is shown although it is gone.
  await legend.getByTestId("compare-removed").click();
  await expect(legend.getByRole("button", { name: "Both" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByTestId("past-stage")).toHaveAttribute("data-selected", "c");
  for (const id of ["a", "b", "a"]) {
    await legend.getByTestId("compare-changed").click();
    await expect(page.getByTestId("past-stage")).toHaveAttribute("data-selected", id);
  }
  await page.keyboard.press("Home");
  await expect(legend.getByTestId("compare-added").locator("b")).toHaveText("3");
  await story.ada.close();
});

test("the live canvas is as it was, and can be edited after the past was looked at", async ({ browser }) => {
  const story = await told(browser);
  const { page } = story.ada;
  await open(story, 1);
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("history")).toHaveCount(0);
  await story.ada.rectangle([400, 400], [480, 460]);
  await story.ada.saved();
  expect((await story.ada.elements(story.canvas)).length).toBe(4);
  await story.ada.close();
});

for (const [device, options] of Object.entries({
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
})) {
  test(`for everybody, on a ${device}`, async ({ browser }) => {
    const story = await told(browser, { ...options, reducedMotion: "reduce" });
    const { page } = story.ada;
    await open(story, 4);
    const box = (await page.getByTestId("scrub").boundingBox())!;
    expect(box.x + box.width).toBeLessThanOrEqual(options.viewport.width);
    const middle = [box.x + box.width / 2, box.y + box.height / 2] as const;
    if (device === "phone") await page.touchscreen.tap(...middle);
    else await page.mouse.click(...middle);
    await shows(story, story.head / 2);
    await expect(page.getByRole("slider", { name: "Moment" })).toHaveAttribute("aria-valuetext", /4 of 8/);
    const step = button(story, "Step forward");
    await (device === "phone" ? step.tap() : step.click());
    await shows(story, 5);
    await button(story, "Compare").click();
    await expect(page.getByTestId("compare-added")).toBeVisible();
    const [strip, stage] = await Promise.all(
      ["compare", "past-stage"].map(async (part) => (await page.getByTestId(part).boundingBox())!),
    );
    expect(strip!.y + strip!.height, "the comparison covers nothing").toBeLessThanOrEqual(stage!.y);
    const { violations } = await new AxeBuilder({ page })
      .include(".history-player")
      .include(".compare")
      .include(".past-view")
      .withTags(TAGS)
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`)).toEqual([]);
    await story.ada.close();
  });
}

/** Where the window shows the middle of an element of the stage. */
async function placeOf(story: Story, id: string): Promise<[number, number]> {
  await expect.poll(async () => (await scene(story)).elements.map(([one]) => one)).toContain(id);
  const { elements, view } = await scene(story);
  const found = elements.find(([one]) => one === id)!;
  const box = (await story.ada.page.getByTestId("past-stage").boundingBox())!;
  const { scrollX, scrollY, zoom } = view;
  return [box.x + (found[1] + 50 + scrollX) * zoom, box.y + (found[2] + 30 + scrollY) * zoom];
}

async function clickOn(story: Story, id: string): Promise<void> {
  await story.ada.page.mouse.click(...(await placeOf(story, id)));
  await expect(story.ada.page.getByTestId("past-stage")).toHaveAttribute("data-selected", id);
}
