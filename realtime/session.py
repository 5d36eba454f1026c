"""One socket's session: what it may do, and how much may be under way to it. Pure; SPEC.md, SE rules.

A client reports by `seen` up to where it has read. Deltas beyond the budget are not sent: the session falls behind,
and is later brought up to date by one catch-up.
"""

from collections import deque
from dataclasses import dataclass, field

from realtime.protocol import UserInfo

DELTA_BUDGET_BYTES = 1024 * 1024  # sent and not reported as seen
CATCH_UP_BELOW_BYTES = DELTA_BUDGET_BYTES // 4
PRESENCE_BUDGET_BYTES = 4 * 1024 * 1024  # sent since anything at all was heard
HOPELESS_SECONDS = 30.0
SILENCE_SECONDS = 130.0  # browsers let a hidden tab's timers run once a minute: two of those, and some


@dataclass(slots=True)
class AwaitingHello:
    """Signed in; nothing is said yet of who on which canvas."""

    user: UserInfo


@dataclass(slots=True)
class Flow:
    """What is under way to a client. `sent_seq` is the last commit in it; `behind` while deltas are held back."""

    sent_seq: int
    behind: bool = True  # until the state or the missed commits are sent
    behind_since: float | None = None
    heard_at: float = 0.0
    _under_way: deque[tuple[int, int]] = field(default_factory=deque)
    _delta_bytes: int = 0
    _presence_bytes: int = 0

    def admit_delta(self, seq: int, size: int, now: float) -> bool:
        """Whether to send the delta that ends with `seq`; False puts the session behind."""
        if self.behind:
            return False
        if self._under_way and self._delta_bytes + size > DELTA_BUDGET_BYTES:
            self.behind, self.behind_since = True, now
            return False
        self.note_sent(seq, size)
        return True

    def note_sent(self, seq: int, size: int) -> None:
        self.sent_seq = seq
        self._under_way.append((seq, size))
        self._delta_bytes += size

    def seen(self, seq: int) -> bool:
        """Takes a report; True when a session that fell behind should now be caught up."""
        while self._under_way and self._under_way[0][0] <= seq:
            self._delta_bytes -= self._under_way.popleft()[1]
        return self.behind_since is not None and self._delta_bytes <= CATCH_UP_BELOW_BYTES

    def caught_up(self) -> None:
        self.behind, self.behind_since = False, None

    def admit_presence(self, size: int) -> bool:
        """Presence is dropped first: while behind, and to somebody who has been silent for megabytes."""
        if self.behind or self._presence_bytes + size > PRESENCE_BUDGET_BYTES:
            return False
        self._presence_bytes += size
        return True

    def heard(self, now: float) -> None:
        self.heard_at = now
        self._presence_bytes = 0

    def hopeless(self, now: float) -> bool:
        """Silent for too long, or not reading what it was sent."""
        stuck = self.behind_since is not None and now - self.behind_since > HOPELESS_SECONDS
        return stuck or now - self.heard_at > SILENCE_SECONDS


@dataclass(slots=True)
class Joined:
    """On a canvas. `role` is the last that was told to the client."""

    user: UserInfo
    client: str
    canvas_id: str
    project_id: str
    role: str
    flow: Flow


@dataclass(slots=True)
class Leaving:
    """Closed, or being closed, with this code."""

    code: int


Session = AwaitingHello | Joined | Leaving
