/** Formats of dates and numbers: making one takes longer than using it a hundred times, and a list has hundreds. */

import { locale } from "../i18n";

const made = new Map<string, unknown>();

export function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(JSON.stringify(options), () => new Intl.DateTimeFormat(locale(), options));
}

export function agoFormat(): Intl.RelativeTimeFormat {
  return once("ago", () => new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }));
}

export function numberFormat(): Intl.NumberFormat {
  return once("number", () => new Intl.NumberFormat(locale()));
}

function once<Format>(name: string, make: () => Format): Format {
  const key = `${locale()} ${name}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as Format;
}
