/** What the editor keeps of canvases on a device. The pages (site/kept-work.ts) clear it when its account has signed out. */

import type { DBSchema, IDBPDatabase } from "idb";
import type { CanvasElement, Role } from "../protocol/messages";
import type { KeptIntent } from "../sync/outbox";
import { forgetOthersOf, type Kind, openFor } from "./accounts";

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

const CANVASES: Kind<Schema> = {
  prefix: "canvas-of-",
  version: 1,
  upgrade(database) {
    database.createObjectStore("canvases", { keyPath: "canvas" });
    database.createObjectStore("elements", { keyPath: ["canvas", "id"] });
    database.createObjectStore("intents", { keyPath: ["canvas", "client", "rank"] });
  },
  async forget(database) {
    await Promise.all([database.clear("canvases"), database.clear("elements")]);
    return (await database.count("intents")) > 0;
  },
};

export function openDatabase(userId: string): Promise<Database> {
  return openFor(CANVASES, userId);
}

/** Forgets the canvases of all accounts but this one (null: of all); their unsent work stays for them. */
export function forgetOthers(userId: string | null): Promise<void> {
  return forgetOthersOf(CANVASES, userId);
}

/** All keys that begin with these. */
export function under(...keys: string[]): IDBKeyRange {
  return IDBKeyRange.bound(keys, [...keys, []]);
}
