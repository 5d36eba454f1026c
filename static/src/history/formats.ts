/** Formats of dates: making one takes longer than using it a hundred times, and a list has hundreds of dates. */

import { locale } from "../i18n";

const made = new Map<string, Intl.DateTimeFormat>();

export function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let format = made.get(key);
  if (!format) made.set(key, (format = new Intl.DateTimeFormat(locale(), options)));
  return format;
}
