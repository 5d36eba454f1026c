/**
 * Words for people. The English text is the key: `t("Saved")`, `t("{{count}} changes wait", { count })`; what a
 * language lacks stays English. Say `t` when the words are wanted, never while a module loads: the language comes later.
 */

import i18next from "i18next";
import plurals from "./en.json";

type Catalogue = Record<string, string>;

interface Language {
  /** The editor component's name of the language. */
  component: string;
  load: () => Promise<Catalogue>;
}

/** English needs only what "one" changes. docs/decisions/languages.md says how to add a language. */
const LANGUAGES: Record<string, Language> = {
  en: { component: "en", load: async () => plurals },
  ja: { component: "ja-JP", load: async () => (await import("./ja.json")).default },
};

const FALLBACK = "en";

const i18n = i18next.createInstance();

// Synchronous: words are wanted as soon as this module is there.
void i18n.init({
  lng: FALLBACK,
  fallbackLng: FALLBACK,
  keySeparator: false,
  nsSeparator: false,
  initAsync: false,
  showSupportNotice: false,
  interpolation: { escapeValue: false },
  resources: { en: { translation: plurals } },
});

export const t = i18n.t;

/** The language of the page, as far as we speak it: "ja" for "ja-JP". */
export function spoken(tag: string): string {
  const language = tag.toLowerCase().split("-")[0] ?? "";
  return Object.hasOwn(LANGUAGES, language) ? language : FALLBACK;
}

/** Before the first word. Without its catalogue (offline, never loaded) the page speaks English rather than not at all. */
export async function loadLanguage(tag: string): Promise<void> {
  const language = spoken(tag);
  try {
    const catalogue = await LANGUAGES[language]?.load();
    i18n.addResourceBundle(language, "translation", catalogue);
    await i18n.changeLanguage(language);
  } catch (error) {
    console.warn(`The language ${language} could not be loaded.`, error);
  }
}

/** What the editor component calls the page's language. */
export function componentLanguage(): string {
  return LANGUAGES[i18n.language]?.component ?? FALLBACK;
}

/** For dates and numbers: `new Intl.DateTimeFormat(locale())`. */
export function locale(): string {
  return i18n.language;
}
