/** What a commit of the log makes of a past state: the twin of the server's replay (canvasapp/state.py). Pure. */

import type { CanvasElement, Commit, Op } from "../../protocol/messages";
import { applyOp, created } from "../../sync/ops";
import { withText } from "../../sync/text";

/** `seq` is the last commit that touched it: elements of one id and seq are the same, wherever they come from. */
export type PastElement = CanvasElement & { seq: number };

/** Tombstones may be among them. Never changed once it is given out. */
export type PastState = ReadonlyMap<string, PastElement>;

/** What one commit did to one element; `before` is absent, or a tombstone, of what it made. */
export interface Touched {
  id: string;
  users: readonly string[];
  before: PastElement | undefined;
  after: PastElement;
}

/** undefined: the commit does not apply here. */
export function replayed(commit: Commit, state: PastState): Touched[] | undefined {
  const made = new Map<string, CanvasElement>();
  const users = new Map<string, string[]>();
  for (const { user, ops } of commit.entries) {
    for (const op of ops) {
      const after = ofLog(op, made.get(op.id) ?? state.get(op.id));
      if (after === undefined) return undefined;
      made.set(op.id, after);
      const known = users.get(op.id);
      if (known === undefined) users.set(op.id, [user]);
      else if (!known.includes(user)) known.push(user);
    }
  }
  return [...made].map(([id, element]) => {
    const before = state.get(id);
    const version = commit.versions[id] ?? element.version + 1;
    return { id, users: users.get(id) ?? [], before, after: { ...element, version, seq: commit.seq } };
  });
}

export function isThere(element: PastElement | undefined): element is PastElement {
  return element !== undefined && !element.deleted;
}

/** States are loaded without their tombstones, and the outcome of a text stands beside its update. */
function ofLog(op: Op, element: CanvasElement | undefined): CanvasElement | undefined {
  if (op.op === "create" && element?.deleted) return created(op);
  if (op.op === "restore" && element === undefined) return op.element && { ...op.element, deleted: false };
  const after = applyOp(element, op);
  return op.op === "text" && op.text !== undefined && after ? worded(after, op.text) : after;
}

function worded(element: CanvasElement, text: string): CanvasElement {
  return element.properties["text"] === text ? element : withText(element, element.ytext ?? "", text);
}
