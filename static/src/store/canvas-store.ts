/** What one page keeps of one canvas: under its client id, whose lock it holds. The store's face to the engine. */

import type { Confirmed, Kept, Keeper } from "../sync/keeper";
import type { OutboxChange } from "../sync/outbox";
import { forgetCanvas, loadCanvas } from "./canvases";
import { type CanvasFacts, type Database, forgetOthers, openDatabase } from "./database";
import { hold } from "./locks";
import { clientsWithWork, loadQueue, renameQueue, writeQueue } from "./queues";
import { isQuota, StateWriter } from "./state-writer";

/** A disk that does not answer for so long is not waited for. */
const WRITE_TIMEOUT_MS = 3_000;
const OPEN_TIMEOUT_MS = 3_000;
/** How long a page waits for the lock of the one that it replaces. */
const SUCCESSION_MS = 500;

export interface Place {
  user: string;
  canvas: string;
  facts: CanvasFacts;
  /** The device takes no more of the state; told once. */
  full: () => void;
}

export class CanvasStore implements Keeper {
  private readonly state: StateWriter;
  private tail: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly database: Database,
    private readonly place: Place,
    /** The client id that this page has; nobody else has it at the same time. */
    public client: string,
    readonly kept: Kept,
    private letGo: () => void,
  ) {
    this.state = new StateWriter(database, place.canvas, place.facts, kept.state?.seq ?? null, place.full);
  }

  /**
   * Opens what is kept of a canvas and goes on with work that a page before left, if there is some. Null when this browser
   * keeps nothing (no IndexedDB, no locks): then work lives as long as its page.
   */
  static async open(place: Place): Promise<CanvasStore | null> {
    try {
      return await within(OPEN_TIMEOUT_MS, CanvasStore.opened(place));
    } catch (error) {
      console.warn("Nothing is kept on this device.", error);
      return null;
    }
  }

  private static async opened(place: Place): Promise<CanvasStore> {
    const database = await openDatabase(place.user);
    void forgetOthers(place.user).catch(() => undefined);
    const state = await loadCanvas(database, place.canvas);
    const left = await takeQueue(database, place.canvas, SUCCESSION_MS);
    if (left) return new CanvasStore(database, place, left.client, { state, queue: left.queue }, left.letGo);
    const client = crypto.randomUUID();
    const letGo = await hold(client);
    if (letGo === null) throw new Error("a new lock is not free");
    return new CanvasStore(database, place, client, { state, queue: [] }, letGo);
  }

  /** Takes over the work that a page left which is gone, under its client id; null when there is none. */
  async takeLeftover(): Promise<CanvasStore | null> {
    const left = await takeQueue(this.database, this.place.canvas, 0);
    if (left === null) return null;
    const state = await loadCanvas(this.database, this.place.canvas);
    return new CanvasStore(this.database, this.place, left.client, { state, queue: left.queue }, left.letGo);
  }

  write(changes: readonly OutboxChange[], done: (kept: boolean) => void): void {
    void this.inTurn(() => this.put(changes)).then(
      () => done(true),
      () => done(false),
    );
  }

  moved(ids: ReadonlySet<string> | null, replica: Confirmed): void {
    this.state.moved(ids, replica);
  }

  /** Writes the confirmed state as it is now, as before a page is hidden. */
  flush(): Promise<void> {
    return this.state.flush();
  }

  rename(client: string): void {
    const [before, letGo] = [this.client, this.letGo];
    this.client = client;
    void this.inTurn(async () => {
      this.letGo = (await hold(client)) ?? (() => undefined);
      await renameQueue(this.database, this.place.canvas, before, client);
      letGo();
    });
  }

  /** Lets the client id go, with what is pending under it. */
  release(): void {
    void this.inTurn(async () => this.letGo());
  }

  private async put(changes: readonly OutboxChange[]): Promise<void> {
    const { database, client } = this;
    const { canvas } = this.place;
    try {
      await within(WRITE_TIMEOUT_MS, writeQueue(database, canvas, client, changes));
    } catch (error) {
      if (!isQuota(error)) throw error;
      // Work that is nowhere else goes before a state that the server has.
      for (const key of await database.getAllKeys("canvases")) await forgetCanvas(database, key);
      await writeQueue(database, canvas, client, changes);
    }
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.tail.then(work);
    this.tail = done.catch(() => undefined);
    return done;
  }
}

interface Left {
  client: string;
  queue: Kept["queue"];
  letGo: () => void;
}

/** A queue whose page is gone, or goes within `ms`; from now on nobody else gets it. */
async function takeQueue(database: Database, canvas: string, ms: number): Promise<Left | null> {
  const clients = await clientsWithWork(database, canvas);
  for (const wait of ms > 0 ? [0, ms] : [0]) {
    for (const client of clients) {
      const letGo = await hold(client, wait);
      if (letGo === null) continue;
      // Its last holder may have settled all of it.
      const queue = await loadQueue(database, canvas, client);
      if (queue.length > 0) return { client, queue, letGo };
      letGo();
    }
  }
  return null;
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
