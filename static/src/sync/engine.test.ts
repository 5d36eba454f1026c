import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Engine } from "./engine";
import { createRectangle } from "./testing/build";
import { join, pair, settle, Tab } from "./testing/harness";
import { MAX_TRIES } from "./salvage";
import { LIMITS, ModelServer } from "./testing/model-server";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const move = (x: number) => ({ op: "update" as const, id: "e", set: { "position.x": x } });
const colour = (strokeColor: string) => ({
  op: "update" as const,
  id: "e",
  set: { "properties.strokeColor": strokeColor },
});

test("work is shown at once and counts as unsaved until its delta", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  expect(ada.engine.view.shown("e")).toBeDefined();
  expect(ada.engine.status.unsaved).toBe(1);
  expect(grace.engine.view.shown("e")).toBeUndefined();
  settle([ada, grace]);
  expect(ada.engine.status.unsaved).toBe(0);
  expect(grace.scene()).toEqual(ada.scene());
});

test("pending work stays on top of others' deltas, per property", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.engine.submit([move(5)]);
  grace.engine.submit([move(9), colour("#f00")]);
  grace.socket?.deliver("server");
  ada.socket?.deliver("client");
  expect(ada.engine.view.shown("e")).toMatchObject({ position: { x: 5 }, properties: { strokeColor: "#f00" } });
  settle([ada, grace]);
  expect(ada.engine.view.shown("e")?.position.x).toBe(5);
  expect(grace.scene()).toEqual(ada.scene());
});

test("a lost acknowledgement does not apply work twice", () => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  ada.socket?.deliver("server");
  ada.socket?.drop();
  expect(ada.engine.status).toMatchObject({ link: "reconnecting", unsaved: 1 });
  vi.advanceTimersByTime(1_000);
  join(ada, grace);
  expect(ada.engine.status).toMatchObject({ link: "online", unsaved: 0 });
  expect(server.accepted).toHaveLength(1);
});

test("work done while away is sent on return, and numbers go on", () => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.socket?.drop();
  ada.engine.submit([move(1)]);
  ada.engine.submit([move(2)]);
  expect(ada.engine.view.shown("e")?.position.x).toBe(2);
  vi.advanceTimersByTime(1_000);
  join(ada, grace);
  expect(server.accepted.map((accepted) => accepted.intent)).toEqual([1, 2, 3]);
  expect(grace.engine.view.shown("e")?.position.x).toBe(2);
});

test("own work does not vanish between welcome and the delta that brings it", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  ada.socket?.deliver("server");
  ada.socket?.drop();
  vi.advanceTimersByTime(1_000);
  ada.socket?.accept();
  ada.socket?.deliver("server");
  ada.socket?.deliver("client");
  expect(ada.engine.status.link).toBe("online");
  expect(ada.engine.view.shown("e")).toBeDefined();
  settle([ada, grace]);
  expect(ada.engine.view.shown("e")).toBeDefined();
});

test("a new engine with an identity that nobody else uses goes on numbering", () => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.engine.stop();
  const reloaded = new Tab(server, "ada");
  join(reloaded);
  reloaded.engine.submit([move(3)]);
  settle([reloaded, grace]);
  expect(server.accepted.at(-1)).toEqual({ client: "ada", intent: 2 });
});

test("a refused intent is taken back, its sound part asked for again", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e"), createRectangle("f")]);
  settle([ada, grace]);
  grace.engine.submit([{ op: "delete", id: "f" }]);
  grace.socket?.deliver("server");
  ada.engine.submit([{ op: "update", id: "f", set: { angle: 1 } }, move(7)]);
  settle([ada, grace]);
  expect(ada.engine.status.unsaved).toBe(0);
  expect(grace.engine.view.shown("e")?.position.x).toBe(7);
  expect(grace.scene()).toEqual(ada.scene());
  expect(ada.events).toContainEqual(expect.objectContaining({ type: "refused", code: "gone", message: "update f" }));
});

test("a gap leads to a resume", () => {
  const { server, ada, grace } = pair();
  grace.engine.submit([createRectangle("e")]);
  grace.socket?.deliver("server");
  ada.socket?.mail.splice(0);
  grace.engine.submit([move(4)]);
  settle([ada, grace]);
  expect(ada.engine.status.lastSeq).toBe(server.seq);
  expect(ada.engine.view.shown("e")?.position.x).toBe(4);
});

test("a differing digest leads to the whole state anew", () => {
  const { server, ada } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada]);
  const stored = server.elements.get("e");
  if (stored) server.elements.set("e", { ...stored, version: 8, angle: 2 });
  vi.advanceTimersByTime(20_000);
  settle([ada]);
  expect(ada.engine.view.shown("e")).toMatchObject({ version: 8, angle: 2 });
});

