import { expect, test } from "@playwright/test";
import { ADA, baseUrl, GRACE, Person } from "./people";

async function newProject(person: Person, name: string): Promise<string> {
  return (await person.api<{ id: string }>("POST", "projects/", { name })).id;
}

test("searching while typing, renaming in place, deleting and undoing, without a new page", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const { page } = ada;
  const id = await newProject(ada, "Harbour lights");
  await page.goto("/p/");
  await page.evaluate(() => ((window as unknown as { same: boolean }).same = true));

  await page.getByLabel("Search projects").fill("hArBour");
  await expect(page.locator(".card")).toHaveCount(1);
  await expect(page).toHaveURL(/q=hArBour/);

  await page.getByRole("button", { name: "More about Harbour lights" }).click();
  await page.getByRole("button", { name: "Rename" }).first().click();
  await page.keyboard.type("Harbour nights");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "Harbour nights" })).toBeVisible();
  expect((await ada.api<{ name: string }>("GET", `projects/${id}/`)).name).toBe("Harbour nights");

  await page.getByRole("button", { name: "More about Harbour nights" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Deleted “Harbour nights”")).toBeVisible();
  await expect(page.locator(".card")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "Harbour nights" })).toBeVisible();
  await expect(page.getByText("“Harbour nights” is back.")).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
  expect(ada.complaints).toEqual([]);
  expect(ada.foreign).toEqual([]);
  await ada.api("DELETE", `projects/${id}/`);
  await ada.close();
});

test("the keyboard alone makes a project, renames a canvas and finds it again", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const { page } = ada;
  await page.goto("/p/");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "New project" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "By keyboard" })).toBeVisible();
  const project = new URL(page.url()).pathname.split("/")[2] ?? "";
  await ada.api("POST", `projects/${project}/canvases/`, { name: "Board" });
  await page.reload();
  await page.getByRole("button", { name: "More about Board" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Rename" }).last()).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("button", { name: "Duplicate" })).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Renamed");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("link", { name: "Board" })).toBeFocused();
  await page.getByRole("button", { name: "More about Board" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Rename" }).last()).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Renamed");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "Renamed" })).toBeFocused();
  await ada.api("DELETE", `projects/${project}/`);
  await ada.close();
});

test("everything works without script", async ({ browser }) => {
  const context = await browser.newContext({ baseURL: baseUrl(), javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/sign-in/");
  await page.getByLabel("Username").fill(ADA);
  await page.getByLabel("Password").fill("demo-canvas");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByRole("dialog", { name: "New project" }).getByLabel("Name").fill("Plain paper");
  await page.getByRole("button", { name: "Create project" }).click();
  await expect(page.getByRole("heading", { name: "Plain paper" })).toBeVisible();
  await page.goto("/p/");
  await page.getByLabel("Search projects").fill("plain");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.locator(".card")).toHaveCount(1);
  await page.getByRole("button", { name: "More about Plain paper" }).click();
  await page.getByRole("button", { name: "Rename" }).first().click();
  await page.getByRole("dialog").getByRole("textbox").fill("Plain sheets");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("link", { name: "Plain sheets" })).toHaveCount(1); // the search goes on
  await page.goto("/p/");
  await page.getByRole("button", { name: "More about Plain sheets" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "Plain sheets" })).toBeVisible();
  await context.close();
});

test("an open editor becomes read only with its project, and is sent away when that is deleted", async ({
  browser,
}) => {
  const ada = await Person.signIn(browser, ADA);
  const grace = await Person.signIn(browser, GRACE);
  const id = await newProject(ada, "Shared desk");
  await ada.api("POST", `projects/${id}/members/`, { user: GRACE, role: "editor" });
  const canvas = await ada.api<{ id: string }>("POST", `projects/${id}/canvases/`, { name: "Desk" });
  await grace.open(canvas.id);
  await grace.rectangle([400, 300], [500, 400]);
  await grace.saved();
  await expect(grace.page.getByRole("link", { name: "Share the project" })).toHaveAttribute("href", `/p/${id}/share/`);
  await ada.api("POST", `projects/${id}/archive/`);
  await expect(grace.status).toHaveText("Read only");
  await ada.api("POST", `projects/${id}/unarchive/`);
  await grace.saved();
  await ada.api("DELETE", `projects/${id}/`);
  await expect(grace.page.getByRole("alertdialog")).toBeVisible();
  await ada.api("POST", `projects/${id}/restore/`);
  await grace.open(canvas.id);
  expect((await grace.elements(canvas.id)).length).toBe(1);
  await ada.api("DELETE", `projects/${id}/`);
  await grace.close();
  await ada.close();
});

test("what fails is said, with another try", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const { page } = ada;
  const id = await newProject(ada, "Stormy");
  await page.goto("/p/?q=stormy");
  await page.route("**/archive/", (route) => route.abort());
  await page.getByRole("button", { name: "More about Stormy" }).click();
  await page.getByRole("button", { name: "Archive" }).click();
  await expect(page.getByText("The server cannot be reached.")).toBeVisible();
  await page.unroute("**/archive/");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Archived “Stormy”")).toBeVisible();
  await ada.api("DELETE", `projects/${id}/`);
  await page.goto("/p/?q=stormy&show=archived");
  await ada.close();
});

test("the appearance that a person chose holds on every page, from its first byte", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA, { colorScheme: "light" });
  const { page } = ada;
  await page.goto("/settings/");
  await page.getByRole("radio", { name: "Dark" }).check({ force: true });
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  const html = await (await ada.context.request.get("/p/")).text();
  expect(html).toMatch(/<html[^>]*data-theme="dark"/);
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(paper).toBe("rgb(19, 19, 22)");
  await page.getByRole("radio", { name: "As the system" }).check({ force: true });
  await expect(page.locator("html")).toHaveAttribute("data-theme", "system");
  await ada.close();
});
