/** One socket at a time: opens it, opens it again when it is lost, parses its frames. Knows no state of the canvas. */

import type { ClientMessage, ServerMessage } from "../protocol/messages";
import { MalformedFrame, parseFrame } from "../protocol/parse";
import { backoffMs } from "./backoff";
import { utf8Length } from "./limits";

/** The part of WebSocket that is used. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

export interface ConnectionEvents {
  opened(): void;
  /** Before the messages of a frame. */
  frame(bytes: number): void;
  message(message: ServerMessage): void;
  /** The socket is lost; another is opened by itself unless `fatal`. */
  closed(code: number, fatal: boolean): void;
}

/** After these, trying again changes nothing; the user is told why. */
export const FATAL_CODES = new Set([4400, 4401, 4403, 4404, 4413]);
const GREETING_TIMEOUT_MS = 15_000;
const LOST_CODE = 1006;

export class Connection {
  private socket: SocketLike | undefined;
  private opened = false;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private nextAttemptAt: number | null = null;
  private stopped = true;

  constructor(
    private readonly open: () => SocketLike,
    private readonly events: ConnectionEvents,
  ) {}

  /** Failed attempts since the last working connection. */
  get attempts(): number {
    return this.attempt;
  }

  /** When the next attempt is made (as Date.now()); null while there is a socket, or none is wanted. */
  get retryAt(): number | null {
    return this.nextAttemptAt;
  }

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.nextAttemptAt = null;
    clearTimeout(this.timer);
    this.drop()?.close(1000);
  }

  /** Tries at once instead of waiting (the network is back, the user asks). */
  wake(): void {
    if (this.stopped || this.socket) return;
    this.attempt = 0;
    this.connect();
  }

  /** Gives up the present socket, as one that no longer answers. */
  reset(): void {
    const socket = this.drop();
    if (!socket) return;
    socket.close();
    this.lost(LOST_CODE);
  }

  send(message: ClientMessage): void {
    if (this.opened) this.socket?.send(JSON.stringify(message));
  }

  /** The server has greeted: the connection works, and the next failure starts with a short wait again. */
  established(): void {
    clearTimeout(this.timer);
    this.attempt = 0;
  }

  private connect(): void {
    clearTimeout(this.timer);
    this.nextAttemptAt = null;
    const socket = this.open();
    this.socket = socket;
    this.timer = setTimeout(() => this.reset(), GREETING_TIMEOUT_MS);
    socket.onopen = () => {
      this.opened = true;
      this.events.opened();
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.receive(data, socket);
    };
    socket.onclose = ({ code }) => {
      this.drop();
      this.lost(code);
    };
  }

  private receive(data: string, socket: SocketLike): void {
    let messages: ServerMessage[];
    try {
      messages = parseFrame(data);
    } catch (error) {
      if (!(error instanceof MalformedFrame)) throw error;
      this.reset();
      return;
    }
    this.events.frame(utf8Length(data));
    for (const message of messages) if (this.socket === socket) this.events.message(message);
  }

  private lost(code: number): void {
    const fatal = FATAL_CODES.has(code);
    if (fatal) this.stopped = true;
    if (!this.stopped) {
      const wait = backoffMs(this.attempt++);
      this.nextAttemptAt = Date.now() + wait;
      this.timer = setTimeout(() => this.connect(), wait);
    }
    this.events.closed(code, fatal);
  }

  private drop(): SocketLike | undefined {
    const socket = this.socket;
    clearTimeout(this.timer);
    this.socket = undefined;
    this.opened = false;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }
}
