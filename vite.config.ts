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

/** What is embedded elsewhere is no part of the application that is kept. */
const EMBED = { embed: "static/src/embed/main.ts" };
const ENTRIES = {
  editor: "static/src/editor/main.tsx",
  page: "static/src/pwa/page.ts",
  site: "static/src/site/main.ts",
};
/** Asked for by the first picture or file that is put on a canvas: small, and wanted without a network too. */
const ON_DEMAND =
  /\/(?:file-open|file-save|directory-open|roundRect|pica|image-blob-reduce\.esm|image-[A-Z0-9]+|ExportDialog|ImportDialog|Dialog|formats|pdf)-/;
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

/** The service worker is built here, and served by Django from the root of the site (pwa/views.py). */
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
  plugins: [noForeignOrigin(), react(), editorFonts(), serviceWorker()],
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
