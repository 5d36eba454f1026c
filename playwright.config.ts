import { defineConfig } from "@playwright/test";

/** A browser of the machine: none is downloaded. */
const executablePath = process.env["CHROMIUM"] || process.env["CHROMIUM_PATH"] || "/usr/bin/chromium";

export default defineConfig({
  testDir: "tests/browser",
  outputDir: "test-results/browser",
  globalSetup: "./tests/browser/global-setup.ts",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // All tests share one server; two browsers and three engines are enough for two cores.
  workers: 1,
  // A browser on two busy cores may miss a deadline once; what fails twice is a fault.
  retries: process.env["CI"] ? 1 : 0,
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    // Pictures of every step make the browsers half as quick: for those, `--trace on`.
    trace: { mode: "retain-on-failure", snapshots: false, screenshots: false },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
