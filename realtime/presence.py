"""What is shown of people to each other: cursors, selections, previews. Pure; ephemeral, never stored.

A board is one canvas's. It merges what came since the last frame, so that one frame tells everybody everything.
"""

from typing import Any

import msgspec
from msgspec import UNSET

from canvasapp.ops import Update
from realtime.protocol import Peer, PresenceMessage, Preview, UserInfo

SAID = ("cursor", "selection", "viewport", "tool", "following", "preview", "activity", "laser")  # by clients
FIELDS = (*SAID, "role")


class Board:
    """`peers` is everybody's whole presence; `take` hands out what changed. `here` names this process."""

    def __init__(self, here: str = "") -> None:
        self._here = here
        self.peers: dict[str, Peer] = {}
        self._origins: dict[str, str] = {}  # client -> the process whose socket it has
        self._changed: dict[str, dict[str, Any] | None] = {}

    def join(self, client: str, user: UserInfo, origin: str, role: str) -> None:
        peer = self.peers[client] = Peer(client, user, role=role)
        self._origins[client] = origin
        self._changed[client] = told(peer)

    def role(self, client: str, role: str) -> None:
        peer = self.peers.get(client)
        if peer is not None and peer.role != role:
            peer.role = role
            self._note(client)["role"] = role

    def update(self, client: str, message: PresenceMessage) -> None:
        """Notes the fields said. A client that has not joined is ignored."""
        peer = self.peers.get(client)
        if peer is None:
            return
        changed = self._note(client)
        for field in SAID:
            value = getattr(message, field)
            if value is UNSET:
                continue
            setattr(peer, field, value)
            if field == "preview" and isinstance(value, Preview):
                value = _merge(changed.get("preview"), value)
            changed[field] = value

    def _note(self, client: str) -> dict[str, Any]:
        changed = self._changed.get(client)
        if changed is None:
            changed = self._changed[client] = {}
        return changed

    def leave(self, client: str) -> None:
        if self.peers.pop(client, None) is not None:
            self._origins.pop(client, None)
            self._changed[client] = None

    def leave_all_of(self, origin: str) -> None:
        """Everybody whose socket was at a process that is gone."""
        for client in [client for client, place in self._origins.items() if place == origin]:
            self.leave(client)

    def origin(self, client: str) -> str | None:
        return self._origins.get(client)

    def of(self, origin: str) -> list[Peer]:
        return [self.peers[client] for client, place in self._origins.items() if place == origin]

    def others(self, client: str) -> list[Peer]:
        """For a newcomer: without previews, of which only what comes from now on makes sense."""
        return [msgspec.structs.replace(peer, preview=UNSET) for peer in self.peers.values() if peer.client != client]

    @property
    def dirty(self) -> bool:
        return bool(self._changed)

    def take(self) -> dict[str, dict[str, Any] | None]:
        """What changed since the last call."""
        changed, self._changed = self._changed, {}
        return changed

    def relay(self, client: str, changed: dict[str, Any] | None, origin: str) -> None:
        """What another process says of one of its clients; null when it left. Who has a socket here is ours to tell."""
        if self._origins.get(client) == self._here:
            return
        if changed is None:
            if self._origins.get(client) == origin:
                self.leave(client)
            return
        peer = self.peers.get(client)
        if peer is None:
            if "user" not in changed:
                return  # its process's next roll tells who it is
            peer = self.peers[client] = Peer(client, msgspec.convert(changed["user"], UserInfo))
        self._origins[client] = origin
        noted = self._note(client)
        for field in FIELDS:
            if field in changed:
                setattr(peer, field, changed[field])
                noted[field] = changed[field]
        if "user" in changed:
            noted["user"] = changed["user"]

    def replace_all_of(self, origin: str, peers: list[Peer]) -> None:
        """Everybody whose socket is at another process, as that process tells it from time to time."""
        here = {peer.client for peer in peers}
        for client in [client for client, place in self._origins.items() if place == origin and client not in here]:
            self.leave(client)
        for peer in peers:
            if self._origins.get(peer.client) == self._here:
                continue
            if self.peers.get(peer.client) is None or self._origins[peer.client] != origin:
                self.peers[peer.client] = peer
                self._origins[peer.client] = origin
                self._changed[peer.client] = told(peer)


def told(peer: Peer) -> dict[str, Any]:
    """A peer's whole presence as a frame tells it."""
    fields = msgspec.structs.asdict(peer)
    del fields["client"]
    return {name: value for name, value in fields.items() if value is not UNSET}


def _merge(earlier: Preview | None, later: Preview) -> Preview:
    """Two previews between frames: of one gesture, all of both (previews may be steps, as points of a stroke are)."""
    if earlier is None or earlier.gesture != later.gesture:
        return later
    ops = list(earlier.ops)
    last = {op.id: place for place, op in enumerate(ops)}
    for op in later.ops:
        place = last.get(op.id)
        if place is not None and type(op) is Update and type(ops[place]) is Update:
            ops[place] = Update(op.id, {**ops[place].set, **op.set})  # type: ignore[union-attr]
        else:
            last[op.id] = len(ops)
            ops.append(op)
    return Preview(later.gesture, ops)
