/**
 * The service worker: the site without a network. Pages come from the network first and from what was kept of them when
 * there is none; hashed files come from the device; the API, the admin and everything else are none of its business,
 * except for images of canvases. docs/decisions/pwa.md has the reasons.
 */

import { ExpirationPlugin } from "workbox-expiration";
import { cleanupOutdatedCaches, matchPrecache, precacheAndRoute, type PrecacheEntry } from "workbox-precaching";
import { registerRoute } from "workbox-routing";
import { CacheFirst } from "workbox-strategies";
import type { WorkboxPlugin } from "workbox-core";
import { withFilesOf } from "./compose";
import { KEPT_AT, type Kind, Personal } from "./personal";
import * as shared from "./shared";

declare const self: ServiceWorkerGlobalScope & {
  __WB_MANIFEST: PrecacheEntry[];
  /** Pages and files that Django makes (projects/pwa/worker.py). */
  __SITE: PrecacheEntry[];
};

/** How long the network may take where a kept page could be shown. */
const PATIENCE_MS = 4_000;
const SITE = "site";
const OFFLINE = "/offline/";
const OFFLINE_EDITOR = "/offline/editor/";

const KEPT_PAGE = /^\/(?:p\/(?:[\w-]{1,64}\/)?|c\/[\w-]{1,64}\/)$/;
const IMAGE = /^\/api\/v1\/assets\/[\w-]{1,128}\/$/;
const THUMBNAIL = /^\/c\/[\w-]{1,64}\/thumbnail\.svg$/;
const SIGNING = /^\/(?:sign-(?:in|out|up)|admin\/log(?:in|out))\/$/;

const personal = new Personal();
const pages = self.__SITE.filter(({ url }) => url.startsWith(OFFLINE));
const siteFiles = self.__SITE.filter(({ url }) => !url.startsWith(OFFLINE)).map(({ url }) => url);

precacheAndRoute([...self.__WB_MANIFEST, ...pages], { cleanURLs: false, directoryIndex: "" });
cleanupOutdatedCaches();

self.addEventListener("install", (event) => {
  const files = siteFiles.map((url) => new Request(url, { cache: "reload" }));
  event.waitUntil(caches.open(SITE).then((cache) => cache.addAll(files)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), self.registration.navigationPreload?.enable()]));
});

self.addEventListener("message", (event) => {
  const { type, url, files } = event.data as { type: string; url?: string; files?: string[] };
  if (type === "SKIP_WAITING") void self.skipWaiting();
  if (type === "CLAIM") event.waitUntil(self.clients.claim());
  if (type === "remember" && url) event.waitUntil(remember(event, url, files ?? []));
});

// Files whose names change with their content: what the shell does not hold (languages, fonts, export) when first used.
const bounded = new ExpirationPlugin({ maxEntries: 200 }) as WorkboxPlugin; // its type says "undefined" where ours says "absent"
const dist = new CacheFirst({ cacheName: "dist", plugins: [bounded] });
registerRoute(({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith("/static/dist/"), dist);

registerRoute(
  ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith("/static/site/"),
  async ({ request }) => {
    const cache = await caches.open(SITE);
    try {
      const response = await fetch(request);
      if (response.status === 200) await cache.put(request, response.clone());
      return response;
    } catch (error) {
      return (await cache.match(request)) ?? Promise.reject(error);
    }
  },
);

registerRoute(
  ({ url, sameOrigin, request }) => sameOrigin && IMAGE.test(url.pathname) && !request.headers.has("Range"),
  async ({ url, request, event }) => {
    const kept = await personal.find(url.pathname, "images");
    return kept ?? observed(event, fetch(request), url.pathname, "images");
  },
);

registerRoute(
  ({ url, sameOrigin }) => sameOrigin && THUMBNAIL.test(url.pathname),
  async ({ url, request, event }) => {
    try {
      return await observed(event, fetch(request), url.pathname, "images");
    } catch (error) {
      return (await personal.find(url.pathname, "images")) ?? Promise.reject(error);
    }
  },
);

registerRoute(
  ({ request }) => request.mode === "navigate",
  ({ event }) => visit(event as FetchEvent),
);

registerRoute(
  ({ request }) => request.mode === "navigate",
  async ({ event, request, url }) => {
    if (url.pathname === "/share/") return receive(request);
    if (SIGNING.test(url.pathname)) await personal.changing();
    return observed(event, fetch(request)).catch(offlinePage);
  },
  "POST",
);

/** A page from the network, if that answers in time; else as it was last seen; else the page that says so. */
async function visit(event: FetchEvent): Promise<Response> {
  const { pathname } = new URL(event.request.url);
  const mayKeep = KEPT_PAGE.test(pathname);
  const network = observed(
    event,
    Promise.resolve(event.preloadResponse).then((early) => (early as Response | undefined) ?? fetch(event.request)),
    pathname,
    mayKeep ? "pages" : undefined,
  );
  const kept = mayKeep ? await personal.find(pathname, "pages") : undefined;
  if (!kept) return network.catch(offlinePage);
  event.waitUntil(network.catch(() => undefined)); // also when it comes too late to be shown: it is kept
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  const response = await Promise.race([network.catch(() => undefined), late]);
  // 502 to 504: the proxy answers, the application does not.
  if (response && ![502, 503, 504].includes(response.status)) return response;
  return again(kept, pathname.startsWith("/c/") ? OFFLINE_EDITOR : OFFLINE);
}

async function again(kept: Response, shellUrl: string): Promise<Response> {
  const shell = await matchPrecache(shellUrl);
  if (!shell) return kept;
  const html = withFilesOf(await shell.text(), await kept.text(), kept.headers.get(KEPT_AT) ?? "");
  return new Response(html, { headers: kept.headers });
}

async function offlinePage(): Promise<Response> {
  const page = await matchPrecache(OFFLINE);
  return page ? new Response(page.body, { status: 503, headers: page.headers }) : Response.error();
}

/** Hands the answer on, and takes note of whose it is. */
async function observed(
  event: ExtendableEvent,
  answer: Promise<Response>,
  url?: string,
  kind?: Kind,
): Promise<Response> {
  const asked = personal.now();
  const response = await answer;
  event.waitUntil(personal.saw(response.clone(), asked, url, kind));
  return response;
}

/** The page that is open now, and the files it loaded, came before this worker did. */
async function remember(event: ExtendableEvent, url: string, files: string[]): Promise<void> {
  const asked = personal.now();
  const { pathname } = new URL(url, self.location.href);
  if (KEPT_PAGE.test(pathname)) await personal.saw(await fetch(pathname), asked, pathname, "pages");
  for (const file of files) {
    if (!(await matchPrecache(file))) await Promise.all(dist.handleAll({ event, request: new Request(file) }));
  }
}

async function receive(request: Request): Promise<Response> {
  const form = await request.formData();
  const files = form.getAll("images").filter((value): value is File => value instanceof File && value.size > 0);
  await shared.put("images", files);
  return Response.redirect("/share/", 303);
}
