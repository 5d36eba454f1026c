/** `npm run screenshots`: every page in the folder screenshots/, to be looked at. No assertions beyond what the way there needs. */

import { defineConfig } from "@playwright/test";
import tests from "../../../playwright.config";

export default defineConfig({
  ...tests,
  testDir: ".",
  testMatch: "*.shots.ts",
  globalSetup: "../global-setup.ts",
  outputDir: "../../../test-results/screenshots",
  timeout: 180_000,
});
