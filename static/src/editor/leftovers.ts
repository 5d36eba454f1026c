/**
 * Sends the work that other pages on this canvas left when they were closed, each under the client id it was made with,
 * by a connection of its own: so its numbers go on, and the server takes nothing twice.
 */

import type { CanvasStore } from "../store/canvas-store";
import type { Engine } from "../sync/engine";

const LOOK_EVERY_MS = 30_000;

export class Leftovers {
  private busy = false;

  constructor(
    private readonly engine: Engine,
    private readonly store: CanvasStore,
    private readonly engineFor: (left: CanvasStore) => Engine,
  ) {}

  /** Looks whenever the connection stands, and now and then while it does: a page may be closed at any time. */
  start(): void {
    let online = false;
    this.engine.listen(() => {
      const now = this.engine.status.link === "online";
      if (now && !online) void this.look();
      online = now;
    });
    setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  private async look(): Promise<void> {
    if (this.busy || this.engine.status.link !== "online") return;
    this.busy = true;
    try {
      for (let left = await this.store.takeLeftover(); left; left = await this.store.takeLeftover()) {
        if (!(await this.deliver(left))) return;
      }
    } finally {
      this.busy = false;
    }
  }

  /** True when all is settled; false when the server ended the connection: the work stays for another time. */
  private deliver(left: CanvasStore): Promise<boolean> {
    const courier = this.engineFor(left);
    return new Promise((resolve) => {
      courier.listen((event) => {
        if (event.type === "refused" || event.type === "findings") this.engine.relay(event);
        const { link, unsaved } = courier.status;
        const settled = link === "online" && unsaved === 0;
        if (!settled && link !== "stopped") return;
        courier.stop();
        left.release();
        resolve(settled);
      });
      courier.start();
    });
  }
}
