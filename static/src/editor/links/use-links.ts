/** Goes to the place that the address names, when the canvas opens and whenever that part of the address changes. */

import { getCommonBounds, sceneCoordsToViewportCoords } from "@excalidraw/excalidraw";
import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useEffect } from "react";
import { t } from "../../i18n";
import { formatPlace, parsePlace, type Place } from "./address";
import "./links.css";

const MARGIN = 8;
const SHOWN_MS = 2_400;
const PATIENCE_MS = 4_000;
const LOOK_AGAIN_MS = 100;

export function useLinks(api: ExcalidrawImperativeAPI | null, open: boolean, say: (message: string) => void): void {
  useEffect(() => {
    if (!api || !open) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const go = (deadline: number): void => {
      clearTimeout(timer);
      const place = parsePlace(location.hash);
      if (!place) return;
      if (isDrawn(api, place) || performance.now() > deadline) show(api, place, say);
      else timer = setTimeout(() => go(deadline), LOOK_AGAIN_MS);
    };
    const changed = (): void => go(0);
    // The canvas is open a moment before its elements are on the scene, and then moves to show them all.
    go(performance.now() + PATIENCE_MS);
    addEventListener("hashchange", changed);
    return () => {
      clearTimeout(timer);
      removeEventListener("hashchange", changed);
    };
    // `say` is made anew with each render.
  }, [api, open]);
}

function isDrawn(api: ExcalidrawImperativeAPI, place: Place): boolean {
  const scene = api.getSceneElements();
  return place.kind === "view" ? scene.length > 0 : scene.some(({ id }) => place.ids.includes(id));
}

/** The address of what is selected, else of what is seen. */
export function linkHere(api: ExcalidrawImperativeAPI): { url: string; elements: number } {
  const state = api.getAppState();
  const ids = api.getSceneElements().filter((element) => state.selectedElementIds[element.id]);
  const place: Place =
    ids.length > 0
      ? { kind: "elements", ids: ids.map((element) => element.id) }
      : {
          kind: "view",
          x: state.width / 2 / state.zoom.value - state.scrollX,
          y: state.height / 2 / state.zoom.value - state.scrollY,
          zoom: state.zoom.value,
        };
  return { url: `${location.origin}${location.pathname}${formatPlace(place)}`, elements: ids.length };
}

function show(api: ExcalidrawImperativeAPI, place: Place, say: (message: string) => void): void {
  const state = api.getAppState();
  if (place.kind === "view") {
    const { x, y, zoom } = place;
    api.updateScene({
      appState: {
        scrollX: state.width / 2 / zoom - x,
        scrollY: state.height / 2 / zoom - y,
        zoom: { value: zoom as typeof state.zoom.value },
      },
    });
    return;
  }
  const wanted = new Set(place.ids);
  const found = api.getSceneElements().filter((element) => wanted.has(element.id));
  if (found.length === 0) {
    say(t("What this link points to is not on the canvas any more."));
    return;
  }
  api.scrollToContent(found, { fitToContent: true, animate: false, maxZoom: 1 });
  if (!state.viewModeEnabled) {
    api.updateScene({
      appState: { selectedElementIds: Object.fromEntries(found.map(({ id }) => [id, true as const])) },
    });
  }
  // The component has moved the canvas by the frame after the next.
  requestAnimationFrame(() => requestAnimationFrame(() => flash(api, found)));
}

/** A ring around elements that fades: a viewer has no selection, and a selection alone is easily overlooked. */
function flash(api: ExcalidrawImperativeAPI, elements: readonly ExcalidrawElement[]): void {
  const state = api.getAppState();
  const [left, top, right, bottom] = getCommonBounds(elements);
  const from = sceneCoordsToViewportCoords({ sceneX: left, sceneY: top }, state);
  const to = sceneCoordsToViewportCoords({ sceneX: right, sceneY: bottom }, state);
  const ring = document.createElement("div");
  ring.className = "link-ring";
  ring.dataset["testid"] = "link-ring";
  ring.style.left = `${from.x - MARGIN}px`;
  ring.style.top = `${from.y - MARGIN}px`;
  ring.style.width = `${to.x - from.x + 2 * MARGIN}px`;
  ring.style.height = `${to.y - from.y + 2 * MARGIN}px`;
  document.body.append(ring);
  setTimeout(() => ring.remove(), SHOWN_MS);
}
