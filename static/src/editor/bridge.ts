/**
 * Keeps the component's scene and the engine's view alike: local changes become ops, the engine's changes are drawn.
 *
 * `shown` is what the scene was last known to agree with. Local change = scene minus shown; remote change = the
 * engine's view minus shown; each is applied per property, so neither ever carries the other along.
 */

import { CaptureUpdateAction, newElementWith } from "@excalidraw/excalidraw";
import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import type { CanvasElement, Op } from "../protocol/messages";
import { diff } from "../sync/diff";
import type { Engine, EngineEvent } from "../sync/engine";
import { sameJson } from "../sync/equal";
import type { Done } from "../sync/undo";
import { BindingIndex } from "./bindings";
import { type Hand, handOf } from "./busy";
import type { EditHistory, Workplace } from "./edit-history";
import type { SceneFiles } from "./files";
import { toCanvas, toExcalidraw, toFields } from "./mapping";

/** While a gesture lasts its result so far becomes durable this often. */
const COMMIT_EVERY_MS = 500;
/** Least time between intents of quick single changes, such as a slider's. */
const SETTLE_MS = 50;

export class SceneBridge {
  private readonly shown = new Map<string, CanvasElement>();
  /** Nonces that were compared already. */
  private readonly seen = new Map<string, number>();
  private readonly toDraw = new Set<string>();
  /** Changed here and not submitted yet. */
  private readonly changed = new Map<string, Op[]>();
  private readonly bindings = new BindingIndex();
  private gesture: string | undefined;
  private lastSubmit = 0;
  private frame: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private loaded = false;
  private readonly unlisten: () => void;

  constructor(
    private readonly api: ExcalidrawImperativeAPI,
    private readonly engine: Engine,
    private readonly history: EditHistory,
    private readonly files: SceneFiles,
  ) {
    files.onSettled = () => this.lookAtImages();
    history.workAt(this.workplace());
    this.unlisten = engine.listen((event) => this.hear(event));
    if (engine.status.lastSeq !== null) this.drawAll();
  }

  stop(): void {
    this.unlisten();
    this.files.onSettled = () => undefined;
    this.history.workAt(null);
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }

  /** The component says that something may have changed. */
  touched(): void {
    this.frame ??= requestAnimationFrame(() => this.run());
  }

  private hear(event: EngineEvent): void {
    if (event.type === "state") this.drawAll();
    if (event.type !== "elements") return;
    for (const id of event.ids) this.toDraw.add(id);
    // A hidden tab has no frames, but must not fall behind without bound.
    if (document.hidden) this.run();
    else this.touched();
  }

  private drawAll(): void {
    for (const id of this.engine.view.ids()) this.toDraw.add(id);
    for (const id of this.shown.keys()) this.toDraw.add(id);
    this.run();
    if (this.loaded) return;
    this.loaded = true;
    this.api.history.clear();
    this.api.scrollToContent(undefined, { fitToContent: true, animate: false });
  }

  private run(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    const hand = handOf(this.api.getAppState());
    if (this.engine.editable) this.collect();
    const ended = this.pass(hand);
    this.engine.setUnsubmitted(this.changed.size > 0);
    // The component must have put an ended gesture into its history before its elements are replaced.
    if (ended) setTimeout(() => this.draw(handOf(this.api.getAppState())));
    else this.draw(hand);
  }

  /** Finds what was changed here since the last look. */
  private collect(): void {
    for (const element of this.api.getSceneElementsIncludingDeleted()) {
      if (this.seen.get(element.id) === element.versionNonce) continue;
      this.seen.set(element.id, element.versionNonce);
      const before = this.shown.get(element.id);
      // A text that was just begun exists for the others once there is something to read.
      if (before === undefined && element.type === "text" && element.originalText === "") continue;
      const ops = diff(before, this.canvasOf(element, before));
      if (ops.length > 0) this.changed.set(element.id, ops);
      else this.changed.delete(element.id);
    }
  }

  /** Passes local changes on, as a preview or as an intent. True when a gesture has just ended. */
  private pass(hand: Hand): boolean {
    const now = performance.now();
    if (hand.active && this.gesture === undefined && this.changed.size > 0) {
      this.gesture = crypto.randomUUID();
      this.lastSubmit = now;
    }
    const gesture = this.gesture;
    if (hand.active && gesture !== undefined) {
      if (this.changed.size === 0) return false;
      if (now - this.lastSubmit >= COMMIT_EVERY_MS) this.submit(gesture);
      else {
        this.engine.preview(gesture, [...this.changed.values()].flat());
        this.wakeIn(this.lastSubmit + COMMIT_EVERY_MS - now);
      }
      return false;
    }
    if (gesture !== undefined) {
      this.submit(gesture);
      this.engine.endPreview(gesture);
      this.gesture = undefined;
      return true;
    }
    if (this.changed.size > 0) {
      const wait = this.lastSubmit + SETTLE_MS - now;
      if (wait > 0) this.wakeIn(wait);
      else this.submit(undefined);
    }
    return false;
  }

