import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { CanvasElement, Json, Op } from "../protocol/messages";
import { sameJson } from "./equal";
import { applyOp, asCreate } from "./ops";
import { element } from "./testing/build";
import { plainText } from "./text";
import { type Done, MAX_ENTRIES, MAX_STEPS, MERGE_WITHIN_MS, type TakenBack, UndoStack } from "./undo";

// Hundreds of sessions, each of dozens of steps.
vi.setConfig({ testTimeout: 30_000 });

/** A canvas on which this person works through a stack and others do not. */
class Desk {
  readonly elements = new Map<string, CanvasElement>();
  readonly stack = new UndoStack();
  private clock = 0;

  readonly get = (id: string): CanvasElement | undefined => this.elements.get(id);
  readonly partsOf = (id: string): string[] =>
    [...this.elements.values()].filter((e) => !e.deleted && e.properties["containerId"] === id).map((e) => e.id);
  readonly retype = ({ id }: CanvasElement, text: string): Op => ({
    op: "update",
    id,
    set: { "properties.text": text },
  });

  apply(ops: readonly Op[]): void {
    for (const op of ops) {
      const after = applyOp(this.elements.get(op.id), op);
      if (!after) throw new Error(`does not apply: ${JSON.stringify(op)}`);
      this.elements.set(op.id, after);
    }
  }

  /** As this person, in one gesture. */
  mine(gesture: string, ...ops: Op[]): void {
    const before = new Map(this.elements);
    this.apply(ops);
    const ids = new Set(ops.map((op) => op.id));
    const done = [...ids].map((id): Done => ({ before: before.get(id), after: this.elements.get(id)! }));
    this.stack.record(done, gesture, (this.clock += 10_000));
  }

  undo(): TakenBack {
    const back = this.stack.undo(this);
    this.apply(back.ops);
    return back;
  }

  redo(): TakenBack {
    const back = this.stack.redo(this);
    this.apply(back.ops);
    return back;
  }

  set(id: string, set: Record<string, Json>): Op {
    return { op: "update", id, set };
  }
}

const make = (id: string, changes: Partial<CanvasElement> = {}): Op => asCreate(element({ id, ...changes }));
const label = (id: string, text: string, containerId?: string): Op =>
  make(id, { type: "text", properties: { text, ...(containerId ? { containerId } : {}) } });

function desk(...ops: Op[]): Desk {
  const made = new Desk();
  made.apply(ops);
  return made;
}

