/**
 * The little that the pages do beyond HTML: lists that change in place (htmx), menus beside their buttons, names that
 * are edited where they stand, news that goes away. Without it every form still works with its own button.
 */

import htmx from "htmx.org";
import { csrfToken } from "../rest";
import { tendKeptWork } from "./kept-work";
import { installRenaming } from "./rename";
import { installToasts } from "./toasts";
import { installMenus } from "./menus";

// The content security policy allows neither eval nor inline styles, and a page with names is nothing to keep in storage.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  timeout: 15_000,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    // A refused form comes back with its errors.
    { code: "400", swap: true, error: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

document.documentElement.classList.add("with-script");

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRFToken"] = csrfToken();
});

installToasts();
installMenus();
installRenaming();
offlineNote();
void tendKeptWork().catch((error: unknown) => console.warn("What is kept on this device is out of reach.", error));
keepPlace();
for (const part of [document, document.getElementById("results")]) if (part) prepare(part);
document.addEventListener("htmx:afterSwap", (event) => prepare(event.target as HTMLElement));

/** What each new piece of a page needs; called again for a piece that has it already, it does nothing. */
function prepare(part: ParentNode): void {
  for (const dialog of part.querySelectorAll<HTMLElement>("[popover][data-open]")) {
    dialog.showPopover();
    dialog.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }
  for (const control of part.querySelectorAll<HTMLElement>("[data-submit-on-change]")) {
    const form = control.closest("form");
    if (!form || form.classList.contains("submits-on-change")) continue;
    form.classList.add("submits-on-change");
    control.addEventListener("change", () => form.requestSubmit());
  }
  for (const time of part.querySelectorAll("time[datetime]")) {
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });
    time.setAttribute("title", format.format(new Date(time.getAttribute("datetime") ?? "")));
  }
  for (const picture of part.querySelectorAll<HTMLImageElement>(".card-picture img")) {
    if (picture.complete) picture.classList.toggle("failed", !picture.naturalWidth);
    else picture.classList.add("waiting");
  }
}

// Load and error do not bubble, so they are caught on the way down.
document.addEventListener("load", (event) => (event.target as Element).classList?.remove("waiting"), true);
document.addEventListener(
  "error",
  (event) => {
    const picture = event.target;
    if (picture instanceof HTMLImageElement && picture.closest(".card-picture")) picture.classList.add("failed");
  },
  true,
);

/** A second click while the first is under way would make a second project. */
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.method !== "post") return;
  if (form.dataset["busy"]) {
    event.preventDefault();
    return;
  }
  if (form.getAttribute("hx-boost")) return;
  form.dataset["busy"] = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-busy]")) {
    delete form.dataset["busy"];
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

function offlineNote(): void {
  const note = document.getElementById("offline-note");
  const show = (): void => {
    note?.toggleAttribute("hidden", navigator.onLine);
  };
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
}

/** Where the keyboard was before a list was drawn anew: at its card again, or at the list if the card has gone. */
function keepPlace(): void {
  let card = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    card = (event.target as Element).closest(".card")?.id ?? "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const place = card ? document.getElementById(card)?.querySelector<HTMLElement>("a, button") : null;
    (place ?? document.getElementById("results"))?.focus({ preventScroll: true });
  });
}
