/** The commits of a canvas as a film: frames, which of them count for a choice, and how long each stands. Pure. */

import type { Commit } from "../../protocol/messages";
import { type Box, boundsOf, containerOf, intersects, union } from "../stage/geometry";
import { isThere, type PastState, replayed, type Touched } from "./replay";

export interface Frame {
  seq: number;
  at: string;
  users: readonly string[];
  touched: readonly Touched[];
}

/** What is to be seen of all that happened; all that is given must hold, of one and the same element. */
export interface Choice {
  user?: string;
  objects?: ReadonlySet<string>;
  area?: Box;
}

/** undefined: the commit does not apply to `state`. */
export function frameOf(commit: Commit, state: PastState): Frame | undefined {
  const touched = replayed(commit, state);
  return touched && { seq: commit.seq, at: commit.at, users: usersOf(commit), touched };
}

export function usersOf({ entries }: Commit): string[] {
  return [...new Set(entries.map(({ user }) => user))];
}

export function passes(frame: Frame, { user, objects, area }: Choice): boolean {
  if (user === undefined && !objects && !area) return true;
  if (user !== undefined && !frame.users.includes(user)) return false;
  return frame.touched.some(
    (one) =>
      (user === undefined || one.users.includes(user)) &&
      (!objects || concerns(one, objects)) &&
      (!area || boxesOf(one).some((box) => intersects(box, area))),
  );
}

/** All that it covered, before and after. */
export function boundsOfFrame({ touched }: Frame): Box | undefined {
  return union(touched.flatMap(boxesOf));
}

/** The state after the frames, which follow on `state`. */
export function after(state: PastState, frames: Iterable<Frame>): PastState {
  const made = new Map(state);
  for (const { touched } of frames) for (const { id, after } of touched) made.set(id, after);
  return made;
}

function boxesOf({ before, after }: Touched): Box[] {
  return [before, after].filter(isThere).map(boundsOf);
}

/** A label is part of its shape. */
function concerns({ id, before, after }: Touched, objects: ReadonlySet<string>): boolean {
  if (objects.has(id)) return true;
  return [before, after].some((one) => one !== undefined && objects.has(containerOf(one) ?? ""));
}

export const SPEEDS = [0.5, 1, 2, 4, 8] as const;
export type Speed = (typeof SPEEDS)[number];

/** A pause in which nothing happened for longer is shortened to this. */
export const LONGEST_PAUSE_MS = 1_200;
/** What happened at once, or nearly so, is still to be seen one after the other. */
const SHORTEST_MS = 60;

/** How long one frame stands before the next one. */
export function pauseMs(from: string, to: string, speed: Speed, shortened: boolean): number {
  const real = Math.max(0, Date.parse(to) - Date.parse(from)) || 0;
  return Math.max(SHORTEST_MS, shortened ? Math.min(real, LONGEST_PAUSE_MS) : real) / speed;
}
