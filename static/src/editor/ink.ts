/** What can be read on a person's colour. Pure. */

import type { CSSProperties } from "react";

/** White where it can be read on the colour, else black. */
export function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = (rgbOf(colour) ?? []).map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (luminance + 0.05) >= 4.5 ? "#ffffff" : "#000000";
}

/** For style sheets: --person, and --on-person for what is written on it. */
export function personStyle(colour: string): CSSProperties {
  return { "--person": colour, "--on-person": inkOn(colour) } as CSSProperties;
}

/** Red, green and blue, each 0 to 1; null of what is no #rgb or #rrggbb. */
export function rgbOf(colour: string): [number, number, number] | null {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits === undefined) return null;
  const wide = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  return [0, 2, 4].map((at) => Number.parseInt(wide.slice(at, at + 2), 16) / 255) as [number, number, number];
}
