/** Installs the worker, and says when a new version waits. Nothing is reloaded that the person did not ask for. */

import "./notice.css";
import { Workbox } from "workbox-window";

/** How often a page that stays open asks for a new version. */
const LOOK_AGAIN_MS = 60 * 60 * 1000;

/**
 * `settle` is waited for before a reload: it resolves once unsaved work is safe, or it is not worth waiting longer (the
 * page then asks before it is left).
 */
export function registerWorker(settle: () => Promise<void> = async () => {}): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const notice = document.getElementById("update-notice");
  const worker = new Workbox("/sw.js", { scope: "/", updateViaCache: "none" });
  // Without one, the first worker comes: also where the page before this one had it installed.
  const controlled = navigator.serviceWorker.controller !== null;
  let reloading = false;

  const offer = (): void => {
    if (notice) notice.hidden = false;
  };
  notice?.querySelector("[data-later]")?.addEventListener("click", () => (notice.hidden = true));
  notice?.querySelector("[data-reload]")?.addEventListener("click", () => void reload());

  const reload = async (): Promise<void> => {
    if (notice) notice.hidden = true;
    await settle();
    reloading = true;
    const registration = await navigator.serviceWorker.getRegistration("/");
    if (registration?.waiting) worker.messageSkipWaiting();
    else location.reload();
  };

  worker.addEventListener("waiting", offer);
  worker.addEventListener("controlling", (event) => {
    if (reloading) location.reload();
    // Another tab took the new version: this one goes on with its own code until its person says so.
    else if (controlled && (event.isUpdate || event.isExternal)) offer();
    else remember();
  });
  // A part that is loaded on demand is gone from the server: only the new version has it.
  addEventListener("vite:preloadError", offer);

  void claimed();

  addEventListener("load", () => void worker.register().then(lookAgain, () => {}), { once: true });
  if (document.readyState === "complete") void worker.register().then(lookAgain, () => {});
}

/** A page that was on its way while its first worker began is passed over by it; it would be without one until it is left. */
async function claimed(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller === null) active?.postMessage({ type: "CLAIM" });
}

function lookAgain(registration: ServiceWorkerRegistration | undefined): void {
  let last = Date.now();
  const look = (): void => {
    if (document.hidden || !navigator.onLine || Date.now() - last < LOOK_AGAIN_MS) return;
    last = Date.now();
    registration?.update().catch(() => {});
  };
  setInterval(look, LOOK_AGAIN_MS);
  document.addEventListener("visibilitychange", look);
}

/** This page was loaded before there was a worker: it is to be there without a network all the same. */
function remember(): void {
  const files = performance
    .getEntriesByType("resource")
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${location.origin}/static/dist/`));
  navigator.serviceWorker.controller?.postMessage({ type: "remember", url: location.href, files });
}
