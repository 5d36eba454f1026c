// How long a page's main thread was busy, from Chromium's own trace.
const CATEGORIES = ["disabled-by-default-devtools.timeline", "devtools.timeline", "blink.user_timing"];

// Runs `work` and returns {marks, tasks}, times in ms: the page's performance.mark(name) and the main thread's tasks.
export async function traced(browser, page, name, work) {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const buffer = await browser.stopTracing();
  const { traceEvents } = JSON.parse(buffer.toString());
  const own = traceEvents.filter((event) => event.name === name && event.cat?.includes("user_timing"));
  if (own.length === 0) return { marks: [], tasks: [] };
  const { pid, tid } = own[0];
  const tasks = traceEvents
    .filter((event) => event.pid === pid && event.tid === tid && event.name === "RunTask" && event.dur)
    .map((event) => ({ at: event.ts / 1000, ms: event.dur / 1000 }));
  return { marks: own.map((event) => event.ts / 1000), tasks };
}

// Busy milliseconds in the window after each mark.
export function busyAfter({ marks, tasks }, windowMs) {
  return marks.map((mark) => {
    const end = mark + windowMs;
    return tasks
      .filter((task) => task.at + task.ms > mark && task.at < end)
      .reduce((sum, task) => sum + Math.min(task.at + task.ms, end) - Math.max(task.at, mark), 0);
  });
}
