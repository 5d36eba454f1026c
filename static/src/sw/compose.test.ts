import { expect, test } from "vitest";
import { withFilesOf } from "./compose";

const SHELL = `<head>
  <link rel="stylesheet" href="/static/dist/assets/main-NEW.css" />
  <script type="module" crossorigin="" src="/static/dist/assets/main-NEW.js"></script>
</head><body></body>`;

const KEPT = `<html lang="de"><head>
  <link rel="icon" href="/static/site/icon.svg">
  <link rel="stylesheet" href="/static/dist/assets/main-OLD.css" />
  <link href="/static/dist/assets/shared-OLD.js" rel="modulepreload" />
  <script type="module" crossorigin="" src="/static/dist/assets/main-OLD.js"></script>
</head><body><div id="editor" data-canvas-name="$&amp; &lt;b&gt;"></div></body></html>`;

test("a kept page takes the running version's files and keeps all else", () => {
  const page = withFilesOf(SHELL, KEPT, "2026-11-21T10:00:00Z");
  expect(page).not.toContain("OLD");
  expect(page.match(/main-NEW\.(js|css)/g)).toEqual(["main-NEW.css", "main-NEW.js"]);
  expect(page).toContain('<html lang="de">');
  expect(page).toContain('href="/static/site/icon.svg"');
  expect(page).toContain('data-canvas-name="$&amp; &lt;b&gt;"');
  expect(page).toContain('<meta name="kept-at" content="2026-11-21T10:00:00Z">');
});

test("dollar signs in names of files or pages are not patterns", () => {
  const shell = SHELL.replace("main-NEW.js", () => "main-$&$1.js");
  expect(withFilesOf(shell, KEPT, "now")).toContain("main-$&$1.js");
});
