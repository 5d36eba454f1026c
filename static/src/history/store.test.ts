import { expect, test, vi } from "vitest";
import { HistoryStore } from "./store";

test("it tells of changes, and of nothing else", () => {
  const store = new HistoryStore();
  const heard = vi.fn();
  store.subscribe(heard);
  store.show(null);
  store.select([]);
  store.headIs(0);
  store.compareWith(null);
  expect(heard).not.toHaveBeenCalled();
  const before = store.read();
  store.show(3);
  store.select(["a"]);
  store.select(["a"]);
  store.headIs(9);
  store.headIs(8);
  expect(heard).toHaveBeenCalledTimes(3);
  expect(store.read()).toMatchObject({ at: 3, selected: ["a"], head: 9 });
  expect(before).toMatchObject({ at: null, selected: [], head: 0 });
});

test("filters are set one by one, taken away, and cleared", () => {
  const store = new HistoryStore({ filters: { user: "u1" } });
  store.filter({ action: "create" });
  expect(store.read().filters).toEqual({ user: "u1", action: "create" });
  store.filter({ user: undefined });
  expect(store.read().filters).toEqual({ action: "create" });
  store.clearFilters();
  expect(store.read().filters).toEqual({});
});
