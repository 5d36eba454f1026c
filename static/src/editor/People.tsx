/** Who is here: avatars in the bar, and the list behind them. */

import "./presence.css";
import { t } from "../i18n";
import type { Role } from "../protocol/messages";
import type { Activity } from "./activity";
import { GatherIcon } from "./icons";
import { personStyle } from "./ink";
import { initials, type Person } from "./peers";
import type { PresenceControls } from "./use-presence";

const MOST_AVATARS = 4;
const LIST = "people-here";

interface PeopleProps {
  /** This person, with the tabs open elsewhere too. */
  own: Person;
  others: Person[];
  client: string;
  mayGather: boolean;
  presence: PresenceControls;
}

export function People(props: PeopleProps) {
  const { own, others, presence } = props;
  const shown = others.slice(0, MOST_AVATARS);
  const more = others.length - shown.length;
  const everyone = t("People here: {{count}}", { count: others.length + 1 });
  return (
    <div className="people" data-testid="avatars">
      <ul className="avatars" aria-label={t("People here")}>
        {shown.map((person) => {
          const followed = presence.following?.id === person.user.id;
          const name = person.user.name;
          const label = followed ? t("Stop following {{name}}", { name }) : t("Follow {{name}}", { name });
          return (
            <li key={person.user.id}>
              <button
                type="button"
                className="avatar"
                aria-pressed={followed}
                title={`${label} (${activityWord(person.activity)})`}
                data-activity={person.activity}
                style={personStyle(person.user.color)}
                onClick={() => (followed ? presence.stopFollowing() : presence.follow(person.user))}
              >
                <span aria-hidden="true">{initials(name)}</span>
                <span className="visually-hidden">{label}</span>
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" className="people-open" popoverTarget={LIST} title={everyone} data-testid="people-open">
        {more > 0 && <span className="avatar avatar-more">+{more}</span>}
        {others.length > 0 && <span className="avatar avatar-more avatar-count">{others.length + 1}</span>}
        <span className="avatar avatar-own" style={personStyle(own.user.color)} aria-hidden="true">
          {initials(own.user.name)}
        </span>
        <span className="visually-hidden">{everyone}</span>
      </button>
      <PeopleList {...props} />
    </div>
  );
}

function PeopleList({ own, others, client, mayGather, presence }: PeopleProps) {
  return (
    <section id={LIST} popover="auto" className="people-list" aria-label={t("People here")}>
      <h2>{t("People here: {{count}}", { count: others.length + 1 })}</h2>
      <ul>
        <Row
          person={own}
          detail={[roleWord(own.role), ...tabs(own)]}
          name={t("{{name}} (you)", { name: own.user.name })}
        />
        {others.map((person) => {
          const followed = presence.following?.id === person.user.id;
          const detail = [
            roleWord(person.role),
            ...(person.activity === "active" ? [] : [activityWord(person.activity)]),
            ...tabs(person),
            ...(person.following.includes(client) ? [t("follows you")] : []),
          ];
          return (
            <Row key={person.user.id} person={person} detail={detail} name={person.user.name}>
              <button
                type="button"
                className="people-follow"
                aria-pressed={followed}
                aria-label={
                  followed
                    ? t("Stop following {{name}}", { name: person.user.name })
                    : t("Follow {{name}}", { name: person.user.name })
                }
                onClick={() => {
                  if (followed) presence.stopFollowing();
                  else presence.follow(person.user);
                  document.getElementById(LIST)?.hidePopover();
                }}
              >
                {followed ? t("Stop") : t("Follow")}
              </button>
            </Row>
          );
        })}
      </ul>
      {others.length === 0 && (
        <p className="people-alone">
          {t("Nobody else is here. Share the canvas’s address with members of the project.")}
        </p>
      )}
      {mayGather && others.length > 0 && (
        <button
          type="button"
          className="people-gather"
          disabled={presence.gather === null}
          onClick={() => {
            presence.gather?.();
            document.getElementById(LIST)?.hidePopover();
          }}
        >
          <GatherIcon />
          {t("Bring everyone to me")}
        </button>
      )}
    </section>
  );
}

function Row(props: { person: Person; name: string; detail: (string | null)[]; children?: React.ReactNode }) {
  const { person, name, detail, children } = props;
  return (
    <li className="people-row" data-activity={person.activity}>
      <span
        className="avatar"
        data-activity={person.activity}
        style={personStyle(person.user.color)}
        aria-hidden="true"
      >
        {initials(person.user.name)}
      </span>
      <span className="people-words">
        <span className="people-name">{name}</span>
        <span className="people-detail">{detail.filter(Boolean).join(" · ")}</span>
      </span>
      {children}
    </li>
  );
}

function tabs({ tabs: count }: Person): string[] {
  return count > 1 ? [t("{{count}} tabs", { count })] : [];
}

function activityWord(activity: Activity): string {
  return activity === "active" ? t("active") : activity === "idle" ? t("idle") : t("away");
}

function roleWord(role: Role | undefined): string | null {
  switch (role) {
    case "owner":
      return t("Owner");
    case "editor":
      return t("Editor");
    case "commenter":
      return t("Commenter");
    case "viewer":
      return t("Viewer");
    default:
      return null;
  }
}
