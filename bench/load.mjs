// The load generator: bench/run starts it among engines of its own. docs/performance.md says what is measured and how.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { meter } from "./lib/capacity.mjs";
import { Client, newScene, rectangles } from "./lib/client.mjs";
import { drive, percentile } from "./lib/drive.mjs";
import { makePeople, manage, newCanvas, Server, startWorker } from "./lib/server.mjs";
import { machine, machineBusy, memoryOf, siblings, sleep, until } from "./lib/system.mjs";
import { tables } from "./lib/tables.mjs";

const HELP = `bench/run [options]
  --only A,B      scenarios by name or beginning of a name (--list names them); all without it
  --seconds S     length of each load (8)
  --reps N        how often each scenario runs (1); with 2 a cell reads "first / second"
  --observers N   clients that parse what they get (10)
  --quiet S       waits up to S seconds for the machine to be quiet, and repeats a load that others disturbed
  --worker        runs the projection worker too
  --out FILE      JSON lines of the results (in the folder for temporary files without it)
  --table FILE    only prints the tables of an earlier run's JSON lines`;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "8" },
    reps: { type: "string", default: "1" },
    observers: { type: "string", default: "10" },
    quiet: { type: "string", default: "0" },
    worker: { type: "boolean", default: false },
    out: { type: "string", default: path.join(os.tmpdir(), `canvas-bench-${process.pid}.jsonl`) },
    table: { type: "string" },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const SECONDS = Number(options.seconds);
const OBSERVERS = Number(options.observers);
const PEOPLE = 10; // who the clients belong to: what one user may open and send is limited
const BIG = 10_000;
const ELEMENTS = 200;
const IDLE = 500;
const QUIET_CPU = 0.12; // of one core, that others may use
const COLD_JOINS = 3;
const WARM_JOINS = 7;

const LOADS = [
  // clients, messages a second each, targets in ms: previews {p50, p99}, durable {p50, p99}
  [2, 20, { p50: 1.5, p99: 4 }, { p50: 8, p99: 20 }],
  [10, 20, { p99: 12 }, { p99: 30 }],
  [50, 20, { p99: 15, cpu: 8 }, { p99: 40 }],
  [100, 20, { p99: 22 }, { p99: 60 }],
  [10, 400, { p99: 20 }, { p99: 60 }],
];

const scenarios = {};
for (const [clients, rate, previews, durable] of LOADS) {
  const name = rate === 20 ? String(clients) : `${clients}x${rate}`;
  scenarios[`previews-${name}`] = (context) => load(context, { clients, rate, durable: false, target: previews });
  scenarios[`durable-${name}`] = (context) => load(context, { clients, rate, durable: true, target: durable });
}
scenarios["processes-previews"] = (context) => load(context, { clients: 10, rate: 20, durable: false, processes: 2 });
scenarios["processes-durable"] = (context) => load(context, { clients: 10, rate: 20, durable: true, processes: 2 });
scenarios["canvases-previews"] = (context) => load(context, { clients: 2, rate: 20, durable: false, canvases: 50 });
scenarios["canvases-durable"] = (context) => load(context, { clients: 2, rate: 20, durable: true, canvases: 50 });
scenarios.join = join;
scenarios.idle = idle;
scenarios.capacity = capacity;

// One canvas on each of `canvases`, its clients spread over the processes.
async function load(context, { clients, rate, durable, target = {}, processes = 1, canvases = 1, seconds = SECONDS }) {
  const servers = [];
  const everybody = [];
  try {
    for (let one = 0; one < processes; one++) servers.push(await Server.start());
    const groups = [];
    for (let one = 0; one < canvases; one++) {
      const canvas = await newCanvas(servers[0], context.people);
      const group = { clients: [] };
      const scenes = servers.map(newScene); // what a light client reports as seen is from an observer at its server
      for (let place = 0; place < clients; place++) {
        const server = servers[place % processes];
        const client = await joinCanvas(context, server, canvas, place + one, scenes[place % processes]);
        if (place === 0) await client.seed(rectangles(canvases > 1 ? 20 : ELEMENTS));
        group.clients.push(client);
        everybody.push(client);
      }
      group.observers = group.clients.slice(0, OBSERVERS);
      group.clients.slice(OBSERVERS).forEach((client) => client.setLight());
      groups.push(group);
    }
    await sleep(1500); // the seed's checkpoint is behind us
    const pids = { servers: servers.map((server) => server.pid), ...context.engines };
    const result = await drive({ groups, rate, seconds, durable, pids });
    const fits =
      result.lost === 0 &&
      result.rejected === 0 &&
      result.cut === 0 &&
      (target.p50 === undefined || result.p50 <= target.p50) &&
      (target.p99 === undefined || result.p99 <= target.p99);
    const row = {
      kind: "load",
      clients,
      rate,
      durable,
      processes,
      canvases,
      ...result,
      target,
      met: target.p99 ? fits : null,
    };
    const figures = [];
    if (target.cpu) {
      figures.push(
        figure("server CPU per preview delivery, 50 clients", result.microsecondsPerDelivery, "µs", target.cpu),
      );
    }
    if (durable && canvases === 1 && processes === 1) {
      figures.push(figure(`commits a second, ${clients} clients × ${rate}/s`, result.commitsPerSecond, "/s", 62.5));
    }
    return [row, ...figures];
  } finally {
    everybody.forEach((client) => client.close());
    for (const server of servers) await server.stop();
  }
}

