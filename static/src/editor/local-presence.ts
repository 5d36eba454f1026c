/** What of this person the others see: cursor, selection, viewport, tool. Tells the engine only what has changed. */

import type { AppState } from "@excalidraw/excalidraw/types";
import type { Engine } from "../sync/engine";

/** The server takes more; a selection of everything is not worth its bytes. */
const MOST_SELECTED = 500;

export class LocalPresence {
  private selection = "";
  private viewport = "";
  private tool = "";

  constructor(private readonly engine: Engine) {}

  point(x: number, y: number): void {
    this.engine.showPresence({ cursor: { x: round(x), y: round(y) } });
  }

  leave(): void {
    this.engine.showPresence({ cursor: null });
  }

  look(state: AppState): void {
    const selection = Object.keys(state.selectedElementIds)
      .filter((id) => state.selectedElementIds[id])
      .slice(0, MOST_SELECTED);
    const chosen = selection.join();
    if (chosen !== this.selection) {
      this.selection = chosen;
      this.engine.showPresence({ selection });
    }
    const viewport = { x: round(state.scrollX), y: round(state.scrollY), zoom: round(state.zoom.value) };
    const where = `${viewport.x},${viewport.y},${viewport.zoom}`;
    if (where !== this.viewport) {
      this.viewport = where;
      this.engine.showPresence({ viewport });
    }
    if (state.activeTool.type !== this.tool) {
      this.tool = state.activeTool.type;
      this.engine.showPresence({ tool: this.tool });
    }
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
