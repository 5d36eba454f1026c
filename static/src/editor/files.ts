/**
 * The pictures of the scene: gives each inserted image the id of the bytes that are uploaded, and the component the
 * bytes of every image that it shows.
 *
 * The component knows a picture by an id of its own choosing, as a rule the wire's. Only what was pasted from elsewhere
 * has another: such an id stands for the hash of its bytes, here and nowhere else.
 */

import { CaptureUpdateAction, newElementWith } from "@excalidraw/excalidraw";
import type { ExcalidrawElement, FileId } from "@excalidraw/excalidraw/element/types";
import type { BinaryFileData, DataURL, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { Downloads, type DownloadState, type Fetched } from "../pictures/downloads";
import { isPictureId, type Picture, pictureOf } from "../pictures/picture";
import { blobOf, dataUrl, prepare } from "../pictures/prepare";
import { forgetOthersPictures, PictureStore } from "../pictures/store";
import { alone, fetchPicture, send } from "../pictures/transport";
import { Uploads, type UploadState } from "../pictures/uploads";
import type { CanvasElement } from "../protocol/messages";
import { embeddedFile } from "./mapping";

/** What keeps a picture from being there for everybody. */
export type PictureTrouble = UploadState | { type: DownloadState };

export interface PictureNote {
  element: ExcalidrawElement;
  trouble: PictureTrouble;
}

export interface OwnUpload {
  id: string;
  bytes: number;
  state: UploadState;
}

export interface FilesOptions {
  canvas: string;
  user: string;
  maxBytes: number;
}

export class SceneFiles {
  private api: ExcalidrawImperativeAPI | null = null;
  private readonly uploads: Uploads;
  private readonly downloads: Downloads;
  private readonly store: Promise<PictureStore | undefined>;
  /** The wire's ids of pictures that the component knows by another id; null while the bytes are being hashed. */
  private readonly aliases = new Map<string, string | null>();
  /** Ids that elements of the canvas have, or that were given out here: they are the wire's already. */
  private readonly settled = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private notesNow: PictureNote[] = [];
  private ownNow: OwnUpload[] = [];
  private telling = false;
  private looking = false;
  /** Images are to be looked at again: the wire's id of a picture is known now. */
  onSettled: () => void = () => undefined;

  constructor(private readonly options: FilesOptions) {
    const changed = (): void => this.tell();
    this.store = PictureStore.open(options.user).catch(() => undefined);
    this.uploads = new Uploads({ store: this.store, send, changed, alone, here: options.canvas });
    this.downloads = new Downloads({
      fetch: (id) => this.find(id),
      deliver: (id, blob) => this.give(id, blob),
      order: (ids) => this.inViewFirst(ids),
      changed,
    });
    void this.uploads.resume();
    void forgetOthersPictures(options.user).catch(() => undefined);
    // For as long as the page lives, as the scene does.
    addEventListener("online", () => {
      this.uploads.wake();
      this.downloads.wake();
    });
  }

  attach(api: ExcalidrawImperativeAPI | null): void {
    this.api = api;
    if (api) this.look();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly notes = (): PictureNote[] => this.notesNow;
  readonly own = (): OwnUpload[] => this.ownNow;

  /**
   * The component asks for an inserted file's id. It would shrink the file afterwards to bytes of another hash; when it
   * has bytes for the id already it takes those: so they are given to it first.
   */
  readonly idOf = async (file: File): Promise<string> => {
    const picture = await prepare(file, this.options.maxBytes);
    this.settled.add(picture.id);
    await this.give(picture.id, picture.blob);
    await this.upload(picture);
    return picture.id;
  };

  /** A local image with its picture's id as others know it; without one while that is not known (`onSettled` tells). */
  onWire(image: CanvasElement): CanvasElement {
    const { fileId, ...others } = image.properties;
    if (image.type !== "image" || typeof fileId !== "string" || image.properties["file"] !== undefined) return image;
    const id = this.wireId(fileId);
    if (id === fileId) return image;
    return { ...image, properties: id === undefined ? others : { ...others, fileId: id } };
  }

  private wireId(local: string): string | undefined {
    if (this.settled.has(local)) return local;
    const alias = this.aliases.get(local);
    if (alias !== undefined) return alias ?? undefined;
    const file = this.api?.getFiles()[local];
    const blob = file && blobOf(file.dataURL);
    if (!blob) return local;
    this.aliases.set(local, null);
    void this.adopt(local, blob);
    return undefined;
  }

  /** An element as others see it: its id is the wire's, and its bytes may have come with it. */
  seen(element: CanvasElement): void {
    if (element.type !== "image") return;
    this.lookSoon();
    const id = element.properties["fileId"];
    if (typeof id !== "string") return;
    if (isPictureId(id)) this.settled.add(id);
    const file = embeddedFile(element);
    if (file) this.show({ id, mimeType: file.mimeType, dataURL: file.dataURL });
  }

  /** Once the scene has what is being drawn. */
  private lookSoon(): void {
    if (this.looking) return;
    this.looking = true;
    queueMicrotask(() => {
      this.looking = false;
      this.look();
    });
  }

  /** Fetches what is shown and not here. */
  private look(): void {
    const wanted = new Set<string>();
    for (const { fileId } of this.images()) {
      if (isPictureId(fileId) && !this.has(fileId)) wanted.add(fileId);
    }
    this.downloads.want(wanted);
    this.tell();
  }

  /** Elements may have moved. */
  moved(): void {
    this.tell();
  }

  retry(id: string): void {
    this.uploads.retry(id);
  }

  /** Takes a picture that was refused from the canvas. */
  remove(id: string): void {
    void this.uploads.forget(id);
    const elements = this.api?.getSceneElementsIncludingDeleted() ?? [];
    this.api?.updateScene({
      elements: elements.map((element) =>
        element.type === "image" &&
        element.fileId !== null &&
        (this.aliases.get(element.fileId) ?? element.fileId) === id
          ? newElementWith(element, { isDeleted: true })
          : element,
      ),
      captureUpdate: CaptureUpdateAction.IMMEDIATELY,
    });
  }

  private async adopt(local: string, blob: Blob): Promise<void> {
    const picture = await pictureOf(blob);
    this.aliases.set(local, picture.id);
    this.settled.add(picture.id);
    await this.give(picture.id, blob);
    await this.upload(picture);
    this.onSettled();
  }

  private upload(picture: Picture): Promise<void> {
    return this.uploads.add(picture, this.options.canvas);
  }

  /** On this device, or on the server. */
  private async find(id: string): Promise<Fetched> {
    const kept = await (await this.store)?.get(id).catch(() => undefined);
    return kept ? { type: "picture", blob: kept.blob } : fetchPicture(id);
  }

  private async give(id: string, blob: Blob): Promise<void> {
    this.show({ id, mimeType: blob.type, dataURL: await dataUrl(blob) });
  }

  private show({ id, mimeType, dataURL }: { id: string; mimeType: string; dataURL: string }): void {
    if (this.has(id)) return;
    this.api?.addFiles([
      {
        id: id as FileId,
        mimeType: mimeType as BinaryFileData["mimeType"],
        dataURL: dataURL as DataURL,
        created: Date.now(),
      },
    ]);
  }

  private has(id: string): boolean {
    return this.api !== null && id in this.api.getFiles();
  }

  private images() {
    const elements = this.api?.getSceneElements() ?? [];
    return elements.filter((element) => element.type === "image");
  }

  private inViewFirst(ids: string[]): string[] {
    if (!this.api || ids.length < 2) return ids;
    const { scrollX, scrollY, width, height, zoom } = this.api.getAppState();
    const middle = { x: width / 2 / zoom.value - scrollX, y: height / 2 / zoom.value - scrollY };
    const distance = new Map<string, number>();
    for (const image of this.images()) {
      const away = Math.hypot(image.x + image.width / 2 - middle.x, image.y + image.height / 2 - middle.y);
      if (image.fileId) distance.set(image.fileId, Math.min(away, distance.get(image.fileId) ?? Infinity));
    }
    return [...ids].sort((a, b) => (distance.get(a) ?? Infinity) - (distance.get(b) ?? Infinity));
  }

  /** Once for all that happens in one turn. */
  private tell(): void {
    if (this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      this.notesNow = this.images().flatMap((element) => {
        const trouble = this.troubleOf(element.fileId);
        return trouble ? [{ element, trouble }] : [];
      });
      this.ownNow = this.uploads.all().filter(({ canvas }) => canvas === this.options.canvas);
      for (const listener of [...this.listeners]) listener();
    });
  }

  private troubleOf(local: string | null): PictureTrouble | undefined {
    if (local === null) return undefined;
    const upload = this.uploads.state(this.aliases.get(local) ?? local);
    if (upload) return upload;
    if (this.has(local)) return undefined;
    return { type: isPictureId(local) ? (this.downloads.state(local) ?? "loading") : "missing" };
  }
}
