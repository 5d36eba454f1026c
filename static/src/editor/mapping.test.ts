import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import { expect, test } from "vitest";
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
