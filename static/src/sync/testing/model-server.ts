/**
 * The server's promises in a hundred lines, for tests: one log, all-or-nothing intents, duplicates acknowledged once,
 * resume, state in parts. Mail between it and its clients is held until a test delivers or loses it.
 */

import type {
  CanvasElement,
  ClientMessage,
  Commit,
  Entry,
  HelloMessage,
  IntentMessage,
  Op,
  Role,
  ServerMessage,
  StateMessage,
} from "../../protocol/messages";
import type { SocketLike } from "../connection";
import { fingerprint } from "../digest";
import { jsonBytes } from "../limits";
import { applyOp, asDrafted } from "../ops";
import { newTextClient, plainText } from "../text";

export const LIMITS = {
  ops: 1_000,
  intent_bytes: 512 * 1024,
  element_bytes: 256 * 1024,
  elements: 50_000,
  frame_bytes: 1024 * 1024,
  presence_bytes: 64 * 1024,
};

type Held = { to: "server" | "client"; text: string };

export class ModelSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  client = "";
  joined = false;
  /** Deltas are held back: the commit after which they are. */
  behind: number | null = null;
  readonly mail: Held[] = [];
  private alive = true;
  private opened = false;

  constructor(private readonly server: ModelServer) {}

  send(data: string): void {
    if (this.alive) this.mail.push({ to: "server", text: data });
  }

  push(message: ServerMessage | StateMessage): void {
    if (this.alive) this.mail.push({ to: "client", text: JSON.stringify(message) });
  }

  close(): void {
    this.alive = false;
    this.server.left(this);
  }

  /** Loses the connection and all mail under way. */
  drop(code = 1006): void {
    if (!this.alive) return;
    this.close();
    this.mail.length = 0;
    this.onclose?.({ code });
  }

  /** A socket opens once. */
  accept(): void {
    if (!this.alive || this.opened) return;
    this.opened = true;
    this.onopen?.();
  }

  /** Delivers the oldest letter of one direction. */
  deliver(to: "server" | "client"): boolean {
    const place = this.mail.findIndex((letter) => letter.to === to);
    const [letter] = place < 0 ? [] : this.mail.splice(place, 1);
    if (!letter || !this.alive) return false;
    if (to === "client") this.onmessage?.({ data: letter.text });
    else if (letter.text.length > LIMITS.frame_bytes) this.drop(4413);
    else this.server.receive(this, JSON.parse(letter.text) as ClientMessage);
    return true;
  }
}

export interface Accepted {
  client: string;
  intent: number;
}

export class ModelServer {
  readonly elements = new Map<string, CanvasElement>();
  readonly commits: Commit[] = [];
  readonly accepted: Accepted[] = [];
  readonly lastIntent = new Map<string, number>();
  readonly refused = new Map<string, [number, number][]>();
  readonly sockets = new Set<ModelSocket>();
  role: Role = "editor";
  /** Who missed more commits than this gets one that stands for all of them, or with `stateful` the whole state. */
  resumable = 5;
  stateful = true;
  /** So many ranges of refused numbers are remembered of a client. */
  remembered = 32;
  partSize = 2;
  /** So many intents are refused for the moment, with this code. */
  busy = 0;
  busyCode = "rate";

  connect(): ModelSocket {
    const socket = new ModelSocket(this);
    this.sockets.add(socket);
    return socket;
  }

  left(socket: ModelSocket): void {
    this.sockets.delete(socket);
  }

  get seq(): number {
    return this.commits.length;
  }

  get digest(): number {
    let digest = 0;
    for (const e of this.elements.values()) if (!e.deleted) digest ^= fingerprint(e.id, e.version);
    return digest >>> 0;
  }

  receive(socket: ModelSocket, message: ClientMessage): void {
    switch (message.type) {
      case "hello":
        return this.greet(socket, message);
      case "intent":
        return this.commit(socket, message);
      case "ping":
        return socket.push({ type: "pong", t: message.t ?? 0, seq: this.seq, digest: this.digest });
      case "presence": {
        const { type, ...fields } = message;
        for (const other of this.sockets) {
          if (other !== socket && other.joined) other.push({ type, peers: { [socket.client]: fields } });
        }
        return;
      }
      case "seen":
        return;
    }
  }

  broadcast(message: ServerMessage): void {
    for (const socket of this.sockets) if (socket.joined && socket.behind === null) socket.push(message);
  }

  /** From now on this socket gets no deltas, until it is caught up. */
  fallBehind(socket: ModelSocket): void {
    if (socket.joined) socket.behind ??= this.seq;
  }

  catchUp(socket: ModelSocket): void {
    const { behind } = socket;
    socket.behind = null;
    if (behind !== null && behind < this.seq) this.sendMissed(socket, behind);
  }

  private sendMissed(socket: ModelSocket, since: number): void {
    const missed = this.commits.slice(since);
    const commits = missed.length <= this.resumable ? missed : [this.compacted(missed)];
    socket.push({ type: "delta", seq: this.seq, commits });
  }