describe("undo", () => {
  test("takes back a gesture at a time, and redo does it again", () => {
    const d = desk(make("a"));
    d.mine("g1", d.set("a", { "position.x": 5 }), d.set("a", { "properties.strokeColor": "red" }));
    d.mine("g2", d.set("a", { "position.x": 9 }));
    expect(d.undo()).toMatchObject({ left: 0, total: 1 });
    expect(d.get("a")).toMatchObject({ position: { x: 5 }, properties: { strokeColor: "red" } });
    d.undo();
    expect(d.get("a")).toEqual(element({ id: "a", version: 0 }));
    expect(d.stack.canUndo).toBe(false);
    d.redo();
    d.redo();
    expect(d.get("a")).toMatchObject({ position: { x: 9 }, properties: { strokeColor: "red" } });
    expect(d.stack.canRedo).toBe(false);
  });

  test("parts of one gesture are one step", () => {
    const d = desk(make("a"));
    for (const x of [1, 2, 3]) d.mine("drag", d.set("a", { "position.x": x }));
    d.undo();
    expect(d.get("a")?.position.x).toBe(0);
    expect(d.stack.canUndo).toBe(false);
  });

  test("a slider's changes are one step while they come quickly, and later ones another", () => {
    const stack = new UndoStack();
    const at = (opacity: number) => element({ properties: { opacity } });
    stack.record([{ before: at(100), after: at(90) }], undefined, 0);
    stack.record([{ before: at(90), after: at(80) }], undefined, MERGE_WITHIN_MS);
    stack.record([{ before: at(80), after: at(70) }], undefined, 3 * MERGE_WITHIN_MS);
    const ground = { get: () => at(70), partsOf: () => [], retype: () => expect.fail("no text") };
    expect(stack.undo(ground).ops).toEqual([{ op: "update", id: "e", set: { "properties.opacity": 80 } }]);
    expect(stack.undo({ ...ground, get: () => at(80) }).ops).toEqual([
      { op: "update", id: "e", set: { "properties.opacity": 100 } },
    ]);
  });

  test("what somebody has set since stays, and is counted", () => {
    const d = desk(make("a"), make("b"), make("c"));
    const red = { "properties.strokeColor": "red" };
    d.mine("g", d.set("a", red), d.set("b", { ...red, "position.x": 4 }), d.set("c", red));
    d.apply([d.set("b", { "properties.strokeColor": "blue" }), { op: "delete", id: "c" }]);
    expect(d.undo()).toMatchObject({ left: 2, total: 4 });
    expect(d.get("a")?.properties).toEqual({});
    expect(d.get("b")).toMatchObject({ position: { x: 0 }, properties: { strokeColor: "blue" } });
    expect(d.get("c")?.deleted).toBe(true);
    expect(d.redo()).toMatchObject({ left: 0 });
    expect(d.get("a")?.properties).toEqual({ strokeColor: "red" });
    expect(d.get("b")).toMatchObject({ position: { x: 4 }, properties: { strokeColor: "blue" } });
  });

  test("a place is one value: half of it is not taken back", () => {
    const d = desk(make("a"));
    d.mine("g", d.set("a", { "position.x": 5, "position.y": 5 }));
    d.apply([d.set("a", { "position.y": 70 })]);
    expect(d.undo()).toMatchObject({ left: 1, total: 1, ops: [] });
  });

  test("another's resize does not keep a move from being taken back", () => {
    const d = desk(make("a"));
    d.mine("g", d.set("a", { "position.x": 5, "position.y": 5 }));
    d.apply([d.set("a", { "dimensions.width": 70 })]);
    d.undo();
    expect(d.get("a")).toMatchObject({ position: { x: 0, y: 0 }, dimensions: { width: 70 } });
  });

  test("a line's shape and ends are one value", () => {
    const line = { type: "arrow", properties: { points: [[0, 0], [5, 5]] } }; // prettier-ignore
    const d = desk(make("a", line));
    d.mine("g", d.set("a", { "properties.points": [[0, 0], [9, 9]], "dimensions.width": 9 })); // prettier-ignore
    d.apply([d.set("a", { "properties.endBinding": { elementId: "x" }, "properties.points": [[0, 0], [7, 7]] })]); // prettier-ignore
    expect(d.undo()).toMatchObject({ left: 1, ops: [] });
  });

  test("a step that finds all as it would set it is passed over", () => {
    const d = desk(make("a"));
    d.mine("g1", d.set("a", { "position.x": 5 }));
    d.mine("g2", d.set("a", { "properties.strokeColor": "red" }));
    d.apply([d.set("a", { "properties.strokeColor": null })]);
    d.undo();
    expect(d.get("a")?.position.x).toBe(0);
  });

  test("new work ends what could be redone", () => {
    const d = desk(make("a"));
    d.mine("g1", d.set("a", { "position.x": 5 }));
    d.undo();
    d.mine("g2", d.set("a", { "position.x": 7 }));
    expect(d.stack.canRedo).toBe(false);
  });
});

