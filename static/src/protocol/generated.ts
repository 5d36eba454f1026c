/** Generated from docs/protocol.schema.json by generate.mjs. Do not edit. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Role = "owner" | "editor" | "commenter" | "viewer";

export type CanvasWireProtocol1 = ClientMessage | ServerMessage;
export type ClientMessage = Hello | IntentMessage | PresenceMessage | Gather | Seen | Ping;
export type ServerMessage =
  Welcome | State | Delta | Reject | PresenceUpdate | Policy | Pong | RoleChange | ErrorMessage | Notice | Gathering;

export interface Hello {
  client: string;
  digest?: number | null;
  protocol: number;
  since?: number | null;
  type: "hello";
}
export interface IntentMessage {
  gesture?: string;
  id: number;
  ops: (Create | Update | Append | Text | Delete | Restore)[];
  type: "intent";
}
export interface Create {
  angle?: number;
  dimensions: Dimensions;
  id: string;
  index?: string;
  op: "create";
  position: Position;
  properties?: Record<string, Json>;
  type: string;
}
export interface Dimensions {
  height: number;
  width: number;
}
export interface Position {
  x: number;
  y: number;
}
export interface Update {
  expect?: number;
  id: string;
  op: "update";
  set: Record<string, Json>;
}
export interface Append {
  at: number;
  id: string;
  op: "append";
  path: string;
  values: Json[];
}
/**
 * A Yjs update of an element's Y.Text "text". `text` is the server's to fill in: the whole plain text after it.
 */
export interface Text {
  id: string;
  op: "text";
  text?: string;
  update: string;
}
export interface Delete {
  expect?: number;
  id: string;
  op: "delete";
}
/**
 * `element` is the server's to fill in: what stands again, for replicas that never saw the tombstone.
 */
export interface Restore {
  element?: Element;
  id: string;
  op: "restore";
}
/**
 * `version` counts the commits that touched it; `seq` is the last of them; `updated_at` is RFC 3339 UTC.
 *
 *     `ytext` is the state of a text that was edited together: a Yjs update with its Y.Text "text".
 */
export interface Element {
  angle: number;
  created_by: string;
  deleted: boolean;
  dimensions: Dimensions;
  id: string;
  index: string;
  position: Position;
  properties: Record<string, Json>;
  seq: number;
  type: string;
  updated_at: string;
  updated_by: string;
  version: number;
  ytext?: string;
}
/**
 * Only the fields that changed.
 */
export interface PresenceMessage {
  activity?: "active" | "away" | "idle";
  cursor?: Point | null;
  following?: string | null;
  laser?: boolean;
  preview?: Preview | null;
  selection?: string[];
  tool?: string;
  type: "presence";
  viewport?: Viewport | null;
}
export interface Point {
  x: number;
  y: number;
}
/**
 * What a hand is doing right now; never stored. Receivers draw it over the confirmed state.
 */
export interface Preview {
  gesture: string;
  ops: (Create | Update | Append)[];
}
/**
 * What somebody sees: the point of the scene in the middle, and on how large a window (in CSS pixels).
 */
export interface Viewport {
  height?: number;
  width?: number;
  x: number;
  y: number;
  zoom: number;
}
/**
 * Asks everybody else here to come and look at what the sender sees. Needs the right to edit.
 */
export interface Gather {
  type: "gather";
}
export interface Seen {
  seq: number;
  type: "seen";
}
export interface Ping {
  t?: number;
  type: "ping";
}
/**
 * `refused`: the ranges of numbers below `last_intent` that are not in the log, as far as they are remembered.
 */
export interface Welcome {
  client: string;
  heartbeat?: number;
  last_intent: number;
  limits: Limits;
  mode: "state" | "resume";
  peers: Peer[];
  protocol?: number;
  refused?: [number, number][];
  role: Role;
  seq: number;
  session: string;
  type: "welcome";
  user: UserInfo;
}
export interface Limits {
  element_bytes: number;
  elements: number;
  frame_bytes: number;
  intent_bytes: number;
  ops: number;
  presence_bytes: number;
}
/**
 * What is shown of somebody; fields never said are absent.
 */
export interface Peer {
  activity?: "active" | "away" | "idle";
  client: string;
  cursor?: Point | null;
  following?: string | null;
  laser?: boolean;
  preview?: Preview | null;
  role?: string;
  selection?: string[];
  tool?: string;
  user: UserInfo;
  viewport?: Viewport | null;
}
export interface UserInfo {
  color: string;
  id: string;
  name: string;
}
export interface State {
  elements: Element[];
  part: number;
  parts: number;
  seq: number;
  type: "state";
}
export interface Delta {
  commits: WireCommit[];
  seq: number;
  type: "delta";
}
/**
 * A commit in a delta. `compacted` marks one that stands for all commits up to `seq`.
 */
export interface WireCommit {
  at: string;
  compacted?: boolean;
  entries: Entry[];
  seq: number;
  versions: {
    [k: string]: number;
  };
}
/**
 * Intents of one client, accepted together: numbers `first` (when more than one) to `intent`.
 *
 *     `intent` is 0 for what no client numbers (a program without Idempotency-Key). `before` has for each op what it
 *     replaced (the set that undoes an Update, a Text, or an Append at 0) or None; it is stored, and left out of deltas.
 */
export interface Entry {
  before?: (Record<string, Json> | null)[];
  client: string;
  first?: number;
  gesture?: string;
  intent: number;
  ops: (Create | Update | Append | Text | Delete | Restore)[];
  user: string;
}
export interface Reject {
  code: string;
  elements: Element[];
  intent: number;
  message: string;
  type: "reject";
}
/**
 * Changed fields by client; null for one who left. A client's first has its `user`.
 */
export interface PresenceUpdate {
  peers: Record<string, (Omit<Peer, "client" | "user"> & Partial<Pick<Peer, "user">>) | null>;
  type: "presence";
}
/**
 * `sending`: normal, slow or pause; `saving`: ok or degraded; `history_lag` in seconds.
 */
export interface Policy {
  history_lag: number;
  saving: "ok" | "degraded";
  sending: "normal" | "slow" | "pause";
  type: "policy";
}
export interface Pong {
  digest: number;
  seq: number;
  t: number;
  type: "pong";
}
export interface RoleChange {
  role: Role;
  type: "role";
}
/**
 * `about`: the type of the message that was refused, when the socket goes on.
 */
export interface ErrorMessage {
  about?: "gather" | "presence";
  code: string;
  message: string;
  type: "error";
}
/**
 * Something a person should read.
 */
export interface Notice {
  message: string;
  type: "notice";
}
/**
 * `user` asks everybody to look at what its `client` sees; whether to go is each one's choice.
 */
export interface Gathering {
  client: string;
  type: "gather";
  user: UserInfo;
}
