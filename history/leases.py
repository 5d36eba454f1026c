"""Which of several workers reads which shard. A shard's lease and position are one document, so that a position can be
written only by the worker that holds the lease. What has expired, MongoDB's clock decides: workers' clocks may differ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from pymongo.errors import DuplicateKeyError, PyMongoError

from history.documents import StreamPosition, StreamWorker
from history.stream import Position, ShardKey

LEASE_SECONDS = 10
RENEW_SECONDS = 2.0
_LATER = {"$add": ["$$NOW", LEASE_SECONDS * 1000]}
_EXPIRED = {"$expr": {"$lte": ["$expires_at", "$$NOW"]}}  # also where there is no lease: a missing value is the least
_CURRENT = {"$expr": {"$gt": ["$expires_at", "$$NOW"]}}


class LeaseLost(Exception):
    """Another worker reads the shard by now; what it has written stands."""


def fair_share(shards: int, workers: int) -> int:
    """The most shards that one of the workers may hold: none is left over, and nobody has two more than another."""
    return -(-shards // max(workers, 1))


def plan(
    shards: Sequence[ShardKey], holders: Mapping[ShardKey, str], worker: str, share: int
) -> tuple[list[ShardKey], list[ShardKey]]:
    """The shards that the worker gives back, and those that it may try to take until it has its share."""
    mine = [key for key in shards if holders.get(key) == worker]
    return mine[share:], [key for key in shards if key not in holders]


class Leases:
    """One worker's, under a name that no other has. `renew` may be called from a thread of its own."""

    def __init__(self) -> None:
        self.worker = uuid4().hex
        self.lag: float | None = None  # this worker's, told to the others; None: it reads nothing
        self.lag_elsewhere: float | None = None  # the greatest that another told
        self._known = False  # to the other workers

    def positions(self) -> dict[ShardKey, Position]:
        return {_key(kept): Position(kept.after, kept.event, kept.finished) for kept in StreamPosition.objects.all()}

    def balance(self, shards: Sequence[ShardKey]) -> list[ShardKey]:
        """Renews, gives back, takes over; the shards that are now this worker's."""
        self.renew()
        others = list(StreamWorker.objects(__raw__=_CURRENT, worker__ne=self.worker))
        self.lag_elsewhere = max((other.lag for other in others if other.lag is not None), default=None)
        holders = {_key(kept): kept.owner for kept in StreamPosition.objects(__raw__=_CURRENT)}
        share = fair_share(len(shards), len(others) + 1)
        surplus, free = plan(shards, holders, self.worker, share)
        for key in surplus:
            self.release(key)
        held = [key for key in shards if holders.get(key) == self.worker and key not in surplus]
        for key in free:
            if len(held) < share and self._take(key):
                held.append(key)
        return held

    def renew(self) -> None:
        told = {"expires_at": _LATER, "lag": self.lag}
        StreamWorker._get_collection().update_one({"_id": self.worker}, [{"$set": told}], upsert=True)
        self._known = True
        StreamPosition._get_collection().update_many({"owner": self.worker}, [{"$set": {"expires_at": _LATER}}])

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Keeps what is held over work that takes longer than a lease, such as filling a long gap."""
        ended = Event()

        def keep() -> None:
            while not ended.wait(RENEW_SECONDS):
                if self._known:
                    with suppress(PyMongoError):  # the worker itself waits for MongoDB, and tells
                        self.renew()

        thread = Thread(target=keep, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(RENEW_SECONDS)

    def advance(self, key: ShardKey, position: Position) -> None:
        """Raises LeaseLost. A finished shard is nobody's."""
        changes: dict[str, Any] = {
            "$set": {
                "after": position.after,
                "event": position.event,
                "finished": position.finished,
                "updated_at": datetime.now(UTC),
            }
        }
        if position.finished:
            changes["$unset"] = {"owner": "", "expires_at": ""}
        if not StreamPosition._get_collection().update_one(self._mine(key), changes).matched_count:
            raise LeaseLost(key.shard)

    def release(self, key: ShardKey) -> None:
        StreamPosition._get_collection().update_one(self._mine(key), {"$unset": {"owner": "", "expires_at": ""}})

    def forget(self, keys: Iterable[ShardKey]) -> None:
        """Shards that are gone; one that somebody reads is not."""
        for key in keys:
            StreamPosition._get_collection().delete_one({**_place(key), **_EXPIRED})

    def hand_back(self) -> None:
        """All of it, at once for whoever stands by."""
        if self._known:
            StreamPosition._get_collection().update_many(
                {"owner": self.worker}, {"$unset": {"owner": "", "expires_at": ""}}
            )
            StreamWorker.objects(worker=self.worker).delete()
            self._known = False

    def _take(self, key: ShardKey) -> bool:
        collection = StreamPosition._get_collection()
        unread = {"$setOnInsert": {"finished": False, "updated_at": datetime.now(UTC)}}
        with suppress(DuplicateKeyError):  # another worker was as quick
            collection.update_one(_place(key), unread, upsert=True)
        free = {**_place(key), "finished": False, **_EXPIRED}
        taken = collection.update_one(free, [{"$set": {"owner": self.worker, "expires_at": _LATER}}])
        return bool(taken.modified_count)

    def _mine(self, key: ShardKey) -> dict[str, str]:
        return {**_place(key), "owner": self.worker}


def _key(kept: StreamPosition) -> ShardKey:
    return ShardKey(kept.stream, kept.shard)


def _place(key: ShardKey) -> dict[str, str]:
    return {"stream": key.stream, "shard": key.shard}
