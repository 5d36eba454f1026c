/**
 * This window going after another person's: who is followed, until when, and the viewport frame by frame.
 *
 * The component knows of following too, and lets go of `appState.userToFollow` as soon as its person pans or zooms:
 * that is how an end by hand is noticed. Its own frame is not shown.
 */

import { CaptureUpdateAction } from "@excalidraw/excalidraw";
import type { AppState, ExcalidrawImperativeAPI, SocketId } from "@excalidraw/excalidraw/types";
import type { User } from "../protocol/messages";
import type { Engine } from "../sync/engine";
import { leader, mustLetGo, tabToFollow } from "./following";
import { approached, fitted, near, scrollTo, viewportOf } from "./viewport";

/** A connection that breaks for a moment is not a person who leaves. */
const GONE_AFTER_MS = 5_000;
const LOOK_AGAIN_MS = 250;
const LONGEST_FRAME_MS = 100;

export type FollowEnd = "stopped" | "left" | "circle";

export class Follower {
  private client: string | null = null;
  private user: User | null = null;
  /** The component was told, and has not let go since. */
  private held = false;
  private missedSince: number | null = null;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private frame: number | undefined;
  private frameAt = 0;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly unlisten: () => void;

  constructor(
    private readonly engine: Engine,
    private readonly api: ExcalidrawImperativeAPI,
    private readonly changed: (following: User | null, why: FollowEnd | null) => void,
  ) {
    this.unlisten = engine.listen((event) => {
      if (event.type === "peers" && this.client !== null) this.schedule();
    });
  }

  /** Goes after a person's tab, the most awake one unless it is named. */
  follow(user: User, client?: string): void {
    const tab = client ?? tabToFollow(this.engine.peers, user.id)?.client;
    if (tab === undefined) return;
    this.user = user;
    this.take(tab);
    this.changed(user, null);
  }

  stop(why: FollowEnd = "stopped"): void {
    if (this.client === null) return;
    this.client = this.user = this.missedSince = null;
    this.held = false;
    this.engine.showPresence({ following: null });
    this.api.updateScene({ appState: { userToFollow: null }, captureUpdate: CaptureUpdateAction.NEVER });
    this.changed(null, why);
  }

  /** The component's state changed. */
  looked({ userToFollow }: AppState): void {
    if (this.client === null) return;
    if (userToFollow?.socketId === this.client) this.held = true;
    else if (this.held && this.engine.peers.has(this.client)) this.stop();
  }

  get followed(): User | null {
    return this.user;
  }

  dispose(): void {
    this.stop();
    this.unlisten();
    clearTimeout(this.waiting);
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
  }

  private take(client: string): void {
    this.client = client;
    this.missedSince = null;
    this.engine.showPresence({ following: client });
    this.hold();
    this.schedule();
  }

  private hold(): void {
    if (this.client === null || this.user === null) return;
    this.held = false;
    const userToFollow = { socketId: this.client as SocketId, username: this.user.name };
    this.api.updateScene({ appState: { userToFollow }, captureUpdate: CaptureUpdateAction.NEVER });
  }

  private schedule(): void {
    if (this.frame !== undefined) return;
    this.frameAt = performance.now();
    this.frame = requestAnimationFrame((now) => this.step(now));
  }

  private step(now: number): void {
    this.frame = undefined;
    if (this.client === null || this.user === null) return;
    if (!this.engine.peers.has(this.client)) return this.missing(now, this.user);
    if (this.missedSince !== null) {
      this.missedSince = null;
      this.hold();
    }
    if (mustLetGo(this.engine.peers, this.engine.client, this.client)) return this.stop("circle");
    const shown = leader(this.engine.peers, this.engine.client, this.client)?.viewport;
    if (!shown) return;
    const { scrollX, scrollY, zoom, width, height } = this.api.getAppState();
    const goal = fitted(shown, { width, height });
    const current = viewportOf({ scrollX, scrollY, zoom: zoom.value }, { width, height });
    if (near(current, goal)) return;
    const ms = Math.min(LONGEST_FRAME_MS, Math.max(1, now - this.frameAt));
    const next = scrollTo(this.still.matches ? goal : approached(current, goal, ms), { width, height });
    this.api.updateScene({
      appState: {
        scrollX: next.scrollX,
        scrollY: next.scrollY,
        zoom: { value: next.zoom as AppState["zoom"]["value"] },
      },
      captureUpdate: CaptureUpdateAction.NEVER,
    });
    this.schedule();
    this.frameAt = now;
  }

  /** Waits for a connection to come back, ours or theirs; then another tab of the same person will do. */
  private missing(now: number, user: User): void {
    if (this.engine.status.link !== "online") this.missedSince = now;
    this.missedSince ??= now;
    if (now - this.missedSince > GONE_AFTER_MS) {
      const other = tabToFollow(this.engine.peers, user.id);
      if (other) this.take(other.client);
      else this.stop("left");
      return;
    }
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.schedule(), LOOK_AGAIN_MS);
  }
}
