/**
 * Databases on a device, one of each kind per account, so that nobody who signs in later on the same browser sees or
 * sends what is another's.
 */

import { deleteDB, type DBSchema, type IDBPDatabase, openDB } from "idb";

export interface Kind<Schema extends DBSchema> {
  /** With the account's id behind it, the database's name. */
  prefix: string;
  version: number;
  upgrade: (database: IDBPDatabase<Schema>) => void;
  /** Takes off what can be fetched again, and says whether anything is left that cannot. */
  forget: (database: IDBPDatabase<Schema>) => Promise<boolean>;
}

export function openFor<Schema extends DBSchema>(kind: Kind<Schema>, userId: string): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(kind.prefix + userId, kind.version, {
    upgrade: kind.upgrade,
    blocking(_current, _next, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

/** Forgets what is of all accounts but this one (null: of all); what is not sent yet stays for them. */
export async function forgetOthersOf<Schema extends DBSchema>(
  kind: Kind<Schema>,
  userId: string | null,
): Promise<void> {
  for (const { name } of (await indexedDB.databases?.()) ?? []) {
    const other = name?.startsWith(kind.prefix) ? name.slice(kind.prefix.length) : null;
    if (other === null || other === userId) continue;
    const database = await openFor(kind, other);
    const left = await kind.forget(database);
    database.close();
    if (!left) await deleteDB(kind.prefix + other);
  }
}
