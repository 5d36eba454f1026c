/**
 * An intent is refused as a whole, and its number is over. When the reason lies in one of its elements (someone deleted it) or in
 * the moment, the rest of the work is asked for again, without what this client has set anew since.
 */

import type { CanvasElement, Op } from "../protocol/messages";
import { applyOp, applyWhatFits } from "./ops";
import type { Outbox, PendingIntent } from "./outbox";

/** Refusals that speak of the state of an element, or of the moment; the others would be refused again. */
export const ABOUT_AN_ELEMENT = new Set(["gone", "not_found", "exists", "conflict"]);
export const ABOUT_THE_MOMENT = new Set(["rate", "unavailable"]);
/** With the waits of backoff.ts, about a minute. */
export const MAX_TRIES = 10;

export interface Salvaged {
  /** Worth asking for again. */
  ops: Op[];
  /** What is lost, and was neither done anew since nor is there already. */
  lost: Op[];
}

/** What is left of a refused intent, given the elements as they are without it. */
export function salvage(
  refused: PendingIntent,
  current: (id: string) => CanvasElement | undefined,
  outbox: Outbox,
): Salvaged {
  const after = new Map<string, CanvasElement | undefined>();
  const ops: Op[] = [];
  const lost: Op[] = [];
  for (const op of refused.ops) {
    const narrowed = withoutOvertaken(op, refused.rank, outbox);
    if (narrowed === undefined) continue;
    const element = after.has(op.id) ? after.get(op.id) : current(op.id);
    const result = applyOp(element, narrowed);
    if (result === undefined && op.op !== "delete" && !outbox.later(refused.rank, op.id, deletes)) lost.push(narrowed);
    if (result === undefined || result === element) continue;
    after.set(op.id, result);
    ops.push(narrowed);
  }
  return { ops, lost };
}

/**
 * Typing that builds on typing that was refused: what is not sent of it yet would be refused as well. The order does not
 * matter: what was sent may be refused for the moment, and come again behind what builds on it.
 */
export function stranded(
  refused: PendingIntent,
  confirmed: (id: string) => CanvasElement | undefined,
  outbox: Outbox,
): ReadonlySet<Op> {
  const left = new Set<Op>();
  for (const id of new Set(refused.ops.filter((op) => op.op === "text").map((op) => op.id))) {
    let element = applyWhatFits(
      confirmed(id),
      outbox.opsOf(id).filter((op) => op.op !== "text"),
    );
    if (element === undefined || element.deleted) continue;
    let waiting = outbox.opsOf(id).filter((op) => op.op === "text");
    for (let before = Infinity; waiting.length < before;) {
      before = waiting.length;
      waiting = waiting.filter((op) => {
        const result = applyOp(element, op);
        element = result ?? element;
        return result === undefined;
      });
    }
    for (const op of waiting) left.add(op);
  }
  return left;
}

function withoutOvertaken(op: Op, rank: number, outbox: Outbox): Op | undefined {
  switch (op.op) {
    case "update": {
      const kept = Object.entries(op.set).filter(([path]) => !outbox.later(rank, op.id, (other) => sets(other, path)));
      return kept.length > 0 ? { op: "update", id: op.id, set: Object.fromEntries(kept) } : undefined;
    }
    case "append":
      return outbox.later(rank, op.id, (other) => sets(other, op.path)) ? undefined : op;
    case "delete":
    case "restore":
      return outbox.later(rank, op.id, (other) => other.op === "delete" || other.op === "restore") ? undefined : op;
    case "text":
      // Typing takes nothing away that came later.
      return op;
    case "create":
      // What came later was done on what this makes.
      return op;
  }
}

function deletes(op: Op): boolean {
  return op.op === "delete";
}

/** Whether what stood at a path does not matter any more. An append goes on from it, and a deleted element may return with it. */
function sets(op: Op, path: string): boolean {
  if (op.op !== "update") return false;
  return Object.keys(op.set).some(
    (other) => other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`),
  );
}
