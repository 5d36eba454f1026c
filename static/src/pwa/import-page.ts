/** /open/: asks into which project the opened drawing goes, and imports it there. */

import { drop, waiting } from "../sw/shared";
import { arrive, onArrived } from "./launch";

export async function importPage(place: HTMLElement): Promise<void> {
  const part = (name: string): HTMLElement | null => place.querySelector(`[data-${name}]`);
  const show = async (): Promise<void> => {
    const [file] = await waiting("drawing");
    const name = part("name");
    if (name) name.textContent = file?.name ?? "";
    const [filled, empty] = [part("filled"), part("empty")];
    if (filled) filled.hidden = !file;
    if (empty) empty.hidden = Boolean(file);
  };
  onArrived(() => void show());
  place.querySelector<HTMLInputElement>("input[type=file]")?.addEventListener("change", ({ target }) => {
    const file = (target as HTMLInputElement).files?.[0];
    if (file) void arrive(file);
  });
  for (const button of place.querySelectorAll<HTMLButtonElement>("button[data-import-url]")) {
    button.addEventListener("click", () => void importInto(button));
  }
  await show();

  async function importInto(button: HTMLButtonElement): Promise<void> {
    const [file] = await waiting("drawing");
    const url = button.dataset["importUrl"];
    const error = part("error");
    if (!file || !url || button.getAttribute("aria-disabled") === "true") return;
    if (error) error.hidden = true;
    button.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(url, { method: "POST", body: formOf(file), headers: { "X-CSRFToken": csrfToken() } });
      const said = (await answer.json().catch(() => ({}))) as { id?: string; detail?: string };
      if (!answer.ok || !said.id) throw new Error(said.detail ?? "");
      await drop("drawing");
      location.assign(`/c/${said.id}/`);
    } catch (failure) {
      button.removeAttribute("aria-disabled");
      if (!error) return;
      const why = error.querySelector("[data-why]");
      if (why) why.textContent = failure instanceof Error && !(failure instanceof TypeError) ? failure.message : "";
      error.hidden = false;
    }
  }
}

function formOf(file: File): FormData {
  const form = new FormData();
  form.set("file", file);
  form.set("name", file.name.replace(/\.excalidraw$/i, ""));
  return form;
}

function csrfToken(): string {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}
