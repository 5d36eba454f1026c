/** /open/: asks into which project the opened drawing goes, and imports it there. */

import { postForm, record } from "../rest";
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
    for (const other of place.querySelectorAll("button")) other.setAttribute("aria-disabled", "true");
    try {
      const { canvas, skipped } = await send(file, url);
      await drop("drawing");
      if (skipped.length === 0) location.assign(`/c/${canvas}/`);
      else showPartly(canvas, skipped.length);
    } catch (failure) {
      for (const other of place.querySelectorAll("button")) other.removeAttribute("aria-disabled");
      const why = part("why");
      if (why) why.textContent = failure instanceof Refused ? failure.message : "";
      if (error) error.hidden = false;
    }
  }

  /** Not all of the file fits on a canvas: the person is to know before they go on. */
  function showPartly(canvas: string, skipped: number): void {
    const [filled, partly, count] = [part("filled"), part("partly"), part("skipped")];
    if (count) count.textContent = String(skipped);
    partly?.querySelector("a")?.setAttribute("href", `/c/${canvas}/`);
    if (filled) filled.hidden = true;
    if (partly) partly.hidden = false;
  }
}

/** The server's words of the whole, which are in the page's language; a field's may be for programs. */
class Refused extends Error {}

interface Imported {
  canvas: string;
  skipped: unknown[];
}

async function send(file: File, url: string): Promise<Imported> {
  const form = new FormData();
  form.set("file", file);
  const { status, body } = await postForm(url, form);
  const { canvas, skipped } = record(body) as Partial<Imported>;
  if (status !== 201 || !canvas) throw new Refused(String(record(body)["detail"] ?? ""));
  return { canvas, skipped: skipped ?? [] };
}
