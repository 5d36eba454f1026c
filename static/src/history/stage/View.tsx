/** Zoom, for whoever has no wheel, and the way back to what is drawn. */

import type { AppState, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import type { RefObject } from "react";
import type { Scroll } from "../../editor/viewport";
import { t } from "../../i18n";

/** The component's own limits. */
const LEAST_ZOOM = 0.1;
const MOST_ZOOM = 30;
const STEP = 1.25;
/** For the component: all of it in view, and nothing at the very edge. */
export const WITH_A_MARGIN = { fitToViewport: true, viewportZoomFactor: 0.85, animate: false } as const;

interface Props {
  api: ExcalidrawImperativeAPI;
  scroll: RefObject<Scroll>;
}

export function View({ api, scroll }: Props) {
  const zoomBy = (factor: number): void => {
    const { width, height } = api.getAppState();
    const { scrollX, scrollY, zoom } = scroll.current;
    const value = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom * factor));
    // The middle stays where it is.
    const shift = (size: number): number => size / 2 / value - size / 2 / zoom;
    const appState = {
      zoom: { value: value as AppState["zoom"]["value"] },
      scrollX: scrollX + shift(width),
      scrollY: scrollY + shift(height),
    };
    api.updateScene({ appState });
  };
  const fit = (): void => api.scrollToContent(api.getSceneElements(), WITH_A_MARGIN);
  return (
    <div className="past-view" role="group" aria-label={t("View")}>
      <button type="button" onClick={() => zoomBy(1 / STEP)} aria-label={t("Zoom out")} title={t("Zoom out")}>
        <Sign d="M5 12h14" />
      </button>
      <button type="button" onClick={() => zoomBy(STEP)} aria-label={t("Zoom in")} title={t("Zoom in")}>
        <Sign d="M5 12h14M12 5v14" />
      </button>
      <button type="button" onClick={fit} aria-label={t("Show all")} title={t("Show all")}>
        <Sign d="M4 9V5a1 1 0 0 1 1-1h4M15 4h4a1 1 0 0 1 1 1v4M20 15v4a1 1 0 0 1-1 1h-4M9 20H5a1 1 0 0 1-1-1v-4" />
      </button>
    </div>
  );
}

function Sign({ d }: { d: string }) {
  return (
    <svg
      width="18"
      height="18"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      {" "}
      {/* prettier-ignore */}
      <path d={d} />
    </svg>
  );
}
