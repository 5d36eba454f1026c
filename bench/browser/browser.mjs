// What a person feels in the editor: opening, panning, others' changes, typing; and what it takes of memory.
import fs from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";

import { Client, newScene } from "../lib/client.mjs";
import { makePeople, newCanvas, Server } from "../lib/server.mjs";
import { sleep } from "../lib/system.mjs";
import { scene } from "./scene.mjs";
import { busyAfter, traced } from "./trace.mjs";

const SCENARIOS = {
  open: "from the address to the first picture of the whole canvas: nothing cached; files cached; no network",
  memory: "the page's heap after a collection",
  pan: "frames while the wheel moves the canvas, everything in view and at 100 %",
  delta: "the page's main thread for one remote delta of 50 changes, drawing included",
  drag: "frames while one element is dragged",
  type: "from a key to the next picture, in a text",
};

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean" },
    list: { type: "boolean" },
    only: { type: "string", default: Object.keys(SCENARIOS).join(",") },
    elements: { type: "string", default: "1000,10000" },
    runs: { type: "string", default: "3" },
    profile: { type: "string" },
    headed: { type: "boolean", default: false },
  },
});
if (options.help || options.list) {
  console.log("bench/browser/run [--only open,pan,...] [--elements 1000,10000] [--runs 3] [--profile FOLDER] [--headed]\n");
  for (const [name, what] of Object.entries(SCENARIOS)) console.log(`  ${name.padEnd(8)}${what}`);
  process.exit();
}
const wanted = new Set(options.only.split(","));
const runs = Number(options.runs);
const executablePath = process.env.CHROMIUM || process.env.CHROMIUM_PATH || "/usr/bin/chromium";

const percentile = (numbers, part) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
};
const ms = (number) => (number >= 100 ? number.toFixed(0) : number.toFixed(1));
const spread = (numbers) => `p50 ${ms(percentile(numbers, 0.5))}, p95 ${ms(percentile(numbers, 0.95))}`;

let before = machineCpu();
function machineCpu() {
  const [, ...fields] = fs.readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/\s+/).map(Number);
  const total = fields.slice(0, 8).reduce((a, b) => a + b);
  return { busy: total - fields[3] - fields[4], total };
}
function say(what, elements, said) {
  const now = machineCpu();
  const share = ((now.busy - before.busy) / (now.total - before.total)) * 100;
  before = now;
  console.log(`| ${what} | ${elements} | ${said} | ${share.toFixed(0)} |`);
}

