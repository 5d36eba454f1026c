import { expect, test } from "@playwright/test";
import { ADA, GRACE, newCanvas, Person } from "./people";

test("work done while away is kept, and arrives exactly once", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  const grace = await Person.signIn(browser, GRACE);
  const canvas = await newCanvas(ada, "Away and back");
  await ada.open(canvas);
  await grace.open(canvas);
  await ada.rectangle([300, 250], [400, 330]);
  await ada.saved();

  await ada.context.setOffline(true);
  await expect(ada.status).toHaveText(/Offline|Reconnecting/);
  await ada.rectangle([500, 250], [600, 330]);
  await ada.rectangle([700, 250], [800, 330]);
  await expect(ada.status).toHaveText(/Offline – \d changes? kept in this tab/);
  await grace.page.bringToFront();
  await grace.rectangle([500, 500], [620, 580]);
  await grace.saved();
  expect(await grace.elements(canvas)).toHaveLength(2);

  await ada.context.setOffline(false);
  await ada.saved();
  const elements = await ada.elements(canvas);
  expect(elements).toHaveLength(4);
  expect(new Set(elements.map((element) => element.id)).size).toBe(4);
  for (const person of [ada, grace]) await expect.poll(async () => (await person.scene()).length).toBe(4);
  await ada.close();
  await grace.close();
});

test("leaving with unsaved work is asked about", async ({ browser }) => {
  const ada = await Person.signIn(browser, ADA);
  await ada.open(await newCanvas(ada, "Leaving"));
  await ada.context.setOffline(true);
  await ada.rectangle([300, 250], [400, 330]);
  await expect(ada.status).toHaveText(/kept in this tab/);
  const asked = ada.page.waitForEvent("dialog");
  const closing = ada.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.accept();
  await closing;
  await ada.close();
});
