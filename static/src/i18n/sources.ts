/** Finds the words for people in the sources: every `t("...")`. For the tests and for `npm run i18n`. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseSync } from "vite";

export interface Use {
  place: string;
  /** null: not a literal, so nobody can translate it. */
  key: string | null;
  plural: boolean;
  /** Said while its module loads, before the language is there. */
  tooEarly: boolean;
}

interface Node {
  type: string;
  [name: string]: unknown;
}

export function uses(folder: string): Use[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name),
  );
  return files
    .sort()
    .flatMap((name) => usesIn(relative(folder, join(folder, name)), readFileSync(join(folder, name), "utf8")));
}

export function usesIn(name: string, code: string): Use[] {
  const { program, errors } = parseSync(name, code);
  if (errors.length > 0) throw new Error(`${name}: ${errors[0]?.message}`);
  const found: Use[] = [];
  const visit = (node: unknown, inFunction: boolean): void => {
    if (Array.isArray(node)) return node.forEach((one) => visit(one, inFunction));
    if (node === null || typeof node !== "object") return;
    const { type } = node as Node;
    if (type === "CallExpression") {
      const use = useOf(node as Node);
      if (use) {
        const line = code.slice(0, (node as unknown as { start: number }).start).split("\n").length;
        found.push({ place: `${name}:${line}`, ...use, tooEarly: !inFunction });
      }
    }
    const within = inFunction || /Function|MethodDefinition|PropertyDefinition/.test(String(type));
    for (const value of Object.values(node)) visit(value, within);
  };
  visit(program, false);
  return found;
}

function useOf(call: Node): { key: string | null; plural: boolean } | null {
  const callee = call["callee"] as Node;
  if (callee.type !== "Identifier" || callee["name"] !== "t") return null;
  const [text, options] = call["arguments"] as Node[];
  const properties = options?.type === "ObjectExpression" ? (options["properties"] as Node[]) : [];
  const plural = properties.some((property) => (property["key"] as Node | undefined)?.["name"] === "count");
  return { key: literal(text), plural };
}

function literal(node: Node | undefined): string | null {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type === "TemplateLiteral" && (node["expressions"] as unknown[]).length === 0) {
    const [part] = node["quasis"] as { value: { cooked: string } }[];
    return part?.value.cooked ?? null;
  }
  if (node?.type !== "BinaryExpression" || node["operator"] !== "+") return null;
  const [left, right] = [literal(node["left"] as Node), literal(node["right"] as Node)];
  return left === null || right === null ? null : left + right;
}