async function join(context) {
  const canvases = [];
  let server = await Server.start();
  try {
    for (let one = 0; one < COLD_JOINS; one++) {
      const canvas = await newCanvas(server, context.people);
      const client = await joinCanvas(context, server, canvas);
      await client.seed(rectangles(BIG));
      canvases.push(canvas);
      client.close();
    }
  } finally {
    await server.stop(); // writes the checkpoints
  }
  server = await Server.start();
  const open = [];
  try {
    open.push(await joinCanvas(context, server, await newCanvas(server, context.people)));
    await sleep(1000);
    const cold = [];
    const memory = [];
    let bytes = 0;
    for (const canvas of canvases) {
      const before = memoryOf(server.pid);
      const client = await joinCanvas(context, server, canvas);
      open.push(client);
      cold.push(client.joinMs);
      bytes = client.joinBytes;
      await sleep(1500);
      memory.push(memoryOf(server.pid) - before);
    }
    const warm = [];
    for (let one = 0; one < WARM_JOINS; one++) {
      const client = await joinCanvas(context, server, canvases[0], one);
      warm.push(client.joinMs);
      client.close();
      await sleep(100);
    }
    const note = `median of ${cold.length}, worst ${Math.max(...cold).toFixed(0)} ms`;
    const noteWarm = `median of ${warm.length}, worst ${Math.max(...warm).toFixed(0)} ms; ${(bytes / 1e6).toFixed(1)} MB`;
    return [
      figure("join of 10 000 elements, cold, to the last byte", median(cold), "ms", 900, note),
      figure("join of 10 000 elements, warm, to the last byte", median(warm), "ms", 200, noteWarm),
      figure(
        "server memory for a 10 000-element room",
        memory[0],
        "MB",
        60,
        `first room of the process; further ones ${memory.slice(1).map((one) => one.toFixed(0)).join(", ")} MB`, // prettier-ignore
      ),
    ];
  } finally {
    open.forEach((client) => client.close());
    await server.stop();
  }
}

async function idle(context) {
  const server = await Server.start();
  const open = [];
  try {
    const canvas = await newCanvas(server, context.people);
    const scene = newScene();
    const openUp = async (count) => {
      const more = [];
      while (more.length < count) {
        const batch = Array.from({ length: 20 }, (_, place) =>
          joinCanvas(context, server, canvas, more.length + place, scene),
        );
        for (const client of await Promise.all(batch)) {
          client.setLight();
          more.push(client);
        }
      }
      return more;
    };
    open.push(...(await openUp(20)));
    const gone = await openUp(40); // what the first sockets of a process cost is not the sockets'
    gone.forEach((client) => client.close());
    await sleep(3000);
    const before = memoryOf(server.pid);
    open.push(...(await openUp(IDLE)));
    await sleep(5000);
    const each = ((memoryOf(server.pid) - before) * 1024) / IDLE;
    return [figure("server memory per idle connection", each, "KB", 60, `${IDLE} joined sockets on one canvas`)];
  } finally {
    open.forEach((client) => client.close());
    await server.stop();
  }
}

// Write units by what people do. The meter sits between the server and DynamoDB and reads ConsumedCapacity.
async function capacity(context) {
  const rows = [];
  const kinds = [
    ["one person, an edit each 2 s", 1, 0.5, 0],
    ["one person, an edit each 2 s, on a canvas that 1 000 browser tabs have edited", 1, 0.5, 1000],
    ["10 people, each an edit each 2 s", 10, 0.5, 0],
    ["10 people, each 20 stored changes a second", 10, 20, 0],
    ["100 people, each 20 stored changes a second", 100, 20, 0],
  ];
  for (const [what, clients, rate, earlier] of kinds) {
    const gauge = await meter(process.env.DYNAMODB_ENDPOINT_URL);
    const server = await Server.start({ DYNAMODB_ENDPOINT_URL: gauge.url });
    const open = [];
    try {
      const canvas = await newCanvas(server, context.people);
      const scene = newScene();
      for (let place = 0; place < clients; place++) {
        open.push(await joinCanvas(context, server, canvas, place, scene));
        if (place === 0) await open[0].seed(rectangles(ELEMENTS));
      }
      for (let tab = 0; tab < earlier; tab++) {
        const visitor = await joinCanvas(context, server, canvas, tab, scene);
        visitor.move("e0", tab, tab, 0);
        await until(() => visitor.acknowledged === 1, 5000, 2);
        visitor.close();
      }
      open.slice(OBSERVERS).forEach((client) => client.setLight());
      await sleep(3000); // the seed's checkpoint
      const before = new Map([...gauge.totals].map(([name, total]) => [name, { ...total }]));
      const seconds = rate < 1 ? Math.max(20, SECONDS) : SECONDS;
      const pids = { servers: [server.pid], ...context.engines };
      const result = await drive({
        groups: [{ clients: open, observers: open.slice(0, OBSERVERS) }],
        rate,
        seconds,
        durable: true,
        pids,
      });
      await sleep(2500); // the last checkpoint
      const parts = {};
      for (const [name, total] of gauge.totals) {
        const was = before.get(name) ?? {};
        if (total.requests > (was.requests ?? 0)) {
          const { times, ...sums } = total;
          const sorted = times.slice(was.requests ?? 0).sort((a, b) => a - b);
          parts[name] = Object.fromEntries(Object.keys(sums).map((key) => [key, sums[key] - (was[key] ?? 0)]));
          parts[name].p50 = percentile(sorted, 0.5);
          parts[name].p99 = percentile(sorted, 0.99);
        }
      }
      rows.push({ kind: "capacity", what, edits: result.sent, seconds, parts });
    } finally {
      open.forEach((client) => client.close());
      await server.stop();
      gauge.close();
    }
  }
  return rows;
}

