/** The controls below the stage: play, step, speed, the bar over all of the history, and whose or which changes count. */

import type { ReactNode } from "react";
import { personStyle } from "../../editor/ink";
import { locale, t } from "../../i18n";
import { numberFormat } from "../formats";
import type { Version } from "../rest";
import type { HistoryStore } from "../store";
import { useHistory } from "../use-history";
import { type Speed, SPEEDS } from "./frames";
import type { People, Taker } from "./people";
import { ScrubBar } from "./ScrubBar";
import type { Theatre } from "./theatre";
import { Trouble } from "./Trouble";
import { useKeys } from "./use-keys";
import { moment as momentInWords } from "./words";
import "./player.css";

interface Props {
  versions: readonly Version[];
  store: HistoryStore;
  theatre: Theatre;
  people: People;
  theme: string;
  drawingArea: boolean;
  onDrawArea: () => void;
}

/** More are in a list. */
const CHIPS = 3;

export function Player({ versions, store, theatre, people, theme, drawingArea, onDrawArea }: Props) {
  const { at, head, compare, filters, selected } = useHistory(store);
  const { playback, playing, shown } = theatre;
  const seq = at ?? head;
  useKeys(playback);

  const frame = shown.moment?.seq === seq ? shown.moment.frame : theatre.reel.frame(seq);
  const who = frame?.users.map((id) => people.of(id)) ?? [];
  const names = new Intl.ListFormat(locale()).format(who.map(({ name }) => name));
  const when = frame ? momentInWords(frame.at) : seq === 0 ? momentInWords(undefined) : "…";
  const number = numberFormat();
  const place = t("{{number}} of {{total}}", { number: number.format(seq), total: number.format(head) });
  const words = [when, names, place].filter((one) => one !== "").join(", ");
  const objects = playing.objects ?? (filters.element === undefined ? null : [filters.element]);

  const onlyPerson = (id: string): void => store.filter({ user: filters.user === id ? undefined : id });
  const onlyObjects = (): void => {
    const [one, ...more] = selected;
    if (objects) {
      playback.onlyObjects(null);
      store.filter({ element: undefined });
    } else if (more.length > 0) playback.onlyObjects(selected);
    else if (one !== undefined) store.filter({ element: one });
  };
  const seek = (to: number): void => {
    if (playing.playing) playback.pause();
    playback.show(to);
  };

  return (
    <div className="player" data-testid="player" data-playing={playing.playing}>
      <ScrubBar {...{ seq, head, compare, words, people, versions, theme }} only={filters.user} onSeek={seek} />
      <div className="player-row">
        <div className="player-transport" role="group" aria-label={t("Playing")}>
          <Press label={t("To the beginning")} onClick={() => playback.toStart()} disabled={seq === 0}>
            <path d="M6 5v14M19 6l-9 6 9 6z" />
          </Press>
          <Press label={t("Step back")} onClick={() => playback.step(-1)} disabled={seq === 0}>
            <path d="M15 6l-8 6 8 6z" />
          </Press>
          <Press
            label={playing.playing ? t("Pause") : t("Play")}
            onClick={() => playback.toggle()}
            disabled={head === 0}
            main
          >
            {playing.playing ? <path d="M8 5v14M16 5v14" /> : <path d="M8 5l11 7-11 7z" fill="currentColor" />}
          </Press>
          <Press label={t("Step forward")} onClick={() => playback.step(1)} disabled={seq >= head}>
            <path d="M9 6l8 6-8 6z" />
          </Press>
          <Press label={t("To the end")} onClick={() => playback.toEnd()} disabled={at === null}>
            <path d="M18 5v14M5 6l9 6-9 6z" />
          </Press>
        </div>
        <div className="player-now" data-testid="player-now">
          <span className="player-when">{when}</span>
          <span className="player-who">
            {who.map(({ id, name, color }) => (
              <span key={id} className="player-person" style={personStyle(color)}>
                {name}
              </span>
            ))}
            <span className="player-place">{place}</span>
          </span>
        </div>
        <div className="player-pace">
          <label>
            <span className="visually-hidden">{t("Speed")}</span>
            <select
              value={playing.speed}
              onChange={(event) => playback.setSpeed(Number(event.target.value) as Speed)}
              title={t("Speed")}
            >
              {SPEEDS.map((speed) => (
                <option key={speed} value={speed}>
                  {number.format(speed)}×
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <div className="player-chips" role="group" aria-label={t("Play only")}>
        <OnlyPeople all={people.all} chosen={filters.user} of={people.of} onChoose={onlyPerson} />
        <Chip
          on={objects !== null}
          onClick={onlyObjects}
          disabled={objects === null && selected.length === 0}
          title={t("Choose objects on the canvas first")}
        >
          {" "}
          {/* prettier-ignore */}
          {(objects ?? selected).length > 1
            ? t("Only these {{count}} objects", { count: (objects ?? selected).length })
            : t("Only this object")}
        </Chip>
        <Chip
          on={playing.area !== null || drawingArea}
          onClick={() => (playing.area ? playback.onlyArea(null) : onDrawArea())}
        >
          {t("Only this area")}
        </Chip>
        <Chip
          on={playing.shortened}
          onClick={() => playback.setShortened(!playing.shortened)}
          title={t("Long pauses, in which nothing happened, are shortened")}
        >
          {t("Skip pauses")}
        </Chip>
        <span className="player-space" />
        <Chip on={compare !== null} onClick={() => store.compareWith(compare === null ? head : null)}>
          {t("Compare")}
        </Chip>
      </div>
      {playing.looking !== null && (
        <p className="player-looking" role="status">
          <span className="spinner" aria-hidden="true" />
          {t("Looking for the next change that counts… {{number}}", { number: number.format(playing.looking) })}
        </p>
      )}
      {playing.error !== null && <Trouble error={playing.error} onRetry={() => playback.play()} />}
      <p className="visually-hidden" role="status">
        {playing.playing ? "" : words}
      </p>
    </div>
  );
}

interface OnlyPeopleProps {
  all: readonly Taker[];
  chosen: string | undefined;
  of: (id: string) => Taker;
  onChoose: (id: string) => void;
}

function OnlyPeople({ all, chosen, of, onChoose }: OnlyPeopleProps) {
  const known = chosen === undefined || all.some(({ id }) => id === chosen) ? all : [of(chosen), ...all];
  const chips = known.slice(0, CHIPS);
  const more = known.slice(CHIPS);
  return (
    <>
      {chips.map(({ id, name, color }) => (
        <Chip key={id} on={chosen === id} onClick={() => onChoose(id)} color={color}>
          {t("Only {{name}}", { name })}
        </Chip>
      ))}
      {more.length > 0 && (
        <select
          className="player-more"
          aria-label={t("Only somebody else")}
          value={more.some(({ id }) => id === chosen) ? chosen : ""}
          onChange={(event) => onChoose(event.target.value || (chosen ?? ""))}
        >
          <option value="">{t("Only somebody else")}</option>
          {more.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

interface PressProps {
  label: string;
  onClick: () => void;
  disabled?: boolean;
  main?: boolean;
  children: ReactNode;
}

function Press({ label, onClick, disabled = false, main = false, children }: PressProps) {
  return (
    <button
      type="button"
      className={main ? "player-main" : undefined}
      aria-label={label}
      title={label}
      onClick={onClick}
      disabled={disabled}
    >
      <svg
        width="20"
        height="20"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {" "}
        {/* prettier-ignore */}
        {children}
      </svg>
    </button>
  );
}

interface ChipProps {
  on: boolean;
  onClick: () => void;
  disabled?: boolean;
  title?: string;
  /** A person's. */
  color?: string;
  children: ReactNode;
}

function Chip({ on, onClick, disabled = false, title, color, children }: ChipProps) {
  return (
    <button
      type="button"
      className="player-chip"
      aria-pressed={on}
      onClick={onClick}
      disabled={disabled}
      title={title}
      style={color === undefined ? undefined : personStyle(color)}
      data-person={color !== undefined}
    >
      {children}
    </button>
  );
}
