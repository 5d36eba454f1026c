/**
 * A past state as the component draws it. What did not change since the last one shown stays the same object, so that a
 * step costs what it changes; a whole new state is made in slices, so that the page never stands still.
 */

import { newElementWith } from "@excalidraw/excalidraw";
import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import { BindingIndex } from "../../editor/bindings";
import type { Fields } from "../../editor/fields";
import { drawnOtherwise, placedApart, receivedIndex, toExcalidraw } from "../../editor/mapping";
import { apart, inOrder } from "../../editor/order";
import { dangling } from "../../editor/references";
import { TextMeasure } from "../../editor/text-measure";
import { isThere, type PastElement } from "../player/replay";

const SLICE_MS = 12;
/** Elements between two looks at the clock. */
const AT_A_TIME = 32;

export interface Shown {
  element: PastElement;
  /** Gone by the later of two moments: drawn faintly. */
  ghost?: boolean;
}

interface Drawn {
  of: string;
  element: ExcalidrawElement;
}

export class PastScene {
  private drawn = new Map<string, Drawn>();
  private readonly measure = new TextMeasure();
  private readonly bindings = new BindingIndex();

  /** A font has come: texts are to be measured anew. */
  forgetTexts(): void {
    this.measure.forget();
    for (const [id, { element }] of this.drawn) if (element.type === "text") this.drawn.delete(id);
  }

  /** What the component is to draw, in order; undefined when it was called off by `signal`. */
  async draw(shown: ReadonlyMap<string, Shown>, signal: AbortSignal): Promise<ExcalidrawElement[] | undefined> {
    const rebound = this.forgetGone(shown);
    const all = [...shown.values()].filter(({ element }) => isThere(element));
    // A label is placed by its shape: shapes first.
    const [texts, shapes] = [all.filter(isText), all.filter((one) => !isText(one))];
    let begun = performance.now();
    for (const [place, one] of [...shapes, ...texts].entries()) {
      if (place % AT_A_TIME === 0 && performance.now() - begun > SLICE_MS) {
        await new Promise((done) => setTimeout(done));
        if (signal.aborted) return undefined;
        begun = performance.now();
      }
      for (const id of this.redraw(one, shown)) rebound.add(id);
    }
    for (const id of rebound) this.rebind(id);
    return this.ordered(all);
  }

  private forgetGone(shown: ReadonlyMap<string, Shown>): Set<string> {
    const rebound = new Set<string>();
    for (const id of [...this.drawn.keys()]) {
      const one = shown.get(id);
      if (one && isThere(one.element)) continue;
      this.drawn.delete(id);
      for (const other of this.bindings.update(gone(id))) rebound.add(other);
    }
    return rebound;
  }

  /** The ids of the shapes whose lists of what is bound to them are different now. */
  private redraw(one: Shown, shown: ReadonlyMap<string, Shown>): ReadonlySet<string> {
    const { element, ghost = false } = one;
    const { id } = element;
    const of = `${element.seq}${ghost ? "ghost" : ""}${seqsOfNamed(element, shown)}`;
    if (this.drawn.get(id)?.of === of) return NONE;
    this.drawn.set(id, { of, element: this.made(element, ghost, shown) });
    return new Set([id, ...this.bindings.update(element)]);
  }

  private made(element: PastElement, ghost: boolean, shown: ReadonlyMap<string, Shown>): ExcalidrawElement {
    let made = toExcalidraw(ghost ? faint(element) : element);
    const typeOf = (id: string): string | undefined => {
      const other = shown.get(id)?.element;
      return isThere(other) ? other.type : undefined;
    };
    made = drawnOtherwise(made, dangling(made as unknown as Fields, typeOf));
    if (made.type !== "text") return made;
    const container = made.containerId === null ? undefined : this.drawn.get(made.containerId)?.element;
    return drawnOtherwise(made, this.measure.fields(made, container));
  }

  private rebind(id: string): void {
    const drawn = this.drawn.get(id);
    if (!drawn) return;
    const bound = this.bindings.of(id);
    if (bound.length === 0 && drawn.element.boundElements === null) return;
    drawn.element = newElementWith(drawn.element, { boundElements: bound.length > 0 ? bound : null });
  }

  /** The component repairs indices that are out of order by changing elements: what it gets must be in order. */
  private ordered(all: readonly Shown[]): ExcalidrawElement[] {
    const found = all.flatMap(({ element }) => this.drawn.get(element.id) ?? []);
    const placed = found
      .map((drawn) => ({ id: drawn.element.id, index: receivedIndex(drawn.element), drawn }))
      .sort(inOrder);
    const moved = apart(placed);
    return placed.map(({ id, index, drawn }) => {
      const wanted = moved.get(id) ?? index;
      if (drawn.element.index !== wanted)
        drawn.element = newElementWith(drawn.element, placedApart(drawn.element, index, wanted));
      return drawn.element;
    });
  }
}

const NONE: ReadonlySet<string> = new Set();

function isText({ element }: Shown): boolean {
  return element.type === "text";
}

/** An element is drawn by those that it names as well: its shape's place, whether they are there at all. */
function seqsOfNamed({ properties }: PastElement, shown: ReadonlyMap<string, Shown>): string {
  const { containerId, frameId, startBinding, endBinding } = properties;
  let seqs = "";
  for (const named of [containerId, frameId, idOf(startBinding), idOf(endBinding)]) {
    if (typeof named !== "string") continue;
    const other = shown.get(named)?.element;
    seqs += `,${isThere(other) ? other.seq : "-"}`;
  }
  return seqs;
}

function idOf(binding: unknown): unknown {
  return typeof binding === "object" && binding !== null && "elementId" in binding ? binding.elementId : undefined;
}

function faint(element: PastElement): PastElement {
  const { opacity } = element.properties;
  const before = typeof opacity === "number" ? opacity : 100;
  return { ...element, properties: { ...element.properties, opacity: Math.min(before, 35), strokeStyle: "dashed" } };
}

function gone(id: string): PastElement {
  const nowhere = { position: { x: 0, y: 0 }, dimensions: { width: 0, height: 0 }, angle: 0, index: "" };
  return { id, type: "", version: 0, seq: 0, ...nowhere, properties: {}, deleted: true };
}
