/**
 * The client's end of the protocol: joins its parts (replica, outbox, previews, connection) and decides what to send
 * when. No DOM, no drawing: an editor submits ops and is told which elements to show anew.
 */

import type {
  CanvasElement,
  DeltaMessage,
  Op,
  Peer,
  PeersMessage,
  PresenceFields,
  PreviewOp,
  RejectMessage,
  Role,
  ServerMessage,
  StateMessage,
  User,
  WelcomeMessage,
} from "../protocol/messages";
import { PROTOCOL_VERSION } from "../protocol/messages";
import { Away, type Finding } from "./away";
import { backoffMs } from "./backoff";
import { Connection, type SocketLike } from "./connection";
import { Delivery } from "./delivery";
import { fold } from "./fold";
import { Heartbeat } from "./heartbeat";
import type { Keeper, Kept } from "./keeper";
import { jsonBytes, MAX_ELEMENT_BYTES, MAX_OPS, MAX_PREVIEW_BYTES } from "./limits";
import { applyWhatFits, asDrafted } from "./ops";
import { Outbox, type PendingIntent } from "./outbox";
import { PresenceSender } from "./presence";
import { Gap, Replica } from "./replica";
import { Roster } from "./roster";
import { ABOUT_AN_ELEMENT, ABOUT_THE_MOMENT, MAX_TRIES, salvage, type Salvaged, stranded } from "./salvage";
import { SeenReporter } from "./seen";
import { type Link, type Status, canEdit } from "./status";
import { newTextClient } from "./text";
import { View } from "./view";

const HEARTBEAT_SECONDS = 20;
/** Failed attempts after which a lost connection is called offline. */
const OFFLINE_AFTER_ATTEMPTS = 2;
/** A connection lost for less is a hiccup, and nothing is reported of it. */
const AWAY_MS = 5_000;
/** So many ranges of refused numbers a server remembers; what is below them is not known. */
const REMEMBERED_REFUSALS = 32;
/** The close code for: the same client id connected elsewhere, later. */
const TAKEN_OVER = 4409;

export interface EngineOptions {
  /** A UUID; one that was used before only together with all work that was pending under it (`kept.queue`). */
  client: string;
  role: Role;
  open: () => SocketLike;
  /** Whether the browser believes that it has a network. */
  networkUp?: () => boolean;
  keeper?: Keeper;
  kept?: Kept;
}

export type EngineEvent =
  | { type: "elements"; ids: ReadonlySet<string> }
  /** The whole state was replaced. */
  | { type: "state" }
  | { type: "status" }
  | { type: "peers" }
  /**
   * `lost`: the work that is not saved and will not be asked for again; `elements`: what it was about as it would have
   * become, where that can be told.
   */
  | {
      type: "refused";
      code: string;
      message: string;
      about?: "presence" | "gather";
      lost?: readonly Op[];
      elements?: readonly CanvasElement[];
    }
  /** Somebody asks everybody to come and see what that client sees. */
  | { type: "gather"; client: string; user: User }
  /** Work that was done while away is settled, and this is to be told of it. */
  | { type: "findings"; findings: readonly Finding[] }
  | { type: "notice"; message: string };

type Phase = "down" | "greeting" | "loading" | "live";

export class Engine {
  readonly view: View;
  private readonly roster = new Roster((ids) => this.tell({ type: "elements", ids }));
  private readonly replica = new Replica();
  private readonly outbox = new Outbox();
  private readonly connection: Connection;
  private readonly presence: PresenceSender;
  private readonly heartbeat: Heartbeat;
  private readonly seen: SeenReporter;
  private readonly delivery: Delivery;
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private phase: Phase = "down";
  /** In the state at `seq` are this client's intents up to `intent`, but for the ranges `refused`. */
  private over: { seq: number; intent: number; refused: readonly (readonly [number, number])[] } | undefined;
  private earlyDeltas: DeltaMessage[] = [];
  private maxElementBytes = MAX_ELEMENT_BYTES;
  private endingGesture: string | undefined;
  private own: string;
  private typist = newTextClient();
  private everJoined = false;
  private restored = false;
  private readonly away = new Away();
  /** Since when the connection is lost (as performance.now()); from the beginning for work that an earlier page left. */
  private lostAt: number | null = null;
  private unsubmitted = false;
  private stoppedBy: number | null = null;
  private role: Role;
  private saving: Status["saving"] = "ok";
  private sending: Status["sending"] = "normal";
  private historyLag = 0;
  private savedAt: number | null = null;
  private readonly networkUp: () => boolean;
  private readonly keeper: Keeper | undefined;

