/** A past state, drawn by a second, read-only component: panning, zooming, choosing; what changed is outlined. */

import { CaptureUpdateAction, Excalidraw } from "@excalidraw/excalidraw";
import type { AppState, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Page } from "../../editor/page";
import { firstView } from "../../editor/first-view";
import type { Theme } from "../../editor/theme";
import { fitted, type Scroll, scrollTo } from "../../editor/viewport";
import { componentLanguage, t } from "../../i18n";
import type { Viewport } from "../../protocol/messages";
import { marksOf, shownBy } from "../diff/drawn";
import type { People } from "../player/people";
import { isThere, type PastElement } from "../player/replay";
import type { Theatre } from "../player/theatre";
import type { Moment } from "../player/use-moment";
import { Trouble } from "../player/Trouble";
import type { HistoryStore } from "../store";
import { useHistory } from "../use-history";
import { AreaTool } from "./AreaTool";
import { boundsOf, centre, containerOf, elementAt, placeOf, type Point } from "./geometry";
import type { Mark } from "./marks";
import { StagePictures } from "./pictures";
import { PastScene, type Shown } from "./scene";
import { useMarks } from "./use-marks";
import { View, WITH_A_MARGIN } from "./View";
import "./stage.css";

interface Props {
  page: Page;
  store: HistoryStore;
  theatre: Theatre;
  people: People;
  theme: Theme;
  /** Where the live editor looks: the stage begins there. */
  view: () => Viewport | null;
  drawingArea: boolean;
  onAreaDone: () => void;
}

/** A press that moves less, and is over sooner, chooses; any other moves the view. */
const CLICK_PIXELS = 6;
const CLICK_MS = 500;
/** The stage of a phone is far smaller than its editor. */
const LEAST_SHARE = 0.5;
/** So near to a line, on the screen, means the line. */
const NEAR_PIXELS = 8;

export function Stage({ page, store, theatre, people, theme, view, drawingArea, onAreaDone }: Props) {
  const [api, setApi] = useState<ExcalidrawImperativeAPI | null>(null);
  const [ready, setReady] = useState(false);
  const host = useRef<HTMLDivElement | null>(null);
  const scroll = useRef<Scroll>({ scrollX: 0, scrollY: 0, zoom: 1 });
  const inOrder = useRef<readonly PastElement[]>([]);
  const { selected } = useHistory(store);
  const { shown, comparison, side, pointed, playing } = theatre;
  const { moment } = shown;

  const wanted = useMemo(() => shownBy(moment, comparison, side), [moment, comparison, side]);
  useDrawn(ready ? api : null, wanted, page.user.id, view, (elements) => (inOrder.current = elements));

  const marks = useMemo((): Mark[] => {
    const chosen = selected.flatMap((id): Mark[] => {
      const element = wanted?.get(id)?.element;
      return isThere(element) ? [{ box: boundsOf(element), kind: "selected" }] : [];
    });
    const area: Mark[] = playing.area ? [{ box: playing.area, kind: "area" }] : [];
    if (comparison) return [...marksOf(comparison, side, pointed), ...area, ...chosen];
    return [...area, ...touchedMarks(moment, people), ...chosen];
  }, [moment, comparison, side, pointed, selected, wanted, people, playing.area]);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const redraw = useMarks(canvas, scroll, marks, theme, comparison ? null : (moment?.seq ?? null));

  useEffect(() => {
    const pointedAt = pointed === null ? undefined : wanted?.get(pointed)?.element;
    if (api && pointedAt) bringIntoView(api, pointedAt);
  }, [api, pointed, wanted]);

  const onChange = useCallback((_: unknown, state: AppState) => {
    setReady(true);
    scroll.current = { scrollX: state.scrollX, scrollY: state.scrollY, zoom: state.zoom.value };
    redraw();
  }, []);
  const onScrollChange = useCallback((scrollX: number, scrollY: number, zoom: AppState["zoom"]) => {
    scroll.current = { scrollX, scrollY, zoom: zoom.value };
    redraw();
  }, []);

  const sceneAt = (event: { clientX: number; clientY: number }): Point => {
    const { left, top } = host.current!.getBoundingClientRect();
    const { scrollX, scrollY, zoom } = scroll.current;
    return { x: (event.clientX - left) / zoom - scrollX, y: (event.clientY - top) / zoom - scrollY };
  };
  const choose = (event: React.PointerEvent): void => {
    const hit = elementAt(inOrder.current, sceneAt(event), NEAR_PIXELS / scroll.current.zoom);
    // A label is chosen with its shape.
    const found = hit && (wanted?.get(containerOf(hit) ?? "")?.element ?? hit);
    const more = event.shiftKey || event.ctrlKey || event.metaKey;
    if (!more) return store.select(found ? [found.id] : []);
    if (!found) return;
    store.select(selected.includes(found.id) ? selected.filter((id) => id !== found.id) : [...selected, found.id]);
  };
  const press = useClick(choose);

  return (
    <div className="past-stage" data-testid="past-stage" data-shown={moment?.seq} data-selected={selected.join(" ")}>
      <div className="past-stage-canvas" ref={host} onKeyDownCapture={ownKeys} {...press}>
        <Excalidraw
          excalidrawAPI={setApi}
          onChange={onChange}
          onScrollChange={onScrollChange}
          theme={theme}
          langCode={componentLanguage()}
          viewModeEnabled
          zenModeEnabled
          aiEnabled={false}
          validateEmbeddable={false}
          handleKeyboardGlobally={false}
          name={page.canvasName}
        />
        <canvas ref={canvas} className="past-stage-marks" aria-hidden="true" />
      </div>
      {drawingArea && (
        <AreaTool
          sceneAt={sceneAt}
          inView={() => {
            const { left, top, right, bottom } = host.current!.getBoundingClientRect();
            return [sceneAt({ clientX: left, clientY: top }), sceneAt({ clientX: right, clientY: bottom })];
          }}
          onDone={(area) => {
            if (area) theatre.playback.onlyArea(area);
            onAreaDone();
          }}
        />
      )}
      {api && <View api={api} scroll={scroll} />}
      {shown.loading && !shown.error && (
        <div className="past-stage-loading" role="progressbar" aria-label={t("Loading this moment…")} />
      )}
      {moment && wanted?.size === 0 && !shown.loading && (
        <p className="past-stage-empty">{t("The canvas was empty at this moment.")}</p>
      )}
      {shown.error !== null && <Trouble error={shown.error} onRetry={shown.retry} />}
    </div>
  );
}

