/**
 * What the worker keeps for the person who is signed in: pages that were seen, and images of canvases.
 *
 * The server says on each answer whose it is (projects/pwa/middleware.py). An answer is kept under that name only, a page
 * of somebody else (or of nobody) ends all that was kept before, and so does every form that signs in or out. An image
 * does not say who is here now: the browser's own cache may hold it from when somebody else was.
 */

const WHO = "who";
const HEADER = "X-Signed-In";
const NOBODY = "nobody";
export const KEPT_AT = "X-Kept-At";

/** How many answers are kept of a kind; the oldest go first. */
const LIMITS = { pages: 100, images: 400 };
/** A larger answer is not kept. */
const MAX_BYTES = 25 * 1024 * 1024;

export type Kind = keyof typeof LIMITS;

const KINDS = Object.keys(LIMITS) as Kind[];

export class Personal {
  /** Raised whenever somebody signs in or out. What was asked for before then is not kept when it arrives. */
  private era = 0;
  private known: string | undefined;

  now(): number {
    return this.era;
  }

  /** Somebody signs in or out: nobody's pages are to be shown until the server has said whose they are. */
  async changing(): Promise<void> {
    this.era++;
    await this.become(NOBODY);
  }

  /** Takes note of whose answer this is; keeps it if it is somebody's, was asked for in this era, and is `kind`. */
  async saw(response: Response, asked: number, url?: string, kind?: Kind): Promise<void> {
    const who = response.headers.get(HEADER);
    if (who === null || asked !== this.era) return;
    if (kind === "images" && who !== (await this.who())) return;
    await this.become(who);
    if (kind === undefined || url === undefined || who === NOBODY) return;
    const cache = await caches.open(nameOf(kind, who));
    if (response.ok && !response.redirected) await keep(cache, url, response, LIMITS[kind]);
    // No longer there, or no longer theirs.
    else if ([403, 404, 410].includes(response.status)) await cache.delete(url);
  }

  async find(url: string, kind: Kind): Promise<Response | undefined> {
    const who = await this.who();
    if (who === NOBODY) return undefined;
    return (await caches.open(nameOf(kind, who))).match(url);
  }

  private async who(): Promise<string> {
    if (this.known === undefined) {
      const said = await (await caches.open(WHO)).match(`/${WHO}`);
      this.known ??= said ? await said.text() : NOBODY;
    }
    return this.known;
  }

  private async become(who: string): Promise<void> {
    if ((await this.who()) === who) return;
    this.known = who;
    await (await caches.open(WHO)).put(`/${WHO}`, new Response(who));
    const theirs = KINDS.map((kind) => nameOf(kind, who));
    for (const name of await caches.keys()) {
      if (KINDS.some((kind) => name.startsWith(nameOf(kind, ""))) && !theirs.includes(name)) await caches.delete(name);
    }
  }
}

function nameOf(kind: Kind, who: string): string {
  return `personal-${kind}-${who}`;
}

async function keep(cache: Cache, url: string, response: Response, limit: number): Promise<void> {
  const body = await response.blob();
  if (body.size > MAX_BYTES) return;
  const headers = new Headers(response.headers);
  headers.set(KEPT_AT, new Date().toISOString());
  try {
    await cache.delete(url); // what is put again is the newest
    await cache.put(url, new Response(body, { headers }));
    const all = await cache.keys();
    await Promise.all(all.slice(0, Math.max(0, all.length - limit)).map((old) => cache.delete(old)));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
    const all = await cache.keys();
    await Promise.all(all.slice(0, Math.ceil(all.length / 2)).map((old) => cache.delete(old)));
  }
}