describe("what came and went", () => {
  test("an element that one made goes, and redo brings it back as it was", () => {
    const d = desk();
    d.mine("g", make("a"));
    d.mine("h", d.set("a", { "position.x": 9 }));
    d.undo();
    d.undo();
    expect(d.get("a")?.deleted).toBe(true);
    d.redo();
    d.redo();
    expect(d.get("a")).toMatchObject({ deleted: false, position: { x: 9 } });
  });

  test("an element that others have changed since stays", () => {
    const d = desk();
    d.mine("g", make("a"));
    d.apply([d.set("a", { "properties.strokeColor": "blue" })]);
    expect(d.undo()).toMatchObject({ ops: [], left: 1, total: 1 });
  });

  test("so does one that others changed while it was still being made", () => {
    const d = desk();
    d.mine("g", make("a"));
    d.apply([d.set("a", { "properties.strokeColor": "blue" })]);
    d.mine("g", d.set("a", { "position.x": 4 }));
    expect(d.undo()).toMatchObject({ ops: [], left: 1 });
  });

  test("and one that others put a label into", () => {
    const d = desk();
    d.mine("g", make("a"));
    d.apply([label("t", "theirs", "a")]);
    expect(d.undo()).toMatchObject({ ops: [], left: 1 });
  });

  test("what others deleted is neither brought back nor counted", () => {
    const d = desk();
    d.mine("g", make("a"));
    d.apply([{ op: "delete", id: "a" }]);
    expect(d.undo()).toEqual({ ops: [], left: 0, total: 0 });
  });

  test("what one deleted stands again, with its label", () => {
    const d = desk(make("a"), label("t", "words", "a"));
    d.mine("g", { op: "delete", id: "t" }, { op: "delete", id: "a" });
    d.undo();
    expect([d.get("a")?.deleted, d.get("t")?.deleted]).toEqual([false, false]);
    d.redo();
    expect([d.get("a")?.deleted, d.get("t")?.deleted]).toEqual([true, true]);
  });

  test("what is not known any more is made anew", () => {
    const d = desk(make("a"));
    d.mine("g", { op: "delete", id: "a" });
    d.elements.delete("a");
    expect(d.undo().ops).toMatchObject([{ op: "create", id: "a" }]);
  });

  test("what somebody brought back already is left alone", () => {
    const d = desk(make("a"));
    d.mine("g", { op: "delete", id: "a" });
    d.apply([{ op: "restore", id: "a" }]);
    expect(d.undo()).toEqual({ ops: [], left: 0, total: 0 });
  });

  test("a place in the order that was repaired is nobody's work", () => {
    const d = desk();
    d.mine("g", make("a"));
    d.apply([d.set("a", { index: "a1V" })]);
    d.undo();
    expect(d.get("a")?.deleted).toBe(true);
  });

  test("a repair by this client counts as what the step made", () => {
    const d = desk();
    d.mine("g", make("a"));
    d.mine("h", d.set("a", { "position.x": 5 }));
    const before = d.get("a")!;
    d.apply([d.set("a", { "position.x": 6 })]);
    d.stack.amend(before, d.get("a")!);
    expect(d.undo().left).toBe(0);
    expect(d.get("a")?.position.x).toBe(0);
    expect(d.undo().left).toBe(0);
    expect(d.get("a")?.deleted).toBe(true);
  });
});

describe("text", () => {
  const text = (d: Desk): string => plainText(d.get("t")!);

  test("own typing goes, others' stays; redo types it again", () => {
    const d = desk(label("t", "start"));
    d.mine("g", d.set("t", { "properties.text": "start mine" }));
    d.apply([d.set("t", { "properties.text": "before start mine after" })]);
    expect(d.undo()).toMatchObject({ left: 0, total: 1 });
    expect(text(d)).toBe("before start after");
    d.redo();
    expect(text(d)).toBe("before start mine after");
  });

  test("typing between others' in one gesture goes in one step", () => {
    const d = desk(label("t", ""));
    d.mine("g", d.set("t", { "properties.text": "A" }));
    d.apply([d.set("t", { "properties.text": "Ax" })]);
    d.mine("g", d.set("t", { "properties.text": "AxB" }));
    d.apply([d.set("t", { "properties.text": "AxBy" })]);
    d.undo();
    expect(text(d)).toBe("xy");
  });

  test("a text that one began and others went on with loses only one's own part", () => {
    const d = desk();
    d.mine("g", label("t", "mine "));
    d.apply([d.set("t", { "properties.text": "mine theirs" })]);
    expect(d.undo()).toMatchObject({ left: 0 });
    expect(d.get("t")?.deleted).toBe(false);
    expect(text(d)).toBe("theirs");
  });
});

describe("bounds", () => {
  test("so many steps are kept", () => {
    const d = desk(make("a"));
    for (let i = 1; i <= MAX_STEPS + 5; i++) d.mine(`g${i}`, d.set("a", { "position.x": i }));
    let steps = 0;
    while (d.undo().ops.length > 0) steps++;
    expect(steps).toBe(MAX_STEPS);
  });

  test("so many elements are kept, but always the last step", () => {
    const stack = new UndoStack();
    const many = (prefix: string): Done[] =>
      Array.from({ length: MAX_ENTRIES }, (_, i) => ({ before: undefined, after: element({ id: `${prefix}${i}` }) }));
    stack.record(many("a"), "g", 0);
    stack.record(many("b"), "h", 1);
    const gone = { get: () => undefined, partsOf: () => [], retype: () => expect.fail("no text") };
    expect(stack.canUndo).toBe(true);
    stack.undo(gone);
    expect(stack.canUndo).toBe(false);
  });
});

