/** Names are edited where they stand: Enter keeps, Escape leaves it. Without this the same form is a small dialog. */

export function installRenaming(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-rename]");
    const form = button && document.getElementById(button.dataset["rename"] ?? "");
    if (!button || !(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    button.closest<HTMLElement>("[popover]")?.hidePopover();
    edit(form);
  });
}

function edit(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[name="name"]');
  const name = form.previousElementSibling;
  if (!input || !name) return;
  const before = input.value;
  form.removeAttribute("popover");
  form.removeAttribute("role");
  form.hidden = false;
  name.classList.add("renaming");
  input.focus();
  input.select();

  const done = new AbortController();
  const leave = (focus: boolean): void => {
    done.abort();
    input.value = before;
    form.hidden = true;
    name.classList.remove("renaming");
    if (focus) (name.querySelector<HTMLElement>("a") ?? document.getElementById("main"))?.focus();
  };
  const { signal } = done;
  input.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") leave(true);
    },
    { signal },
  );
  form.addEventListener(
    "focusout",
    (event) => {
      if (form.contains(event.relatedTarget as Node | null)) return;
      if (input.value.trim() && input.value !== before && document.hasFocus()) form.requestSubmit();
      else leave(false);
    },
    { signal },
  );
  form.addEventListener("submit", () => done.abort(), { signal });
}
