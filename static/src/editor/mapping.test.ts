import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CanvasElement, Json } from "../protocol/messages";
import { diff } from "../sync/diff";
import { created } from "../sync/ops";
import { element } from "../sync/testing/build";
import { embeddedFile, toCanvas, toExcalidraw, toFields } from "./mapping";

const types = ["rectangle", "ellipse", "diamond", "line", "arrow", "freedraw", "text", "image", "frame"];

test.each(types)("a bare %s made by a program is completed, and drawing it changes nothing", (type) => {
  const bare = created({
    op: "create",
    id: "e",
    type,
    position: { x: 1, y: 2 },
    dimensions: { width: 3, height: 4 },
    index: "a1",
  });
  const drawn = toExcalidraw(bare);
  const back = toCanvas(drawn);
  // Completing is not a change of anyone's: only what the component changes later is.
  expect(diff(toCanvas(drawn), back)).toEqual([]);
  expect(drawn).toMatchObject({ x: 1, y: 2, width: 3, height: 4, isDeleted: false, opacity: 100 });
  expect(toFields(back)).toEqual(toFields(bare));
});

test("a line without points goes from corner to corner", () => {
  const line = element({ type: "arrow", dimensions: { width: 30, height: 40 } });
  expect(toFields(line)["points"]).toEqual([
    [0, 0],
    [30, 40],
  ]);
});

test("what is local to a browser is not shared", () => {
  const drawn = { ...toExcalidraw(element()), boundElements: [{ id: "a", type: "arrow" }] } as ExcalidrawElement;
  const { properties } = toCanvas(drawn);
  for (const key of ["version", "versionNonce", "updated", "boundElements", "link"]) {
    expect(properties).not.toHaveProperty(key);
  }
});

test("all clients draw an element without a seed alike", () => {
  expect(toExcalidraw(element()).seed).toBe(toExcalidraw(element()).seed);
  expect(toExcalidraw(element({ id: "f" })).seed).not.toBe(toExcalidraw(element()).seed);
});

test("only raster images are shown from an element", () => {
  const withFile = (dataURL: string) =>
    element({ type: "image", properties: { file: { mimeType: "image/png", dataURL } } });
  expect(embeddedFile(withFile("data:image/png;base64,AAAA"))).toBeDefined();
  for (const bad of ["data:image/svg+xml;base64,AAAA", "https://example.org/a.png", "data:text/html;base64,AAAA"]) {
    expect(embeddedFile(withFile(bad))).toBeUndefined();
  }
});