  constructor(options: EngineOptions) {
    this.own = options.client;
    this.role = options.role;
    this.keeper = options.keeper;
    if (options.kept) this.restore(options.kept);
    this.networkUp = options.networkUp ?? (() => true);
    this.view = new View(this.replica, this.outbox, this.roster.previews);
    this.connection = new Connection(options.open, {
      opened: () => this.greet(this.replica.seq),
      frame: (bytes) => this.seen.arrived(bytes),
      message: (message) => this.receive(message),
      closed: (code, fatal) => this.closed(code, fatal),
    });
    this.presence = new PresenceSender((message) => {
      if (this.phase === "live") this.connection.send(message);
    });
    this.heartbeat = new Heartbeat(
      () => this.connection.send({ type: "ping", t: Math.round(performance.now()) }),
      () => this.connection.reset(),
    );
    this.seen = new SeenReporter((seq) => this.connection.send({ type: "seen", seq }));
    this.delivery = new Delivery(
      this.outbox,
      this.keeper,
      ({ id, gesture, ops }) =>
        this.connection.send({ type: "intent", id, ops, ...(gesture === undefined ? {} : { gesture }) }),
      () => this.tell({ type: "status" }),
    );
  }

  /** The Yjs client under which this page types, for text ops. */
  get textClient(): number {
    return this.typist;
  }

  get client(): string {
    return this.own;
  }

  get peers(): ReadonlyMap<string, Peer> {
    return this.roster.peers;
  }

  private restore({ state, queue }: Kept): void {
    this.outbox.restore(queue);
    if (queue.length > 0) this.lostAt = Number.NEGATIVE_INFINITY;
    if (state === null) return;
    this.replica.takeState({ type: "state", seq: state.seq, elements: [...state.elements], part: 1, parts: 1 });
    this.restored = true;
  }

  start(): void {
    this.connection.start();
  }

