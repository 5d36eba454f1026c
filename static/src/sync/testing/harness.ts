import { vi } from "vitest";
import { Engine, type EngineEvent } from "../engine";
import { ModelServer, type ModelSocket } from "./model-server";

/** One engine and its present socket to a model server. */
export class Tab {
  readonly engine: Engine;
  readonly events: EngineEvent[] = [];
  socket: ModelSocket | undefined;

  constructor(server: ModelServer, client: string) {
    this.engine = new Engine({ client, role: "editor", open: () => (this.socket = server.connect()) });
    this.engine.listen((event) => this.events.push(event));
    this.engine.start();
  }

  /** The content of the canvas as this tab shows it, tombstones left out. */
  scene(): Record<string, unknown> {
    const scene: Record<string, unknown> = {};
    for (const id of [...this.engine.view.ids()].sort()) {
      const shown = this.engine.view.shown(id);
      if (shown && !shown.deleted) scene[id] = { ...shown, version: 0 };
    }
    return scene;
  }
}

/** Delivers all mail of all tabs, opening connections, until none is left. */
export function settle(tabs: readonly Tab[]): void {
  let moved = true;
  while (moved) {
    moved = false;
    for (const { socket } of tabs) {
      if (!socket) continue;
      while (socket.deliver("server") || socket.deliver("client")) moved = true;
    }
  }
}

export function join(...tabs: Tab[]): void {
  for (const tab of tabs) tab.socket?.accept();
  settle(tabs);
}

export function pair(): { server: ModelServer; ada: Tab; grace: Tab } {
  const server = new ModelServer();
  const ada = new Tab(server, "ada");
  const grace = new Tab(server, "grace");
  join(ada, grace);
  return { server, ada, grace };
}

/** Everyone comes back, mail flows until all is quiet, and previews fall silent. */
export function returnAndSettle(tabs: readonly Tab[]): void {
  for (let second = 0; second < 40; second++) {
    vi.advanceTimersByTime(1_000);
    for (const one of tabs) {
      one.engine.wake();
      if (one.engine.status.link !== "online") one.socket?.accept();
    }
    settle(tabs);
  }
}
