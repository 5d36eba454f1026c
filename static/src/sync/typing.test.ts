/** Several people type into one text, with any interleaving of delivery, loss, refusal and return. */

import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CanvasElement } from "../protocol/messages";
import { plainText, textOp } from "./text";
import { createText } from "./testing/build";
import { join, returnAndSettle, settle, Tab } from "./testing/harness";
import { ModelServer } from "./testing/model-server";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const TABS = 3;
const tab = fc.nat(TABS - 1);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("type" as const),
      tab,
      place: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 1, max: 3 }),
      gesture: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("move" as const), tab }) },
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

function textOf(element: CanvasElement | undefined): string {
  if (element === undefined) throw new Error("the text is gone");
  return plainText(element);
}

test("every character that anybody types stands once in everybody's text", { timeout: 30_000 }, () => {
  let characters = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 100 }), (steps) => {
      const server = new ModelServer();
      // A refusal that got lost is only noticed by who gets the missed commits one by one.
      server.resumable = 1_000;
      const tabs = Array.from({ length: TABS }, (_, i) => new Tab(server, `tab${i}`));
      join(...tabs);
      tabs[0]?.engine.submit([createText("t", "🎨")]);
      settle(tabs);
      let typed = "🎨";
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
        else if (s.do === "move") one.engine.submit([{ op: "update", id: "t", set: { "position.x": s.tab } }]);
        else {
          const before = one.engine.view.base("t");
          if (!before) throw new Error("the text is gone");
          const old = [...textOf(before)];
          // Every character is another one, within and beyond the basic plane.
          const added = Array.from({ length: s.length }, (_, i) =>
            String.fromCodePoint((i % 2 ? 0x20000 : 0x4e00) + [...typed].length + i),
          ).join("");
          typed += added;
          const place = Math.floor(s.place * old.length);
          const now = [...old.slice(0, place), added, ...old.slice(place)].join("");
          const op = textOp(before, now, one.engine.textClient);
          if (!op) throw new Error("nothing was typed");
          one.engine.submit([op], s.gesture ? `g${s.tab}` : undefined);
          expect(textOf(one.engine.view.base("t"))).toBe(now);
        }
      }
      returnAndSettle(tabs);
      const text = textOf(server.elements.get("t"));
      expect([...text].sort()).toEqual([...typed].sort());
      for (const one of tabs) {
        expect(one.engine.status).toMatchObject({ link: "online", unsaved: 0, lastSeq: server.seq });
        expect(textOf(one.engine.view.shown("t"))).toBe(text);
        expect(one.events.filter((event) => event.type === "refused")).toEqual([]);
        one.engine.stop();
      }
      characters += typed.length;
    }),
    { numRuns: 50 },
  );
  expect(characters).toBeGreaterThan(500);
});

test("typing that was refused takes along what was typed on it and not sent, and says so", () => {
  const server = new ModelServer();
  const one = new Tab(server, "one");
  join(one);
  one.engine.submit([createText("t", "ab")]);
  settle([one]);
  const type = (now: string): void => {
    const before = one.engine.view.base("t");
    const op = before && textOp(before, now, one.engine.textClient);
    if (op) one.engine.submit([op]);
  };
  server.busy = 1;
  server.busyCode = "invalid";
  type("abc");
  one.engine.networkLost();
  type("abcd");
  type("xabcd");
  expect(textOf(one.engine.view.base("t"))).toBe("xabcd");
  returnAndSettle([one]);
  expect(textOf(server.elements.get("t"))).toBe("ab");
  expect(textOf(one.engine.view.base("t"))).toBe("ab");
  expect(one.engine.status.unsaved).toBe(0);
  expect(one.events.some((event) => event.type === "refused")).toBe(true);
});

test("a text that is set is merged into what stands, as the server does it", () => {
  const server = new ModelServer();
  const [ada, grace] = [new Tab(server, "ada"), new Tab(server, "grace")];
  join(ada, grace);
  ada.engine.submit([createText("t", "Hello")]);
  settle([ada, grace]);
  ada.engine.submit([{ op: "update", id: "t", set: { "properties.text": "Hello!", angle: 1 } }]);
  grace.engine.submit([{ op: "update", id: "t", set: { "properties.text": "Oh, Hello" } }]);
  settle([ada, grace]);
  for (const { engine } of [ada, grace]) expect(textOf(engine.view.base("t"))).toBe("Oh, Hello!");
  expect(server.elements.get("t")?.angle).toBe(1);
});

test("a refusal that got lost with its socket is not taken for an acknowledgement", () => {
  const server = new ModelServer();
  const one = new Tab(server, "one");
  join(one);
  one.engine.submit([createText("t", "")]);
  settle([one]);
  server.busy = 1;
  one.engine.submit([{ op: "update", id: "t", set: { angle: 1 } }]);
  one.engine.submit([{ op: "update", id: "t", set: { "position.x": 1 } }]);
  one.socket?.deliver("server"); // refused,
  one.socket?.deliver("server"); // and the next one taken:
  one.socket?.drop(); // neither is heard of
  returnAndSettle([one]);
  expect(server.elements.get("t")).toMatchObject({ angle: 1, position: { x: 1 } });
  expect(one.engine.status.unsaved).toBe(0);
});
