/** A large canvas opens on its middle (first-view.ts): says so, and leads to the whole. Not where a link led elsewhere. */

import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { t } from "../i18n";
import { CloseIcon } from "./icons";
import { parsePlace } from "./links/address";

export function LargeCanvas({ api, onDone }: { api: ExcalidrawImperativeAPI; onDone: () => void }) {
  if (parsePlace(location.hash)) return null;
  const showAll = (): void => {
    api.scrollToContent(api.getSceneElements(), { fitToContent: true, animate: false });
    onDone();
  };
  return (
    <div className="large-canvas" role="status" data-testid="large-canvas">
      <span>{t("You see the middle of a large canvas.")}</span>
      <button type="button" className="large-canvas-all" onClick={showAll} title="Shift+1">
        {t("Show all of it")}
      </button>
      <button type="button" className="large-canvas-close" onClick={onDone} aria-label={t("Close")}>
        <CloseIcon />
      </button>
    </div>
  );
}
