/**
 * The identity of this page towards the server, new with each load. The server takes a number that it has seen of a client
 * for a repeat. Work that waits to be sent (the outbox) does not survive a reload, and neither does its numbering: under a
 * stable identity the new page would use the numbers of the old page's intents that are still on their way, and its
 * own work would be taken for repeats of those, shown as saved and lost. Working offline across reloads will persist the outbox,
 * and bring back a stable identity with it; one must not be kept without the other.
 */
export function newClientId(): string {
  return crypto.randomUUID();
}
