"""Stores that go away for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import mongoengine

from history.documents import ALIAS, open_archive


@contextmanager
def mongodb_away(settings) -> Iterator[None]:
    kept = settings.MONGODB_URI
    mongoengine.disconnect(ALIAS)
    settings.MONGODB_URI = "mongodb://127.0.0.1:1/none"
    open_archive()
    try:
        yield
    finally:
        mongoengine.disconnect(ALIAS)
        settings.MONGODB_URI = kept
        open_archive()
