/** What the pages (all but the editor) do as parts of the application. Their words are in the templates. */

import "./page.css";
import { registerWorker } from "./register";
import { listDeviceCanvases } from "./device-canvases";
import { importPage } from "./import-page";
import { receiveLaunchedFile } from "./launch";
import { sharePage } from "./share-page";

registerWorker();
receiveLaunchedFile();
showKeptAt();

const places: Record<string, (place: HTMLElement) => Promise<void>> = {
  "device-canvases": listDeviceCanvases,
  "share-images": sharePage,
  "import-drawing": importPage,
};
for (const [id, fill] of Object.entries(places)) {
  const place = document.getElementById(id);
  if (place) void fill(place);
}

/** The page comes from the device: says so, with the time at which it was seen. */
function showKeptAt(): void {
  const kept = document.querySelector<HTMLMetaElement>('meta[name="kept-at"]');
  const notice = document.getElementById("kept-notice");
  const time = notice?.querySelector("time");
  if (!kept || !notice || !time) return;
  time.dateTime = kept.content;
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  time.textContent = format.format(new Date(kept.content));
  notice.hidden = false;
  addEventListener("online", () => location.reload(), { once: true });
}
