/** A person's undo on a canvas: the stack, what it is applied to, and the words when something had to be left. */

import type { Op } from "../protocol/messages";
import { t } from "../i18n";
import { type Done, type Ground, type TakenBack, UndoStack } from "../sync/undo";

export interface Can {
  canUndo: boolean;
  canRedo: boolean;
}

/** What a history works on; while nobody may edit there is none. */
export interface Workplace {
  ground: Ground;
  /** Hands over what is not submitted yet; false while a hand is on something. */
  settle(): boolean;
  submit(ops: readonly Op[]): void;
  /** The text editor is open: undo is about its characters. False when there is nothing. */
  takeBackTyping(which: "undo" | "redo"): boolean | undefined;
}

const NOTHING: Can = { canUndo: false, canRedo: false };

export class EditHistory {
  private readonly stack = new UndoStack();
  private readonly listeners = new Set<() => void>();
  private can: Can = NOTHING;
  private workplace: Workplace | null = null;

  constructor(private readonly say: (message: string) => void) {}

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };

  readonly read = (): Can => this.can;

  workAt(workplace: Workplace | null): void {
    this.workplace = workplace;
    this.tell();
  }

  record(changes: readonly Done[], gesture: string | undefined): void {
    this.stack.record(changes, gesture, performance.now());
    this.tell();
  }

  amend(change: Done): void {
    if (change.before) this.stack.amend(change.before, change.after);
  }

  undo(): void {
    this.takeBack("undo");
  }

  redo(): void {
    this.takeBack("redo");
  }

  private takeBack(which: "undo" | "redo"): void {
    const { workplace } = this;
    if (!workplace || workplace.takeBackTyping(which) !== undefined || !workplace.settle()) return;
    const taken = this.stack[which](workplace.ground);
    if (taken.ops.length > 0) workplace.submit(taken.ops);
    const words = leftInWords(taken);
    if (words !== undefined) this.say(words);
    this.tell();
  }

  private tell(): void {
    const { canUndo, canRedo } = this.workplace ? this.stack : NOTHING;
    if (canUndo === this.can.canUndo && canRedo === this.can.canRedo) return;
    this.can = { canUndo, canRedo };
    for (const listener of [...this.listeners]) listener();
  }
}

export function leftInWords({ left, total }: TakenBack): string | undefined {
  if (left === 0) return undefined;
  if (left === total) return t("Left as it is: someone has changed it since.");
  return t("{{left}} of {{total}} changes were left: someone changed them since.", { left, total });
}
