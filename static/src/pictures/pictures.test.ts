import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Downloads, type Fetched } from "./downloads";
import { isPictureId, moves, type Picture, pictureOf, typeOf } from "./picture";
import { blobOf } from "./prepare";
import { forgetOthersPictures, PictureStore } from "./store";
import { type Send, type Sent, Uploads } from "./uploads";

const CANVAS = "canvas-1";

function bytes(...values: (number | string)[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value) => (typeof value === "string" ? [...value].map((c) => c.charCodeAt(0)) : [value])),
  );
}

async function picture(text: string): Promise<Picture> {
  return pictureOf(new Blob([text], { type: "image/png" }));
}

/** Lets promises and the timers due by then run. */
async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("an id is the SHA-256 of the bytes", async () => {
  const { id } = await picture("abc");
  expect(id).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(isPictureId(id)).toBe(true);
  for (const other of [id.slice(1), id.toUpperCase(), "../secret", null, 7]) expect(isPictureId(other)).toBe(false);
});

test("a type is told by the first bytes", () => {
  expect(typeOf(bytes(0x89, "PNG\r\n", 0x1a, "\n"))).toBe("image/png");
  expect(typeOf(bytes(0xff, 0xd8, 0xff, 0xe0))).toBe("image/jpeg");
  expect(typeOf(bytes("RIFFxxxxWEBPVP8X"))).toBe("image/webp");
  expect(typeOf(bytes("<html>"))).toBeUndefined();
  expect(moves(bytes("GIF89a"))).toBe(true);
  expect(moves(bytes("RIFFxxxxWEBPVP8Xxxxx", 0x02))).toBe(true);
  expect(moves(bytes("RIFFxxxxWEBPVP8Xxxxx", 0x10))).toBe(false);
});

test("a data URL's bytes are read here, and only an image's", async () => {
  expect(await blobOf("data:image/png;base64,YWJj")?.text()).toBe("abc");
  for (const url of ["data:text/html;base64,YWJj", "https://x.example/a.png", "data:image/png;base64,%%"]) {
    expect(blobOf(url)).toBeUndefined();
  }
});

/** A server that answers when it is told to. */
function uploads(store: Promise<PictureStore | undefined> = Promise.resolve(undefined)) {
  const asked: { id: string; canvas: string; answer: (sent: Sent) => void; progress: (share: number) => void }[] = [];
  const send: Send = ({ id }, canvas, progress) =>
    new Promise((answer) => void asked.push({ id, canvas, answer, progress }));
  return { asked, made: new Uploads({ store, send, changed: () => undefined, here: CANVAS }) };
}

test("two pictures are sent at a time, with their progress", async () => {
  const { asked, made } = uploads();
  const pictures = await Promise.all(["a", "b", "c"].map(picture));
  for (const one of pictures) await made.add(one, CANVAS);
  await pass();
  expect(asked.length).toBe(2);
  asked[0]?.progress(0.5);
  expect(made.state(pictures[0]!.id)).toEqual({ type: "sending", share: 0.5 });
  asked[0]?.answer({ type: "done" });
  await pass();
  expect(asked.map(({ id }) => id)).toEqual(pictures.map(({ id }) => id));
  expect(made.all().length).toBe(2);
});

test("what may pass is tried again, ever more slowly, and at once when the network is back", async () => {
  const { asked, made } = uploads();
  const one = await picture("a");
  await made.add(one, CANVAS);
  await pass();
  asked[0]?.answer({ type: "later" });
  await pass();
  expect(made.state(one.id)).toEqual({ type: "waiting" });
  expect(asked.length).toBe(1);
  await pass(20_000);
  expect(asked.length).toBe(2);
  asked[1]?.answer({ type: "later", afterMs: 60_000 });
  await pass(30_000);
  expect(asked.length).toBe(2);
  made.wake();
  await pass();
  expect(asked.length).toBe(3);
  asked[2]?.answer({ type: "done" });
  await pass();
  expect(made.all()).toEqual([]);
});

test("what is refused waits for the person", async () => {
  const { asked, made } = uploads();
  const one = await picture("a");
  await made.add(one, CANVAS);
  await pass();
  asked[0]?.answer({ type: "refused", code: "too_large", detail: "no" });
  await pass(600_000);
  made.wake();
  await pass();
  expect(asked.length).toBe(1);
  expect(made.state(one.id)).toEqual({ type: "refused", code: "too_large", detail: "no" });
  made.retry(one.id);
  await pass();
  expect(asked.length).toBe(2);
  asked[1]?.answer({ type: "refused", code: "too_large", detail: "no" });
  await pass();
  await made.forget(one.id);
  expect(made.all()).toEqual([]);
});

test("what is refused for a canvas that is not open is let go", async () => {
  const { asked, made } = uploads();
  await made.add(await picture("a"), "canvas-2");
  await pass();
  asked[0]?.answer({ type: "refused", code: "not_found", detail: "no" });
  await pass();
  expect(made.all()).toEqual([]);
});

