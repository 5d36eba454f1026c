import { expect, test } from "vitest";
import { Outbox } from "./outbox";
import { createRectangle } from "./testing/build";

const move = (x: number) => ({ op: "update" as const, id: "e", set: { "position.x": x } });

test("intents are numbered from 1 and sent once a connection", () => {
  const outbox = new Outbox();
  outbox.add([move(1)]);
  outbox.add([move(2)]);
  expect(outbox.takeUnsent(9).map((intent) => intent.id)).toEqual([1, 2]);
  expect(outbox.takeUnsent(9)).toEqual([]);
  outbox.disconnected();
  expect(outbox.takeUnsent(1).map((intent) => intent.id)).toEqual([1]);
});

test("acknowledgement is cumulative", () => {
  const outbox = new Outbox();
  for (const x of [1, 2, 3]) outbox.add([move(x)]);
  outbox.takeUnsent(9);
  expect([...outbox.acknowledge(1, 2)]).toEqual(["e"]);
  expect(outbox.size).toBe(1);
  expect(outbox.opsOf("e")).toEqual([move(3)]);
});

test("a gesture's unsent work folds, what was sent stands", () => {
  const outbox = new Outbox();
  outbox.add([createRectangle("e")], "g");
  outbox.takeUnsent(9);
  outbox.add([move(1)], "g");
  outbox.add([move(2)], "g");
  expect(outbox.size).toBe(2);
  expect(outbox.takeUnsent(9)[0]).toMatchObject({ id: 2, ops: [move(2)] });
  expect(outbox.opsOfGesture("g")).toHaveLength(2);
});

test("a gesture's work does not fold into an op above the limit", () => {
  const outbox = new Outbox();
  const note = (key: string) => ({ op: "update" as const, id: "e", set: { [`properties.${key}`]: "x".repeat(60) } });
  for (const key of ["a", "b"]) outbox.add([note(key)], "g", 120);
  expect(outbox.takeUnsent(9).map(({ ops }) => ops)).toEqual([[note("a")], [note("b")]]);
});

test("what is asked for again takes a new number, after what was sent and before what waits", () => {
  const outbox = new Outbox();
  for (const x of [1, 2, 3, 4]) outbox.add([move(x)]);
  outbox.takeUnsent(3);
  for (const id of [1, 2]) {
    const refused = outbox.reject(id);
    if (refused) outbox.askAgain(refused, refused.ops, refused.tries + 1);
  }
  expect(outbox.takeUnsent(9)).toMatchObject([
    { id: 4, ops: [move(1)], tries: 1 },
    { id: 5, ops: [move(2)], tries: 1 },
    { id: 6, ops: [move(4)], tries: 0 },
  ]);
});

test("after a resume only the rest is sent again", () => {
  const outbox = new Outbox();
  for (const x of [1, 2, 3]) outbox.add([move(x)]);
  outbox.takeUnsent(9);
  outbox.disconnected();
  outbox.resume(2);
  expect(outbox.takeUnsent(9).map((intent) => intent.id)).toEqual([3]);
});

test("a tab loaded anew goes on from the server's number", () => {
  const outbox = new Outbox();
  outbox.resume(41);
  outbox.add([move(1)]);
  expect(outbox.takeUnsent(9).map((intent) => intent.id)).toEqual([42]);
});
