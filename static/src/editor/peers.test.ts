import { expect, test } from "vitest";
import type { Peer } from "../protocol/messages";
import { collaborators, hueOf, initials, people } from "./peers";

const user = (id: string, color = "#1971c2") => ({ id, name: `Name of ${id}`, color });
const peer = (client: string, id: string): Peer => ({
  client,
  user: user(id),
  cursor: { x: 1, y: 2 },
  selection: ["e"],
});

test("a person with two tabs is one person with two cursors", () => {
  const peers = [peer("t1", "u"), peer("t2", "u"), peer("t3", "v")];
  expect(people(peers).map((person) => [person.user.id, person.tabs])).toEqual([
    ["u", 2],
    ["v", 1],
  ]);
  expect(collaborators(peers).size).toBe(3);
});

test("a person's tabs share a colour", () => {
  const ids = [...collaborators([peer("t1", "u"), peer("t2", "u")]).values()].map((one) => one.id);
  expect(new Set(ids).size).toBe(1);
});

test("hues of colours", () => {
  expect(hueOf("#ff0000")).toBe(0);
  expect(hueOf("#00ff00")).toBe(120);
  expect(hueOf("#0000ff")).toBe(240);
  expect(hueOf("not a colour")).toBe(250);
});

test.each([
  ["Ada Lovelace", "AL"],
  ["grace", "G"],
  ["Grace Brewster Hopper", "GH"],
  ["", "?"],
  ["李 明", "李明"],
])("initials of %j", (name, letters) => {
  expect(initials(name)).toBe(letters);
});

test("a person is as awake as the most awake tab, with the role and whom the tabs follow", () => {
  const [person] = people([
    { ...peer("t1", "u"), activity: "away", role: "editor", following: "x" },
    { ...peer("t2", "u"), activity: "idle" },
  ]);
  expect(person).toMatchObject({ tabs: 2, activity: "idle", role: "editor", following: ["x"] });
});

test("the component draws a laser in the person's own colour, no cursor, and no news of a pointer without a laser", () => {
  const shown = collaborators([
    { ...peer("t1", "u"), laser: true },
    { ...peer("t2", "u"), laser: false },
    peer("t3", "u"),
    { ...peer("t4", "u"), laser: true, cursor: null },
  ]);
  const pointer = { tool: "laser", renderCursor: false, laserColor: "#1971c2" };
  expect([...shown.values()]).toMatchObject([
    { button: "down", pointer: { ...pointer, x: 1, y: 2 } },
    { button: "up", pointer: { ...pointer, x: 1, y: 2 } },
    { button: "up", pointer: { ...pointer, x: 0, y: 0 } },
    { button: "up", pointer },
  ]);
});