  private submit(gesture: string | undefined): void {
    this.lastSubmit = performance.now();
    const ops = [...this.changed.values()].flat();
    const ids = [...this.changed.keys()];
    this.changed.clear();
    const scene = this.scene();
    this.history.record(
      ids.flatMap((id) => this.agree(id, scene.get(id)) ?? []),
      gesture,
    );
    this.engine.submit(ops, gesture);
    // Its undo is not ours, and holds every element that it ever saw.
    this.api.history.clear();
  }

  /** The scene's element is what the engine is told: nothing of it is left to compare. */
  private agree(id: string, element: ExcalidrawElement | undefined): Done | undefined {
    if (!element) return undefined;
    const before = this.shown.get(id);
    const after = this.canvasOf(element, before);
    this.shown.set(id, after);
    this.bindings.update(after);
    return { before, after };
  }

  private workplace(): Workplace {
    return {
      ground: {
        get: (id) => this.engine.view.base(id),
        partsOf: (id) =>
          this.bindings
            .of(id)
            .filter(({ type }) => type === "text")
            .map((bound) => bound.id),
        retype: ({ id }, text) => ({ op: "update", id, set: { "properties.text": text } }),
      },
      settle: () => {
        if (!this.engine.editable) return false;
        this.run();
        if (this.gesture !== undefined) return false;
        if (this.changed.size > 0) this.submit(undefined);
        return true;
      },
      submit: (ops) => this.engine.submit(ops, crypto.randomUUID()),
      takeBackTyping: () => (this.api.getAppState().editingTextElement ? false : undefined),
    };
  }

  private wakeIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), Math.max(1, ms));
  }

  /** Draws what the engine changed, except what a hand is on: that waits until it lets go. */
  private draw(hand: Hand): void {
    if (this.toDraw.size === 0) return;
    const scene = this.scene();
    const drawn = new Map<string, ExcalidrawElement>();
    const rebound = new Set<string>();
    for (const id of this.toDraw) {
      if (hand.holds(id) || this.changed.has(id)) continue;
      this.toDraw.delete(id);
      const target = this.engine.view.shown(id) ?? vanished(this.shown.get(id));
      const current = scene.get(id);
      if (!target || (!current && target.deleted)) continue;
      const next = this.redraw(current, target);
      if (next !== current) drawn.set(id, next);
      if (!current) rebound.add(id);
      this.files.seen(target);
      this.shown.set(id, target);
      for (const other of this.bindings.update(target)) rebound.add(other);
    }
    for (const id of rebound) {
      const current = drawn.get(id) ?? scene.get(id);
      if (!current || hand.holds(id)) continue;
      const next = this.rebind(current);
      if (next !== current) drawn.set(id, next);
    }
    if (drawn.size === 0) return;
    let moved = false;
    for (const [id, element] of drawn) {
      moved ||= scene.get(id)?.index !== element.index;
      scene.set(id, element);
      this.seen.set(id, element.versionNonce);
    }
    const elements = [...scene.values()];
    if (moved) elements.sort(byIndex);
    this.api.updateScene({ elements, captureUpdate: CaptureUpdateAction.NEVER });
    this.files.look();
  }

  private redraw(current: ExcalidrawElement | undefined, target: CanvasElement): ExcalidrawElement {
    if (!current) return toExcalidraw(target);
    const before = this.shown.get(target.id);
    const fields = toFields(target);
    const old = before ? toFields(before) : {};
    const patch: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(fields)) if (!sameJson(old[key], value)) patch[key] = value;
    for (const key of Object.keys(old)) if (!(key in fields)) patch[key] = undefined;
    if (target.type === "image" && "fileId" in patch) patch["status"] = "saved";
    return newElementWith(current, patch as Partial<ExcalidrawElement>);
  }

  private rebind(current: ExcalidrawElement): ExcalidrawElement {
    const list = this.bindings.of(current.id);
    const now = [...(current.boundElements ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
    if (list.length === now.length && list.every((bound, i) => bound.id === now[i]?.id)) return current;
    return newElementWith(current, { boundElements: list.length > 0 ? list : null });
  }

  private scene(): Map<string, ExcalidrawElement> {
    return new Map(this.api.getSceneElementsIncludingDeleted().map((element) => [element.id, element]));
  }

  private canvasOf(element: ExcalidrawElement, before: CanvasElement | undefined): CanvasElement {
    return this.files.onWire(withFile(toCanvas(element), before));
  }

  private lookAtImages(): void {
    for (const { id, type } of this.api.getSceneElementsIncludingDeleted()) if (type === "image") this.seen.delete(id);
    this.touched();
  }
}

/** An element that is only here (a preview that ended, a refused create) goes. */
function vanished(shown: CanvasElement | undefined): CanvasElement | undefined {
  return shown && { ...shown, deleted: true };
}

/** Images of earlier versions carry their bytes, which the component does not hold in its element: keep them. */
function withFile(element: CanvasElement, before: CanvasElement | undefined): CanvasElement {
  const file = before?.properties["file"];
  if (file === undefined || "file" in element.properties) return element;
  return { ...element, properties: { ...element.properties, file } };
}

/** The component repairs indices that are out of order by changing elements: what it gets must be in order. */
function byIndex(a: ExcalidrawElement, b: ExcalidrawElement): number {
  const [left, right] = [a.index ?? "", b.index ?? ""];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
