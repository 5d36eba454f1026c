"""How much one connection and one user may send. Pure: the clock is handed in."""

import time
from collections.abc import Callable

MESSAGES_PER_SECOND = 2_000
BYTES_PER_SECOND = 4 * 1024 * 1024
BYTES_BURST = 32 * 1024 * 1024
PRESENCE_PER_SECOND = 250  # a frame shows at most 125
PRESENCE_BURST = 1_000
HELLOS_PER_SECOND = 0.5  # each may cost a whole state
HELLOS_BURST = 10
INTENTS_PER_USER_FACTOR = 10  # a user's budget over all connections, in budgets of one connection


class TokenBucket:
    """Refills at `rate` a second up to `burst`."""

    __slots__ = ("_burst", "_clock", "_rate", "_then", "_tokens")

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._clock = clock
        self._then = clock()

    def take(self, amount: float = 1.0) -> bool:
        """False, and nothing is taken, when there is not enough."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._then) * self._rate)
        self._then = now
        if self._tokens < amount:
            return False
        self._tokens -= amount
        return True


class Sockets:
    """The open sockets of each user in this process, and what all of a user's together may send."""

    def __init__(self, most: int, intents_per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._rate = INTENTS_PER_USER_FACTOR * intents_per_second
        self._clock = clock
        self._open: dict[str, int] = {}
        self._intents: dict[str, TokenBucket] = {}

    def admit(self, user: str) -> bool:
        """False when the user has as many as allowed; every admitted one is to `leave`."""
        count = self._open.get(user, 0)
        if count >= self._most:
            return False
        self._open[user] = count + 1
        if user not in self._intents:
            self._intents[user] = TokenBucket(self._rate, 2 * self._rate, self._clock)
        return True

    def leave(self, user: str) -> None:
        self._open[user] -= 1
        if not self._open[user]:
            del self._open[user], self._intents[user]

    def take_intent(self, user: str) -> bool:
        return self._intents[user].take()
