import { expect, test } from "vitest";
import { Unreachable } from "../rest";
import { failureWords, lagWords } from "./notices";
import { Problem } from "./rest";

test("a history that is a moment behind says nothing, one that is more says by how much", () => {
  expect(lagWords({ historyLag: 2.4 })).toBeNull();
  expect(lagWords({ historyLag: 42.4 })).toContain("42 seconds behind");
  expect(lagWords({ historyLag: 150 })).toContain("3 minutes behind");
});

test("a failure is told in the server's words, else by what is known of the connection", () => {
  expect(failureWords(new Problem(410, "gone", "This is no longer kept.", {}), "online")).toBe(
    "This is no longer kept.",
  );
  expect(failureWords(new Unreachable(), "offline")).toBe("You are offline. The history needs a connection.");
  expect(failureWords(new Unreachable(), "online")).toBe("The server cannot be reached.");
  expect(failureWords(new Error("?"), "online")).toBe("The history could not be loaded.");
});
