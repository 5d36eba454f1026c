/** Pictures over the REST API. */

import { type Answer, postForm, record } from "../rest";
import type { Fetched } from "./downloads";
import type { Picture } from "./picture";
import type { Sent } from "./uploads";

const ADDRESS = "/api/v1/assets/";
/** May pass: signed out (somebody signs in again), a slow answer, too many at once, the server away. */
const PASSING = new Set([401, 408, 409, 425, 429]);
const SIGNED_OUT_MS = 15_000;

export async function send(picture: Picture, canvas: string, progress: (share: number) => void): Promise<Sent> {
  const form = new FormData();
  form.append("canvas", canvas);
  form.append("file", picture.blob, "picture");
  try {
    return answered(await postForm(ADDRESS, form, progress), picture.id);
  } catch {
    return { type: "later" };
  }
}

function answered({ status, body, retryAfterSeconds }: Answer, id: string): Sent {
  const said = record(body);
  if (status === 200 || status === 201) {
    if (said["id"] === id) return { type: "done" };
    return { type: "later" }; // not what was sent: cut on the way
  }
  if (status >= 500 || PASSING.has(status)) {
    const afterMs = retryAfterSeconds > 0 ? retryAfterSeconds * 1_000 : status === 401 ? SIGNED_OUT_MS : undefined;
    return afterMs === undefined ? { type: "later" } : { type: "later", afterMs };
  }
  return { type: "refused", code: String(said["code"] ?? status), detail: String(said["detail"] ?? "") };
}

export async function fetchPicture(id: string): Promise<Fetched> {
  try {
    const answer = await fetch(`${ADDRESS}${id}/`);
    if (answer.ok) return { type: "picture", blob: await answer.blob() };
    if (answer.status === 404) return { type: "absent" };
    const seconds = Number(answer.headers.get("Retry-After"));
    return seconds > 0 ? { type: "later", afterMs: seconds * 1_000 } : { type: "later" };
  } catch {
    return { type: "later" };
  }
}

/** Lets one tab at a time do something. */
export async function alone(name: string, work: () => Promise<void>): Promise<boolean> {
  return navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock !== null) await work();
    return lock !== null;
  });
}
