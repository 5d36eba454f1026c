/** Marks over the stage, on a canvas of their own: thousands of outlines in a few milliseconds. */

import { inkOn } from "../../editor/ink";
import type { Scroll } from "../../editor/viewport";
import type { Box } from "./geometry";

export type MarkKind = "touched" | "selected" | "added" | "changed" | "removed" | "earlier" | "area";

export interface Mark {
  box: Box;
  kind: MarkKind;
  /** A person's; otherwise the kind has one. */
  color?: string;
  label?: string;
  /** The one of many that the eye is led to. */
  strong?: boolean;
}

interface Look {
  color: string;
  dash: readonly number[];
  width: number;
  fill?: string;
  hatched?: boolean;
  /** Told by a sign as well as by colour. */
  sign?: string;
}

const LOOKS: Record<MarkKind, Look> = {
  touched: { color: "--accent", dash: [], width: 2 },
  selected: { color: "--accent", dash: [], width: 2, fill: "18" },
  added: { color: "--good", dash: [], width: 2, fill: "1f", sign: "+" },
  changed: { color: "--warning", dash: [7, 4], width: 2, sign: "~" },
  removed: { color: "--danger", dash: [2, 4], width: 2, hatched: true, sign: "−" },
  earlier: { color: "--warning", dash: [2, 4], width: 1 },
  area: { color: "--accent", dash: [6, 5], width: 1.5, fill: "14" },
};
const PADDING = 4;
const SIGN_SIZE = 16;
/** A sign on something smaller would hide it. */
const LEAST_FOR_SIGN = 24;
const LABEL_HEIGHT = 17;
/** Between what is labelled, or the edge, and its label. */
const LABEL_GAP = 2;
const HATCH_STEP = 9;

export class Marks {
  private readonly colors = new Map<string, string>();

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** The theme is another. */
  forgetColors(): void {
    this.colors.clear();
  }

  /** The two shares fade what is `touched`: its outline, and the label on it. */
  draw(marks: readonly Mark[], scroll: Scroll, touchedAlpha: number, labelAlpha: number): void {
    const { canvas } = this;
    const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio];
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const labels: { box: Box; text: string; color: string }[] = [];
    for (const mark of marks) {
      const box = onScreen(mark.box, scroll);
      if (box.x > width || box.y > height || box.x + box.width < 0 || box.y + box.height < 0) continue;
      const look = LOOKS[mark.kind];
      const color = mark.color ?? this.color(look.color);
      context.globalAlpha = mark.kind === "touched" ? touchedAlpha : 1;
      outline(context, box, look, color, mark.strong === true);
      if (look.sign && Math.max(box.width, box.height) >= LEAST_FOR_SIGN)
        sign(context, box, look.sign, color, this.color("--surface"));
      if (mark.label && labelAlpha > 0) labels.push({ box, text: mark.label, color });
    }
    context.globalAlpha = labelAlpha;
    for (const { box, text, color } of labels) label(context, box, width, text, color);
    context.globalAlpha = 1;
  }

  /** A token of the style sheet as a colour; only an element's own style says which of a pair it is. */
  private color(token: string): string {
    const known = this.colors.get(token);
    if (known) return known;
    const { style } = this.canvas;
    style.color = `var(${token})`;
    const color = hex(getComputedStyle(this.canvas).color);
    style.color = "";
    this.colors.set(token, color);
    return color;
  }
}

export function onScreen({ x, y, width, height }: Box, { scrollX, scrollY, zoom }: Scroll): Box {
  return {
    x: (x + scrollX) * zoom - PADDING,
    y: (y + scrollY) * zoom - PADDING,
    width: width * zoom + 2 * PADDING,
    height: height * zoom + 2 * PADDING,
  };
}

function outline(context: CanvasRenderingContext2D, box: Box, look: Look, color: string, strong: boolean): void {
  const { x, y, width, height } = box;
  context.beginPath();
  context.roundRect(x, y, width, height, 4);
  if (look.fill) {
    context.fillStyle = color + look.fill;
    context.fill();
  }
  if (look.hatched) hatch(context, box, color);
  context.setLineDash([...look.dash]);
  context.strokeStyle = color;
  context.lineWidth = strong ? look.width + 2 : look.width;
  context.beginPath();
  context.roundRect(x, y, width, height, 4);
  context.stroke();
  context.setLineDash([]);
}

function hatch(context: CanvasRenderingContext2D, { x, y, width, height }: Box, color: string): void {
  context.save();
  context.clip();
  context.strokeStyle = `${color}66`;
  context.lineWidth = 1;
  context.beginPath();
  // What is far larger than the window needs no more lines than can be seen.
  const end = Math.min(width + height, 4_000);
  for (let along = HATCH_STEP; along < end; along += HATCH_STEP) {
    context.moveTo(x + along, y);
    context.lineTo(x + along - height, y + height);
  }
  context.stroke();
  context.restore();
}

function sign(context: CanvasRenderingContext2D, box: Box, text: string, color: string, on: string): void {
  const [x, y] = [box.x + box.width, box.y];
  context.beginPath();
  context.arc(x, y, SIGN_SIZE / 2, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.fillStyle = on;
  context.font = "700 13px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y + 0.5);
}

/** Outside of the box: above it, or below where there is no room above. */
function label(context: CanvasRenderingContext2D, box: Box, stage: number, text: string, color: string): void {
  context.font = "600 11px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  const width = context.measureText(text).width + 10;
  const x = Math.max(LABEL_GAP, Math.min(box.x, stage - width - LABEL_GAP));
  const above = box.y - LABEL_HEIGHT - LABEL_GAP;
  const y = above >= LABEL_GAP ? above : box.y + box.height + LABEL_GAP;
  context.beginPath();
  context.roundRect(x, y, width, LABEL_HEIGHT, 4);
  context.fillStyle = color;
  context.fill();
  context.fillStyle = inkOn(color);
  context.fillText(text, x + 5, y + LABEL_HEIGHT / 2 + 0.5);
}

function hex(color: string): string {
  const parts = color.match(/[\d.]+/g)?.slice(0, 3) ?? ["0", "0", "0"];
  return `#${parts.map((part) => Math.round(Number(part)).toString(16).padStart(2, "0")).join("")}`;
}
