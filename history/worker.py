"""The projection worker: stream to archive, one batch after the other. Positions follow effects, never lead them."""

import logging
import time
from threading import Event

from botocore.exceptions import BotoCoreError, ClientError
from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError

from canvasapp.exceptions import Unavailable
from history import archive
from history.documents import create_indexes, open_archive
from history.ingest import Counts, Ingest, sort_out
from history.lag import Lag
from history.stream import ShardKey, StreamClient, StreamReader

logger = logging.getLogger(__name__)

STORE_AWAY = (PyMongoError, OperationError, BotoCoreError, ClientError, Unavailable)
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
        self._discovered_at: float | None = None

    @property
    def counts(self) -> Counts:
        return self._ingest.counts

    def run(self, stopping: Event) -> None:
        """Until `stopping` is set; the batch in hand is finished first."""
        pause = FIRST_PAUSE_SECONDS
        reported_at = time.monotonic()
        while not stopping.is_set():
            try:
                records = self.ingest_round(stopping)
            except STORE_AWAY as error:
                logger.warning("a store is away, trying again in %.1f s: %s", pause, _first_line(error))
                if self._lag.seconds:  # otherwise unknown: the published value expires
                    self._lag.publish()
                stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                pause = FIRST_PAUSE_SECONDS
                self._lag.publish()
                if not records:
                    stopping.wait(IDLE_SECONDS)
            if time.monotonic() - reported_at >= REPORT_SECONDS:
                reported_at = time.monotonic()
                self._report()
        self._report()

    def ingest_round(self, stopping: Event | None = None) -> int:
        """One batch of each shard that can be read; returns how many records they had. Raises one of STORE_AWAY."""
        reader = self._open_reader()
        patience = DISCOVER_SECONDS if reader.readable() else DISCOVER_FIRST_SECONDS
        if self._discovered_at is None or time.monotonic() - self._discovered_at > patience:
            archive.forget_positions(reader.discover())
            self._discovered_at = time.monotonic()
        records = 0
        for key in reader.readable():
            if stopping is not None and stopping.is_set():
                break
            records += self.ingest_one_batch(reader, key)
        return records

    def ingest_one_batch(self, reader: StreamReader, key: ShardKey) -> int:
        batch = reader.read(key)
        if batch is None:
            self._discovered_at = None
            self._lag.note(key, None)
            return 0
        findings = sort_out(batch.records)
        self._lag.note(key, findings.oldest)
        self._ingest.apply(findings)
        if batch.records or batch.position.finished:
            archive.save_position(key, batch.position)
        reader.advance(batch)
        self.counts.records += len(batch.records)
        self._lag.note(key, None if batch.position.finished else findings.newest)
        if batch.position.finished:
            self._discovered_at = None  # its children can be read now
        return len(batch.records)

    def _open_reader(self) -> StreamReader:
        if self._reader is None:
            open_archive()
            create_indexes()
            self._reader = StreamReader(StreamClient(), archive.load_positions())
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


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
