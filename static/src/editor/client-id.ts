/**
 * The identity of this tab towards the server: it survives a reload, and no two tabs share it. A duplicated tab copies the session
 * storage, so the identity is taken only under a lock that the first tab still holds.
 */

const KEY = "canvas-client";
const LOCK_WAIT_MS = 1_500;

export async function takeClientId(): Promise<string> {
  const stored = sessionStorage.getItem(KEY);
  if (stored !== null && (await hold(stored))) return stored;
  const fresh = crypto.randomUUID();
  sessionStorage.setItem(KEY, fresh);
  await hold(fresh);
  return fresh;
}

/** True when this tab now holds the identity. A page that is just being left may hold it for a moment longer. */
async function hold(id: string): Promise<boolean> {
  if (!("locks" in navigator)) return true;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(LOCK_WAIT_MS);
    navigator.locks
      .request(`${KEY}-${id}`, { signal }, () => {
        resolve(true);
        return new Promise(() => undefined);
      })
      .catch(() => resolve(false));
  });
}
