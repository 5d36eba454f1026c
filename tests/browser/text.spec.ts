import { expect, type Page, test } from "@playwright/test";
import { ADA, type Element, GRACE, newCanvas, Person } from "./people";

let ada: Person;
let grace: Person;
let canvas: string;

test.beforeEach(async ({ browser }, { title }) => {
  [ada, grace] = (await Promise.all([ADA, GRACE].map((name) => Person.enter(browser, name)))) as [Person, Person];
  canvas = await newCanvas(ada, title.slice(0, 60));
  await Promise.all([ada.open(canvas), grace.open(canvas)]);
});

test.afterEach(async () => {
  const own = (complaint: string): boolean => !complaint.includes("ERR_INTERNET_DISCONNECTED");
  for (const person of [ada, grace]) expect(person.complaints.filter(own)).toEqual([]);
  await ada.close();
  await grace.close();
});

const AT: [number, number] = [520, 350];
const field = (page: Page) => page.locator("textarea.excalidraw-wysiwyg");

async function texts(): Promise<Element[]> {
  return (await ada.elements(canvas)).filter(({ type }) => type === "text");
}

async function theText(): Promise<string> {
  const [text] = await texts();
  return String(text?.properties["text"] ?? "");
}

async function begin(person: Person, words: string): Promise<void> {
  await person.page.keyboard.press("t");
  await person.page.mouse.click(...AT);
  await person.page.keyboard.type(words);
}

/** Opens what stands at AT for typing. */
async function openText(person: Person): Promise<void> {
  await person.page.bringToFront();
  await expect(async () => {
    await person.page.keyboard.press("Escape");
    await person.page.mouse.click(AT[0] + 20, AT[1]);
    await person.page.keyboard.press("Enter");
    await expect(field(person.page)).toBeVisible({ timeout: 2_000 });
    await expect(field(person.page)).not.toHaveValue("");
  }).toPass();
}

function sorted(text: string): string {
  return [...text].sort().join("");
}

test("others see a text grow while it is typed, with no size in the log after its create", async () => {
  await begin(ada, "Hello");
  await expect.poll(theText).toBe("Hello");
  await ada.page.keyboard.type(" to all");
  await expect.poll(theText).toBe("Hello to all");
  await grace.page.bringToFront();
  await expect
    .poll(async () => (await grace.scene()).map(({ text, width }) => `${text} ${width > 80}`))
    .toEqual(["Hello to all true"]);
  await ada.page.bringToFront();
  await ada.page.keyboard.press("Escape");
  await ada.saved();
  const { results } = await ada.api<{ results: { entries: { ops: { op: string; set?: object }[] }[] }[] }>(
    "GET",
    `canvases/${canvas}/commits/?since=0`,
  );
  const ops = results.flatMap(({ entries }) => entries.flatMap((entry) => entry.ops));
  expect(ops.map(({ op }) => op)).toContain("text");
  const set = ops.flatMap((op) => Object.keys(op.set ?? {}));
  expect(set.filter((path) => path.startsWith("dimensions."))).toEqual([]);
});

for (const place of ["on the canvas", "in a shape"]) {
  test(`two people type into one text ${place} at once: no character is lost`, async () => {
    if (place === "in a shape") {
      await ada.rectangle([420, 280], [700, 420]);
      await ada.page.keyboard.press("Enter");
      await ada.page.keyboard.type("middle");
    } else await begin(ada, "middle");
    await ada.page.keyboard.press("Escape");
    await ada.saved();
    await openText(ada);
    await openText(grace);
    await ada.page.keyboard.press("Control+Home");
    await grace.page.keyboard.press("Control+End");
    const [left, right] = ["abcdefghijklmnopqrstuvwxyz ", " 0123456789 ABCDEFGHIJKLMNOPQRST"];
    await Promise.all([ada.page.keyboard.type(left, { delay: 40 }), grace.page.keyboard.type(right, { delay: 35 })]);
    await expect.poll(theText).toBe(`${left}middle${right}`);
    for (const person of [ada, grace]) await expect(field(person.page)).toHaveValue(`${left}middle${right}`);
    // The carets stayed where each was typing.
    await ada.page.keyboard.type("!");
    await grace.page.keyboard.type("?");
    await expect.poll(theText).toBe(`${left}!middle${right}?`);
    for (const person of [ada, grace]) {
      await person.page.keyboard.press("Escape");
      await person.saved();
    }
    for (const person of [ada, grace]) {
      const scene = await person.scene();
      const label = scene.find(({ type }) => type === "text");
      expect(label?.text?.replaceAll(/\s/g, "")).toBe(`${left}!middle${right}?`.replaceAll(/\s/g, ""));
      const shape = scene.find(({ type }) => type === "rectangle");
      if (shape && label) expect(label.height).toBeLessThanOrEqual(shape.height);
    }
    await ada.page.screenshot({ path: `test-results/text-${place.replaceAll(" ", "-")}.png` });
  });
}

