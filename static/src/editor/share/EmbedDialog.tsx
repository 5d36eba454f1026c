import { useEffect, useState } from "react";
import { t } from "../../i18n";
import { Dialog } from "../Dialog";
import { csrfToken, refusalInWords } from "../../rest";
import type { Page } from "../page";

interface EmbedState {
  enabled: boolean;
  origins: string[];
  created_at: string | null;
  /** Told once, when the link is made. */
  url?: string;
}

/** For owners: which pages may show this canvas, read only, to anyone who sees those pages. */
export function EmbedDialog({
  page,
  say,
  onClose,
}: {
  page: Page;
  say: (message: string) => void;
  onClose: () => void;
}) {
  const [state, setState] = useState<EmbedState | null>(null);
  const [text, setText] = useState("");
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const ask = async (method: "GET" | "POST" | "PATCH" | "DELETE", body?: unknown): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      const answer = await call(page.canvasId, method, body);
      setState((now) => (method === "PATCH" && now ? { ...now, ...answer } : answer));
      setText(answer.origins.join("\n"));
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => void ask("GET"), []);

  const origins = text.split(/[\s,]+/).filter((origin) => origin !== "");
  const changed = state !== null && origins.join() !== state.origins.join();
  const code = state?.url && iframe(state.url, page.canvasName);

  return (
    <Dialog title={t("Embed in a page")} onClose={onClose} testId="embed-dialog">
      <p>
        {t(
          "Show this canvas in other websites. Everyone who sees such a page sees the canvas as it is now, and cannot change it.",
        )}
      </p>
      <label className="field">
        <span>{t("Websites that may show it, one a line")}</span>
        <textarea
          rows={3}
          value={text}
          placeholder="https://example.org"
          spellCheck={false}
          // What is asked for comes into this field: nothing typed before it is there may be lost.
          disabled={state === null}
          onChange={(event) => setText(event.target.value)}
        />
        {state?.enabled && origins.length === 0 && <small>{t("Without a website, nobody is shown the canvas.")}</small>}
      </label>
      {failed && (
        <p className="dialog-error" role="alert">
          {failed}
        </p>
      )}
      {code && (
        <label className="field">
          <span>{t("Code for the website")}</span>
          <textarea
            rows={3}
            readOnly
            value={code}
            data-testid="embed-code"
            onFocus={(event) => event.target.select()}
          />
          <small>{t("The link is secret and shown only now. Copy it before you close this.")}</small>
        </label>
      )}
      {state?.enabled && !code && (
        <p className="export-hint">{t("A link is in use. It was shown when it was made; a new one ends it.")}</p>
      )}
      <div className="dialog-actions">
        {state?.enabled && (
          <button type="button" className="button-danger" disabled={busy} onClick={() => void ask("DELETE")}>
            {t("Stop embedding")}
          </button>
        )}
        {state?.enabled && changed && (
          <button type="button" className="button-main" disabled={busy} onClick={() => void ask("PATCH", { origins })}>
            {t("Save websites")}
          </button>
        )}
        {code ? (
          <button
            type="button"
            className="button-main"
            onClick={() =>
              void navigator.clipboard.writeText(code).then(
                () => say(t("Copied to the clipboard.")),
                () => setFailed(t("The clipboard cannot be used here: select the code and copy it.")),
              )
            }
          >
            {t("Copy code")}
          </button>
        ) : (
          state && (
            <button
              type="button"
              className={state.enabled ? "button-plain" : "button-main"}
              disabled={busy}
              onClick={() => void ask("POST", { origins })}
            >
              {state.enabled ? t("Make a new link") : t("Make a link")}
            </button>
          )
        )}
      </div>
    </Dialog>
  );
}

function iframe(url: string, name: string): string {
  const title = name.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  return `<iframe src="${url}" title="${title}" width="800" height="500" style="border:0" loading="lazy"></iframe>`;
}

async function call(canvas: string, method: string, body?: unknown): Promise<EmbedState> {
  const answer = await fetch(`/api/v1/canvases/${canvas}/embed/`, {
    method,
    headers: { "X-CSRFToken": csrfToken(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status === 204) return { enabled: false, origins: [], created_at: null };
  const { status } = answer;
  const given: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(refusalInWords(given) || t("The server did not answer ({{status}}).", { status }));
  return given as EmbedState;
}
