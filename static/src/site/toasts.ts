/** News at the bottom of a page: what was done, with an undo, and what went wrong, with another try. */

import htmx from "htmx.org";

const SHOWN_MS = 12_000;

interface Failed {
  requestConfig: { elt: HTMLElement };
  xhr: XMLHttpRequest;
}

export function installToasts(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest("[data-dismiss]");
    if (button) button.closest(".toast")?.remove();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, requestConfig } = (event as CustomEvent<Failed>).detail;
    if (xhr.status === 400 && !isSentence(xhr)) return; // a form that came back with its errors
    say("responseError", isSentence(xhr) ? xhr.responseText : "", requestConfig.elt);
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, (event) => {
      say("sendError", "", (event as CustomEvent<Failed>).detail.requestConfig.elt);
    });
  }
  document.addEventListener("htmx:oobAfterSwap", watch);
  watch();
}

function isSentence(xhr: XMLHttpRequest): boolean {
  return (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
}

/** Good news goes by itself, but not while somebody is at it; bad news stays. */
function watch(): void {
  for (const toast of document.querySelectorAll<HTMLElement>("#notes > .toast:not([data-watched])")) {
    toast.dataset["watched"] = "";
    toast.querySelector("[data-dismiss]")?.removeAttribute("hidden");
    if (toast.classList.contains("error")) continue;
    const leave = (): void => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, SHOWN_MS / 4);
      else toast.remove();
    };
    setTimeout(leave, SHOWN_MS);
  }
}

function say(kind: string, sentence: string, cause: HTMLElement): void {
  const list = document.getElementById("notes");
  const template = document.querySelector<HTMLTemplateElement>("#failed-note");
  const words = document.querySelector<HTMLTemplateElement>("#failed-words");
  if (!list || !template || !words) return;
  const toast = (template.content.cloneNode(true) as DocumentFragment).querySelector<HTMLElement>(".toast");
  if (!toast) return;
  const usual = words.content.querySelector(`[data-kind="${kind}"]`)?.textContent ?? "";
  toast.querySelector("span")?.append(sentence || usual);
  toast.querySelector("[data-retry]")?.addEventListener("click", () => {
    toast.remove();
    if (cause instanceof HTMLFormElement) cause.requestSubmit();
    else htmx.trigger(cause, "click");
  });
  list.replaceChildren(toast);
}
