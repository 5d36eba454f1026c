// Markdown of the results; several runs of a scenario share a row: "first / second".

const one = (value) => (Number.isFinite(value) ? value.toFixed(value < 100 ? 1 : 0) : "-");
const markdown = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function grouped(results, key) {
  const groups = new Map();
  for (const result of results) groups.set(key(result), [...(groups.get(key(result)) ?? []), result]);
  return [...groups.values()];
}

function met(runs) {
  if (runs[0].met === null) return "";
  const good = runs.filter((run) => run.met).length;
  return good === runs.length ? "yes" : good ? `${good} of ${runs.length}` : "**no**";
}

function targetOf({ target }) {
  const parts = ["p50", "p99"].filter((name) => target[name] !== undefined).map((name) => `${name} ≤ ${target[name]}`);
  return parts.join(", ");
}

function loads(results) {
  const rows = grouped(results, (result) => result.scenario).map((runs) => {
    const [first] = runs;
    const each = (value) => runs.map((run) => one(value(run))).join(" / ");
    const whole = (value) => runs.map(value).join(" / ");
    const percent = (name) => runs.map((run) => Math.round((run[name] / run.wall) * 100)).join(" / ");
    const where =
      (first.canvases > 1 ? `${first.canvases} canvases × ` : "") +
      `${first.clients} × ${first.rate}/s` +
      (first.processes > 1 ? `, ${first.processes} processes` : "");
    return [
      first.durable ? "durable" : "previews",
      where,
      each((run) => run.p50),
      each((run) => run.p95),
      each((run) => run.p99),
      runs.map((run) => one(run.max) + (run.lagP99 > 10 ? "\\*" : "")).join(" / "),
      whole((run) => run.lost + run.rejected + run.cut),
      percent("serverCpu"),
      percent("databaseCpu"),
      percent("generatorCpu"),
      percent("otherCpu"),
      each((run) => run.microsecondsPerDelivery),
      whole((run) => Math.round(run.serverMemory)),
      targetOf(first),
      met(runs),
    ];
  });
  const head = [
    "what", "clients", "p50 ms", "p95 ms", "p99 ms", "max ms", "lost", "server CPU %", "DynamoDB CPU %", "generator CPU %",
    "others CPU %", "server µs a delivery", "server MB", "target", "met",
  ]; // prettier-ignore
  return markdown(head, rows);
}

function figures(results) {
  const rows = grouped(results, (result) => result.what).map((runs) => [
    runs[0].what,
    `${runs.map((run) => one(run.value)).join(" / ")} ${runs[0].unit}`,
    `≤ ${runs[0].limit} ${runs[0].unit}`,
    met(runs),
    runs[0].note,
  ]);
  return markdown(["figure", "measured", "target", "met", ""], rows);
}

const WRITES = /^(Put|Update|Delete|TransactWrite|BatchWrite)/;

function capacities(results) {
  const rows = grouped(results, (result) => result.what).map(([{ what, edits, parts }]) => {
    const sum = (field, writes) =>
      Object.entries(parts).reduce(
        (total, [name, part]) => total + (WRITES.test(name) === writes ? part[field] : 0),
        0,
      );
    const detail = Object.entries(parts)
      .filter(([name]) => WRITES.test(name))
      .map(([name, part]) => {
        const each = part.itemBytes ? ` of ${Math.round(part.itemBytes / part.items)} B` : "";
        return `${name}: ${part.requests} requests, ${part.items} items${each}, ${one(part.units)} units, answered in ${one(part.p50)} ms (p99 ${one(part.p99)})`;
      });
    const units = sum("units", true);
    const figures = [(units / edits).toFixed(2), one(units), one(sum("reported", true)), one(sum("units", false))];
    return [what, edits, ...figures, detail.join("; ")];
  });
  return markdown(
    ["what", "edits", "write units an edit", "write units", "as DynamoDB Local counts", "read units", "of which"],
    rows,
  );
}

export function tables(results, { machine, seconds }) {
  const of = (kind) => results.filter((result) => result.kind === kind);
  const sections = [`${machine}; ${seconds} s a load`];
  if (of("load").length) sections.push(loads(of("load")));
  if (of("figure").length) sections.push(figures(of("figure")));
  if (of("capacity").length) sections.push(capacities(of("capacity")));
  for (const failure of of("failed")) sections.push(`${failure.scenario} failed: ${failure.what}`);
  return sections.join("\n\n");
}
