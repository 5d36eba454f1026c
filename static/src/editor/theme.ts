/** Light or dark: what the account says, else the system; the switch changes it for the account, on every device. */

import { useEffect, useState } from "react";
import { csrfToken } from "../rest";

export type Theme = "light" | "dark";
type Choice = Theme | "system";

const system = window.matchMedia("(prefers-color-scheme: dark)");
let choice: Choice = read(document.documentElement.dataset["theme"]);

function read(value: string | undefined): Choice {
  return value === "light" || value === "dark" ? value : "system";
}

function current(): Theme {
  if (choice !== "system") return choice;
  return system.matches ? "dark" : "light";
}

/** Without a network it holds for this page. */
function remember(theme: Choice): void {
  void fetch("/api/v1/auth/me/", {
    method: "PATCH",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify({ theme }),
    keepalive: true,
  }).catch(() => undefined);
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(current);
  useEffect(() => {
    const follow = (): void => setTheme(current());
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  const toggle = (): void => {
    const next = current() === "dark" ? "light" : "dark";
    choice = next === (system.matches ? "dark" : "light") ? "system" : next;
    remember(choice);
    setTheme(next);
  };
  return [theme, toggle];
}
