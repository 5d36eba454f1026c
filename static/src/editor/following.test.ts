import fc from "fast-check";
import { expect, test } from "vitest";
import type { Peer } from "../protocol/messages";
import { circular, leader, mustLetGo, tabToFollow } from "./following";

const viewport = { x: 0, y: 0, zoom: 1 };

function here(...rows: [client: string, following?: string | null, more?: Partial<Peer>][]): Map<string, Peer> {
  return new Map(
    rows.map(([client, following = null, more]) => [
      client,
      { client, user: { id: `user of ${client}`, name: client, color: "#000" }, following, viewport, ...more },
    ]),
  );
}

test("one follows the first of a row", () => {
  const peers = here(["b", "c"], ["c", "d"], ["d"]);
  expect(leader(peers, "a", "b")?.client).toBe("d");
  expect(leader(peers, "a", "d")?.client).toBe("d");
});

test("a row ends where somebody has left", () => {
  expect(leader(here(["b", "gone"]), "a", "b")?.client).toBe("b");
  expect(leader(here(), "a", "gone")).toBeUndefined();
});

test("a circle has no leader, and exactly one of it lets go", () => {
  const peers = here(["a", "b"], ["b", "c"], ["c", "a"]);
  expect(leader(peers, "a", "b")).toBeUndefined();
  expect(["a", "b", "c"].filter((own) => mustLetGo(peers, own, peers.get(own)?.following ?? ""))).toEqual(["a"]);
});

test("who follows a circle without being in it holds on", () => {
  const peers = here(["b", "c"], ["c", "b"]);
  expect(mustLetGo(peers, "a", "b")).toBe(false);
  expect(circular(peers, "a", "b")).toBe(false);
  expect(leader(peers, "a", "b")).toBeUndefined();
});

test("following who follows me would be a circle", () => {
  expect(circular(here(["b", "a"]), "a", "b")).toBe(true);
  expect(circular(here(["b", "c"], ["c", "a"]), "a", "b")).toBe(true);
  expect(circular(here(["b", "c"], ["c"]), "a", "b")).toBe(false);
});

test("whoever follows whom, no question runs for ever, and of every circle one lets go", () => {
  const names = ["a", "b", "c", "d", "e"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names, null), { minLength: 5, maxLength: 5 }), (targets) => {
      const peers = here(...names.map((name, i): [string, string | null] => [name, targets[i] ?? null]));
      for (const own of names) {
        const target = peers.get(own)?.following;
        if (!target) continue;
        leader(peers, own, target);
        if (!circular(peers, own, target)) continue;
        const circle = [own];
        for (let next = target; next !== own; next = peers.get(next)?.following ?? own) circle.push(next);
        expect(circle.filter((one) => mustLetGo(peers, one, peers.get(one)?.following ?? "")).length).toBe(1);
      }
    }),
  );
});

test("of a person's tabs the most awake one that shows something is followed", () => {
  const user = { id: "u", name: "U", color: "#000" };
  const peers = here(
    ["t1", null, { user, activity: "away" }],
    ["t2", null, { user, activity: "idle" }],
    ["t3", null, { user, viewport: null }],
  );
  expect(tabToFollow(peers, "u")?.client).toBe("t2");
  expect(tabToFollow(peers, "nobody")).toBeUndefined();
});
