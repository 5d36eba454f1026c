import { readFile } from "node:fs/promises";
import { type Download, expect, test } from "@playwright/test";
import { ADA, baseUrl, newCanvas, Person } from "./people";

const EXCALIDRAW = {
  type: "excalidraw",
  version: 2,
  elements: [
    { id: "box", type: "rectangle", x: 0, y: 0, width: 200, height: 100 },
    { id: "odd", type: "spaceship", x: 0, y: 0, width: 1, height: 1 },
  ],
};

let ada: Person;

test.beforeEach(async ({ browser }) => {
  ada = await Person.signIn(browser, ADA);
  await ada.context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

test.afterEach(async () => {
  await ada.close();
});

async function drawn(name: string): Promise<string> {
  const canvas = await newCanvas(ada, name);
  await ada.open(canvas);
  await ada.rectangle([400, 300], [600, 420]);
  await ada.saved();
  return canvas;
}

/** Drops a file on the canvas, as a hand does. */
async function drop(person: Person, name: string, type: string, bytes: number[]): Promise<void> {
  await person.page.evaluate(
    ({ name, type, bytes }) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const target = document.querySelector("canvas.interactive");
      const at = { clientX: 700, clientY: 500, bubbles: true, cancelable: true };
      target?.dispatchEvent(new DragEvent("drop", { dataTransfer, ...at }));
    },
    { name, type, bytes },
  );
}

async function menu(item: string): Promise<void> {
  await ada.page.getByTestId("main-menu-trigger").click();
  await ada.page.getByTestId(item).click();
}

function dialog() {
  return ada.page.getByTestId("export-dialog");
}

async function downloaded(format: string): Promise<{ download: Download; bytes: Buffer }> {
  await menu("export-button");
  await dialog().getByText(format, { exact: true }).click();
  const waiting = ada.page.waitForEvent("download");
  await dialog().getByRole("button", { name: "Download" }).click();
  const download = await waiting;
  await expect(dialog()).toHaveCount(0);
  return { download, bytes: await readFile(await download.path()) };
}

test("a canvas leaves as PNG, SVG, PDF, Excalidraw and JSON, without a network too", async () => {
  const canvas = await drawn("Out: “all”");
  for (const offline of [false, true]) {
    await ada.context.setOffline(offline);
    const png = await downloaded("PNG");
    expect(png.download.suggestedFilename()).toBe("Out_ “all”.png");
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(png.bytes.readUInt32BE(16)).toBeGreaterThan(400);
    expect((await downloaded("SVG")).bytes.toString()).toContain("</svg>");
    expect((await downloaded("PDF")).bytes.subarray(0, 5).toString()).toBe("%PDF-");
    const file = JSON.parse((await downloaded("Excalidraw")).bytes.toString()) as { elements: { type: string }[] };
    expect(file.elements.map(({ type }) => type)).toEqual(["rectangle"]);
  }
  const ours = JSON.parse((await downloaded("JSON")).bytes.toString()) as { type: string; elements: { id: string }[] };
  await ada.context.setOffline(false);
  expect(ours.type).toBe("canvas");
  const [element] = await ada.elements(canvas);
  expect(ours.elements.map(({ id }) => id)).toEqual([element?.id]);
  expect(ada.foreign).toEqual([]);
});

test("the history reference comes from the server", async () => {
  const canvas = await drawn("Reference");
  await menu("export-button");
  await dialog().getByText("JSON", { exact: true }).click();
  await dialog().getByLabel("Include the history reference").check();
  const waiting = ada.page.waitForEvent("download");
  await dialog().getByRole("button", { name: "Download" }).click();
  const file = JSON.parse((await readFile(await (await waiting).path())).toString()) as { history: { canvas: string } };
  expect(file.history.canvas).toBe(canvas);
});

test("frames become the pages of a PDF", async () => {
  const canvas = await newCanvas(ada, "Pages");
  const frame = (id: string, x: number) => ({
    ...{ op: "create", id, type: "frame", position: { x, y: 0 }, dimensions: { width: 300, height: 200 } },
    properties: { name: id },
  });
  await ada.api("POST", `canvases/${canvas}/intents/`, { ops: [frame("b", 400), frame("a", 0), frame("c", 800)] });
  await ada.open(canvas);
  const { bytes } = await downloaded("PDF");
  const { PDFDocument } = await import("pdf-lib");
  const pages = (await PDFDocument.load(bytes)).getPages();
  expect(pages.map((page) => page.getSize())).toEqual(Array(3).fill({ width: 300, height: 200 }));
});

test("a picture is copied to the clipboard", async () => {
  await drawn("Copy");
  await menu("export-button");
  await dialog().getByRole("button", { name: "Copy as PNG" }).click();
  await expect(ada.page.locator(".toast")).toHaveText("Copied to the clipboard.");
  const types = await ada.page.evaluate(async () => (await navigator.clipboard.read())[0]?.types);
  expect(types).toContain("image/png");
});

test("a dropped drawing is asked about, put beside what is there, and reported on", async () => {
  const canvas = await drawn("Drop");
  const [mine] = await ada.elements(canvas);
  await drop(ada, "plan.excalidraw", "", [...Buffer.from(JSON.stringify(EXCALIDRAW))]);
  const asked = ada.page.getByTestId("import-dialog");
  await expect(asked).toContainText("Import plan.excalidraw");
  expect(await ada.elements(canvas)).toEqual([mine]);
  await asked.getByRole("button", { name: "This canvas" }).click();
  await expect(asked).toContainText("Left out");
  await expect(asked).toContainText("spaceship");
  await asked.getByRole("button", { name: "Done" }).click();
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(2);
  expect((await ada.elements(canvas)).find(({ id }) => id === mine?.id)).toEqual(mine);
  await expect.poll(async () => (await ada.scene()).length).toBe(2);
});

test("a dropped drawing can become a new canvas; a bad one changes nothing", async () => {
  const canvas = await drawn("Drop new");
  await drop(ada, "new plan.excalidraw", "", [...Buffer.from(JSON.stringify(EXCALIDRAW))]);
  const asked = ada.page.getByTestId("import-dialog");
  await asked.getByRole("button", { name: "A new canvas" }).click();
  const link = asked.getByRole("link", { name: "Open the new canvas" });
  const path = (await link.getAttribute("href")) ?? "";
  expect((await ada.elements(path.split("/")[2] ?? "")).map(({ type }) => type)).toEqual(["rectangle"]);
  await asked.getByRole("button", { name: "Done" }).click();
  await drop(ada, "broken.json", "application/json", [...Buffer.from("{")]);
  await asked.getByRole("button", { name: "This canvas" }).click();
  await expect(asked.getByRole("alert")).toContainText("not JSON");
  await ada.saved();
  expect(await ada.elements(canvas)).toHaveLength(1);
});

/** A picture as it is exported with its drawing inside. */
async function exportedWithScene(format: "PNG" | "SVG"): Promise<number[]> {
  await menu("export-button");
  await dialog().getByText(format, { exact: true }).click();
  await dialog().getByLabel("Include the drawing").check();
  const waiting = ada.page.waitForEvent("download");
  await dialog().getByRole("button", { name: "Download" }).click();
  return [...(await readFile(await (await waiting).path()))];
}

test("whatever a drawing is dropped as, it does not replace the shared one", async () => {
  const canvas = await drawn("Disguised");
  const [png, svg] = [await exportedWithScene("PNG"), await exportedWithScene("SVG")];
  const json = [...Buffer.from(JSON.stringify(EXCALIDRAW))];
  await ada.rectangle([650, 500], [700, 540]);
  await ada.saved();
  const before = await ada.elements(canvas);
  const asked = ada.page.getByTestId("import-dialog");
  const files: [string, string, number[]][] = [
    ["scene.png", "image/png", png],
    ["renamed.jpg", "image/jpeg", png],
    ["untyped.png", "", png],
    ["scene.svg", "image/svg+xml", svg],
    ["scene.excalidraw", "", json],
    ["renamed.txt", "text/plain", json],
  ];
  for (const [name, type, bytes] of files) {
    await drop(ada, name, type, bytes);
    await expect(asked, `${name} is asked about`).toBeVisible();
    await ada.page.keyboard.press("Escape");
    await expect(asked).toHaveCount(0);
  }
  expect(await ada.elements(canvas)).toEqual(before);
  expect(await ada.scene()).toHaveLength(2);
});

test("a picture with a drawing inside is a drawing, one without is a picture", async () => {
  const canvas = await drawn("Picture");
  const withScene = await exportedWithScene("PNG");
  await drop(ada, "scene.png", "image/png", withScene);
  const asked = ada.page.getByTestId("import-dialog");
  await asked.getByRole("button", { name: "This canvas" }).click();
  await asked.getByRole("button", { name: "Done" }).click();
  await expect.poll(async () => (await ada.elements(canvas)).length).toBe(2);
  const plain = await ada.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(30, 20);
    canvas.getContext("2d")?.fillRect(0, 0, 9, 9);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())];
  });
  await drop(ada, "plain.png", "image/png", plain);
  await expect.poll(async () => (await ada.elements(canvas)).map(({ type }) => type)).toContain("image");
  expect((await ada.elements(canvas)).length).toBe(3);
});

