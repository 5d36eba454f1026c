import { exportToCanvas } from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useEffect, useRef, useState } from "react";
import { t } from "../../i18n";
import { Dialog } from "../Dialog";
import type { Page } from "../page";
import type { Theme } from "../theme";
import { excalidraw, type Format, framesOf, type Options, ownJson, png, type Scene, sceneOf, svg } from "./formats";
import { fileName } from "./pages";
import { saveFile } from "./save";

const PREVIEW_SIDE = 640;
const SCALES = [1, 2, 3];

interface Props {
  page: Page;
  api: ExcalidrawImperativeAPI;
  theme: Theme;
  say: (message: string) => void;
  onClose: () => void;
}

/** Takes the canvas out as a picture, a document or a file. Everything but the history reference works offline. */
export function ExportDialog({ page, api, theme, say, onClose }: Props) {
  const anySelected = Object.values(api.getAppState().selectedElementIds).some(Boolean);
  const [format, setFormat] = useState<Format>("png");
  const [history, setHistory] = useState(false);
  const [options, setOptions] = useState<Options>({
    scale: 2,
    background: true,
    dark: theme === "dark",
    selection: anySelected,
    embedScene: false,
    pages: true,
  });
  const [busy, setBusy] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const set = (change: Partial<Options>): void => setOptions((now) => ({ ...now, ...change }));

  const scene = sceneOf(api, options);
  const frames = framesOf(scene).length;
  const picture = format === "png" || format === "svg" || format === "pdf";
  const empty = scene.elements.length === 0;

  const attempt = async (words: string, work: () => Promise<string | void>): Promise<void> => {
    setBusy(words);
    setFailed(null);
    try {
      const done = await work();
      if (done) say(done);
      onClose();
    } catch (error) {
      console.error(error);
      setFailed(t("That did not work: {{reason}}", { reason: error instanceof Error ? error.message : String(error) }));
    } finally {
      setBusy(null);
    }
  };

  const download = (): Promise<void> =>
    attempt(t("Making the file…"), async () => {
      const made = await makeFile(page, scene, format, options, history, (done, of) =>
        setBusy(t("Page {{done}} of {{of}}…", { done: Math.min(done + 1, of), of })),
      );
      saveFile(made.blob, fileName(page.canvasName, made.extension));
    });

  const copy = (kind: "png" | "svg"): Promise<void> =>
    attempt(t("Copying…"), async () => {
      if (kind === "svg") await navigator.clipboard.writeText(await svg(scene));
      // The promise goes in, not its result: some browsers allow the clipboard only at once after the click.
      else await navigator.clipboard.write([new ClipboardItem({ "image/png": png(scene, options.scale) })]);
      return t("Copied to the clipboard.");
    });

  return (
    <Dialog title={t("Export")} onClose={onClose} wide testId="export-dialog">
      <div className="export">
        <Preview scene={scene} dark={options.dark} background={options.background} format={format} />
        <form
          className="export-options"
          onSubmit={(event) => {
            event.preventDefault();
            void download();
          }}
        >
          <fieldset className="segments">
            <legend>{t("Format")}</legend>
            <div className="segments-row">
              {FORMATS.map((one) => (
                <label key={one}>
                  <input type="radio" name="format" checked={format === one} onChange={() => setFormat(one)} />
                  <span>{LABELS[one]}</span>
                </label>
              ))}
            </div>
          </fieldset>
          <p className="export-hint">{hint(format)}</p>
          {(format === "png" || format === "pdf") && (
            <fieldset className="segments segments-small">
              <legend>{t("Size")}</legend>
              <div className="segments-row">
                {SCALES.map((scale) => (
                  <label key={scale}>
                    <input
                      type="radio"
                      name="scale"
                      checked={options.scale === scale}
                      onChange={() => set({ scale })}
                    />
                    <span>{scale}×</span>
                  </label>
                ))}
              </div>
            </fieldset>
          )}
          {picture && (
            <>
              <Toggle label={t("Background")} on={options.background} change={(background) => set({ background })} />
              <Toggle label={t("Dark")} on={options.dark} change={(dark) => set({ dark })} />
            </>
          )}
          {anySelected && (
            <Toggle label={t("Selection only")} on={options.selection} change={(selection) => set({ selection })} />
          )}
          {(format === "png" || format === "svg") && (
            <Toggle
              label={t("Include the drawing, to open it again")}
              on={options.embedScene}
              change={(embedScene) => set({ embedScene })}
            />
          )}
          {format === "pdf" && frames > 0 && (
            <Toggle
              label={t("A page for each frame ({{frames}})", { frames })}
              on={options.pages}
              change={(pages) => set({ pages })}
            />
          )}
          {format === "json" && (
            <Toggle
              label={t("Include the history reference")}
              on={history}
              disabled={!navigator.onLine}
              change={setHistory}
            />
          )}
          <p className="export-state" role="status" data-failed={failed !== null}>
            {failed ?? busy ?? (empty ? t("There is nothing to export yet.") : "")}
          </p>
          <div className="dialog-actions">
            {(format === "png" || format === "svg") && (
              <button
                type="button"
                className="button-plain"
                disabled={empty || !!busy}
                onClick={() => void copy(format)}
              >
                {format === "png" ? t("Copy as PNG") : t("Copy as SVG")}
              </button>
            )}
            <button type="submit" className="button-main" disabled={(empty && picture) || !!busy}>
              {t("Download")}
            </button>
          </div>
        </form>
      </div>
    </Dialog>
  );
}