test("a silent server is left, and met again", () => {
  const { server, ada } = pair();
  vi.advanceTimersByTime(20_000);
  ada.socket?.mail.splice(0);
  const before = ada.socket;
  vi.advanceTimersByTime(21_000);
  expect(ada.socket).not.toBe(before);
  join(ada);
  expect(ada.engine.status.link).toBe("online");
  expect(server.sockets.has(ada.socket as never)).toBe(true);
});

test("previews lie over the others' state and never enter it", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.engine.preview("g", [move(50)]);
  settle([ada, grace]);
  // The first presence of an unknown peer carries no name: the model sends none. Its preview is shown all the same.
  expect(grace.engine.view.shown("e")?.position.x).toBe(50);
  expect(grace.engine.view.base("e")?.position.x).toBe(0);
  ada.engine.submit([move(60)], "g");
  ada.engine.endPreview("g");
  settle([ada, grace]);
  vi.advanceTimersByTime(100);
  expect(grace.engine.view.shown("e")?.position.x).toBe(60);
  ada.engine.preview("h", [move(70)]);
  settle([ada, grace]);
  vi.advanceTimersByTime(4_000);
  expect(grace.engine.view.shown("e")?.position.x).toBe(60);
});

test("a preview that arrives after its delta is taken back", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.engine.preview("g", [move(50)]);
  const late = ada.socket?.mail.splice(0) ?? [];
  ada.engine.submit([move(60)], "g");
  ada.engine.endPreview("g");
  ada.socket?.deliver("server");
  ada.socket?.mail.push(...late);
  settle([ada, grace]);
  vi.advanceTimersByTime(100);
  settle([ada, grace]);
  expect(grace.engine.view.shown("e")?.position.x).toBe(60);
});

test("a preview holds all of its gesture that is not durable yet", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")], "g");
  ada.engine.preview("g", [move(3)]);
  const letter = ada.socket?.mail.find((held) => held.text.includes("preview"));
  expect(letter?.text).toContain('"create"');
  settle([ada, grace]);
});

test("previews are sent at most 60 times a second", () => {
  const { ada } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada]);
  for (let ms = 0; ms < 1_000; ms += 4) {
    ada.engine.preview("g", [move(ms)]);
    vi.advanceTimersByTime(4);
  }
  const sent = ada.socket?.mail.filter((held) => held.text.includes("preview")).length ?? 0;
  expect(sent).toBeGreaterThan(30);
  expect(sent).toBeLessThanOrEqual(63);
});

test("a pause holds intents, and what is made meanwhile folds", () => {
  const { server, ada } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada]);
  server.broadcast({ type: "policy", sending: "pause", saving: "degraded", history_lag: 0 });
  settle([ada]);
  for (const x of [1, 2, 3]) ada.engine.submit([move(x)], "g");
  settle([ada]);
  expect(ada.engine.status).toMatchObject({ unsaved: 1, saving: "degraded" });
  expect(server.seq).toBe(1);
  server.broadcast({ type: "policy", sending: "normal", saving: "ok", history_lag: 0 });
  settle([ada]);
  expect(server.elements.get("e")?.position.x).toBe(3);
});

test("a lost right makes it read only at once", () => {
  const { server, ada } = pair();
  expect(ada.engine.editable).toBe(true);
  server.broadcast({ type: "role", role: "viewer" });
  settle([ada]);
  expect(ada.engine.editable).toBe(false);
});

test.each([4400, 4401, 4403, 4404, 4413])("close code %d ends it", (code) => {
  const { ada } = pair();
  ada.socket?.drop(code);
  expect(ada.engine.status).toMatchObject({ link: "stopped", stoppedBy: code });
  const before = ada.socket;
  vi.advanceTimersByTime(60_000);
  expect(ada.socket).toBe(before);
});

test("whose client id another page has goes on under a new one, with all that waits", () => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  const twin = new Tab(server, "ada");
  ada.engine.submit([move(5)]);
  join(twin);
  expect(ada.engine.client).not.toBe("ada");
  ada.engine.submit([colour("#f00")]);
  vi.advanceTimersByTime(1_000);
  join(ada, grace, twin);
  expect(ada.engine.status).toMatchObject({ link: "online", unsaved: 0 });
  expect(server.accepted.slice(1)).toEqual([1, 2].map((intent) => ({ client: ada.engine.client, intent })));
  expect(twin.scene()).toEqual(ada.scene());
});

