/** Newer work that stands in the way, a line for each object and person. Pure. */

import type { Conflict, Person } from "../rest";

export interface Standing {
  element: string;
  user: Person;
  /** Empty: the object as a whole. */
  paths: string[];
  /** The newest of it. */
  seq: number;
  at: string;
}

export function standing(conflicts: readonly Conflict[]): Standing[] {
  const lines = new Map<string, Standing>();
  for (const { element, path, user, seq, at } of conflicts) {
    const key = `${element}/${user.id}`;
    const line = lines.get(key) ?? { element, user, paths: [], seq, at };
    if (path !== null) line.paths.push(path);
    if (seq > line.seq) Object.assign(line, { seq, at });
    lines.set(key, line);
  }
  return [...lines.values()].sort((a, b) => b.seq - a.seq);
}

/** Each person once, who stands in the way of most first. */
export function peopleOf(lines: readonly Standing[]): Person[] {
  const counts = new Map<string, { user: Person; lines: number }>();
  for (const { user } of lines) counts.set(user.id, { user, lines: (counts.get(user.id)?.lines ?? 0) + 1 });
  return [...counts.values()].sort((a, b) => b.lines - a.lines).map(({ user }) => user);
}
