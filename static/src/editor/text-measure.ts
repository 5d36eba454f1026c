/**
 * How a text is broken into lines, how large it is then, and where a label stands in its shape. Each client measures by
 * itself: two people type at once, and the size of neither's text is that of both.
 */

import { restoreElements } from "@excalidraw/excalidraw";
import type { ExcalidrawElement, ExcalidrawTextElement } from "@excalidraw/excalidraw/element/types";
import type { Fields } from "./fields";

interface Measured {
  of: string;
  fields: Fields;
}

export class TextMeasure {
  private readonly known = new Map<string, Measured>();

  /** A font has come: what was measured without it was another's size. */
  forget(): void {
    this.known.clear();
  }

  /** The derived fields of a text of which `originalText` is right. */
  fields(text: ExcalidrawTextElement, container: ExcalidrawElement | undefined): Fields {
    if (text.isDeleted || text.originalText === "") return {};
    const of = inputs(text, container);
    const known = this.known.get(text.id);
    if (known?.of === of) return known.fields;
    const fields = measure(text, container);
    this.known.set(text.id, { of, fields });
    return fields;
  }
}

function inputs(text: ExcalidrawTextElement, container: ExcalidrawElement | undefined): string {
  const { originalText, fontSize, fontFamily, lineHeight, textAlign, verticalAlign, autoResize, x, y, angle } = text;
  const box = container ? [container.type, container.x, container.y, container.width, container.height] : [text.width];
  return JSON.stringify([originalText, fontSize, fontFamily, lineHeight, textAlign, verticalAlign, autoResize, x, y, angle, box]); // prettier-ignore
}

function measure(text: ExcalidrawTextElement, container: ExcalidrawElement | undefined): Fields {
  const bound = container && { ...container, boundElements: [{ id: text.id, type: "text" as const }] };
  const whole = { ...text, text: text.originalText, index: null, frameId: null, containerId: bound?.id ?? null };
  // The only public way to measure; without repairBindings it measures nothing.
  const restored = restoreElements(bound ? [{ ...bound, index: null, frameId: null }, whole] : [whole], null, {
    refreshDimensions: true,
    repairBindings: true,
  });
  const measured = restored.find(({ id }) => id === text.id);
  if (measured?.type !== "text") return {};
  const { width, height } = measured;
  const size: Fields = { text: measured.text, width, height };
  if (!container || container.type === "arrow") return size;
  if (text.textAlign === "center") size["x"] = container.x + (container.width - width) / 2;
  if (text.verticalAlign === "middle") size["y"] = container.y + (container.height - height) / 2;
  return size;
}
