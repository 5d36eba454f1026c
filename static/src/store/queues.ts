/** Pending work on disk: a queue per client id, in its order. */

import type { KeptIntent, OutboxChange } from "../sync/outbox";
import { type Database, under } from "./database";

export async function loadQueue(database: Database, canvas: string, client: string): Promise<KeptIntent[]> {
  const records = await database.getAll("intents", under(canvas, client));
  return records.map(({ canvas: _canvas, client: _client, ...intent }) => intent);
}

/** Whose work waits for this canvas. */
export async function clientsWithWork(database: Database, canvas: string): Promise<string[]> {
  const keys = await database.getAllKeys("intents", under(canvas));
  return [...new Set(keys.map(([, client]) => client))];
}

export async function writeQueue(
  database: Database,
  canvas: string,
  client: string,
  changes: readonly OutboxChange[],
): Promise<void> {
  const transaction = database.transaction("intents", "readwrite", { durability: "relaxed" });
  const writes = changes.map(({ rank, intent }) =>
    intent === null
      ? transaction.store.delete([canvas, client, rank])
      : transaction.store.put({ ...intent, canvas, client }),
  );
  transaction.commit();
  await Promise.all([...writes, transaction.done]);
}

/** Another client's queue from now on. */
export async function renameQueue(database: Database, canvas: string, from: string, to: string): Promise<void> {
  const transaction = database.transaction("intents", "readwrite");
  const records = await transaction.store.getAll(under(canvas, from));
  await Promise.all([
    transaction.store.delete(under(canvas, from)),
    ...records.map((record) => transaction.store.put({ ...record, client: to })),
    transaction.done,
  ]);
}

/** How many intents wait, by canvas. */
export async function unsent(database: Database): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const [canvas] of await database.getAllKeys("intents")) counts.set(canvas, (counts.get(canvas) ?? 0) + 1);
  return counts;
}
