import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Delivery } from "./delivery";
import type { Keeper } from "./keeper";
import { Outbox, type KeptIntent, type OutboxChange } from "./outbox";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const move = (x: number) => ({ op: "update" as const, id: "e", set: { "position.x": x } });

/** A disk whose writes end when the test says so. */
class Disk implements Keeper {
  readonly records = new Map<number, KeptIntent>();
  private under: { changes: readonly OutboxChange[]; done: (kept: boolean) => void } | undefined;

  write(changes: readonly OutboxChange[], done: (kept: boolean) => void): void {
    expect(this.under).toBeUndefined();
    this.under = { changes, done };
  }

  end(kept = true): void {
    const { changes, done } = this.under ?? { changes: [], done: () => undefined };
    this.under = undefined;
    for (const { rank, intent } of kept ? changes : []) {
      if (intent) this.records.set(rank, intent);
      else this.records.delete(rank);
    }
    done(kept);
  }

  moved(): void {}
  rename(): void {}
}

function start() {
  const disk = new Disk();
  const outbox = new Outbox();
  const sent: number[] = [];
  const changed = vi.fn();
  const delivery = new Delivery(outbox, disk, ({ id }) => void sent.push(id), changed);
  return { disk, outbox, sent, changed, delivery };
}

test("an intent is sent once it is on disk, with its number and as sent", () => {
  const { disk, outbox, sent, delivery } = start();
  delivery.open();
  outbox.add([move(1)]);
  delivery.pump();
  expect(sent).toEqual([]);
  expect(delivery.safe).toBe(false);
  disk.end();
  expect(sent).toEqual([1]);
  expect(disk.records.get(1)).toMatchObject({ id: 1, sent: true, ops: [move(1)] });
  expect(delivery.safe).toBe(true);
});

test("what is done while a write is under way goes with the next one, in order", () => {
  const { disk, outbox, sent, delivery } = start();
  delivery.open();
  for (const x of [1, 2, 3]) {
    outbox.add([move(x)]);
    delivery.pump();
  }
  disk.end();
  expect(sent).toEqual([1]);
  disk.end();
  expect(sent).toEqual([1, 2, 3]);
});

test("work done offline is kept at once, unsent", () => {
  const { disk, outbox, sent, delivery } = start();
  outbox.add([move(1)]);
  delivery.pump();
  disk.end();
  expect(disk.records.get(1)).toMatchObject({ sent: false });
  expect(delivery.safe).toBe(true);
  expect(sent).toEqual([]);
});

test("what became durable leaves the disk", () => {
  const { disk, outbox, delivery } = start();
  delivery.open();
  outbox.add([move(1)]);
  delivery.pump();
  disk.end();
  outbox.acknowledge(1, 1);
  delivery.pump();
  disk.end();
  expect(disk.records.size).toBe(0);
});

test("a connection lost and found during a write sends each intent once", () => {
  const { disk, outbox, sent, delivery } = start();
  delivery.open();
  outbox.add([move(1)]);
  delivery.pump();
  delivery.close();
  delivery.open();
  disk.end();
  expect(sent).toEqual([1]);
});

test("a connection lost during a write sends nothing until the next", () => {
  const { disk, outbox, sent, delivery } = start();
  delivery.open();
  outbox.add([move(1)]);
  delivery.pump();
  delivery.close();
  disk.end();
  expect(sent).toEqual([]);
  delivery.open();
  expect(sent).toEqual([1]);
});

test("a disk that takes nothing does not stop the sending, is said, and is tried again with all that it lacks", () => {
  const { disk, outbox, sent, changed, delivery } = start();
  delivery.open();
  outbox.add([move(1)]);
  delivery.pump();
  disk.end(false);
  expect(sent).toEqual([1]);
  expect(delivery.keeps).toBe(false);
  expect(delivery.safe).toBe(false);
  expect(changed).toHaveBeenCalledTimes(1);
  outbox.add([move(2)]);
  delivery.pump();
  disk.end(false);
  expect(sent).toEqual([1, 2]);
  vi.advanceTimersByTime(10_000);
  disk.end();
  expect([...disk.records.keys()]).toEqual([1, 2]);
  expect(delivery.keeps).toBe(true);
  expect(changed).toHaveBeenCalledTimes(2);
});

test("an outbox restored from what was kept repeats what was sent under its numbers, and numbers on", () => {
  const { disk, outbox, delivery } = start();
  delivery.open();
  for (const x of [1, 2]) outbox.add([move(x)]);
  delivery.pump();
  disk.end();
  delivery.close();
  outbox.add([move(3)]);
  delivery.pump();
  disk.end();
  const next = new Outbox();
  next.restore([...disk.records.values()]);
  next.add([move(4)]);
  next.resume(1);
  expect(next.takeUnsent(9).map(({ id, ops }) => [id, ops])).toEqual([
    [2, [move(2)]],
    [3, [move(3)]],
    [4, [move(4)]],
  ]);
});
