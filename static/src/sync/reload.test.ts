/**
 * Any interleaving of work, delivery, lost connections, slow and failing writes, and pages that are killed and followed
 * by others: what was kept arrives, nothing arrives twice, all pages end alike.
 */

import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ClientMessage } from "../protocol/messages";
import { Engine } from "./engine";
import type { Confirmed, Kept, Keeper } from "./keeper";
import type { KeptIntent, OutboxChange } from "./outbox";
import { createRectangle } from "./testing/build";
import { ModelServer, type ModelSocket } from "./testing/model-server";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What two pages of one account share: queues by client id, and one confirmed state. */
class Device {
  readonly queues = new Map<string, Map<number, KeptIntent>>();
  state: Kept["state"] = null;
  readonly living = new Set<string>();
  private lastId = 0;

  /** A queue whose page is gone, else a fresh id. */
  adopt(): { client: string; kept: Kept } {
    for (const [client, queue] of this.queues) {
      if (queue.size === 0 || this.living.has(client)) continue;
      return { client, kept: { state: this.state, queue: [...queue.values()] } };
    }
    return { client: `client${++this.lastId}`, kept: { state: this.state, queue: [] } };
  }

  get waiting(): number {
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.size, 0);
  }
}

class Page implements Keeper {
  readonly engine: Engine;
  readonly client: string;
  socket: ModelSocket | undefined;
  private under: { changes: readonly OutboxChange[]; done: (kept: boolean) => void } | undefined;

  constructor(
    private readonly device: Device,
    server: ModelServer,
  ) {
    const { client, kept } = device.adopt();
    this.client = client;
    device.living.add(client);
    const open = (): ModelSocket => (this.socket = server.connect());
    this.engine = new Engine({ client, role: "editor", open, keeper: this, kept });
    this.engine.start();
  }

  write(changes: readonly OutboxChange[], done: (kept: boolean) => void): void {
    expect(this.under).toBeUndefined();
    this.under = { changes, done };
  }

  moved(_ids: ReadonlySet<string> | null, replica: Confirmed): void {
    const elements = [...replica.ids()].flatMap((id) => replica.get(id) ?? []);
    if (replica.seq !== null) this.device.state = { seq: replica.seq, elements };
  }

  rename(): void {
    throw new Error("no two pages have one id");
  }

  /** The write that is under way ends. */
  end(kept: boolean): boolean {
    const { under } = this;
    if (!under) return false;
    this.under = undefined;
    if (kept) this.put(under.changes);
    under.done(kept);
    return true;
  }

  /** Gone without a word; a write that is under way may still come to the disk, and mail to the server. */
  kill(writeLands: boolean): void {
    this.engine.stop();
    if (this.under && writeLands) this.put(this.under.changes);
    this.device.living.delete(this.client);
  }

  private put(changes: readonly OutboxChange[]): void {
    const queue = this.device.queues.get(this.client) ?? new Map<number, KeptIntent>();
    this.device.queues.set(this.client, queue);
    for (const { rank, intent } of changes) {
      if (intent) queue.set(rank, structuredClone(intent));
      else queue.delete(rank);
    }
  }
}

const page = fc.nat(1);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("edit" as const), page, gesture: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      page,
      to: fc.constantFrom("server" as const, "client" as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), page, kept: fc.constant(true) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drop" as const), page }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), page }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("reload" as const), page, lands: fc.boolean(), first: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("busy" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(20, 500, 3_000) }) },
);

function settle(pages: readonly Page[]): void {
  for (let second = 0; second < 30; second++) {
    vi.advanceTimersByTime(1_000);
    for (let moved = true; moved;) {
      moved = false;
      for (const one of pages) {
        if (one.engine.status.link !== "online") one.socket?.accept();
        while (one.end(true) || one.socket?.deliver("server") || one.socket?.deliver("client")) moved = true;
      }
    }
  }
}

test("work that was kept arrives, none arrives twice, and nothing is left", () => {
  let [kept, reloads] = [0, 0];
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
      const server = new ModelServer();
      const device = new Device();
      const pages = [new Page(device, server), new Page(device, server)];
      settle(pages);
      pages[0]?.engine.submit([createRectangle("e")]);
      settle(pages);
      /** Edits that must arrive, and those whose page was killed before they were kept. */
      const [due, doubtful] = [new Set<string>(), new Set<string>()];
      const open: Set<string>[] = [new Set(), new Set()];
      let value = 0;
      for (const s of steps) {
        if (s.do === "wait") vi.advanceTimersByTime(s.ms);
        else if (s.do === "busy") server.busy = s.count;
        if (s.do === "wait" || s.do === "busy") continue;
        const [one, mine] = [pages[s.page], open[s.page]];
        if (!one || !mine) continue;
        if (one.engine.safe) {
          for (const path of mine) due.add(path);
          mine.clear();
        }
        if (s.do === "edit") {
          const path = `properties.p${++value}`;
          mine.add(path);
          one.engine.submit([{ op: "update", id: "e", set: { [path]: value } }], s.gesture ? `g${s.page}` : undefined);
        } else if (s.do === "deliver") one.socket?.deliver(s.to);
        else if (s.do === "write") one.end(s.kept);
        else if (s.do === "drop") one.socket?.drop();
        else if (s.do === "open") one.socket?.accept();
        else {
          reloads += 1;
          for (const path of mine) doubtful.add(path);
          mine.clear();
          const late = one.socket;
          const letters = late?.mail.filter(({ to }) => to === "server").map(({ text }) => text) ?? [];
          one.kill(s.lands);
          const next = new Page(device, server);
          pages[s.page] = next;
          if (s.first) {
            next.socket?.accept();
            next.socket?.deliver("server");
          }
          // What was on its way still arrives, before or after the successor speaks.
          for (const text of letters) {
            const message = JSON.parse(text) as ClientMessage;
            if (late && message.type === "intent") server.receive(late, message);
          }
        }
      }
      for (const mine of open) for (const path of mine) due.add(path);
      settle(pages);
      // Queues that no page has taken over are taken by pages that are opened then.
      while (device.waiting > 0 && pages.length < 20) {
        pages.push(new Page(device, server));
        settle(pages);
      }
      expect(device.waiting).toBe(0);
      const properties = server.elements.get("e")?.properties ?? {};
      for (const path of due) expect(properties).toHaveProperty(path.slice("properties.".length));
      kept += due.size;
      // In the log each edit is once: nothing was sent again as something new.
      const sets = server.commits.flatMap(({ entries }) =>
        entries.flatMap(({ ops }) => ops.flatMap((op) => (op.op === "update" ? Object.keys(op.set) : []))),
      );
      expect(new Set(sets).size).toBe(sets.length);
      for (const path of new Set(sets)) expect(due.has(path) || doubtful.has(path)).toBe(true);
      for (const one of pages) {
        expect(one.engine.status).toMatchObject({ link: "online", unsaved: 0, lastSeq: server.seq });
        expect(one.engine.view.shown("e")).toEqual(server.elements.get("e"));
        one.engine.stop();
      }
    }),
    { numRuns: 200 },
  );
  expect(kept).toBeGreaterThan(500);
  expect(reloads).toBeGreaterThan(100);
});
