import { createHash } from "node:crypto";
import { expect, test, type Route } from "@playwright/test";
import { ADA, type Element, GRACE, newCanvas, Person } from "./people";

interface Upload {
  name: string;
  type: string;
  bytes: Buffer;
}

const UPLOADS = "**/api/v1/assets/";

// Two browsers, uploads and their decoding: slow on a busy machine.
test.describe.configure({ timeout: 180_000 });

/** Drawn by the browser: each call another picture. */
async function png(person: Person, width = 80, height = 60): Promise<Upload> {
  const data = await person.page.evaluate(
    async ([w, h]) => {
      const drawing = new OffscreenCanvas(w, h);
      const brush = drawing.getContext("2d");
      if (!brush) throw new Error("no canvas");
      brush.fillStyle = `hsl(${Math.random() * 360} 80% 60%)`;
      brush.fillRect(0, 0, w, h);
      brush.fillStyle = "#222";
      brush.fillRect(Math.random() * w, Math.random() * h, 9, 7);
      return [...new Uint8Array(await (await drawing.convertToBlob({ type: "image/png" })).arrayBuffer())];
    },
    [width, height] as const,
  );
  return { name: "drawing.png", type: "image/png", bytes: Buffer.from(data) };
}

function text(name: string, type: string, content: string): Upload {
  return { name, type, bytes: Buffer.from(content) };
}

async function drop(person: Person, file: Upload, at: [number, number] = [600, 400]): Promise<void> {
  await person.page.evaluate(
    ({ name, type, bytes, x, y }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const where = { clientX: x, clientY: y, bubbles: true, cancelable: true, dataTransfer: data };
      document.querySelector(".excalidraw canvas.interactive")?.dispatchEvent(new DragEvent("drop", where));
    },
    { name: file.name, type: file.type, bytes: [...file.bytes], x: at[0], y: at[1] },
  );
}

async function paste(person: Person, file: Upload): Promise<void> {
  await person.page.mouse.move(500, 350);
  await person.page.evaluate(
    ({ name, type, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    },
    { name: file.name, type: file.type, bytes: [...file.bytes] },
  );
}

async function images(person: Person, canvas: string): Promise<Element[]> {
  return (await person.elements(canvas)).filter(({ type }) => type === "image");
}

/** The picture's id, when the element is with the server. */
async function fileId(person: Person, canvas: string): Promise<string> {
  await expect.poll(async () => (await images(person, canvas))[0]?.properties["fileId"]).toMatch(/^[0-9a-f]{64}$/);
  return String((await images(person, canvas))[0]?.properties["fileId"]);
}

/** Whether the person's editor has the picture's bytes. */
async function shows(person: Person, id: string): Promise<void> {
  await expect.poll(async () => Object.keys((await person.copied()).files ?? {}), { timeout: 20_000 }).toContain(id);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A receiver may ask before the upload is done; the browser then logs the 404. */
function complaintsOf(person: Person): string[] {
  return person.complaints.filter((said) => !/404 \(Not Found\)/.test(said));
}

async function two(browser: Parameters<typeof Person.signIn>[0], name: string) {
  const ada = await Person.signIn(browser, ADA);
  const grace = await Person.signIn(browser, GRACE);
  const canvas = await newCanvas(ada, name);
  await ada.context.addInitScript("delete window.showOpenFilePicker");
  await ada.open(canvas);
  await grace.open(canvas);
  return { ada, grace, canvas };
}

test("a picture that is chosen, dropped or pasted is uploaded and seen by the others", async ({ browser }) => {
  const { ada, grace, canvas } = await two(browser, "Pictures");
  const chosen = await png(ada);
  const choosing = ada.page.waitForEvent("filechooser");
  await ada.page.keyboard.press("9");
  await (await choosing).setFiles({ name: chosen.name, mimeType: chosen.type, buffer: chosen.bytes });
  await ada.page.mouse.click(400, 300);
  const id = await fileId(ada, canvas);
  expect(id).toBe(sha256(chosen.bytes));
  const [element] = await images(ada, canvas);
  expect(element?.properties).not.toHaveProperty("file");
  await shows(grace, id);

  const [dropped, pasted] = [await png(ada), await png(ada)];
  await ada.page.bringToFront();
  await drop(ada, dropped, [700, 300]);
  await expect.poll(async () => (await images(ada, canvas)).length).toBe(2);
  await paste(ada, pasted);
  await expect.poll(async () => (await images(ada, canvas)).length).toBe(3);
  for (const upload of [dropped, pasted]) await shows(grace, sha256(upload.bytes));
  await expect(ada.page.getByTestId("uploading")).toHaveCount(0);
  await expect(grace.page.locator(".picture-note")).toHaveCount(0);

  await grace.page.reload();
  await grace.saved();
  for (const upload of [chosen, dropped, pasted]) await shows(grace, sha256(upload.bytes));
  expect(complaintsOf(ada)).toEqual([]);
  expect(complaintsOf(grace)).toEqual([]);
  expect([...ada.foreign, ...grace.foreign]).toEqual([]);
  await ada.close();
  await grace.close();
});

test("while the upload waits others see a placeholder; it goes on after a reload", async ({ browser }) => {
  const { ada, grace, canvas } = await two(browser, "Slow");
  const cut = (route: Route) => (route.request().method() === "POST" ? route.abort() : route.fallback());
  await ada.context.route(UPLOADS, cut);
  const file = await png(ada);
  await drop(ada, file);
  const id = await fileId(ada, canvas);
  await expect(ada.page.getByTestId("uploading")).toContainText("kept on this device");
  await expect(grace.page.locator(".picture-note")).toHaveText("Picture on its way");
  await shows(ada, id);

  await ada.page.reload();
  await ada.saved();
  await expect(ada.page.getByTestId("uploading")).toBeVisible();
  await shows(ada, id);
  expect((await grace.context.request.get(`/api/v1/assets/${id}/`)).status()).toBe(404);

  await ada.context.unroute(UPLOADS, cut);
  await expect(ada.page.getByTestId("uploading")).toHaveCount(0, { timeout: 30_000 });
  await expect(grace.page.locator(".picture-note")).toHaveCount(0, { timeout: 30_000 });
  await shows(grace, id);
  await ada.close();
  await grace.close();
});

test("a picture that the server refuses says why, and can be taken away", async ({ browser }) => {
  const { ada, grace, canvas } = await two(browser, "Refused");
  await drop(ada, text("broken.gif", "image/gif", `GIF89a${"x".repeat(200)}`));
  const card = ada.page.getByRole("region", { name: "Uploads" });
  await expect(card.getByRole("alert")).toContainText("damaged");
  await expect.poll(async () => (await images(ada, canvas)).length).toBe(1);
  await card.getByRole("button", { name: "Remove the picture" }).click();
  await expect(card).toHaveCount(0);
  await expect.poll(async () => (await images(ada, canvas)).length).toBe(0);
  await expect.poll(async () => (await grace.scene()).length).toBe(0);
  await ada.close();
  await grace.close();
});

test("what is too large, or no picture, is refused here", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const canvas = await newCanvas(ada, "Too large");
  await ada.open(canvas);
  const sent: string[] = [];
  ada.page.on("request", (request) => {
    if (request.method() === "POST") sent.push(request.url());
  });
  await drop(ada, text("page.gif", "image/webp", "<html><script>alert(1)</script></html>"));
  await expect(ada.page.getByRole("dialog")).toContainText("This picture cannot be read.");
  await ada.page.keyboard.press("Escape");
  await ada.page.evaluate(() => {
    const data = new DataTransfer();
    const head = new TextEncoder().encode("GIF89a");
    data.items.add(new File([head, new Uint8Array(21 * 1024 * 1024)], "large.gif", { type: "image/gif" }));
    const where = { clientX: 600, clientY: 400, bubbles: true, cancelable: true, dataTransfer: data };
    document.querySelector(".excalidraw canvas.interactive")?.dispatchEvent(new DragEvent("drop", where));
  });
  await expect(ada.page.getByRole("dialog")).toContainText("at most 20 MB can be uploaded");
  expect(sent).toEqual([]);
  await ada.close();
});

test("a large photo is made smaller before it is sent", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const canvas = await newCanvas(ada, "Photo");
  await ada.open(canvas);
  const photo = await png(ada, 4000, 3000);
  await drop(ada, photo);
  const id = await fileId(ada, canvas);
  expect(id).not.toBe(sha256(photo.bytes));
  await expect
    .poll(async () => (await ada.context.request.get(`/api/v1/assets/${id}/`)).status(), { timeout: 20_000 })
    .toBe(200);
  const [element] = await images(ada, canvas);
  const { width = 0, height = 1 } = element?.dimensions ?? {};
  expect(width / height).toBeCloseTo(4 / 3, 2);
  await ada.close();
});

