import { mkdir } from "node:fs/promises";
import { type Browser, type BrowserContextOptions, expect, type Page, test } from "@playwright/test";
import { ADA, baseUrl, GRACE, newCanvas, Person } from "../people";

const FOLDER = "screenshots";
const DEVICES: Record<string, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};
const SCHEMES = ["light", "dark"] as const;
let past: string;

test.beforeAll(async ({ browser }) => {
  await mkdir(FOLDER, { recursive: true });
  await fill(browser);
  past = await withPast(browser);
});

/** What a month of use would have left. */
async function fill(browser: Browser): Promise<void> {
  const ada = await Person.signIn(browser, ADA);
  const grace = await Person.signIn(browser, GRACE);
  for (const name of ["Website relaunch", "Mobile app", "A project with a name that is much too long for its card"]) {
    const project = await ada.api<{ id: string }>("POST", "projects/", { name });
    await ada.api("POST", `projects/${project.id}/members/`, { user: GRACE, role: "viewer" });
    for (const title of ["Sitemap", "Checkout flow"]) {
      const canvas = await ada.api<{ id: string }>("POST", `projects/${project.id}/canvases/`, { name: title });
      await ada.api("POST", `canvases/${canvas.id}/intents/`, { ops: drawing(title.length) });
    }
  }
  const shared = await grace.api<{ id: string }>("POST", "projects/", { name: "Compilers, for fun" });
  await grace.api("POST", `projects/${shared.id}/members/`, { user: ADA, role: "editor" });
  await ada.api("POST", "projects/", { name: "Fresh and empty" });
  const old = await ada.api<{ id: string }>("POST", "projects/", { name: "Last year's conference" });
  await ada.api("POST", `projects/${old.id}/archive/`);
  const gone = await ada.api<{ id: string }>("POST", "projects/", { name: "Thrown away" });
  await ada.api("DELETE", `projects/${gone.id}/`);
  await ada.close();
  await grace.close();
}

/** A canvas that two people worked on, with a name for one of its moments. */
async function withPast(browser: Browser): Promise<string> {
  const ada = await Person.signIn(browser, ADA);
  const grace = await Person.signIn(browser, GRACE);
  const canvas = await newCanvas(ada, "Seating plan");
  const set = (id: string, set: object): object => ({ op: "update", id, set });
  const work: [Person, unknown[]][] = [
    [ada, drawing(1)],
    [grace, [set("shape-1", { "properties.strokeColor": "#f08c00" })]],
    [grace, [set("shape-1", { "properties.backgroundColor": "#ffec99" })]],
    [ada, [set("shape-3", { "position.y": 320 }), set("shape-4", { "position.y": 320 })]],
    [grace, [{ op: "delete", id: "shape-0" }]],
    [
      ada,
      drawing(2)
        .slice(0, 1)
        .map((op) => ({ ...(op as object), id: "late", position: { x: 380, y: 320 } })),
    ],
    [grace, [set("shape-2", { "dimensions.width": 200 })]],
  ];
  for (const [person, ops] of work) await person.api("POST", `canvases/${canvas}/intents/`, { ops });
  await ada.api("POST", `canvases/${canvas}/versions/`, { name: "Shown to the caterers", seq: 4 });
  await ada.close();
  await grace.close();
  return canvas;
}

function drawing(seed: number): unknown[] {
  const colors = ["#e03131", "#1971c2", "#2f9e44", "#f08c00", "#9c36b5"];
  return Array.from({ length: 6 }, (_, place) => ({
    op: "create",
    id: `shape-${place}`,
    type: ["rectangle", "ellipse", "diamond"][(place + seed) % 3],
    position: { x: (place % 3) * 190, y: Math.floor(place / 3) * 150 },
    dimensions: { width: 140, height: 100 },
    properties: {
      strokeColor: colors[(place + seed) % 5],
      backgroundColor: "transparent",
      strokeWidth: 2,
      roughness: 1,
    },
  }));
}

