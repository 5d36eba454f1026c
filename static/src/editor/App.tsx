import { Excalidraw } from "@excalidraw/excalidraw";
import type { AppState, ExcalidrawImperativeAPI, ExcalidrawProps } from "@excalidraw/excalidraw/types";
import { useCallback, useEffect, useRef, useState } from "react";
import { componentLanguage } from "../i18n";
import type { Engine } from "../sync/engine";
import { canEdit } from "../sync/status";
import { SceneBridge } from "./bridge";
import { CanvasBoundary } from "./CanvasBoundary";
import { EditHistory } from "./edit-history";
import { Follow } from "./Follow";
import { Menu } from "./Menu";
import type { Page } from "./page";
import { People } from "./People";
import { takeSharedImages } from "./shared-images";
import { useTheme } from "./theme";
import { TopBar } from "./TopBar";
import { UndoControls } from "./UndoControls";
import { usePresence } from "./use-presence";
import { useCalmWords, usePeople, useStatus, useToast } from "./use-engine";

/** The component compares these shallowly: they must stay the same objects. */
const UI_OPTIONS: NonNullable<ExcalidrawProps["UIOptions"]> = {
  canvasActions: {
    loadScene: false,
    saveToActiveFile: false,
    export: false,
    clearCanvas: false,
    changeViewBackgroundColor: false,
    toggleTheme: false,
  },
};

const REFUSED: Record<string, string> = {
  gone: "Someone deleted what you were changing.",
  forbidden: "You may not change this canvas.",
  too_large: "That is too large for the canvas.",
  limit: "The canvas is full.",
  rate: "Too many changes at once: some were not saved.",
  unavailable: "The store is away: some changes were not saved.",
};

export function App({ page, engine }: { page: Page; engine: Engine }) {
  const [theme, toggleTheme] = useTheme();
  const status = useStatus(engine);
  const words = useCalmWords(status);
  const [own, others] = usePeople(engine, page);
  const [toast, say] = useToast();
  const [api, setApi] = useState<ExcalidrawImperativeAPI | null>(null);
  // The component tells of its first change when its own loading is over; what is drawn before, it throws away.
  const [ready, setReady] = useState(false);
  const bridge = useRef<SceneBridge | null>(null);
  const [history] = useState(() => new EditHistory(say));
  const presence = usePresence(engine, ready ? api : null, say);

  const open = ready && status.lastSeq !== null;

  useEffect(() => {
    if (!api || !ready) return;
    const made = new SceneBridge(api, engine, history, say);
    bridge.current = made;
    return () => {
      made.stop();
      bridge.current = null;
    };
  }, [api, engine, ready]);

  useEffect(
    () =>
      engine.listen((event) => {
        if (event.type === "refused" && event.about === undefined)
          say(REFUSED[event.code] ?? `Not done: ${event.message}`);
        if (event.type === "notice") say(event.message);
      }),
    [engine],
  );

  useEffect(() => {
    if (open && canEdit(status.role)) void takeSharedImages();
  }, [open, status.role]);

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
  const onBroken = useCallback(() => setApi(null), []);

  return (
    <div className="editor" data-theme={theme}>
      <TopBar
        page={page}
        status={words}
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
        onRetry={status.link === "offline" ? () => engine.wake() : null}
      />
      <main className="editor-canvas" onPointerLeave={leave}>
        <CanvasBoundary page={page} onBroken={onBroken}>
          <Excalidraw
            excalidrawAPI={setApi}
            onChange={onChange}
            onPointerUpdate={onPointerUpdate}
            UIOptions={UI_OPTIONS}
            theme={theme}
            langCode={componentLanguage()}
            viewModeEnabled={!canEdit(status.role) || !open || status.link === "stopped"}
            isCollaborating
            aiEnabled={false}
            validateEmbeddable={false}
            handleKeyboardGlobally
            autoFocus
            name={page.canvasName}
          >
            <Menu page={page} />
            {canEdit(status.role) && <UndoControls history={history} />}
          </Excalidraw>
        </CanvasBoundary>
        <Follow presence={presence} />
        {!open && status.link !== "stopped" && <Loading />}
        {status.link === "stopped" && <Stopped page={page} detail={words.detail} />}
      </main>
      <div className="toast" role="alert" data-shown={toast !== null}>
        {toast}
      </div>
    </div>
  );
}

function Loading() {
  return (
    <div className="veil" data-testid="loading">
      <span className="spinner" aria-hidden="true" />
      <span>Opening the canvas…</span>
    </div>
  );
}

function Stopped({ page, detail }: { page: Page; detail: string }) {
  return (
    <div className="veil veil-stopped" role="alertdialog" aria-label="The connection has ended">
      <p>{detail}</p>
      <p className="veil-actions">
        <button type="button" onClick={() => location.reload()}>
          Reload
        </button>
        <a href={page.backUrl}>Back to {page.projectName || "the project"}</a>
      </p>
    </div>
  );
}

function warnBeforeLeaving(engine: Engine): () => void {
  const warn = (event: BeforeUnloadEvent): void => {
    if (engine.status.unsaved > 0) event.preventDefault();
  };
  addEventListener("beforeunload", warn);
  return () => removeEventListener("beforeunload", warn);
}

/** The component's menu button has no name for a screen reader. */
function nameMenuButton(): void {
  document.querySelector('[data-testid="main-menu-trigger"]')?.setAttribute("aria-label", "Menu");
}
