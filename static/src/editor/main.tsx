import "./asset-path";
import "@excalidraw/excalidraw/index.css";
import "./editor.css";
import { createRoot } from "react-dom/client";
import { loadLanguage } from "../i18n";
import { registerWorker } from "../pwa/register";
import { SUBPROTOCOL } from "../protocol/messages";
import type { SocketLike } from "../sync/connection";
import { Engine } from "../sync/engine";
import { App } from "./App";
import { newClientId } from "./client-id";
import { readPage } from "./page";

function start(host: HTMLElement): void {
  const page = readPage(host);
  const engine = new Engine({
    client: newClientId(),
    role: page.role,
    open: () => new WebSocket(page.socketUrl, SUBPROTOCOL) as SocketLike,
    networkUp: () => navigator.onLine,
  });
  addEventListener("online", () => engine.wake());
  addEventListener("offline", () => engine.networkLost());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) engine.wake();
  });
  // Canvas text is measured as soon as it is drawn: its font must be there.
  void document.fonts.load("20px Excalifont");
  createRoot(host).render(<App page={page} engine={engine} />);
  engine.start();
  registerWorker(() => whenSaved(engine));
}

/** Waits until nothing is unsaved, but no longer than a person would: leaving then asks (App.tsx). */
async function whenSaved(engine: Engine): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (engine.status.unsaved > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const host = document.getElementById("editor");
if (host) void loadLanguage(document.documentElement.lang).then(() => start(host));
