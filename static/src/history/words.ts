/** What somebody did, in a few words; who it was stands beside it. Pure. */

import { locale, t } from "../i18n";
import { type Aspect, aspectsOf, valueOf } from "./aspects";
import { colourName, isColour } from "./colours";
import { inWords, oneOf } from "../editor/objects";
import type { ChangeRecord } from "./rest";

export interface Words {
  text: string;
  /** Colours before and after, to be shown beside the words. */
  swatches: [string, string] | null;
}

const QUOTED = 40;
/** More kinds of doing in one gesture are counted. */
const MOST_PHRASES = 2;

/** The records are one gesture's. */
export function inSentence(records: readonly ChangeRecord[]): Words {
  const kinds = new Map<string, ChangeRecord[]>();
  for (const record of withoutFollowers(records)) {
    const kind = kindOf(record);
    kinds.set(kind, [...(kinds.get(kind) ?? []), record]);
  }
  const groups = [...kinds.values()];
  const phrases = groups.map(phrase);
  if (phrases.length === 1) return phrases[0] as Words;
  const shown = phrases.slice(0, MOST_PHRASES).map(({ text }) => text);
  const count = groups.slice(MOST_PHRASES).flat().length;
  if (count > 0) shown.push(t("{{count}} more changes", { count }));
  return { text: shown.join(" · "), swatches: null };
}

/** Arrows that came along with what they point at, and labels with their shapes, are not what the gesture was for. */
function withoutFollowers(records: readonly ChangeRecord[]): readonly ChangeRecord[] {
  const meant = records.filter((record) => !follows(record));
  return meant.length > 0 ? meant : records;
}

function follows(record: ChangeRecord): boolean {
  if (record.action !== "update") return false;
  const aspects = aspectsOf(record);
  if (aspects.length === 0) return true;
  if (record.element_type === "arrow")
    return aspects.every((aspect) => ["points", "bound", "position"].includes(aspect));
  return record.element_type === "text" && aspects.every((aspect) => ["position", "size", "angle"].includes(aspect));
}

/** Records of one kind are told together. */
function kindOf(record: ChangeRecord): string {
  return record.action === "update" ? aspectsOf(record).sort().join() : record.action;
}

function phrase(records: readonly ChangeRecord[]): Words {
  const [first] = records as [ChangeRecord];
  const what = inWords(records.map(({ element_type: type }) => type));
  switch (first.action) {
    case "create":
      return plain(records.length === 1 ? created(first) : t("Created {{what}}", { what }));
    case "delete":
      return plain(t("Deleted {{what}}", { what }));
    case "restore":
      return plain(t("Brought {{what}} back", { what }));
    case "update":
      return updated(records, what);
  }
}

function created(record: ChangeRecord): string {
  const text = valueOf(record, "properties.text")?.after;
  if (record.element_type === "text" && typeof text === "string" && text.trim() !== "")
    return t("Wrote “{{text}}”", { text: clipped(text) });
  return t("Created {{what}}", { what: oneOf(record.element_type) });
}

function updated(records: readonly ChangeRecord[], what: string): Words {
  const [first] = records as [ChangeRecord];
  const aspects = aspectsOf(first);
  const [only] = aspects;
  if (only === undefined) return plain(t("Changed {{what}} there and back", { what }));
  if (aspects.length > 1) {
    const list = new Intl.ListFormat(locale(), { type: "conjunction", style: "narrow" }).format(
      aspects.map(aspectName),
    );
    return plain(t("Changed {{what}}: {{aspects}}", { what, aspects: list }));
  }
  if (only === "stroke" || only === "fill") return recoloured(records, only, what);
  if (only === "text" && records.length === 1) return plain(retyped(first, what));
  return plain(simple(only, first, what));
}

