/** What the history view asks of the REST API (docs/protocol.md), typed; every refusal is a Problem. */

import type { Role } from "../protocol/messages";
import type { CanvasElement, Commit, Json } from "../protocol/messages";
import { csrfToken, record, refusalInWords, Unreachable } from "../rest";

export type Action = "create" | "update" | "delete" | "restore";

export interface HistoryFilters {
  user?: string;
  /** RFC 3339: a change that ended then or later, and before. */
  since?: string;
  until?: string;
  element_type?: string;
  action?: Action;
  element?: string;
}

/** Of an account that is gone there is the id alone. */
export interface Person {
  id: string;
  name: string | null;
  color: string | null;
}

/** A list that only grew says by how much; what was too long to keep is `shortened`. */
export interface Changed {
  path: string;
  before?: Json;
  after?: Json;
  appended?: number;
  shortened?: boolean;
}

/** One person's doing to one element within one gesture. */
export interface ChangeRecord {
  id: string;
  canvas: string;
  element: string;
  element_type: string;
  family: string;
  action: Action;
  user: Person;
  client: string;
  gesture: string | null;
  first_seq: number;
  last_seq: number;
  from: string;
  to: string;
  changes: Changed[];
}

export interface Paged<T> {
  results: T[];
  next: string | null;
}

export interface Count {
  /** YYYY-MM-DD, where the reader is. */
  day: string;
  user: Person;
  changes: number;
}

export interface PastState {
  canvas: { id: string; name: string; role: Role };
  seq: number;
  /** When that commit was made; null of the empty canvas. */
  at: string | null;
  /** `seq` is the last commit that touched it. */
  elements: (CanvasElement & { seq: number })[];
}

/** One person's changes along some of the commits; those of all together are all that history has. */
export interface Stretch {
  from_seq: number;
  to_seq: number;
  begun_at: string;
  ended_at: string;
  user: Person;
  changes: number;
}

export interface Version {
  id: string;
  name: string;
  description: string;
  seq: number;
  /** When that commit was made. */
  at: string;
  created_at: string;
  created_by: Person;
}

export interface Origin {
  user: Person;
  at: string;
  seq: number;
}

export interface Blame {
  element: string;
  type: string;
  /** null, here and below: longer ago than the history is kept. */
  created: Origin | null;
  deleted: Origin | null;
  properties: ({ path: string; value: Json } & (Origin | { user: null; at: null; seq: null }))[];
}

/** Its first and last commit, and the gesture that all of it has: null when there was nothing to do, and in a dry run. */
export interface Restored {
  first_seq: number | null;
  seq: number | null;
  gesture: string | null;
  revived: number;
  changed: number;
  removed: number;
}

export interface Conflict {
  element: string;
  /** null: the element as a whole. */
  path: string | null;
  user: Person;
  seq: number;
  at: string;
}

export interface Reverted extends Restored {
  conflicts: Conflict[];
}

export interface RevertChoice {
  user?: string;
  gesture?: string;
  since?: string;
  until?: string;
  from_seq?: number;
  to_seq?: number;
  elements?: readonly string[];
  overwrite?: boolean;
}

/** A refusal: an RFC 9457 problem document. `detail` and `errors` are sentences in the person's language. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: Record<string, string[]>,
  ) {
    super(detail);
  }
}

export function records(
  project: string,
  canvas: string,
  filters: HistoryFilters,
  page: { cursor?: string | null; limit?: number } = {},
  signal?: AbortSignal,
): Promise<Paged<ChangeRecord>> {
  return get(`projects/${project}/history/?${query({ canvas, ...filters, ...page })}`, signal);
}

/** By the days of the reader's time zone. */
export async function counts(
  project: string,
  canvas: string,
  filters: HistoryFilters,
  signal?: AbortSignal,
): Promise<Count[]> {
  const { results } = await get<{ results: Count[] }>(
    `projects/${project}/history/counts/?${query({ canvas, ...filters, tz: timeZone() })}`,
    signal,
  );
  return results;
}