const FORMATS: Format[] = ["png", "svg", "pdf", "excalidraw", "json"];
const LABELS: Record<Format, string> = { png: "PNG", svg: "SVG", pdf: "PDF", excalidraw: "Excalidraw", json: "JSON" };

function hint(format: Format): string {
  switch (format) {
    case "png":
      return t("A picture for slides, chats and documents.");
    case "svg":
      return t("A drawing that stays sharp at any size.");
    case "pdf":
      return t("A document to print or hand out.");
    case "excalidraw":
      return t("A file that Excalidraw opens, images included.");
    case "json":
      return t("All elements as this product keeps them, images included.");
  }
}

async function makeFile(
  page: Page,
  scene: Scene,
  format: Format,
  options: Options,
  history: boolean,
  said: (done: number, of: number) => void,
): Promise<{ blob: Blob; extension: string }> {
  switch (format) {
    case "png":
      return { blob: await png(scene, options.scale), extension: "png" };
    case "svg":
      return { blob: new Blob([await svg(scene)], { type: "image/svg+xml" }), extension: "svg" };
    case "pdf":
      return { blob: await (await import("./pdf")).pdf(scene, options, page.canvasName, said), extension: "pdf" };
    case "excalidraw":
      return { blob: new Blob([excalidraw(scene)], { type: "application/json" }), extension: "excalidraw" };
    case "json":
      if (history) return { blob: await withHistory(page), extension: "canvas.json" };
      return {
        blob: new Blob([ownJson(scene, page.canvasName)], { type: "application/json" }),
        extension: "canvas.json",
      };
  }
}

/** Only the server knows the chain of hashes that the reference names. */
async function withHistory(page: Page): Promise<Blob> {
  const answer = await fetch(`/api/v1/canvases/${page.canvasId}/export/?format=json&history=1`);
  if (!answer.ok) throw new Error(t("The server did not answer ({{status}}).", { status: answer.status }));
  return answer.blob();
}

function Toggle(props: { label: string; on: boolean; disabled?: boolean; change: (on: boolean) => void }) {
  return (
    <label className="toggle">
      <input
        type="checkbox"
        role="switch"
        checked={props.on}
        disabled={props.disabled}
        onChange={(event) => props.change(event.target.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

/** What the file will look like, small. */
function Preview({
  scene,
  dark,
  background,
  format,
}: {
  scene: Scene;
  dark: boolean;
  background: boolean;
  format: Format;
}) {
  const host = useRef<HTMLDivElement | null>(null);
  const key = `${scene.elements.length} ${dark} ${background}`;
  useEffect(() => {
    let stale = false;
    void exportToCanvas({ ...scene, exportPadding: 16, maxWidthOrHeight: PREVIEW_SIDE }).then(
      (canvas: HTMLCanvasElement) => {
        if (stale || !host.current) return;
        canvas.removeAttribute("style");
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", t("Preview"));
        host.current.replaceChildren(canvas);
      },
    );
    return () => {
      stale = true;
    };
    // The scene is made anew with each render; what of it matters here is in the key.
  }, [key]);
  return <div className="export-preview" data-checks={!background && format !== "json"} ref={host} />;
}