const IDS = ["a", "b", "c"];
interface Act {
  who: "me" | "other" | "undo" | "redo";
  gesture: number;
  id: string;
  kind: number;
  value: number;
}
const act: fc.Arbitrary<Act> = fc.record({
  who: fc.constantFrom("me", "me", "other", "undo", "redo"),
  gesture: fc.nat(3),
  id: fc.constantFrom(...IDS),
  kind: fc.nat(5),
  value: fc.nat(9),
});

function opFor(d: Desk, { id, kind, value }: Act): Op {
  const current = d.get(id);
  if (!current) return make(id, { properties: { by: value } });
  if (current.deleted) return { op: "restore", id };
  if (kind === 0) return { op: "delete", id };
  if (kind === 1) return d.set(id, { "properties.by": value });
  if (kind === 2) return d.set(id, { "properties.by": null });
  if (kind === 3) return d.set(id, { "dimensions.width": value, "dimensions.height": value });
  return d.set(id, { "position.x": value, "position.y": value });
}

const living = (d: Desk): Json => JSON.parse(JSON.stringify([...d.elements.values()].filter((e) => !e.deleted)));

describe("whatever is done", () => {
  test("alone, undoing all gives the beginning and redoing all the end", () => {
    let undone = 0;
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const d = desk(make("a"), make("b"));
        const [start, mine] = [living(d), acts.filter(({ who }) => who === "me")];
        mine.forEach((one, i) => d.mine(`${one.gesture}/${Math.floor(i / 3)}`, opFor(d, one)));
        const end = living(d);
        const sorted = (of: Json): Json => [...(of as { id: string }[])].sort((a, b) => (a.id < b.id ? -1 : 1));
        while (d.stack.canUndo) {
          expect(d.undo().left).toBe(0);
          undone++;
        }
        expect(sameJson(sorted(living(d)), sorted(start))).toBe(true);
        while (d.stack.canRedo) expect(d.redo().left).toBe(0);
        expect(sameJson(sorted(living(d)), sorted(end))).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(undone).toBeGreaterThan(300);
  });

  test("with others, undo touches no value that another made, and brings back nothing that another deleted", () => {
    let left = 0;
    fc.assert(
      fc.property(fc.array(act, { minLength: 20, maxLength: 60 }), (acts) => {
        const d = desk(make("a"), make("b"));
        const deletedByOthers = new Set<string>();
        /** Values that another has made and this person has not worked over since. */
        const theirs = new Set<string>();
        const values = (id: string): [string, string][] => {
          const e = d.get(id);
          return Object.entries({ by: e?.properties["by"], place: e?.position, size: e?.dimensions }).map(
            ([name, value]) => [`${id}.${name}`, JSON.stringify(value ?? null)],
          );
        };
        for (const [i, one] of acts.entries()) {
          const current = d.get(one.id);
          const before = new Map(IDS.flatMap(values));
          const changed = (): string[] =>
            IDS.flatMap(values).flatMap(([key, value]) => (value === before.get(key) ? [] : key));
          if (one.who === "me") {
            // That this person deletes and brings back is for the tests above: two may well do that in turn.
            if (!current?.deleted) d.mine(`${i}`, opFor(d, { ...one, kind: Math.max(1, one.kind) }));
            for (const key of changed()) theirs.delete(key);
          } else if (one.who === "other") {
            if (!current || current.deleted) continue;
            // Values that nobody else makes, and none twice: whose one is cannot be told otherwise.
            d.apply([opFor(d, { ...one, kind: one.kind === 2 ? 1 : one.kind, value: 100 + i })]);
            if (one.kind === 0) deletedByOthers.add(one.id);
            for (const key of changed()) theirs.add(key);
          } else {
            left += (one.who === "undo" ? d.undo() : d.redo()).left;
            for (const key of changed()) expect(theirs).not.toContain(key);
            for (const id of deletedByOthers) expect(d.get(id)?.deleted).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
    // Nobody in nobody's way proves nothing.
    expect(left).toBeGreaterThan(100);
  });
});