export function exportUrl(project: string, canvas: string, filters: HistoryFilters, as: "csv" | "jsonl"): string {
  return `${API}projects/${project}/history/export/?${query({ as, canvas, ...filters })}`;
}

export function bundleUrl(canvas: string): string {
  return `${API}canvases/${canvas}/bundle/`;
}

/** A past state never changes, so neither does its picture. */
export function thumbnailUrl(canvas: string, seq: number, dark: boolean): string {
  return `${API}canvases/${canvas}/at/thumbnail.svg?${query({ seq, dark: dark ? 1 : 0 })}`;
}

export function stateAt(
  canvas: string,
  moment: { seq: number } | { time: string },
  signal?: AbortSignal,
): Promise<PastState> {
  return get(`canvases/${canvas}/at/?${query(moment)}`, signal);
}

/** The log after commit `since`, oldest first; `next` is the `since` to go on with. */
export function commits(canvas: string, since: number, limit: number, signal?: AbortSignal): Promise<Paged<Commit>> {
  return get(`canvases/${canvas}/commits/?${query({ since, limit })}`, signal);
}

export async function activity(
  canvas: string,
  head: number,
  stretches: number,
  signal?: AbortSignal,
): Promise<Stretch[]> {
  const path = `canvases/${canvas}/activity/?${query({ head, stretches })}`;
  return (await get<{ results: Stretch[] }>(path, signal)).results;
}

export async function versions(canvas: string, signal?: AbortSignal): Promise<Version[]> {
  const all: Version[] = [];
  let cursor: string | null = null;
  do {
    const page: Paged<Version> = await get(`canvases/${canvas}/versions/?${query({ cursor })}`, signal);
    all.push(...page.results);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}

export function createVersion(
  canvas: string,
  version: { name: string; description?: string; seq?: number },
): Promise<Version> {
  return write("POST", `canvases/${canvas}/versions/`, version);
}

export function renameVersion(
  canvas: string,
  id: string,
  change: { name?: string; description?: string },
): Promise<Version> {
  return write("PATCH", `canvases/${canvas}/versions/${id}/`, change);
}

export function deleteVersion(canvas: string, id: string): Promise<void> {
  return write("DELETE", `canvases/${canvas}/versions/${id}/`);
}

/** After commit `seq`, or as it is now. */
export function blame(canvas: string, element: string, seq: number | null, signal?: AbortSignal): Promise<Blame> {
  return get(`canvases/${canvas}/elements/${element}/blame/?${query({ seq })}`, signal);
}

export function restore(
  canvas: string,
  seq: number,
  options: { elements?: readonly string[]; dryRun?: boolean } = {},
): Promise<Restored> {
  const { elements, dryRun = false } = options;
  return write("POST", `canvases/${canvas}/restore/`, { seq, ...(elements ? { elements } : {}), dry_run: dryRun });
}

export function revert(canvas: string, choice: RevertChoice, dryRun = false): Promise<Reverted> {
  return write("POST", `canvases/${canvas}/revert/`, { ...choice, dry_run: dryRun });
}

const API = "/api/v1/";

/** Without a place there are no days but UTC's: the server knows zones by their places. */
function timeZone(): string | undefined {
  const { timeZone: zone } = new Intl.DateTimeFormat().resolvedOptions();
  return zone?.includes("/") ? zone : undefined;
}

function query(asked: object): string {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call(path, { ...(signal ? { signal } : {}) });
}

function write<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<T> {
  const headers = { "X-CSRFToken": csrfToken(), ...(body ? { "Content-Type": "application/json" } : {}) };
  return call(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
}

/** Rejects with Problem, with Unreachable when there is no answer, or as an aborted fetch does. */
async function call<T>(path: string, init: RequestInit): Promise<T> {
  const answer = await fetch(API + path, init).catch((error: unknown) => {
    throw error instanceof DOMException && error.name === "AbortError" ? error : new Unreachable();
  });
  if (answer.status === 204) return undefined as T;
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body as T;
  const { code, errors } = record(body);
  throw new Problem(
    answer.status,
    String(code ?? "error"),
    refusalInWords(body),
    record(errors) as Record<string, string[]>,
  );
}
