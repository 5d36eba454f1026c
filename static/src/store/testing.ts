/** Web Locks for tests in Node: names held one at a time, waiters in order. */

type Granted = (lock: { name: string } | null) => unknown;

export class TestLocks {
  private readonly held = new Set<string>();
  private readonly waiting: { name: string; grant: () => void }[] = [];

  request(name: string, options: { ifAvailable?: boolean; signal?: AbortSignal }, granted: Granted): Promise<unknown> {
    if (!this.held.has(name)) return this.grant(name, granted);
    if (options.ifAvailable) return Promise.resolve(granted(null));
    return new Promise((resolve, reject) => {
      const waiter = { name, grant: () => void this.grant(name, granted).then(resolve, reject) };
      this.waiting.push(waiter);
      options.signal?.addEventListener("abort", () => {
        const place = this.waiting.indexOf(waiter);
        if (place < 0) return;
        this.waiting.splice(place, 1);
        reject(options.signal?.reason as Error);
      });
    });
  }

  /** As when a page that holds it is gone. */
  free(name: string): void {
    this.held.delete(name);
    const place = this.waiting.findIndex((waiter) => waiter.name === name);
    const [next] = place < 0 ? [] : this.waiting.splice(place, 1);
    next?.grant();
  }

  private async grant(name: string, granted: Granted): Promise<unknown> {
    this.held.add(name);
    const result = await granted({ name });
    this.free(name);
    return result;
  }
}