test("a role taken away meanwhile: work done while away is refused, and told in full, not as a passing word", () => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.socket?.drop();
  ada.engine.submit([move(5)]);
  ada.engine.submit([colour("#f00")]);
  vi.advanceTimersByTime(6_000);
  Object.assign(server, { role: "viewer", busy: 9, busyCode: "forbidden" });
  ada.engine.wake();
  join(ada, grace);
  expect(ada.engine.status).toMatchObject({ link: "online", role: "viewer", unsaved: 0 });
  expect(ada.engine.view.shown("e")?.position.x).toBe(0);
  expect(ada.events.filter((event) => event.type === "refused")).toEqual([]);
  const findings = ada.events.flatMap((event) => (event.type === "findings" ? event.findings : []));
  expect(findings).toMatchObject([{ kind: "refused", code: "forbidden", lost: [move(5), colour("#f00")] }]);
  expect(findings[0]?.element).toMatchObject({ position: { x: 5 }, properties: { strokeColor: "#f00" } });
});

test("access taken away: what waits stays, and can be copied", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.engine.submit([move(5)]);
  ada.socket?.drop(4403);
  expect(ada.engine.status).toMatchObject({ link: "stopped", unsaved: 1 });
  expect(ada.engine.pendingElements()).toMatchObject([{ id: "e", position: { x: 5 } }]);
});

test("a hiccup of the connection is nothing to report", () => {
  const { ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  ada.socket?.drop();
  ada.engine.submit([move(5)]);
  grace.engine.submit([move(8)]);
  settle([grace]);
  vi.advanceTimersByTime(1_000);
  join(ada, grace);
  expect(ada.engine.view.shown("e")?.position.x).toBe(5);
  expect(ada.events.some((event) => event.type === "findings")).toBe(false);
});

test("what was kept is shown at once, and gone on from", () => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  const state = { seq: server.seq, elements: [...server.elements.values()] };
  const queue = [{ id: 4, rank: 2, tries: 0, gesture: undefined, ops: [move(5)], sent: true }];
  const engine = new Engine({ client: "kept", role: "editor", open: () => server.connect(), kept: { state, queue } });
  expect(engine.view.shown("e")?.position.x).toBe(5);
  expect(engine.editable).toBe(true);
  expect(engine.status).toMatchObject({ link: "connecting", lastSeq: server.seq, unsaved: 1 });
});

test("seen is told within a second", () => {
  const server = new ModelServer();
  const ada = new Tab(server, "ada");
  join(ada);
  ada.engine.submit([createRectangle("e")]);
  settle([ada]);
  vi.advanceTimersByTime(1_000);
  expect(ada.socket?.mail.map((held) => held.text)).toContain('{"type":"seen","seq":1}');
});

test("many bytes of deltas are reported at once", () => {
  const { ada, grace } = pair();
  const note = "x".repeat(140 * 1024);
  const seen = (): unknown[] =>
    grace.socket?.mail.filter(({ text }) => text.includes('"seen"')).map(({ text }) => JSON.parse(text).seq) ?? [];
  grace.socket?.mail.splice(0);
  for (const id of ["a", "b", "c"]) ada.engine.submit([createRectangle(id, { note })]);
  while (ada.socket?.deliver("server"));
  while (grace.socket?.deliver("client"));
  expect(seen()).toEqual([2]);
});

test("an op above the limit of an element is refused here, with all on its element; the rest is saved", () => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada, grace]);
  for (const bytes of [LIMITS.element_bytes, 2 * LIMITS.frame_bytes]) {
    ada.events.length = 0;
    const tooLarge = { op: "update" as const, id: "e", set: { "properties.note": "x".repeat(bytes) } };
    ada.engine.submit([createRectangle(`f${bytes}`), tooLarge, move(5)]);
    const elements = [expect.objectContaining({ id: "e" })];
    expect(ada.events).toContainEqual(expect.objectContaining({ type: "refused", code: "too_large", elements }));
    expect(ada.events).toContainEqual({ type: "elements", ids: new Set([`f${bytes}`, "e"]) });
    expect(ada.engine.view.shown("e")).toEqual(server.elements.get("e"));
    settle([ada, grace]);
    expect(ada.engine.status).toMatchObject({ link: "online", unsaved: 0 });
    expect(server.elements.has(`f${bytes}`)).toBe(true);
  }
  ada.engine.submit([move(7)]);
  settle([ada, grace]);
  expect(server.elements.get("e")?.position.x).toBe(7);
  expect(grace.scene()).toEqual(ada.scene());
});

test("the limit of an element is the one that the server names", () => {
  const { server, ada } = pair();
  ada.socket?.drop();
  vi.advanceTimersByTime(1_000);
  ada.socket?.accept();
  ada.socket?.deliver("server");
  const welcome = ada.socket?.mail.find(({ text }) => text.includes('"welcome"'));
  if (welcome) welcome.text = welcome.text.replace(`"element_bytes":${LIMITS.element_bytes}`, '"element_bytes":400');
  settle([ada]);
  ada.engine.submit([createRectangle("e", { note: "x".repeat(400) })]);
  const elements = [expect.objectContaining({ id: "e", type: "rectangle" })];
  expect(ada.events).toContainEqual(expect.objectContaining({ type: "refused", code: "too_large", elements }));
  expect(ada.engine.status.unsaved).toBe(0);
  expect(server.seq).toBe(0);
});

