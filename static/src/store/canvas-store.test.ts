import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test, vi } from "vitest";
import { Replica } from "../sync/replica";
import { element } from "../sync/testing/build";
import type { CanvasElement } from "../protocol/messages";
import type { KeptIntent, OutboxChange } from "../sync/outbox";
import { loadCanvas, makeRoom, saveCanvas } from "./canvases";
import { CanvasStore, type Place } from "./canvas-store";
import { forgetOthers, openDatabase } from "./database";
import { unsent } from "./queues";
import { TestLocks } from "./testing";

const FACTS = { name: "Plan", project: "Demo", role: "editor" as const };
let locks: TestLocks;

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  locks = new TestLocks();
  vi.stubGlobal("navigator", { locks });
});

function place(user: string, canvas = "c"): Place {
  return { user, canvas, facts: FACTS, full: () => undefined };
}

async function opened(user: string, canvas = "c"): Promise<CanvasStore> {
  const store = await CanvasStore.open(place(user, canvas));
  if (!store) throw new Error("nothing is kept");
  return store;
}

function move(rank: number, x: number, sent = false): OutboxChange {
  const ops = [{ op: "update" as const, id: "e", set: { "position.x": x } }];
  const intent: KeptIntent = { id: rank, rank, tries: 0, gesture: undefined, ops, sent };
  return { rank, intent };
}

function write(store: CanvasStore, ...changes: OutboxChange[]): Promise<boolean> {
  return new Promise((resolve) => store.write(changes, resolve));
}

function die(store: CanvasStore): void {
  locks.free(`canvas-client-${store.client}`);
}

function replicaOf(seq: number, ...elements: CanvasElement[]): Replica {
  const replica = new Replica();
  replica.takeState({ type: "state", seq, elements, part: 1, parts: 1 });
  return replica;
}

const named = (id: string, version = 1): CanvasElement => element({ id, version });

test("work that a page left is taken over by the next, under its id and numbers", async () => {
  const first = await opened("ada");
  expect(await write(first, move(1, 5, true), move(2, 6))).toBe(true);
  die(first);
  const second = await opened("ada");
  expect(second.client).toBe(first.client);
  expect(second.kept.queue).toMatchObject([
    { id: 1, sent: true },
    { id: 2, sent: false },
  ]);
});

test("work of a page that lives is nobody else's", async () => {
  const first = await opened("ada");
  await write(first, move(1, 5));
  const second = await opened("ada");
  expect(second.client).not.toBe(first.client);
  expect(second.kept.queue).toEqual([]);
  expect(await second.takeLeftover()).toBeNull();
});

test("of many pages exactly one takes a queue over, and only once", async () => {
  const first = await opened("ada");
  await write(first, move(1, 5));
  const others = [await opened("ada"), await opened("ada")];
  die(first);
  const taken = await Promise.all([...others, ...others].map((store) => store.takeLeftover()));
  expect(taken.filter(Boolean)).toHaveLength(1);
  const left = taken.find(Boolean);
  expect(left?.client).toBe(first.client);
  await write(left as CanvasStore, { rank: 1, intent: null });
  left?.release();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await others[0]?.takeLeftover()).toBeNull();
});

test("a reloaded page waits a moment for the one that it replaces", async () => {
  const first = await opened("ada");
  await write(first, move(1, 5));
  setTimeout(() => die(first), 50);
  expect((await opened("ada")).client).toBe(first.client);
});

test("another account sees nothing of it, and takes the canvases off the device, not the unsent work", async () => {
  const ada = await opened("ada");
  ada.moved(null, replicaOf(7, named("a")));
  await ada.flush();
  await write(ada, move(1, 5));
  die(ada);
  const grace = await opened("grace");
  expect(grace.kept).toEqual({ state: null, queue: [] });
  expect(await grace.takeLeftover()).toBeNull();
  await forgetOthers("grace");
  const database = await openDatabase("ada");
  expect(await loadCanvas(database, "c")).toBeNull();
  expect(await unsent(database)).toEqual(new Map([["c", 1]]));
  database.close();
  expect((await opened("ada")).kept.queue).toHaveLength(1);
});

test("an account without unsent work leaves nothing when another signs in", async () => {
  const ada = await opened("ada");
  ada.moved(null, replicaOf(7, named("a")));
  await ada.flush();
  await forgetOthers("grace");
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("canvas-of-ada");
});

