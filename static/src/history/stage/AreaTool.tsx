/** Takes a rectangle from the stage, drawn by hand, or all that is in view. */

import { useEffect, useRef, useState } from "react";
import { t } from "../../i18n";
import { between, type Box, type Point } from "./geometry";

interface Props {
  sceneAt: (event: { clientX: number; clientY: number }) => Point;
  /** Two corners of what is to be seen. */
  inView: () => [Point, Point];
  /** null: never mind. */
  onDone: (area: Box | null) => void;
}

/** Smaller is a slip of the hand. */
const LEAST_PIXELS = 8;

export function AreaTool({ sceneAt, inView, onDone }: Props) {
  const start = useRef<{ x: number; y: number; scene: Point } | null>(null);
  const [drawn, setDrawn] = useState<Box | null>(null);
  const first = useRef<HTMLButtonElement | null>(null);

  useEffect(() => {
    first.current?.focus();
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // it closes no more than this
      onDone(null);
    };
    addEventListener("keydown", escape, true);
    return () => removeEventListener("keydown", escape, true);
  }, []);

  return (
    <>
      <div
        className="area-tool"
        data-testid="area-tool"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          start.current = { x: event.clientX, y: event.clientY, scene: sceneAt(event) };
        }}
        onPointerMove={(event) => {
          if (!start.current) return;
          const host = event.currentTarget.getBoundingClientRect();
          const [from, to] = [start.current, { x: event.clientX, y: event.clientY }];
          setDrawn(between({ x: from.x - host.left, y: from.y - host.top }, { x: to.x - host.left, y: to.y - host.top })); // prettier-ignore
        }}
        onPointerUp={(event) => {
          const from = start.current;
          start.current = null;
          setDrawn(null);
          if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) < LEAST_PIXELS) return;
          onDone(between(from.scene, sceneAt(event)));
        }}
        onPointerCancel={() => {
          start.current = null;
          setDrawn(null);
        }}
      >
        {drawn && (
          <div
            className="area-tool-box"
            style={{ left: drawn.x, top: drawn.y, width: drawn.width, height: drawn.height }}
          />
        )}
      </div>
      <div className="area-bar" role="group" aria-label={t("Choose an area")}>
        <span>{t("Draw a rectangle around what is of interest.")}</span>
        <button ref={first} type="button" className="area-main" onClick={() => onDone(between(...inView()))}>
          {t("All that is in view")}
        </button>
        <button type="button" onClick={() => onDone(null)}>
          {t("Cancel")}
        </button>
      </div>
    </>
  );
}
