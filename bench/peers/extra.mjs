// Entries for the harness's EXTRA: our server with durable deltas, and with previews.
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const entry = (adapter, more = {}) => ({
  adapter: path.join(here, adapter),
  cmd: [path.join(here, "serve")],
  cwd: here,
  ...more,
});

export default {
  ours: entry("durable.mjs"),
  // A preview is shown and never stored: there is nothing of it to find after a kill, and joining is the same as above.
  "ours-preview": entry("preview.mjs", { skip: ["join", "kill"] }),
};
