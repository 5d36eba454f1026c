// The server under test, started as the Procfile says, and its REST API as far as a set-up needs it.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { freePort, sleep, until } from "./system.mjs";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const PASSWORD = "a long password for the bench";
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

const environment = (extra) => ({
  ...process.env,
  COOKIE_SECURE: "0",
  ACCESS_TOKEN_SECONDS: "86400", // so that a long run signs in once
  LOG_LEVEL: "WARNING",
  ...extra,
});

function procfile(name) {
  const line = fs
    .readFileSync(path.join(ROOT, "Procfile"), "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${name}: `));
  return line.slice(name.length + 2);
}

function start(name, extra) {
  const child = spawn("bash", ["-c", procfile(name)], { cwd: ROOT, env: environment(extra), stdio: "inherit" });
  running.add(child);
  child.gone = new Promise((resolve) => child.once("exit", resolve));
  child.once("exit", () => running.delete(child));
  return child;
}

export async function manage(...words) {
  const child = spawn("python", ["manage.py", ...words], {
    cwd: ROOT,
    env: environment(),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`manage.py ${words.join(" ")} ended with ${code}`);
}

export class Server {
  static async start(extra = {}) {
    const server = new Server();
    server.port = await freePort();
    server.child = start("web", { ...extra, HOST: "127.0.0.1", PORT: String(server.port) });
    server.pid = server.child.pid;
    server.http = `http://127.0.0.1:${server.port}`;
    server.origin = `ws://127.0.0.1:${server.port}`;
    const healthy = () => fetch(`${server.http}/healthz`).then((answer) => answer.ok, () => false); // prettier-ignore
    if (!(await until(healthy, 30000, 50))) throw new Error("the server did not start; its messages are above");
    return server;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await Promise.race([this.child.gone, sleep(20000)]);
    this.child.kill("SIGKILL");
  }
}

export async function startWorker() {
  const child = start("worker", {});
  await sleep(3000);
  return child;
}

export async function rest(server, method, resource, token, body) {
  const answer = await fetch(`${server.http}/api/v1/${resource}`, {
    method,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${resource}: ${answer.status} ${text.slice(0, 300)}`);
  return text ? JSON.parse(text) : null;
}

// People with one project between them. Several, because what one user may open and send is limited.
export async function makePeople(server, count) {
  const people = [];
  for (let place = 0; place < count; place++) {
    const username = `bench${process.pid}x${place}`;
    await rest(server, "POST", "auth/signup/", null, {
      username,
      password: PASSWORD,
      email: `${username}@example.org`,
    });
    const { access, user } = await rest(server, "POST", "auth/login/", null, { username, password: PASSWORD });
    people.push({ token: access, user: user.id, username });
  }
  const project = await rest(server, "POST", "projects/", people[0].token, { name: "Bench" });
  for (const { user } of people.slice(1)) {
    await rest(server, "POST", `projects/${project.id}/members/`, people[0].token, { user, role: "editor" });
  }
  return {
    tokens: people.map((one) => one.token),
    names: people.map((one) => one.username),
    password: PASSWORD,
    project: project.id,
  };
}

export const newCanvas = async (server, people) =>
  (await rest(server, "POST", `projects/${people.project}/canvases/`, people.tokens[0], { name: "Bench" })).id;
