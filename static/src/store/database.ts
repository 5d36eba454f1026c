/**
 * What the editor keeps on a device: one database per account, so that nobody who signs in later on the same browser
 * sees or sends what is another's. The pages (static/src/site/kept-work.ts) clear it when its account has signed out.
 */

import { deleteDB, type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { CanvasElement, Role } from "../protocol/messages";
import type { KeptIntent } from "../sync/outbox";

const VERSION = 1;
const PREFIX = "canvas-of-";

export interface CanvasFacts {
  name: string;
  project: string;
  role: Role;
}

/** A confirmed state; its elements are in a store of their own, so that one change is one write. */
export interface CanvasRecord extends CanvasFacts {
  canvas: string;
  seq: number;
  digest: number;
  /** Of all its elements, as JSON. */
  bytes: number;
  /** When it was last open, as Date.now(). */
  usedAt: number;
}

export interface ElementRecord {
  canvas: string;
  id: string;
  bytes: number;
  element: CanvasElement;
}

export interface IntentRecord extends KeptIntent {
  canvas: string;
  client: string;
}

interface Schema extends DBSchema {
  canvases: { key: string; value: CanvasRecord };
  elements: { key: [string, string]; value: ElementRecord };
  intents: { key: [string, string, number]; value: IntentRecord };
}

export type Database = IDBPDatabase<Schema>;

export function openDatabase(userId: string): Promise<Database> {
  return open(PREFIX + userId);
}

function open(name: string): Promise<Database> {
  return openDB<Schema>(name, VERSION, {
    upgrade(database) {
      database.createObjectStore("canvases", { keyPath: "canvas" });
      database.createObjectStore("elements", { keyPath: ["canvas", "id"] });
      database.createObjectStore("intents", { keyPath: ["canvas", "client", "rank"] });
    },
    blocking(_current, _next, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

/** Forgets the canvases of all accounts but this one (null: of all); their unsent work stays for them. */
export async function forgetOthers(userId: string | null, factory: IDBFactory = indexedDB): Promise<void> {
  const known = (await factory.databases?.()) ?? [];
  for (const { name } of known) {
    if (!name?.startsWith(PREFIX) || (userId !== null && name === PREFIX + userId)) continue;
    const database = await open(name);
    await Promise.all([database.clear("canvases"), database.clear("elements")]);
    const left = await database.count("intents");
    database.close();
    if (left === 0) await deleteDB(name);
  }
}

/** All keys that begin with these. */
export function under(...keys: string[]): IDBKeyRange {
  return IDBKeyRange.bound(keys, [...keys, []]);
}
