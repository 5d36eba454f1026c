export async function parseMermaidToExcalidraw() {
  throw new Error("Mermaid diagrams are not part of this editor.");
}
