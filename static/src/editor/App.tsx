import { Excalidraw } from "@excalidraw/excalidraw";
import type { AppState, ExcalidrawImperativeAPI, ExcalidrawProps } from "@excalidraw/excalidraw/types";
import { lazy, Suspense, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useOpened } from "../history/use-opened";
import { componentLanguage, t } from "../i18n";
import type { CanvasElement, Viewport } from "../protocol/messages";
import type { Engine } from "../sync/engine";
import { canEdit } from "../sync/status";
import { Banner } from "./Banner";
import { SceneBridge } from "./bridge";
import { CanvasBoundary } from "./CanvasBoundary";
import type { DeviceRoom } from "./device-room";
import { EditHistory } from "./edit-history";
import { Exchange, type ExchangeAction } from "./Exchange";
import { SceneFiles } from "./files";
import { FollowBars, FollowFrame } from "./Follow";
import { copyElements } from "./copy-elements";
import { refusal } from "./findings";
import { LargeCanvas } from "./LargeCanvas";
import { Menu } from "./Menu";
import { MergeReport } from "./MergeReport";
import type { Page } from "./page";
import { People } from "./People";
import { PictureNotes } from "./PictureNotes";
import { takeSharedImages } from "./shared-images";
import { useTheme } from "./theme";
import { TopBar } from "./TopBar";
import { SavingProgress } from "./SavingProgress";
import { UndoControls } from "./UndoControls";
import { usePresence } from "./use-presence";
import { viewportOf } from "./viewport";
import { UploadCard } from "./UploadCard";
import { useCalmWords, usePeople, useStatus, useToast } from "./use-engine";

const HistoryView = lazy(() => import("../history/HistoryView"));

/** The component compares these shallowly: they must stay the same objects. */
const UI_OPTIONS: NonNullable<ExcalidrawProps["UIOptions"]> = {
  canvasActions: {
    loadScene: false,
    saveToActiveFile: false,
    export: false,
    saveAsImage: false,
    clearCanvas: false,
    changeViewBackgroundColor: false,
    toggleTheme: false,
  },
};

