/** Who takes part in a test, and what a test reads of the server's state. */

import { type Browser, type BrowserContext, type BrowserContextOptions, expect, type Page } from "@playwright/test";

export const ADA = "ada";
export const GRACE = "grace";
/** Where the tests draw nothing and the editor has no panels. */
const NOWHERE: [number, number] = [1100, 700];
const PASSWORD = "demo-canvas";

export interface Element {
  id: string;
  type: string;
  version: number;
  position: { x: number; y: number };
  dimensions: { width: number; height: number };
  properties: Record<string, unknown>;
}

export interface SceneElement {
  id: string;
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  strokeColor: string;
  text?: string;
}

export interface Copied {
  elements: SceneElement[];
  files?: Record<string, { dataURL: string }>;
}

export function baseUrl(): string {
  const url = process.env["BASE_URL"];
  if (!url) throw new Error("BASE_URL is not set");
  return url;
}

/** A signed-in browser with its own cookies, watched for requests that leave the origin and for complaints. */
export class Person {
  readonly complaints: string[] = [];
  readonly foreign: string[] = [];

  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly origin = baseUrl(),
  ) {
    context.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(this.origin))
        this.foreign.push(request.url());
    });
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  static async signIn(browser: Browser, name: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ baseURL: baseUrl(), ...options });
    const person = new Person(name, context, await context.newPage(), options.baseURL);
    await person.signIn(name);
    return person;
  }

  /**
   * With a session, and nothing else: no page was looked at, and no service worker comes with one. For tests of what is
   * on a canvas, of which there are many.
   */
  static async enter(browser: Browser, name: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ baseURL: baseUrl(), serviceWorkers: "block", ...options });
    await context.request.get("/sign-in/");
    const token = (await context.cookies()).find((cookie) => cookie.name === "csrftoken")?.value ?? "";
    const form = { username: name, password: PASSWORD, csrfmiddlewaretoken: token };
    const answer = await context.request.post("/sign-in/", { form, headers: { Referer: baseUrl() } });
    expect(answer.ok(), `${name} signs in: ${answer.status()}`).toBe(true);
    return new Person(name, context, await context.newPage());
  }

  /** In a browser that may have been used before. */
  static async signInWith(context: BrowserContext, name: string): Promise<Person> {
    const person = new Person(name, context, context.pages()[0] ?? (await context.newPage()));
    await person.signIn(name);
    return person;
  }

  /** From whatever page leads to the form. */
  async signIn(name: string, start = "/"): Promise<void> {
    const { page } = this;
    await page.goto(start);
    await page.getByLabel("Username").fill(name);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("Demo", { exact: true }).first()).toBeVisible();
  }

  /** Another tab of the same browser. */
  async tab(): Promise<Person> {
    return new Person(this.name, this.context, await this.context.newPage());
  }

  async api<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, data?: unknown): Promise<T> {
    const cookies = await this.context.cookies();
    const token = cookies.find((cookie) => cookie.name === "csrftoken")?.value ?? "";
    const headers = { "X-CSRFToken": token, Referer: this.origin };
    const answer = await this.context.request.fetch(`/api/v1/${path}`, { method, headers, ...(data ? { data } : {}) });
    expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return (answer.status() === 204 ? undefined : await answer.json()) as T;
  }

  async open(canvasId: string): Promise<void> {
    await this.page.goto(`/c/${canvasId}/`);
    await expect(this.page.getByTestId("loading")).toHaveCount(0);
    await expect(this.status).toHaveText(/Saved|Read only/);
  }

  get status() {
    return this.page.getByTestId("status").locator(".status-text");
  }

  /** The words stay calm for a moment while something is saved; the number does not. */
  async saved(): Promise<void> {
    // What was done last is seen in the next frame.
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await expect(this.page.getByTestId("status")).toHaveAttribute("data-unsaved", "0");
    await expect(this.status).toHaveText("Saved");
  }

  async elements(canvasId: string): Promise<Element[]> {
    const canvas = await this.api<{ elements: (Element & { deleted: boolean })[] }>("GET", `canvases/${canvasId}/`);
    return canvas.elements.filter((element) => !element.deleted);
  }

  /** What the editor shows, as it copies it. */
  async scene(): Promise<SceneElement[]> {
    return (await this.copied()).elements;
  }

  async copied(): Promise<Copied> {
    await this.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await this.page.bringToFront();
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.press("Control+c");
    const text = await this.page.evaluate(() => navigator.clipboard.readText());
    await this.page.mouse.click(...NOWHERE);
    return JSON.parse(text) as Copied;
  }

  async drag(
    from: [number, number],
    to: [number, number],
    options: { release?: boolean; ms?: number } = {},
  ): Promise<void> {
    const steps = 12;
    await this.page.mouse.move(...from);
    await this.page.mouse.down();
    for (let step = 1; step <= steps; step++) {
      const at = (i: 0 | 1): number => from[i] + ((to[i] - from[i]) * step) / steps;
      await this.page.mouse.move(at(0), at(1));
      if (options.ms) await this.page.waitForTimeout(options.ms / steps);
    }
    if (options.release !== false) await this.page.mouse.up();
  }

  async rectangle(from: [number, number], to: [number, number]): Promise<void> {
    // A key that comes while the component takes in what was drawn before is lost.
    await expect(async () => {
      await this.page.keyboard.press("r");
      await expect(this.page.getByTestId("toolbar-rectangle")).toBeChecked({ timeout: 500 });
    }).toPass();
    await this.drag(from, to);
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** An empty canvas in the demo project. */
export async function newCanvas(person: Person, name: string): Promise<string> {
  const { results } = await person.api<{ results: { id: string; name: string }[] }>("GET", "projects/");
  const project = results.find((one) => one.name === "Demo");
  if (!project) throw new Error("there is no demo project");
  return (await person.api<{ id: string }>("POST", `projects/${project.id}/canvases/`, { name })).id;
}
