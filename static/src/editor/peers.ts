/** Other people: from the engine's peers to the component's collaborators and to the avatars. */

import type { Collaborator, SocketId } from "@excalidraw/excalidraw/types";
import type { Peer, Role, User } from "../protocol/messages";
import type { Activity } from "./activity";

export interface Person {
  user: User;
  /** The open tabs of this person. */
  tabs: number;
  role: Role | undefined;
  /** Of the tab that is most awake. */
  activity: Activity;
  /** The clients that this person's tabs follow. */
  following: string[];
}

const AWAKE: Activity[] = ["active", "idle", "away"];

/** Each person once, in a stable order. */
export function people(peers: Iterable<Peer>): Person[] {
  const byUser = new Map<string, Person>();
  for (const { user, role, activity = "active", following } of peers) {
    const known = byUser.get(user.id);
    byUser.set(user.id, {
      user,
      tabs: (known?.tabs ?? 0) + 1,
      role: known?.role ?? (role as Role | undefined),
      activity: AWAKE.find((one) => one === activity || one === known?.activity) ?? activity,
      following: [...(known?.following ?? []), ...(following ? [following] : [])],
    });
  }
  return [...byUser.values()].sort((a, b) => (a.user.id < b.user.id ? -1 : 1));
}

/**
 * What the component draws of others: selections and laser trails. Cursors are ours (cursors.ts), so the place of a
 * pointer counts only for those who have used the laser; its colour is asked for when somebody is first seen.
 */
export function collaborators(peers: Iterable<Peer>): Map<SocketId, Collaborator> {
  const map = new Map<SocketId, Collaborator>();
  for (const peer of peers) {
    const { x, y } = (peer.laser !== undefined && peer.cursor) || { x: 0, y: 0 };
    map.set(peer.client as SocketId, {
      id: colourKey(peer.user),
      socketId: peer.client as SocketId,
      username: peer.user.name,
      selectedElementIds: Object.fromEntries((peer.selection ?? []).map((id) => [id, true as const])),
      button: peer.laser && peer.cursor ? "down" : "up",
      pointer: { x, y, tool: "laser", renderCursor: false, laserColor: peer.user.color },
    });
  }
  return map;
}

const keys = new Map<string, string>();

/**
 * The component takes a cursor's hue from a hash of this id, not from a colour. So look for an id whose hue comes
 * close to the person's colour, which is what the avatar shows.
 */
export function colourKey(user: User): string {
  const cached = keys.get(user.id + user.color);
  if (cached !== undefined) return cached;
  const wanted = hueOf(user.color);
  let best = user.id;
  let distance = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 200 && distance > 5; i++) {
    const candidate = `${user.id}~${i}`;
    const away = Math.abs(wanted - hueOfKey(candidate));
    const around = Math.min(away, 360 - away);
    if (around < distance) [best, distance] = [candidate, around];
  }
  keys.set(user.id + user.color, best);
  return best;
}

/** As the component does it. */
function hueOfKey(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (hash << 5) - hash + key.charCodeAt(i);
  return (Math.abs(hash) % 37) * 10;
}

export function hueOf(color: string): number {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (!match) return 250;
  const [r, g, b] = match.slice(1).map((part) => Number.parseInt(part, 16)) as [number, number, number];
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  if (range === 0) return 0;
  const hue = most === r ? ((g - b) / range) % 6 : most === g ? (b - r) / range + 2 : (r - g) / range + 4;
  return (hue * 60 + 360) % 360;
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase() ?? "?").join("");
}