for (const [device, options] of Object.entries(DEVICES)) {
  for (const colorScheme of SCHEMES) {
    const shoot = async (page: Page, name: string, fullPage = true): Promise<void> => {
      await page.waitForTimeout(350); // animations
      await page.screenshot({ path: `${FOLDER}/${name}-${device}-${colorScheme}.png`, fullPage });
    };

    test(`entrance and errors, ${device}, ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({ ...options, colorScheme, baseURL: baseUrl() });
      const page = await context.newPage();
      await page.goto("/sign-in/");
      await shoot(page, "sign-in");
      await page.goto("/sign-up/");
      await page.getByLabel("Username").fill(ADA);
      await page.getByLabel("Password").fill("short");
      await page.getByRole("button", { name: "Sign up" }).click();
      await shoot(page, "sign-up-refused");
      await page.goto("/nothing/");
      await shoot(page, "not-found");
      await context.close();
    });

    test(`projects, ${device}, ${colorScheme}`, async ({ browser }) => {
      const ada = await Person.signIn(browser, ADA, { ...options, colorScheme });
      const { page } = ada;
      await page.goto("/p/", { waitUntil: "networkidle" });
      await shoot(page, "projects");
      await page.getByRole("button", { name: "More about Mobile app" }).click();
      await shoot(page, "projects-menu", false);
      await page.getByRole("button", { name: "Rename" }).first().click();
      await shoot(page, "projects-rename", false);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "New project" }).click();
      await shoot(page, "projects-new", false);
      await page.keyboard.press("Escape");
      await page.getByLabel("Search projects").fill("nothing of that name");
      await expect(page.getByText("Nothing found")).toBeVisible();
      await shoot(page, "projects-nothing-found");
      for (const show of ["shared", "archived", "deleted"]) {
        await page.goto(`/p/?show=${show}`, { waitUntil: "networkidle" });
        await shoot(page, `projects-${show}`);
      }
      await page.goto("/p/");
      await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
      await shoot(page, "account-menu", false);
      await ada.close();
    });

    test(`one project, sharing, settings, ${device}, ${colorScheme}`, async ({ browser }) => {
      const ada = await Person.signIn(browser, ADA, { ...options, colorScheme });
      const { page } = ada;
      await page.getByRole("link", { name: "Demo", exact: true }).click();
      await page.waitForLoadState("networkidle");
      await shoot(page, "project");
      await page.getByRole("button", { name: "New canvas" }).click();
      await shoot(page, "project-new-canvas", false);
      await page.keyboard.press("Escape");
      const more = page.getByRole("button", { name: /^More about Product roadmap$/ });
      await more.click();
      await shoot(page, "project-menu", false);
      await page.getByRole("button", { name: "Duplicate" }).first().click();
      await expect(page.getByText(/Duplicated/)).toBeVisible();
      await shoot(page, "project-toast", false);
      await page.getByRole("button", { name: "Undo" }).click();
      await expect(page.getByText(/Deleted “/)).toBeVisible();
      await page.goto(`${new URL(page.url()).pathname}?show=deleted`);
      await shoot(page, "project-deleted");
      await page.goto(`${new URL(page.url()).pathname}share/`);
      await shoot(page, "share");
      await page.getByLabel("Username or email").fill("nobody");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await expect(page.getByText("There is no user of that name")).toBeVisible();
      await shoot(page, "share-refused");
      for (const [name, link] of [
        ["project-empty", "Fresh and empty"],
        ["project-shared", "Compilers, for fun"],
      ] as const) {
        await page.goto("/p/");
        await page.getByRole("link", { name: link }).click();
        await shoot(page, name);
      }
      await page.goto("/p/?show=archived");
      await page.getByRole("link", { name: "Last year's conference" }).click();
      await shoot(page, "project-archived");
      await page.goto("/settings/");
      await shoot(page, "settings");
      await ada.close();
    });

    test(`editor, ${device}, ${colorScheme}`, async ({ browser }) => {
      const ada = await Person.signIn(browser, ADA, { ...options, colorScheme });
      const { page } = ada;
      await ada.open(await newCanvas(ada, "Nothing yet"));
      await shoot(page, "editor-empty", false);
      await page.goto("/p/");
      await page.getByRole("link", { name: "Demo", exact: true }).click();
      await page.getByRole("link", { name: "Product roadmap", exact: true }).first().click();
      await ada.saved();
      const canvas = new URL(page.url()).pathname.split("/")[2] ?? "";
      await shoot(page, "editor-demo", false);
      await page.getByTestId("main-menu-trigger").click();
      await shoot(page, "editor-menu", false);
      await page.keyboard.press("Escape");
      const grace = await Person.signIn(browser, GRACE, { ...DEVICES["desktop"], colorScheme });
      await grace.open(canvas);
      await grace.page.mouse.move(500, 400);
      await grace.page.mouse.move(560, 420);
      await expect(page.getByTestId("avatars")).toContainText("G");
      await shoot(page, "editor-two-people", false);
      await grace.close();
      await ada.context.setOffline(true);
      await page.evaluate(() => window.dispatchEvent(new Event("offline")));
      await page.waitForTimeout(1500);
      await shoot(page, "editor-offline", false);
      await ada.close();
    });

    test(`history, ${device}, ${colorScheme}`, async ({ browser }) => {
      const ada = await Person.signIn(browser, ADA, { ...options, colorScheme });
      const { page } = ada;
      const at = async (query: string): Promise<void> => {
        await page.goto(`/c/${past}/?${query}`);
        await expect(page.getByTestId("history-entry").first()).toBeVisible();
        await page.waitForLoadState("networkidle");
      };
      await at("at=now");
      await shoot(page, "history", false);
      await at("at=5");
      await page.getByTestId("history-entry").nth(2).getByRole("button", { name: "Details" }).click();
      await shoot(page, "history-moment", false);
      await at("at=7&compare=1");
      await expect(page.getByTestId("compare-changed")).toBeVisible();
      await shoot(page, "history-compare", false);
      await at("at=4");
      await page.getByRole("tab", { name: "Versions" }).click();
      await expect(page.getByTestId("history-version").locator("img")).toBeVisible();
      await shoot(page, "history-versions", false);
      await page.getByTestId("restore-moment").click();
      await expect(page.getByTestId("takeback-effects")).toBeVisible();
      await shoot(page, "history-restore", false);
      await page.keyboard.press("Escape");
      await at("at=7&object=shape-1");
      await expect(page.getByTestId("blame")).toBeVisible();
      await shoot(page, "history-object", false);
      await at("at=now");
      await page.getByRole("button", { name: "Only changes by Grace Hopper" }).click();
      await page.getByTestId("revert-filtered").click();
      await expect(page.getByTestId("takeback-effects")).toBeVisible();
      await shoot(page, "history-take-back", false);
      await ada.close();
    });
  }
}
