/**
 * Which dropped files hold a whole drawing: the component would put those in place of the shared one, for everybody. It
 * goes by a picture's bytes, not by its name or type, and tries to read anything else as a drawing, whatever it is called.
 */

const PICTURE_NAMES = /\.(png|jpe?g|gif|svg|webp|bmp|ico|avif|jfif)$/i;
const LIBRARY_NAMES = /\.excalidrawlib$/i;
const PNG = [137, 80, 78, 71, 13, 10, 26, 10];
const MARK = "application/vnd.excalidraw+json";

/** Its bytes tell whether a drawing came with it. */
export function isPicture(file: { name: string; type: string }): boolean {
  return file.type === "" ? PICTURE_NAMES.test(file.name) : file.type.startsWith("image/");
}

/** Neither a picture nor a library: a drawing, or nothing that a canvas can take. */
export function isSceneFile(file: { name: string; type: string }): boolean {
  return !isPicture(file) && !LIBRARY_NAMES.test(file.name);
}

export async function holdsScene(file: Blob): Promise<boolean> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return new TextDecoder("latin1").decode(bytes).includes(MARK);
}

/** With the type that the component will find it to have. */
export async function withTypeOfBytes(file: File): Promise<File> {
  const head = new Uint8Array(await file.slice(0, PNG.length).arrayBuffer());
  const png = PNG.every((byte, place) => head[place] === byte);
  return png ? new File([file], file.name, { type: "image/png" }) : file;
}