  private compacted(missed: readonly Commit[]): Commit {
    const versions: Record<string, number> = {};
    const ops: Op[] = [];
    for (const {
      id,
      type,
      position,
      dimensions,
      angle,
      index,
      properties,
      version,
      deleted,
      ytext,
    } of this.elements.values()) {
      versions[id] = version;
      if (deleted) ops.push({ op: "delete", id });
      else ops.push({ op: "create", id, type, position, dimensions, angle, index, properties });
      if (ytext !== undefined) throw new Error("texts are not compacted here");
    }
    const entries: Entry[] = [{ client: "", user: "", intent: 0, ops }];
    for (const { client, user, intent } of missed.flatMap((commit) => commit.entries)) {
      const last = entries.findLast((entry) => entry.client === client);
      if (last?.intent !== intent - 1) entries.push({ client, user, intent, ops: [] });
      else Object.assign(last, { first: last.first ?? last.intent, intent });
    }
    return { seq: this.seq, at: "2026-01-01T00:00:00Z", entries, versions, compacted: true };
  }

  private greet(socket: ModelSocket, hello: HelloMessage): void {
    for (const other of this.sockets) if (other !== socket && other.client === hello.client) other.drop(4409);
    socket.client = hello.client;
    socket.joined = true;
    const since = hello.since ?? null;
    const resume = since !== null && (!this.stateful || this.seq - since <= this.resumable);
    socket.behind = null;
    socket.push({
      type: "welcome",
      protocol: 1,
      client: hello.client,
      user: { id: "u", name: "U", color: "#123456" },
      role: this.role,
      seq: this.seq,
      mode: resume ? "resume" : "state",
      last_intent: this.lastIntent.get(hello.client) ?? 0,
      refused: this.refused.get(hello.client) ?? [],
      heartbeat: 20,
      peers: [],
      session: "s",
      limits: LIMITS,
    });
    if (resume) {
      if (since < this.seq) this.sendMissed(socket, since);
      return;
    }
    const elements = [...this.elements.values()];
    const parts = Math.max(1, Math.ceil(elements.length / this.partSize));
    for (let part = 1; part <= parts; part++) {
      const slice = elements.slice((part - 1) * this.partSize, part * this.partSize);
      socket.push({ type: "state", seq: this.seq, elements: slice, part, parts });
    }
  }

  private commit(socket: ModelSocket, message: IntentMessage): void {
    const { client } = socket;
    const refuse = (code: string, text: string): void =>
      socket.push({ type: "reject", intent: message.id, code, message: text, elements: [] });
    const last = this.lastIntent.get(client) ?? 0;
    const passedOver = this.refused.get(client) ?? [];
    if (message.id <= last) {
      if (passedOver.some(([from, to]) => from <= message.id && message.id <= to)) refuse("unavailable", "not saved");
      else if (socket.behind === null) this.acknowledgeAgain(socket, message.id);
      return;
    }
    if (this.busy > 0) {
      this.busy--;
      return refuse(this.busyCode, "not now");
    }
    const draft = new Map<string, CanvasElement>();
    const ops: Op[] = [];
    for (const op of asDrafted(message.ops, (id) => this.elements.get(id), newTextClient())) {
      const before = draft.get(op.id) ?? this.elements.get(op.id);
      const after = applyOp(before, op);
      if (!after) {
        const code = before?.deleted ? "gone" : op.op === "create" ? "exists" : before ? "conflict" : "not_found";
        return refuse(code, `${op.op} ${op.id}`);
      }
      if (jsonBytes(after) > LIMITS.element_bytes) return refuse("too_large", `${op.op} ${op.id}`);
      draft.set(op.id, after);
      ops.push(op.op === "text" ? { ...op, text: plainText(after) } : op);
    }
    const versions: Record<string, number> = {};
    for (const [id, element] of draft) {
      versions[id] = (this.elements.get(id)?.version ?? 0) + 1;
      this.elements.set(id, { ...element, version: versions[id] });
    }
    this.lastIntent.set(client, message.id);
    if (message.id > last + 1) passedOver.push([last + 1, message.id - 1]);
    this.refused.set(client, passedOver.slice(-this.remembered));
    this.accepted.push({ client, intent: message.id });
    const gesture = message.gesture === undefined ? {} : { gesture: message.gesture };
    const entry = { client, user: "u", intent: message.id, ops, ...gesture };
    this.commits.push({ seq: this.seq + 1, at: "2026-01-01T00:00:00Z", entries: [entry], versions });
    this.broadcast({ type: "delta", seq: this.seq, commits: this.commits.slice(-1) });
  }

  private acknowledgeAgain(socket: ModelSocket, intent: number): void {
    const entries = [{ client: socket.client, user: "u", intent, ops: [] }];
    const commit = { seq: this.seq, at: "2026-01-01T00:00:00Z", entries, versions: {}, compacted: true };
    socket.push({ type: "delta", seq: this.seq, commits: [commit] });
  }
}
