import { expect, test } from "vitest";
import { Unreachable } from "../rest";
import { failureWords, lagWords, mayHelpAgain } from "./notices";
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

test("each refusal has words of its own, and asking again is offered only where it may help", () => {
  const told = (status: number, code: string): string => failureWords(new Problem(status, code, "?", {}), "online");
  expect(told(410, "forgotten")).toBe("This is longer ago than the project keeps its history.");
  expect(told(422, "too_much")).toContain("more than can be told at once");
  expect(told(429, "rate")).toBe("Too many requests. Try again in a moment.");
  expect(told(503, "unavailable")).toBe("The store is away. Try again in a moment.");
  expect(told(500, "log_damaged")).toContain("damaged");
  expect(told(401, "unauthenticated")).toContain("signed out");
  const again = ["forgotten", "too_much", "log_damaged", "rate", "unavailable", "error"].filter((code) =>
    mayHelpAgain(new Problem(500, code, "", {})),
  );
  expect(again).toEqual(["rate", "unavailable", "error"]);
  expect(mayHelpAgain(new Unreachable())).toBe(true);
});
