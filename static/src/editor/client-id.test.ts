import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

test("each load of a page is another client, whatever the tab's storage has kept", async () => {
  const kept = new Map([["canvas-client", "old"]]);
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  const ids: string[] = [];
  for (let load = 0; load < 3; load++) {
    vi.resetModules();
    const { newClientId } = await import("./client-id");
    ids.push(newClientId());
  }
  expect(new Set([...ids, "old"]).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
});
