/** What can be asked to be taken back from anywhere in the history view; null where nobody may. */

import { createContext, useContext } from "react";
import type { Subject } from "./choices";

export interface PastMoment {
  seq: number;
  /** Only these, and their labels; otherwise the whole canvas. */
  elements?: readonly string[];
  /** Of a version. */
  name?: string;
}

export interface TakeBack {
  restore: (moment: PastMoment) => void;
  revert: (subject: Subject) => void;
}

export const TakeBackContext = createContext<TakeBack | null>(null);

export function useTakeBack(): TakeBack | null {
  return useContext(TakeBackContext);
}
