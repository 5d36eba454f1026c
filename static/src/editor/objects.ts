/** What people call the objects of a canvas. Pure. */

import { t } from "../i18n";

export const TYPES = [
  "rectangle",
  "ellipse",
  "diamond",
  "arrow",
  "line",
  "freedraw",
  "text",
  "image",
  "frame",
] as const;

export function oneOf(type: string): string {
  switch (type) {
    case "rectangle":
      return t("a rectangle");
    case "ellipse":
      return t("an ellipse");
    case "diamond":
      return t("a diamond");
    case "line":
      return t("a line");
    case "arrow":
      return t("an arrow");
    case "freedraw":
      return t("a drawing");
    case "text":
      return t("a text");
    case "image":
      return t("an image");
    case "frame":
      return t("a frame");
    default:
      return t("an element");
  }
}

export function several(type: string, count: number): string {
  switch (type) {
    case "rectangle":
      return t("{{count}} rectangles", { count });
    case "ellipse":
      return t("{{count}} ellipses", { count });
    case "diamond":
      return t("{{count}} diamonds", { count });
    case "line":
      return t("{{count}} lines", { count });
    case "arrow":
      return t("{{count}} arrows", { count });
    case "freedraw":
      return t("{{count}} drawings", { count });
    case "text":
      return t("{{count}} texts", { count });
    case "image":
      return t("{{count}} images", { count });
    case "frame":
      return t("{{count}} frames", { count });
    default:
      return t("{{count}} objects", { count });
  }
}

/** "a rectangle", "3 rectangles", "3 objects". */
export function inWords(types: readonly string[]): string {
  const [first = "", ...more] = types;
  if (more.length === 0) return oneOf(first);
  return several(more.every((type) => type === first) ? first : "", types.length);
}

/** As a choice in a list. */
export function typeName(type: string): string {
  switch (type) {
    case "rectangle":
      return t("Rectangle");
    case "ellipse":
      return t("Ellipse");
    case "diamond":
      return t("Diamond");
    case "line":
      return t("Line");
    case "arrow":
      return t("Arrow");
    case "freedraw":
      return t("Drawing");
    case "text":
      return t("Text");
    case "image":
      return t("Image");
    case "frame":
      return t("Frame");
    default:
      return t("Object");
  }
}
