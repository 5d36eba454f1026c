/** A drawing that the system opened with this application (manifest: file_handlers). */

import { put } from "../sw/shared";

interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly FileSystemFileHandle[] }) => void): void;
}

const ARRIVED = "drawing-arrived";

/** On every page: whoever is signed out is led to the sign-in page first, and the file comes there. */
export function receiveLaunchedFile(): void {
  const { launchQueue } = window as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ files }) => {
    const [handle] = files ?? [];
    if (handle) void handle.getFile().then(arrive);
  });
}

export async function arrive(file: File): Promise<void> {
  await put("drawing", [file]);
  dispatchEvent(new Event(ARRIVED));
}

export function onArrived(listener: () => void): void {
  addEventListener(ARRIVED, listener);
}
