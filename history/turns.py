"""Turns at what is costly: so many at once in this process, and one of each user, so that nobody's burst of questions
takes the memory and the time of all others. The threads of requests wait here, never the event loop.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from threading import Condition
from typing import AnyStr

from asgiref.sync import sync_to_async

from projects.exceptions import RateLimited, Unavailable

AT_ONCE = 2  # Python computes one at a time anyway; the second keeps one user from making another wait
MOST_ASKED = 32  # of a user, waiting ones included: what a browser asks for at once, and more
WAIT_SECONDS = 30.0

_changed = Condition()
_asked: Counter[str] = Counter()
_having: set[str] = set()


@contextmanager
def turn(user_id: str, *, begun: bool = False) -> Iterator[None]:
    """Raises RateLimited for whoever has too many in the queue already, Unavailable when it does not move.

    What has `begun`, and is to go on, waits for as long as it takes.
    """
    with _changed:
        if _asked[user_id] >= MOST_ASKED and not begun:
            raise RateLimited(retry_after_seconds=1)
        _asked[user_id] += 1
        seconds = None if begun else WAIT_SECONDS
        if not _changed.wait_for(lambda: len(_having) < AT_ONCE and user_id not in _having, seconds):
            _leave(user_id)
            raise Unavailable("Too much is asked of the history just now; try again in a little while.")
        _having.add(user_id)
    try:
        yield
    finally:
        with _changed:
            _having.discard(user_id)
            _leave(user_id)
            _changed.notify_all()


async def off_loop(pieces: Iterator[AnyStr], user_id: str) -> AsyncIterator[AnyStr]:
    """Each read in a thread and a turn of its own: the server's event loop never waits for the store."""

    def read() -> AnyStr | None:
        with turn(user_id, begun=True):
            return next(pieces, None)

    while (piece := await sync_to_async(read)()) is not None:
        yield piece


def _leave(user_id: str) -> None:
    _asked[user_id] -= 1
    if not _asked[user_id]:
        del _asked[user_id]