test("the component's keys for opening and saving do not touch the shared drawing", async () => {
  const canvas = await drawn("Keys");
  const before = await ada.elements(canvas);
  await ada.page.keyboard.press("Control+s");
  await expect(ada.page.locator(".toast")).toHaveText("Every change is saved by itself.");
  const choosing = ada.page.waitForEvent("filechooser");
  await ada.page.keyboard.press("Control+o");
  const file = { name: "x.excalidraw", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(EXCALIDRAW)) };
  await (await choosing).setFiles(file);
  await expect(ada.page.getByTestId("import-dialog")).toBeVisible();
  await ada.page.keyboard.press("Escape");
  await expect(ada.page.getByTestId("import-dialog")).toHaveCount(0);
  await ada.page.keyboard.press("Control+Shift+e");
  await expect(dialog()).toBeVisible();
  await expect(ada.page.locator(".ImageExportModal")).toHaveCount(0);
  await ada.page.keyboard.press("r");
  await ada.page.keyboard.press("Escape");
  expect(await ada.elements(canvas)).toEqual(before);
});

test("what is copied in one canvas is pasted whole into another, with ids of its own", async () => {
  const from = await newCanvas(ada, "From");
  const box = { position: { x: 0, y: 0 }, dimensions: { width: 200, height: 120 } };
  const create = (id: string, type: string, properties: object) => ({ op: "create", id, type, ...box, properties });
  await ada.api("POST", `canvases/${from}/intents/`, {
    ops: [
      create("f", "frame", { name: "Frame" }),
      create("r", "rectangle", { frameId: "f", groupIds: ["g"] }),
      create("t", "text", { text: "Bound", containerId: "r", frameId: "f", groupIds: ["g"] }),
      create("a", "arrow", {
        points: [
          [0, 0],
          [100, 60],
        ],
        startBinding: { elementId: "r", focus: 0, gap: 1 },
      }),
      create("i", "image", { fileId: "pic", file: { mimeType: "image/png", dataURL: await dot() } }),
    ],
  });
  await ada.open(from);
  await ada.page.mouse.click(640, 700);
  await ada.page.keyboard.press("Control+a");
  await ada.page.keyboard.press("Control+c");
  const project = await ada.api<{ id: string }>("POST", "projects/", { name: `Other ${Date.now()}` });
  const to = await ada.api<{ id: string }>("POST", `projects/${project.id}/canvases/`, { name: "To" });
  await ada.open(to.id);
  await ada.page.mouse.move(640, 400);
  await ada.page.keyboard.press("Control+v");
  await expect.poll(async () => (await ada.elements(to.id)).length).toBe(5);
  await ada.saved();
  const pasted = await ada.elements(to.id);
  const of = (type: string) => pasted.find((element) => element.type === type);
  expect(pasted.some(({ id }) => ["f", "r", "t", "a", "i"].includes(id))).toBe(false);
  expect(of("rectangle")?.properties["frameId"]).toBe(of("frame")?.id);
  expect(of("text")?.properties["containerId"]).toBe(of("rectangle")?.id);
  expect(of("text")?.properties["groupIds"]).toEqual(of("rectangle")?.properties["groupIds"]);
  expect(of("arrow")?.properties["startBinding"]).toMatchObject({ elementId: of("rectangle")?.id });
  expect(of("image")?.properties["fileId"]).toBeTruthy();
  await ada.api("DELETE", `projects/${project.id}/`);
});

