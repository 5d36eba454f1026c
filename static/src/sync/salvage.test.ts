import { expect, test } from "vitest";
import { Outbox } from "./outbox";
import { salvage } from "./salvage";
import { element } from "./testing/build";

test("what fits is kept, without what was set anew since", () => {
  const outbox = new Outbox();
  outbox.add([
    { op: "update", id: "gone", set: { angle: 1 } },
    { op: "update", id: "e", set: { angle: 1, "position.x": 1 } },
  ]);
  outbox.add([{ op: "update", id: "e", set: { "position.x": 2 } }]);
  outbox.takeUnsent(9);
  const refused = outbox.reject(1);
  if (!refused) throw new Error("no such intent");
  const elements = new Map([
    ["gone", element({ id: "gone", deleted: true })],
    ["e", element()],
  ]);
  expect(salvage(refused, (id) => elements.get(id), outbox)).toEqual([{ op: "update", id: "e", set: { angle: 1 } }]);
});
