import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { lazy, type RefObject, Suspense, useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { type Intercepted, useIntercept } from "./import/use-intercept";
import { linkHere, useLinks } from "./links/use-links";
import type { Page } from "./page";
import type { Theme } from "./theme";

const ExportDialog = lazy(async () => ({ default: (await import("./export/ExportDialog")).ExportDialog }));
const ImportDialog = lazy(async () => ({ default: (await import("./import/ImportDialog")).ImportDialog }));
const EmbedDialog = lazy(async () => ({ default: (await import("./share/EmbedDialog")).EmbedDialog }));

/** What the menu can ask for. */
export type ExchangeAction = "export" | "import" | "link" | "embed";

interface Props {
  page: Page;
  api: ExcalidrawImperativeAPI | null;
  open: boolean;
  editable: boolean;
  theme: Theme;
  host: RefObject<HTMLElement | null>;
  /** Whether keys are meant for the editor. */
  live: boolean;
  /** Set here, called by the menu. */
  asked: RefObject<(action: ExchangeAction) => void>;
  say: (message: string) => void;
}

/** The ways in and out of a canvas: export, import, links, embedding. Each dialog is loaded when it is first wanted. */
export function Exchange({ page, api, open, editable, theme, host, live, asked, say }: Props) {
  const [shown, setShown] = useState<"export" | "embed" | File | null>(null);
  const chooser = useRef<HTMLInputElement | null>(null);
  useLinks(api, open, say);

  const act = (action: ExchangeAction): void => {
    if (action === "import") return importAsked();
    if (action === "link") return copyLink();
    setShown(action);
  };
  const importAsked = (): void => {
    if (editable) chooser.current?.click();
    else say(t("You may not change this canvas."));
  };
  const copyLink = (): void => {
    if (!api) return;
    const { url, elements } = linkHere(api);
    navigator.clipboard.writeText(url).then(
      () =>
        say(
          elements > 0
            ? t("The link to {{count}} elements is copied.", { count: elements })
            : t("The link to this view is copied."),
        ),
      () => say(url),
    );
  };
  const take = (file: File): void => {
    if (editable) setShown(file);
    else say(t("You may not change this canvas."));
  };

  const intercepted = useRef<Intercepted>(null as unknown as Intercepted);
  intercepted.current = {
    onFile: take,
    onOpen: importAsked,
    onSave: () => say(t("Every change is saved by itself.")),
    onExport: () => setShown("export"),
  };
  useIntercept(host, intercepted, live);
  useEffect(() => {
    asked.current = act;
  });

  const close = (): void => setShown(null);
  return (
    <>
      <input
        ref={chooser}
        type="file"
        hidden
        data-testid="import-file"
        accept=".excalidraw,.json,application/json"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) take(file);
        }}
      />
      <Suspense fallback={null}>
        {api && shown === "export" && <ExportDialog page={page} api={api} theme={theme} say={say} onClose={close} />}
        {shown === "embed" && <EmbedDialog page={page} say={say} onClose={close} />}
        {api && shown instanceof File && (
          <ImportDialog page={page} file={shown} middle={middleOf(api)} onClose={close} />
        )}
      </Suspense>
    </>
  );
}

function middleOf(api: ExcalidrawImperativeAPI): { x: number; y: number } {
  const { width, height, zoom, scrollX, scrollY } = api.getAppState();
  return { x: width / 2 / zoom.value - scrollX, y: height / 2 / zoom.value - scrollY };
}
