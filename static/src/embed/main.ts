/** An embedded canvas: the server's picture of it, moved and zoomed by hand, fetched anew when the canvas has changed. */

import "./embed.css";
import { type Box, fit, pan, parseBox, type View, viewBox, zoomAt } from "./view";

const REFRESH_MS = 15_000;
const KEY_STEP = 60;
const BUTTON_ZOOM = 1.3;
const SVG = "http://www.w3.org/2000/svg";

type Words = Record<"name" | "picture" | "zoomIn" | "zoomOut" | "fit" | "gone" | "away", string>;

class Embedded {
  private picture: SVGSVGElement | null = null;
  private box: Box = parseBox(null);
  private view: View | null = null;
  /** Until somebody moves it, a picture that grows stays in the window as a whole. */
  private untouched = true;
  private etag = "";
  private readonly note: HTMLElement;
  private readonly stage: HTMLElement;
  private readonly fingers = new Map<number, { x: number; y: number }>();

  constructor(
    host: HTMLElement,
    private readonly words: Words,
  ) {
    this.stage = add(host, "div", "stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "img");
    this.stage.setAttribute("aria-label", words.name);
    this.note = add(host, "p", "note");
    this.note.setAttribute("role", "status");
    const buttons = add(host, "div", "buttons");
    const middle = () => ({ x: this.stage.clientWidth / 2, y: this.stage.clientHeight / 2 });
    this.button(buttons, "+", words.zoomIn, () => this.zoom(BUTTON_ZOOM, middle()));
    this.button(buttons, "−", words.zoomOut, () => this.zoom(1 / BUTTON_ZOOM, middle()));
    this.button(buttons, "⤢", words.fit, () => this.showAll());
    this.listen();
  }

  /** Asks for the picture now and again; in a hidden page, when it is seen again. */
  async run(): Promise<void> {
    for (;;) {
      if (!document.hidden && !(await this.refresh())) return;
      await Promise.race([
        new Promise((resolve) => setTimeout(resolve, REFRESH_MS)),
        new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true })),
      ]);
    }
  }

  /** False when there is nothing to ask for any more. */
  private async refresh(): Promise<boolean> {
    try {
      const answer = await fetch(this.words.picture, {
        credentials: "omit",
        cache: "no-store",
        headers: this.etag ? { "If-None-Match": this.etag } : {},
      });
      if (answer.status === 404) {
        this.stage.replaceChildren();
        this.say(this.words.gone);
        return false;
      }
      if (answer.status === 200) {
        this.etag = answer.headers.get("ETag") ?? "";
        this.show(await answer.text());
      }
      this.say(answer.ok || answer.status === 304 ? "" : this.words.away);
    } catch {
      this.say(this.words.away);
    }
    return true;
  }

  private show(text: string): void {
    const read = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (read.namespaceURI !== SVG || read.nodeName !== "svg") return;
    const picture = document.importNode(read, true) as unknown as SVGSVGElement;
    this.box = parseBox(picture.getAttribute("viewBox"));
    picture.setAttribute("width", "100%");
    picture.setAttribute("height", "100%");
    picture.setAttribute("aria-hidden", "true");
    this.stage.replaceChildren(picture);
    this.picture = picture;
    if (this.untouched || !this.view) this.showAll();
    else this.draw();
  }

  private showAll(): void {
    this.untouched = true;
    this.view = fit(this.box, this.size());
    this.draw();
  }

  private zoom(factor: number, at: { x: number; y: number }): void {
    if (!this.view) return;
    this.untouched = false;
    this.view = zoomAt(this.view, factor, at);
    this.draw();
  }

  private move(dx: number, dy: number): void {
    if (!this.view) return;
    this.untouched = false;
    this.view = pan(this.view, dx, dy);
    this.draw();
  }

  private draw(): void {
    if (this.view) this.picture?.setAttribute("viewBox", viewBox(this.view, this.size()));
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(1, this.stage.clientWidth), height: Math.max(1, this.stage.clientHeight) };
  }

  private say(words: string): void {
    if (this.note.textContent !== words) this.note.textContent = words;
  }

  private button(parent: HTMLElement, sign: string, name: string, press: () => void): void {
    const button = add(parent, "button", "");
    button.textContent = sign;
    button.title = name;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", press);
  }

  private listen(): void {
    const { stage, fingers } = this;
    new ResizeObserver(() => (this.untouched ? this.picture && this.showAll() : this.draw())).observe(stage);
    stage.addEventListener("pointerdown", (event) => {
      stage.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, at(event));
    });
    stage.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = at(event);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      fingers.set(event.pointerId, now);
      if (!other) return this.move(now.x - before.x, now.y - before.y);
      this.move((now.x - before.x) / 2, (now.y - before.y) / 2);
      const factor = distance(now, other) / Math.max(1, distance(before, other));
      this.zoom(factor, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    });
    for (const end of ["pointerup", "pointercancel"] as const) {
      stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
    }
    stage.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY / 200), at(event));
        else this.move(-event.deltaX, -event.deltaY);
      },
      { passive: false },
    );
    stage.addEventListener("keydown", (event) => this.key(event));
  }

  private key(event: KeyboardEvent): void {
    const middle = { x: this.stage.clientWidth / 2, y: this.stage.clientHeight / 2 };
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.move(KEY_STEP, 0),
      ArrowRight: () => this.move(-KEY_STEP, 0),
      ArrowUp: () => this.move(0, KEY_STEP),
      ArrowDown: () => this.move(0, -KEY_STEP),
      "+": () => this.zoom(BUTTON_ZOOM, middle),
      "-": () => this.zoom(1 / BUTTON_ZOOM, middle),
      "0": () => this.showAll(),
    };
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }
}

function at(event: MouseEvent): { x: number; y: number } {
  return { x: event.clientX, y: event.clientY };
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function add(parent: HTMLElement, tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  parent.append(made);
  return made;
}

const host = document.getElementById("embed");
if (host) void new Embedded(host, host.dataset as unknown as Words).run();
