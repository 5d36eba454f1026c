/** Wire protocol 1 as the client names it. The shapes are the server's (generated.ts); fields and types beyond them are ignored. */

import type {
  Append,
  Create,
  Delete,
  Element,
  Gather,
  Hello,
  IntentMessage,
  Ping,
  PresenceMessage,
  Restore,
  Seen,
  State,
  Text,
  Update,
  WireCommit,
} from "./generated";

export type {
  Delta as DeltaMessage,
  Entry,
  IntentMessage,
  Json,
  Peer,
  PresenceMessage,
  PresenceUpdate as PeersMessage,
  Preview,
  Reject as RejectMessage,
  Role,
  ServerMessage,
  UserInfo as User,
  Viewport,
  Welcome as WelcomeMessage,
} from "./generated";

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = "canvas.v1";

/** Without who changed it when: that is history's. */
export type CanvasElement = Omit<Element, "created_by" | "updated_by" | "updated_at" | "seq">;

export type CreateOp = Create;
export type UpdateOp = Update;
export type AppendOp = Append;
export type TextOp = Text;
export type Op = Create | Update | Append | Text | Delete | Restore;
export type PreviewOp = Create | Update | Append;

export type HelloMessage = Hello;
export type StateMessage = Omit<State, "elements"> & { elements: CanvasElement[] };
export type Commit = WireCommit;
export type PresenceFields = Omit<PresenceMessage, "type">;
export type ClientMessage = Hello | IntentMessage | PresenceMessage | Gather | Seen | Ping;
