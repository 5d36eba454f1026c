/** Which client ids are in use: each page holds a lock of its id's name for as long as it lives. */

/** Holds the lock if it is free within `ms`; gives what lets it go again, or null. */
export function hold(client: string, ms = 0, locks: LockManager = navigator.locks): Promise<(() => void) | null> {
  const options: LockOptions = ms === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(ms) };
  return new Promise((resolve) => {
    locks
      .request(`canvas-client-${client}`, options, (lock) => {
        if (lock === null) return resolve(null);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(() => resolve(null));
  });
}
