/** What people call a colour. Pure. */

import { rgbOf } from "../editor/ink";
import { t } from "../i18n";

const LIGHT = 0.79;
const GREY_BELOW = 0.12;
/** Near white and black a little colour makes much saturation. */
const GREY_RANGE = 0.06;

interface Hsl {
  hue: number;
  saturation: number;
  lightness: number;
  /** Between the strongest and the weakest of red, green and blue. */
  range: number;
}

/** What is no #rgb or #rrggbb is named as it is written. */
export function colourName(colour: string): string {
  if (colour === "" || colour === "transparent") return t("transparent");
  const hsl = hslOf(colour);
  if (!hsl) return colour;
  const { hue, saturation, lightness, range } = hsl;
  if (saturation < GREY_BELOW || range < GREY_RANGE) {
    if (lightness < 0.2) return t("black");
    if (lightness > 0.94) return t("white");
    return shade(t("grey"), lightness);
  }
  return shade(hueName(hue, saturation, lightness), lightness);
}

export function isColour(value: unknown): value is string {
  return typeof value === "string" && (value === "transparent" || hslOf(value) !== null);
}

function shade(colour: string, lightness: number): string {
  return lightness > LIGHT ? t("light {{colour}}", { colour }) : colour;
}

function hueName(hue: number, saturation: number, lightness: number): string {
  if (hue < 50 && (saturation < 0.45 || (hue >= 15 && lightness < 0.35))) return t("brown");
  if (hue < 15 || hue >= 345) return t("red");
  if (hue < 42) return t("orange");
  if (hue < 66) return t("yellow");
  if (hue < 155) return t("green");
  if (hue < 195) return t("turquoise");
  if (hue < 245) return t("blue");
  return hue < 310 ? t("purple") : t("pink");
}

function hslOf(colour: string): Hsl | null {
  const parts = rgbOf(colour);
  if (!parts) return null;
  const [red, green, blue] = parts;
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const [lightness, range] = [(most + least) / 2, most - least];
  if (range === 0) return { hue: 0, saturation: 0, lightness, range };
  const sixth =
    most === red ? (green - blue) / range : most === green ? (blue - red) / range + 2 : (red - green) / range + 4;
  return { hue: (sixth * 60 + 360) % 360, saturation: range / (1 - Math.abs(2 * lightness - 1)), lightness, range };
}
