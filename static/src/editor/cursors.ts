/**
 * Others' cursors, drawn over the component's canvas and below its panels: in the colours of the avatars, gliding from
 * word to word. The component could draw them too, but only in a hue of its own and by rendering itself anew for each.
 */

import type { Engine } from "../sync/engine";
import type { Peer } from "../protocol/messages";
import { Glide } from "./glide";
import { inkOn } from "./ink";
import type { Scroll } from "./viewport";

interface Drawn {
  glide: Glide;
  node: HTMLElement;
  label: HTMLElement;
}

export class Cursors {
  private readonly layer = document.createElement("div");
  private readonly drawn = new Map<string, Drawn>();
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly unlisten: () => void;
  private frame: number | undefined;

  constructor(
    host: HTMLElement,
    private readonly engine: Engine,
    private readonly scroll: () => Scroll,
  ) {
    this.layer.className = "cursors";
    this.layer.setAttribute("aria-hidden", "true");
    host.append(this.layer);
    this.unlisten = engine.listen((event) => {
      if (event.type === "peers") this.peersChanged();
    });
    this.peersChanged();
  }

  /** This window has moved over the scene. */
  scrolled(): void {
    if (this.drawn.size > 0) this.frame ??= requestAnimationFrame(() => this.draw());
  }

  stop(): void {
    this.unlisten();
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.layer.remove();
  }

  private peersChanged(): void {
    const now = performance.now();
    for (const [client, { node }] of this.drawn) {
      if (this.engine.peers.get(client)?.cursor) continue;
      node.remove();
      this.drawn.delete(client);
    }
    for (const peer of this.engine.peers.values()) {
      if (!peer.cursor) continue;
      const known = this.drawn.get(peer.client);
      const drawn = known ?? this.add(peer, now);
      if (this.still.matches) drawn.glide = new Glide(peer.cursor, now);
      else drawn.glide.toward(peer.cursor, now);
      drawn.node.dataset["activity"] = peer.activity ?? "active";
      if (drawn.label.textContent !== peer.user.name) drawn.label.textContent = peer.user.name;
    }
    this.scrolled();
  }

  private add(peer: Peer, now: number): Drawn {
    const node = document.createElement("div");
    node.className = "cursor";
    node.style.setProperty("--person", peer.user.color);
    node.style.setProperty("--on-person", inkOn(peer.user.color));
    node.innerHTML =
      '<svg width="20" height="20" viewBox="0 0 20 20"><path d="M2 2l5.6 15 2.6-6.3L16.500 8z" stroke-linejoin="round"/></svg>';
    const label = document.createElement("span");
    label.className = "cursor-name";
    node.append(label);
    this.layer.append(node);
    const drawn = { glide: new Glide(peer.cursor ?? { x: 0, y: 0 }, now), node, label };
    this.drawn.set(peer.client, drawn);
    return drawn;
  }

  private draw(): void {
    this.frame = undefined;
    const now = performance.now();
    const { scrollX, scrollY, zoom } = this.scroll();
    let moving = false;
    for (const { glide, node } of this.drawn.values()) {
      const { x, y } = glide.at(now);
      node.style.transform = `translate3d(${(x + scrollX) * zoom}px, ${(y + scrollY) * zoom}px, 0)`;
      moving ||= glide.moving(now);
    }
    if (moving) this.scrolled();
  }
}
