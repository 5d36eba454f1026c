import { afterEach, describe, expect, test } from "vitest";
import { loadLanguage } from "../i18n";
import type { Json } from "../protocol/messages";
import { colourName } from "./colours";
import type { Changed, ChangeRecord } from "./rest";
import { inSentence } from "./words";

afterEach(() => loadLanguage("en"));

function change(type: string, changes: Record<string, [Json, Json]>, action = "update", more: Changed[] = []) {
  return {
    id: "r",
    canvas: "c",
    element: "e",
    element_type: type,
    family: "shape",
    action,
    user: { id: "u", name: "Ada", color: "#1971c2" },
    client: "tab",
    gesture: "g",
    first_seq: 1,
    last_seq: 1,
    from: "2026-03-02T10:00:00Z",
    to: "2026-03-02T10:00:00Z",
    changes: [...Object.entries(changes).map(([path, [before, after]]) => ({ path, before, after })), ...more],
  } as ChangeRecord;
}

const moved = (type = "rectangle") => change(type, { "position.x": [0, 10], "position.y": [0, 5] });
const said = (...records: ChangeRecord[]): string => inSentence(records).text;

describe("one object", () => {
  test.each<[string, ChangeRecord]>([
    ["Created a rectangle", change("rectangle", { "position.x": [null, 1] }, "create")],
    ["Wrote “Hello there”", change("text", { "properties.text": [null, "Hello\nthere"] }, "create")],
    ["Created a text", change("text", { "properties.text": [null, ""] }, "create")],
    ["Deleted an ellipse", change("ellipse", {}, "delete")],
    ["Brought an arrow back", change("arrow", {}, "restore")],
    ["Moved a rectangle", moved()],
    ["Moved an arrow", moved("arrow")],
    [
      "Resized a diamond",
      change("diamond", { "position.x": [0, 1], "dimensions.width": [5, 9], "dimensions.height": [5, 5] }),
    ],
    ["Turned an image", change("image", { angle: [0, 1.5], "position.x": [0, 3] })],
    [
      "Changed the stroke of a rectangle from red to blue",
      change("rectangle", { "properties.strokeColor": ["#e03131", "#1971c2"] }),
    ],
    ["Filled a rectangle with light yellow", change("rectangle", { "properties.backgroundColor": [null, "#ffec99"] })],
    [
      "Removed the fill of a rectangle",
      change("rectangle", { "properties.backgroundColor": ["#ffec99", "transparent"] }),
    ],
    ["Typed “Plan”", change("text", { "properties.text": ["", "Plan"], "dimensions.width": [1, 40] })],
    ["Changed “Plan” to “Plan B”", change("text", { "properties.text": ["Plan", "Plan B"] })],
    ["Cleared the text “Plan”", change("text", { "properties.text": ["Plan", ""] })],
    ["Brought a rectangle forward", change("rectangle", { index: ["a1", "a2"] })],
    ["Sent a rectangle back", change("rectangle", { index: ["a1", "Zz"] })],
    [
      "Went on drawing a drawing",
      change("freedraw", { "dimensions.width": [1, 3] }, "update", [{ path: "properties.points", appended: 12 }]),
    ],
    ["Reshaped a line", change("line", { "properties.points": [[], [[0, 0]]], "position.x": [0, 1] })],
    ["Connected an arrow", change("arrow", { "properties.startBinding": [null, { elementId: "e" }] })],
    ["Locked a frame", change("frame", { "properties.locked": [false, true] })],
    ["Grouped a line", change("line", { "properties.groupIds": [[], ["g"]] })],
    ["Took a line out of a frame", change("line", { "properties.frameId": ["f", null] })],
    ["Changed a line", change("line", { "properties.somethingNew": [1, 2] })],
    ["Changed an element", change("unknown", { "properties.somethingNew": [1, 2] })],
    ["Changed a rectangle there and back", change("rectangle", { "position.x": [4, 4] })],
    [
      "Changed a rectangle: colour, layer",
      change("rectangle", { "properties.strokeColor": ["#e03131", "#1971c2"], index: ["a1", "a2"] }),
    ],
    ["Changed the stroke of a line", change("line", { "properties.strokeColor": ["red", "blue"] })],
  ])("%s", (words, record) => {
    expect(said(record)).toBe(words);
  });

  test("a new colour is shown beside its name", () => {
    const record = change("rectangle", { "properties.strokeColor": ["#e03131", "#1971c2"] });
    expect(inSentence([record]).swatches).toEqual(["#e03131", "#1971c2"]);
    expect(inSentence([moved()]).swatches).toBeNull();
  });

  test("a long text is cut between letters, also where a letter is two units", () => {
    const words = said(change("text", { "properties.text": ["", "🦊".repeat(60)] }));
    expect(words).toBe(`Typed “${"🦊".repeat(39)}…”`);
  });
});

describe("one gesture on several objects", () => {
  test("of a kind they are counted by their name", () => {
    expect(said(moved(), moved(), moved())).toBe("Moved 3 rectangles");
    expect(said(moved(), moved("ellipse"))).toBe("Moved 2 objects");
    expect(said(change("line", {}, "delete"), change("line", {}, "delete"))).toBe("Deleted 2 lines");
  });

  test("arrows and labels that came along are not told", () => {
    const arrow = change("arrow", { "properties.points": [[], [[1, 1]]], "position.x": [0, 3] });
    expect(said(moved(), arrow, moved("text"))).toBe("Moved a rectangle");
    expect(said(arrow)).toBe("Reshaped an arrow");
    expect(said(moved("text"))).toBe("Moved a text");
  });

  test("different doings are told side by side, and beyond two counted", () => {
    const recoloured = change("ellipse", { "properties.strokeColor": ["#e03131", "#1971c2"] });
    const deleted = change("line", {}, "delete");
    expect(said(moved(), deleted)).toBe("Moved a rectangle · Deleted a line");
    expect(said(moved(), deleted, recoloured)).toBe("Moved a rectangle · Deleted a line · 1 more change");
  });

  test("the same colour for all is told, different ones are not", () => {
    const red = change("rectangle", { "properties.backgroundColor": [null, "#e03131"] });
    const blue = change("rectangle", { "properties.backgroundColor": [null, "#1971c2"] });
    expect(said(red, red)).toBe("Filled 2 rectangles with red");
    expect(said(red, blue)).toBe("Changed the fill of 2 rectangles");
  });
});

test("in Japanese, too", async () => {
  await loadLanguage("ja");
  expect(said(moved(), moved("ellipse"))).toBe("2 個のオブジェクトを移動");
  expect(said(change("rectangle", { "properties.strokeColor": ["#e03131", "#1971c2"] }))).toBe(
    "四角形の線の色を赤から青に変更",
  );
  expect(said(change("text", { "properties.text": ["案", "案 2"] }))).toBe("「案」を「案 2」に変更");
});

test("colours have the names that people give them", () => {
  const named: Record<string, string> = {
    "#1e1e1e": "black",
    "#ffffff": "white",
    "#868e96": "grey",
    "#e9ecef": "light grey",
    "#e03131": "red",
    "#ffc9c9": "light red",
    "#f08c00": "orange",
    "#846358": "brown",
    "#eaddd7": "light brown",
    "#ffd43b": "yellow",
    "#2f9e44": "green",
    "#0c8599": "turquoise",
    "#1971c2": "blue",
    "#6741d9": "purple",
    "#c2255c": "pink",
    "#f00": "red",
    transparent: "transparent",
    rebeccapurple: "rebeccapurple",
  };
  for (const [colour, name] of Object.entries(named)) expect(colourName(colour), colour).toBe(name);
});
