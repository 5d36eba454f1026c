/** A log with random, always valid commits, and the states that it leads to: what the server would answer. */

import type { CanvasElement, Commit, Op } from "../../protocol/messages";
import { applyOp } from "../../sync/ops";
import { textOp } from "../../sync/text";
import type { PastElement } from "../player/replay";
import type { Source } from "../player/reel";

export const ADA = "ada";
export const GRACE = "grace";
const PEOPLE = [ADA, GRACE];
const START = Date.parse("2026-03-01T09:00:00Z");

export class ModelLog implements Source {
  readonly commitsMade: Commit[] = [];
  /** After each commit, tombstones included; the first is the empty canvas. */
  private readonly states: Map<string, PastElement>[] = [new Map()];
  asked = { states: 0, commits: 0 };

  get head(): number {
    return this.commitsMade.length;
  }

  commit(user: string, ...ops: Op[]): Commit {
    const seq = this.head + 1;
    const state = new Map(this.states[this.head]);
    const versions: Record<string, number> = {};
    for (const op of ops) {
      const before = state.get(op.id);
      const made: CanvasElement | undefined = applyOp(op.op === "create" ? undefined : before, op);
      if (!made) throw new Error(`${op.op} of ${op.id} does not apply`);
      const version = (this.states[this.head]?.get(op.id)?.version ?? 0) + 1;
      versions[op.id] = version;
      state.set(op.id, { ...made, version, seq });
    }
    const told = ops.map((op): Op => (op.op === "restore" ? { ...op, element: whole(state.get(op.id)!) } : op));
    const entries = [{ client: `${user}-tab`, user, intent: seq, ops: told }];
    const made: Commit = { seq, at: new Date(START + seq * 700).toISOString(), entries, versions };
    this.commitsMade.push(made);
    this.states.push(state);
    return made;
  }

  /** `count` commits of anything that is possible just then. */
  play(count: number, random: () => number): void {
    for (let i = 0; i < count; i++) this.commit(PEOPLE[Math.floor(random() * 2)]!, ...this.someOps(random));
  }

  live(seq: number): PastElement[] {
    return [...(this.states[seq]?.values() ?? [])].filter(({ deleted }) => !deleted);
  }

  readonly stateAt = async (seq: number): Promise<PastElement[]> => {
    this.asked.states++;
    return structuredClone(this.live(seq));
  };

  readonly commits = async (since: number, last: number): Promise<Commit[]> => {
    this.asked.commits++;
    return structuredClone(this.commitsMade.slice(since, last));
  };

  private someOps(random: () => number): Op[] {
    const state = [...(this.states[this.head]?.values() ?? [])];
    const taken = new Set<string>();
    const ops: Op[] = [];
    for (let i = 0; i <= random() * 3; i++) {
      const one = state[Math.floor(random() * state.length)];
      const made = one && random() > 0.3 ? this.opOn(one, random) : this.creation(random, ops.length);
      if (made && !taken.has(made.id)) {
        taken.add(made.id);
        ops.push(made);
      }
    }
    return ops.length > 0 ? ops : [this.creation(random, 0)];
  }

  private creation(random: () => number, place: number): Op {
    const [position, dimensions] = [
      { x: Math.floor(random() * 2_000), y: Math.floor(random() * 2_000) },
      { width: 40, height: 30 },
    ];
    const id = `e${this.head + 1}-${place}`;
    const type = ["rectangle", "text", "freedraw"][Math.floor(random() * 3)]!;
    const properties = { text: { text: "words" }, freedraw: { points: [[0, 0]] } }[type] ?? { strokeColor: "#1e1e1e" };
    return { op: "create", id, type, position, dimensions, index: `a${this.head % 10}`, properties };
  }

  private opOn(element: PastElement, random: () => number): Op | undefined {
    const { id, type, properties } = element;
    if (element.deleted) return { op: "restore", id };
    const kind = Math.floor(random() * 5);
    if (kind === 0) return { op: "delete", id };
    if (kind === 1 && type === "text") return textOp(element, `words ${Math.floor(random() * 99)}`, 7 + this.head);
    if (kind <= 2 && type === "freedraw") {
      const at = (properties["points"] as unknown[]).length;
      return { op: "append", id, path: "properties.points", at, values: [[at, at]] };
    }
    if (kind === 3) return { op: "update", id, set: { "properties.strokeColor": `#${kind}${this.head % 10}0` } };
    return { op: "update", id, set: { "position.x": Math.floor(random() * 2_000) } };
  }
}

function whole(element: PastElement) {
  return { ...element, created_by: ADA, updated_by: ADA, updated_at: "" };
}

/** The same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
