/**
 * Text that people edit together: the element's `ytext` holds one Y.Text named "text". Pure, and the twin of the server's
 * canvasapp/text.py, which checks what comes from others; here it comes from the server or from this page.
 */

import * as Y from "yjs";
import type { CanvasElement, TextOp } from "../protocol/messages";

const NAME = "text";
const SEED_CLIENT = 0;
const TEXT_TYPE = "text";

/** A number under which one page types. Never again after a refusal: others might have what was refused. */
export function newTextClient(): number {
  const [drawn = 1] = crypto.getRandomValues(new Uint32Array(1));
  return drawn === SEED_CLIENT ? 1 : drawn;
}

export function isText(element: CanvasElement): boolean {
  return element.type === TEXT_TYPE;
}

/** The text as it was typed. Elements of older programs have it as `originalText`, beside one broken into lines. */
export function plainText({ properties }: CanvasElement): string {
  const typed = [properties["originalText"], properties["text"]].find((value) => typeof value === "string");
  return typeof typed === "string" ? typed : "";
}

/** The state that stands for `plain` while nobody has edited it together. Everyone makes the same. */
export function seed(plain: string): string {
  return toBase64(Y.encodeStateAsUpdate(seeded(plain)));
}

/** The element with the update merged in; undefined where that builds on text that is not there, or is no such update. */
export function applyText(element: CanvasElement, update: string): CanvasElement | undefined {
  if (!isText(element)) return undefined;
  const doc = documentOf(element);
  try {
    Y.applyUpdate(doc, fromBase64(update));
  } catch {
    return undefined;
  }
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) return undefined;
  return withText(element, toBase64(Y.encodeStateAsUpdate(doc)), doc.getText(NAME).toString());
}

/** The element with the text that somebody else has made of it. */
export function withText(element: CanvasElement, ytext: string, text: string): CanvasElement {
  const { originalText: _, ...properties } = element.properties;
  return { ...element, properties: { ...properties, text }, ytext };
}

/**
 * The op that makes `text` of what `before` has, by replacing what is between their common beginning and end; undefined
 * when they are the same. `before` is what the author saw: what others typed since is not undone by it.
 */
export function textOp(before: CanvasElement, text: string, client: number): TextOp | undefined {
  const doc = documentOf(before);
  const shared = doc.getText(NAME);
  const { start, removed, inserted } = replacement(shared.toString(), wellFormed(text));
  if (removed === 0 && inserted === "") return undefined;
  doc.clientID = client;
  let update: Uint8Array | undefined;
  doc.on("update", (made: Uint8Array) => (update = made));
  doc.transact(() => {
    if (removed > 0) shared.delete(start, removed);
    if (inserted !== "") shared.insert(start, inserted);
  });
  return update && { op: "text", id: before.id, update: toBase64(update) };
}

/** One update with the effect of both, of which the second was made on the first. */
export function joinUpdates(first: string, second: string): string {
  return toBase64(Y.mergeUpdates([fromBase64(first), fromBase64(second)]));
}

/** What stands between the common beginning and end of two texts, in UTF-16 units; never half a character. */
export function replacement(old: string, now: string): { start: number; removed: number; inserted: string } {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  if (isHighHalf(old, start - 1) || isHighHalf(now, start - 1)) start--;
  let tail = 0;
  while (tail < shorter - start && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  if (isLowHalf(old, old.length - tail) || isLowHalf(now, now.length - tail)) tail--;
  return { start, removed: old.length - tail - start, inserted: now.slice(start, now.length - tail) };
}

function isHighHalf(text: string, place: number): boolean {
  const unit = text.charCodeAt(place);
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowHalf(text: string, place: number): boolean {
  const unit = text.charCodeAt(place);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Halves of characters, which UTF-8 cannot carry, become what Yjs would make of them. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

function documentOf(element: CanvasElement): Y.Doc {
  if (element.ytext === undefined) return seeded(plainText(element));
  const doc = new Y.Doc();
  Y.applyUpdate(doc, fromBase64(element.ytext));
  return doc;
}

function seeded(plain: string): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = SEED_CLIENT;
  doc.getText(NAME).insert(0, plain);
  return doc;
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