function recoloured(records: readonly ChangeRecord[], aspect: "stroke" | "fill", what: string): Words {
  const path = aspect === "stroke" ? "properties.strokeColor" : "properties.backgroundColor";
  const values = records.map((record) => valueOf(record, path));
  const [value] = values;
  const same = values.every((one) => one?.before === value?.before && one?.after === value?.after);
  const before = value?.before ?? "transparent";
  const after = value?.after ?? "transparent";
  if (!value || !same || !isColour(before) || !isColour(after)) {
    const text =
      aspect === "stroke" ? t("Changed the stroke of {{what}}", { what }) : t("Changed the fill of {{what}}", { what });
    return plain(text);
  }
  const colours = { what, before: colourName(before), after: colourName(after) };
  const text =
    aspect === "stroke"
      ? t("Changed the stroke of {{what}} from {{before}} to {{after}}", colours)
      : before === "transparent"
        ? t("Filled {{what}} with {{after}}", { what, after: colours.after })
        : after === "transparent"
          ? t("Removed the fill of {{what}}", { what })
          : t("Changed the fill of {{what}} from {{before}} to {{after}}", colours);
  return { text, swatches: [before, after] };
}

function retyped(record: ChangeRecord, what: string): string {
  const value = valueOf(record, "properties.text");
  if (!value) return t("Edited {{what}}", { what });
  const [before, after] = [value.before, value.after].map((text) => (typeof text === "string" ? clipped(text) : ""));
  if (before === "" && after === "") return t("Edited {{what}}", { what });
  if (before === "") return t("Typed “{{text}}”", { text: after });
  if (after === "") return t("Cleared the text “{{text}}”", { text: before });
  return t("Changed “{{before}}” to “{{after}}”", { before, after });
}

function simple(aspect: Aspect, record: ChangeRecord, what: string): string {
  switch (aspect) {
    case "position":
      return t("Moved {{what}}", { what });
    case "size":
      return t("Resized {{what}}", { what });
    case "angle":
      return t("Turned {{what}}", { what });
    case "grown":
      return t("Went on drawing {{what}}", { what });
    case "points":
      return t("Reshaped {{what}}", { what });
    case "bound":
      return t("Connected {{what}}", { what });
    case "order": {
      const { before, after } = valueOf(record, "index") ?? { before: null, after: null };
      const forward = String(after ?? "") > String(before ?? "");
      return forward ? t("Brought {{what}} forward", { what }) : t("Sent {{what}} back", { what });
    }
    case "text":
      return t("Edited {{what}}", { what });
    case "style":
      return t("Changed the style of {{what}}", { what });
    case "lettering":
      return t("Changed the lettering of {{what}}", { what });
    case "group": {
      const { before, after } = valueOf(record, "properties.groupIds") ?? { before: null, after: null };
      return depth(after) > depth(before) ? t("Grouped {{what}}", { what }) : t("Ungrouped {{what}}", { what });
    }
    case "frame":
      return valueOf(record, "properties.frameId")?.after
        ? t("Put {{what}} into a frame", { what })
        : t("Took {{what}} out of a frame", { what });
    case "lock":
      return valueOf(record, "properties.locked")?.after
        ? t("Locked {{what}}", { what })
        : t("Unlocked {{what}}", { what });
    case "link":
      return t("Changed the link of {{what}}", { what });
    case "name":
      return t("Renamed {{what}}", { what });
    default:
      return t("Changed {{what}}", { what });
  }
}

export function aspectName(aspect: Aspect): string {
  switch (aspect) {
    case "position":
      return t("position");
    case "size":
      return t("size");
    case "angle":
      return t("rotation");
    case "stroke":
    case "fill":
      return t("colour");
    case "text":
      return t("words");
    case "order":
      return t("layer");
    case "lettering":
      return t("lettering");
    case "points":
    case "grown":
    case "bound":
      return t("shape");
    default:
      return t("style");
  }
}

export function clipped(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  const letters = [...line];
  return letters.length > QUOTED ? `${letters.slice(0, QUOTED - 1).join("")}…` : line;
}

function depth(groups: unknown): number {
  return Array.isArray(groups) ? groups.length : 0;
}

function plain(text: string): Words {
  return { text, swatches: null };
}
