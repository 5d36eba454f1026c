/** Any interleaving of work, delivery, loss and return: all tabs end alike, and nothing asked for is lost or done twice. */

import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CanvasElement, Op } from "../protocol/messages";
import { applyOp } from "./ops";
import { createRectangle } from "./testing/build";
import { returnAndSettle, settle, Tab } from "./testing/harness";
import { ModelServer } from "./testing/model-server";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const TABS = 3;
const IDS = ["a", "b", "c", "d"];

type Step =
  | { do: "edit"; tab: number; ids: string[]; kind: number; value: number; gesture: boolean }
  | { do: "deliver"; tab: number; to: "server" | "client"; count: number }
  | { do: "drop"; tab: number }
  | { do: "open"; tab: number }
  | { do: "busy"; count: number }
  | { do: "wait"; ms: number };

const tab = fc.nat(TABS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      tab,
      ids: fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1, maxLength: 3 }),
      kind: fc.nat(5),
      value: fc.nat(99),
      gesture: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      tab,
      to: fc.constantFrom("server" as const, "client" as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const), tab }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), tab }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("busy" as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(20, 500, 2_000) }) },
);

/** An op that the tab could make from what it sees. */
function edit(tab: Tab, id: string, kind: number, value: number): Op | undefined {
  return editOf(tab.engine.view.base(id), id, kind, value);
}

function editOf(element: CanvasElement | undefined, id: string, kind: number, value: number): Op | undefined {
  if (!element) return createRectangle(id, { by: value });
  if (element.deleted) return kind === 0 ? { op: "restore", id } : undefined;
  const points = element.properties["points"];
  switch (kind) {
    case 0:
      return { op: "delete", id };
    case 1:
      return {
        op: "append",
        id,
        path: "properties.points",
        at: Array.isArray(points) ? points.length : 0,
        values: [value],
      };
    case 2:
      return { op: "update", id, set: { "properties.by": value } };
    case 3:
      return { op: "update", id, set: { "properties.by": null, "properties.style.deep": value } };
    default:
      return { op: "update", id, set: { "position.x": value, "position.y": value } };
  }
}

test("all tabs end alike, each intent is in the log at most once, nothing stays pending", () => {
  let shapes = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const server = new ModelServer();
      const tabs = Array.from({ length: TABS }, (_, i) => new Tab(server, `tab${i}`));
      for (const one of tabs) one.socket?.accept();
      for (const s of steps) {
        if (s.do === "wait") {
          vi.advanceTimersByTime(s.ms);
          continue;
        }
        if (s.do === "busy") {
          server.busy = s.count;
          continue;
        }
        const one = tabs[s.tab];
        if (!one) continue;
        if (s.do === "deliver") for (let i = 0; i < s.count; i++) one.socket?.deliver(s.to);
        else if (s.do === "drop") one.socket?.drop();
        else if (s.do === "open") one.socket?.accept();
        else if (one.engine.editable) {
          const ops = s.ids.flatMap((id) => edit(one, id, s.kind, s.value) ?? []);
          if (s.gesture) one.engine.preview("g", ops);
          one.engine.submit(ops, s.gesture ? `g${s.tab}` : undefined);
        }
      }
      returnAndSettle(tabs);
      const content = Object.fromEntries(
        [...server.elements.values()]
          .filter((element) => !element.deleted)
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .map((element) => [element.id, { ...element, version: 0 }]),
      );
      shapes += Object.keys(content).length;
      for (const one of tabs) {
        expect(one.engine.status).toMatchObject({ link: "online", unsaved: 0, lastSeq: server.seq });
        expect(one.scene()).toEqual(content);
        one.engine.stop();
      }
      const names = server.accepted.map(({ client, intent }) => `${client}/${intent}`);
      expect(new Set(names).size).toBe(names.length);
    }),
    { numRuns: 150 },
  );
  // A run that draws nothing proves nothing.
  expect(shapes).toBeGreaterThan(100);
});

test("work of a tab that nobody else touches survives any number of lost connections", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant("drop"), fc.constant("edit"), fc.constant("deliver")), { maxLength: 60 }),
      (steps) => {
        const server = new ModelServer();
        const one = new Tab(server, "one");
        one.socket?.accept();
        settle([one]);
        one.engine.submit([createRectangle("mine")]);
        let value = 0;
        for (const s of steps) {
          if (s === "edit")
            one.engine.submit([{ op: "update", id: "mine", set: { [`properties.p${++value}`]: value } }]);
          else if (s === "deliver") one.socket?.deliver("server");
          else {
            one.socket?.drop();
            vi.advanceTimersByTime(30_000);
            one.socket?.accept();
          }
        }
        returnAndSettle([one]);
        expect(Object.keys(server.elements.get("mine")?.properties ?? {})).toHaveLength(value);
        one.engine.stop();
      },
    ),
  );
});

test("work of a tab that nobody else touches survives refusals for the moment, in its order", () => {
  const kinds = fc.oneof(
    fc.record({ do: fc.constant("edit" as const), kind: fc.nat(5), id: fc.constantFrom("a", "b") }),
    fc.record({ do: fc.constant("edit" as const), kind: fc.nat(5), id: fc.constantFrom("a", "b") }),
    fc.record({ do: fc.constant("busy" as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("deliver" as const), to: fc.constantFrom("server" as const, "client" as const) }),
    fc.record({ do: fc.constant("wait" as const) }),
  );
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: 60 }), (steps) => {
      const server = new ModelServer();
      const one = new Tab(server, "one");
      one.socket?.accept();
      settle([one]);
      const wanted = new Map<string, CanvasElement | undefined>();
      let value = 0;
      for (const s of steps) {
        if (s.do === "busy") server.busy = s.count;
        else if (s.do === "deliver") one.socket?.deliver(s.to);
        else if (s.do === "wait") vi.advanceTimersByTime(300);
        else {
          const element = wanted.get(s.id);
          const op = editOf(element, s.id, s.kind, ++value);
          if (!op) continue;
          wanted.set(s.id, applyOp(element, op));
          one.engine.submit([op]);
        }
      }
      returnAndSettle([one]);
      expect(one.engine.status.unsaved).toBe(0);
      for (const [id, element] of wanted) {
        const stored = server.elements.get(id);
        if (element?.deleted) expect(stored?.deleted).toBe(true);
        else expect({ ...stored, version: 0 }).toEqual(element);
      }
      one.engine.stop();
    }),
    { numRuns: 500 },
  );
});
