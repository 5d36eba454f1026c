/** Who else is on the canvas, and what their hands do: the parts of presence that an engine holds of others. */

import type { Peer, PeersMessage } from "../protocol/messages";
import { RemotePreviews } from "./previews";

export class Roster {
  readonly peers = new Map<string, Peer>();
  readonly previews = new RemotePreviews();
  /** Of all who were seen, by user id: someone may have left when it is told what they did. */
  readonly names = new Map<string, string>();
  private expiryTimer: ReturnType<typeof setTimeout> | undefined;

  /** `redraw` is told of elements over which a preview ended by itself. */
  constructor(private readonly redraw: (ids: Set<string>) => void) {}

  /** Those who are there on joining; the elements whose previews ended with that. */
  joined(peers: readonly Peer[], own: string): Set<string> {
    this.peers.clear();
    for (const peer of peers) {
      this.names.set(peer.user.id, peer.user.name);
      if (peer.client !== own) this.peers.set(peer.client, peer);
    }
    return this.previews.clear();
  }

  /** Takes news of others; the elements whose previews changed. */
  update(message: PeersMessage, own: string): Set<string> {
    const now = performance.now();
    const touched = new Set<string>();
    for (const [client, fields] of Object.entries(message.peers)) {
      if (client === own) continue;
      if (fields === null) {
        this.peers.delete(client);
        for (const id of this.previews.set(client, null, now)) touched.add(id);
        continue;
      }
      const { preview, ...shown } = fields;
      if (shown.user) this.names.set(shown.user.id, shown.user.name);
      if (preview !== undefined) for (const id of this.previews.set(client, preview, now)) touched.add(id);
      const known = this.peers.get(client);
      if (known) this.peers.set(client, { ...known, ...shown });
      else if (shown.user) this.peers.set(client, { ...shown, client, user: shown.user });
    }
    this.scheduleExpiry();
    return touched;
  }

  scheduleExpiry(): void {
    clearTimeout(this.expiryTimer);
    const next = this.previews.nextExpiry();
    if (next === undefined) return;
    this.expiryTimer = setTimeout(
      () => {
        const touched = this.previews.expire(performance.now());
        this.scheduleExpiry();
        if (touched.size > 0) this.redraw(touched);
      },
      Math.max(1, next - performance.now()),
    );
  }

  /** The connection is lost: nothing is known of the others; the elements whose previews ended with that. */
  left(): Set<string> {
    this.peers.clear();
    return this.previews.clear();
  }

  stop(): void {
    clearTimeout(this.expiryTimer);
  }
}
