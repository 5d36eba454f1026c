// The little that the pages do beyond HTML. Without it every form still works with its own button.

for (const dialog of document.querySelectorAll("[popover][data-open]")) {
  dialog.showPopover();
  dialog.querySelector("[aria-invalid=true]")?.focus();
}

for (const select of document.querySelectorAll("select[data-submit-on-change]")) {
  select.form.classList.add("submits-on-change");
  select.addEventListener("change", () => select.form.requestSubmit());
}

for (const button of document.querySelectorAll("[data-dismiss]")) {
  button.hidden = false;
  button.addEventListener("click", () => button.closest("li").remove());
}

// A second click while the first is under way would make a second project.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[aria-disabled=true]")) event.preventDefault();
  });
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
});
