import { expect, test } from "vitest";
import { holdsScene, isPicture, isSceneFile, withTypeOfBytes } from "./scene-files";

test.each([
  ["Plan.Excalidraw", ""],
  ["plan", "application/vnd.excalidraw+json"],
  ["plan.json", "application/json"],
  ["plan.txt", "text/plain"],
  ["plan", ""],
])("what is no picture may be a drawing: %s, %s", (name, type) => {
  expect(isSceneFile({ name, type })).toBe(true);
  expect(isPicture({ name, type })).toBe(false);
});

test.each([
  ["photo.png", "image/png"],
  ["photo.jpg", "image/jpeg"],
  ["photo.PNG", ""],
])("a picture may hold a drawing, whatever it is called: %s, %s", (name, type) => {
  expect(isPicture({ name, type })).toBe(true);
  expect(isSceneFile({ name, type })).toBe(false);
});

test("shapes for one's own library are left to the component", () => {
  expect(isSceneFile({ name: "shapes.excalidrawlib", type: "" })).toBe(false);
});

test("a picture's bytes tell whether it holds a drawing", async () => {
  expect(await holdsScene(new Blob(["\x89PNG tEXtapplication/vnd.excalidraw+json\0{}"]))).toBe(true);
  expect(await holdsScene(new Blob(["\x89PNG IDAT"]))).toBe(false);
});

test("a PNG is one by its bytes", async () => {
  const png = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 1]);
  expect((await withTypeOfBytes(new File([png], "a.jpg", { type: "image/jpeg" }))).type).toBe("image/png");
  expect((await withTypeOfBytes(new File(["<svg/>"], "a.svg", { type: "image/svg+xml" }))).type).toBe("image/svg+xml");
});
