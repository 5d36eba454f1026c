/** Ops and digests as the server has them too: canvasapp/tests/test_fixtures.py reads the same file. */

import { expect, test } from "vitest";
import fixtures from "../../../tests/fixtures/ops.json";
import type { CanvasElement, Op } from "../protocol/messages";
import { fingerprint } from "./digest";
import { applyOp } from "./ops";
import { applyText, plainText } from "./text";

interface Case {
  name: string;
  before: CanvasElement | null;
  op: Op;
  after?: CanvasElement;
  refused?: string;
}

const cases = fixtures.ops as unknown as Case[];
/** An update that changes nothing. */
const NOTHING = btoa("\0\0");

test.each(cases)("$name", ({ before, op, after, refused }) => {
  const made = applyOp(before ?? undefined, op);
  if (refused !== undefined) return expect(made).toBeUndefined();
  if (made === undefined || after === undefined) throw new Error("it does not apply");
  const { ytext: mine, ...shown } = made;
  const { ytext: theirs, ...expected } = after;
  expect({ ...shown, version: 0 }).toEqual({ ...expected, version: 0 });
  expect(mine === undefined).toBe(theirs === undefined);
  // The bytes of a state are each library's own; what they say is not.
  if (theirs !== undefined) expect(plainText(applyText(after, NOTHING) ?? made)).toBe(plainText(made));
});

test.each(fixtures.fingerprints)("fingerprint of $id", ({ id, version, fingerprint: expected }) => {
  expect(fingerprint(id, version)).toBe(expected);
});
