/** What the editor keeps on this device, seen from the pages: cleared when its account is gone, mentioned while it waits. */

import { forgetOthersPictures } from "../pictures/store";
import { forgetOthers, openDatabase } from "../store/database";
import { unsent } from "../store/queues";

/**
 * On a page of an account: takes other accounts' canvases and pictures off the device, and says beside "Sign out" when unsent work stays
 * behind. On the sign-in page nobody is there: all of them go. Unsent work stays for whoever did it.
 */
export async function tendKeptWork(): Promise<void> {
  if (!("indexedDB" in globalThis)) return;
  const nobody = document.querySelector("[data-nobody-signed-in]") !== null;
  const user = nobody ? null : document.getElementById("account")?.dataset["userId"];
  if (user === undefined || user === "") return;
  await Promise.all([forgetOthers(user), forgetOthersPictures(user)]);
  if (user === null) return;
  const note = document.getElementById("unsent-note");
  const database = await openDatabase(user);
  const waiting = await unsent(database);
  database.close();
  if (note) note.hidden = waiting.size === 0;
}
