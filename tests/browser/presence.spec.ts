/** Three people on one canvas: Ada owns, Grace edits, Linus views it on a phone. */

import { expect, test } from "@playwright/test";
import { ADA, GRACE, newCanvas, Person } from "./people";

/** Made by this file, in each worker process anew. */
const LINUS = `linus-${process.pid}`;
const PHONE = { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true };

let ada: Person;
let grace: Person;
let linus: Person;

test.beforeAll(async ({ browser }) => {
  const owner = await Person.enter(browser, ADA);
  const signedUp = await owner.context.request.post("/api/v1/auth/signup/", {
    data: { username: LINUS, password: "demo-canvas" },
  });
  expect(signedUp.status()).toBe(201);
  const { results } = await owner.api<{ results: { id: string; name: string }[] }>("GET", "projects/");
  const demo = results.find((one) => one.name === "Demo");
  await owner.api("POST", `projects/${demo?.id}/members/`, { user: LINUS, role: "viewer" });
  ada = owner;
  grace = await Person.enter(browser, GRACE);
  linus = await Person.enter(browser, LINUS, PHONE);
});

test.beforeEach(async () => {
  const canvas = await newCanvas(ada, "Presence");
  await Promise.all([ada, grace, linus].map((person) => person.open(canvas)));
});

test.afterEach(() => {
  for (const person of [ada, grace, linus]) expect(person.complaints.splice(0)).toEqual([]);
});

test.afterAll(async () => {
  for (const person of [ada, grace, linus]) await person.close();
});

function list(person: Person) {
  return person.page.locator("#people-here");
}

async function openList(person: Person): Promise<void> {
  await person.page.getByTestId("people-open").click();
  await expect(list(person)).toBeVisible();
}

function bar(person: Person) {
  return person.page.getByTestId("following");
}

function avatar(person: Person, name: string) {
  return person.page
    .getByTestId("avatars")
    .getByRole("listitem")
    .getByRole("button", { name: new RegExp(name) })
    .first();
}

/** Where a person sees somebody's cursor, from the middle of the canvas. */
async function cursorFromMiddle(person: Person, name: string): Promise<{ x: number; y: number }> {
  return person.page.locator(".cursor", { hasText: name }).evaluate((node) => {
    const canvas = document.querySelector(".editor-canvas")?.getBoundingClientRect() as DOMRect;
    const at = node.getBoundingClientRect();
    return { x: at.left - canvas.left - canvas.width / 2, y: at.top - canvas.top - canvas.height / 2 };
  });
}

async function pointAtMiddle(person: Person): Promise<void> {
  const box = await person.page.locator(".editor-canvas").boundingBox();
  if (!box) throw new Error("no canvas");
  await person.page.mouse.move(box.x + box.width / 2 - 40, box.y + box.height / 2);
  await person.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
}

async function seesInTheMiddle(person: Person, name: string): Promise<void> {
  await expect(async () => {
    const { x, y } = await cursorFromMiddle(person, name);
    expect(Math.hypot(x, y)).toBeLessThan(6);
  }).toPass({ timeout: 5_000 });
}

test("the list says who is here, in which role, and who I am; on a phone too", async () => {
  await openList(ada);
  for (const words of ["Ada Lovelace (you)", "Owner", "Grace Hopper", "Editor", LINUS, "Viewer"])
    await expect(list(ada)).toContainText(words);
  await expect(avatar(ada, "Grace Hopper")).toBeVisible();
  await expect(linus.page.getByTestId("people-open")).toContainText("3");
  await openList(linus);
  await expect(list(linus)).toContainText("Grace Hopper");
  await expect(list(linus).getByRole("button", { name: "Bring everyone to me" })).toHaveCount(0);
  const box = await list(linus).boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= 375).toBe(true);
});

test("a hidden tab is shown as away, and its cursor goes", async () => {
  await pointAtMiddle(grace);
  const cursor = ada.page.locator(".cursor", { hasText: "Grace Hopper" });
  await expect(cursor).toBeVisible();
  await expect(cursor).toHaveAttribute("data-activity", "active");
  await grace.page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect(cursor).toHaveCSS("opacity", "0");
  await expect(avatar(ada, "Grace Hopper")).toHaveAttribute("data-activity", "away");
});

test("a cursor has the colour of its avatar", async () => {
  await pointAtMiddle(grace);
  const name = ada.page.locator(".cursor-name", { hasText: "Grace Hopper" });
  const shown = await name.evaluate((node) => getComputedStyle(node).backgroundColor);
  expect(await avatar(ada, "Grace Hopper").evaluate((node) => getComputedStyle(node).backgroundColor)).toBe(shown);
});

