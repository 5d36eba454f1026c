/**
 * What an element says of others that are not there (any more): a label of a deleted shape, an arrow bound to one, what was
 * in a deleted frame. It is drawn as if it said nothing, so that nothing is lost from sight; what it says stays, so that it
 * holds again when the other returns.
 */

import type { CanvasElement, Json } from "../protocol/messages";
import type { Fields } from "./fields";

const CONTAINERS = new Set(["rectangle", "ellipse", "diamond", "arrow"]);
const BINDABLE = new Set([...CONTAINERS, "text", "image", "frame", "magicframe", "iframe", "embeddable"]);
const FRAMES = new Set(["frame", "magicframe"]);

/** The fields that are to be drawn as null. `typeOf` answers the type of what stands on the canvas. */
export function dangling(fields: Fields, typeOf: (id: string) => string | undefined): Fields {
  const found: Fields = {};
  const check = (key: string, id: Json | undefined, types: ReadonlySet<string>): void => {
    if (typeof id === "string" && !types.has(typeOf(id) ?? "")) found[key] = null;
  };
  if (fields["type"] === "text") check("containerId", fields["containerId"], CONTAINERS);
  check("frameId", fields["frameId"], FRAMES);
  for (const key of ["startBinding", "endBinding"]) check(key, boundId(fields[key]), BINDABLE);
  return found;
}

/** Who speaks of whom, so that it is drawn anew when the other goes or returns. */
export class ReferenceIndex {
  private readonly targetsOf = new Map<string, ReadonlySet<string>>();
  private readonly speakers = new Map<string, Set<string>>();

  update({ id, properties }: CanvasElement): void {
    const { containerId, frameId, startBinding, endBinding } = properties;
    const targets = new Set<string>();
    for (const target of [containerId, frameId, boundId(startBinding), boundId(endBinding)]) {
      if (typeof target === "string") targets.add(target);
    }
    for (const target of this.targetsOf.get(id) ?? []) if (!targets.has(target)) this.speakers.get(target)?.delete(id);
    for (const target of targets) {
      const known = this.speakers.get(target) ?? new Set<string>();
      known.add(id);
      this.speakers.set(target, known);
    }
    if (targets.size > 0) this.targetsOf.set(id, targets);
    else this.targetsOf.delete(id);
  }

  of(id: string): ReadonlySet<string> {
    return this.speakers.get(id) ?? NOBODY;
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function boundId(binding: Json | undefined): string | undefined {
  if (typeof binding !== "object" || binding === null || Array.isArray(binding)) return undefined;
  return typeof binding["elementId"] === "string" ? binding["elementId"] : undefined;
}
