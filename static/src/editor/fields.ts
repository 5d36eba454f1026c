/**
 * What the component (0.18.1) takes in each field of each type, and what it is given instead of anything else. Programs may write any
 * JSON into an element's properties; one value of the wrong kind makes the component fail for everyone on the canvas.
 */

import type { CanvasElement, Json } from "../protocol/messages";

export type Fields = Record<string, Json>;
export type Repairs = Record<string, { received: Json; drawn: Json }>;

/** Where a drawn element keeps what was repaired. The server takes no dot in a property's name. */
export const REPAIRS = ".repairs";

type Check = (value: Json | undefined) => boolean;
/** A field's check, and its default where that fails; a default may depend on the element and the fields before it. */
type Rule = readonly [Check, Json | ((element: CanvasElement, fields: Fields) => Json)];
type Rules = Record<string, Rule>;

/** As far as the server lets coordinates go: sums and products of these stay finite. */
const MAX_NUMBER = 1e9;

const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const number: Check = (value) => typeof value === "number" && Math.abs(value) <= MAX_NUMBER;
const positive: Check = (value) => number(value) && (value as number) > 0;
const notNegative: Check = (value) => number(value) && (value as number) >= 0;
const safeInteger: Check = (value) => Number.isSafeInteger(value);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...known: Json[]): Check =>
  (value) =>
    known.includes(value as Json);
const listOf =
  (check: Check, least = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every(check);
const pair: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(number);
/** An object in which each of these fields passes; a missing one is undefined. */
const object =
  (fields: Record<string, Check> = {}): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(fields).every(([key, check]) => check(value[key]));
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const arrowhead = nullable(
  oneOf(
    ...[
      "arrow",
      "bar",
      "dot",
      "circle",
      "circle_outline",
      "triangle",
      "triangle_outline",
      "diamond",
      "diamond_outline",
    ],
    ...["crowfoot_one", "crowfoot_many", "crowfoot_one_or_many"],
  ),
);
const ends = { elementId: text, focus: number, gap: number };
const binding = nullable(object({ ...ends, fixedPoint: optional(nullable(pair)) }));
const fixedBinding = nullable(object({ ...ends, fixedPoint: pair }));
const segment = object({ start: pair, end: pair, index: number });

const COMMON: Rules = {
  strokeColor: [text, "#1e1e1e"],
  backgroundColor: [text, "transparent"],
  fillStyle: [oneOf("hachure", "cross-hatch", "solid", "zigzag"), "solid"],
  strokeWidth: [notNegative, 2],
  strokeStyle: [oneOf("solid", "dashed", "dotted"), "solid"],
  roughness: [notNegative, 1],
  opacity: [number, 100],
  roundness: [nullable(object({ type: number, value: optional(number) })), null],
  groupIds: [listOf(text), []],
  frameId: [nullable(text), null],
  link: [nullable(text), null],
  locked: [flag, false],
  customData: [nullable(object({ generationData: optional(object()) })), null],
  seed: [safeInteger, (element) => seedOf(element.id)],
};
const LINE: Rules = {
  points: [listOf(pair, 2), ({ dimensions: { width, height } }) => [[0, 0], [width, height]]], // prettier-ignore
  startBinding: [binding, null],
  endBinding: [binding, null],
  startArrowhead: [arrowhead, null],
  endArrowhead: [arrowhead, null],
};
const ARROW: Rules = {
  ...LINE,
  elbowed: [flag, false],
  fixedSegments: [nullable(listOf(segment)), null],
  startIsSpecial: [nullable(flag), null],
  endIsSpecial: [nullable(flag), null],
};
const ELBOW: Rules = { ...ARROW, startBinding: [fixedBinding, null], endBinding: [fixedBinding, null] };
const FRAME: Rules = { name: [nullable(text), null] };
const OF_TYPE = new Map<string, Rules>([
  ["line", LINE],
  ["arrow", ARROW],
  ["frame", FRAME],
  ["magicframe", FRAME],
  [
    "text",
    {
      text: [text, ""],
      originalText: [text, (_, fields) => fields["text"] ?? ""],
      fontSize: [positive, 20],
      fontFamily: [number, 5],
      textAlign: [oneOf("left", "center", "right"), "left"],
      verticalAlign: [oneOf("top", "middle", "bottom"), "top"],
      containerId: [nullable(text), null],
      autoResize: [flag, true],
      lineHeight: [positive, 1.25],
    },
  ],
  [
    "freedraw",
    {
      points: [listOf(pair, 1), [[0, 0]]],
      pressures: [listOf(number), []],
      simulatePressure: [flag, true],
    },
  ],
  [
    "image",
    {
      fileId: [nullable(text), null],
      scale: [pair, [1, 1]],
      crop: [
        nullable(
          object({
            ...{ x: number, y: number, width: positive, height: positive },
            ...{ naturalWidth: positive, naturalHeight: positive },
          }),
        ),
        null,
      ],
    },
  ],
]);

/** An element's properties as fields that the component can draw, and under REPAIRS what stood where they could not be. */
export function typed(element: CanvasElement, properties: Fields): Fields {
  const elbow = element.type === "arrow" && properties["elbowed"] === true;
  const rules = { ...COMMON, ...(elbow ? ELBOW : OF_TYPE.get(element.type)) };
  const fields: Fields = { ...properties };
  const repairs: Repairs = {};
  for (const [key, [fits, otherwise]] of Object.entries(rules)) {
    const received = properties[key] ?? null;
    const drawn = fits(received) ? received : typeof otherwise === "function" ? otherwise(element, fields) : otherwise;
    fields[key] = drawn;
    if (received !== null && drawn !== received) repairs[key] = { received, drawn };
  }
  if (Object.keys(repairs).length > 0) fields[REPAIRS] = repairs;
  return fields;
}

/** An element made by a program has no seed; all clients must draw it alike. */
function seedOf(id: string): number {
  let seed = 7;
  for (let i = 0; i < id.length; i++) seed = (Math.imul(seed, 31) + id.charCodeAt(i)) & 0x7fffffff;
  return seed || 1;
}
