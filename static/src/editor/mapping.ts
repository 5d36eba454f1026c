/**
 * Between the component's elements and ours. What is local to a browser (version, nonce, time, status) stays out;
 * `boundElements` is derived (bindings.ts); a property that is null is absent.
 */

import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { CanvasElement, Json } from "../protocol/messages";
import { sameJson } from "../sync/equal";
import { plainText } from "../sync/text";
import { type Fields, REPAIRS, type Repairs, typed } from "./fields";

/** The bytes of a small image, carried by its element: so earlier versions did it. */
export interface EmbeddedFile {
  mimeType: string;
  dataURL: string;
}

const STRUCTURAL = new Set(["id", "type", "x", "y", "width", "height", "angle", "index", "isDeleted"]);
const LOCAL = new Set(["version", "versionNonce", "updated", "lastCommittedPoint", "status", "boundElements", REPAIRS]);
/** What a text element says is `originalText` there, and broken into lines in `text`; with us it is `text`. */
const TEXT = new Set(["text", "originalText"]);

export function toCanvas(element: ExcalidrawElement): CanvasElement {
  const properties: Record<string, Json> = {};
  for (const [key, value] of Object.entries(element)) {
    if (value === null || value === undefined || STRUCTURAL.has(key) || LOCAL.has(key)) continue;
    if (element.type === "text" && TEXT.has(key)) continue;
    properties[key] = value as Json;
  }
  if (element.type === "text") properties["text"] = element.originalText;
  const own: Fields = {};
  for (const [key, { received, drawn }] of Object.entries(repairsOf(element))) {
    if (!sameJson((element as unknown as Fields)[key], drawn)) continue;
    if (STRUCTURAL.has(key)) own[key] = received;
    else properties[key] = received;
  }
  const { id, type, x, y, width, height, angle, isDeleted, index } = { ...element, ...own } as ExcalidrawElement;
  return {
    id,
    type,
    version: 0,
    position: { x, y },
    dimensions: { width, height },
    angle,
    index: index ?? "a0",
    properties,
    deleted: isDeleted,
  };
}

/**
 * The component's synchronised fields of one of our elements, with the defaults of its type, also in place of what the
 * component could not draw. Such a repair is no one's edit: toCanvas gives back what was received.
 */
export function toFields(element: CanvasElement): Fields {
  const { file, ...properties } = element.properties;
  for (const key of [...STRUCTURAL, ...LOCAL]) delete properties[key];
  if (element.type === "text") properties["text"] = properties["originalText"] = plainText(element);
  return {
    ...typed(element, properties),
    // A preview may replace an element by one of another type.
    type: element.type,
    x: element.position.x,
    y: element.position.y,
    width: element.dimensions.width,
    height: element.dimensions.height,
    angle: element.angle,
    index: element.index,
    isDeleted: element.deleted,
  };
}

/** A whole new element for the component. Its own restoring would mark a text that is still empty as deleted. */
export function toExcalidraw(element: CanvasElement): ExcalidrawElement {
  const linear = element.type === "line" || element.type === "arrow" || element.type === "freedraw";
  return {
    ...toFields(element),
    id: element.id,
    version: 1,
    versionNonce: randomNonce(),
    updated: Date.now(),
    boundElements: null,
    ...(linear ? { lastCommittedPoint: null } : {}),
    ...(element.type === "image" ? { status: "saved" } : {}),
  } as unknown as ExcalidrawElement;
}

export function embeddedFile(element: CanvasElement): EmbeddedFile | undefined {
  const file = element.properties["file"];
  if (typeof file !== "object" || file === null || Array.isArray(file)) return undefined;
  const { mimeType, dataURL } = file;
  if (typeof mimeType !== "string" || typeof dataURL !== "string") return undefined;
  // Shown by an <img>: raster only, and nothing that is fetched.
  return /^data:image\/(png|jpeg|gif|webp);base64,/.test(dataURL) ? { mimeType, dataURL } : undefined;
}

/** The element with some fields drawn otherwise than they were received; that is no one's edit either. */
export function drawnOtherwise(element: ExcalidrawElement, drawn: Fields): ExcalidrawElement {
  const repairs: Repairs = { ...repairsOf(element) };
  const now = element as unknown as Fields;
  for (const [key, value] of Object.entries(drawn)) {
    const received = repairs[key]?.received ?? now[key] ?? null;
    if (!sameJson(received, value)) repairs[key] = { received, drawn: value };
  }
  if (Object.keys(repairs).length === 0) return element;
  return { ...element, ...drawn, [REPAIRS]: repairs } as unknown as ExcalidrawElement;
}

/** An index as it was received, for the order that all share. */
export function receivedIndex(element: ExcalidrawElement): string {
  const repaired = repairsOf(element)["index"];
  return (repaired?.drawn === element.index ? (repaired?.received as string) : element.index) ?? "";
}

/** The fields that place an element apart from others of its index. */
export function placedApart(element: ExcalidrawElement, received: string, drawn: string): Partial<ExcalidrawElement> {
  const { index: _, ...repairs } = repairsOf(element);
  const apart: Repairs = drawn === received ? {} : { index: { received, drawn } };
  return { index: drawn, [REPAIRS]: { ...repairs, ...apart } } as unknown as Partial<ExcalidrawElement>;
}

function repairsOf(element: ExcalidrawElement): Repairs {
  return (element as { [REPAIRS]?: Repairs })[REPAIRS] ?? {};
}

function randomNonce(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