test("the same picture is one upload", async () => {
  const { asked, made } = uploads();
  await made.add(await picture("a"), CANVAS);
  await made.add(await picture("a"), CANVAS);
  await pass();
  expect(asked.length).toBe(1);
});

test("a picture outlives the page until it is uploaded, and is there afterwards", async () => {
  vi.useRealTimers();
  const store = PictureStore.open("reload");
  const one = await picture("kept");
  const first = uploads(store);
  await first.made.add(one, CANVAS);
  first.made.stop();

  const second = uploads(store);
  await second.made.resume();
  expect(second.asked.map(({ id, canvas }) => [id, canvas])).toEqual([[one.id, CANVAS]]);
  second.asked[0]?.answer({ type: "done" });
  await expect.poll(async () => (await store).waiting()).toEqual([]);
  expect((await (await store).get(one.id))?.id).toBe(one.id);

  const third = uploads(store);
  await third.made.resume();
  expect(third.asked).toEqual([]);
  (await store).close();
});

test("only what is uploaded is dropped, the oldest first", async () => {
  vi.useRealTimers();
  const store = await PictureStore.open("trim");
  const [waiting, old, young] = await Promise.all([picture("0123456789"), picture("aaaaaa"), picture("bbbbbb")]);
  await store.keep(waiting!, CANVAS);
  for (const one of [old!, young!]) {
    await store.keep(one, CANVAS);
    await store.uploaded(one.id);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await store.trim(8);
  expect(await store.get(old!.id)).toBeUndefined();
  expect(await store.get(young!.id)).toBeDefined();
  expect(await store.isWaiting(waiting!.id)).toBe(true);
  store.close();
});

test("another account's pictures go; what it has not uploaded stays for it", async () => {
  vi.useRealTimers();
  const [done, owing] = await Promise.all([PictureStore.open("done"), PictureStore.open("owing")]);
  const one = await picture("x");
  for (const store of [done, owing]) await store.keep(one, CANVAS);
  await done.uploaded(one.id);
  done.close();
  owing.close();
  await forgetOthersPictures("me");
  const names = (await indexedDB.databases()).map(({ name }) => name);
  expect(names).toContain("pictures-of-owing");
  expect(names).not.toContain("pictures-of-done");
});

test("when nobody is signed in any more, no account's uploaded pictures stay on the device", async () => {
  vi.useRealTimers();
  const store = await PictureStore.open("gone");
  const one = await picture("x");
  await store.keep(one, CANVAS);
  await store.uploaded(one.id);
  store.close();
  await forgetOthersPictures("gone");
  expect((await indexedDB.databases()).map(({ name }) => name)).toContain("pictures-of-gone");
  await forgetOthersPictures(null);
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("pictures-of-gone");
});

function downloads(answers: Record<string, Fetched[]>, order = (ids: string[]): string[] => ids) {
  const asked: string[] = [];
  const delivered: string[] = [];
  const made = new Downloads({
    fetch: async (id) => {
      asked.push(id);
      return answers[id]?.shift() ?? { type: "absent" };
    },
    deliver: async (id) => void delivered.push(id),
    order,
    changed: () => undefined,
  });
  return { asked, delivered, made };
}

const FOUND: Fetched = { type: "picture", blob: new Blob(["x"]) };

test("a few are fetched at a time, first what is looked at", async () => {
  const ids = ["a", "b", "c", "d", "e", "f"];
  const { asked, delivered, made } = downloads(Object.fromEntries(ids.map((id) => [id, [FOUND]])), (some) =>
    [...some].reverse(),
  );
  made.want(new Set(ids));
  expect(asked).toEqual(["f", "e", "d", "c"]);
  await pass();
  expect(delivered.sort()).toEqual(ids);
});

test("a picture that is on its way is asked for again, and said to be missing after a while", async () => {
  const { asked, delivered, made } = downloads({ a: [{ type: "absent" }, { type: "absent" }, FOUND] });
  made.want(new Set(["a", "gone"]));
  await pass();
  expect(made.state("a")).toBe("absent");
  await pass(3_000);
  expect(delivered).toEqual(["a"]);
  expect(made.state("a")).toBeUndefined();
  await pass(5 * 60_000);
  expect(made.state("gone")).toBe("missing");
  const before = asked.length;
  await pass(61_000);
  expect(asked.length).toBeGreaterThan(before);
});

test("without a network it waits, and goes on at once when that is back", async () => {
  const { delivered, made } = downloads({ a: [{ type: "later", afterMs: 60_000 }, FOUND] });
  made.want(new Set(["a"]));
  await pass();
  expect(made.state("a")).toBe("offline");
  made.wake();
  await pass();
  expect(delivered).toEqual(["a"]);
});

test("what is not wanted any more is not asked for again", async () => {
  const { asked, made } = downloads({});
  made.want(new Set(["a"]));
  await pass();
  made.want(new Set());
  await pass(60_000);
  expect(asked).toEqual(["a"]);
});
