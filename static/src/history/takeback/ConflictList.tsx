/** Whose newer work stands where: an object a line, with the way to it on the stage. */

import { useState } from "react";
import { typeName } from "../../editor/objects";
import { locale, t } from "../../i18n";
import type { CanvasElement } from "../../protocol/messages";
import { readPath } from "../../sync/ops";
import { plainText } from "../../sync/text";
import { isColour } from "../colours";
import { TypeIcon } from "../icons";
import { Face, nameOf } from "../people";
import { momentWords } from "../times";
import type { Standing } from "./conflicts";
import { clipped } from "../words";
import { aspectsInWords } from "./words";

/** More are counted, and shown when asked for. */
const MOST_LISTED = 20;

interface Props {
  lines: readonly Standing[];
  overwrite: boolean;
  elementOf: (id: string) => CanvasElement | undefined;
  onLocate: (element: string) => void;
}

export function ConflictList({ lines, overwrite, elementOf, onLocate }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, MOST_LISTED);
  return (
    <section className="conflicts" aria-label={t("Newer work of others")} data-testid="conflicts">
      <h3>{t("Newer work of others on {{count}} objects", { count: lines.length })}</h3>
      <ul>
        {shown.map((line) => {
          const element = elementOf(line.element);
          return (
            <li key={`${line.element}/${line.user.id}`}>
              <TypeIcon type={element?.type ?? ""} />
              <div>
                <p className="conflict-what">
                  <strong data-names>{titleOf(element)}</strong>
                  <Swatches line={line} element={element} />
                </p>
                <p className="conflict-who">
                  <Face person={line.user} />
                  <span>{inWords(line, overwrite)}</span>
                </p>
              </div>
              <button type="button" className="conflict-show" onClick={() => onLocate(line.element)}>
                {t("Show")}
              </button>
            </li>
          );
        })}
      </ul>
      {shown.length < lines.length && (
        <button type="button" className="button-link" onClick={() => setAll(true)}>
          {t("Show all {{number}}", { number: lines.length.toLocaleString(locale()) })}
        </button>
      )}
    </section>
  );
}

function titleOf(element: CanvasElement | undefined): string {
  if (!element) return typeName("");
  const text = element.type === "text" ? plainText(element).trim() : "";
  return text === "" ? typeName(element.type) : t("“{{text}}”", { text: clipped(text) });
}

function inWords({ user, paths, at }: Standing, overwrite: boolean): string {
  const told = { who: nameOf(user), when: momentWords(Date.parse(at)), what: aspectsInWords(paths) };
  if (paths.length === 0) {
    return overwrite
      ? t("{{who}} worked on it · {{when}} · goes too", told)
      : t("{{who}} worked on it · {{when}} · stays", told);
  }
  return overwrite
    ? t("{{who}} changed {{what}} · {{when}} · goes too", told)
    : t("{{who}} changed {{what}} · {{when}} · stays", told);
}

function Swatches({ line, element }: { line: Standing; element: CanvasElement | undefined }) {
  const colours = line.paths.flatMap((path) => {
    const value = element && /Color$/.test(path) ? readPath(element, path) : null;
    return isColour(value) ? [value] : [];
  });
  return colours.map((colour) => (
    <span
      key={colour}
      className="swatch"
      data-clear={colour === "transparent"}
      style={{ backgroundColor: colour }}
      aria-hidden="true"
    />
  ));
}
