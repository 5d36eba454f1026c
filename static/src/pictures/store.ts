/**
 * Pictures on this device: those that wait to be uploaded, for as long as it takes, and the latest of those that were,
 * so that they are there without a network.
 */

import type { DBSchema, IDBPDatabase } from "idb";
import { forgetOthersOf, type Kind, openFor } from "../store/accounts";
import type { Picture } from "./picture";

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

const PICTURES: Kind<Schema> = {
  prefix: "pictures-of-",
  version: 1,
  upgrade(database) {
    const pictures = database.createObjectStore("pictures", { keyPath: "id" });
    pictures.createIndex("canvas", "canvas");
    pictures.createIndex("usedAt", "usedAt");
  },
  async forget(database) {
    await trim(database, 0);
    return (await database.count("pictures")) > 0;
  },
};

export class PictureStore {
  private constructor(private readonly database: IDBPDatabase<Schema>) {}

  static async open(userId: string): Promise<PictureStore> {
    return new PictureStore(await openFor(PICTURES, userId));
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

  /** Drops what was used longest ago of what is uploaded. */
  trim(mostBytes: number): Promise<void> {
    return trim(this.database, mostBytes);
  }

  close(): void {
    this.database.close();
  }
}

/** Forgets the pictures of all accounts but this one (null: of all); what they have not uploaded stays for them. */
export function forgetOthersPictures(userId: string | null): Promise<void> {
  return forgetOthersOf(PICTURES, userId);
}

async function trim(database: IDBPDatabase<Schema>, mostBytes: number): Promise<void> {
  const transaction = database.transaction("pictures", "readwrite");
  let bytes = 0;
  let cursor = await transaction.store.index("usedAt").openCursor(null, "prev");
  for (; cursor; cursor = await cursor.continue()) {
    if (cursor.value.canvas !== "") continue;
    bytes += cursor.value.blob.size;
    if (bytes > mostBytes) await cursor.delete();
  }
  await transaction.done;
}
