/** How far a large paste has come. Small work is said by the status alone. */

import { useEffect, useState } from "react";
import { locale, t } from "../i18n";
import type { Engine } from "../sync/engine";

/** An intent's worth of elements is saved in a blink. */
const WORTH_SAYING = 1_000;

export function SavingProgress({ engine }: { engine: Engine }) {
  const [[done, total], setProgress] = useState<[number, number]>([0, 0]);
  useEffect(() => {
    let most = 0;
    return engine.listen((event) => {
      if (event.type !== "status") return;
      const waiting = engine.status.unsaved > 1 || most > 0 ? engine.unsavedElements : 0;
      most = waiting === 0 ? 0 : Math.max(most, waiting);
      setProgress(most >= WORTH_SAYING ? [most - waiting, most] : [0, 0]);
    });
  }, [engine]);
  if (total === 0) return null;
  const number = new Intl.NumberFormat(locale());
  return (
    <div className="saving-progress" data-testid="saving-progress">
      <span role="status">
        {t("Saving {{done}} of {{total}}…", { done: number.format(done), total: number.format(total) })}
      </span>
      <progress value={done} max={total} aria-label={t("Saving")} />
    </div>
  );
}
