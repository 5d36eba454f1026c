/**
 * What became of work that was done while away: what was refused, where it replaced somebody's newer work, what somebody
 * replaced. Compares what was confirmed on leaving with what is on return; knows nothing of sockets and words.
 */

import type { CanvasElement, Entry, Json, Op, UpdateOp } from "../protocol/messages";
import { sameJson } from "./equal";
import { applyWhatFits, readPath } from "./ops";
import type { PendingIntent } from "./outbox";

export type Finding = { id: string; element: CanvasElement; by: string | null } & (
  | { kind: "refused"; code: string; lost: readonly Op[] }
  /** Mine came later in the log, and stands. `theirs` are the values that it replaced. */
  | { kind: "overwrote"; theirs: Record<string, Json> }
  /** Theirs came later, and stands. `mine` are the values that it replaced. */
  | { kind: "overtaken"; mine: Record<string, Json> }
  /** I deleted what somebody had changed meanwhile. */
  | { kind: "deleted" }
);

type Elements = (id: string) => CanvasElement | undefined;

/** The work of one time away, until all of it is settled. */
export class Away {
  private before = new Map<string, CanvasElement | undefined>();
  private work: readonly Pick<PendingIntent, "rank" | "ops">[] = [];
  /** Who changed an element last, among others. */
  private readonly authors = new Map<string, string>();
  private findings: Finding[] = [];
  /** To be compared once the state is there. */
  private comparedAt: number | null = null;

  /** Whether a report is still to come. */
  get waits(): boolean {
    return this.work.length > 0 || this.findings.length > 0;
  }

  /** Back, with this work not yet known to be durable; `seq` is what the server has by now. */
  returned(pending: readonly PendingIntent[], confirmed: Elements, seq: number): void {
    const known = new Set(this.work.map(({ rank }) => rank));
    this.work = [
      ...this.work,
      ...pending.filter(({ rank }) => !known.has(rank)).map(({ rank, ops }) => ({ rank, ops })),
    ];
    for (const { ops } of this.work) {
      for (const { id } of ops) if (!this.before.has(id)) this.before.set(id, confirmed(id));
    }
    this.comparedAt = seq;
  }

  /** Another client's part of a commit. */
  saw(entry: Entry): void {
    if (entry.user === "") return;
    for (const op of entry.ops) if (this.before.has(op.id)) this.authors.set(op.id, entry.user);
  }

  /** The confirmed state has come to `seq`; `pending` still waits. */
  reached(seq: number, after: Elements, pending: readonly PendingIntent[]): void {
    if (this.comparedAt === null || seq < this.comparedAt) return;
    this.comparedAt = null;
    const waiting = new Set(pending.map(({ rank }) => rank));
    for (const id of this.before.keys()) this.compare(id, after(id), waiting);
  }

  /** An intent was refused, and this of it is lost; answers what of that the report cannot tell. */
  refused(rank: number, lost: readonly Op[], code: string, now: Elements): readonly Op[] {
    return this.work.some((intent) => intent.rank === rank) ? this.lost(lost, code, now) : lost;
  }

  /** This is lost, whatever work it was of; answers what of it the report cannot tell. */
  lost(lost: readonly Op[], code: string, now: Elements): readonly Op[] {
    const untold: Op[] = [];
    for (const id of new Set(lost.map((op) => op.id))) {
      const ops = lost.filter((op) => op.id === id);
      const stood = now(id) ?? this.before.get(id);
      const element = applyWhatFits(stood && { ...stood, deleted: false }, ops);
      if (!element) {
        untold.push(...ops);
        continue;
      }
      const earlier = this.findings.find((finding) => finding.kind === "refused" && finding.id === id);
      if (earlier?.kind === "refused") {
        earlier.lost = [...earlier.lost, ...ops];
        earlier.element = applyWhatFits(earlier.element, ops) ?? earlier.element;
      } else this.findings.push({ kind: "refused", id, element, by: this.authors.get(id) ?? null, code, lost: ops });
    }
    return untold;
  }

  /** The findings, once nothing of the work waits any more. */
  settled(pending: readonly PendingIntent[]): Finding[] {
    if (!this.waits || this.comparedAt !== null) return [];
    const ranks = new Set(this.work.map(({ rank }) => rank));
    if (pending.some(({ rank }) => ranks.has(rank))) return [];
    const findings = this.findings;
    this.work = [];
    this.findings = [];
    this.before.clear();
    this.authors.clear();
    return findings;
  }

  private compare(id: string, after: CanvasElement | undefined, waiting: ReadonlySet<number>): void {
    const before = this.before.get(id);
    // What I made is mine alone; what is gone is refused, and said then.
    if (!before || before.deleted || !after || after.deleted) return;
    const [settled, pending] = [[] as Op[], [] as Op[]];
    for (const { rank, ops } of this.work) {
      for (const op of ops) if (op.id === id) (waiting.has(rank) ? pending : settled).push(op);
    }
    const by = this.authors.get(id) ?? null;
    if (pending.some((op) => op.op === "delete")) {
      // What of mine is durable already is no change of theirs.
      const expected = applyWhatFits(before, settled);
      if (expected && !sameContent(expected, after)) this.findings.push({ kind: "deleted", id, element: after, by });
      return;
    }
    const theirs: Record<string, Json> = {};
    const mine: Record<string, Json> = {};
    const [wanted, done] = [lastSet(pending), lastSet(settled)];
    for (const path of new Set([...Object.keys(wanted), ...Object.keys(done)])) {
      const now = readPath(after, path) ?? null;
      const value = path in wanted ? wanted[path] : done[path];
      const isMine = [...pending, ...settled].some(
        (op) => op.op === "update" && path in op.set && sameJson(op.set[path], now),
      );
      if (isMine || value === undefined || sameJson(readPath(before, path), now)) continue;
      if (path in wanted) theirs[path] = now;
      else mine[path] = value;
    }
    if (Object.keys(theirs).length > 0) this.findings.push({ kind: "overwrote", id, element: after, by, theirs });
    if (Object.keys(mine).length > 0) this.findings.push({ kind: "overtaken", id, element: after, by, mine });
  }
}

/** The ops that undo what a finding tells: bring mine back, or let theirs stand. Empty where nothing can. */
export function otherWay(finding: Finding): Op[] {
  const { id } = finding;
  switch (finding.kind) {
    case "overwrote":
      return [{ op: "update", id, set: finding.theirs }];
    case "overtaken":
      return [{ op: "update", id, set: finding.mine }];
    case "deleted":
      return [{ op: "restore", id }];
    case "refused":
      return finding.code === "gone" ? [{ op: "restore", id }, ...finding.lost] : [];
  }
}

function lastSet(ops: readonly Op[]): UpdateOp["set"] {
  return Object.assign({}, ...ops.flatMap((op) => (op.op === "update" ? [op.set] : []))) as UpdateOp["set"];
}

function sameContent(a: CanvasElement, b: CanvasElement): boolean {
  return (
    sameJson({ ...a.position }, { ...b.position }) &&
    sameJson({ ...a.dimensions }, { ...b.dimensions }) &&
    a.angle === b.angle &&
    a.index === b.index &&
    sameJson(a.properties, b.properties)
  );
}
