// Processes of this machine, from /proc: what they cost. CPU in seconds, memory in MB.
import fs from "node:fs";
import net from "node:net";

const TICKS = 100; // USER_HZ

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(condition, timeoutMs, stepMs = 5) {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await sleep(stepMs);
  }
  return true;
}

export const freePort = () =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), cpu: fields.slice(11, 15).reduce((sum, one) => sum + Number(one), 0) / TICKS };
  } catch {
    return null; // it ended
  }
}

function tree(root) {
  const parents = new Map();
  for (const name of fs.readdirSync("/proc")) {
    const known = /^\d+$/.test(name) && stat(name);
    if (known) parents.set(Number(name), known.parent);
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

export const cpuOf = (root) => tree(root).reduce((sum, pid) => sum + (stat(pid)?.cpu ?? 0), 0);

export function memoryOf(root) {
  let kb = 0;
  for (const pid of tree(root)) {
    try {
      kb += Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
    } catch {
      // it ended
    }
  }
  return kb / 1024;
}

// Busy seconds of the whole machine: tells what else was running.
export function machineBusy() {
  const fields = fs.readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/\s+/).slice(1).map(Number);
  return (fields.slice(0, 8).reduce((sum, one) => sum + one, 0) - fields[3] - fields[4]) / TICKS;
}

// The engines are our siblings: children of the program that started them around us.
export function siblings() {
  const engines = {};
  for (const pid of tree(process.ppid).slice(1)) {
    let command;
    try {
      command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      continue;
    }
    if (command.includes("DynamoDBLocal.jar")) engines.dynamodb = pid;
    if (command.includes("redis-server")) engines.redis = pid;
    if (command.includes("--dbpath")) engines.mongodb = pid;
  }
  return engines;
}

export const machine = () => {
  const info = fs.readFileSync("/proc/cpuinfo", "utf8");
  const model = /model name\s*:\s*(.*)/.exec(info)?.[1] ?? "unknown processor";
  const memory = Number(/MemTotal:\s+(\d+)/.exec(fs.readFileSync("/proc/meminfo", "utf8"))[1]) / 1024 / 1024;
  return `${info.match(/^processor/gm).length} × ${model}, ${Math.round(memory)} GiB, Node ${process.version}`;
};
