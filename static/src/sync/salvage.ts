/**
 * An intent is refused as a whole. When the reason lies in one of its elements (someone deleted it), the rest of the work is
 * asked for again, without what this client has set anew since.
 */

import type { CanvasElement, Op } from "../protocol/messages";
import { applyOp } from "./ops";
import type { Outbox, PendingIntent } from "./outbox";

/** Refusals that speak of the state of an element, or of the moment; the others would be refused again. */
export const ABOUT_AN_ELEMENT = new Set(["gone", "not_found", "exists", "conflict"]);
export const ABOUT_THE_MOMENT = new Set(["rate", "unavailable"]);

/** The ops of a refused intent that are worth asking for again, given the elements as they are without it. */
export function salvage(
  refused: PendingIntent,
  current: (id: string) => CanvasElement | undefined,
  outbox: Outbox,
): Op[] {
  const after = new Map<string, CanvasElement | undefined>();
  const kept: Op[] = [];
  for (const op of refused.ops) {
    const narrowed = withoutOvertaken(op, refused.id, outbox);
    if (narrowed === undefined) continue;
    const element = after.has(op.id) ? after.get(op.id) : current(op.id);
    const result = applyOp(element, narrowed);
    if (result === undefined || result === element) continue;
    after.set(op.id, result);
    kept.push(narrowed);
  }
  return kept;
}

function withoutOvertaken(op: Op, intent: number, outbox: Outbox): Op | undefined {
  if (op.op === "update") {
    const set = Object.fromEntries(Object.entries(op.set).filter(([path]) => !outbox.overtakes(intent, op.id, path)));
    return Object.keys(set).length > 0 ? { op: "update", id: op.id, set } : undefined;
  }
  if (op.op === "append") return outbox.overtakes(intent, op.id, op.path) ? undefined : op;
  return op;
}
