/** Menus open beside the button that opens them, and arrows move in them. Without this they open in the middle. */

const GAP = 6;
const EDGE = 8;

export function installMenus(): void {
  document.addEventListener("beforetoggle", opening, true);
  document.addEventListener("toggle", toggled, true);
  document.addEventListener("keydown", arrows);
}

function opener(menu: HTMLElement): HTMLElement | null {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

function opening(event: Event): void {
  const menu = event.target as HTMLElement;
  if (!menu.classList.contains("menu") || (event as ToggleEvent).newState !== "open") return;
  menu.classList.add("placed");
  menu.style.visibility = "hidden";
}

function toggled(event: Event): void {
  const menu = event.target as HTMLElement;
  const button = opener(menu);
  if (!menu.classList.contains("menu") || !button) return;
  const open = (event as ToggleEvent).newState === "open";
  button.toggleAttribute("data-open", open);
  if (!open) return;
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const rightToLeft = getComputedStyle(button).direction === "rtl";
  const start = rightToLeft ? at.left : at.right - width;
  const below = at.bottom + GAP;
  const top = below + height > innerHeight - EDGE ? at.top - GAP - height : below;
  menu.style.left = `${Math.max(EDGE, Math.min(start, document.documentElement.clientWidth - width - EDGE))}px`;
  menu.style.top = `${Math.max(EDGE, top)}px`;
  menu.style.visibility = "";
  menu.querySelector<HTMLElement>(".menu-item")?.focus({ preventScroll: true });
}

function arrows(event: KeyboardEvent): void {
  const menu = (event.target as Element).closest<HTMLElement>(".menu:popover-open");
  if (!menu) return;
  const items = [...menu.querySelectorAll<HTMLElement>(".menu-item")];
  const here = items.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = {
    ArrowDown: (here + 1) % items.length,
    ArrowUp: (here - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  const next = steps[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[next]?.focus();
}
