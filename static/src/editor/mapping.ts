/**
 * Between the component's elements and ours. What is local to a browser (version, nonce, time, status) stays out;
 * `boundElements` is derived (bindings.ts); a property that is null is absent.
 */

import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { CanvasElement, Json } from "../protocol/messages";

/** The bytes of an image, small ones only, carried by its element until the asset store takes them. */
export interface EmbeddedFile {
  mimeType: string;
  dataURL: string;
}

export type Fields = Record<string, Json>;

const STRUCTURAL = new Set(["id", "type", "x", "y", "width", "height", "angle", "index", "isDeleted"]);
const LOCAL = new Set(["version", "versionNonce", "updated", "lastCommittedPoint", "status", "boundElements"]);

const COMMON: Fields = {
  strokeColor: "#1e1e1e",
  backgroundColor: "transparent",
  fillStyle: "solid",
  strokeWidth: 2,
  strokeStyle: "solid",
  roughness: 1,
  opacity: 100,
  roundness: null,
  groupIds: [],
  frameId: null,
  link: null,
  locked: false,
};
const LINEAR: Fields = { startBinding: null, endBinding: null, startArrowhead: null, endArrowhead: null };
/** What the component expects on each type; our elements name only what differs from null. */
const OF_TYPE: Record<string, Fields> = {
  text: {
    text: "",
    fontSize: 20,
    fontFamily: 5,
    textAlign: "left",
    verticalAlign: "top",
    containerId: null,
    autoResize: true,
    lineHeight: 1.25,
  },
  line: LINEAR,
  arrow: { ...LINEAR, elbowed: false },
  freedraw: { points: [], pressures: [], simulatePressure: true },
  frame: { name: null },
  magicframe: { name: null },
  image: { fileId: null, scale: [1, 1], crop: null },
};

export function toCanvas(element: ExcalidrawElement, file?: EmbeddedFile): CanvasElement {
  const properties: Record<string, Json> = {};
  for (const [key, value] of Object.entries(element)) {
    if (value === null || value === undefined || STRUCTURAL.has(key) || LOCAL.has(key)) continue;
    properties[key] = value as Json;
  }
  if (file) properties["file"] = { mimeType: file.mimeType, dataURL: file.dataURL };
  const { id, type, x, y, width, height, angle, isDeleted } = element;
  return {
    id,
    type,
    version: 0,
    position: { x, y },
    dimensions: { width, height },
    angle,
    index: element.index ?? "a0",
    properties,
    deleted: isDeleted,
  };
}

/** The component's synchronised fields of one of our elements, with the defaults of its type. */
export function toFields(element: CanvasElement): Fields {
  const { file, ...properties } = element.properties;
  const fields: Fields = { ...COMMON, ...OF_TYPE[element.type], ...properties };
  for (const key of LOCAL) delete fields[key];
  Object.assign(fields, {
    x: element.position.x,
    y: element.position.y,
    width: element.dimensions.width,
    height: element.dimensions.height,
    angle: element.angle,
    index: element.index,
    isDeleted: element.deleted,
  });
  if (element.type === "text") fields["originalText"] ??= fields["text"] ?? "";
  if (element.type === "line" || element.type === "arrow") {
    fields["points"] ??= [
      [0, 0],
      [element.dimensions.width, element.dimensions.height],
    ];
  }
  fields["seed"] ??= seedOf(element.id);
  return fields;
}

/** A whole new element for the component. Its own restoring would mark a text that is still empty as deleted. */
export function toExcalidraw(element: CanvasElement): ExcalidrawElement {
  const linear = element.type === "line" || element.type === "arrow" || element.type === "freedraw";
  return {
    ...toFields(element),
    id: element.id,
    type: element.type,
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

function randomNonce(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** An element made by a program has no seed; all clients must draw it alike. */
function seedOf(id: string): number {
  let seed = 7;
  for (let i = 0; i < id.length; i++) seed = (Math.imul(seed, 31) + id.charCodeAt(i)) & 0x7fffffff;
  return seed || 1;
}
