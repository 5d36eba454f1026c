/**
 * Who is bound to whom. The component keeps this twice: an arrow names its shapes, and each shape lists its arrows and its text.
 * Two people who bind at once would overwrite each other's list, so only the first half is shared; the lists are derived.
 */

import type { CanvasElement, Json } from "../protocol/messages";

export interface Bound {
  id: string;
  type: "arrow" | "text";
}

export class BindingIndex {
  private readonly targetsOf = new Map<string, ReadonlySet<string>>();
  private readonly boundTo = new Map<string, Map<string, Bound>>();

  /** Notes an element's bindings; the ids whose lists are thereby different. */
  update(element: CanvasElement): Set<string> {
    const before = this.targetsOf.get(element.id) ?? new Set<string>();
    const after = targets(element);
    const changed = new Set<string>();
    for (const target of before) {
      if (after.has(target)) continue;
      this.boundTo.get(target)?.delete(element.id);
      changed.add(target);
    }
    for (const target of after) {
      if (before.has(target)) continue;
      const list = this.boundTo.get(target) ?? new Map<string, Bound>();
      list.set(element.id, { id: element.id, type: element.type === "text" ? "text" : "arrow" });
      this.boundTo.set(target, list);
      changed.add(target);
    }
    if (after.size > 0) this.targetsOf.set(element.id, after);
    else this.targetsOf.delete(element.id);
    return changed;
  }

  /** What is bound to an element, in an order that all clients share. */
  of(id: string): Bound[] {
    return [...(this.boundTo.get(id)?.values() ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function targets(element: CanvasElement): Set<string> {
  const found = new Set<string>();
  if (element.deleted) return found;
  const { containerId, startBinding, endBinding } = element.properties;
  if (element.type === "text" && typeof containerId === "string") found.add(containerId);
  for (const binding of [startBinding, endBinding]) {
    const id = elementId(binding);
    if (id !== undefined) found.add(id);
  }
  return found;
}

function elementId(binding: Json | undefined): string | undefined {
  if (typeof binding !== "object" || binding === null || Array.isArray(binding)) return undefined;
  return typeof binding["elementId"] === "string" ? binding["elementId"] : undefined;
}
