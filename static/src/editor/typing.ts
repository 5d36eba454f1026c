/**
 * The component's text editor, whose truth while it is open is its field: what others type is put in there with the caret
 * kept in its place, and undo in there takes back own typing only.
 */

import { movedOffset, type TextEdit, withoutEdits } from "../sync/text-merge";

/** Internal to the component (0.18.1); tests/browser/text.spec.ts would miss it. */
const FIELD = "textarea.excalidraw-wysiwyg";
/** Typing after a longer pause is a step of its own. */
const PAUSE_MS = 1_000;
const MAX_STEPS = 200;

interface Step {
  edits: TextEdit[];
  at: number;
}

export class Typing {
  /** An input method is putting a word together: the field must not be touched, and what is in it is no text yet. */
  composing = false;
  private elementId: string | undefined;
  private done: Step[] = [];
  private undone: Step[] = [];
  /** What undo has just put there: no typing of the person's. */
  private setBack: string | undefined;
  private readonly begin = (): void => void (this.composing = true);
  private readonly end = (): void => {
    this.composing = false;
    this.ended();
  };

  /** `ended` is called when a word is whole, which the component takes for no change. */
  constructor(private readonly ended: () => void) {
    document.addEventListener("compositionstart", this.begin, true);
    document.addEventListener("compositionend", this.end, true);
  }

  stop(): void {
    document.removeEventListener("compositionstart", this.begin, true);
    document.removeEventListener("compositionend", this.end, true);
  }

  /** Which element the editor is open for now. */
  at(elementId: string | undefined): void {
    if (elementId === this.elementId) return;
    this.elementId = elementId;
    this.composing = false;
    this.done = [];
    this.undone = [];
    this.setBack = undefined;
  }

  /** The person typed. */
  typed(edit: TextEdit, now: number): void {
    if (edit.after === this.setBack) return;
    this.setBack = undefined;
    this.undone = [];
    const last = this.done[this.done.length - 1];
    if (last && now - last.at < PAUSE_MS) {
      last.edits.push(edit);
      last.at = now;
    } else {
      this.done.push({ edits: [edit], at: now });
      if (this.done.length > MAX_STEPS) this.done.shift();
    }
  }

  undo(): boolean {
    return this.takeBack(this.done, this.undone);
  }

  redo(): boolean {
    return this.takeBack(this.undone, this.done);
  }

  /** Puts a text into the field, the caret staying behind the characters that it is behind. */
  show(text: string): void {
    const field = document.querySelector<HTMLTextAreaElement>(FIELD);
    if (!field || field.value === text) return;
    const { value, selectionStart, selectionEnd, selectionDirection } = field;
    field.value = text;
    const [start, end] = [movedOffset(value, text, selectionStart), movedOffset(value, text, selectionEnd)];
    field.setSelectionRange(start, Math.max(start, end), selectionDirection);
    // The component measures and draws as if it had been typed, and keeps the caret from the end while it resizes.
    field.dispatchEvent(new Event("input"));
    field.setSelectionRange(start, Math.max(start, end), selectionDirection);
  }

  private takeBack(from: Step[], to: Step[]): boolean {
    const field = document.querySelector<HTMLTextAreaElement>(FIELD);
    const step = from.pop();
    if (!field || !step || this.composing) return false;
    const before = field.value;
    const after = withoutEdits(before, step.edits);
    to.push({ edits: [{ before, after }], at: Number.NEGATIVE_INFINITY });
    this.setBack = after;
    this.show(after);
    return true;
  }
}
