/** /share/: shows what was shared; the links lead to canvases, which take it in (editor/shared-images.ts). */

import { drop, waiting } from "../sw/shared";

export async function sharePage(place: HTMLElement): Promise<void> {
  const files = await waiting("images");
  const filled = place.querySelector<HTMLElement>("[data-filled]");
  const empty = place.querySelector<HTMLElement>("[data-empty]");
  if (filled) filled.hidden = files.length === 0;
  if (empty) empty.hidden = files.length > 0;
  const pictures = place.querySelector("[data-pictures]");
  for (const file of files) {
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(file);
    picture.alt = file.name;
    pictures?.append(picture);
  }
  place.querySelector("[data-cancel]")?.addEventListener("click", () => void drop("images"));
}
