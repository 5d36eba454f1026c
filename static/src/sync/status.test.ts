import { expect, test } from "vitest";
import { details, inWords, standing, type Status } from "./status";

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
  [{ link: "connecting", lastSeq: null }, "Connecting…"],
  [{ link: "connecting" }, "Reconnecting…"],
  [{ link: "offline", unsaved: 2, keeps: false }, "Offline – 2 changes kept in this tab only"],
  [{ link: "offline", unsaved: 1 }, "Offline – 1 change kept on this device"],
  [{ link: "offline", unsaved: 2 }, "Offline – 2 changes kept on this device"],
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

test.each([
  [{}, null],
  [{ link: "offline" }, "offline"],
  [{ link: "offline", role: "viewer" }, "offline"],
  [{ link: "reconnecting" }, "reconnecting"],
  [{ link: "connecting" }, "reconnecting"],
  [{ link: "connecting", lastSeq: null }, null],
  [{ saving: "degraded" }, "degraded"],
  [{ sending: "pause" }, "degraded"],
  [{ sending: "slow" }, "slow"],
  [{ role: "viewer" }, "read-only"],
  [{ historyLag: 59 }, null],
  [{ historyLag: 240 }, "history"],
  [{ link: "stopped", stoppedBy: 4403 }, null],
] satisfies [Partial<Status>, string | null][])("%j stands as %s", (changes, kind) => {
  expect(standing({ ...calm, ...changes })?.kind ?? null).toBe(kind);
});

test("what is promised offline is true", () => {
  expect(standing({ ...calm, link: "offline" })?.text).toContain("kept on this device");
  expect(standing({ ...calm, link: "offline", keeps: false })?.text).toContain("leave this tab open");
  expect(standing({ ...calm, link: "offline", role: "viewer" })?.text).toContain("last seen");
});

test("the details say what waits, which commit is seen, when the last was saved, and where it is kept", () => {
  const lines = details({ ...calm, unsaved: 2, lastSeq: 1204, savedAt: 0 });
  expect(lines).toEqual([
    "Sent, not yet durable.",
    "2 changes wait.",
    expect.stringContaining("1,204"),
    expect.stringMatching(/saved at \d/),
    expect.stringContaining("on this device"),
  ]);
  expect(details({ ...calm, keeps: false }).at(-1)).toContain("keeps nothing");
});
