import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, expect, type Page, test } from "@playwright/test";
import { ADA, baseUrl, GRACE, newCanvas, Person } from "./people";

// Browsers are started, closed and waited for.
test.setTimeout(180_000);

/** The worker that keeps pages has this one. */
async function kept(person: Person): Promise<void> {
  await person.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect.poll(() => person.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
}

function report(page: Page) {
  return page.getByTestId("report");
}

/** What waits on this device for a user, over all canvases. */
function unsent(page: Page, user: string): Promise<number> {
  return page.evaluate(
    (name) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction("intents").objectStore("intents").count();
          counting.onsuccess = () => {
            opening.result.close();
            resolve(counting.result);
          };
        };
      }),
    `canvas-of-${user}`,
  );
}

async function userId(person: Person): Promise<string> {
  return (await person.api<{ id: string | number }>("GET", "auth/me/")).id.toString();
}

test("work done while away is kept, and arrives exactly once", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const grace = await Person.signIn(browser, GRACE);
  const canvas = await newCanvas(ada, "Away and back");
  await ada.open(canvas);
  await grace.open(canvas);
  await ada.rectangle([300, 250], [400, 330]);
  await ada.saved();

  await ada.context.setOffline(true);
  await expect(ada.status).toHaveText(/Offline|Reconnecting/);
  await ada.rectangle([500, 250], [600, 330]);
  await ada.rectangle([700, 250], [800, 330]);
  await expect(ada.status).toHaveText(/Offline – \d changes? kept on this device/);
  await expect(ada.page.getByTestId("banner")).toContainText("kept on this device");
  await grace.page.bringToFront();
  await grace.rectangle([500, 500], [620, 580]);
  await grace.saved();
  expect(await grace.elements(canvas)).toHaveLength(2);

  await ada.context.setOffline(false);
  await ada.saved();
  const elements = await ada.elements(canvas);
  expect(elements).toHaveLength(4);
  expect(new Set(elements.map((element) => element.id)).size).toBe(4);
  for (const person of [ada, grace]) await expect.poll(async () => (await person.scene()).length).toBe(4);
  await expect(report(ada.page)).toHaveCount(0);
  await ada.close();
  await grace.close();
});

test("offline, a reload shows the canvas with the work that waits; back, it is sent once", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const canvas = await newCanvas(ada, "Reloaded offline");
  await ada.open(canvas);
  await kept(ada);
  // The page as the worker has it.
  await ada.open(canvas);
  await ada.rectangle([300, 250], [400, 330]);
  await ada.saved();
  await ada.page.waitForTimeout(2_500);
  await ada.context.setOffline(true);
  await ada.rectangle([500, 250], [600, 330]);
  await expect(ada.status).toHaveText(/1 change kept on this device/);

  await ada.page.reload();
  await expect(ada.page.getByTestId("loading")).toHaveCount(0);
  await expect(ada.status).toHaveText(/1 change kept on this device/);
  expect(await ada.scene()).toHaveLength(2);
  await ada.rectangle([700, 250], [800, 330]);
  await expect(ada.status).toHaveText(/2 changes kept on this device/);

  await ada.context.setOffline(false);
  await ada.saved();
  expect(await ada.elements(canvas)).toHaveLength(3);
  expect(await unsent(ada.page, await userId(ada))).toBe(0);
  await ada.close();
});

test("a browser that was closed with work sends it when the canvas is opened again", async () => {
  const profile = await mkdtemp(join(tmpdir(), "profile-"));
  const launch = () =>
    chromium.launchPersistentContext(profile, { ...test.info().project.use.launchOptions, baseURL: baseUrl() });
  const first = await launch();
  const ada = await Person.signInWith(first, ADA);
  const canvas = await newCanvas(ada, "Closed with work");
  await ada.open(canvas);
  await first.setOffline(true);
  await ada.rectangle([300, 250], [400, 330]);
  await ada.rectangle([500, 250], [600, 330]);
  await expect(ada.status).toHaveText(/2 changes kept on this device/);
  await first.close();

  const second = await launch();
  // The session may have outlived the browser.
  await second.clearCookies();
  const again = await Person.signInWith(second, ADA);
  await again.open(canvas);
  await again.saved();
  await expect.poll(async () => (await again.elements(canvas)).length).toBe(2);
  await second.close();
  await rm(profile, { recursive: true, force: true });
});

