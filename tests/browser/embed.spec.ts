import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@playwright/test";
import { ADA, newCanvas, Person } from "./people";

/** Another site, with one page that shows what it is told to. */
async function otherSite(frame: () => string): Promise<{ origin: string; server: Server }> {
  const server = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end(`<!doctype html><title>A blog</title>${frame()}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

test("a canvas is shown by the sites that its owner names, follows its changes, and ends when it is revoked", async ({
  browser,
}) => {
  const ada = await Person.signIn(browser, ADA);
  await ada.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const canvas = await newCanvas(ada, "Embedded");
  const box = { position: { x: 0, y: 0 }, dimensions: { width: 200, height: 120 } };
  await ada.api("POST", `canvases/${canvas}/elements/`, { type: "rectangle", ...box });
  await ada.open(canvas);

  let code = "";
  const friend = await otherSite(() => code);
  const stranger = await otherSite(() => code);
  await ada.page.getByTestId("main-menu-trigger").click();
  await ada.page.getByTestId("embed-button").click();
  const dialog = ada.page.getByTestId("embed-dialog");
  await dialog.getByLabel("Websites that may show it").fill("javascript:alert(1)");
  await dialog.getByRole("button", { name: "Make a link" }).click();
  await expect(dialog.getByRole("alert")).toContainText("is not an address");
  await dialog.getByLabel("Websites that may show it").fill(friend.origin);
  await dialog.getByRole("button", { name: "Make a link" }).click();
  code = await dialog.getByTestId("embed-code").inputValue();
  expect(code).toMatch(/^<iframe src="http[^"]+\/embed\/[^"]+\/" title="Embedded"/);

  const reader = await browser.newContext();
  const page = await reader.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(friend.origin);
  const frame = page.frameLocator("iframe");
  await expect(frame.locator(".stage svg rect").first()).toBeVisible();
  expect(complaints).toEqual([]);
  expect(await reader.cookies()).toEqual([]);
  const shown = () => frame.locator(".stage svg").getAttribute("viewBox");
  const before = await shown();
  await frame.getByRole("button", { name: "Zoom in" }).click();
  expect(await shown()).not.toBe(before);

  await ada.api("POST", `canvases/${canvas}/elements/`, { type: "ellipse", ...box });
  await expect(frame.locator(".stage svg ellipse")).toHaveCount(1, { timeout: 25_000 });

  const elsewhere = await reader.newPage();
  const refused = elsewhere.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
  await elsewhere.goto(stranger.origin);
  await refused;
  await expect(elsewhere.frameLocator("iframe").locator(".stage")).toHaveCount(0);

  await dialog.getByRole("button", { name: "Stop embedding" }).click();
  await expect(dialog.getByRole("button", { name: "Make a link" })).toBeVisible();
  await expect(frame.getByText("not shown here any more")).toBeVisible({ timeout: 25_000 });
  await expect(frame.locator(".stage svg")).toHaveCount(0);
  friend.server.close();
  stranger.server.close();
  await reader.close();
  await ada.close();
});
