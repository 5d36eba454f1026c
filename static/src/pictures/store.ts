/**
 * Pictures on this device: those that wait to be uploaded, for as long as it takes, and the latest of those that were,
 * so that they are there without a network. A database for each account.
 */

import { deleteDB, type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Picture } from "./picture";

const PREFIX = "pictures-of-";
const VERSION = 1;
/** Of pictures that are uploaded; those that wait are never dropped. */
const KEEP_BYTES = 64 * 1024 * 1024;

export interface PictureRecord extends Picture {
  /** The canvas that it is to be uploaded for; "" when it is done. (null is no key of an index.) */
  canvas: string;
  usedAt: number;
}

interface Schema extends DBSchema {
  pictures: { key: string; value: PictureRecord; indexes: { canvas: string; usedAt: number } };
}

export class PictureStore {
  private constructor(private readonly database: IDBPDatabase<Schema>) {}

  static async open(userId: string): Promise<PictureStore> {
    return new PictureStore(await open(PREFIX + userId));
  }

  async get(id: string): Promise<Picture | undefined> {
    return this.database.get("pictures", id);
  }

  /** Keeps a picture until it is uploaded. */
  async keep(picture: Picture, canvas: string): Promise<void> {
    await this.database.put("pictures", { ...picture, canvas, usedAt: Date.now() });
  }

  async waiting(): Promise<PictureRecord[]> {
    return this.database.getAllFromIndex("pictures", "canvas", IDBKeyRange.lowerBound("", true));
  }

  async isWaiting(id: string): Promise<boolean> {
    return ((await this.database.get("pictures", id))?.canvas ?? "") !== "";
  }

  async uploaded(id: string): Promise<void> {
    const record = await this.database.get("pictures", id);
    if (!record) return;
    await this.database.put("pictures", { ...record, canvas: "", usedAt: Date.now() });
    await this.trim(KEEP_BYTES);
  }

  async remove(id: string): Promise<void> {
    await this.database.delete("pictures", id);
  }

  /** Drops the oldest of what is uploaded. */
  async trim(mostBytes: number): Promise<void> {
    const transaction = this.database.transaction("pictures", "readwrite");
    let bytes = 0;
    let cursor = await transaction.store.index("usedAt").openCursor(null, "prev");
    for (; cursor; cursor = await cursor.continue()) {
      if (cursor.value.canvas !== "") continue;
      bytes += cursor.value.blob.size;
      if (bytes > mostBytes) await cursor.delete();
    }
    await transaction.done;
  }

  close(): void {
    this.database.close();
  }
}

/** Forgets the pictures of all other accounts; what they have not uploaded stays for them. */
export async function forgetOthersPictures(userId: string, factory: IDBFactory = indexedDB): Promise<void> {
  for (const { name } of (await factory.databases?.()) ?? []) {
    if (!name?.startsWith(PREFIX) || name === PREFIX + userId) continue;
    const store = await PictureStore.open(name.slice(PREFIX.length));
    await store.trim(0);
    const left = await store.waiting();
    store.close();
    if (left.length === 0) await deleteDB(name);
  }
}

function open(name: string): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, VERSION, {
    upgrade(database) {
      const pictures = database.createObjectStore("pictures", { keyPath: "id" });
      pictures.createIndex("canvas", "canvas");
      pictures.createIndex("usedAt", "usedAt");
    },
    blocking(_current, _next, event) {
      (event.target as IDBDatabase).close();
    },
  });
}