test("following goes where the other goes, on any screen, until one moves oneself", async () => {
  await avatar(grace, "Ada Lovelace").click();
  await openList(linus);
  await list(linus).getByRole("button", { name: "Follow Ada Lovelace" }).click();
  for (const person of [grace, linus]) await expect(bar(person)).toContainText("Following Ada Lovelace");

  await pointAtMiddle(ada);
  await ada.page.mouse.wheel(900, 700);
  await ada.page.keyboard.down("Control");
  await ada.page.mouse.wheel(0, 300);
  await ada.page.keyboard.up("Control");
  await pointAtMiddle(ada);
  for (const person of [grace, linus]) await seesInTheMiddle(person, "Ada Lovelace");
  const zoom = (person: Person) => person.page.locator(".reset-zoom-button").innerText();
  expect(await zoom(grace)).toBe(await zoom(ada));
  await openList(ada);
  await expect(list(ada)).toContainText("follows you");
  await ada.page.keyboard.press("Escape");

  await grace.page.mouse.move(640, 400);
  await grace.page.mouse.wheel(0, 50);
  await expect(bar(grace)).toHaveCount(0);
  await expect(bar(linus)).toBeVisible();
  await linus.page.keyboard.press("Escape");
  await expect(bar(linus)).toHaveCount(0);
  // Ada goes on alone.
  await pointAtMiddle(ada);
  await ada.page.mouse.wheel(400, 0);
  await pointAtMiddle(ada);
  await expect(async () =>
    expect(Math.abs((await cursorFromMiddle(grace, "Ada Lovelace")).x)).toBeGreaterThan(100),
  ).toPass();
});

test("following ends when the other has left for good, not when the page is only loaded again", async () => {
  await avatar(grace, "Ada Lovelace").click();
  await expect(bar(grace)).toBeVisible();
  await ada.page.goto("about:blank");
  await expect(avatar(grace, "Ada Lovelace")).toHaveCount(0);
  await expect(bar(grace)).toBeVisible();
  await expect(bar(grace)).toHaveCount(0, { timeout: 9_000 });
  await expect(grace.page.locator(".toast")).toContainText("Ada Lovelace left.");
});

test("two cannot follow each other in a circle", async () => {
  await avatar(grace, "Ada Lovelace").click();
  await expect(bar(grace)).toBeVisible();
  await openList(ada);
  await expect(list(ada)).toContainText("follows you");
  await ada.page.keyboard.press("Escape");
  await avatar(ada, "Grace Hopper").click();
  await expect(ada.page.locator(".toast")).toContainText("Grace Hopper follows you.");
  await expect(bar(ada)).toHaveCount(0);
});

test("an editor asks everyone to come; each one goes or stays", async () => {
  await pointAtMiddle(ada);
  await ada.page.mouse.wheel(1_500, 1_000);
  await openList(ada);
  await list(ada).getByRole("button", { name: "Bring everyone to me" }).click();
  for (const person of [grace, linus])
    await expect(person.page.getByText("Ada Lovelace asks everyone here to come.")).toBeVisible();
  await expect(ada.page.getByText("asks everyone here")).toHaveCount(0);
  await grace.page.getByRole("button", { name: "Stay" }).click();
  await expect(grace.page.getByText("asks everyone here")).toHaveCount(0);
  await expect(bar(grace)).toHaveCount(0);
  await linus.page.getByRole("button", { name: "Go", exact: true }).tap();
  await expect(bar(linus)).toContainText("Following Ada Lovelace");
  await pointAtMiddle(ada);
  await seesInTheMiddle(linus, "Ada Lovelace");
  await openList(ada);
  await expect(list(ada).getByRole("button", { name: "Bring everyone to me" })).toBeDisabled();
});

test("a laser is seen by the others, in its person's colour", async () => {
  await ada.page.keyboard.press("k");
  // A trail fades within a second: whatever was drawn at any moment counts.
  await grace.page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    const look = () => {
      for (const path of document.querySelectorAll(".SVGLayer path"))
        if ((path.getAttribute("d") ?? "").length > 100) seen.add(path.getAttribute("fill") ?? "");
      requestAnimationFrame(look);
    };
    look();
  });
  await ada.drag([400, 300], [700, 500], { ms: 400 });
  const color = await ada.page.locator("[data-user-color]").getAttribute("data-user-color");
  await expect
    .poll(() => grace.page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]))
    .toEqual([color]);
});
