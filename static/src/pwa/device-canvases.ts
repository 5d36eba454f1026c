/**
 * The canvases that this device can open without a network: those whose page the worker kept (sw/personal.ts) and whose
 * drawing the editor kept (store/canvases.ts). Either may have been forgotten for want of room.
 */

import { openDatabase } from "../store/database";
import { waiting } from "../sw/shared";

const PAGES_OF = "personal-pages-";

interface Kept {
  path: string;
  name: string;
  project: string;
}

export async function listDeviceCanvases(place: HTMLElement): Promise<void> {
  const kept = await keptCanvases();
  const list = place.querySelector("ul");
  if (!list || kept.length === 0) return;
  const here = location.pathname === "/share/" && (await waiting("images")).length > 0 ? "#shared" : "";
  for (const { path, name, project } of kept) {
    const link = document.createElement("a");
    link.href = path + here;
    const title = document.createElement("strong");
    title.textContent = name;
    const where = document.createElement("span");
    where.className = "soft";
    where.textContent = project;
    link.append(title, where);
    const row = document.createElement("li");
    row.append(link);
    list.append(row);
  }
  place.hidden = false;
}

/** Last opened first. */
async function keptCanvases(): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES_OF)) continue;
    const cache = await caches.open(name);
    const drawings = await keptDrawings(name.slice(PAGES_OF.length));
    for (const request of await cache.keys()) {
      const path = new URL(request.url).pathname;
      const [, kind, canvas = ""] = path.split("/");
      if (kind !== "c" || !drawings.has(canvas)) continue;
      const page = new DOMParser().parseFromString((await (await cache.match(request))?.text()) ?? "", "text/html");
      const facts = page.getElementById("editor")?.dataset;
      if (facts) found.push({ path, name: facts["canvasName"] ?? path, project: facts["projectName"] ?? "" });
    }
  }
  return found.reverse();
}

/** None where the browser keeps none. */
async function keptDrawings(user: string): Promise<Set<string>> {
  try {
    const database = await openDatabase(user);
    const canvases = await database.getAllKeys("canvases");
    database.close();
    return new Set(canvases);
  } catch {
    return new Set();
  }
}
