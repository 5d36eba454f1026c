/** Which changes are listed: by whom, when, to what, and of which kind. */

import { TYPES, typeName } from "../editor/objects";
import { CloseIcon } from "../editor/icons";
import { t } from "../i18n";
import { Face, nameOf } from "./people";
import type { Action, Person } from "./rest";
import type { HistoryStore } from "./store";
import { rangeWords } from "./times";
import { localDate } from "./timeline";
import { useHistory } from "./use-history";

const ACTIONS: readonly Action[] = ["create", "update", "delete", "restore"];

export function Filters({ store, people }: { store: HistoryStore; people: readonly Person[] }) {
  const filters = useHistory(store, (state) => state.filters);
  const selected = useHistory(store, (state) => state.selected);
  const { user, since, until, element_type: type, action, element } = filters;
  const only = selected.length === 1 && selected[0] !== element ? selected[0] : undefined;
  return (
    <div className="filters" role="group" aria-label={t("Filters")}>
      {people.length > 1 && (
        <div className="filters-people">
          {people.map((person) => {
            const name = nameOf(person);
            const chosen = user === person.id;
            return (
              <button
                key={person.id}
                type="button"
                aria-pressed={chosen}
                aria-label={t("Only changes by {{name}}", { name })}
                title={name}
                data-names
                onClick={() => store.filter({ user: chosen ? undefined : person.id })}
              >
                <Face person={person} />
              </button>
            );
          })}
        </div>
      )}
      <select
        aria-label={t("Kind of object")}
        data-set={type !== undefined}
        value={type ?? ""}
        onChange={(event) => store.filter({ element_type: event.target.value || undefined })}
      >
        <option value="">{t("All objects")}</option>
        {TYPES.map((one) => (
          <option key={one} value={one}>
            {typeName(one)}
          </option>
        ))}
      </select>
      <select
        aria-label={t("Kind of change")}
        data-set={action !== undefined}
        value={action ?? ""}
        onChange={(event) => store.filter({ action: (event.target.value || undefined) as Action | undefined })}
      >
        <option value="">{t("All changes")}</option>
        {ACTIONS.map((one) => (
          <option key={one} value={one}>
            {actionName(one)}
          </option>
        ))}
      </select>
      {(since || until) && (
        <Chip
          text={daysWords(since, until)}
          label={t("Show all days")}
          onClear={() => store.filter({ since: undefined, until: undefined })}
        />
      )}
      {element && (
        <Chip
          text={t("This object")}
          label={t("Show all objects")}
          onClear={() => store.filter({ element: undefined })}
        />
      )}
      {only && (
        <button type="button" className="filters-offer" onClick={() => store.filter({ element: only })}>
          {t("Only this object")}
        </button>
      )}
      {Object.keys(filters).length > 1 && (
        <button type="button" className="filters-reset" onClick={() => store.clearFilters()}>
          {t("Reset")}
        </button>
      )}
    </div>
  );
}

function Chip({ text, label, onClear }: { text: string; label: string; onClear: () => void }) {
  return (
    <span className="chip">
      {text}
      <button type="button" aria-label={label} title={label} onClick={onClear}>
        <CloseIcon />
      </button>
    </span>
  );
}

function daysWords(since: string | undefined, until: string | undefined): string {
  const first = localDate(Date.parse(since ?? until ?? ""));
  const last = localDate(until ? Date.parse(until) - 1 : Date.now());
  return rangeWords(since ? first : last, last);
}

function actionName(action: Action): string {
  switch (action) {
    case "create":
      return t("Created");
    case "update":
      return t("Changed");
    case "delete":
      return t("Deleted");
    case "restore":
      return t("Brought back");
  }
}
