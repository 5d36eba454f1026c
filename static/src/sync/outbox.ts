/** What this client has asked for and the server has not yet made durable, in order. Knows nothing of sockets. */

import type { Op } from "../protocol/messages";
import { fold } from "./fold";
import { AIM_INTENT_BYTES, jsonBytes, MAX_ELEMENT_BYTES, MAX_OPS, split } from "./limits";

export interface PendingIntent {
  id: number;
  /** Its place in the order in which the work was done; a number may be given anew. */
  readonly rank: number;
  /** How often it was refused, and asked for again. */
  readonly tries: number;
  readonly gesture: string | undefined;
  ops: Op[];
  /** Once sent, number and content stand: the server may have it. */
  sent: boolean;
  /** Sent on the present connection. */
  inFlight: boolean;
}

/** A pending intent as it is kept over the page's end; with a code, what was refused and is still to be told. */
export type KeptIntent = Omit<PendingIntent, "inFlight"> & { refused?: string };

/** Work that is lost, and of which its author is still to be told. */
export interface Untold {
  ops: readonly Op[];
  code: string;
}

/** What stands under a rank now; null: it is settled. */
export interface OutboxChange {
  rank: number;
  intent: KeptIntent | null;
}

export class Outbox {
  private intents: PendingIntent[] = [];
  /** Ranks whose intent is not as `takeChanges` last told. */
  private changed = new Set<number>();
  private lastId = 0;
  private lastRank = 0;
  /** By rank. */
  private readonly untold = new Map<number, KeptIntent & { refused: string }>();
  /** Numbers up to this one are over: they were sent, now or by who had this identity before. */
  private usedId = 0;
  private byElement: Map<string, Op[]> | undefined;

  get size(): number {
    return this.intents.length;
  }

  /** What is lost and not told yet. */
  get lost(): readonly Untold[] {
    return [...this.untold.values()].map(({ ops, refused }) => ({ ops, code: refused }));
  }

  get hasChanges(): boolean {
    return this.changed.size > 0;
  }

  /** The work that waits, oldest first. */
  get pending(): readonly PendingIntent[] {
    return this.intents;
  }

  /** Takes over what an earlier page kept: what it sent keeps its number, the server may have it. */
  restore(kept: readonly KeptIntent[]): void {
    for (const intent of [...kept].sort((a, b) => a.id - b.id)) {
      const { id, rank, sent, refused } = intent;
      this.lastRank = Math.max(this.lastRank, rank);
      if (refused !== undefined) {
        this.untold.set(rank, { ...intent, refused });
        continue;
      }
      this.intents.push({ ...intent, inFlight: false });
      this.lastId = Math.max(this.lastId, id);
      // What waits has a higher number than all that was ever sent.
      this.usedId = Math.max(this.usedId, sent ? id : this.usedId === 0 ? id - 1 : 0);
    }
    this.byElement = undefined;
  }

  /** Under another identity nothing of this was sent, and numbers begin anew. */
  renumber(): void {
    this.usedId = 0;
    for (const intent of this.intents) intent.sent = intent.inFlight = false;
    this.numberUnsent();
  }