test("the confirmed state is kept whole, then by what changed", async () => {
  const store = await opened("ada");
  const replica = replicaOf(1, named("a"), named("b"));
  store.moved(null, replica);
  await store.flush();
  const entries = [{ client: "x", user: "u", intent: 1, ops: [{ op: "update" as const, id: "a", set: { angle: 2 } }] }];
  store.moved(replica.applyCommit({ seq: 2, at: "", entries, versions: { a: 2 } }), replica);
  const put = vi.spyOn(IDBObjectStore.prototype, "put");
  await store.flush();
  // One element and the canvas's record.
  expect(put).toHaveBeenCalledTimes(2);
  put.mockRestore();
  expect((await opened("ada")).kept.state).toEqual({
    seq: 2,
    elements: [expect.objectContaining({ id: "a", angle: 2 }), named("b")],
  });
});

test("of two pages that keep one canvas, the later state stands, whole", async () => {
  const database = await openDatabase("ada");
  const save = (since: number | null, seq: number, ...elements: CanvasElement[]): Promise<boolean> => {
    const digest = replicaOf(seq, named("a", Math.min(seq, 2)), named("b", seq)).digest;
    return saveCanvas(database, "c", FACTS, { since, seq, digest, elements }, seq);
  };
  await save(null, 1, named("a"), named("b"));
  await save(1, 3, named("a", 2), named("b", 3));
  // The other page is behind: it writes nothing.
  expect(await save(1, 2, named("a", 2), named("b", 2))).toBe(true);
  expect((await loadCanvas(database, "c"))?.seq).toBe(3);
  // It began before, and is further now.
  expect(await save(2, 4, named("b", 4))).toBe(true);
  expect((await loadCanvas(database, "c"))?.elements).toEqual([named("a", 2), named("b", 4)]);
  // What it would go on from is not there.
  expect(await save(9, 10, named("b", 10))).toBe(false);
  database.close();
});

test("a state that is not whole is not used", async () => {
  const database = await openDatabase("ada");
  await saveCanvas(database, "c", FACTS, { since: null, seq: 1, digest: 5, elements: [named("a")] }, 0);
  expect(await loadCanvas(database, "c")).toBeNull();
  database.close();
});

test.each([
  ["canvases", { canvases: 2, bytes: Infinity }],
  ["bytes", { canvases: 99, bytes: 400 }],
])("too many %s: those not open for longest go", async (_what, most) => {
  const database = await openDatabase("ada");
  for (const [at, canvas] of ["own", "old", "new"].entries()) {
    const { digest } = replicaOf(1, named("a"));
    await saveCanvas(database, canvas, FACTS, { since: null, seq: 1, digest, elements: [named("a")] }, at);
  }
  const { bytes } = (await database.get("canvases", "own")) ?? { bytes: 0 };
  expect(bytes).toBeGreaterThan(140);
  expect(bytes).toBeLessThan(200);
  await makeRoom(database, "own", most);
  expect((await database.getAllKeys("canvases")).sort()).toEqual(["new", "own"]);
  expect(await database.count("elements")).toBe(2);
  database.close();
});

test("a full device: other canvases go first, then this page keeps its state no more, and says so once", async () => {
  const full = vi.fn();
  const store = await CanvasStore.open({ ...place("ada"), full });
  const refuse = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
    throw new DOMException("no room", "QuotaExceededError");
  });
  for (let seq = 1; seq < 4; seq++) {
    store?.moved(null, replicaOf(seq, named("a")));
    await store?.flush();
  }
  expect(full).toHaveBeenCalledTimes(1);
  if (store) expect(await write(store, move(1, 5))).toBe(false);
  refuse.mockRestore();
});

test("unsent work takes the room of kept canvases", async () => {
  const store = await opened("ada");
  store.moved(null, replicaOf(1, named("a")));
  await store.flush();
  const real = IDBObjectStore.prototype.put;
  const refuse = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementationOnce(() => {
    throw new DOMException("no room", "QuotaExceededError");
  });
  expect(await write(store, move(1, 5))).toBe(true);
  expect(refuse.getMockImplementation()).not.toBe(real);
  refuse.mockRestore();
  const database = await openDatabase("ada");
  expect(await database.count("canvases")).toBe(0);
  expect(await unsent(database)).toEqual(new Map([["c", 1]]));
  database.close();
});

test("work goes on under another id when it must", async () => {
  const store = await opened("ada");
  const before = store.client;
  await write(store, move(1, 5));
  store.rename("fresh");
  await write(store, move(2, 6));
  const reader = await opened("ada");
  expect(reader.client).not.toBe(before);
  locks.free("canvas-client-fresh");
  expect(await reader.takeLeftover()).toMatchObject({ client: "fresh", kept: { queue: [{ id: 1 }, { id: 2 }] } });
});

test("without IndexedDB or locks nothing is kept, and the editor is told", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.stubGlobal("navigator", {});
  expect(await CanvasStore.open(place("ada"))).toBeNull();
});
