/** What this client has asked for and the server has not yet made durable, in order. Knows nothing of sockets. */

import type { Op } from "../protocol/messages";
import { fold } from "./fold";
import { jsonBytes, AIM_INTENT_BYTES, MAX_OPS, split } from "./limits";

export interface PendingIntent {
  id: number;
  readonly gesture: string | undefined;
  ops: Op[];
  /** Once sent, number and content stand: the server may have it. */
  sent: boolean;
  /** Sent on the present connection. */
  inFlight: boolean;
}

export class Outbox {
  private intents: PendingIntent[] = [];
  private lastId = 0;
  private byElement: Map<string, Op[]> | undefined;

  get size(): number {
    return this.intents.length;
  }

  get inFlight(): number {
    return this.intents.filter((intent) => intent.inFlight).length;
  }

  /** The pending ops on an element, oldest first. */
  opsOf(id: string): readonly Op[] {
    if (this.byElement === undefined) {
      this.byElement = new Map();
      for (const intent of this.intents) this.index(intent.ops);
    }
    return this.byElement.get(id) ?? [];
  }

  elementIds(): Iterable<string> {
    this.opsOf("");
    return this.byElement?.keys() ?? [];
  }

  /** The ops of a gesture that are not durable yet, folded. */
  opsOfGesture(gesture: string): Op[] {
    return this.intents.filter((intent) => intent.gesture === gesture).flatMap((intent) => intent.ops);
  }

  add(ops: readonly Op[], gesture?: string): void {
    const last = this.intents[this.intents.length - 1];
    if (last && !last.sent && gesture !== undefined && last.gesture === gesture) {
      const folded = fold([...last.ops, ...ops]);
      if (folded.length <= MAX_OPS && jsonBytes(folded) <= AIM_INTENT_BYTES) {
        last.ops = folded;
        this.byElement = undefined;
        return;
      }
    }
    for (const part of split(ops)) {
      this.intents.push({ id: ++this.lastId, gesture, ops: part, sent: false, inFlight: false });
      if (this.byElement) this.index(part);
    }
  }

  /** The next intents to send, oldest first, marked as sent. */
  takeUnsent(atMost: number): PendingIntent[] {
    const taken = this.intents.filter((intent) => !intent.inFlight).slice(0, Math.max(0, atMost));
    for (const intent of taken) intent.sent = intent.inFlight = true;
    return taken;
  }

  /** All up to `id` are durable; answers the elements concerned. */
  acknowledge(id: number): Set<string> {
    return this.remove((intent) => intent.id <= id && intent.sent);
  }

  /** The refused intent, taken out. */
  reject(id: number): PendingIntent | undefined {
    const refused = this.intents.find((intent) => intent.id === id);
    this.remove((intent) => intent === refused);
    return refused;
  }

  disconnected(): void {
    for (const intent of this.intents) intent.inFlight = false;
  }

  /**
   * The server has this client's intents up to `lastIntent`: those are not sent again (they stay, shown, until their
   * delta or state arrives). A tab that was loaded anew goes on from the server's number.
   */
  resume(lastIntent: number): void {
    for (const intent of this.intents) if (intent.sent && intent.id <= lastIntent) intent.inFlight = true;
    if (lastIntent <= this.lastId) return;
    this.lastId = lastIntent;
    for (const intent of this.intents) if (!intent.sent) intent.id = ++this.lastId;
  }

  /** Whether an intent after `id` sets one of these paths of an element, or (un)deletes it. */
  overtakes(id: number, elementId: string, path: string): boolean {
    return this.intents.some(
      (intent) => intent.id > id && intent.ops.some((op) => op.id === elementId && touchesPath(op, path)),
    );
  }

  private remove(which: (intent: PendingIntent) => boolean): Set<string> {
    const touched = new Set<string>();
    this.intents = this.intents.filter((intent) => {
      if (!which(intent)) return true;
      for (const op of intent.ops) touched.add(op.id);
      return false;
    });
    this.byElement = undefined;
    return touched;
  }

  private index(ops: readonly Op[]): void {
    for (const op of ops) {
      const list = this.byElement?.get(op.id);
      if (list) list.push(op);
      else this.byElement?.set(op.id, [op]);
    }
  }
}

function touchesPath(op: Op, path: string): boolean {
  switch (op.op) {
    case "update":
      return Object.keys(op.set).some(
        (other) => other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`),
      );
    case "append":
      return op.path === path;
    default:
      return true;
  }
}
