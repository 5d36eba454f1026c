/** The digest by which server and client notice that they differ: XOR over live elements of FNV-1a 32 of "<id>:<version>". */

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const encoder = new TextEncoder();

export function fnv1a(text: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}

export function fingerprint(id: string, version: number): number {
  return fnv1a(`${id}:${version}`);
}
