import type { CanvasElement, CreateOp, Json } from "../../protocol/messages";
import { created } from "../ops";

export function createRectangle(id: string, properties: Record<string, Json> = {}): CreateOp {
  return {
    op: "create",
    id,
    type: "rectangle",
    position: { x: 0, y: 0 },
    dimensions: { width: 10, height: 10 },
    angle: 0,
    index: "a1",
    properties,
  };
}

export function createText(id: string, text: string): CreateOp {
  return { ...createRectangle(id, { text }), type: "text" };
}

export function element(changes: Partial<CanvasElement> = {}): CanvasElement {
  return { ...created(createRectangle("e")), version: 1, ...changes };
}
