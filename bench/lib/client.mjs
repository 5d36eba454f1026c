// A client of one canvas, speaking protocol 1. An observer keeps a replica of the markers; a light one only reads bytes.
import crypto from "node:crypto";

import { Socket } from "./socket.mjs";
import { sleep } from "./system.mjs";

export const MARKER = "properties.marker";
const SEEN_MS = 800; // the protocol asks for one each 50 commits or each second
const INTENT_OPS = 800;

// What clients of one canvas share: light ones do not parse, so they report what an observer has seen.
export const newScene = () => ({ head: 0 });

export class Client {
  #state = [];
  #intent = 0;
  #onElement = () => {};
  #joined;
  #timer;
  rejected = [];
  acknowledged = 0;
  commits = 0; // that were received one by one
  elements = new Map(); // id -> last marker
  joinMs = null;

  // address: {origin: "ws://host:port", canvas, token}; `scene` is shared by the clients of one canvas.
  static async join(address, scene, id = crypto.randomUUID()) {
    const client = new Client();
    client.id = id;
    client.scene = scene;
    const begun = performance.now();
    const url = `${address.origin}/ws/canvas/${address.canvas}/`;
    client.socket = await Socket.open(url, ["canvas.v1", `bearer.${address.token}`]);
    await new Promise((resolve, reject) => {
      client.#joined = resolve;
      client.socket.onText = (text) => client.#takeWhileJoining(text, begun);
      client.socket.onClose = (code) => reject(new Error(`closed with ${code} before the state was there`));
      client.socket.send(JSON.stringify({ type: "hello", protocol: 1, client: id, since: null, digest: null }));
    });
    client.socket.onClose = (code) => {
      if (!client.closing) console.error(`a client's socket was closed with ${code}`);
    };
    for (const element of client.#state.flat()) client.elements.set(element.id, element.properties.marker ?? 0);
    client.#state = [];
    client.socket.onText = (text) => client.#take(JSON.parse(text));
    client.#timer = setInterval(() => client.#reportSeen(), SEEN_MS);
    return client;
  }

  setLight() {
    this.socket.light = true;
  }

  // `callback(element id, marker)` for each change that came in, once the replica has it.
  onElement(callback) {
    this.#onElement = callback;
  }

  intent(ops) {
    this.socket.send(JSON.stringify({ type: "intent", id: ++this.#intent, ops }));
    return this.#intent;
  }

  move(element, x, y, marker) {
    this.elements.set(element, marker);
    this.intent([{ op: "update", id: element, set: { "position.x": x, "position.y": y, [MARKER]: marker } }]);
  }

  preview(element, x, y, marker) {
    this.elements.set(element, marker);
    const ops = [{ op: "update", id: element, set: { "position.x": x, "position.y": y, [MARKER]: marker } }];
    this.socket.send(JSON.stringify({ type: "presence", preview: { gesture: "drag", ops } }));
  }

  // Puts elements on the canvas; returns when all of it is durable.
  async seed(elements) {
    for (let from = 0; from < elements.length; from += INTENT_OPS) {
      this.intent(elements.slice(from, from + INTENT_OPS));
      while (this.acknowledged < this.#intent && !this.rejected.length && this.socket.closed === null) await sleep(5);
    }
    if (this.rejected.length || this.acknowledged < this.#intent) {
      throw new Error(`seeding failed: ${JSON.stringify(this.rejected[0] ?? this.socket.closed).slice(0, 300)}`);
    }
  }

  close() {
    this.closing = true;
    clearInterval(this.#timer);
    this.socket.close();
  }

  #reportSeen() {
    if (this.scene.head) this.socket.send(`{"type":"seen","seq":${this.scene.head}}`);
  }

  // Parsed at the end only: the time asked for is that of the last byte.
  #takeWhileJoining(text, begun) {
    if (text.subarray(0, 40).includes('"welcome"')) {
      this.welcome = JSON.parse(text);
      return;
    }
    if (text.subarray(0, 40).includes('"error"')) throw new Error(text.toString());
    if (!text.subarray(0, 40).includes('"state"')) return;
    const parts = Number(/"parts":(\d+)/.exec(text.toString("latin1", 0, 200))?.[1] ?? JSON.parse(text).parts);
    this.#state.push(Buffer.from(text));
    if (this.#state.length < parts) return;
    this.joinMs = performance.now() - begun;
    this.joinBytes = this.socket.bytesIn;
    this.#state = this.#state.map((part) => JSON.parse(part));
    this.scene.head = Math.max(this.scene.head, this.#state[0].seq);
    this.#state = this.#state.map((part) => part.elements);
    this.#joined();
  }

  #take(frame) {
    for (const message of Array.isArray(frame) ? frame : [frame]) {
      if (message.type === "delta") this.#takeDelta(message);
      else if (message.type === "presence") this.#takePresence(message);
      else if (message.type === "reject") this.rejected.push(message);
      else if (message.type === "error") console.error("the server says:", JSON.stringify(message));
    }
  }

  #takeDelta(delta) {
    if (delta.seq > this.scene.head) this.scene.head = delta.seq;
    for (const commit of delta.commits) {
      if (!commit.compacted) this.commits++;
      for (const entry of commit.entries) {
        if (entry.client === this.id && entry.intent > this.acknowledged) this.acknowledged = entry.intent;
        this.#apply(entry.ops, entry.client);
      }
    }
  }

  #takePresence(message) {
    for (const client in message.peers) {
      const preview = message.peers[client]?.preview;
      if (preview) this.#apply(preview.ops, client);
    }
  }

  #apply(ops, client) {
    for (const op of ops) {
      if (op.op === "create") this.elements.set(op.id, op.properties?.marker ?? 0);
      if (client === this.id) continue;
      const marker = op.set?.[MARKER];
      if (marker === undefined) continue;
      this.elements.set(op.id, marker);
      this.#onElement(op.id, marker);
    }
  }
}

export const rectangles = (count) =>
  Array.from({ length: count }, (_, place) => ({
    op: "create",
    id: `e${place}`,
    type: "rectangle",
    position: { x: (place % 100) * 20, y: Math.floor(place / 100) * 20 },
    dimensions: { width: 100, height: 60 },
    properties: {
      strokeColor: "#1e1e1e",
      backgroundColor: "#a5d8ff",
      fillStyle: "solid",
      strokeWidth: 2,
      roughness: 1,
      opacity: 100,
      text: `Element number ${place}`,
      marker: 0,
    },
  }));
