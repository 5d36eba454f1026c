/** Changes over time, stacked by person; a bar is a button that shows its days alone. */

import { useMemo, useRef } from "react";
import { t } from "../i18n";
import { type Bar, barsOf, heights } from "./chart";
import { nameOf } from "./people";
import type { Count } from "./rest";
import type { HistoryStore } from "./store";
import { rangeWords } from "./times";
import { daysBetween, localDate } from "./timeline";
import { useHistory } from "./use-history";
import { useRoving } from "./use-roving";

const HEIGHT = 44;
const WIDTH = 340;
const MOST_NAMED = 3;

export function ChangeChart({ store, counts }: { store: HistoryStore; counts: readonly Count[] }) {
  const filters = useHistory(store, (state) => state.filters);
  const chart = useRef<HTMLDivElement | null>(null);
  const roving = useRoving(chart, "[role=button]", true);
  const bars = useMemo(() => barsOf(counts, localDate(Date.now())), [counts]);
  const most = Math.max(...bars.map(({ total }) => total));
  const step = WIDTH / bars.length;
  const [oldest, newest] = [bars[0], bars.at(-1)];
  if (counts.length === 0 || !oldest || !newest) return null;

  const chosen = (bar: Bar): boolean => {
    const { since, until } = daysBetween(bar.first, bar.last);
    return filters.since === since && filters.until === until;
  };
  const choose = (bar: Bar): void =>
    store.filter(chosen(bar) ? { since: undefined, until: undefined } : daysBetween(bar.first, bar.last));

  return (
    <div ref={chart} className="chart" data-keys="" onFocus={roving.onFocus} onKeyDown={roving.onKeyDown}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="group"
        aria-label={t("Changes over time")}
      >
        {bars.map((bar, place) => {
          const label = barWords(bar);
          let y = HEIGHT;
          const parts = heights(bar, most, HEIGHT - 4);
          const inner = (
            <>
              <title>{label}</title>
              <rect className="chart-room" x={place * step} y={0} width={step} height={HEIGHT} />
              {bar.parts.map(({ user }, part) => {
                const height = parts[part] ?? 0;
                y -= height;
                return (
                  <rect
                    key={user.id}
                    x={place * step + step * 0.15}
                    y={y}
                    width={step * 0.7}
                    height={height}
                    fill={user.color ?? "#6b6675"}
                    opacity={filters.user === undefined || filters.user === user.id ? 1 : 0.2}
                  />
                );
              })}
              {bar.total === 0 && (
                <rect
                  className="chart-none"
                  x={place * step + step * 0.15}
                  y={HEIGHT - 1}
                  width={step * 0.7}
                  height={1}
                />
              )}
            </>
          );
          return bar.total === 0 ? (
            <g key={bar.first}>{inner}</g>
          ) : (
            <g
              key={bar.first}
              role="button"
              tabIndex={-1}
              aria-label={label}
              aria-pressed={chosen(bar)}
              onClick={() => choose(bar)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                event.stopPropagation();
                choose(bar);
              }}
            >
              {inner}
            </g>
          );
        })}
      </svg>
      <p className="chart-ends" aria-hidden="true">
        <span>{rangeWords(oldest.first, oldest.first)}</span>
        <span>{rangeWords(newest.last, newest.last)}</span>
      </p>
    </div>
  );
}

/** "2 Mar: 8 changes (Grace 5, Ada 3)". */
function barWords({ first, last, total: count, parts }: Bar): string {
  const days = rangeWords(first, last);
  if (count === 0) return t("{{days}}: no changes", { days });
  const who = parts
    .slice(0, MOST_NAMED)
    .map(({ user, changes }) => `${nameOf(user)} ${changes}`)
    .join(", ");
  return t("{{days}}: {{count}} changes ({{who}})", { days, count, who });
}