test("work of two tabs that were closed offline is sent by the one that is opened", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const canvas = await newCanvas(ada, "Two tabs");
  await ada.open(canvas);
  const other = await ada.tab();
  await other.open(canvas);
  await ada.context.setOffline(true);
  await other.rectangle([300, 250], [400, 330]);
  await expect(other.status).toHaveText(/1 change kept/);
  await ada.page.bringToFront();
  await ada.rectangle([500, 250], [600, 330]);
  await expect(ada.status).toHaveText(/1 change kept/);
  await other.page.goto("about:blank");
  await ada.page.goto("about:blank");
  await ada.context.setOffline(false);

  await ada.open(canvas);
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(2);
  await expect.poll(async () => unsent(ada.page, await userId(ada))).toBe(0);
  await ada.close();
});

test("leaving is asked about only while work is not kept", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  await ada.open(await newCanvas(ada, "Leaving"));
  await ada.context.setOffline(true);
  await ada.rectangle([300, 250], [400, 330]);
  await expect(ada.status).toHaveText(/kept on this device/);
  let asked = false;
  ada.page.on("dialog", (dialog) => {
    asked = true;
    void dialog.accept();
  });
  await ada.page.close({ runBeforeUnload: true });
  await expect.poll(() => ada.page.isClosed()).toBe(true);
  expect(asked).toBe(false);
  await ada.close();
});

test("a browser that keeps nothing says so, and asks before leaving", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  await ada.page.addInitScript(() => Object.defineProperty(globalThis, "indexedDB", { value: undefined }));
  await ada.open(await newCanvas(ada, "Nothing kept"));
  await ada.context.setOffline(true);
  await ada.rectangle([300, 250], [400, 330]);
  await expect(ada.status).toHaveText(/1 change kept in this tab only/);
  await expect(ada.page.getByTestId("banner")).toContainText("leave this tab open");
  const asked = ada.page.waitForEvent("dialog");
  const closing = ada.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.accept();
  await closing;
  await ada.close();
});

test("what someone deleted or changed meanwhile is reported, and can be had the other way", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const grace = await Person.signIn(browser, GRACE);
  const canvas = await newCanvas(ada, "Overtaken");
  await ada.open(canvas);
  await ada.rectangle([300, 250], [400, 330]);
  await ada.rectangle([500, 250], [600, 330]);
  await ada.saved();
  const [left, right] = (await ada.elements(canvas)).sort((a, b) => a.position.x - b.position.x);
  if (!left || !right) throw new Error("two rectangles are needed");
  await grace.open(canvas);

  await ada.context.setOffline(true);
  await expect(ada.status).toHaveText(/Offline|Reconnecting/);
  for (const x of [300, 500]) {
    await ada.page.keyboard.press("Escape");
    await ada.drag([x, 290], [x, 450]);
  }
  await expect(ada.status).toHaveText(/changes? kept on this device/);
  await grace.api("DELETE", `canvases/${canvas}/elements/${left.id}/`);
  await grace.api("PATCH", `canvases/${canvas}/elements/${right.id}/`, { set: { "position.y": 77 } });
  await ada.page.waitForTimeout(5_200);

  await ada.context.setOffline(false);
  await ada.saved();
  await expect(report(ada.page)).toBeVisible();
  await expect(report(ada.page).getByRole("listitem")).toHaveCount(2);
  await expect(report(ada.page)).toContainText("deleted a rectangle, which you had changed");
  await expect(report(ada.page)).toContainText("had changed a rectangle too (position)");

  await report(ada.page).getByRole("button", { name: "Use theirs" }).click();
  await report(ada.page).getByRole("button", { name: "Bring mine back" }).click();
  await expect(report(ada.page)).toHaveCount(0);
  await ada.saved();
  const after = new Map((await ada.elements(canvas)).map((element) => [element.id, element.position.y]));
  expect(after.get(right.id)).toBe(77);
  expect(after.get(left.id)).toBeCloseTo(left.position.y + 160, 0);
  await ada.close();
  await grace.close();
});

test("another account on the same browser neither sees nor sends what is kept", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const canvas = await newCanvas(ada, "Whose it is");
  await ada.open(canvas);
  const id = await userId(ada);
  await ada.context.setOffline(true);
  await ada.rectangle([300, 250], [400, 330]);
  await expect(ada.status).toHaveText(/1 change kept/);
  // First of all: a page that is left may have the network back for a moment, and would send what is hers.
  await ada.context.clearCookies();
  await ada.page.goto("about:blank");
  await ada.context.setOffline(false);

  const grace = await Person.signInWith(ada.context, GRACE);
  await grace.open(canvas);
  expect(await grace.scene()).toHaveLength(0);
  expect(await grace.elements(canvas)).toHaveLength(0);
  expect(await unsent(grace.page, id)).toBe(1);

  await grace.context.clearCookies();
  const again = await Person.signInWith(ada.context, ADA);
  await again.open(canvas);
  await expect.poll(async () => (await again.elements(canvas)).length).toBe(1);
  await ada.close();
});
