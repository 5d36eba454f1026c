/**
 * Keeps the component's scene and the engine's view alike: local changes become ops, the engine's changes are drawn.
 *
 * `shown` is what the scene was last known to agree with. Local change = scene minus shown; remote change = the
 * engine's view minus shown; each is applied per property, so neither ever carries the other along.
 */

import { CaptureUpdateAction, newElementWith } from "@excalidraw/excalidraw";
import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import type { CanvasElement, Op, UpdateOp } from "../protocol/messages";
import { diff } from "../sync/diff";
import type { Engine, EngineEvent } from "../sync/engine";
import { sameJson } from "../sync/equal";
import { isText, plainText } from "../sync/text";
import { rebased } from "../sync/text-merge";
import type { Done } from "../sync/undo";
import { centre, endOn, type Point } from "./arrow-ends";
import { BindingIndex } from "./bindings";
import { type Hand, handOf } from "./busy";
import type { EditHistory, Workplace } from "./edit-history";
import { type Fields, REPAIRS } from "./fields";
import type { SceneFiles } from "./files";
import { firstView } from "./first-view";
import { drawnOtherwise, placedApart, receivedIndex, toCanvas, toExcalidraw } from "./mapping";
import { apart, inOrder } from "./order";
import { dangling, ReferenceIndex } from "./references";
import { TextMeasure } from "./text-measure";
import { Typing } from "./typing";

/** While a gesture lasts its result so far becomes durable this often. */
const COMMIT_EVERY_MS = 500;
/** Typing is short, and others want to see it grow: it goes out as it is, without a preview. */
const TYPE_EVERY_MS = 200;
/** So long after the last change drawn, ends of arrows that hang in the air are put right; by those who moved one just now. */
const ARROWS_AFTER_MS = 300;
const JUST_NOW_MS = 5_000;
/** Least time between intents of quick single changes, such as a slider's. */
const SETTLE_MS = 50;

/** Fields that are the component's, not the canvas's. */
const OWN_TO_A_DRAWING = new Set([
  "id",
  "version",
  "versionNonce",
  "updated",
  "boundElements",
  "lastCommittedPoint",
  "status",
]);

