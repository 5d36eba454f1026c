/**
 * Writes generated.ts from docs/protocol.schema.json, which the server exports from its own types.
 * With --check: fails when the file is not what would be written.
 */

import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";
import { format, resolveConfig } from "prettier";

const SCHEMA = new URL("../../../docs/protocol.schema.json", import.meta.url);
const TARGET = new URL("generated.ts", import.meta.url);

/** What the schema says with less precision than the protocol's page. */
const NARROWED = {
  "Welcome.role": "Role",
  "Welcome.mode": '"state" | "resume"',
  "RoleChange.role": "Role",
  "Policy.sending": '"normal" | "slow" | "pause"',
  "Policy.saving": '"ok" | "degraded"',
  "PresenceUpdate.peers": 'Record<string, (Omit<Peer, "client" | "user"> & Partial<Pick<Peer, "user">>) | null>',
  "Reject.elements": "Element[]",
  "Welcome.refused": "[number, number][]",
};

/** Limits become tuples and comments in TypeScript: they are the server's to check. */
const LIMITS = /^(min|max)(Items|Length|imum)$|^pattern$|^exclusive/;

const PREAMBLE = `/** Generated from docs/protocol.schema.json by generate.mjs. Do not edit. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Role = "owner" | "editor" | "commenter" | "viewer";
`;

function simplify(schema, name) {
  if (Array.isArray(schema)) return schema.map((item) => simplify(item, name));
  if (typeof schema !== "object" || schema === null) return schema;
  const result = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") {
      const typed = ([field, type]) =>
        NARROWED[`${name}.${field}`] ? { tsType: NARROWED[`${name}.${field}`] } : simplify(type, name);
      result[key] = Object.fromEntries(Object.entries(value).map((entry) => [entry[0], typed(entry)]));
    } else if (key === "$defs") {
      result[key] = Object.fromEntries(Object.entries(value).map(([def, type]) => [def, simplify(type, def)]));
    } else if (!LIMITS.test(key)) {
      result[key] = simplify(value, name);
    }
  }
  if (result.type === "object" && !result.properties && !result.additionalProperties) {
    return { tsType: "Record<string, Json>" };
  }
  if (result.type === "array" && !result.items) return { tsType: "Json[]" };
  return result;
}

const schema = simplify(JSON.parse(await readFile(SCHEMA, "utf8")), "");
const types = await compile(schema, "Protocol", { additionalProperties: false, bannerComment: "", format: false });
const options = await resolveConfig(TARGET);
const text = await format(`${PREAMBLE}\n${types}`, { ...options, parser: "typescript" });

if (process.argv.includes("--check")) {
  if ((await readFile(TARGET, "utf8").catch(() => "")) !== text) {
    console.error("The protocol's types are not up to date: run `npm run protocol:types`.");
    process.exit(1);
  }
} else {
  await writeFile(TARGET, text);
}
