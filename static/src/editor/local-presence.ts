/** What of this person the others see: cursor, selection, viewport, tool. Tells the engine only what has changed. */

import type { AppState } from "@excalidraw/excalidraw/types";
import type { Engine } from "../sync/engine";
import { viewportOf } from "./viewport";

/** The server takes more; a selection of everything is not worth its bytes. */
const MOST_SELECTED = 500;

export class LocalPresence {
  private selection = "";
  private viewport = "";
  private tool = "";
  private laser = false;

  constructor(private readonly engine: Engine) {}

  point(x: number, y: number, laser: boolean): void {
    this.engine.showPresence({ cursor: { x: round(x), y: round(y) }, ...(laser === this.laser ? {} : { laser }) });
    this.laser = laser;
  }

  leave(): void {
    this.engine.showPresence({ cursor: null, ...(this.laser ? { laser: false } : {}) });
    this.laser = false;
  }

  /** `following`: this window goes where another one goes, which is no news to anybody. */
  look(state: AppState, following: boolean): void {
    const selection = Object.keys(state.selectedElementIds)
      .filter((id) => state.selectedElementIds[id])
      .slice(0, MOST_SELECTED);
    const chosen = selection.join();
    if (chosen !== this.selection) {
      this.selection = chosen;
      this.engine.showPresence({ selection });
    }
    if (!following && !state.isLoading && state.width >= 1 && state.height >= 1) this.lookAround(state);
    if (state.activeTool.type !== this.tool) {
      this.tool = state.activeTool.type;
      this.engine.showPresence({ tool: this.tool });
    }
  }

  private lookAround({ scrollX, scrollY, zoom, width, height }: AppState): void {
    const seen = viewportOf({ scrollX, scrollY, zoom: zoom.value }, { width, height });
    const viewport = { x: round(seen.x), y: round(seen.y), zoom: round(seen.zoom, 10_000), width, height };
    const where = JSON.stringify(viewport);
    if (where === this.viewport) return;
    this.viewport = where;
    this.engine.showPresence({ viewport });
  }
}

function round(value: number, parts = 100): number {
  return Math.round(value * parts) / parts;
}
