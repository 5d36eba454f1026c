/** The engine's status, people and messages as React state. */

import { useEffect, useState, useSyncExternalStore } from "react";
import type { Engine } from "../sync/engine";
import { inWords, type Status } from "../sync/status";
import type { Page } from "./page";
import { people, type Person } from "./peers";

export function useStatus(engine: Engine): Status {
  const [snapshot] = useState(() => snapshotOf(engine, "status", () => engine.status));
  return useSyncExternalStore(snapshot.subscribe, snapshot.read);
}

/** This person, who is here with this tab at least, and all others. */
export function usePeople(engine: Engine, page: Page): [own: Person, others: Person[]] {
  const [snapshot] = useState(() =>
    snapshotOf(engine, "peers", (): [Person, Person[]] => {
      const here = people([{ client: engine.client, user: page.user, role: page.role }, ...engine.peers.values()]);
      const own = here.find(({ user }) => user.id === page.user.id) as Person;
      return [own, here.filter((person) => person !== own)];
    }),
  );
  return useSyncExternalStore(snapshot.subscribe, snapshot.read);
}

/** React wants the same object while nothing has changed; cursors move without changing who is here. */
function snapshotOf<T>(engine: Engine, event: "status" | "peers", make: () => T) {
  let value = make();
  return {
    subscribe: (changed: () => void) =>
      engine.listen((heard) => {
        if (heard.type !== event) return;
        const next = make();
        if (JSON.stringify(next) === JSON.stringify(value)) return;
        value = next;
        changed();
      }),
    read: () => value,
  };
}

const TOAST_MS = 5_000;
/** Time to find the button, also with a keyboard. */
const TOAST_WITH_ACTION_MS = 20_000;

export interface ToastAction {
  label: string;
  run: () => void;
}

export interface Toast {
  message: string;
  action: ToastAction | undefined;
}

export type Say = (message: string, action?: ToastAction) => void;

/** The last thing to tell the person, for a while. */
export function useToast(): [toast: Toast | null, say: Say, dismiss: () => void] {
  const [toast, setToast] = useState<Toast | null>(null);
  useEffect(() => {
    if (toast === null) return;
    const timer = setTimeout(() => setToast(null), toast.action ? TOAST_WITH_ACTION_MS : TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  const [say] = useState(() => (message: string, action?: ToastAction) => setToast({ message, action }));
  const [dismiss] = useState(() => () => setToast(null));
  return [toast, say, dismiss];
}

const LINGER_MS = 250;

/** Most changes are durable within a blink: say "Saving" only when it takes longer. */
export function useCalmWords(status: Status): ReturnType<typeof inWords> {
  const words = inWords(status);
  const [shown, setShown] = useState(words);
  const key = JSON.stringify(words);
  const brief = words.tone === "busy" && status.link === "online" && shown.tone === "good";
  useEffect(() => {
    const next = JSON.parse(key) as typeof words;
    if (!brief) {
      setShown(next);
      return;
    }
    const timer = setTimeout(() => setShown(next), LINGER_MS);
    return () => clearTimeout(timer);
  }, [key, brief]);
  return shown;
}
