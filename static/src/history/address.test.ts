import { expect, test } from "vitest";
import { parseShown, withShown } from "./address";

test("an address without a moment does not ask for the history", () => {
  expect(parseShown("")).toBeNull();
  expect(parseShown("?user=u1&compare=3")).toBeNull();
  expect(parseShown("?at=yesterday")).toBeNull();
  expect(parseShown("?at=-1")).toBeNull();
});

test("what is shown comes back from the address", () => {
  const shown = {
    at: 42,
    compare: 7,
    filters: { user: "u1", element: "a_b-C", element_type: "text", action: "delete" as const },
  };
  expect(parseShown(withShown("", shown))).toEqual(shown);
  expect(withShown("", shown)).toContain("&object=a_b-C&");
  const days = { since: "2026-01-01T00:00:00.000Z", until: "2026-01-02T00:00:00+09:00" };
  expect(parseShown(withShown("", { at: null, compare: null, filters: days }))).toEqual({
    at: null,
    compare: null,
    filters: days,
  });
});

test("nothing is taken from the address that the server would refuse", () => {
  const asked = "?at=1&compare=x&user=%3Cscript%3E&since=soon&action=explode&object=a%20b&element_type=text";
  expect(parseShown(asked)).toEqual({ at: 1, compare: null, filters: { element_type: "text" } });
});

test("other parameters stay, and closing takes out only the history's own", () => {
  const open = withShown("?lang=ja", { at: 3, compare: null, filters: { user: "u1" } });
  expect(open).toBe("?lang=ja&at=3&user=u1");
  expect(withShown(open, { at: null, compare: null, filters: {} })).toBe("?lang=ja&at=now");
  expect(withShown(open, null)).toBe("?lang=ja");
  expect(withShown("?at=3", null)).toBe("");
});
