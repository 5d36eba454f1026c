/** Who goes after whom. Pure. */

import type { Peer } from "../protocol/messages";

type Peers = ReadonlyMap<string, Peer>;

/**
 * Whose viewport to take when going after `target`: that of the first in the row, lest every link adds its lag and its
 * window's shape. Undefined when the row leads back to `own`, or nobody in it is here.
 */
export function leader(peers: Peers, own: string, target: string): Peer | undefined {
  const passed = new Set([own]);
  let last: Peer | undefined;
  for (let next: string | null | undefined = target; next; next = last?.following) {
    if (passed.has(next)) return undefined;
    passed.add(next);
    const peer = peers.get(next);
    if (!peer) break;
    last = peer;
  }
  return last;
}

/** Whether going after `target` would lead (or leads) back to `own`. */
export function circular(peers: Peers, own: string, target: string): boolean {
  return row(peers, own, target).at(-1) === own;
}

/**
 * Two who began to follow each other at the same moment would stand still for ever. Of such a circle the client with
 * the smallest id lets go; all compute the same.
 */
export function mustLetGo(peers: Peers, own: string, target: string): boolean {
  const circle = row(peers, own, target);
  return circle.at(-1) === own && circle.every((client) => own <= client);
}

/** From `target` on, up to the first that was passed before or follows nobody here. */
function row(peers: Peers, own: string, target: string): string[] {
  const found: string[] = [];
  for (let next: string | null | undefined = target; next && !found.includes(next); next = peers.get(next)?.following) {
    found.push(next);
    if (next === own) break;
  }
  return found;
}

/** Which of a person's tabs to go after: one that shows something, the most awake first. */
export function tabToFollow(peers: Peers, user: string): Peer | undefined {
  const rank = { active: 0, idle: 1, away: 2 };
  return [...peers.values()]
    .filter((peer) => peer.user.id === user && peer.viewport)
    .sort((a, b) => rank[a.activity ?? "active"] - rank[b.activity ?? "active"] || (a.client < b.client ? -1 : 1))[0];
}
