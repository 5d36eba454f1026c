/**
 * Words for people. The English text is the key: `t("Saved")`, `t("{{count}} changes waiting", { count })`; a language
 * that lacks one falls back to it. The page's `lang` decides; languages are loaded before anything is drawn.
 */

import i18next from "i18next";

export async function loadLanguage(language: string): Promise<void> {
  await i18next.init({
    lng: language,
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    returnEmptyString: false,
    interpolation: { escapeValue: false },
    resources: {},
  });
}

export const t = i18next.t.bind(i18next);
