import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
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

export default defineConfig({
  base: BASE,
  publicDir: false,
  plugins: [noForeignOrigin(), react(), editorFonts()],
  build: {
    outDir: OUT_DIR,
    manifest: true,
    target: "es2022",
    // The editor component is one chunk of 1.4 MB by its own making.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: "static/src/editor/main.tsx" },
  },
  test: {
    include: ["static/src/**/*.test.ts"],
    environment: "node",
  },
});
