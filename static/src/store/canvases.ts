/** The confirmed states of the canvases that were open lately. */

import { fingerprint } from "../sync/digest";
import { utf8Length } from "../sync/limits";
import type { CanvasElement } from "../protocol/messages";
import type { KeptState } from "../sync/keeper";
import { type CanvasFacts, type CanvasRecord, type Database, type ElementRecord, under } from "./database";

export const MAX_CANVASES = 20;
export const MAX_BYTES = 64 * 1024 * 1024;
/** Rows put at once: the editor's thread is free between them. */
const ROWS_AT_ONCE = 250;

/** What is to be written: all that changed after `since` up to `seq`, or (since: null) the whole. */
export interface CanvasChange {
  since: number | null;
  seq: number;
  digest: number;
  elements: readonly CanvasElement[];
}

/** The state as it was kept, or null: none, or one that is not whole. */
export async function loadCanvas(database: Database, canvas: string): Promise<KeptState | null> {
  const transaction = database.transaction(["canvases", "elements"]);
  const [record, rows] = await Promise.all([
    transaction.objectStore("canvases").get(canvas),
    transaction.objectStore("elements").getAll(under(canvas)),
  ]);
  if (record === undefined) return null;
  const elements = rows.map((row) => row.element);
  return digestOf(elements) === record.digest ? { seq: record.seq, elements } : null;
}

/**
 * Writes a change on what stands. Several tabs may write one canvas: one that is behind writes nothing, and one whose
 * change begins after what stands writes nothing either and is told so (false): it has to write the whole.
 */
export async function saveCanvas(
  database: Database,
  canvas: string,
  facts: CanvasFacts,
  change: CanvasChange,
  now: number,
): Promise<boolean> {
  const transaction = database.transaction(["canvases", "elements"], "readwrite", { durability: "relaxed" });
  const [canvases, elements] = [transaction.objectStore("canvases"), transaction.objectStore("elements")];
  const write = async (): Promise<boolean> => {
    const stands = await canvases.get(canvas);
    let bytes = stands?.bytes ?? 0;
    if (change.since === null) {
      await elements.delete(under(canvas));
      bytes = 0;
    } else if (stands === undefined || stands.seq < change.since) {
      return false;
    } else if (stands.seq > change.seq) {
      return true;
    }
    for (let start = 0; start < change.elements.length; start += ROWS_AT_ONCE) {
      const rows = change.elements.slice(start, start + ROWS_AT_ONCE).map((element) => rowOf(canvas, element));
      const before = await Promise.all(
        rows.map((row) => (change.since === null ? undefined : elements.get([canvas, row.id]))),
      );
      rows.forEach((row, i) => (bytes += row.bytes - (before[i]?.bytes ?? 0)));
      await Promise.all(rows.map((row) => elements.put(row)));
    }
    await canvases.put({ canvas, ...facts, seq: change.seq, digest: change.digest, bytes, usedAt: now });
    return true;
  };
  const [written] = await Promise.all([write(), transaction.done]);
  return written;
}

/** Forgets the canvases that were not open for longest, until what is left is within bounds. `canvas` stays. */
export async function makeRoom(
  database: Database,
  canvas: string,
  most: { canvases: number; bytes: number } = { canvases: MAX_CANVASES, bytes: MAX_BYTES },
): Promise<void> {
  const records = await database.getAll("canvases");
  const newestFirst = (a: CanvasRecord, b: CanvasRecord): number =>
    Number(b.canvas === canvas) - Number(a.canvas === canvas) || b.usedAt - a.usedAt;
  let [count, bytes] = [0, 0];
  for (const record of records.sort(newestFirst)) {
    count += 1;
    bytes += record.bytes;
    if (record.canvas !== canvas && (count > most.canvases || bytes > most.bytes)) {
      await forgetCanvas(database, record.canvas);
    }
  }
}

export async function forgetCanvas(database: Database, canvas: string): Promise<void> {
  const transaction = database.transaction(["canvases", "elements"], "readwrite");
  await Promise.all([
    transaction.objectStore("canvases").delete(canvas),
    transaction.objectStore("elements").delete(under(canvas)),
    transaction.done,
  ]);
}

function rowOf(canvas: string, element: CanvasElement): ElementRecord {
  return { canvas, id: element.id, bytes: utf8Length(JSON.stringify(element)), element };
}

function digestOf(elements: readonly CanvasElement[]): number {
  let digest = 0;
  for (const { id, version, deleted } of elements) if (!deleted) digest ^= fingerprint(id, version);
  return digest >>> 0;
}
