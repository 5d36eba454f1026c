// Paced changes from all clients, timed at the observers.
import { cpuOf, machineBusy, memoryOf, until } from "./system.mjs";

const DRAIN_MS = 8000;

export const percentile = (sorted, share) =>
  sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] : NaN;

// groups: one per canvas, {clients, observers}. Client i of a group moves the element e<i>; its marker counts up.
// A change that was overtaken by a newer one of the same element counts as received when the newer one is.
export async function drive({ groups, rate, seconds, durable, pids }) {
  const perClient = Math.round(rate * seconds);
  const senders = groups.flatMap((group) => group.clients.map((client, place) => ({ client, element: `e${place}` })));
  const sentAt = new Map(groups.map((group) => [group, group.clients.map(() => new Float64Array(perClient + 1))]));
  const delays = [];
  const checks = [];
  let merged = 0;
  for (const group of groups) {
    for (const observer of group.observers) {
      const received = new Array(group.clients.length).fill(0);
      checks.push({ received, own: group.clients.indexOf(observer) });
      const times = sentAt.get(group);
      observer.onElement((id, marker) => {
        const now = performance.now();
        const sender = Number(id.slice(1));
        if (!(marker > received[sender] && marker <= perClient)) return;
        merged += marker - received[sender] - 1;
        for (let one = received[sender] + 1; one <= marker; one++) delays.push(now - times[sender][one]);
        received[sender] = marker;
      });
    }
  }
  const heads = groups.map((group) => group.observers[0].scene.head);
  const before = measure(pids);
  const lags = await send(senders, groups, sentAt, { rate, perClient, durable });
  const sent = performance.now();
  const growth = groups.map((group, place) => group.observers[0].scene.head - heads[place]);
  const complete = ({ received, own }) => received.every((marker, sender) => sender === own || marker === perClient);
  await until(() => checks.every(complete), DRAIN_MS);
  const ended = performance.now();
  const after = measure(pids);
  const lost = checks.reduce(
    (sum, { received, own }) => sum + received.filter((marker, sender) => sender !== own && marker < perClient).length,
    0,
  );
  const wall = (ended - before.at) / 1000;
  const total = perClient * senders.length;
  const deliveries = groups.reduce(
    (sum, group) => sum + perClient * group.clients.length * (group.clients.length - 1),
    0,
  );
  const sorted = Float64Array.from(delays).sort();
  const lag = Float64Array.from(lags).sort();
  const cpu = (name) => after[name] - before[name];
  return {
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
    sent: total,
    timed: sorted.length,
    merged,
    lost,
    rejected: senders.reduce((sum, { client }) => sum + client.rejected.length, 0),
    cut: senders.filter(({ client }) => client.socket.closed !== null).length,
    commitsPerSecond: durable ? Math.max(...growth) / ((sent - before.at) / 1000) : undefined, // of the busiest canvas
    drainMs: ended - sent,
    wall,
    serverCpu: cpu("server"),
    databaseCpu: cpu("database"),
    redisCpu: cpu("redis"),
    generatorCpu: cpu("generator"),
    otherCpu: Math.max(0, cpu("machine") - cpu("server") - cpu("database") - cpu("redis") - cpu("generator")),
    microsecondsPerDelivery: (cpu("server") * 1e6) / deliveries,
    serverMemory: pids.servers.reduce((sum, pid) => sum + memoryOf(pid), 0),
    lagP99: percentile(lag, 0.99),
  };
}

// Spread evenly over time, so that clients do not send in step.
function send(senders, groups, sentAt, { rate, perClient, durable }) {
  const lags = [];
  const total = perClient * senders.length;
  const gap = 1000 / (rate * senders.length);
  const begun = performance.now() + 20;
  const clocks = groups.flatMap((group) => sentAt.get(group));
  let next = 0;
  return new Promise((resolve) => {
    const tick = () => {
      let now = performance.now();
      while (next < total && begun + next * gap <= now) {
        const place = next % senders.length;
        const marker = Math.floor(next / senders.length) + 1;
        const { client, element } = senders[place];
        lags.push(now - (begun + next * gap));
        clocks[place][marker] = performance.now();
        const [x, y] = [0.5 + (marker % 997), 0.5 + (marker % 613)];
        if (durable) client.move(element, x, y, marker);
        else client.preview(element, x, y, marker);
        next++;
        now = performance.now();
      }
      if (next < total) setTimeout(tick, 1);
      else resolve(lags);
    };
    tick();
  });
}

function measure(pids) {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    server: pids.servers.reduce((sum, pid) => sum + cpuOf(pid), 0),
    database: pids.dynamodb ? cpuOf(pids.dynamodb) : 0,
    redis: pids.redis ? cpuOf(pids.redis) : 0,
    generator: (user + system) / 1e6,
    machine: machineBusy(),
  };
}
