import { expect, test } from "@playwright/test";
import { Front } from "./front";
import { ADA, GRACE, newCanvas, Person } from "./people";

let front: Front;

test.beforeEach(async () => {
  front = new Front();
  await front.start();
});

test.afterEach(() => front.stop());

/** Once the worker has taken over, and has kept the page that is open. */
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

test("pages without a network: as last seen, or a page that lists what this device has", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { baseURL: front.url });
  await installed(ada);
  const canvas = await newCanvas(ada, "Carried <b>along</b>");
  await ada.open(canvas);
  await ada.page.goto("/p/");
  await expect.poll(() => kept(ada, "/p/")).toBe(true);
  await ada.context.setOffline(true);
  await ada.page.goto("/p/");
  await expect(ada.page.locator("#kept-notice")).toContainText("You are offline");
  await expect(ada.page.getByText("Demo", { exact: true }).first()).toBeVisible();
  await ada.page.goto("/p/never-seen/");
  await expect(ada.page.getByRole("heading", { name: "You are offline" })).toBeVisible();
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
  await ada.context.setOffline(true);
  await nothingOfAda();
  await ada.context.setOffline(false);
  await ada.signIn(GRACE);
  await expect.poll(() => kept(ada, "/p/")).toBe(true);
  await ada.context.setOffline(true);
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
