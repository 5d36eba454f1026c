/** The edge where text from the socket becomes typed messages. Unknown message types are dropped here. */

import type { ServerMessage } from "./messages";

const REQUIRED: Record<ServerMessage["type"], readonly string[]> = {
  welcome: ["client", "user", "role", "seq", "mode", "last_intent", "heartbeat", "peers"],
  state: ["seq", "elements", "part", "parts"],
  delta: ["seq", "commits"],
  reject: ["intent", "code", "message"],
  presence: ["peers"],
  policy: ["sending", "saving"],
  pong: ["t", "seq", "digest"],
  role: ["role"],
  notice: ["message"],
  error: ["code", "message"],
  gather: ["client", "user"],
};

export class MalformedFrame extends Error {}

/** The messages of one frame, in order. Throws MalformedFrame for what no server of protocol 1 sends. */
export function parseFrame(text: string): ServerMessage[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedFrame("not JSON");
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.filter(isServerMessage);
}

function isServerMessage(value: unknown): value is ServerMessage {
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string") {
    throw new MalformedFrame("a message without a type");
  }
  const type = value.type;
  if (!Object.hasOwn(REQUIRED, type)) return false;
  for (const field of REQUIRED[type as ServerMessage["type"]]) {
    if (!(field in value)) throw new MalformedFrame(`${type} without ${field}`);
  }
  return true;
}
