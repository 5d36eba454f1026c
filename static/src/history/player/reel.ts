/**
 * The history of a canvas in memory: pages of frames around what is looked at, each with the state that it begins on. So
 * any moment near by is a short replay away, forwards or back, and a long history never lies here as a whole.
 */

import type { Commit } from "../../protocol/messages";
import { after, type Choice, type Frame, frameOf, passes, usersOf } from "./frames";
import type { PastElement, PastState, Touched } from "./replay";

export const PAGE_COMMITS = 200;
const KEPT_PAGES = 8;
/** The main thread is let go at least this often. */
const SLICE_MS = 12;

export interface Source {
  /** The live elements after commit `seq`. */
  stateAt: (seq: number, signal: AbortSignal) => Promise<readonly PastElement[]>;
  /** Exactly the commits after `since`, up to `last`. */
  commits: (since: number, last: number, signal: AbortSignal) => Promise<readonly Commit[]>;
}

interface Page {
  base: PastState;
  frames: readonly Frame[];
}

export type Direction = 1 | -1;

export class Reel {
  /** By number; the one used last is the last of them. */
  private readonly pages = new Map<number, Page>();
  private readonly coming = new Map<number, Promise<Page>>();
  private readonly given = new AbortController();

  constructor(
    private readonly source: Source,
    private readonly head: () => number,
  ) {}

  /** Nothing more is asked of the server. */
  stop(): void {
    this.given.abort();
  }

  /** The state after commit `seq`, if that can be told at once. */
  state(seq: number): PastState | undefined {
    const page = this.use(pageOf(seq));
    const frames = seq - start(pageOf(seq));
    return page && page.frames.length >= frames ? after(page.base, page.frames.slice(0, frames)) : undefined;
  }

  frame(seq: number): Frame | undefined {
    return seq > 0 ? this.pages.get(pageOf(seq))?.frames[seq - start(pageOf(seq)) - 1] : undefined;
  }

  /** Makes `state` and `frame` of that commit known. */
  async load(seq: number): Promise<void> {
    await this.page(pageOf(seq), seq);
  }

  /** What is likely to be wanted next; whether it comes is not waited for. */
  foresee(seq: number, direction: Direction): void {
    const next = Math.min(this.head(), Math.max(0, seq + (direction * PAGE_COMMITS) / 2));
    if (this.state(next) === undefined) void this.load(next).catch(() => undefined);
  }

  /** The nearest frame before or behind `seq` that counts for the choice. `looked` hears how far the search has come. */
  async next(
    seq: number,
    direction: Direction,
    choice: Choice,
    signal: AbortSignal,
    looked: (seq: number) => void = () => undefined,
  ): Promise<Frame | undefined> {
    for (let at = direction > 0 ? seq + 1 : seq - 1; at >= 1 && at <= this.head(); at += direction) {
      let frame = this.frame(at);
      if (!frame) {
        looked(at);
        await this.load(at);
        frame = this.frame(at);
      }
      signal.throwIfAborted();
      if (frame && passes(frame, choice)) return frame;
    }
    return undefined;
  }

  private use(number: number): Page | undefined {
    const page = this.pages.get(number);
    if (!page) return undefined;
    this.pages.delete(number);
    this.pages.set(number, page);
    return page;
  }

  /** The page as far as `seq` at least. */
  private async page(number: number, seq: number): Promise<Page> {
    for (;;) {
      const known = this.use(number);
      if (known && start(number) + known.frames.length >= seq) return known;
      const coming = this.coming.get(number) ?? this.fetch(number, seq, known);
      this.coming.set(number, coming);
      const page = await coming;
      this.keep(number, page);
      if (page.frames.length === known?.frames.length) throw new RangeError(`The canvas has no commit ${seq}.`);
    }
  }

  private async fetch(number: number, seq: number, known: Page | undefined): Promise<Page> {
    try {
      const first = start(number);
      // The head may not be known yet when a link leads to a moment.
      const last = Math.min(Math.max(this.head(), seq), first + PAGE_COMMITS);
      const since = first + (known?.frames.length ?? 0);
      const [base, commits] = await Promise.all([
        known?.base ?? this.state(first) ?? this.remote(first),
        since < last ? this.source.commits(since, last, this.given.signal) : [],
      ]);
      const frames = await this.framed(after(base, known?.frames ?? []), commits);
      return { base, frames: [...(known?.frames ?? []), ...frames] };
    } finally {
      this.coming.delete(number);
    }
  }

  private async remote(seq: number): Promise<PastState> {
    const elements = seq > 0 ? await this.source.stateAt(seq, this.given.signal) : [];
    return new Map(elements.map((element) => [element.id, element]));
  }

  private async framed(base: PastState, commits: readonly Commit[]): Promise<Frame[]> {
    const frames: Frame[] = [];
    const state = new Map(base);
    let begun = performance.now();
    for (const commit of commits) {
      const frame = frameOf(commit, state) ?? (await this.asTheServerSays(commit, state));
      for (const { id, after } of frame.touched) state.set(id, after);
      frames.push(frame);
      if (performance.now() - begun < SLICE_MS) continue;
      await new Promise((done) => setTimeout(done));
      begun = performance.now();
    }
    return frames;
  }

  /** A commit that does not apply here (an old log may have such a one): its outcome is asked for. */
  private async asTheServerSays(commit: Commit, state: PastState): Promise<Frame> {
    const truth = await this.remote(commit.seq);
    const touched = [...new Set(commit.entries.flatMap(({ ops }) => ops.map(({ id }) => id)))].flatMap(
      (id): Touched[] => {
        const before = state.get(id);
        const after = truth.get(id) ?? (before && { ...before, deleted: true, seq: commit.seq });
        const users = commit.entries.filter(({ ops }) => ops.some((op) => op.id === id)).map(({ user }) => user);
        return after ? [{ id, users, before, after }] : [];
      },
    );
    return { seq: commit.seq, at: commit.at, users: usersOf(commit), touched };
  }

  private keep(number: number, page: Page): void {
    this.pages.delete(number);
    this.pages.set(number, page);
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= KEPT_PAGES) break;
      this.pages.delete(oldest);
    }
  }
}

/** Page n has the commits behind n times PAGE_COMMITS; the empty canvas is the beginning of page 0. */
function pageOf(seq: number): number {
  return Math.max(0, Math.ceil(seq / PAGE_COMMITS) - 1);
}

function start(page: number): number {
  return page * PAGE_COMMITS;
}
