/**
 * Pictures and files that came from outside of the site wait here, on the device, until the person has said where they
 * shall go; meanwhile they may have to sign in. Used by the worker and by pages.
 */

const CACHE = "shared";
const MAX_ITEMS = 10;
const MAX_BYTES = 30 * 1024 * 1024;
/** What nobody placed by then is dropped. */
const KEEP_MS = 60 * 60 * 1000;

export type Purpose = "images" | "drawing";

/** Replaces what waited for the same purpose. */
export async function put(purpose: Purpose, files: File[]): Promise<void> {
  const cache = await caches.open(CACHE);
  await drop(purpose);
  const fit = files.filter((file) => file.size <= MAX_BYTES).slice(0, MAX_ITEMS);
  for (const [i, file] of fit.entries()) {
    const headers = {
      "Content-Type": file.type || "application/octet-stream",
      "X-Name": encodeURIComponent(file.name),
      "X-At": String(Date.now()),
    };
    await cache.put(`/shared/${purpose}/${i}`, new Response(file, { headers }));
  }
}

export async function waiting(purpose: Purpose): Promise<File[]> {
  const cache = await caches.open(CACHE);
  const found: File[] = [];
  for (const request of await cache.keys()) {
    if (!new URL(request.url).pathname.startsWith(`/shared/${purpose}/`)) continue;
    const answer = await cache.match(request);
    if (!answer) continue;
    if (Date.now() - Number(answer.headers.get("X-At")) > KEEP_MS) {
      await cache.delete(request);
      continue;
    }
    const name = decodeURIComponent(answer.headers.get("X-Name") ?? "");
    found.push(new File([await answer.blob()], name, { type: answer.headers.get("Content-Type") ?? "" }));
  }
  return found;
}

export async function drop(purpose: Purpose): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    if (new URL(request.url).pathname.startsWith(`/shared/${purpose}/`)) await cache.delete(request);
  }
}
