/** Following, as it is seen: a frame in the other's colour with a way out, and the question whether to come. */

import { t } from "../i18n";
import { personStyle } from "./ink";
import type { PresenceControls } from "./use-presence";

export function FollowFrame({ presence: { following } }: { presence: PresenceControls }) {
  if (!following) return null;
  return <div className="follow-frame" style={personStyle(following.color)} aria-hidden="true" />;
}

export function FollowBars({ presence }: { presence: PresenceControls }) {
  const { following, call } = presence;
  return (
    <div className="follow-bars" role="status">
      {call && (
        <div className="follow-bar follow-call" style={personStyle(call.user.color)}>
          <span>{t("{{name}} asks everyone here to come.", { name: call.user.name })}</span>
          <button type="button" className="follow-go" onClick={() => presence.answer(true)}>
            {t("Go")}
          </button>
          <button type="button" onClick={() => presence.answer(false)}>
            {t("Stay")}
          </button>
        </div>
      )}
      {following && (
        <div className="follow-bar" style={personStyle(following.color)} data-testid="following">
          <span>{t("Following {{name}}", { name: following.name })}</span>
          <button type="button" onClick={presence.stopFollowing}>
            {t("Stop")}
          </button>
        </div>
      )}
    </div>
  );
}