describe("whatever stands in its properties, an element can be drawn", () => {
  const finite = expect.toSatisfy((value) => typeof value === "number" && Number.isFinite(value));
  const string = expect.any(String);
  const orNull = (check: (value: any) => boolean) => expect.toSatisfy((value) => value === null || check(value));
  const isNumber = (value: unknown) => typeof value === "number" && Number.isFinite(value);
  const isPair = (value: unknown) => Array.isArray(value) && value.length === 2 && value.every(isNumber);
  const pairs = (least: number) =>
    expect.toSatisfy((value) => Array.isArray(value) && value.length >= least && value.every(isPair));
  const positive = expect.toSatisfy((value) => isNumber(value) && value > 0);
  const stringOrNull = orNull((value) => typeof value === "string");
  const bindingOrNull = orNull(
    (value) => typeof value.elementId === "string" && isNumber(value.focus) && isNumber(value.gap),
  );
  const common = {
    strokeColor: string,
    backgroundColor: string,
    fillStyle: expect.stringMatching(/^(hachure|cross-hatch|solid|zigzag)$/),
    strokeStyle: expect.stringMatching(/^(solid|dashed|dotted)$/),
    strokeWidth: finite,
    roughness: finite,
    opacity: finite,
    seed: finite,
    roundness: orNull((value) => isNumber(value.type)),
    groupIds: expect.toSatisfy((value) => Array.isArray(value) && value.every((id) => typeof id === "string")),
    frameId: stringOrNull,
    link: stringOrNull,
    locked: expect.any(Boolean),
    x: finite,
    index: string,
    isDeleted: false,
  };
  const arrowhead = stringOrNull;
  const line = {
    points: pairs(2),
    startBinding: bindingOrNull,
    endBinding: bindingOrNull,
    startArrowhead: arrowhead,
    endArrowhead: arrowhead,
  };
  const ofType: Record<string, object> = {
    line,
    arrow: { ...line, elbowed: expect.any(Boolean), fixedSegments: orNull(Array.isArray) },
    freedraw: {
      points: pairs(1),
      pressures: expect.toSatisfy((value) => Array.isArray(value) && value.every(isNumber)),
      simulatePressure: expect.any(Boolean),
    },
    text: {
      text: string,
      originalText: string,
      fontSize: positive,
      lineHeight: positive,
      fontFamily: finite,
      textAlign: expect.stringMatching(/^(left|center|right)$/),
      verticalAlign: expect.stringMatching(/^(top|middle|bottom)$/),
      containerId: stringOrNull,
      autoResize: expect.any(Boolean),
    },
    image: { fileId: stringOrNull, scale: expect.toSatisfy(isPair), crop: orNull((value) => value.width > 0) },
    frame: { name: stringOrNull },
  };
  const drawable = (of: CanvasElement): void => {
    const drawn = toExcalidraw(of);
    const { type, id } = of;
    expect(drawn).toMatchObject({ id, type, version: 1, boundElements: null, ...common, ...ofType[type] });
    // Moving it, too, says nothing of what was repaired.
    const moved = { ...drawn, x: drawn.x + 1 };
    const ops = diff(of, toCanvas(moved)).filter((op) => op.op === "update");
    for (const { set } of ops) {
      for (const [path, value] of Object.entries(set)) {
        // What is derived leaves with any edit, as before: it is no field of the component's that was repaired.
        if (path === "properties.boundElements") continue;
        const received = of.properties[path.replace("properties.", "")];
        if (path.startsWith("properties.") && (received ?? null) !== null) expect(value).toEqual(received);
      }
    }
  };

  test.each<[string, string, Json]>([
    ["line", "points", "abc"],
    ["line", "points", [[0, 0]]],
    ["arrow", "points", []],
    ["arrow", "points", [[0, 0], [1]]],
    ["arrow", "points", [[0, 0], { 0: 1, 1: 2 }]], // prettier-ignore
    ["arrow", "points", [[0, 0], [1, "2"]]], // prettier-ignore
    ["arrow", "points", [[0, 0], [1e308, 1e308]]], // prettier-ignore
    ["arrow", "startBinding", "shape"],
    ["arrow", "startBinding", { elementId: 5, focus: 0, gap: 1 }],
    ["arrow", "endBinding", { elementId: "a", focus: null, gap: 1 }],
    ["arrow", "endArrowhead", "heart"],
    ["arrow", "fixedSegments", [5]],
    ["freedraw", "points", {}],
    ["freedraw", "points", []],
    ["freedraw", "pressures", ["hard"]],
    ["text", "text", 5],
    ["text", "originalText", ["a"]],
    ["text", "fontSize", 0],
    ["text", "fontFamily", "Comic Sans"],
    ["text", "lineHeight", -1],
    ["text", "textAlign", "justify"],
    ["image", "scale", 2],
    ["image", "crop", { x: 0, y: 0, width: "5", height: 5, naturalWidth: 9, naturalHeight: 9 }],
    ["image", "fileId", 7],
    ["frame", "name", { a: 1 }],
    ["rectangle", "groupIds", "group"],
    ["rectangle", "groupIds", [1]],
    ["rectangle", "roundness", 3],
    ["rectangle", "strokeColor", ["red"]],
    ["rectangle", "fillStyle", "plaid"],
    ["rectangle", "opacity", "50%"],
    ["rectangle", "locked", 0],
    ["rectangle", "link", false],
    ["rectangle", "customData", "x"],
    ["rectangle", "seed", 1.5],
    ["rectangle", "boundElements", "all"],
  ])("%s with %s %j", (type, key, value) => {
    const of = element({ type, properties: { [key]: value } });
    drawable(of);
    expect(toFields(of)[key]).not.toEqual(value);
  });

  test("an elbow arrow is bound at a fixed point or not at all", () => {
    const startBinding = { elementId: "a", focus: 0, gap: 1 };
    const startBindingOf = (properties: Record<string, Json>) =>
      toFields(element({ type: "arrow", properties }))["startBinding"];
    expect(startBindingOf({ startBinding })).toEqual(startBinding);
    expect(startBindingOf({ startBinding, elbowed: true })).toBeNull();
    const fixed = { ...startBinding, fixedPoint: [0.5, 0] };
    expect(startBindingOf({ startBinding: fixed, elbowed: true })).toEqual(fixed);
  });

  test("a property cannot pass for what the element is", () => {
    const of = element({
      properties: { id: "other", type: "text", version: "x", x: "left", index: 5, isDeleted: true },
    });
    expect(toFields(of)).toMatchObject({ type: "rectangle", x: 0, index: "a1", isDeleted: false });
    expect(toFields(of)).not.toHaveProperty("id");
    expect(toFields(of)).not.toHaveProperty("version");
  });

  test("what is changed after a repair is told", () => {
    const of = element({ type: "line", properties: { points: "abc", strokeColor: 5 } });
    const drawn = { ...toExcalidraw(of), strokeColor: "red" };
    const { properties } = toCanvas(drawn);
    expect(properties).toMatchObject({ points: "abc", strokeColor: "red" });
    expect(Object.keys(properties).filter((key) => key.includes("."))).toEqual([]);
  });

  test("any JSON as any of its properties", () => {
    const keys = [...Object.keys(common), ...Object.values(ofType).flatMap(Object.keys), "customData", "boundElements"];
    const properties = fc.dictionary(
      fc.constantFrom(...new Set(keys.filter((key) => !["x", "index", "isDeleted"].includes(key)))),
      fc.oneof(fc.jsonValue(), fc.array(fc.array(fc.double({ noNaN: true }))), fc.double({ noNaN: true })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), properties, (type, of) =>
        drawable(element({ type, properties: of as Record<string, Json> })),
      ),
      { numRuns: 500 },
    );
  });
});
