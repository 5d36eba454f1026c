import { expect, test } from "vitest";
import { holdsScene, isSceneFile, mayHoldScene } from "./scene-files";

test("drawings are told by name or type", () => {
  expect(isSceneFile({ name: "Plan.Excalidraw", type: "" })).toBe(true);
  expect(isSceneFile({ name: "plan", type: "application/vnd.excalidraw+json" })).toBe(true);
  expect(isSceneFile({ name: "photo.png", type: "image/png" })).toBe(false);
});

test("a picture may hold a drawing; its bytes tell", async () => {
  expect(mayHoldScene({ type: "image/png" })).toBe(true);
  expect(mayHoldScene({ type: "image/jpeg" })).toBe(false);
  expect(await holdsScene(new Blob(["\x89PNG tEXtapplication/vnd.excalidraw+json\0{}"]))).toBe(true);
  expect(await holdsScene(new Blob(["\x89PNG IDAT"]))).toBe(false);
});
