/** What all calls of the REST API share: the token of a write that a cookie signs in, bodies, a refusal's words. */

/** What Django asks of every write that a cookie signs in. */
export function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

export interface Answer {
  status: number;
  /** null: there is none, or it is no JSON. */
  body: unknown;
  /** What the server asks to wait, 0 when it does not say. */
  retryAfterSeconds: number;
}

/** The server cannot be reached, or the connection broke before it answered. */
export class Unreachable extends Error {}

/** `sent` is called with the share of the body that is on the server, 0 to 1. Rejects with Unreachable only. */
export function postForm(url: string, form: FormData, sent?: (share: number) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // fetch does not tell how much of a body has gone.
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = ({ loaded, total }) => sent?.(total > 0 ? loaded / total : 0);
    request.onload = () =>
      resolve({
        status: request.status,
        body: parsed(request.responseText),
        retryAfterSeconds: Number(request.getResponseHeader("Retry-After")) || 0,
      });
    request.onerror = request.onabort = request.ontimeout = () => reject(new Unreachable());
    request.send(form);
  });
}

/** Why it was refused, in the server's words: a field's own before those of the whole; "" when it says nothing. */
export function refusalInWords(problem: unknown): string {
  const { detail, errors } = record(problem);
  const [first] = Object.values(record(errors)).flat();
  return String(first ?? detail ?? "");
}

/** `value` when it is an object, else an empty one. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