test("nothing in an SVG runs, for nobody", async ({ browser }) => {
  const { ada, grace, canvas } = await two(browser, "SVG");
  const attack = "window.top.ran = true";
  await drop(
    ada,
    text(
      "x.svg",
      "image/svg+xml",
      `<svg xmlns="http://www.w3.org/2000/svg" width="90" height="70" onload="${attack}"><script>${attack}</script>` +
        `<image href="https://evil.example/x.png"/><rect width="90" height="70" fill="teal"/></svg>`,
    ),
  );
  const id = await fileId(ada, canvas);
  await shows(grace, id);
  const answer = await grace.context.request.get(`/api/v1/assets/${id}/`);
  expect(answer.headers()["content-type"]).toBe("image/svg+xml");
  const stored = await answer.text();
  expect(stored).toContain("teal");
  expect(stored).not.toMatch(/script|onload|evil/);
  for (const person of [ada, grace]) {
    expect(await person.page.evaluate(() => (window as { ran?: boolean }).ran)).toBeUndefined();
    expect(person.foreign).toEqual([]);
  }
  await ada.close();
  await grace.close();
});

test("the same picture is uploaded once, and copied to another project with its bytes", async ({ browser }) => {
  const { ada, grace, canvas } = await two(browser, "Twice");
  const file = await png(ada);
  await drop(ada, file, [450, 300]);
  const id = await fileId(ada, canvas);
  await shows(grace, id);
  await grace.page.bringToFront();
  await drop(grace, file, [800, 500]);
  await expect
    .poll(async () => (await images(ada, canvas)).map(({ properties }) => properties["fileId"]))
    .toEqual([id, id]);

  const project = await grace.api<{ id: string }>("POST", "projects/", { name: "Grace's own" });
  const other = await grace.api<{ id: string }>("POST", `projects/${project.id}/canvases/`, { name: "Copies" });
  await grace.copied();
  await grace.open(other.id);
  await grace.page.mouse.click(600, 400);
  await grace.page.keyboard.press("Control+v");
  await expect.poll(async () => (await images(grace, other.id)).length).toBe(2);
  const copied = await fileId(grace, other.id);
  await expect.poll(async () => (await grace.context.request.get(`/api/v1/assets/${copied}/`)).status()).toBe(200);
  await grace.page.reload();
  await grace.saved();
  await shows(grace, copied);
  // Ada is no member there: what was made of her picture is not hers to read by its new id.
  if (copied !== id) expect((await ada.context.request.get(`/api/v1/assets/${copied}/`)).status()).toBe(404);
  await grace.api("DELETE", `projects/${project.id}/`);
  await ada.close();
  await grace.close();
});
