import { expect, test } from "@playwright/test";
import { Front } from "./front";
import { ADA, GRACE, newCanvas, Person } from "./people";

let front: Front;

test.beforeEach(async () => {
  front = new Front();
  await front.start();
});

test.afterEach(() => front.stop());

/** Once the worker has taken over. */
async function installed(person: Person): Promise<void> {
  await person.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

async function kept(person: Person, path: string): Promise<boolean> {
  return person.page.evaluate(async (path) => Boolean(await caches.match(path)), path);
}

test("a canvas opens without a server, is drawn on, and what was drawn arrives", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  await installed(ada);
  const canvas = await newCanvas(ada, "On a train");
  await ada.open(canvas);
  await ada.rectangle([300, 250], [400, 330]);
  await ada.saved();
  await expect.poll(() => kept(ada, `/c/${canvas}/`)).toBe(true);

  await front.stop();
  await ada.page.reload();
  await expect(ada.page).toHaveTitle(/On a train/);
  await expect(ada.page.getByTestId("main-menu-trigger")).toBeVisible();
  await expect(ada.status).toContainText(/Offline|Reconnecting|Connecting/);

  await front.start();
  await ada.saved();
  expect(await ada.elements(canvas)).toHaveLength(1);
  await ada.close();
});

test("the first page that is ever opened is there without a network", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url, serviceWorkers: "allow" });
  const canvas = await newCanvas(ada, "First of all");
  await ada.page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await ada.open(canvas);
  await installed(ada);
  await expect.poll(() => kept(ada, `/c/${canvas}/`)).toBe(true);
  await ada.context.setOffline(true);
  await ada.page.reload();
  await expect(ada.page.getByTestId("main-menu-trigger")).toBeVisible();
  expect(ada.complaints.filter((said) => !/ERR_INTERNET_DISCONNECTED|WebSocket/.test(said))).toEqual([]);
  await ada.close();
});

/** Takes the drawing from the device, and leaves the page of its canvas. */
async function forgetDrawing(person: Person, canvas: string): Promise<void> {
  await person.page.evaluate(async (canvas) => {
    const [name] = (await indexedDB.databases()).flatMap(({ name }) => (name?.startsWith("canvas-of-") ? [name] : []));
    const opening = indexedDB.open(name ?? "");
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const change = opening.result.transaction("canvases", "readwrite");
    change.objectStore("canvases").delete(canvas);
    await new Promise((resolve) => (change.oncomplete = resolve));
    opening.result.close();
  }, canvas);
}

test("pages without a network: as last seen, or a page that lists what this device has", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  await installed(ada);
  const canvas = await newCanvas(ada, "Carried <b>along</b>");
  const forgotten = await newCanvas(ada, "Left behind");
  for (const one of [forgotten, canvas]) {
    await ada.open(one);
    await ada.page.waitForTimeout(2_500); // the drawing is kept a moment later
  }
  await ada.page.goto("/p/");
  await forgetDrawing(ada, forgotten);
  await expect.poll(() => kept(ada, "/p/")).toBe(true);
  await ada.context.setOffline(true);
  await ada.page.goto("/p/");
  await expect(ada.page.locator("#kept-notice")).toContainText("as it was last seen");
  await expect(ada.page.getByText("Demo", { exact: true }).first()).toBeVisible();
  await ada.page.goto("/p/never-seen/");
  await expect(ada.page.getByRole("heading", { name: "You are offline" })).toBeVisible();
  expect(await kept(ada, `/c/${forgotten}/`)).toBe(true);
  await expect(ada.page.locator("#device-canvases").getByRole("link", { name: "Carried <b>along</b>" })).toBeVisible();
  await expect(ada.page.locator("#device-canvases")).not.toContainText("Left behind");
  await ada.page.getByRole("link", { name: "Carried <b>along</b>" }).click();
  await expect(ada.page.getByTestId("main-menu-trigger")).toBeVisible();
  await ada.close();
});

