/** Draws the marks when they, the view or the size are others; what a commit touched fades after a moment. */

import { type RefObject, useCallback, useEffect, useRef } from "react";
import type { Scroll } from "../../editor/viewport";
import { type Mark, Marks } from "./marks";

const BRIGHT_MS = 700;
const FADE_MS = 600;
/** Still to be seen, for whoever looks late. */
const FADED = 0.45;
/** Long enough to read a name, which then no longer stands over its neighbours: the player goes on telling it. */
const NAMED_MS = 2_000;

const still = matchMedia("(prefers-reduced-motion: reduce)");

export function useMarks(
  canvas: RefObject<HTMLCanvasElement | null>,
  scroll: RefObject<Scroll>,
  marks: readonly Mark[],
  theme: string,
  /** Another value is another commit. */
  commit: number | null,
): () => void {
  const drawer = useRef<Marks | null>(null);
  const latest = useRef(marks);
  const frame = useRef<number | undefined>(undefined);
  const begun = useRef(0);

  const redraw = useCallback(() => {
    frame.current ??= requestAnimationFrame((now) => {
      frame.current = undefined;
      const age = now - begun.current;
      const since = (begin: number): number => Math.min(1, Math.max(0, (age - begin) / FADE_MS));
      const faded = still.matches ? 0 : since(BRIGHT_MS);
      const unnamed = still.matches ? Math.floor(since(NAMED_MS)) : since(NAMED_MS);
      drawer.current?.draw(latest.current, scroll.current, 1 - faded * (1 - FADED), 1 - unnamed);
      const fading = faded < 1 || (unnamed > 0 && unnamed < 1);
      if (!still.matches && fading && latest.current.some(({ kind }) => kind === "touched")) redraw();
    });
  }, []);

  useEffect(() => {
    const shown = canvas.current;
    if (!shown) return;
    drawer.current = new Marks(shown);
    const resized = new ResizeObserver(redraw);
    resized.observe(shown);
    return () => {
      resized.disconnect();
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    };
  }, []);

  useEffect(() => {
    drawer.current?.forgetColors();
    redraw();
  }, [theme]);

  useEffect(() => {
    begun.current = performance.now();
    // Nothing moves meanwhile; with reduced motion the name goes at once.
    const timer = setTimeout(redraw, still.matches ? NAMED_MS + FADE_MS : NAMED_MS + 1);
    return () => clearTimeout(timer);
  }, [commit]);

  useEffect(() => {
    latest.current = marks;
    redraw();
  }, [marks]);

  return redraw;
}
