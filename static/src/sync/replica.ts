/** The confirmed state: the elements after commit `seq`, exactly as the server has them. Knows nothing of pending work. */

import type { CanvasElement, Commit, Op, StateMessage } from "../protocol/messages";
import { fingerprint } from "./digest";
import { applyOp, created } from "./ops";
import { plainText, withText } from "./text";

/** The commits received do not follow on what we have. */
export class Gap extends Error {}

export class Replica {
  seq: number | null = null;
  digest = 0;
  private elements = new Map<string, CanvasElement>();
  private parts: CanvasElement[] = [];

  get(id: string): CanvasElement | undefined {
    return this.elements.get(id);
  }

  ids(): Iterable<string> {
    return this.elements.keys();
  }

  /** Takes one part of a whole state; true once it is complete and has replaced what stood here. */
  takeState(state: StateMessage): boolean {
    if (state.part === 1) this.parts = [];
    this.parts.push(...state.elements);
    if (state.part < state.parts) return false;
    this.elements = new Map();
    this.digest = 0;
    for (const element of this.parts) this.put(element);
    this.parts = [];
    this.seq = state.seq;
    return true;
  }

  /** Applies one commit; the ids that it touched. A commit that we have already touches nothing. Throws Gap. */
  applyCommit(commit: Commit): ReadonlySet<string> {
    const touched = new Set<string>();
    if (this.seq === null) throw new Gap("no state yet");
    if (commit.seq <= this.seq) return touched;
    if (commit.seq !== this.seq + 1 && !commit.compacted) throw new Gap(`commit ${commit.seq} after ${this.seq}`);
    const changed = new Map<string, CanvasElement>();
    for (const entry of commit.entries) {
      for (const op of entry.ops) {
        const element = changed.get(op.id) ?? this.elements.get(op.id);
        if (commit.compacted && op.op === "delete" && (element === undefined || element.deleted)) continue;
        const result = this.applied(element, op, commit);
        if (result === undefined) throw new Gap(`commit ${commit.seq}: ${op.op} of ${op.id} does not apply`);
        changed.set(op.id, result);
      }
    }
    for (const [id, element] of changed) {
      this.put({ ...element, version: commit.versions[id] ?? element.version + 1 });
      touched.add(id);
    }
    this.seq = commit.seq;
    return touched;
  }

  /**
   * A compacted commit may create what we have in an older state, and delete what we never had; a restore brings along
   * what a state left out. Of a text the server has the last word: another outcome here is as a commit that does not apply.
   */
  private applied(element: CanvasElement | undefined, op: Op, commit: Commit): CanvasElement | undefined {
    if (op.op === "create" && commit.compacted) return created(op);
    if (op.op === "restore" && op.element) return { ...op.element, deleted: false };
    if (op.op === "text" && commit.compacted) return element && withText(element, op.update, op.text ?? "");
    const result = applyOp(element, op);
    if (op.op === "text" && result && op.text !== undefined && plainText(result) !== op.text) return undefined;
    return result;
  }

  private put(element: CanvasElement): void {
    const old = this.elements.get(element.id);
    if (old && !old.deleted) this.digest = (this.digest ^ fingerprint(old.id, old.version)) >>> 0;
    if (!element.deleted) this.digest = (this.digest ^ fingerprint(element.id, element.version)) >>> 0;
    this.elements.set(element.id, element);
  }
}
