import { expect, test } from "@playwright/test";
import { ADA, type Element, GRACE, newCanvas, Person } from "./people";

let ada: Person;
let grace: Person;
let canvas: string;

test.beforeEach(async ({ browser }, { title }) => {
  [ada, grace] = (await Promise.all([ADA, GRACE].map((name) => Person.enter(browser, name)))) as [Person, Person];
  canvas = await newCanvas(ada, title.slice(0, 60));
});

test.afterEach(async () => {
  for (const person of [ada, grace]) expect(person.complaints).toEqual([]);
  await ada.close();
  await grace.close();
});

const make = (id: string, type: string, x: number, y: number, more: object = {}): object => ({
  op: "create",
  id,
  type,
  position: { x, y },
  dimensions: { width: 120, height: 80 },
  properties: {},
  ...more,
});

const ask = (...ops: object[]): Promise<unknown> => ada.api("POST", `canvases/${canvas}/intents/`, { ops });

async function both(): Promise<void> {
  await Promise.all([ada.open(canvas), grace.open(canvas)]);
}

async function element(id: string): Promise<Element | undefined> {
  return (await ada.elements(canvas)).find((one) => one.id === id);
}

function intentsOf(person: Person): string[] {
  const sent: string[] = [];
  person.page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      if (String(payload).includes('"type":"intent"')) sent.push(String(payload));
    }),
  );
  return sent;
}

test("who only looks says nothing, whatever the other does", async () => {
  const sent = intentsOf(grace);
  await both();
  for (let seed = 1; seed <= 2; seed++) {
    let state = seed * 7919;
    const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
    const at = (): [number, number] => [300 + random(600), 200 + random(350)];
    for (let i = 0; i < 5; i++) {
      const [kind, from] = [random(5), at()];
      const to: [number, number] = [from[0] + 40 + random(150), from[1] + 30 + random(100)];
      if (kind === 4) {
        await ada.page.keyboard.press("t");
        await ada.page.mouse.click(...from);
        await ada.page.keyboard.type(`words ${seed}`);
        await ada.page.keyboard.press("Escape");
      } else {
        await ada.page.keyboard.press("roap"[kind]!);
        await ada.drag(from, to);
      }
      if (random(4) === 0) await ada.page.keyboard.press("Control+z");
    }
    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("Control+a");
    await ada.drag([600, 400], [610 + random(20), 390]);
  }
  await ada.saved();
  const there = await ada.elements(canvas);
  expect(there.length).toBeGreaterThan(3);
  await expect.poll(async () => (await grace.scene()).length).toBe(there.length);
  expect(sent).toEqual([]);
});

test("what refers to what is gone is still seen, and holds again when that returns", async () => {
  const bound = { elementId: "shape", focus: 0, gap: 5 };
  await ask(
    make("shape", "rectangle", 0, 0),
    make("frame", "frame", 200, -50, { dimensions: { width: 300, height: 300 } }),
    make("inside", "ellipse", 260, 40, { properties: { frameId: "frame" } }),
    make("label", "text", 20, 20, { properties: { text: "label", containerId: "shape" } }),
    make("arrow", "arrow", -200, 40, {
      properties: { points: [[0, 0], [195, 0]], endBinding: bound }, // prettier-ignore
      dimensions: { width: 195, height: 0 },
    }),
  );
  const sent = intentsOf(grace);
  await both();
  await ask({ op: "delete", id: "shape" }, { op: "delete", id: "frame" });
  await expect.poll(async () => (await grace.scene()).map(({ id }) => id).sort()).toEqual(["arrow", "inside", "label"]);
  const drawn = (await grace.copied()).elements as unknown as Record<string, unknown>[];
  expect(drawn.find(({ id }) => id === "label")).toMatchObject({ containerId: null });
  expect(drawn.find(({ id }) => id === "inside")).toMatchObject({ frameId: null });
  expect(drawn.find(({ id }) => id === "arrow")).toMatchObject({ endBinding: null });
  await ask({ op: "restore", id: "shape" }, { op: "restore", id: "frame" });
  await expect.poll(async () => (await grace.scene()).length).toBe(5);
  const again = (await grace.copied()).elements as unknown as Record<string, unknown>[];
  expect(again.find(({ id }) => id === "label")).toMatchObject({ containerId: "shape" });
  expect(again.find(({ id }) => id === "inside")).toMatchObject({ frameId: "frame" });
  expect(sent).toEqual([]);
});

