import { expect, test } from "@playwright/test";
import { ADA, GRACE, newCanvas, Person } from "./people";

const MANY = 2_500;

test("thousands of elements are pasted: progress is shown, the page answers, both have them all", async ({
  browser,
}) => {
  const ada = await Person.enter(browser, ADA);
  const grace = await Person.enter(browser, GRACE);
  const canvas = await newCanvas(ada, "Big paste");
  await ada.open(canvas);
  await grace.open(canvas);
  await ada.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ada.page.bringToFront();
  await ada.page.evaluate(async (many) => {
    const elements = Array.from({ length: many }, (_, i) => ({
      id: `p${i}`,
      type: "rectangle",
      x: (i % 60) * 24,
      y: Math.floor(i / 60) * 24,
      width: 18,
      height: 18,
    }));
    await navigator.clipboard.writeText(JSON.stringify({ type: "excalidraw/clipboard", elements }));
  }, MANY);
  await ada.page.evaluate(() => {
    const seen: string[] = [];
    const gaps: number[] = [];
    Object.assign(window, { seen, gaps });
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }, 20);
    new MutationObserver(() => {
      const text = document.querySelector("[data-testid=saving-progress]")?.textContent;
      if (text) seen.push(text);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await ada.page.mouse.move(640, 400);
  await ada.page.keyboard.press("Control+v");
  await expect.poll(async () => (await ada.elements(canvas)).length, { timeout: 30_000 }).toBe(MANY);
  await ada.saved();
  const { seen, gaps } = await ada.page.evaluate(() =>
    (({ seen, gaps }) => ({ seen, gaps }))(window as unknown as { seen: string[]; gaps: number[] }),
  );
  // The component takes the clipboard in one go; nothing in sending and drawing what comes back holds the page like that.
  const [taking = 0, next = 0] = gaps.sort((a, b) => b - a);
  expect(next).toBeLessThan(taking / 2);
  expect(seen.some((text) => /Saving [\d,]+ of 2,500…/.test(text))).toBe(true);
  await expect(ada.page.getByTestId("saving-progress")).toHaveCount(0);
  await expect.poll(async () => (await grace.scene()).length, { timeout: 20_000 }).toBe(MANY);
  // A large canvas opens on its middle, and says how to see the rest.
  const newcomer = await Person.enter(browser, GRACE);
  await newcomer.open(canvas);
  const zoom = newcomer.page.locator(".reset-zoom-button");
  const near = parseInt(await zoom.innerText());
  await newcomer.page.screenshot({ path: "test-results/large-canvas.png" });
  await newcomer.page.getByRole("button", { name: "Show all of it" }).click({ timeout: 10_000 });
  await expect(newcomer.page.getByTestId("large-canvas")).toHaveCount(0);
  await expect.poll(async () => parseInt(await zoom.innerText())).toBeLessThan(near);
  await newcomer.close();
  // One paste is one step.
  await ada.page.bringToFront();
  await ada.page.getByTestId("undo").locator("visible=true").click();
  await expect.poll(async () => (await ada.elements(canvas)).length, { timeout: 30_000 }).toBe(0);
  await ada.close();
  await grace.close();
});
