/** Holds the dialogs of restoring and reverting for the whole history view; whoever may not edit gets none. */

import { type ReactNode, useMemo, useState } from "react";
import type { Person as Present } from "../../editor/peers";
import type { Say } from "../../editor/use-engine";
import type { CanvasElement } from "../../protocol/messages";
import { canEdit, type Status } from "../../sync/status";
import type { HistoryStore } from "../store";
import type { Subject } from "./choices";
import { type PastMoment, type TakeBack, TakeBackContext } from "./context";
import { RestoreDialog } from "./RestoreDialog";
import { RevertSheet } from "./RevertSheet";
import "./takeback.css";

interface Props {
  canvas: string;
  status: Status;
  store: HistoryStore;
  /** Who else is on the canvas right now. */
  others: readonly Present[];
  /** As it is on the live canvas. */
  elementOf: (id: string) => CanvasElement | undefined;
  /** Brings an object into view on the stage. */
  onPoint: (id: string | null) => void;
  dark: boolean;
  say: Say;
  onClose: () => void;
  children: ReactNode;
}

export function Desk({ canvas, status, store, others, elementOf, onPoint, dark, say, onClose, children }: Props) {
  const [restoring, setRestoring] = useState<PastMoment | null>(null);
  const [reverting, setReverting] = useState<Subject | null>(null);
  const may = canEdit(status.role);
  const desk = useMemo((): TakeBack | null => (may ? { restore: setRestoring, revert: setReverting } : null), [may]);
  return (
    <TakeBackContext.Provider value={desk}>
      {children}
      {may && restoring && (
        <RestoreDialog
          canvas={canvas}
          moment={restoring}
          others={others}
          dark={dark}
          say={say}
          onClose={() => setRestoring(null)}
          onDone={() => {
            setRestoring(null);
            // What was brought back is to be seen where it is; of a whole canvas, where work goes on.
            if (restoring.elements) store.show(null);
            else onClose();
          }}
        />
      )}
      {may && reverting && (
        <RevertSheet
          key={JSON.stringify(reverting)}
          canvas={canvas}
          subject={reverting}
          store={store}
          others={others}
          elementOf={elementOf}
          onPoint={onPoint}
          say={say}
          onClose={() => setReverting(null)}
        />
      )}
    </TakeBackContext.Provider>
  );
}
