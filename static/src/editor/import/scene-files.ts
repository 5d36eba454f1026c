/** Which files hold a whole drawing: those, the component would put in place of the shared one, for everybody. */

const NAMES = /\.(excalidraw|json)$/i;
const TYPES = new Set(["application/json", "application/vnd.excalidraw+json"]);
const MARK = "application/vnd.excalidraw+json";

export function isSceneFile(file: { name: string; type: string }): boolean {
  return NAMES.test(file.name) || TYPES.has(file.type);
}

/** Exported with their drawing inside: only their bytes tell. */
export function mayHoldScene(file: { type: string }): boolean {
  return file.type === "image/png" || file.type === "image/svg+xml";
}

export async function holdsScene(file: Blob): Promise<boolean> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return new TextDecoder("latin1").decode(bytes).includes(MARK);
}
