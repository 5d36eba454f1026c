/** What is on the canvas for this client: the confirmed state, its own pending work on top, others' previews above. */

import type { CanvasElement } from "../protocol/messages";
import { applyWhatFits, overlay } from "./ops";
import type { Outbox } from "./outbox";
import type { RemotePreviews } from "./previews";
import type { Replica } from "./replica";

export class View {
  constructor(
    private readonly replica: Replica,
    private readonly outbox: Outbox,
    private readonly previews: RemotePreviews,
  ) {}

  /** With pending work, without previews: what this client's next op starts from. */
  base(id: string): CanvasElement | undefined {
    const confirmed = this.replica.get(id);
    const ops = this.outbox.opsOf(id);
    return ops.length === 0 ? confirmed : applyWhatFits(confirmed, ops);
  }

  /** What is to be shown. */
  shown(id: string): CanvasElement | undefined {
    const base = this.base(id);
    const ops = this.previews.opsOf(id);
    return ops.length === 0 ? base : overlay(base, ops);
  }

  ids(): Set<string> {
    return new Set([...this.replica.ids(), ...this.outbox.elementIds(), ...this.previews.elementIds()]);
  }
}