test("nobody is shown what was kept for somebody else", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  await installed(ada);
  const canvas = await newCanvas(ada, "Only for Ada");
  await ada.open(canvas);
  await ada.page.goto("/p/");
  await expect.poll(() => kept(ada, `/c/${canvas}/`)).toBe(true);
  await ada.page.getByRole("button", { name: /^Account/ }).click();
  await ada.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ada.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  expect(await kept(ada, `/c/${canvas}/`)).toBe(false);

  const nothingOfAda = async (): Promise<void> => {
    for (const path of ["/p/", `/c/${canvas}/`]) {
      await ada.page.goto(path);
      await expect(ada.page.getByRole("heading", { name: "You are offline" })).toBeVisible();
      expect(await ada.page.content()).not.toContain("Only for Ada");
    }
  };
  // The browser does not know: at "online", which it may say to a page that is left, a kept page is loaded again.
  await front.stop();
  await nothingOfAda();
  await front.start();
  await ada.signIn(GRACE);
  await expect.poll(() => kept(ada, "/p/")).toBe(true);
  await front.stop();
  await ada.page.goto("/p/");
  await expect(ada.page.getByRole("button", { name: /Account of Grace/ })).toBeVisible();
  await ada.page.goto(`/c/${canvas}/`);
  await expect(ada.page.getByRole("heading", { name: "You are offline" })).toBeVisible();
  await ada.close();
});

test("a session that ended elsewhere ends what was kept as well", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  await installed(ada);
  await ada.page.goto("/p/");
  await expect.poll(() => kept(ada, "/p/")).toBe(true);
  await ada.context.clearCookies({ name: "sessionid" });
  await ada.page.goto("/p/");
  await expect(ada.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await expect.poll(() => kept(ada, "/p/")).toBe(false);
  await ada.close();
});

test("a new version is offered, taken when asked for, and reloads no other tab", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  await installed(ada);
  const canvas = await newCanvas(ada, "New version");
  await ada.open(canvas);
  const other = await ada.context.newPage();
  await other.goto("/p/");
  await other.evaluate(() => ((window as { mark?: string }).mark = "not reloaded"));

  front.deployed = "\n// the next version\n";
  await ada.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const offer = ada.page.locator("#update-notice");
  await expect(offer).toContainText("A new version is ready");
  await ada.rectangle([300, 250], [400, 330]);
  const loaded = ada.page.waitForEvent("load");
  await offer.getByRole("button", { name: "Reload" }).click();
  await loaded;
  await ada.saved();
  expect(await ada.elements(canvas)).toHaveLength(1);
  await expect(offer).toBeHidden();
  expect(await ada.page.evaluate(async () => (await navigator.serviceWorker.ready).waiting)).toBeNull();

  await expect(other.locator("#update-notice")).toBeVisible();
  expect(await other.evaluate(() => (window as { mark?: string }).mark)).toBe("not reloaded");
  await ada.close();
});

/** What a system does when a picture is shared with an installed application. */
async function share(person: Person): Promise<void> {
  await person.page.evaluate(async () => {
    const drawing = new OffscreenCanvas(60, 40);
    drawing.getContext("2d")?.fillRect(5, 5, 30, 20);
    const picture = new File([await drawing.convertToBlob({ type: "image/png" })], "dot.png", { type: "image/png" });
    const chosen = new DataTransfer();
    chosen.items.add(picture);
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: "/share/", enctype: "multipart/form-data" });
    const input = document.createElement("input");
    Object.assign(input, { type: "file", name: "images", files: chosen.files });
    form.append(input);
    document.body.append(form);
    form.submit();
  });
}

test("a shared picture is put on the canvas that is chosen, after signing in", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  const canvas = await newCanvas(ada, `Shared ${Date.now()}`);
  await installed(ada);
  await ada.context.clearCookies({ name: "sessionid" });
  await ada.page.goto("/sign-in/");
  await share(ada);
  await ada.page.getByLabel("Username").fill(ADA);
  await ada.page.getByLabel("Password", { exact: true }).fill("demo-canvas");
  await ada.page.getByRole("button", { name: "Sign in" }).click();
  await expect(ada.page.getByRole("heading", { name: "Put a picture on a canvas" })).toBeVisible();
  await expect(ada.page.getByRole("img", { name: "dot.png" })).toBeVisible();
  await ada.page.locator(`a[href="/c/${canvas}/#shared"]`).click();
  await expect.poll(async () => (await ada.elements(canvas)).map(({ type }) => type)).toEqual(["image"]);
  await ada.saved();
  await ada.page.goto("/share/");
  await expect(ada.page.getByText("No picture has arrived")).toBeVisible();
  expect(ada.complaints).toEqual([]);
  await ada.close();
});

