/** The bytes of the pictures that a past state shows: from this device, or from the server. */

import type { FileId } from "@excalidraw/excalidraw/element/types";
import type { BinaryFileData, DataURL, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { embeddedFile } from "../../editor/mapping";
import { Downloads, type Fetched } from "../../pictures/downloads";
import { isPictureId } from "../../pictures/picture";
import { dataUrl } from "../../pictures/prepare";
import { PictureStore } from "../../pictures/store";
import { fetchPicture } from "../../pictures/transport";
import type { PastElement } from "../player/replay";

export class StagePictures {
  private readonly kept: Promise<PictureStore | undefined>;
  private readonly downloads: Downloads;

  constructor(
    user: string,
    private readonly api: ExcalidrawImperativeAPI,
  ) {
    this.kept = PictureStore.open(user).catch(() => undefined);
    this.downloads = new Downloads({
      fetch: (id) => this.find(id),
      deliver: async (id, blob) => this.give(id, blob.type, await dataUrl(blob)),
      order: (ids) => ids,
      changed: () => undefined,
    });
  }

  stop(): void {
    this.downloads.want(new Set());
  }

  show(elements: Iterable<PastElement>): void {
    const wanted = new Set<string>();
    for (const element of elements) {
      const { fileId } = element.properties;
      if (element.type !== "image" || typeof fileId !== "string" || fileId in this.api.getFiles()) continue;
      const file = embeddedFile(element);
      if (file) this.give(fileId, file.mimeType, file.dataURL);
      else if (isPictureId(fileId)) wanted.add(fileId);
    }
    this.downloads.want(wanted);
  }

  private async find(id: string): Promise<Fetched> {
    const kept = await (await this.kept)?.get(id).catch(() => undefined);
    return kept ? { type: "picture", blob: kept.blob } : fetchPicture(id);
  }

  private give(id: string, mimeType: string, dataURL: string): void {
    const type = mimeType as BinaryFileData["mimeType"];
    this.api.addFiles([{ id: id as FileId, mimeType: type, dataURL: dataURL as DataURL, created: Date.now() }]);
  }
}
