// A proxy before DynamoDB that asks for ReturnConsumedCapacity and adds up what is answered, by operation. Its
// own work is in the times (some tenths of a millisecond).
import http from "node:http";

export async function meter(endpoint) {
  const { hostname, port } = new URL(endpoint);
  const agent = new http.Agent({ keepAlive: true });
  const totals = new Map(); // "PutItem COMMIT" -> {requests, items, units, ...}
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const operation = (request.headers["x-amz-target"] ?? "").split(".")[1];
      let body = Buffer.concat(chunks);
      let asked = null;
      if (operation && !/Streams|Table|TimeToLive/.test(`${request.headers["x-amz-target"]}`)) {
        asked = JSON.parse(body);
        body = Buffer.from(JSON.stringify({ ...asked, ReturnConsumedCapacity: "TOTAL" }));
      }
      const begun = performance.now();
      const headers = { ...request.headers, "content-length": String(body.length) };
      const onward = http.request(
        { hostname, port, method: request.method, path: request.url, headers, agent },
        (answer) => {
          const parts = [];
          answer.on("data", (part) => parts.push(part));
          answer.on("end", () => {
            const whole = Buffer.concat(parts);
            if (asked && answer.statusCode === 200)
              note(totals, operation, asked, JSON.parse(whole), performance.now() - begun);
            response.writeHead(answer.statusCode, answer.headers);
            response.end(whole);
          });
        },
      );
      onward.on("error", () => response.destroy());
      onward.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    totals,
    close: () => {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}

// DynamoDB Local rounds a transaction up once; AWS charges each item in it, twice (so do the sizes below).
function note(totals, operation, asked, answered, milliseconds) {
  const consumed = answered.ConsumedCapacity;
  const reported = (Array.isArray(consumed) ? consumed : consumed ? [consumed] : []).reduce(
    (sum, one) => sum + one.CapacityUnits,
    0,
  );
  const puts = asked.TransactItems?.map((one) => one.Put?.Item) ?? [asked.Item];
  const computable = puts.every((item) => item !== undefined);
  const factor = asked.TransactItems ? 2 : 1;
  const sizes = computable ? puts.map(itemSize) : [];
  const units = computable ? sizes.reduce((sum, one) => sum + factor * Math.ceil(one / 1024), 0) : reported;
  const { SK: sk } = puts[0] ?? asked.Key ?? {};
  const name = sk ? `${operation} ${sk.S.split("#")[0]}` : operation;
  const total = totals.get(name) ?? { requests: 0, items: 0, units: 0, reported: 0, itemBytes: 0, times: [] };
  total.requests++;
  total.items += puts.length;
  total.units += units;
  total.reported += reported;
  total.itemBytes += sizes.reduce((sum, one) => sum + one, 0);
  total.times.push(milliseconds);
  totals.set(name, total);
}

const itemSize = (item) =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);

// As the developer guide counts it ("item sizes and formats").
function valueSize(value) {
  const [[type, held]] = Object.entries(value);
  if (type === "S") return Buffer.byteLength(held);
  if (type === "N") return Math.ceil(held.replace(/[^0-9]/g, "").length / 2) + 1;
  if (type === "B") return Buffer.from(held, "base64").length;
  if (type === "L") return 3 + held.reduce((sum, one) => sum + 1 + valueSize(one), 0);
  if (type === "M") return 3 + Object.keys(held).length + itemSize(held);
  return 1;
}
