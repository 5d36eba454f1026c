/** The buttons that ask for taking back, where the past is shown; none for those who may not. */

import { t } from "../../i18n";
import { nameOf } from "../people";
import type { Person, Version } from "../rest";
import type { HistoryStore } from "../store";
import type { Entry } from "../timeline";
import { useHistory } from "../use-history";
import { useTakeBack } from "./context";
import { RestoreIcon } from "./icons";

/** In the header, while a past moment is shown. */
export function MomentActions({ store, version }: { store: HistoryStore; version: Version | undefined }) {
  const { at, selected } = useHistory(store);
  const desk = useTakeBack();
  if (!desk || at === null) return null;
  return (
    <>
      {selected.length > 0 && (
        <button
          type="button"
          className="moment-action"
          data-testid="restore-objects"
          onClick={() => desk.restore({ seq: at, elements: selected })}
        >
          {t("Bring {{count}} objects back", { count: selected.length })}
        </button>
      )}
      <button
        type="button"
        className="moment-action moment-action-main"
        data-testid="restore-moment"
        aria-label={t("Restore this moment")}
        onClick={() => desk.restore({ seq: at, ...(version ? { name: version.name } : {}) })}
      >
        <RestoreIcon />
        <span>{t("Restore this moment")}</span>
      </button>
    </>
  );
}

export function RestoreVersion({ version }: { version: Version }) {
  const desk = useTakeBack();
  if (!desk) return null;
  const label = t("Restore “{{name}}”", { name: version.name });
  return (
    <button
      type="button"
      className="panel-icon"
      aria-label={label}
      title={label}
      onClick={() => desk.restore({ seq: version.seq, name: version.name })}
    >
      <RestoreIcon />
    </button>
  );
}

export function RevertEntry({ entry }: { entry: Entry }) {
  const desk = useTakeBack();
  if (!desk) return null;
  return (
    <button
      type="button"
      className="revert-entry"
      onClick={() => desk.revert({ user: entry.user, records: entry.records, filters: {} })}
    >
      <RestoreIcon />
      {t("Take this back…")}
    </button>
  );
}

/** While the timeline is filtered to a person, to some days or to an object. */
export function RevertFiltered({ store, people }: { store: HistoryStore; people: readonly Person[] }) {
  const filters = useHistory(store, (state) => state.filters);
  const desk = useTakeBack();
  const { user: id, since, until, element } = filters;
  const user = people.find((person) => person.id === id) ?? null;
  if (!desk || (id ? !user : since === undefined && until === undefined && element === undefined)) return null;
  return (
    <button
      type="button"
      className="revert-filtered"
      data-testid="revert-filtered"
      onClick={() => desk.revert({ user, filters })}
    >
      <RestoreIcon />
      {user ? t("Take back changes of {{name}}…", { name: nameOf(user) }) : t("Take these changes back…")}
    </button>
  );
}
