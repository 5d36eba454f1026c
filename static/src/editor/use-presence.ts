/** Presence in the editor: wires what is pure or drawn elsewhere to the component and to React. */

import type { AppState, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useCallback, useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import type { User } from "../protocol/messages";
import type { Engine } from "../sync/engine";
import { watchActivity } from "./activity";
import { Cursors } from "./cursors";
import { type FollowEnd, Follower } from "./follower";
import { circular, tabToFollow } from "./following";
import { LocalPresence } from "./local-presence";
import { collaborators } from "./peers";

/** As long as the server makes wait. */
const GATHER_AGAIN_MS = 10_000;
const CALL_MS = 20_000;

export interface Call {
  client: string;
  user: User;
}

export interface PresenceControls {
  following: User | null;
  follow: (user: User) => void;
  stopFollowing: () => void;
  /** Asks everybody here to come; null while that was done a moment ago. */
  gather: (() => void) | null;
  /** Somebody asks to come. */
  call: Call | null;
  answer: (go: boolean) => void;
  /** For the component's callbacks. */
  look: (state: AppState) => void;
  point: (x: number, y: number, laser: boolean) => void;
  leave: () => void;
}

export function usePresence(
  engine: Engine,
  api: ExcalidrawImperativeAPI | null,
  say: (message: string) => void,
): PresenceControls {
  const local = useRef<LocalPresence | null>(null);
  local.current ??= new LocalPresence(engine);
  const cursors = useRef<Cursors | null>(null);
  const follower = useRef<Follower | null>(null);
  const [following, setFollowing] = useState<User | null>(null);
  const [call, setCall] = useState<Call | null>(null);
  const [gathered, setGathered] = useState(false);
  const saying = useRef(say);
  saying.current = say;

  useEffect(() => watchActivity((activity) => engine.showPresence({ activity })), [engine]);

  useEffect(() => {
    const host = api && document.querySelector<HTMLElement>(".editor-canvas .excalidraw");
    if (!host) return;
    const ended = (user: User | null, why: FollowEnd | null): void => {
      setFollowing((before) => {
        if (why === "left" && before) saying.current(t("{{name}} left.", { name: before.name }));
        if (why === "circle" && before) saying.current(t("{{name}} follows you.", { name: before.name }));
        return user;
      });
    };
    const scroll = () => {
      const { scrollX, scrollY, zoom } = api.getAppState();
      return { scrollX, scrollY, zoom: zoom.value };
    };
    cursors.current = new Cursors(host, engine, scroll);
    follower.current = new Follower(engine, api, ended);
    const stopDrawing = drawOthers(api, engine);
    return () => {
      cursors.current?.stop();
      follower.current?.dispose();
      cursors.current = follower.current = null;
      stopDrawing();
    };
  }, [api, engine]);

  useEffect(() => {
    if (!following) return;
    const end = (event: KeyboardEvent): void => {
      if (event.key === "Escape") follower.current?.stop();
    };
    addEventListener("keydown", end, true);
    return () => removeEventListener("keydown", end, true);
  }, [following]);

  useEffect(
    () =>
      engine.listen((event) => {
        if (event.type === "gather" && event.user.id !== follower.current?.followed?.id)
          setCall({ client: event.client, user: event.user });
        if (event.type !== "refused" || event.about !== "gather") return;
        saying.current(
          event.code === "rate" ? t("You asked everyone a moment ago.") : t("You cannot ask everyone here."),
        );
      }),
    [engine],
  );
  useEffect(() => {
    if (!call) return;
    const timer = setTimeout(() => setCall(null), CALL_MS);
    return () => clearTimeout(timer);
  }, [call]);
  useEffect(() => {
    if (!gathered) return;
    const timer = setTimeout(() => setGathered(false), GATHER_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [gathered]);

  const follow = useCallback(
    (user: User, client?: string): void => {
      const tab = client ?? tabToFollow(engine.peers, user.id)?.client;
      if (tab !== undefined && circular(engine.peers, engine.client, tab)) {
        saying.current(t("{{name}} follows you.", { name: user.name }));
      } else {
        follower.current?.follow(user, tab);
      }
    },
    [engine],
  );
  const answer = (go: boolean): void => {
    if (go && call) follow(call.user, engine.peers.has(call.client) ? call.client : undefined);
    setCall(null);
  };
  const gather = (): void => {
    if (!engine.gather()) return saying.current(t("No connection: nobody can be asked now."));
    follower.current?.stop();
    setGathered(true);
    saying.current(t("Everyone here was asked to come to you."));
  };
  const look = useCallback((state: AppState) => {
    local.current?.look(state, Boolean(follower.current?.followed));
    follower.current?.looked(state);
    cursors.current?.scrolled();
  }, []);

  return {
    following,
    follow,
    stopFollowing: useCallback(() => follower.current?.stop(), []),
    gather: gathered ? null : gather,
    call,
    answer,
    look,
    point: useCallback((x, y, laser) => local.current?.point(x, y, laser), []),
    leave: useCallback(() => local.current?.leave(), []),
  };
}

/** Hands others' selections and lasers to the component, at most once a frame and only when they changed. */
function drawOthers(api: ExcalidrawImperativeAPI, engine: Engine): () => void {
  let frame: number | undefined;
  let drawn = "";
  const draw = (): void => {
    frame = undefined;
    const others = collaborators(engine.peers.values());
    const now = JSON.stringify([...others.values()]);
    if (now === drawn) return;
    drawn = now;
    api.updateScene({ collaborators: others });
  };
  const unlisten = engine.listen((event) => {
    if (event.type === "peers") frame ??= requestAnimationFrame(draw);
  });
  draw();
  return () => {
    unlisten();
    if (frame !== undefined) cancelAnimationFrame(frame);
  };
}
