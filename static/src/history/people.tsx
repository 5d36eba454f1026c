import { personStyle } from "../editor/ink";
import { initials } from "../editor/peers";
import { t } from "../i18n";
import type { Person } from "./rest";

const GONE = "#6b6675";

/** An account that is gone has no name any more. */
export function nameOf(person: Person): string {
  return person.name ?? t("Somebody who has left");
}

export function Face({ person }: { person: Person }) {
  return (
    <span className="face" style={personStyle(person.color ?? GONE)} aria-hidden="true" data-names>
      {person.name === null ? "?" : initials(person.name)}
    </span>
  );
}
