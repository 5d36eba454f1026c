/** What stands when two change one structure at once: rows of docs/decisions/concurrent-structure.md. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CanvasElement, Op } from "../protocol/messages";
import { BindingIndex } from "../editor/bindings";
import { diff } from "./diff";
import { asCreate } from "./ops";
import { element } from "./testing/build";
import { pair, settle, type Tab } from "./testing/harness";
import { plainText } from "./text";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const label: Partial<CanvasElement> = { type: "text", properties: { text: "label", containerId: "shape" } };

/** Both see these elements, then each does their part without knowing of the other's. */
function atOnce(start: readonly Partial<CanvasElement>[], first: readonly Op[], second: readonly Op[]): [Tab, Tab] {
  const { ada, grace } = pair();
  ada.engine.submit(start.map((changes) => asCreate(element(changes))));
  settle([ada, grace]);
  ada.engine.submit(first);
  grace.engine.submit(second);
  settle([ada, grace]);
  expect(ada.scene()).toEqual(grace.scene());
  expect(ada.engine.status.unsaved + grace.engine.status.unsaved).toBe(0);
  return [ada, grace];
}

const set = (id: string, values: Record<string, never> | object): Op => ({ op: "update", id, set: values as never });

test("a label deleted while its shape moves: deleted, and moved", () => {
  const [ada] = atOnce(
    [{ id: "shape" }, { id: "label", ...label }],
    [{ op: "delete", id: "label" }],
    [set("shape", { "position.x": 50 }), set("label", { "position.x": 55 })],
  );
  expect(Object.keys(ada.scene())).toEqual(["shape"]);
  expect(ada.engine.view.shown("shape")?.position.x).toBe(50);
});

test("two arrows bound to one shape: both are in its list", () => {
  const arrow = (id: string): Partial<CanvasElement> => ({ id, type: "arrow", properties: { points: [[0, 0], [9, 9]] } }); // prettier-ignore
  const bind = (id: string): Op => set(id, { "properties.endBinding": { elementId: "shape", focus: 0, gap: 1 } });
  const tabs = atOnce([{ id: "shape" }, arrow("x"), arrow("y")], [bind("x")], [bind("y")]);
  for (const { engine } of tabs) {
    const index = new BindingIndex();
    for (const id of engine.view.ids()) index.update(engine.view.shown(id)!);
    expect(index.of("shape").map(({ id }) => id)).toEqual(["x", "y"]);
  }
});

test("grouped by one and regrouped by another: each element is in groups that somebody made", () => {
  const group = (name: string, ...ids: string[]): Op[] => ids.map((id) => set(id, { "properties.groupIds": [name] }));
  const [ada] = atOnce([{ id: "a" }, { id: "b" }, { id: "c" }], group("first", "a", "b"), group("second", "b", "c"));
  const groups = ["a", "b", "c"].map((id) => ada.engine.view.shown(id)?.properties["groupIds"]);
  expect(groups).toEqual([["first"], ["second"], ["second"]]);
});

test("put into a frame by one, the frame deleted or moved by another: the element stays", () => {
  const frame = { id: "frame", type: "frame" };
  const put = [set("a", { "properties.frameId": "frame", "position.x": 7 })];
  const [deleted] = atOnce([{ id: "a" }, frame], put, [{ op: "delete", id: "frame" }]);
  expect(deleted.engine.view.shown("a")).toMatchObject({ deleted: false, position: { x: 7 } });
  const [moved] = atOnce([{ id: "a" }, frame], put, [set("frame", { "position.y": 90 })]);
  expect(moved.engine.view.shown("a")?.properties["frameId"]).toBe("frame");
  expect(moved.engine.view.shown("frame")?.position.y).toBe(90);
});

test("duplicated by both: two copies", () => {
  const copy = (id: string): Op[] => [asCreate(element({ id }))];
  const [ada] = atOnce([{ id: "a" }], copy("copy-of-ada"), copy("copy-of-grace"));
  expect(Object.keys(ada.scene())).toHaveLength(3);
});

test("deleted by one and edited by another: deleted, and the other edits of that intent stand", () => {
  const [ada, grace] = atOnce(
    [{ id: "a" }, { id: "b" }],
    [{ op: "delete", id: "a" }],
    [set("a", { "position.x": 3 }), set("b", { "position.x": 4 })],
  );
  expect(ada.engine.view.shown("a")?.deleted).toBe(true);
  expect(ada.engine.view.shown("b")?.position.x).toBe(4);
  expect(grace.events).toContainEqual(expect.objectContaining({ type: "refused", code: "gone" }));
});

test("emptied by one while another types: the other's words stay", () => {
  const [ada] = atOnce(
    [{ id: "t", type: "text", properties: { text: "old" } }],
    [set("t", { "properties.text": "" })],
    [set("t", { "properties.text": "old and new" })],
  );
  expect(plainText(ada.engine.view.shown("t")!)).toBe(" and new");
});

test("typed by two at once: every character stays, and the size is nobody's word", () => {
  const before = element({ id: "t", type: "text", properties: { text: "middle" } });
  const typed = (text: string): Op[] =>
    diff(before, { ...before, dimensions: { width: 99, height: 99 }, properties: { text } });
  const [ada] = atOnce([before], typed("left middle"), typed("middle right"));
  expect(plainText(ada.engine.view.shown("t")!)).toBe("left middle right");
  expect(ada.engine.view.shown("t")?.dimensions).toEqual(before.dimensions);
});