export class SceneBridge {
  private readonly shown = new Map<string, CanvasElement>();
  /** Nonces that were compared already. */
  private readonly seen = new Map<string, number>();
  private readonly toDraw = new Set<string>();
  /** Changed here and not submitted yet. */
  private readonly changed = new Map<string, Op[]>();
  private readonly bindings = new BindingIndex();
  private readonly references = new ReferenceIndex();
  private readonly measure = new TextMeasure();
  private readonly typing = new Typing(() => this.touched());
  /** When this person last changed what, to tell who sees to what follows from two people's changes. */
  private readonly ownWork = new Map<string, number>();
  private arrowTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly arrows = new Set<string>();
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
    private readonly onFirstView: (all: boolean) => void,
  ) {
    files.onSettled = () => this.lookAtImages();
    history.workAt(this.workplace());
    this.unlisten = engine.listen((event) => this.hear(event));
    document.fonts.addEventListener("loadingdone", this.fontsCame);
    if (engine.status.lastSeq !== null) this.drawAll();
  }

  stop(): void {
    this.unlisten();
    this.files.onSettled = () => undefined;
    this.typing.stop();
    document.fonts.removeEventListener("loadingdone", this.fontsCame);
    this.history.workAt(null);
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    clearTimeout(this.arrowTimer);
  }

  /** The component says that something may have changed. */
  touched(): void {
    this.frame ??= requestAnimationFrame(() => this.run());
  }

  private readonly fontsCame = (): void => {
    this.measure.forget();
    for (const element of this.shown.values()) if (isText(element)) this.toDraw.add(element.id);
    this.touched();
  };

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
    const all = this.api.getSceneElements();
    const first = firstView(all);
    this.api.scrollToContent(first, { fitToContent: true, animate: false });
    this.onFirstView(first.length === all.length);
  }

  private run(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    const hand = handOf(this.api.getAppState());
    this.typing.at(hand.typingAt);
    if (this.engine.editable && !this.typing.composing) this.collect();
    const ended = this.pass(hand);
    this.mergeTyping(hand);
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
      const ops = this.kept(diff(before, this.canvasOf(element, before)), element, before);
      if (ops.length > 0) this.changed.set(element.id, ops);
      else this.changed.delete(element.id);
    }
  }

  /** Closing an emptied text deletes it; not when others' words are in it, which only came here now. */
  private kept(ops: Op[], element: ExcalidrawElement, before: CanvasElement | undefined): Op[] {
    if (element.type !== "text" || !before || ops[0]?.op !== "delete" || element.originalText.trim() !== "") return ops;
    const base = this.engine.view.base(element.id);
    if (!base || base.deleted || rebased(plainText(base), plainText(before), "").trim() === "") return ops;
    this.toDraw.add(element.id);
    return [{ op: "update", id: element.id, set: { "properties.text": "" } }];
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
      if (this.changed.size === 0 || this.typing.composing || this.typedOnDeleted(hand)) return false;
      const typing = hand.typingAt !== undefined;
      const wait = this.lastSubmit + (typing ? TYPE_EVERY_MS : COMMIT_EVERY_MS) - now;
      // What others type is put between what was typed here once that is said.
      if (wait <= 0 || (typing && this.othersTyped(hand.typingAt))) this.submit(gesture);
      else {
        if (!typing) this.engine.preview(gesture, [...this.changed.values()].flat());
        this.wakeIn(wait);
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
    const scene = this.scene();
    const ops = [...this.changed].flatMap(([id, made]) => this.asOpsOnBase(id, made, scene.get(id)));
    if (ops.some((op) => op.op === "create" || (op.op === "update" && "index" in op.set)))
      ops.push(...reordered(scene));
    const ids = [...this.changed.keys()];
    for (const id of ids) this.ownWork.set(id, this.lastSubmit);
    this.changed.clear();
    this.history.record(
      ids.flatMap((id) => this.agree(id, scene.get(id)) ?? []),
      gesture,
    );
    this.engine.submit(ops, gesture);
    // Its undo is not ours, and holds every element that it ever saw.
    this.api.history.clear();
  }

  /** The ops as they are to be done to what stands now, which others may have changed since it was drawn here. */
  private asOpsOnBase(id: string, ops: readonly Op[], element: ExcalidrawElement | undefined): readonly Op[] {
    const before = this.shown.get(id);
    const base = this.engine.view.base(id);
    if (!before || !base || element?.type !== "text" || !ops.some(setsText)) return ops;
    const typed = ops.find(setsText)?.set["properties.text"];
    const text = rebased(plainText(base), plainText(before), typeof typed === "string" ? typed : "");
    const rest = ops.filter((op) => !setsText(op));
    const retyped: Op = { op: "update", id, set: { "properties.text": text } };
    if (!base.deleted) return [...rest, retyped];
    // Deleted while it was being typed into: the words stay, by themselves when their shape is gone.
    this.toDraw.add(id);
    const { containerId } = base.properties;
    const alone: Op[] =
      typeof containerId === "string" && this.liveType(containerId) === undefined
        ? [{ op: "update", id, set: { "properties.containerId": null } }]
        : [];
    return [{ op: "restore", id }, ...alone, ...rest, retyped];
  }

  private typedOnDeleted({ typingAt }: Hand): boolean {
    return typingAt !== undefined && this.engine.view.base(typingAt)?.deleted === true;
  }

  private othersTyped(id: string | undefined): boolean {
    const [before, base] = id === undefined ? [] : [this.shown.get(id), this.engine.view.base(id)];
    return before !== undefined && base !== undefined && plainText(base) !== plainText(before);
  }

  /** Puts what others have typed into the text that is open here. */
  private mergeTyping({ typingAt }: Hand): void {
    if (typingAt === undefined || this.typing.composing) return;
    const before = this.shown.get(typingAt);
    const base = this.engine.view.base(typingAt);
    if (!before || !base || base.deleted || this.changed.has(typingAt) || !this.othersTyped(typingAt)) return;
    const text = plainText(base);
    const { originalText: _, ...properties } = before.properties;
    this.shown.set(typingAt, { ...before, properties: { ...properties, text } });
    this.typing.show(text);
  }

  /** The scene's element is what the engine is told: nothing of it is left to compare. */
  private agree(id: string, element: ExcalidrawElement | undefined): Done | undefined {
    if (!element) return undefined;
    const before = this.shown.get(id);
    const after = this.canvasOf(element, before);
    this.shown.set(id, after);
    this.bindings.update(after);
    this.references.update(after);
    if (isText(after)) {
      const edit = { before: before ? plainText(before) : "", after: plainText(after) };
      if (edit.before !== edit.after) this.typing.typed(edit, performance.now());
    }
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
      takeBackTyping: (which) => {
        if (!this.api.getAppState().editingTextElement) return undefined;
        this.run();
        if (this.changed.size > 0 && this.gesture !== undefined) this.submit(this.gesture);
        return this.typing[which]();
      },
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
    const look = (id: string): ExcalidrawElement | undefined => drawn.get(id) ?? scene.get(id);
    for (const id of this.drawable(hand)) {
      this.toDraw.delete(id);
      const target = this.engine.view.shown(id) ?? vanished(this.shown.get(id));
      const current = scene.get(id);
      if (!target || (!current && target.deleted)) continue;
      const next = this.redraw(current, target, look);
      if (next !== current) drawn.set(id, next);
      if (!current) rebound.add(id);
      this.files.seen(target);
      this.shown.set(id, target);
      for (const other of this.bindings.update(target)) rebound.add(other);
      this.references.update(target);
      for (const one of target.type === "arrow" ? [{ id, type: "arrow" }] : this.bindings.of(id)) {
        if (one.type === "arrow" && this.isOwnWork(one.id)) this.arrows.add(one.id);
      }
    }
    if (this.arrows.size > 0) this.lookAtArrows();
    for (const id of rebound) {
      const current = look(id);
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
    const elements = moved ? this.ordered(scene) : [...scene.values()];
    this.api.updateScene({ elements, captureUpdate: CaptureUpdateAction.NEVER });
  }

  private isOwnWork(id: string): boolean {
    return performance.now() - (this.ownWork.get(id) ?? Number.NEGATIVE_INFINITY) < JUST_NOW_MS;
  }

  private lookAtArrows(): void {
    clearTimeout(this.arrowTimer);
    this.arrowTimer = setTimeout(() => {
      if (!this.engine.editable) return;
      // What is under way may put them right, or wrong.
      if (this.changed.size > 0 || this.gesture !== undefined || this.engine.status.unsaved > 0)
        return this.lookAtArrows();
      const repairs = [...this.arrows].flatMap((id) => this.arrowRepair(id) ?? []);
      this.arrows.clear();
      if (repairs.length === 0) return;
      const before = new Map(repairs.map(({ id }) => [id, this.engine.view.base(id)]));
      this.engine.submit(repairs, crypto.randomUUID());
      for (const { id } of repairs) {
        const after = this.engine.view.base(id);
        if (after) this.history.amend({ before: before.get(id), after });
      }
    }, ARROWS_AFTER_MS);
  }

  /** What puts the ends of an arrow back to its shapes; elbow arrows are routed by the component. */
  private arrowRepair(id: string): Op | undefined {
    const arrow = this.engine.view.base(id);
    if (!arrow || arrow.deleted || arrow.type !== "arrow" || arrow.properties["elbowed"] === true) return undefined;
    const drawn = toExcalidraw(arrow);
    if (drawn.type !== "arrow" || drawn.angle !== 0) return undefined;
    const [x, y] = [drawn.x, drawn.y];
    const points = drawn.points.map(([px, py]): Point => [px + x, py + y]);
    const last = points.length - 1;
    const ends = (
      [
        [0, drawn.startBinding],
        [last, drawn.endBinding],
      ] as const
    ).map(([place, binding]) => {
      const shape = binding ? this.engine.view.base(binding.elementId) : undefined;
      const box =
        shape && !shape.deleted
          ? { type: shape.type, ...shape.position, ...shape.dimensions, angle: shape.angle }
          : undefined;
      return { place, box, gap: binding?.gap ?? 0 };
    });
    let moved = false;
    for (const [i, { place, box, gap }] of ends.entries()) {
      const other = ends[1 - i];
      const neighbour = points[place === 0 ? 1 : last - 1];
      const towards = last === 1 && other?.box ? centre(other.box) : neighbour;
      const end = points[place];
      const put = box && end && towards ? endOn(box, gap, end, towards) : undefined;
      if (put) [points[place], moved] = [put, true];
    }
    const [start] = points;
    if (!moved || !start) return undefined;
    const relative = points.map(([px, py]) => [px - start[0], py - start[1]]);
    const [xs, ys] = [relative.map((point) => point[0] ?? 0), relative.map((point) => point[1] ?? 0)];
    const set = {
      "position.x": start[0],
      "position.y": start[1],
      "dimensions.width": Math.max(...xs) - Math.min(...xs),
      "dimensions.height": Math.max(...ys) - Math.min(...ys),
      "properties.points": relative,
    };
    const bindings = Object.fromEntries(
      ["startBinding", "endBinding"].flatMap((key) => {
        const value = arrow.properties[key];
        return value === undefined ? [] : [[`properties.${key}`, value]];
      }),
    );
    return { op: "update", id, set: { ...set, ...bindings } };
  }

  /**
   * What is to be drawn now, and with it what follows from it: the labels of a shape, and what speaks of one that goes or
   * returns. Texts last: they are measured by their shapes.
   */
  private drawable(hand: Hand): string[] {
    for (const id of [...this.toDraw]) {
      const [now, before] = [this.engine.view.shown(id), this.shown.get(id)];
      if ((now?.deleted ?? true) !== (before?.deleted ?? true))
        for (const one of this.references.of(id)) this.toDraw.add(one);
      else if (now && before && !sameJson(boxOf(now), boxOf(before))) {
        for (const one of this.bindings.of(id)) if (one.type === "text") this.toDraw.add(one.id);
      }
    }
    const ids = [...this.toDraw].filter((id) => !hand.holds(id) && !this.changed.has(id));
    const isLabel = (id: string): boolean => this.engine.view.shown(id)?.type === "text";
    return [...ids.filter((id) => !isLabel(id)), ...ids.filter(isLabel)];
  }

  private redraw(
    current: ExcalidrawElement | undefined,
    target: CanvasElement,
    look: (id: string) => ExcalidrawElement | undefined,
  ): ExcalidrawElement {
    let whole = toExcalidraw(target);
    whole = drawnOtherwise(
      whole,
      dangling(whole as unknown as Fields, (id) => this.liveType(id)),
    );
    if (whole.type === "text") {
      const container = whole.containerId === null ? undefined : look(whole.containerId);
      whole = drawnOtherwise(whole, this.measure.fields(whole, container));
    }
    if (!current) return whole;
    const patch: Record<string, unknown> = {};
    const [wanted, now] = [whole as unknown as Fields, current as unknown as Fields];
    for (const [key, value] of Object.entries(wanted)) {
      if (!OWN_TO_A_DRAWING.has(key) && !sameJson(now[key], value)) patch[key] = value;
    }
    // The component may know a picture by another id (files.ts).
    if ((this.shown.get(target.id)?.properties["fileId"] ?? null) === (target.properties["fileId"] ?? null)) {
      delete patch["fileId"];
    }
    for (const key of Object.keys(now)) {
      if (!(key in wanted) && !OWN_TO_A_DRAWING.has(key) && now[key] !== undefined) patch[key] = undefined;
    }
    // No repair is a fact as well, and what is undefined alone counts as no change.
    if (REPAIRS in patch) patch[REPAIRS] ??= {};
    if (target.type === "image" && "fileId" in patch) patch["status"] = "saved";
    return newElementWith(current, patch as Partial<ExcalidrawElement>);
  }

  /** The type of what stands on the canvas, drawn or just about to be. */
  private liveType(id: string): string | undefined {
    const element = this.engine.view.shown(id);
    return element && !element.deleted ? element.type : undefined;
  }

  /** The component repairs indices that are out of order by changing elements: what it gets must be in order. */
  private ordered(scene: Map<string, ExcalidrawElement>): ExcalidrawElement[] {
    const placed = [...scene.values()]
      .map((element) => ({ id: element.id, index: receivedIndex(element) }))
      .sort(inOrder);
    const drawn = apart(placed);
    return placed.map(({ id, index }) => {
      const element = scene.get(id)!;
      const wanted = drawn.get(id) ?? index;
      if (element.index === wanted) return element;
      const next = newElementWith(element, placedApart(element, index, wanted));
      this.seen.set(id, next.versionNonce);
      return next;
    });
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

/** What others put at one place is put apart for good once somebody counts on the order that is drawn. */
function reordered(scene: Map<string, ExcalidrawElement>): Op[] {
  return [...scene.values()].flatMap((element): Op[] =>
    element.index !== null && receivedIndex(element) !== element.index && !element.isDeleted
      ? [{ op: "update", id: element.id, set: { index: element.index } }]
      : [],
  );
}

function setsText(op: Op): op is UpdateOp {
  return op.op === "update" && "properties.text" in op.set;
}

function boxOf({ position, dimensions, angle }: CanvasElement): number[] {
  return [position.x, position.y, dimensions.width, dimensions.height, angle];
}