test("one types without a network for a while: both keep all their characters", async () => {
  await begin(ada, "base");
  await ada.page.keyboard.press("Escape");
  await ada.saved();
  await openText(grace);
  await openText(ada);
  await ada.context.setOffline(true);
  await expect(ada.status).toHaveText(/Offline|Reconnecting/);
  await ada.page.keyboard.press("Control+Home");
  await ada.page.keyboard.type("away ", { delay: 60 });
  await grace.page.bringToFront();
  await grace.page.keyboard.press("Control+End");
  await grace.page.keyboard.type(" here", { delay: 60 });
  await expect
    .poll(theText)
    .toBe("base here")
    .catch(() => undefined);
  await ada.context.setOffline(false);
  await expect(field(ada.page)).toHaveValue("away base here", { timeout: 20_000 });
  await expect(field(grace.page)).toHaveValue("away base here");
  expect(await theText()).toBe("away base here");
});

test("undo in the text takes back own typing only, there and afterwards", async () => {
  await begin(ada, "start");
  await ada.page.keyboard.press("Escape");
  await ada.saved();
  await openText(ada);
  await openText(grace);
  await ada.page.bringToFront();
  await ada.page.keyboard.press("Control+End");
  await ada.page.keyboard.type("+mine");
  await expect(field(grace.page)).toHaveValue("start+mine");
  await grace.page.keyboard.press("Control+End");
  await grace.page.keyboard.type("-theirs");
  await expect(field(ada.page)).toHaveValue("start+mine-theirs");
  await ada.page.keyboard.press("Control+z");
  await expect(field(ada.page)).toHaveValue("start-theirs");
  await expect(field(grace.page)).toHaveValue("start-theirs");
  await ada.page.keyboard.press("Control+Shift+z");
  await expect(field(grace.page)).toHaveValue("start+mine-theirs");
  await ada.page.keyboard.press("Escape");
  await grace.page.keyboard.press("Escape");
  await ada.saved();
  await ada.page.keyboard.press("Control+z");
  await expect.poll(theText).toBe("start-theirs");
  await grace.page.bringToFront();
  await grace.page.keyboard.press("Control+z");
  await expect.poll(theText).toBe("start");
});

test("an input method's unfinished word is neither sent nor disturbed", async () => {
  await begin(ada, "word");
  await expect.poll(theText).toBe("word");
  const session = await ada.context.newCDPSession(ada.page);
  await session.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
  await openText(grace);
  await grace.page.keyboard.press("Control+Home");
  await grace.page.keyboard.type("ab");
  await expect.poll(theText).toBe("abword");
  await grace.saved();
  await ada.page.bringToFront();
  await expect(field(ada.page)).toHaveValue("wordに");
  await session.send("Input.insertText", { text: "日" });
  await expect.poll(theText).toBe("abword日");
  await expect(field(ada.page)).toHaveValue("abword日");
  expect(sorted(await field(grace.page).inputValue())).toBe(sorted("abword日"));
});

test("words typed into what another deletes meanwhile are kept", async () => {
  await begin(ada, "words");
  await ada.page.keyboard.press("Escape");
  await ada.saved();
  await openText(grace);
  await ada.page.bringToFront();
  await ada.page.keyboard.press("Control+a");
  await ada.page.keyboard.press("Delete");
  await expect.poll(async () => (await texts()).length).toBe(0);
  await grace.page.bringToFront();
  await grace.page.keyboard.press("Control+End");
  await grace.page.keyboard.type(" and more");
  await grace.page.keyboard.press("Escape");
  await grace.saved();
  expect(await theText()).toBe("words and more");
  for (const person of [ada, grace]) await expect.poll(async () => (await person.scene()).length).toBe(1);
});
