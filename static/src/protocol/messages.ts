/** Wire protocol 1: what crosses the socket. Fields and message types that are not named here may come and are ignored. */

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = "canvas.v1";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Role = "owner" | "editor" | "commenter" | "viewer";

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** `version` counts the commits that touched the element; a property that is null is absent. */
export interface CanvasElement {
  id: string;
  type: string;
  version: number;
  position: Point;
  dimensions: Size;
  angle: number;
  index: string;
  properties: Record<string, Json>;
  deleted: boolean;
}

export interface CreateOp {
  op: "create";
  id: string;
  type: string;
  position: Point;
  dimensions: Size;
  angle?: number;
  index?: string;
  properties?: Record<string, Json>;
}

export interface UpdateOp {
  op: "update";
  id: string;
  /** Dotted paths such as "position.x" or "properties.strokeColor"; null removes. */
  set: Record<string, Json>;
  expect?: number;
}

export interface AppendOp {
  op: "append";
  id: string;
  path: string;
  /** The length that the list has before. */
  at: number;
  values: Json[];
}

export interface DeleteOp {
  op: "delete";
  id: string;
  expect?: number;
}

export interface RestoreOp {
  op: "restore";
  id: string;
}

export type Op = CreateOp | UpdateOp | AppendOp | DeleteOp | RestoreOp;

export interface Preview {
  gesture: string;
  ops: Op[];
}

export interface Viewport extends Point {
  zoom: number;
}

/** What is shown of a person; every field is optional: only what changed is sent. */
export interface PresenceFields {
  cursor?: Point | null;
  selection?: string[];
  viewport?: Viewport;
  tool?: string;
  following?: string | null;
  preview?: Preview | null;
}

export interface User {
  id: string;
  name: string;
  color: string;
}

export interface Peer extends PresenceFields {
  client: string;
  user: User;
}

export interface HelloMessage {
  type: "hello";
  protocol: number;
  client: string;
  since: number | null;
  digest: number | null;
}

export interface IntentMessage {
  type: "intent";
  id: number;
  gesture?: string;
  ops: Op[];
}

export type PresenceMessage = { type: "presence" } & PresenceFields;

export interface SeenMessage {
  type: "seen";
  seq: number;
}

export interface PingMessage {
  type: "ping";
  t: number;
}

export type ClientMessage = HelloMessage | IntentMessage | PresenceMessage | SeenMessage | PingMessage;

export interface WelcomeMessage {
  type: "welcome";
  protocol: number;
  client: string;
  user: User;
  role: Role;
  seq: number;
  mode: "state" | "resume";
  last_intent: number;
  heartbeat: number;
  peers: Peer[];
}

export interface StateMessage {
  type: "state";
  seq: number;
  elements: CanvasElement[];
  part: number;
  parts: number;
}

export interface DeltaEntry {
  client: string;
  user: string;
  intent: number;
  /** The entry covers the intents first..intent; absent: intent alone. */
  first?: number;
  gesture?: string;
  ops: Op[];
}

export interface Commit {
  seq: number;
  at: string;
  entries: DeltaEntry[];
  versions: Record<string, number>;
  /** Stands for all commits since the one before it in this delta or connection. */
  compacted?: boolean;
}

export interface DeltaMessage {
  type: "delta";
  seq: number;
  commits: Commit[];
}

export interface RejectMessage {
  type: "reject";
  intent: number;
  code: string;
  message: string;
  elements: CanvasElement[];
}

export interface PeersMessage {
  type: "presence";
  peers: Record<string, (PresenceFields & { user?: User }) | null>;
}

export interface PolicyMessage {
  type: "policy";
  sending: "normal" | "slow" | "pause";
  saving: "ok" | "degraded";
  history_lag: number;
}

export interface PongMessage {
  type: "pong";
  t: number;
  seq: number;
  digest: number;
}

export interface RoleMessage {
  type: "role";
  role: Role;
}

export interface ErrorMessage {
  type: "error";
  code: string;
  message: string;
}

export interface NoticeMessage {
  type: "notice";
  message: string;
}

export type ServerMessage =
  | WelcomeMessage
  | StateMessage
  | DeltaMessage
  | RejectMessage
  | PeersMessage
  | PolicyMessage
  | PongMessage
  | RoleMessage
  | NoticeMessage
  | ErrorMessage;