async function dot(): Promise<string> {
  return ada.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext("2d")?.fillRect(0, 0, 4, 4);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    return `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`;
  });
}

test("a link leads to its element, also through signing in, and says when it is gone", async ({ browser }) => {
  const canvas = await newCanvas(ada, "Links");
  const box = { dimensions: { width: 100, height: 80 } };
  const create = (id: string, x: number) => ({ op: "create", id, type: "rectangle", position: { x, y: 0 }, ...box });
  await ada.api("POST", `canvases/${canvas}/intents/`, { ops: [create("near", 0), create("far", 90_000)] });

  const stranger = await browser.newContext({ baseURL: baseUrl() });
  const page = await stranger.newPage();
  await page.goto(`/c/${canvas}/#element=far`);
  await page.getByLabel("Username").fill(ADA);
  await page.getByLabel("Password", { exact: true }).fill("demo-canvas");
  await page.getByRole("button", { name: "Sign in" }).click();
  const ring = page.getByTestId("link-ring");
  await expect(ring).toBeVisible();
  const at = await ring.boundingBox();
  expect(at?.x).toBeGreaterThan(300);
  expect(at?.x).toBeLessThan(900);
  await expect(ring).toHaveCount(0);
  await page.evaluate(() => (location.hash = "element=near"));
  await expect(ring).toBeVisible();
  await page.evaluate(() => (location.hash = "element=never"));
  await expect(page.locator(".toast")).toContainText("not on the canvas any more");
  await stranger.close();
});

test("the link to a selection and to a view can be copied and followed", async () => {
  const canvas = await drawn("Copy link");
  const [element] = await ada.elements(canvas);
  await ada.page.keyboard.press("Control+a");
  await menu("link-button");
  await expect(ada.page.locator(".toast")).toContainText("copied");
  const copied = (): Promise<string> => ada.page.evaluate(() => navigator.clipboard.readText());
  expect(await copied()).toBe(`${baseUrl()}/c/${canvas}/#element=${element?.id}`);
  await ada.page.mouse.click(1100, 700);
  await menu("link-button");
  await expect.poll(copied).toMatch(/#view=-?\d+,-?\d+,[\d.]+$/);
  const there = (await copied()).replace(/#.*/, "#view=5000,-3000,0.5");
  await ada.page.goto(there);
  await menu("link-button");
  await expect.poll(copied).toMatch(/#view=5000,-3000,0\.5$/);
});
