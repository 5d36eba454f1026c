import "./asset-path";
import "@excalidraw/excalidraw/index.css";
import "./editor.css";
import { createRoot } from "react-dom/client";
import { loadLanguage } from "../i18n";
import { registerWorker } from "../pwa/register";
import { SUBPROTOCOL } from "../protocol/messages";
import { CanvasStore } from "../store/canvas-store";
import type { SocketLike } from "../sync/connection";
import { Engine } from "../sync/engine";
import { App } from "./App";
import { Leftovers } from "./leftovers";
import { type Page, readPage } from "./page";
import { DeviceRoom } from "./device-room";

async function start(host: HTMLElement): Promise<void> {
  const page = readPage(host);
  const room = new DeviceRoom();
  const store = await CanvasStore.open({
    user: page.user.id,
    canvas: page.canvasId,
    facts: { name: page.canvasName, project: page.projectName, role: page.role },
    full: () => room.ranOut(),
  });
  const engine = engineFor(page, store);
  const leftovers = store && new Leftovers(engine, store, (left) => engineFor(page, left));
  addEventListener("online", () => engine.wake());
  addEventListener("offline", () => engine.networkLost());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) void store?.flush();
    else engine.wake();
  });
  // Canvas text is measured as soon as it is drawn: its font must be there.
  void document.fonts.load("20px Excalifont");
  createRoot(host).render(<App page={page} engine={engine} room={room} />);
  engine.start();
  leftovers?.start();
  registerWorker(() => whenSafe(engine));
}

/** Waits until all work is kept or durable, but no longer than a person would: leaving then asks (App.tsx). */
async function whenSafe(engine: Engine): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (!engine.safe && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function engineFor(page: Page, store: CanvasStore | null): Engine {
  return new Engine({
    client: store?.client ?? crypto.randomUUID(),
    role: page.role,
    open: () => new WebSocket(page.socketUrl, SUBPROTOCOL) as SocketLike,
    networkUp: () => navigator.onLine,
    ...(store ? { keeper: store, kept: store.kept } : {}),
  });
}

const host = document.getElementById("editor");
if (host) void loadLanguage(document.documentElement.lang).then(() => start(host));