test("a drawing that the system opens becomes a canvas of the chosen project", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  const scene = { type: "excalidraw", version: 2, source: "test", elements: [RECTANGLE], appState: {}, files: {} };
  // The part of the system, which no headless browser plays.
  await ada.context.addInitScript((text) => {
    Object.defineProperty(window, "launchQueue", {
      value: {
        setConsumer: (consumer: (launch: unknown) => void) =>
          consumer({ files: [{ getFile: async () => new File([text], "Garden plan.excalidraw") }] }),
      },
    });
  }, JSON.stringify(scene));
  await ada.page.goto("/open/");
  await expect(ada.page.getByText("Garden plan.excalidraw")).toBeVisible();
  await ada.page.getByRole("button", { name: "Demo", exact: true }).last().click();
  await expect(ada.page).toHaveTitle(/Garden plan – Demo/);
  const canvas = new URL(ada.page.url()).pathname.split("/")[2] ?? "";
  expect((await ada.elements(canvas)).map(({ type }) => type)).toEqual(["rectangle"]);
  await ada.close();
});

const RECTANGLE = {
  id: "rectangle-1",
  type: "rectangle",
  x: 10,
  y: 20,
  width: 100,
  height: 50,
  angle: 0,
  strokeColor: "#1e1e1e",
  backgroundColor: "transparent",
  fillStyle: "solid",
  strokeWidth: 2,
  strokeStyle: "solid",
  roughness: 1,
  opacity: 100,
  groupIds: [],
  frameId: null,
  roundness: null,
  seed: 1,
  version: 1,
  versionNonce: 1,
  isDeleted: false,
  boundElements: null,
  updated: 1,
  link: null,
  locked: false,
  index: "a0",
};

test("hashed files never change, other files and the worker are asked for again, all are compressed", async ({
  browser,
}) => {
  const ada = await Person.signIn(browser, ADA);
  const canvas = await newCanvas(ada, "Delivery");
  const names = async (path: string): Promise<string[]> => {
    const html = await (await ada.context.request.get(path)).text();
    return [...html.matchAll(/(?:src|href)="(\/static\/dist\/[^"]+)"/g)].map(([, name]) => name ?? "");
  };
  const headers = async (path: string): Promise<Record<string, string>> =>
    (await ada.context.request.get(path, { headers: { "Accept-Encoding": "gzip, deflate, br" } })).headers();
  const editor = await names(`/c/${canvas}/`);
  expect(editor.length).toBeGreaterThan(1);
  for (const name of editor) {
    expect(await headers(name), name).toMatchObject({
      "cache-control": "max-age=315360000, public, immutable",
      "content-encoding": "br",
    });
  }
  const site = await headers("/static/site/site.css");
  expect(site["cache-control"]).not.toContain("immutable");
  expect(site["content-encoding"]).toBe("br");
  expect((await headers("/sw.js"))["cache-control"]).toBe("no-cache");

  // The page of projects brings nothing of the editor.
  const loaded: { name: string; bytes: number }[] = [];
  ada.page.on("response", async (response) => {
    if (response.request().resourceType() !== "script") return;
    loaded.push({ name: new URL(response.url()).pathname, bytes: (await response.body()).length });
  });
  await ada.page.goto("/p/", { waitUntil: "networkidle" });
  const scripts = loaded.filter(({ name }) => name !== "/sw.js");
  expect(scripts.map(({ name }) => name)).toContainEqual(expect.stringMatching(/\/page-[\w-]+\.js$/));
  expect(scripts.filter(({ name }) => /editor|excalidraw|react/.test(name))).toEqual([]);
  expect(scripts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(120_000);
  await ada.close();
});