test("an element that several ops make too large is refused by the server, and taken back", () => {
  const { ada, grace } = pair();
  const half = "x".repeat(150 * 1024);
  ada.engine.submit([createRectangle("e", { a: half })]);
  ada.engine.submit([createRectangle("f"), { op: "update", id: "e", set: { "properties.b": half } }]);
  settle([ada, grace]);
  const told = {
    type: "refused",
    code: "too_large",
    message: "update e",
    elements: [expect.objectContaining({ id: "e" })],
  };
  expect(ada.events).toContainEqual(expect.objectContaining(told));
  expect(ada.engine.status.unsaved).toBe(0);
  expect(ada.engine.view.shown("e")?.properties).not.toHaveProperty("b");
  expect(grace.scene()).toEqual(ada.scene());
});

test("a compacted delta that deletes what we never had is no gap", () => {
  const { ada } = pair();
  ada.engine.submit([createRectangle("e")]);
  settle([ada]);
  const entries = [{ client: "", user: "u", intent: 0, ops: [{ op: "delete" as const, id: "unknown" }, move(3)] }];
  const commit = { seq: 40, at: "2026-01-01T00:00:00Z", entries, versions: { unknown: 4, e: 2 }, compacted: true };
  ada.socket?.push({ type: "delta", seq: 40, commits: [commit] });
  ada.socket?.deliver("client");
  expect(ada.socket?.mail.filter(({ text }) => text.includes('"hello"'))).toEqual([]);
  expect(ada.engine.status).toMatchObject({ link: "online", lastSeq: 40 });
  expect(ada.engine.view.shown("e")?.position.x).toBe(3);
  expect(ada.engine.view.shown("unknown")).toBeUndefined();
});

test.each(["rate", "unavailable"])("work refused with %s is asked for again later, under new numbers", (code) => {
  const { server, ada, grace } = pair();
  ada.engine.submit([createRectangle("e")]);
  ada.engine.submit([{ op: "append", id: "e", path: "properties.points", at: 0, values: [1] }]);
  ada.engine.submit([{ op: "append", id: "e", path: "properties.points", at: 1, values: [2] }, move(4)]);
  Object.assign(server, { busy: 3, busyCode: code });
  settle([ada, grace]);
  expect(server.busy).toBe(0);
  expect(ada.engine.status.unsaved).toBe(3);
  expect(ada.engine.view.shown("e")).toMatchObject({ position: { x: 4 }, properties: { points: [1, 2] } });
  vi.advanceTimersByTime(150);
  settle([ada, grace]);
  expect(server.seq).toBe(0);
  vi.advanceTimersByTime(300);
  settle([ada, grace]);
  expect(ada.engine.status.unsaved).toBe(0);
  expect(server.accepted.map(({ intent }) => intent)).toEqual([4, 5, 6]);
  expect(grace.engine.view.shown("e")).toMatchObject({ position: { x: 4 }, properties: { points: [1, 2] } });
  expect(ada.events.some((event) => event.type === "refused")).toBe(false);
});

test("work that is refused for the moment again and again is given up, and that is said", () => {
  const { server, ada } = pair();
  server.busy = Number.POSITIVE_INFINITY;
  let asked = 0;
  ada.engine.submit([createRectangle("e")]);
  for (let second = 0; second < 300; second++) {
    asked += ada.socket?.mail.filter(({ text }) => text.includes('"intent"')).length ?? 0;
    settle([ada]);
    vi.advanceTimersByTime(1_000);
  }
  expect(asked).toBe(MAX_TRIES + 1);
  expect(ada.engine.status).toMatchObject({ link: "online", unsaved: 0 });
  expect(ada.engine.view.shown("e")).toBeUndefined();
  expect(ada.events.filter((event) => event.type === "refused")).toMatchObject([
    { type: "refused", code: "rate", message: "not now" },
  ]);
});

test("intents that need each other, and were put in the wrong order, come to an end", () => {
  const { server, ada, grace } = pair();
  server.busy = 1;
  ada.engine.submit([createRectangle("a")]);
  ada.engine.submit([{ op: "delete", id: "a" }, createRectangle("d")]);
  ada.engine.submit([createRectangle("a"), { op: "delete", id: "d" }]);
  for (let letters = 0; letters < 1_000; letters++) {
    if (!ada.socket?.deliver("server") && !ada.socket?.deliver("client")) vi.advanceTimersByTime(1_000);
  }
  expect(ada.engine.status).toMatchObject({ link: "online", unsaved: 0 });
  settle([ada, grace]);
  expect(grace.scene()).toEqual(ada.scene());
});