function joinCanvas(context, server, canvas, person = 0, scene = newScene()) {
  const token = context.people.tokens[person % PEOPLE];
  return Client.join({ origin: server.origin, canvas, token }, scene);
}

const median = (values) =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
const figure = (what, value, unit, limit, note = "") => ({
  kind: "figure",
  what,
  value,
  unit,
  limit,
  note,
  met: value <= limit,
});

async function main() {
  const wanted = options.only.split(",").filter(Boolean);
  const chosen = Object.keys(scenarios).filter(
    (name) =>
      !wanted.length || wanted.includes(name) || wanted.some((one) => !(one in scenarios) && name.startsWith(one)),
  );
  const unknown = wanted.filter((one) => !Object.keys(scenarios).some((name) => name.startsWith(one)));
  if (unknown.length)
    throw new Error(`no scenario is called ${unknown.join(", ")}; there are ${Object.keys(scenarios).join(", ")}`);
  const context = { engines: siblings() };
  await manage("migrate", "--no-input");
  await manage("create_tables");
  const first = await Server.start();
  context.people = await makePeople(first, PEOPLE);
  await first.stop();
  if (options.worker) await startWorker();
  const results = [];
  // Some 4 000 commits: DynamoDB Local takes three times as long until its code is compiled, and nobody's figures should
  // be those of its first minute.
  await load(context, { clients: 2, rate: 20, durable: true, canvases: 12, seconds: 10 });
  for (let rep = 1; rep <= Number(options.reps); rep++) {
    for (const name of chosen) {
      const rows = await undisturbed(() => scenarios[name](context));
      for (const row of rows) {
        const result = { scenario: name, rep, at: new Date().toISOString(), ...row };
        results.push(result);
        fs.appendFileSync(options.out, `${JSON.stringify(result)}\n`);
      }
      console.error(`[${rep}] ${name}: ${rows.map(inShort).join("; ")}`);
    }
  }
  console.log(tables(results, { machine: machine(), seconds: SECONDS }));
  console.error(`\nJSON lines: ${options.out}`);
}

// A scenario's rows; with --quiet those of the attempt in which others did least.
async function undisturbed(scenario) {
  const deadline = performance.now() + Number(options.quiet) * 1000;
  let best;
  do {
    for (let calm = 0; calm < 3 && performance.now() < deadline;) {
      const before = machineBusy();
      await sleep(1000);
      calm = machineBusy() - before < QUIET_CPU ? calm + 1 : 0;
    }
    let rows;
    try {
      rows = await scenario();
    } catch (error) {
      return [{ kind: "failed", what: String(error.stack ?? error) }];
    }
    const disturbance = Math.max(0, ...rows.map((row) => (row.kind === "load" ? row.otherCpu / row.wall : 0)));
    if (best === undefined || disturbance < best.disturbance) best = { rows, disturbance };
  } while (best.disturbance > QUIET_CPU && performance.now() < deadline);
  return best.rows;
}

const inShort = (row) =>
  row.kind === "load"
    ? `p50 ${row.p50.toFixed(1)} p99 ${row.p99.toFixed(1)} max ${row.max.toFixed(1)} ms, lost ${row.lost}, others ${(row.otherCpu / row.wall * 100).toFixed(0)} %` // prettier-ignore
    : row.kind === "figure"
      ? `${row.what} ${row.value.toFixed(1)} ${row.unit}`
      : row.what;

if (options.help) console.log(HELP);
else if (options.list) console.log(Object.keys(scenarios).join("\n"));
else if (options.table) {
  const lines = fs.readFileSync(options.table, "utf8").trim().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
  console.log(tables(lines, { machine: machine(), seconds: SECONDS }));
} else {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  await main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
  process.exit();
}
