/** The whole history as a slider: who was active where, where days begin, and the versions that people named. */

import { useEffect, useMemo, useRef, useState } from "react";
import { locale, t } from "../../i18n";
import type { Version } from "../rest";
import type { People } from "./people";
import { daysOf, ticksOf } from "./ticks";
import { day, dayKey } from "./words";

interface Props {
  seq: number;
  head: number;
  compare: number | null;
  /** The moment in words, for who cannot see the bar. */
  words: string;
  people: People;
  versions: readonly Version[];
  /** Others' ticks are faint. */
  only: string | undefined;
  theme: string;
  onSeek: (seq: number) => void;
}

/** For a day's name. */
const DAY_PIXELS = 64;
const PAGES = 20;

export function ScrubBar({ seq, head, compare, words, people, versions, only, theme, onSeek }: Props) {
  const bar = useRef<HTMLDivElement | null>(null);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const [width, setWidth] = useState(600);
  const end = Math.max(1, head);
  const ticks = useMemo(() => ticksOf(people.stretches), [people]);
  const days = useMemo(
    () => daysOf(people.stretches, dayKey, (DAY_PIXELS / Math.max(1, width)) * end),
    [people, width, end],
  );

  useEffect(() => {
    const host = bar.current;
    if (!host) return;
    const resized = new ResizeObserver(() => setWidth(host.clientWidth));
    resized.observe(host);
    return () => resized.disconnect();
  }, []);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !canvas.current) return;
    const height = canvas.current.clientHeight;
    const ratio = devicePixelRatio;
    [canvas.current.width, canvas.current.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const most = ticks.reduce((found, { changes }) => Math.max(found, changes), 1);
    for (const { from, to, parts, changes } of ticks) {
      const [left, right] = [((from - 1) / end) * width, (to / end) * width];
      let bottom = height;
      for (const { user, changes: made } of parts) {
        // By roots: one busy minute must not hide the rest.
        const high = Math.max(2, (height - 2) * Math.sqrt(changes / most) * (made / changes));
        context.globalAlpha = only === undefined || only === user ? 1 : 0.18;
        context.fillStyle = people.of(user).color;
        context.fillRect(left, bottom - high, Math.max(1.5, right - left - 0.5), high);
        bottom -= high;
      }
    }
  }, [ticks, width, end, only, people, theme]);

  const seek = (event: React.PointerEvent): void => {
    const { left, width: wide } = bar.current!.getBoundingClientRect();
    onSeek(Math.round((Math.min(wide, Math.max(0, event.clientX - left)) / wide) * end));
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const far = Math.max(1, Math.round(end / PAGES));
    const by = { PageUp: far, PageDown: -far }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onSeek(seq + by);
  };
  const percent = (place: number): string => `${(place / end) * 100}%`;

  return (
    <div className="scrub">
      <div className="scrub-flags">
        {versions
          .filter((version) => version.seq <= head)
          .map((version) => (
            <button
              key={version.id}
              type="button"
              className="scrub-flag"
              style={{ insetInlineStart: percent(version.seq) }}
              onClick={() => onSeek(version.seq)}
              aria-label={t("Version “{{name}}”", { name: version.name })}
              title={version.name}
            >
              <svg width="12" height="14" viewBox="0 0 12 14" aria-hidden="true">
                <path d="M1.500 1v13M1.500 1.500h9l-2.500 3 2.500 3h-9z" fill="currentColor" stroke="currentColor" />
              </svg>
            </button>
          ))}
      </div>
      <div
        ref={bar}
        className="scrub-bar"
        role="slider"
        tabIndex={0}
        aria-label={t("Moment")}
        aria-valuemin={0}
        aria-valuemax={head}
        aria-valuenow={seq}
        aria-valuetext={words}
        data-testid="scrub"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          seek(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seek(event);
        }}
      >
        <canvas ref={canvas} className="scrub-ticks" aria-hidden="true" />
        <div className="scrub-track">
          <div className="scrub-done" style={{ width: percent(seq) }} />
        </div>
        {compare !== null && <div className="scrub-other" style={{ insetInlineStart: percent(compare) }} />}
        <div className="scrub-thumb" style={{ insetInlineStart: percent(seq) }} />
      </div>
      <div className="scrub-days" aria-hidden="true">
        {days.map(({ key, at, seq: first }) => (
          <span key={key} style={{ insetInlineStart: percent(first - 1) }} lang={locale()}>
            {day(at)}
          </span>
        ))}
      </div>
    </div>
  );
}
