import { expect, test } from "vitest";
import { MalformedFrame, parseFrame } from "./parse";

test("a frame is one message or several", () => {
  const pong = { type: "pong", t: 1, seq: 2, digest: 3 };
  expect(parseFrame(JSON.stringify(pong))).toEqual([pong]);
  expect(parseFrame(JSON.stringify([pong, pong]))).toHaveLength(2);
});

test("types that we do not know are left out", () => {
  expect(parseFrame('[{"type":"weather"},{"type":"role","role":"viewer"}]')).toHaveLength(1);
  expect(parseFrame('{"type":"constructor"}')).toEqual([]);
});

test.each(["", "null", "[1]", "{}", '{"type":7}', '{"type":"delta","seq":1}'])("%j is no frame", (text) => {
  expect(() => parseFrame(text)).toThrow(MalformedFrame);
});
