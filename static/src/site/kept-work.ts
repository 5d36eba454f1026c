/** What the editor keeps on this device, seen from the pages: cleared when its account is gone, mentioned while it waits. */

import { forgetOthers, openDatabase } from "../store/database";
import { unsent } from "../store/queues";

/**
 * On a page of an account: takes other accounts' canvases off the device, and says beside "Sign out" when unsent work stays
 * behind. On the sign-in page nobody is there: all canvases go. Unsent work stays for whoever did it.
 */
export async function tendKeptWork(): Promise<void> {
  if (!("indexedDB" in globalThis)) return;
  if (document.querySelector("[data-nobody-signed-in]")) return forgetOthers(null);
  const user = document.getElementById("account")?.dataset["userId"];
  if (!user) return;
  await forgetOthers(user);
  const note = document.getElementById("unsent-note");
  const database = await openDatabase(user);
  const waiting = await unsent(database);
  database.close();
  if (note) note.hidden = waiting.size === 0;
}