  stop(): void {
    this.connection.stop();
    this.wentDown();
    this.delivery.stop();
    this.roster.stop();
    this.listeners.clear();
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Passes on what happened to work that another engine sends for this page. */
  relay(event: EngineEvent): void {
    this.tell(event);
  }

  /** The network may be back. */
  wake(): void {
    this.connection.wake();
    this.tell({ type: "status" });
  }

  /** The network is gone: do not wait for a heartbeat to find out. */
  networkLost(): void {
    this.connection.reset();
    this.tell({ type: "status" });
  }

  /**
   * Asks for a change: shown at once, durable when `status.unsaved` says so. An op larger than an element may be is
   * refused here, with all on its element: sent, it would cost the connection, and again each time that it is sent again.
   */
  submit(asked: readonly Op[], gesture?: string): void {
    if (asked.length === 0) return;
    const ops = asDrafted(asked, (id) => this.view.base(id), this.typist);
    const tooLarge = new Set(ops.filter((op) => jsonBytes(op) > this.maxElementBytes).map((op) => op.id));
    const [taken, refused] = [ops.filter((op) => !tooLarge.has(op.id)), ops.filter((op) => tooLarge.has(op.id))];
    this.outbox.add(taken, gesture, this.maxElementBytes);
    const message = "an element would be too large";
    this.settled(ops, refused.length > 0 ? { code: "too_large", message, lost: refused } : undefined);
  }

  /** Shows the others what a hand is doing; `ops` go on from what was submitted. */
  preview(gesture: string, ops: readonly Op[]): void {
    if (this.sending === "pause") return;
    this.endingGesture = undefined;
    const shown = fold([...this.outbox.opsOfGesture(gesture), ...ops]).filter(isPreviewOp);
    if (shown.length <= MAX_OPS && jsonBytes(shown) <= MAX_PREVIEW_BYTES)
      this.presence.preview({ gesture, ops: shown });
  }

  /**
   * The hand let go; its last intent is submitted. The others keep the preview until that is durable. Its delta ends
   * the preview there, and so do we then, lest a preview that was held up on its way comes after the delta.
   */
  endPreview(gesture: string): void {
    this.presence.withdrawPreview();
    this.endingGesture = gesture;
    this.finishPreview();
  }

  private finishPreview(): void {
    if (this.endingGesture === undefined || this.outbox.opsOfGesture(this.endingGesture).length > 0) return;
    this.endingGesture = undefined;
    this.presence.preview(null);
  }

  showPresence(fields: Omit<PresenceFields, "preview">): void {
    this.presence.update(fields);
  }

  /** Asks everybody else to come and see what is seen here; false when nobody can be asked now. */
  gather(): boolean {
    if (this.phase !== "live") return false;
    this.connection.send({ type: "gather" });
    return true;
  }

  /** Work that the editor has not submitted yet counts as unsaved. */
  setUnsubmitted(unsubmitted: boolean): void {
    if (this.unsubmitted === unsubmitted) return;
    this.unsubmitted = unsubmitted;
    this.tell({ type: "status" });
  }

  get editable(): boolean {
    return (this.everJoined || this.restored) && canEdit(this.role);
  }

  /** What a user who was seen here is called. */
  nameOf(user: string | null): string | undefined {
    return user === null ? undefined : this.roster.names.get(user);
  }

  /** What this client's pending work makes of the elements that it is about. */
  pendingElements(): CanvasElement[] {
    return [...this.outbox.elementIds()].flatMap((id) => this.view.base(id) ?? []).filter(({ deleted }) => !deleted);
  }

  get status(): Status {
    return {
      link: this.link(),
      unsaved: this.outbox.size + this.outbox.lost.length + (this.unsubmitted ? 1 : 0),
      role: this.role,
      saving: this.saving,
      sending: this.sending,
      stoppedBy: this.stoppedBy,
      lastSeq: this.replica.seq,
      savedAt: this.savedAt,
      historyLag: this.historyLag,
      keeps: this.delivery.keeps,
      retryAt: this.connection.retryAt,
    };
  }

  /** How many elements have work of this client that is not durable. */
  get unsavedElements(): number {
    return [...this.outbox.elementIds()].length;
  }

  /** Whether all that was done here would outlive this page. */
  get safe(): boolean {
    return !this.unsubmitted && this.delivery.safe;
  }

  /** The confirmed element, without this client's pending work. */
  confirmed(id: string): CanvasElement | undefined {
    return this.replica.get(id);
  }

  private link(): Link {
    if (this.stoppedBy !== null) return "stopped";
    if (this.phase === "live") return "online";
    if (!this.networkUp()) return "offline";
    if (!this.everJoined && this.connection.attempts === 0) return "connecting";
    return this.connection.attempts > OFFLINE_AFTER_ATTEMPTS ? "offline" : "reconnecting";
  }

  private greet(since: number | null): void {
    this.phase = "greeting";
    this.earlyDeltas = [];
    this.delivery.pause();
    this.connection.send({
      type: "hello",
      protocol: PROTOCOL_VERSION,
      client: this.own,
      since,
      digest: since === null ? null : this.replica.digest,
    });
  }

  private receive(message: ServerMessage): void {
    this.heartbeat.heard();
    switch (message.type) {
      case "welcome":
        return this.welcome(message);
      case "state":
        return this.state(message);
      case "delta":
        return this.delta(message);
      case "reject":
        return this.reject(message);
      case "presence":
        return this.showPeers(message);
      case "policy":
        this.saving = message.saving;
        this.sending = message.sending;
        this.historyLag = message.history_lag;
        this.presence.setSlow(message.sending !== "normal");
        this.delivery.pace(message.sending);
        return this.tell({ type: "status" });
      case "pong":
        if (this.phase === "live" && message.seq === this.replica.seq && message.digest !== this.replica.digest) {
          this.greet(null);
        }
        return;
      case "role":
        this.role = message.role;
        return this.tell({ type: "status" });
      case "notice":
        return this.tell({ type: "notice", message: message.message });
      case "error":
        return this.tell({ ...message, type: "refused" });
      case "gather":
        return this.tell({ type: "gather", client: message.client, user: message.user });
    }
  }

  private welcome(message: WelcomeMessage): void {
    this.connection.established();
    this.role = message.role;
    this.maxElementBytes = message.limits?.element_bytes ?? MAX_ELEMENT_BYTES;
    this.heartbeat.start(message.heartbeat ?? HEARTBEAT_SECONDS);
    this.seen.stop();
    this.outbox.resume(message.last_intent);
    this.over = { seq: message.seq, intent: message.last_intent, refused: message.refused ?? [] };
    if (this.lostAt !== null && performance.now() - this.lostAt > AWAY_MS) {
      this.away.returned(this.outbox.pending, (id) => this.replica.get(id), message.seq);
    }
    this.lostAt = null;
    const touched = this.roster.joined(message.peers, this.own);
    this.phase = message.mode === "resume" ? "live" : "loading";
    if (this.phase === "live") this.joined(touched);
    this.tell({ type: "peers" });
    this.tell({ type: "status" });
  }

  private joined(touched: Set<string>): void {
    this.phase = "live";
    if (!this.everJoined) for (const { ops, code } of this.outbox.lost) this.lostBefore(ops, code);
    this.everJoined = true;
    this.refusedUnheard(this.settleOver(touched));
    this.tellFindings();
    this.delivery.open();
    this.presence.joined();
    this.seen.joined(this.replica.seq ?? 0);
    if (touched.size > 0) this.tell({ type: "elements", ids: touched });
  }

  private state(message: StateMessage): void {
    if (this.phase !== "loading" || !this.replica.takeState(message)) return;
    this.joined(new Set());
    this.keeper?.moved(null, this.replica);
    this.tell({ type: "state" });
    const early = this.earlyDeltas;
    this.earlyDeltas = [];
    for (const delta of early) this.delta(delta);
    this.tell({ type: "status" });
  }

  private delta(message: DeltaMessage): void {
    if (this.phase === "loading") this.earlyDeltas.push(message);
    if (this.phase !== "live") return;
    const touched = new Set<string>();
    const unheard: PendingIntent[] = [];
    const now = performance.now();
    try {
      for (const commit of message.commits) {
        // Of numbers that were over when we joined, the welcome told; what comes after comes in order and without gaps.
        const isNew = commit.seq > Math.max(this.replica.seq ?? 0, this.over?.seq ?? 0);
        for (const id of this.replica.applyCommit(commit)) touched.add(id);
        for (const entry of commit.entries) {
          if (entry.gesture !== undefined) this.roster.previews.settle(entry.gesture, now);
          if (entry.client !== this.own) {
            this.away.saw(entry);
            continue;
          }
          const first = entry.first ?? entry.intent;
          if (isNew) unheard.push(...this.outbox.takeSentBelow(first));
          for (const id of this.outbox.acknowledge(first, entry.intent)) touched.add(id);
          this.savedAt = Date.now();
        }
      }
    } catch (error) {
      if (!(error instanceof Gap)) throw error;
      this.keeper?.moved(touched, this.replica);
      // A gap is filled from what we have; a commit that does not apply to what we have needs the whole state.
      this.greet(this.replica.seq !== null && message.seq > this.replica.seq + 1 ? this.replica.seq : null);
      this.tell({ type: "elements", ids: touched });
      this.refusedUnheard(unheard);
      return;
    }
    this.keeper?.moved(touched, this.replica);
    this.refusedUnheard([...unheard, ...this.settleOver(touched)]);
    this.tellFindings();
    this.roster.scheduleExpiry();
    this.seen.read(this.replica.seq ?? message.seq);
    this.finishPreview();
    this.delivery.pump();
    this.tell({ type: "elements", ids: touched });
    this.tell({ type: "status" });
  }

  /** With the state that the welcome spoke of, the numbers that it said to be over are settled; answers those refused. */
  private settleOver(touched: Set<string>): PendingIntent[] {
    if (!this.over || (this.replica.seq ?? -1) < this.over.seq) return [];
    const { intent, refused } = this.over;
    this.over = undefined;
    const [oldest] = refused;
    const knownFrom = oldest !== undefined && refused.length >= REMEMBERED_REFUSALS ? oldest[0] : 0;
    const unheard: PendingIntent[] = [];
    for (const one of this.outbox.takeSentBelow(intent + 1)) {
      // What cannot be known is told, and not asked for again: it might be done twice.
      if (one.id < knownFrom) unheard.push({ ...one, tries: MAX_TRIES });
      else if (refused.some(([first, last]) => first <= one.id && one.id <= last)) unheard.push(one);
      else for (const { id } of one.ops) touched.add(id);
    }
    return unheard;
  }

  private tellFindings(): void {
    this.away.reached(this.replica.seq ?? -1, (id) => this.replica.get(id), this.outbox.pending);
    const findings = this.away.settled(this.outbox.pending);
    if (findings.length > 0) this.tell({ type: "findings", findings });
    if (!this.away.waits) this.outbox.told();
  }

  /** An earlier page heard that this is lost, and went before it could tell. */
  private lostBefore(ops: readonly Op[], code: string): void {
    const lost = this.away.lost(ops, code, (id) => this.replica.get(id));
    if (lost.length > 0) this.tell({ type: "refused", code, message: "not saved", lost });
  }

  private reject(message: RejectMessage): void {
    const refused = this.outbox.reject(message.intent);
    if (!refused) return;
    this.goOnWithout(refused, message);
  }

  /** Their refusals got lost with a socket, and so did the reasons: asked for once more, they are told. */
  private refusedUnheard(intents: readonly PendingIntent[]): void {
    for (const intent of intents) this.goOnWithout(intent, { code: "unavailable", message: "not saved" });
  }

  private goOnWithout(refused: PendingIntent, message: { code: string; message: string }): void {
    if (refused.ops.some((op) => op.op === "text")) this.typist = newTextClient();
    const before = (id: string): CanvasElement | undefined => this.replica.get(id);
    const again = this.worthAskingAgain(refused, message.code);
    if (again.ops.length > 0) {
      const forTheMoment = ABOUT_THE_MOMENT.has(message.code);
      if (forTheMoment) this.delivery.hold(backoffMs(refused.tries));
      this.outbox.askAgain(refused, again.ops, refused.tries + 1);
    }
    const lost = [...again.lost, ...this.outbox.withdraw(stranded(refused, before, this.outbox))];
    // What the report will tell is kept until it does; what it cannot is told now.
    const unreported = this.away.refused(refused.rank, lost, message.code, before);
    if (unreported.length < lost.length) {
      const reported = lost.filter((op) => !unreported.includes(op));
      this.outbox.keepUntold(refused, reported, message.code);
    }
    this.tellFindings();
    this.settled(refused.ops, unreported.length > 0 ? { ...message, lost: unreported } : undefined);
  }

  private worthAskingAgain(refused: PendingIntent, code: string): Salvaged {
    // Of intents that build on each other, each can be refused for want of the other, again and again.
    const worth = (ABOUT_AN_ELEMENT.has(code) || ABOUT_THE_MOMENT.has(code)) && refused.tries < MAX_TRIES;
    if (!worth) return { ops: [], lost: refused.ops };
    return salvage(refused, (id) => this.view.base(id), this.outbox);
  }

  /** Own work came to the outbox, or was refused and left it: it goes on from what stands. */
  private settled(ops: readonly Op[], refused?: { code: string; message: string; lost: readonly Op[] }): void {
    this.finishPreview();
    this.delivery.pump();
    this.tell({ type: "elements", ids: new Set(ops.map((op) => op.id)) });
    if (refused) {
      const { code, message, lost } = refused;
      const elements = code === "too_large" ? { elements: this.tooLarge(lost) } : {};
      this.tell({ type: "refused", code, message, lost, ...elements });
    }
    this.tell({ type: "status" });
  }

  /** Of the elements that `lost` was about, those that it would have made too large. */
  private tooLarge(lost: readonly Op[]): CanvasElement[] {
    return [...new Set(lost.map(({ id }) => id))].flatMap((id) => {
      const own = lost.filter((op) => op.id === id);
      const element = applyWhatFits(this.view.base(id), own);
      return element && [element, ...own].some((one) => jsonBytes(one) > this.maxElementBytes) ? [element] : [];
    });
  }

  private showPeers(message: PeersMessage): void {
    const touched = this.roster.update(message, this.own);
    if (touched.size > 0) this.tell({ type: "elements", ids: touched });
    this.tell({ type: "peers" });
  }

  private closed(code: number, fatal: boolean): void {
    this.lostAt ??= performance.now();
    if (fatal) this.stoppedBy = code;
    this.wentDown();
    if (code === TAKEN_OVER) this.takeNewIdentity();
    this.tell({ type: "status" });
    this.tell({ type: "peers" });
  }

  /** Another page has our client id (a copied profile): whatever of ours waits goes on under a new one. */
  private takeNewIdentity(): void {
    this.own = crypto.randomUUID();
    this.over = undefined;
    this.outbox.renumber();
    this.keeper?.rename(this.own);
    this.delivery.pump();
  }

  private wentDown(): void {
    this.phase = "down";
    this.heartbeat.stop();
    this.seen.stop();
    this.presence.stop();
    this.delivery.close();
    this.sending = "normal";
    const touched = this.roster.left();
    if (touched.size > 0) this.tell({ type: "elements", ids: touched });
  }

  private tell(event: EngineEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}

function isPreviewOp(op: Op): op is PreviewOp {
  return op.op === "create" || op.op === "update" || op.op === "append";
}
