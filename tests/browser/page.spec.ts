import { expect, test } from "@playwright/test";
import { ADA, baseUrl, newCanvas, Person } from "./people";

test("no request leaves the origin and nothing breaks the content policy", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  await ada.open(await newCanvas(ada, "Own origin"));
  await ada.page.keyboard.press("t");
  await ada.page.mouse.click(500, 300);
  await ada.page.keyboard.type("Hello, 世界");
  await ada.page.keyboard.press("Escape");
  await ada.rectangle([300, 400], [400, 480]);
  await ada.saved();
  await ada.page.getByTestId("main-menu-trigger").click();
  await ada.page.getByTestId("export-button").click();
  await expect(ada.page.locator(".export-preview canvas")).toBeVisible();
  await ada.page.keyboard.press("Escape");
  expect(ada.foreign).toEqual([]);
  expect(ada.complaints).toEqual([]);
  await ada.close();
});

test("a viewer looks and cannot edit; a right given later works at once", async ({ browser, request }) => {
  const ada = await Person.enter(browser, ADA);
  const name = `viewer${Date.now()}`;
  const signedUp = await request.post(`${baseUrl()}/api/v1/auth/signup/`, {
    data: { username: name, email: `${name}@example.org`, password: "demo-canvas" },
  });
  expect(signedUp.ok(), await signedUp.text()).toBe(true);
  const project = await ada.api<{ id: string }>("POST", "projects/", { name: "Demo" });
  const canvas = await ada.api<{ id: string }>("POST", `projects/${project.id}/canvases/`, { name: "Look only" });
  await ada.api("POST", `projects/${project.id}/members/`, { user: name, role: "viewer" });
  const viewer = await Person.enter(browser, name);
  await ada.open(canvas.id);
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();

  await viewer.open(canvas.id);
  await expect(viewer.status).toHaveText("Read only");
  await expect(viewer.page.getByTestId("toolbar-rectangle")).toHaveCount(0);
  await viewer.page.keyboard.press("r");
  await viewer.drag([650, 300], [750, 400]);
  await viewer.drag([500, 300], [800, 500]);
  await viewer.page.waitForTimeout(500);
  const [element] = await ada.elements(canvas.id);
  expect(await ada.elements(canvas.id)).toEqual([element]);

  const me = await viewer.api<{ id: string }>("GET", "auth/me/");
  await ada.api("PATCH", `projects/${project.id}/members/${me.id}/`, { role: "editor" });
  await viewer.saved();
  await viewer.rectangle([650, 300], [750, 400]);
  await expect.poll(async () => (await ada.elements(canvas.id)).length).toBe(2);
  await ada.api("DELETE", `projects/${project.id}/members/${me.id}/`);
  await expect(viewer.page.getByRole("alertdialog")).toContainText("no longer have access");
  await ada.api("DELETE", `projects/${project.id}/`);
  await viewer.close();
  await ada.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`a phone shows the whole bar and the tools (${colorScheme})`, async ({ browser }) => {
    const ada = await Person.enter(browser, ADA, {
      viewport: { width: 360, height: 740 },
      colorScheme,
      hasTouch: true,
    });
    await ada.open(await newCanvas(ada, "A canvas with quite a long name"));
    const width = await ada.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(360);
    for (const part of [
      ada.page.getByTestId("status"),
      ada.page.getByTestId("avatars"),
      ada.page.getByTestId("toolbar-rectangle"),
    ]) {
      await expect(part).toBeInViewport({ ratio: 0.9 });
    }
    await expect(ada.page.locator("html")).toHaveAttribute("data-theme", colorScheme);
    await ada.page.getByRole("button", { name: /Switch to/ }).click();
    await expect(ada.page.locator("html")).not.toHaveAttribute("data-theme", colorScheme);
    await ada.close();
  });
}