  /** What changed since this was last asked, by rank. */
  takeChanges(): OutboxChange[] {
    const now = new Map(this.intents.map((intent) => [intent.rank, intent]));
    const changes = [...this.changed].map((rank) => ({ rank, intent: this.untold.get(rank) ?? kept(now.get(rank)) }));
    this.changed.clear();
    return changes;
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

  /** What a gesture goes on with is folded into what of it is not sent yet, unless that made an op that none may be. */
  add(ops: readonly Op[], gesture?: string, maxOpBytes = MAX_ELEMENT_BYTES): void {
    const last = this.intents[this.intents.length - 1];
    if (last && !last.sent && gesture !== undefined && last.gesture === gesture) {
      const folded = fold([...last.ops, ...ops]);
      const bytes = jsonBytes(folded);
      const fits = bytes <= maxOpBytes || folded.every((op) => jsonBytes(op) <= maxOpBytes);
      if (folded.length <= MAX_OPS && bytes <= AIM_INTENT_BYTES && fits) {
        last.ops = folded;
        this.changed.add(last.rank);
        this.byElement = undefined;
        return;
      }
    }
    for (const part of split(ops)) {
      const rank = ++this.lastRank;
      this.changed.add(rank);
      this.intents.push({ id: ++this.lastId, rank, tries: 0, gesture, ops: part, sent: false, inFlight: false });
      if (this.byElement) this.index(part);
    }
  }

  /** Asks for what is left of a refused intent under a number not used yet, before the later work that is not sent yet. */
  askAgain(refused: PendingIntent, ops: Op[], tries: number): void {
    const place = this.intents.findIndex((intent) => !intent.sent && intent.rank > refused.rank);
    const again = { ...refused, ops, tries, sent: false, inFlight: false };
    this.intents.splice(place < 0 ? this.intents.length : place, 0, again);
    this.changed.add(again.rank);
    this.numberUnsent();
    this.byElement = undefined;
  }

  /** The next intents to send, oldest first, marked as sent. */
  takeUnsent(atMost: number): PendingIntent[] {
    const taken = this.intents.filter((intent) => !intent.inFlight).slice(0, Math.max(0, atMost));
    for (const intent of taken) {
      if (!intent.sent) this.changed.add(intent.rank);
      intent.sent = intent.inFlight = true;
      this.usedId = Math.max(this.usedId, intent.id);
    }
    return taken;
  }

  /** Those from `first` to `last` are durable; answers the elements concerned. */
  acknowledge(first: number, last: number): Set<string> {
    return this.remove((intent) => first <= intent.id && intent.id <= last && intent.sent);
  }

  /** The refused intent, taken out. */
  reject(id: number): PendingIntent | undefined {
    const refused = this.intents.find((intent) => intent.id === id);
    this.remove((intent) => intent === refused);
    return refused;
  }

  /** This work is lost, and kept until `told`. */
  keepUntold(refused: PendingIntent, ops: Op[], code: string): void {
    const rank = ++this.lastRank;
    const { id, tries, gesture } = refused;
    this.untold.set(rank, { id, rank, tries, gesture, ops, sent: true, refused: code });
    this.changed.add(rank);
  }

  /** All that is lost was told. */
  told(): void {
    for (const rank of this.untold.keys()) this.changed.add(rank);
    this.untold.clear();
  }

  /** Takes these ops out of what is not sent yet; answers those that were. */
  withdraw(ops: ReadonlySet<Op>): Op[] {
    const taken: Op[] = [];
    for (const intent of this.intents) {
      if (intent.sent || !intent.ops.some((op) => ops.has(op))) continue;
      taken.push(...intent.ops.filter((op) => ops.has(op)));
      intent.ops = intent.ops.filter((op) => !ops.has(op));
      this.changed.add(intent.rank);
    }
    this.remove((intent) => intent.ops.length === 0);
    this.byElement = undefined;
    return taken;
  }

  /** Those below `number` that were sent, taken out. */
  takeSentBelow(number: number): PendingIntent[] {
    const taken = this.intents.filter((intent) => intent.sent && intent.id < number);
    this.remove((intent) => intent.sent && intent.id < number);
    return taken;
  }

  disconnected(): void {
    for (const intent of this.intents) intent.inFlight = false;
  }

  /**
   * The numbers up to `lastIntent` are over: those are not sent again (they stay, shown, until their delta or state
   * arrives). A tab that was loaded anew goes on from the server's number.
   */
  resume(lastIntent: number): void {
    for (const intent of this.intents) if (intent.sent && intent.id <= lastIntent) intent.inFlight = true;
    if (lastIntent <= this.usedId) return;
    this.usedId = lastIntent;
    this.numberUnsent();
  }

  /** Whether an op on this element, of work done after `rank`, is such a one. */
  later(rank: number, elementId: string, such: (op: Op) => boolean): boolean {
    return this.intents.some(
      (intent) => intent.rank > rank && intent.ops.some((op) => op.id === elementId && such(op)),
    );
  }

  private numberUnsent(): void {
    this.lastId = this.usedId;
    for (const intent of this.intents) {
      if (intent.sent) continue;
      intent.id = ++this.lastId;
      this.changed.add(intent.rank);
    }
  }

  private remove(which: (intent: PendingIntent) => boolean): Set<string> {
    const touched = new Set<string>();
    this.intents = this.intents.filter((intent) => {
      if (!which(intent)) return true;
      this.changed.add(intent.rank);
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

function kept(intent: PendingIntent | undefined): KeptIntent | null {
  if (intent === undefined) return null;
  const { id, rank, tries, gesture, ops, sent } = intent;
  return { id, rank, tries, gesture, ops, sent };
}
