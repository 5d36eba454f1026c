/** Which keys mean undo and redo. A layout without Latin letters is read by the place of the key. */

type Keys = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

export function isUndoKey(event: Keys): boolean {
  return commands(event) && !event.shiftKey && letter(event) === "z";
}

export function isRedoKey(event: Keys): boolean {
  if (!commands(event)) return false;
  return event.shiftKey ? letter(event) === "z" : letter(event) === "y" && event.ctrlKey;
}

function commands({ ctrlKey, metaKey, altKey }: Keys): boolean {
  return ctrlKey !== metaKey && !altKey;
}

function letter({ key, code }: Keys): string {
  const typed = key.toLowerCase();
  return /^[a-z]$/.test(typed) ? typed : code.replace("Key", "").toLowerCase();
}
