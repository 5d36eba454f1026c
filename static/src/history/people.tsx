import { initials } from "../editor/peers";
import { t } from "../i18n";
import { inkOn } from "./colours";
import type { Person } from "./rest";

const GONE = "#6b6675";

/** An account that is gone has no name any more. */
export function nameOf(person: Person): string {
  return person.name ?? t("Somebody who has left");
}

export function Face({ person }: { person: Person }) {
  const colour = person.color ?? GONE;
  return (
    <span className="face" style={{ backgroundColor: colour, color: inkOn(colour) }} aria-hidden="true" data-names>
      {person.name === null ? "?" : initials(person.name)}
    </span>
  );
}
