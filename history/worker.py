"""The projection worker: stream to archive, one batch after the other. Positions follow effects, never lead them."""

import logging
import time
from threading import Event

from history.documents import STORE_AWAY, create_indexes, open_archive
from history.ingest import Counts, Ingest, sort_out
from history.lag import Lag
from history.leases import RENEW_SECONDS, LeaseLost, Leases
from history.stream import ShardKey, StreamClient, StreamReader

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.25
DISCOVER_SECONDS = 30.0
DISCOVER_FIRST_SECONDS = 2.0  # while there is no shard at all: the table is about to be created
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0  # with MongoDB's time-out still below the expiry of the published lag
REPORT_SECONDS = 60.0


class Worker:
    def __init__(self) -> None:
        self._reader: StreamReader | None = None
        self._ingest = Ingest()
        self._lag = Lag()
        self._leases = Leases()
        self._held: list[ShardKey] = []
        self._balanced_at: float | None = None
        self._discovered_at: float | None = None

    @property
    def counts(self) -> Counts:
        return self._ingest.counts

    @property
    def connected(self) -> bool:
        """Whether MongoDB's address is registered and its indexes are there."""
        return self._reader is not None

    @property
    def shards_held(self) -> int:
        return len(self._held)

    @property
    def lag_seconds(self) -> float | None:
        """None while this worker reads nothing: it stands by, or has not seen the stream yet."""
        return self._lag.seconds if self._held else None

    def run(self, stopping: Event) -> None:
        """Until `stopping` is set; the batch in hand is finished first."""
        with self._leases.renewed():
            self._run(stopping)
        try:
            self.hand_back()
        except STORE_AWAY as error:
            logger.warning("the leases are left to expire: %s", _first_line(error))
        self._report()

    def _run(self, stopping: Event) -> None:
        pause = FIRST_PAUSE_SECONDS
        reported_at = time.monotonic()
        while not stopping.is_set():
            try:
                records = self.ingest_round(stopping)
            except STORE_AWAY as error:
                logger.warning("a store is away, trying again in %.1f s: %s", pause, _first_line(error))
                if self._lag.seconds:  # otherwise unknown: the published value expires
                    self._publish_lag()
                stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                pause = FIRST_PAUSE_SECONDS
                self._publish_lag()
                if not records:
                    stopping.wait(IDLE_SECONDS)
            if time.monotonic() - reported_at >= REPORT_SECONDS:
                reported_at = time.monotonic()
                self._report()

    def ingest_round(self, stopping: Event | None = None) -> int:
        """One batch of each shard held; returns how many records they had. Raises one of STORE_AWAY."""
        reader = self._open_reader()
        if _is_due(self._balanced_at, RENEW_SECONDS) or _is_due(self._discovered_at, self._patience(reader)):
            self._balance(reader)
        records = 0
        for key in tuple(self._held):
            if stopping is not None and stopping.is_set():
                break
            try:
                records += self.ingest_one_batch(reader, key)
            except LeaseLost:
                logger.warning("another worker reads shard %s by now", key.shard)
                self._held.remove(key)
                self._balanced_at = None
        return records

    def ingest_one_batch(self, reader: StreamReader, key: ShardKey) -> int:
        """Raises LeaseLost, after effects that the other worker's do not mind; one of STORE_AWAY."""
        batch = reader.read(key)
        if batch is None:
            self._leases.release(key)
            self._discovered_at = None
            self._lag.note(key, None)
            return 0
        findings = sort_out(batch.records)
        self._lag.note(key, findings.oldest)
        self._ingest.apply(findings)
        if batch.records or batch.position.finished:
            self._leases.advance(key, batch.position)
        reader.advance(batch)
        self.counts.records += len(batch.records)
        self._lag.note(key, None if batch.position.finished else findings.newest)
        if batch.position.finished:
            self._discovered_at = None  # its children can be read now
        return len(batch.records)

    def hand_back(self) -> None:
        """What it holds is free for the next worker. Raises one of STORE_AWAY."""
        self._held = []
        self._balanced_at = None
        self._leases.hand_back()

    def _balance(self, reader: StreamReader) -> None:
        # Positions first: a shard that begins meanwhile must not look like one that is gone.
        if reader.adopt(self._leases.positions()) or _is_due(self._discovered_at, self._patience(reader)):
            self._leases.forget(reader.discover())
            self._discovered_at = time.monotonic()
        self._leases.lag = self.lag_seconds
        held = self._leases.balance(reader.readable())
        if set(held) - set(self._held):
            reader.adopt(self._leases.positions())  # as they were when they became this worker's
        self._held = held
        self._lag.only(held)
        self._balanced_at = time.monotonic()

    def _patience(self, reader: StreamReader) -> float:
        return DISCOVER_SECONDS if reader.readable() else DISCOVER_FIRST_SECONDS

    def _publish_lag(self) -> None:
        if self._held:  # otherwise those who read publish it, and nobody does while nobody reads
            self._lag.publish(self._leases.lag_elsewhere or 0.0)

    def _open_reader(self) -> StreamReader:
        if self._reader is None:
            open_archive()
            create_indexes()
            self._reader = StreamReader(StreamClient(), {})
        return self._reader

    def _report(self) -> None:
        counts = self.counts
        logger.info(
            "history: %d records, %d commits archived, %d met again, %d from the log, %d told, %d parked; lag %.1f s",
            counts.records,
            counts.archived,
            counts.repeated,
            counts.filled,
            counts.recorded,
            counts.parked,
            self._lag.seconds,
        )


def _is_due(last: float | None, seconds: float) -> bool:
    return last is None or time.monotonic() - last > seconds


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