const server = await Server.start();
const people = await makePeople(server, 2);
const browser = await chromium.launch({
  executablePath,
  headless: !options.headed,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// In the page, before its own scripts.
function watch() {
  const watched = (window.bench = { frames: [], keys: [], opened: undefined });
  const look = () => {
    const canvas = document.querySelector(".excalidraw canvas.static");
    const loading = document.querySelector("[data-testid=loading]");
    if (canvas && !loading) {
      // Drawn in this frame, seen after the next.
      requestAnimationFrame(() => setTimeout(() => (watched.opened = performance.now())));
      return;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  watched.record = () => {
    watched.frames = [];
    let last = performance.now();
    watched.recording = true;
    const frame = (now) => {
      watched.frames.push(now - last);
      last = now;
      if (watched.recording) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };
  addEventListener(
    "keydown",
    ({ timeStamp }) => requestAnimationFrame(() => setTimeout(() => watched.keys.push(performance.now() - timeStamp))),
    true,
  );
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...words) {
      super(...words);
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string" && data.includes('"delta"')) performance.mark("delta");
      });
    }
  };
}

async function signedIn() {
  const context = await browser.newContext({ baseURL: server.http, viewport: { width: 1280, height: 800 } });
  await context.addInitScript(watch);
  const page = await context.newPage();
  await page.goto("/sign-in/");
  await page.locator("[name=username]").fill(people.names[0]);
  await page.locator("[name=password]").fill(people.password);
  await page.locator("form button[type=submit].wide").click();
  await page.waitForURL("**/p/");
  return { context, page };
}

async function opened(page, canvas) {
  await page.goto(`/c/${canvas}/`, { waitUntil: "commit" });
  await page.waitForFunction(() => window.bench?.opened !== undefined, undefined, { timeout: 60000, polling: 100 });
  return page.evaluate(() => window.bench.opened);
}

async function profiled(page, name, work) {
  if (!options.profile) return work();
  const session = await page.context().newCDPSession(page);
  await session.send("Profiler.enable");
  await session.send("Profiler.setSamplingInterval", { interval: 200 });
  await session.send("Profiler.start");
  const result = await work();
  const { profile } = await session.send("Profiler.stop");
  fs.mkdirSync(options.profile, { recursive: true });
  fs.writeFileSync(`${options.profile}/${name}.cpuprofile`, JSON.stringify(profile));
  await session.detach();
  return result;
}

async function frames(page, work) {
  await page.evaluate(() => window.bench.record());
  await work();
  return page.evaluate(() => {
    window.bench.recording = false;
    return window.bench.frames.slice(2);
  });
}

async function wheel(page, steps) {
  await page.mouse.move(640, 450);
  for (let step = 0; step < steps; step++) {
    const way = step % 40 < 20 ? 1 : -1;
    await page.mouse.wheel(12 * way, 8 * way);
    await sleep(8);
  }
}

async function dragOne(page) {
  const at = (step) => [501 + Math.min(step, 160 - step), 340 + Math.min(step, 160 - step)];
  await page.mouse.move(...at(0));
  await page.mouse.down();
  for (let step = 0; step <= 160; step++) {
    await page.mouse.move(...at(step));
    await sleep(8);
  }
  await page.mouse.up();
}

async function deltas(page, peer, count, view) {
  await sleep(1000);
  const rounds = 20;
  const found = await traced(browser, page, "delta", () =>
    profiled(page, `delta-${view}-${count}`, async () => {
      for (let round = 0; round < rounds; round++) {
        const strokeColor = round % 2 ? "#e03131" : "#1971c2";
        peer.intent(
          Array.from({ length: 50 }, (_, i) => {
            return { op: "update", id: `e${(round * 50 + i * 7) % count}`, set: { "properties.strokeColor": strokeColor } };
          }),
        );
        await sleep(300);
      }
    }),
  );
  if (found.marks.length < rounds) console.error(`only ${found.marks.length} deltas of ${rounds} were seen`);
  return busyAfter(found, 200);
}

async function measureOpening(canvas, count) {
  const [cold, again, away] = [[], [], []];
  for (let run = 0; run < runs; run++) {
    const { context, page } = await signedIn();
    await page.evaluate(async () => {
      for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
      for (const name of await caches.keys()) await caches.delete(name);
    });
    await (await context.newCDPSession(page)).send("Network.clearBrowserCache");
    cold.push(await profiled(page, `open-cold-${count}`, () => opened(page, canvas)));
    const kept = (path) => caches.match(path).then(Boolean);
    await page.waitForFunction(kept, `/c/${canvas}/`, { timeout: 30000, polling: 200 });
    await sleep(2500); // what is stored on the device in the background
    again.push(await profiled(page, `open-again-${count}`, () => opened(page, canvas)));
    await sleep(1500);
    await context.setOffline(true);
    away.push(await opened(page, canvas).catch(() => NaN));
    await context.close();
  }
  say("open, nothing cached", count, spread(cold));
  say("open again", count, spread(again));
  say("open without a network", count, away.some(Number.isNaN) ? "not possible" : spread(away));
}

async function measure(count) {
  const canvas = await newCanvas(server, people);
  const peer = await Client.join({ origin: server.origin, canvas, token: people.tokens[1] }, newScene());
  await peer.seed(scene(count));
  await sleep(2000); // the checkpoint is behind us
  if (wanted.has("open")) await measureOpening(canvas, count);

  const { context, page } = await signedIn();
  await opened(page, canvas);
  await sleep(3000);
  if (wanted.has("memory")) {
    const session = await context.newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    say("memory (MB of heap)", count, ((await session.send("Runtime.getHeapUsage")).usedSize / 1e6).toFixed(0));
  }
  for (const [view, words] of [["all", "all in view"], ["100", "at 100 %"]]) { // prettier-ignore
    await page.keyboard.press(view === "100" ? "Control+0" : "Shift+1");
    await sleep(count / 2);
    if (wanted.has("pan")) {
      const found = await profiled(page, `pan-${view}-${count}`, () => frames(page, () => wheel(page, 160)));
      say(`pan, ${words}: a frame`, count, spread(found));
    }
    if (wanted.has("delta")) {
      say(`delta of 50, ${words}: main thread`, count, spread(await deltas(page, peer, count, view)));
    }
  }
  if (wanted.has("drag")) {
    await page.keyboard.press("r");
    await page.mouse.move(500, 300);
    await page.mouse.down();
    await page.mouse.move(600, 380, { steps: 4 });
    await page.mouse.up();
    await sleep(800);
    const found = await profiled(page, `drag-${count}`, () => frames(page, () => dragOne(page)));
    say("drag one element: a frame", count, spread(found));
  }
  if (wanted.has("type")) {
    await page.keyboard.press("Escape");
    await page.keyboard.press("t");
    await page.mouse.click(700, 500);
    await page.evaluate(() => (window.bench.keys = []));
    const text = "The quick brown fox jumps over the lazy dog";
    await profiled(page, `type-${count}`, () => page.keyboard.type(text, { delay: 60 }));
    await sleep(300);
    say("type: key to picture", count, spread(await page.evaluate(() => window.bench.keys)));
  }
  await context.close();
  peer.close();
}

console.log("| what | elements | ms | the machine's CPU % meanwhile |\n| --- | --- | --- | --- |");
for (const count of options.elements.split(",").map(Number)) await measure(count);
await browser.close();
await server.stop();
process.exit(0);
