import { expect, test } from "vitest";
import { created } from "../../sync/ops";
import { createRectangle, createText } from "../../sync/testing/build";
import type { PastElement, PastState } from "../player/replay";
import { ModelLog, randomOf } from "../testing/model-log";
import { counts, differences } from "./diff";

function state(...elements: PastElement[]): PastState {
  return new Map(elements.map((element) => [element.id, element]));
}

function rectangle(id: string, seq: number, changes: Partial<PastElement> = {}): PastElement {
  return { ...created(createRectangle(id)), seq, ...changes };
}

test("what is new, what went, and what differs in which properties", () => {
  const before = state(rectangle("same", 1), rectangle("moved", 2), rectangle("gone", 3), rectangle("buried", 4));
  const after = state(
    rectangle("same", 1),
    rectangle("moved", 9, { position: { x: 50, y: 0 }, properties: { strokeColor: "#f00" } }),
    rectangle("new", 8),
    rectangle("buried", 7, { deleted: true }),
  );
  const found = differences(before, after);
  expect(found.map(({ id, kind, paths }) => [kind, id, paths])).toEqual([
    ["changed", "moved", ["position.x", "properties.strokeColor"]],
    ["added", "new", []],
    ["removed", "gone", []],
    ["removed", "buried", []],
  ]);
  expect(counts(found)).toEqual({ added: 1, changed: 1, removed: 2 });
});

test("what was changed and changed back is the same", () => {
  expect(differences(state(rectangle("a", 1)), state(rectangle("a", 5)))).toEqual([]);
});

test("a shape and its label are one, unless only one of them is different", () => {
  const label = (seq: number, text: string): PastElement => ({
    ...created({ ...createText("label", text), properties: { text, containerId: "shape" } }),
    seq,
  });
  const both = state(rectangle("shape", 1), label(1, "hello"));
  expect(differences(state(), both).map(({ id }) => id)).toEqual(["shape"]);
  expect(differences(both, state()).map(({ id }) => id)).toEqual(["shape"]);
  const renamed = state(rectangle("shape", 1), label(2, "bye"));
  expect(differences(both, renamed).map(({ id, paths }) => [id, paths])).toEqual([["label", ["properties.text"]]]);
});

test("a text is compared by what was typed", () => {
  const old = { ...created(createText("t", "hello")), seq: 1 };
  const both = { ...old, seq: 2, properties: { text: "hel-\nlo", originalText: "hello" } };
  expect(differences(state(old), state(both))).toEqual([]);
});

test.each([1, 2, 3])("the other way round added is removed, and changed is changed (seed %i)", (seed) => {
  const random = randomOf(seed);
  const log = new ModelLog();
  log.play(120, random);
  for (let i = 0; i < 20; i++) {
    const [one, other] = [0, 0].map(() => state(...log.live(Math.floor(random() * (log.head + 1))))) as [PastState, PastState]; // prettier-ignore
    const there = counts(differences(one, other));
    const back = counts(differences(other, one));
    expect(back).toEqual({ added: there.removed, changed: there.changed, removed: there.added });
  }
});
