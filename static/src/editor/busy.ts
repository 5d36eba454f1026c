/** Which elements a hand is on. Replacing one of those under the hand would break the gesture and the local undo. */

import type { AppState } from "@excalidraw/excalidraw/types";

export interface Hand {
  /** A gesture goes on: what changes now is a preview until it ends. */
  active: boolean;
  holds(id: string): boolean;
  /** The text that is open for typing. */
  typingAt: string | undefined;
}

export function handOf(state: AppState): Hand {
  const down = state.cursorButton === "down";
  const held = new Set<string>();
  for (const element of [state.newElement, state.multiElement, state.editingTextElement, state.resizingElement]) {
    if (element) held.add(element.id);
  }
  const editedText = state.editingTextElement;
  if (editedText && "containerId" in editedText && typeof editedText.containerId === "string") {
    held.add(editedText.containerId);
  }
  if (state.editingLinearElement) held.add(state.editingLinearElement.elementId);
  if (state.croppingElementId !== null) held.add(state.croppingElementId);
  return {
    active: down || state.newElement !== null || state.multiElement !== null || state.editingTextElement !== null,
    typingAt: editedText?.id,
    holds: (id) => held.has(id) || (down && state.selectedElementIds[id] === true),
  };
}
