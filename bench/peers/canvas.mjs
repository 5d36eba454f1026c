// The harness's adapter of our protocol. With `previews` an update is a presence message, else an intent.
import crypto from "node:crypto";
import path from "node:path";

const { makeTap, tapProps, mix } = await import(path.join(process.env.PEERS_DIR, "lib/tap.mjs"));

const PEOPLE = 10; // one user may only send so much
const PASSWORD = "a long password for the bench";
const SEED_OPS = 800;
const SEEN_MS = 800;
const WARM_MS = Number(process.env.WARM_MS ?? 8000); // of commits to other canvases, see warm()
const WARM_CANVASES = 12;
const VERSION = "properties.version";
// Of each canvas by the harness's name: kept over a kill, where the harness connects without a set-up.
const canvases = new Map();

async function rest(url, method, resource, token, body) {
  const answer = await fetch(`${url.replace("ws:", "http:")}/api/v1/${resource}`, {
    method,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${resource}: ${answer.status} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

async function person(url, name) {
  await rest(url, "POST", "auth/signup/", null, { username: name, password: PASSWORD, email: `${name}@example.org` });
  const { access, user } = await rest(url, "POST", "auth/login/", null, { username: name, password: PASSWORD });
  return { token: access, id: user.id };
}

async function setup(url, name, previews) {
  const prefix = `p${crypto.randomBytes(6).toString("hex")}x`;
  const people = [];
  for (let place = 0; place < PEOPLE; place++) people.push(await person(url, prefix + place));
  const [owner] = people;
  const project = await rest(url, "POST", "projects/", owner.token, { name: "Bench" });
  for (const { id: user } of people.slice(1)) {
    await rest(url, "POST", `projects/${project.id}/members/`, owner.token, { user, role: "editor" });
  }
  const canvas = await rest(url, "POST", `projects/${project.id}/canvases/`, owner.token, { name: "Bench" });
  const context = { canvas: canvas.id, tokens: people.map((one) => one.token), joined: 0, head: 0 };
  canvases.set(name, context);
  if (!previews) {
    const others = Array.from({ length: WARM_CANVASES }, () =>
      rest(url, "POST", `projects/${project.id}/canvases/`, owner.token, { name: "Warm" }),
    );
    await Promise.all((await Promise.all(others)).map((other) => warm(url, { ...context, canvas: other.id })));
  }
  return context;
}

// DynamoDB Local is Java and starts with every test: for its first thousands of commits it takes three times as long,
// until its code is compiled. The other servers' storage is native code.
async function warm(url, context) {
  const element = { id: "e0", type: "rectangle", x: 0, y: 0, width: 1, height: 1, angle: 0, version: 0 };
  const client = await connect(false, url, null, null, {
    ...context,
    head: 0,
    joined: Math.floor(Math.random() * PEOPLE),
  });
  await client.seed([element]);
  const end = performance.now() + WARM_MS;
  for (let version = 1; performance.now() < end; version++) {
    client.sendUpdate("e0", version, version, version);
    await client.saved();
  }
  client.close();
}

const created = ({ id, type, x, y, width, height, angle, ...properties }) => ({
  op: "create",
  id,
  type,
  position: { x, y },
  dimensions: { width, height },
  angle,
  properties,
});

async function connect(previews, url, name, _, context = canvases.get(name)) {
  const tap = makeTap();
  const elements = new Map();
  const id = crypto.randomUUID();
  const token = context.tokens[context.joined++ % PEOPLE];
  let changed = () => {};
  let [parts, intent, acknowledged] = [0, 0, 0];

  const socket = new tap.Class(`${url}/ws/canvas/${context.canvas}/`, ["canvas.v1", `bearer.${token}`]);
  const send = (message) => socket.send(JSON.stringify(message));

  function apply(ops, report) {
    for (const op of ops) {
      if (op.op === "create") elements.set(op.id, { ...op.position, version: op.properties.version });
      const element = elements.get(op.id);
      if (op.op !== "update" || element === undefined) continue;
      element.x = op.set["position.x"] ?? element.x;
      element.y = op.set["position.y"] ?? element.y;
      if (op.set[VERSION] === undefined) continue;
      element.version = op.set[VERSION];
      if (report) changed(op.id, element.version);
    }
  }

  const ready = new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed with ${code}`)));
    socket.on("message", (data) => {
      const frame = JSON.parse(data);
      for (const message of Array.isArray(frame) ? frame : [frame]) {
        if (message.type === "state") {
          for (const one of message.elements) {
            elements.set(one.id, { ...one.position, version: one.properties.version });
          }
          context.head = Math.max(context.head, message.seq);
          if (++parts === message.parts) resolve();
        } else if (message.type === "delta") {
          context.head = Math.max(context.head, message.seq);
          for (const { client, intent: number, ops } of message.commits.flatMap((commit) => commit.entries)) {
            if (client === id) acknowledged = Math.max(acknowledged, number);
            else apply(ops, true);
          }
        } else if (message.type === "presence") {
          for (const [client, peer] of Object.entries(message.peers)) {
            if (client !== id && peer?.preview) apply(peer.preview.ops, true);
          }
        } else if (message.type === "reject" || message.type === "error") {
          throw new Error(JSON.stringify(message).slice(0, 300));
        }
      }
    });
  });
  socket.on("open", () => send({ type: "hello", protocol: 1, client: id, since: null, digest: null }));
  await ready;
  // Light clients parse nothing, so all report what the observers of their canvas have seen.
  const timer = setInterval(() => socket.readyState === 1 && send({ type: "seen", seq: context.head }), SEEN_MS);

  return mix(tapProps(tap), {
    async seed(all) {
      for (let from = 0; from < all.length; from += SEED_OPS) {
        const ops = all.slice(from, from + SEED_OPS).map(created);
        apply(ops, false);
        send({ type: "intent", id: ++intent, ops });
        while (acknowledged < intent) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    sendUpdate(element, x, y, version) {
      const ops = [{ op: "update", id: element, set: { "position.x": x, "position.y": y, [VERSION]: version } }];
      apply(ops, false);
      if (previews) send({ type: "presence", preview: { gesture: element, ops } });
      else send({ type: "intent", id: ++intent, ops });
    },
    async saved() {
      while (acknowledged < intent) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    onUpdate(callback) {
      changed = callback;
    },
    size: () => elements.size,
    version: (element) => elements.get(element)?.version,
    close() {
      tap.bytesIn;
      clearInterval(timer);
      socket.terminate();
    },
  });
}

export const adapter = ({ previews }) => ({
  setup: (url, name) => setup(url, name, previews),
  connect: (...given) => connect(previews, ...given),
});
