import { type FormEvent, useId, useState } from "react";
import { t } from "../i18n";
import { failureWords } from "./notices";
import { Problem } from "./rest";

const LONGEST = 120;

interface Props {
  label: string;
  action: string;
  start?: string;
  /** Rejects with what the server said, which is then shown here. */
  onSave: (name: string) => Promise<void>;
  onCancel: () => void;
}

/** A name, where it stands. Escape leaves it as it was, and closes nothing else. */
export function NameForm({ label, action, start = "", onSave, onCancel }: Props) {
  const [name, setName] = useState(start);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === "" || busy) return;
    setBusy(true);
    try {
      await onSave(wanted);
    } catch (error) {
      const [first] = error instanceof Problem ? (error.errors["name"] ?? []) : [];
      const full = error instanceof Problem && error.code === "limit";
      setFailed(
        full
          ? t("This canvas has all the names it may have. Delete one first.")
          : (first ?? failureWords(error, "online")),
      );
      setBusy(false);
    }
  };

  return (
    <form
      className="name-form"
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onCancel();
      }}
    >
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={name}
        maxLength={LONGEST}
        autoFocus
        autoComplete="off"
        aria-invalid={failed !== null}
        aria-describedby={failed === null ? undefined : `${id}-failed`}
        onChange={(event) => setName(event.target.value)}
        onFocus={(event) => event.target.select()}
      />
      {failed && (
        <p id={`${id}-failed`} className="version-failed" role="alert">
          {failed}
        </p>
      )}
      <span className="name-form-actions">
        <button type="button" onClick={onCancel}>
          {t("Cancel")}
        </button>
        <button type="submit" className="name-form-save" disabled={busy || name.trim() === ""}>
          {action}
        </button>
      </span>
    </form>
  );
}
