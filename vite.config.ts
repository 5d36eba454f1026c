import { cp, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import type { Manifest, Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

const BASE = "/static/dist/";
const OUT_DIR = "static/dist";

/** The canvas fonts, served by us: the editor reads them below its asset path (static/src/editor/asset-path.ts). */
function editorFonts(): Plugin {
  return {
    name: "editor-fonts",
    apply: "build",
    async writeBundle() {
      const entry = createRequire(import.meta.url).resolve("@excalidraw/excalidraw");
      const packageRoot = entry.slice(0, entry.lastIndexOf("/dist/"));
      await cp(join(packageRoot, "dist/prod/fonts"), join(OUT_DIR, "excalidraw-assets/fonts"), { recursive: true });
    },
  };
}

/**
 * The component names a public CDN as the last source of each font and of its library browser's scripts.
 * The text stands inside template literals, so an expression may replace it: a missing file then asks our own origin.
 */
function noForeignOrigin(): Plugin {
  return {
    name: "no-foreign-origin",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("@excalidraw") || !code.includes("https://esm.sh/")) return null;
      return { code: code.replaceAll("https://esm.sh/", `\${self.location.origin}${BASE}none/`), map: null };
    },
  };
}

/**
 * Two places of the component that cost most with thousands of elements (docs/performance.md). The version is pinned; when a
 * text is not found any more the build fails, and the place is to be looked at again.
 */
const QUICKER: [was: string, is: string][] = [
  // A second canvas for each element, though only arrows with a label use it: half the time of the first picture.
  [
    'let b=oe(e,t),E=document.createElement("canvas"),g=E.getContext("2d");if(ee(e)&&b){',
    'let b=oe(e,t),E=null,g;if(ee(e)&&b){E=document.createElement("canvas"),g=E.getContext("2d");',
  ],
  // Each field of the side panel looks through all elements, several times, for the selected ones, at each frame of a drag.
  [
    "gt=function(e,o,t,r,n){let i=o.editingTextElement,a=se(e),l=null;return i&&(l=t(i)),l||(ke(a,o)?",
    "gtSeen={},gtSelected=(e,o)=>(gtSeen.of===e&&gtSeen.ids===o.selectedElementIds||(gtSeen={of:e,ids:o.selectedElementIds," +
      "found:e.filter(c=>o.selectedElementIds[c.id])}),gtSeen.found),gt=function(e,o,t,r,n){let i=o.editingTextElement," +
      "a=se(gtSelected(e,o)),l=null;return i&&(l=t(i)),l||(a.length>0?",
  ],
];

function quickerComponent(): Plugin {
  const left = new Set<string>();
  return {
    name: "quicker-component",
    apply: "build",
    enforce: "pre",
    buildStart() {
      for (const [was] of QUICKER) left.add(was);
    },
    transform(code, id) {
      if (!id.includes("@excalidraw/excalidraw/dist/prod/")) return null;
      let changed = code;
      for (const [was, is] of QUICKER) {
        if (!changed.includes(was)) continue;
        left.delete(was);
        changed = changed.replace(was, () => is);
      }
      return changed === code ? null : { code: changed, map: null };
    },
    buildEnd() {
      if (left.size > 0) this.error(`The editor component has changed; not found: ${[...left].join(" | ")}`);
    },
  };
}

/** What is embedded elsewhere is no part of the application that is kept. */
const EMBED = { embed: "static/src/embed/main.ts" };
const ENTRIES = {
  editor: "static/src/editor/main.tsx",
  page: "static/src/pwa/page.ts",
  site: "static/src/site/main.ts",
};
/** Asked for by the first picture or file that is put on a canvas: small, and wanted without a network too. */
const ON_DEMAND =
  /\/(?:file-open|file-save|directory-open|roundRect|pica|image-blob-reduce\.esm|image-[A-Z0-9]+|ExportDialog|ImportDialog|Dialog|formats)-/;
/** The families a person can choose; the Chinese one (13 MB in slices) comes when it is used. */
const FONTS = /^excalidraw-assets\/fonts\/(?!Xiaolai)/;

/** The files that the entries need to start, by Vite's own manifest: what else there is loads, and is kept, when it is used. */
async function shell(): Promise<Set<string>> {
  const manifest = JSON.parse(await readFile(join(OUT_DIR, ".vite/manifest.json"), "utf8")) as Manifest;
  const files = new Set<string>();
  const take = (key: string): void => {
    const chunk = manifest[key];
    if (!chunk || files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    for (const next of chunk.imports ?? []) take(next);
  };
  for (const entry of Object.values(ENTRIES)) take(entry);
  return files;
}

/** The service worker is built here, and served by Django from the root of the site (projects/pwa/views.py). */
function serviceWorker(): Plugin[] {
  return VitePWA({
    strategies: "injectManifest",
    srcDir: "static/src/sw",
    filename: "sw.ts",
    outDir: OUT_DIR,
    injectRegister: false,
    manifest: false,
    injectManifest: {
      target: "es2022",
      globPatterns: ["**/*.{js,css,woff2}"],
      globIgnores: ["**/Xiaolai/**"],
      maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
      // Names carry a hash already.
      dontCacheBustURLsMatching: /^(?:assets|excalidraw-assets)\//,
      manifestTransforms: [
        async (entries) => {
          const wanted = await shell();
          const manifest = entries
            .filter(({ url }) => wanted.has(url) || ON_DEMAND.test(url) || FONTS.test(url))
            .map((entry) => ({ ...entry, url: `${BASE}${entry.url}` }));
          return { manifest, warnings: [] };
        },
      ],
    },
  });
}

export default defineConfig({
  base: BASE,
  publicDir: false,
  plugins: [noForeignOrigin(), quickerComponent(), react(), editorFonts(), serviceWorker()],
  build: {
    outDir: OUT_DIR,
    manifest: true,
    target: "es2022",
    // The editor component is one chunk of 1.4 MB by its own making.
    chunkSizeWarningLimit: 2000,
    // All browsers that can run the editor know it.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { ...ENTRIES, ...EMBED } },
  },
  test: {
    include: ["static/src/**/*.test.ts"],
    environment: "node",
  },
});