/** Draws what is wanted, whenever that is another; a newer wish calls off an older one that is still being made. */
function useDrawn(
  api: ExcalidrawImperativeAPI | null,
  wanted: ReadonlyMap<string, Shown> | null,
  user: string,
  view: () => Viewport | null,
  onDrawn: (inOrder: readonly PastElement[]) => void,
): void {
  const [scene] = useState(() => new PastScene());
  const [fonts, setFonts] = useState(0);
  const pictures = useRef<StagePictures | null>(null);
  const placed = useRef(false);

  useEffect(() => {
    if (!api) return;
    const made = new StagePictures(user, api);
    pictures.current = made;
    const fontsCame = (): void => {
      scene.forgetTexts();
      setFonts((before) => before + 1);
    };
    document.fonts.addEventListener("loadingdone", fontsCame);
    return () => {
      made.stop();
      document.fonts.removeEventListener("loadingdone", fontsCame);
    };
  }, [api, user]);

  useEffect(() => {
    if (!api || !wanted) return;
    const calledOff = new AbortController();
    void scene.draw(wanted, calledOff.signal).then((elements) => {
      if (!elements || calledOff.signal.aborted) return;
      // The past is nobody's to undo: the component need not keep copies of it.
      api.updateScene({ elements, captureUpdate: CaptureUpdateAction.EVENTUALLY });
      onDrawn(elements.map(({ id }) => wanted.get(id)!.element));
      pictures.current?.show([...wanted.values()].map(({ element }) => element));
      if (!placed.current) place(api, view());
      placed.current = true;
    });
    return () => calledOff.abort();
  }, [api, wanted, fonts]);
}

/** All of what the live editor shows; what is drawn, where that would be too small to see. */
function place(api: ExcalidrawImperativeAPI, view: Viewport | null): void {
  const { width, height } = api.getAppState();
  if (!view || fitted(view, { width, height }).zoom < view.zoom * LEAST_SHARE) {
    api.scrollToContent(firstView(api.getSceneElements()), { ...WITH_A_MARGIN, maxZoom: 1 });
    return;
  }
  const { scrollX, scrollY, zoom } = scrollTo(fitted(view, { width, height }), { width, height });
  api.updateScene({ appState: { scrollX, scrollY, zoom: { value: zoom as AppState["zoom"]["value"] } } });
}

function bringIntoView(api: ExcalidrawImperativeAPI, element: PastElement): void {
  const { scrollX, scrollY, zoom, width, height } = api.getAppState();
  const { x, y } = centre(boundsOf(element));
  const [left, top] = [(x + scrollX) * zoom.value, (y + scrollY) * zoom.value];
  if (left > 0 && top > 0 && left < width && top < height) return;
  api.updateScene({ appState: { scrollX: width / 2 / zoom.value - x, scrollY: height / 2 / zoom.value - y } });
}

function touchedMarks(moment: Moment | null, people: People): Mark[] {
  if (!moment?.frame) return [];
  const named = new Set<string>();
  const touched = new Set(moment.frame.touched.map(({ id }) => id));
  return moment.frame.touched.flatMap(({ users, before, after }): Mark[] => {
    const element = isThere(after) ? after : before;
    const user = users.at(-1);
    // A label is outlined by its shape.
    if (!isThere(element) || user === undefined || touched.has(containerOf(element) ?? "")) return [];
    const { name, color } = people.of(user);
    const mark: Mark = { box: placeOf(element, moment.state), kind: "touched", color };
    if (named.has(user)) return [mark];
    named.add(user);
    return [{ ...mark, label: name }];
  });
}

/** The component pans with the pointer in view mode; a short press without a move is ours. */
function useClick(choose: (event: React.PointerEvent) => void) {
  const down = useRef<{ x: number; y: number; at: number; id: number } | null>(null);
  return {
    onPointerDownCapture: (event: React.PointerEvent) => {
      const first = down.current === null && event.button === 0;
      down.current = first ? { x: event.clientX, y: event.clientY, at: event.timeStamp, id: event.pointerId } : null;
    },
    onPointerUpCapture: (event: React.PointerEvent) => {
      const begun = down.current;
      down.current = null;
      if (begun?.id !== event.pointerId || event.timeStamp - begun.at > CLICK_MS) return;
      if (Math.hypot(event.clientX - begun.x, event.clientY - begun.y) < CLICK_PIXELS) choose(event);
    },
    onPointerCancelCapture: () => (down.current = null),
  };
}

/** Of the component's shortcuts only those of the zoom make sense here; the player's were heard on the window before. */
function ownKeys(event: React.KeyboardEvent): void {
  const zooms = (event.ctrlKey || event.metaKey) && ["+", "=", "-", "0"].includes(event.key);
  if (!zooms && event.key !== "Tab" && event.key !== "Escape") event.stopPropagation();
}
