/** Starts the application for the tests, unless BASE_URL names one that runs. */

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const START_TIMEOUT_MS = 180_000;

export default async function globalSetup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["BASE_URL"]) return undefined;
  const port = await freePort();
  const script = fileURLToPath(new URL("serve.sh", import.meta.url));
  const server = spawn(script, [String(port)], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const said: string[] = [];
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (data: Buffer) => said.push(data.toString()));
  const address = `http://127.0.0.1:${port}`;
  try {
    await answers(address, server);
  } catch (error) {
    await stop(server);
    throw new Error(`The application did not start.\n${said.join("")}`, { cause: error });
  }
  process.env["BASE_URL"] = address;
  return () => stop(server);
}

async function answers(address: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`${address}/healthz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(server.exitCode === null ? "no answer in time" : `exit code ${server.exitCode}`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  process.kill(-server.pid, "SIGTERM");
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
