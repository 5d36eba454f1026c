/** Pages that were kept, made fit to be shown again. Pure: texts in, texts out. */

/** What a page loads of the build: script, modulepreload and style sheet tags of hashed files. */
const BUILT = /[ \t]*<(?:script|link)\b[^>]*\/static\/dist\/[^>]*>(?:<\/script>)?\n?/g;

/**
 * The kept page with the built files of `shell`, a page of the running version: those that it named itself may be of
 * a version whose files are gone.
 */
export function withFilesOf(shell: string, kept: string, keptAt: string): string {
  const files = (shell.match(BUILT) ?? []).join("");
  const meta = `<meta name="kept-at" content="${keptAt}">\n`;
  return kept.replace(BUILT, "").replace("</head>", () => `${meta}${files}</head>`);
}
