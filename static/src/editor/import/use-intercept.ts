/**
 * Keeps the component from replacing the shared drawing by a file: scene files that are dropped, and its keys for opening
 * and saving, come here instead.
 */

import { type RefObject, useEffect } from "react";
import { holdsScene, isPicture, isSceneFile, withTypeOfBytes } from "./scene-files";

export interface Intercepted {
  onFile: (file: File) => void;
  onOpen: () => void;
  onSave: () => void;
  onExport: () => void;
}

/** Drops of ours that were looked at already and may go on to the component. */
const cleared = new WeakSet<Event>();

export function useIntercept(
  host: RefObject<HTMLElement | null>,
  actions: RefObject<Intercepted>,
  live: boolean,
): void {
  useEffect(() => {
    const area = host.current;
    if (!area || !live) return;
    const drop = (event: DragEvent): void => {
      if (cleared.has(event)) return;
      const files = [...(event.dataTransfer?.files ?? [])];
      const scene = files.find(isSceneFile);
      const picture = files.find(isPicture);
      if (!scene && !picture) return;
      event.preventDefault();
      event.stopPropagation();
      if (scene) actions.current.onFile(scene);
      else if (picture) void lookInto(picture, files, event, (file) => actions.current.onFile(file));
    };
    const key = (event: KeyboardEvent): void => {
      const action = actionOf(event);
      if (!action || (event.target as Element | null)?.closest?.("dialog")) return;
      event.preventDefault();
      event.stopPropagation();
      actions.current[action]();
    };
    area.addEventListener("drop", drop, { capture: true });
    addEventListener("keydown", key, { capture: true });
    return () => {
      area.removeEventListener("drop", drop, { capture: true });
      removeEventListener("keydown", key, { capture: true });
    };
  }, [host, actions, live]);
}

function actionOf(event: KeyboardEvent): "onOpen" | "onSave" | "onExport" | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  switch (event.key.toLowerCase()) {
    case "o":
      return event.shiftKey ? null : "onOpen";
    case "s":
      return event.shiftKey ? "onExport" : "onSave";
    case "e":
      return event.shiftKey ? "onExport" : null;
  }
  return null;
}

/** A picture with a drawing in it is a drawing; one without goes where it was dropped. */
async function lookInto(picture: File, files: File[], event: DragEvent, onFile: (file: File) => void): Promise<void> {
  const { target, clientX, clientY } = event;
  const drawing = (await holdsScene(picture)) ? await drawingIn(picture).catch(() => null) : null;
  if (drawing !== null) return onFile(drawing);
  const dataTransfer = new DataTransfer();
  for (const file of files) dataTransfer.items.add(file);
  const again = new DragEvent("drop", { dataTransfer, clientX, clientY, bubbles: true, cancelable: true });
  cleared.add(again);
  target?.dispatchEvent(again);
}

/** Throws when the component cannot read one from it either. */
async function drawingIn(picture: File): Promise<File> {
  const { loadFromBlob, serializeAsJSON } = await import("@excalidraw/excalidraw");
  const scene = await loadFromBlob(await withTypeOfBytes(picture), null, null);
  const text = serializeAsJSON(scene.elements, scene.appState, scene.files, "local");
  return new File([text], picture.name.replace(/\.\w+$/, "") + ".excalidraw", { type: "application/json" });
}