test("equal places in the order are drawn alike by both, without a word", async () => {
  await ask(...["c", "a", "b"].map((id, i) => make(id, "rectangle", 40 * i, 30 * i, { index: "a1" })));
  const sent = intentsOf(grace);
  await both();
  for (const person of [ada, grace]) {
    await expect.poll(async () => (await person.scene()).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  }
  expect(sent).toEqual([]);
});

test("two move the two shapes of one arrow at once: no end hangs in the air", async () => {
  await both();
  await ada.rectangle([300, 250], [400, 330]);
  await ada.rectangle([700, 250], [800, 330]);
  await ada.page.keyboard.press("a");
  await ada.drag([402, 290], [698, 290]);
  await ada.page.keyboard.press("Escape");
  await ada.saved();
  await expect.poll(async () => (await grace.scene()).length).toBe(3);
  const shapeTops = async (): Promise<number[]> =>
    (await ada.elements(canvas))
      .filter(({ type }) => type === "rectangle")
      .sort((a, b) => a.position.x - b.position.x)
      .map(({ position }) => position.y);
  const before = await shapeTops();
  await Promise.all([ada.drag([350, 250], [350, 550], { ms: 600 }), grace.drag([750, 250], [950, 500], { ms: 600 })]);
  await ada.saved();
  await grace.saved();
  const tops = await shapeTops();
  expect(tops.map((top, i) => Math.round(top - before[i]!))).toEqual([300, 250]);
  const hangs = async (): Promise<number> => {
    const all = await ada.elements(canvas);
    const arrow = all.find(({ type }) => type === "arrow");
    if (!arrow) return Infinity;
    const points = arrow.properties["points"] as [number, number][];
    const far = (["startBinding", "endBinding"] as const).map((key, i) => {
      const shape = all.find(({ id }) => id === (arrow.properties[key] as { elementId: string }).elementId)!;
      const [px, py] = points[i === 0 ? 0 : points.length - 1]!;
      const [x, y] = [arrow.position.x + px, arrow.position.y + py];
      const [left, top] = [shape.position.x, shape.position.y];
      const [dx, dy] = [
        Math.max(left - x, 0, x - left - shape.dimensions.width),
        Math.max(top - y, 0, y - top - shape.dimensions.height),
      ];
      return Math.hypot(dx, dy);
    });
    return Math.max(...far);
  };
  await expect.poll(hangs).toBeLessThan(25);
});

test("a shape deleted while another types in its label: the words stay", async () => {
  await both();
  await ada.rectangle([420, 280], [700, 420]);
  await ada.page.keyboard.press("Enter");
  await ada.page.keyboard.type("label");
  await ada.page.keyboard.press("Escape");
  await ada.saved();
  await expect.poll(async () => (await grace.scene()).length).toBe(2);
  await grace.page.mouse.click(560, 280);
  await grace.page.keyboard.press("Enter");
  await expect(grace.page.locator("textarea.excalidraw-wysiwyg")).toHaveValue("label");
  await ada.page.bringToFront();
  await ada.page.keyboard.press("Delete");
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(0);
  await grace.page.bringToFront();
  await grace.page.keyboard.press("Control+End");
  await grace.page.keyboard.type(" kept");
  await grace.page.keyboard.press("Escape");
  await grace.saved();
  const [text, ...others] = await ada.elements(canvas);
  expect(others).toEqual([]);
  expect(text?.properties).toMatchObject({ text: "label kept" });
  expect(text?.properties["containerId"]).toBeUndefined();
  for (const person of [ada, grace]) await expect.poll(async () => (await person.scene()).length).toBe(1);
  expect(await element(text!.id)).toBeDefined();
});
