import { expect, test } from "vitest";
import { inWords, type Status } from "./status";

const calm: Status = {
  link: "online",
  unsaved: 0,
  role: "editor",
  saving: "ok",
  sending: "normal",
  stoppedBy: null,
  lastSeq: 1,
  savedAt: null,
  historyLag: 0,
  keeps: true,
  retryAt: null,
};

test.each([
  [{}, "Saved"],
  [{ unsaved: 3 }, "Saving… (3)"],
  [{ link: "connecting" }, "Connecting…"],
  [{ link: "offline", unsaved: 1 }, "Offline – 1 change kept in this tab"],
  [{ link: "offline", unsaved: 2 }, "Offline – 2 changes kept in this tab"],
  [{ link: "offline" }, "Offline"],
  [{ link: "reconnecting", unsaved: 2 }, "Reconnecting…"],
  [{ role: "viewer" }, "Read only"],
  [{ saving: "degraded" }, "Saving degraded"],
  [{ sending: "pause", unsaved: 4 }, "Saving degraded (4)"],
  [{ link: "stopped", stoppedBy: 4403 }, "Stopped"],
] satisfies [Partial<Status>, string][])("%j is called %s", (changes, text) => {
  expect(inWords({ ...calm, ...changes }).text).toBe(text);
});

test("why it stopped is said", () => {
  expect(inWords({ ...calm, link: "stopped", stoppedBy: 4403 }).detail).toContain("access");
  expect(inWords({ ...calm, link: "stopped", stoppedBy: 4413 }).detail).toContain("too large");
});
