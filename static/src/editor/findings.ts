/** The words of a report on work that was done while away. */

import { locale, t } from "../i18n";
import type { CanvasElement } from "../protocol/messages";
import type { Finding } from "../sync/away";
import { oneOf } from "./objects";

/** "the rectangle", or what a text says. */
export function nameOf(element: CanvasElement): string {
  const text = element.properties["originalText"] ?? element.properties["text"];
  if (element.type === "text" && typeof text === "string" && text.trim() !== "") {
    const line = text.trim().split("\n")[0] ?? "";
    return t("the text “{{text}}”", { text: line.length > 30 ? `${line.slice(0, 29)}…` : line });
  }
  return oneOf(element.type);
}

/** What a set of properties is about, in as few words as it takes. */
export function aspects(paths: readonly string[]): string {
  return [...new Set(paths.map(aspect))].join(", ");
}

function aspect(path: string): string {
  if (path.startsWith("position.")) return t("position");
  if (path.startsWith("dimensions.")) return t("size");
  if (path === "angle") return t("rotation");
  if (path === "index") return t("layer");
  switch (path.split(".")[1]) {
    case "strokeColor":
    case "backgroundColor":
      return t("colour");
    case "text":
    case "originalText":
      return t("words");
    case "points":
    case "startBinding":
    case "endBinding":
      return t("shape");
    case "fontSize":
    case "fontFamily":
    case "textAlign":
      return t("lettering");
    default:
      return t("style");
  }
}

/** What happened, and what the other way to have it is called (null: there is none). */
export function inSentence(finding: Finding, who: string): { text: string; otherWay: string | null } {
  const what = nameOf(finding.element);
  switch (finding.kind) {
    case "overwrote": {
      const aspect = aspects(Object.keys(finding.theirs));
      const text = t("{{who}} had changed {{what}} too ({{aspect}}). Yours came later and stands.", {
        who,
        what,
        aspect,
      });
      return { text, otherWay: t("Use theirs") };
    }
    case "overtaken": {
      const aspect = aspects(Object.keys(finding.mine));
      const text = t("{{who}} changed {{what}} after you ({{aspect}}). Theirs stands.", { who, what, aspect });
      return { text, otherWay: t("Use mine") };
    }
    case "deleted":
      return {
        text: t("You deleted {{what}}, which {{who}} had changed meanwhile.", { who, what }),
        otherWay: t("Bring it back"),
      };
    case "refused":
      return finding.code === "gone"
        ? { text: t("{{who}} deleted {{what}}, which you had changed.", { who, what }), otherWay: t("Bring mine back") }
        : {
            text: t("Your change to {{what}} was not taken: {{why}}", { what, why: why(finding.code) }),
            otherWay: null,
          };
  }
}

const NAMED = 3;

/** Why work was not taken, and of what is too large which it is. */
export function refusal(code: string, elements: readonly CanvasElement[] = []): string {
  if (code !== "too_large" || elements.length === 0) return why(code);
  const named = elements.slice(0, NAMED).map(nameOf);
  const more = elements.length - named.length;
  const what = new Intl.ListFormat(locale(), { type: more > 0 ? "unit" : "conjunction" }).format(named);
  return more > 0
    ? t("Too large for the canvas and not saved: {{what}} and {{more}} more.", { what, more })
    : t("Too large for the canvas and not saved: {{what}}.", { what });
}

export function why(code: string): string {
  switch (code) {
    case "gone":
      return t("Someone deleted what you were changing.");
    case "forbidden":
      return t("You may not change this canvas.");
    case "too_large":
      return t("That is too large for the canvas.");
    case "limit":
      return t("The canvas is full.");
    case "rate":
      return t("Too many changes at once: some were not saved.");
    case "unavailable":
      return t("The store is away: some changes were not saved.");
    default:
      return t("It does not fit what is there now.");
  }
}