export function App({ page, engine, room }: { page: Page; engine: Engine; room: DeviceRoom }) {
  const [theme, toggleTheme] = useTheme();
  const status = useStatus(engine);
  const deviceFull = useSyncExternalStore(room.listen, room.isFull);
  const words = useCalmWords(status);
  const [own, others] = usePeople(engine, page);
  const [toast, say, dismiss] = useToast();
  const [api, setApi] = useState<ExcalidrawImperativeAPI | null>(null);
  // The component tells of its first change when its own loading is over; what is drawn before, it throws away.
  const [ready, setReady] = useState(false);
  const bridge = useRef<SceneBridge | null>(null);
  const [history] = useState(() => new EditHistory(say));
  const presence = usePresence(engine, ready ? api : null, say);
  const area = useRef<HTMLElement | null>(null);
  const exchange = useRef<(action: ExchangeAction) => void>(() => undefined);
  const [files] = useState(
    () => new SceneFiles({ canvas: page.canvasId, user: page.user.id, maxBytes: page.maxPictureBytes }),
  );

  const [inPart, setInPart] = useState(false);
  const past = useOpened();
  const live = past.store === null;

  const open = ready && status.lastSeq !== null;

  useEffect(() => {
    if (!api || !ready) return;
    files.attach(api); // the bridge draws at once
    const made = new SceneBridge(api, engine, history, files, (all) => setInPart(!all));
    bridge.current = made;
    return () => {
      made.stop();
      files.attach(null);
      bridge.current = null;
    };
  }, [api, engine, ready]);

  useEffect(
    () =>
      engine.listen((event) => {
        if (event.type === "refused" && event.about === undefined) say(refusal(event.code, event.elements));
        if (event.type === "notice") say(event.message);
      }),
    [engine],
  );

  useEffect(() => {
    if (open && canEdit(status.role)) void takeSharedImages();
  }, [open, status.role]);

  useEffect(() => {
    if (deviceFull) say(t("This device is full: the canvas opens only with a connection."));
  }, [deviceFull]);

  useEffect(() => warnBeforeLeaving(engine), [engine]);
  useEffect(nameMenuButton, [api]);

  const { look, point, leave } = presence;
  const onChange = useCallback((_elements: unknown, state: AppState) => {
    setReady(true);
    bridge.current?.touched();
    look(state);
  }, []);
  const onPointerUpdate = useCallback<NonNullable<ExcalidrawProps["onPointerUpdate"]>>(
    ({ pointer, button }) => point(pointer.x, pointer.y, pointer.tool === "laser" && button === "down"),
    [],
  );
  const onRetry = useCallback(() => engine.wake(), [engine]);
  const onShow = (id: string): void => {
    const element = api?.getSceneElements().find((one) => one.id === id);
    if (element) api?.scrollToContent(element, { animate: true });
  };
  const onCopy = (elements: readonly CanvasElement[]): void => {
    const done = copyElements(elements);
    done.then(
      () => say(t("Copied. Paste it on any canvas.")),
      () => say(t("The browser did not let it be copied.")),
    );
  };
  const view = useCallback((): Viewport | null => {
    if (!api || !open) return null;
    const { scrollX, scrollY, zoom, width, height } = api.getAppState();
    const size = { width, height };
    return { ...viewportOf({ scrollX, scrollY, zoom: zoom.value }, size), ...size };
  }, [api, open]);
  const elementOf = useCallback((id: string) => engine.confirmed(id), [engine]);
  const onBroken = useCallback(() => setApi(null), []);
  const onExchange = useCallback((action: ExchangeAction) => exchange.current(action), []);

  return (
    <>
      <div className="editor" data-theme={theme} inert={!live}>
        <TopBar
          page={page}
          status={status}
          words={words}
          people={
            <People
              own={{ ...own, role: status.role }}
              others={others}
              client={engine.client}
              mayGather={canEdit(status.role)}
              presence={presence}
            />
          }
          theme={theme}
          onToggleTheme={toggleTheme}
          onHistory={() => past.open()}
        />
        <main ref={area} className="editor-canvas" onPointerLeave={leave}>
          <CanvasBoundary page={page} onBroken={onBroken}>
            <Excalidraw
              excalidrawAPI={setApi}
              onChange={onChange}
              onPointerUpdate={onPointerUpdate}
              generateIdForFile={files.idOf}
              UIOptions={UI_OPTIONS}
              theme={theme}
              langCode={componentLanguage()}
              // It looks at handleKeyboardGlobally only when this changes.
              viewModeEnabled={!live || !canEdit(status.role) || !open || status.link === "stopped"}
              isCollaborating
              aiEnabled={false}
              validateEmbeddable={false}
              handleKeyboardGlobally
              autoFocus
              name={page.canvasName}
            >
              <Menu page={page} role={status.role} api={api} onExchange={onExchange} onHistory={past.open} />
              {live && canEdit(status.role) && <UndoControls history={history} />}
            </Excalidraw>
          </CanvasBoundary>
          <FollowFrame presence={presence} />
          {api && open && <PictureNotes api={api} files={files} />}
          <UploadCard files={files} />
          {!open && status.link !== "stopped" && <Loading />}
          {status.link === "stopped" && <Stopped page={page} engine={engine} detail={words.detail} onCopy={onCopy} />}
          <div className="notes">
            {api && open && inPart && <LargeCanvas api={api} onDone={() => setInPart(false)} />}
            <FollowBars presence={presence} />
            <Banner status={status} onRetry={onRetry} />
          </div>
          <MergeReport engine={engine} onShow={onShow} onCopy={onCopy} />
        </main>
        <Exchange
          page={page}
          api={api}
          open={open}
          editable={open && canEdit(status.role)}
          theme={theme}
          host={area}
          live={live}
          asked={exchange}
          say={say}
        />
        <SavingProgress engine={engine} />
      </div>
      {past.store && (
        <Suspense fallback={null}>
          <HistoryView
            page={page}
            status={status}
            others={others}
            elementOf={elementOf}
            store={past.store}
            theme={theme}
            view={view}
            say={say}
            onClose={past.close}
          />
        </Suspense>
      )}
      <div className="toast" role="alert" data-shown={toast !== null}>
        {toast?.message}
        {toast?.action && (
          <button
            type="button"
            onClick={() => {
              dismiss();
              toast.action?.run();
            }}
          >
            {toast.action.label}
          </button>
        )}
      </div>
    </>
  );
}

function Loading() {
  return (
    <div className="veil" data-testid="loading">
      <span className="spinner" aria-hidden="true" />
      <span>{t("Opening the canvas…")}</span>
    </div>
  );
}

interface StoppedProps {
  page: Page;
  engine: Engine;
  detail: string;
  onCopy: (elements: readonly CanvasElement[]) => void;
}

function Stopped({ page, engine, detail, onCopy }: StoppedProps) {
  const count = engine.status.unsaved;
  return (
    <div className="veil veil-stopped" role="alertdialog" aria-label={t("The connection has ended")}>
      <p>{detail}</p>
      {count > 0 && <p>{t("{{count}} changes were not saved. They stay on this device for you.", { count })}</p>}
      <p className="veil-actions">
        <button type="button" onClick={() => location.reload()}>
          {t("Reload")}
        </button>
        {count > 0 && (
          <button type="button" className="veil-quiet" onClick={() => onCopy(engine.pendingElements())}>
            {t("Copy them")}
          </button>
        )}
        <a href={page.backUrl}>
          {page.projectName ? t("Back to {{project}}", { project: page.projectName }) : t("Back to the project")}
        </a>
      </p>
    </div>
  );
}

function warnBeforeLeaving(engine: Engine): () => void {
  const warn = (event: BeforeUnloadEvent): void => {
    if (!engine.safe) event.preventDefault();
  };
  addEventListener("beforeunload", warn);
  return () => removeEventListener("beforeunload", warn);
}

/** The component's menu button has no name for a screen reader. */
function nameMenuButton(): void {
  document.querySelector('[data-testid="main-menu-trigger"]')?.setAttribute("aria-label", t("Menu"));
}
