/** Makes files of the scene, in the browser and without the server. */

import { exportToBlob, exportToSvg, getNonDeletedElements, serializeAsJSON } from "@excalidraw/excalidraw";
import type {
  ExcalidrawElement,
  ExcalidrawFrameLikeElement,
  NonDeletedExcalidrawElement,
} from "@excalidraw/excalidraw/element/types";
import type { AppState, BinaryFiles, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { toCanvas } from "../mapping";
import { inReadingOrder, possibleScale } from "./pages";

export type Format = "png" | "svg" | "pdf" | "excalidraw" | "json";

export interface Options {
  scale: number;
  background: boolean;
  dark: boolean;
  selection: boolean;
  /** The file can be opened again as a drawing (PNG, SVG). */
  embedScene: boolean;
  /** PDF: a page for each frame. */
  pages: boolean;
}

export interface Scene {
  elements: readonly NonDeletedExcalidrawElement[];
  appState: Partial<AppState>;
  files: BinaryFiles;
}

const PADDING = 16;
/** Of our own JSON; canvasapp/excalidraw.py reads and writes the same. */
const OWN_TYPE = "canvas";

export function sceneOf(api: ExcalidrawImperativeAPI, options: Options): Scene {
  const state = api.getAppState();
  const all = getNonDeletedElements(api.getSceneElements());
  const elements = options.selection ? selected(all, state.selectedElementIds) : all;
  return {
    elements,
    appState: {
      viewBackgroundColor: state.viewBackgroundColor,
      exportBackground: options.background,
      exportWithDarkMode: options.dark,
      exportEmbedScene: options.embedScene,
      frameRendering: { enabled: true, name: true, outline: true, clip: true },
    },
    files: filesOf(elements, api.getFiles()),
  };
}

/** The selected elements, with what is bound to them or lies in a selected frame. */
function selected(
  all: readonly NonDeletedExcalidrawElement[],
  ids: AppState["selectedElementIds"],
): readonly NonDeletedExcalidrawElement[] {
  return all.filter(
    (element) =>
      ids[element.id] ||
      (element.frameId !== null && ids[element.frameId]) ||
      (element.type === "text" && element.containerId !== null && ids[element.containerId]),
  );
}

function filesOf(elements: readonly ExcalidrawElement[], files: BinaryFiles): BinaryFiles {
  const used = new Set<string>();
  for (const element of elements) if (element.type === "image" && element.fileId) used.add(element.fileId);
  return Object.fromEntries(Object.entries(files).filter(([id]) => used.has(id)));
}

export function framesOf(scene: Scene): ExcalidrawFrameLikeElement[] {
  const frames = scene.elements.filter(
    (element): element is NonDeletedExcalidrawElement & ExcalidrawFrameLikeElement =>
      element.type === "frame" || element.type === "magicframe",
  );
  return inReadingOrder(frames);
}

export function png(scene: Scene, scale: number, frame: ExcalidrawFrameLikeElement | null = null): Promise<Blob> {
  return exportToBlob({
    ...scene,
    mimeType: "image/png",
    exportPadding: frame ? 0 : PADDING,
    exportingFrame: frame,
    getDimensions: (width: number, height: number) => {
      const possible = possibleScale(width, height, scale);
      return { width: width * possible, height: height * possible, scale: possible };
    },
  });
}

export async function svg(scene: Scene): Promise<string> {
  const drawn = await exportToSvg({ ...scene, exportPadding: PADDING });
  return new XMLSerializer().serializeToString(drawn);
}

export function excalidraw(scene: Scene): string {
  return serializeAsJSON(scene.elements, scene.appState, scene.files, "local");
}

export function ownJson(scene: Scene, name: string): string {
  const elements = scene.elements.map((element) => {
    const { id, type, position, dimensions, angle, index, properties } = toCanvas(element);
    return { id, type, position, dimensions, angle, index, properties };
  });
  const files = Object.fromEntries(
    Object.values(scene.files).map(({ id, mimeType, dataURL }) => [id, { id, mimeType, dataURL, created: 1 }]),
  );
  return JSON.stringify({ type: OWN_TYPE, version: 1, name, elements, files });
}
