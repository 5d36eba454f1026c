"""What the records of a batch do to the archive. At least once: all of it may run again with the same records."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from canvasapp.items import canvas_key, commit_key
from history import archive
from history.log import commits_between
from history.projection import ArchivedCommit, Image, PoisonRecord, project, project_items
from history.recording import catch_up
from history.stream import StreamRecord

logger = logging.getLogger(__name__)

CANVASES_AT_ONCE = 8
COMMITS_PER_WRITE = 200  # bounds memory while a long gap is filled


@dataclass(slots=True)
class Counts:
    records: int = 0
    archived: int = 0
    repeated: int = 0
    filled: int = 0
    recorded: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class Poison:
    pk: str
    sk: str
    error: str
    images: Sequence[Image]


@dataclass(frozen=True, slots=True)
class Findings:
    """The commits and the poison of a batch; everything else in it is no concern of history."""

    commits: tuple[ArchivedCommit, ...]
    poison: tuple[Poison, ...]

    @property
    def oldest(self) -> datetime | None:
        return min((commit.time for commit in self.commits), default=None)

    @property
    def newest(self) -> datetime | None:
        return max((commit.time for commit in self.commits), default=None)


def sort_out(records: Iterable[StreamRecord]) -> Findings:
    commits: list[ArchivedCommit] = []
    poison: list[Poison] = []
    for record in records:
        if record.image is None:
            continue  # removed by retention; the archive keeps what it has
        try:
            commit = project(record.image)
        except PoisonRecord as error:
            poison.append(Poison(record.pk, record.sk, str(error), [record.image]))
        else:
            if commit is not None:
                commits.append(commit)
    return Findings(tuple(commits), tuple(poison))


class Ingest:
    """Archives findings and counts what it did."""

    def __init__(self) -> None:
        self.counts = Counts()

    def apply(self, findings: Findings) -> None:
        for poison in findings.poison:
            self._park(poison.pk, poison.sk, poison.error, poison.images)
        canvases = sorted(self._archive(self._complete(findings.commits)))
        # A canvas needs several answers of MongoDB one after the other; canvases need nothing of each other.
        with ThreadPoolExecutor(CANVASES_AT_ONCE) as pool:
            self.counts.recorded += sum(pool.map(catch_up, canvases))

    def fill(self, canvas: str, first: int, last: int, named: Collection[int] = ()) -> None:
        """Archives and records what the log has from `first` to `last`; `named` as in catch_up."""
        self._archive(self._fill(canvas, first, last))
        self.counts.recorded += catch_up(canvas, named)

    def _archive(self, commits: Iterator[ArchivedCommit]) -> set[str]:
        """The canvases they are of."""
        canvases: set[str] = set()
        while chunk := list(islice(commits, COMMITS_PER_WRITE)):
            stored = archive.store(chunk)
            canvases.update(commit.canvas for commit in chunk)
            self.counts.archived += stored.new
            self.counts.repeated += stored.repeated
            for commit in stored.differing:
                self._park_commit(commit, archive.CHANGED_IN_PLACE)
        return canvases

    def _complete(self, commits: Sequence[ArchivedCommit]) -> Iterator[ArchivedCommit]:
        """The commits by canvas and seq, whole, with those that the stream left out in between."""
        in_order = sorted(commits, key=lambda commit: (commit.canvas, commit.seq))
        for canvas, run in groupby(in_order, key=lambda commit: commit.canvas):
            expected = archive.archived_head(canvas) + 1
            for commit in run:
                if commit.seq > expected:
                    yield from self._fill(canvas, expected, commit.seq - 1)
                expected = max(expected, commit.seq + 1)
                if commit.is_whole:
                    yield commit
                    continue
                items = next((items for _, items in commits_between(canvas, commit.seq, commit.seq)), commit.images)
                yield from self._project_items(commit.canvas, commit.seq, items)

    def _fill(self, canvas: str, first: int, last: int) -> Iterator[ArchivedCommit]:
        expected = first
        for seq, items in commits_between(canvas, first, last):
            if seq > expected:
                self._park_missing(canvas, expected, seq - 1)
            expected = seq + 1
            for commit in self._project_items(canvas, seq, items):
                self.counts.filled += 1
                yield commit
        if expected <= last:
            self._park_missing(canvas, expected, last)

    def _project_items(self, canvas: str, seq: int, items: Sequence[Image]) -> Iterator[ArchivedCommit]:
        try:
            yield project_items(items)
        except PoisonRecord as error:
            self._park(canvas_key(canvas), commit_key(seq), str(error), items)

    def _park_commit(self, commit: ArchivedCommit, error: str) -> None:
        self._park(canvas_key(commit.canvas), commit_key(commit.seq), error, commit.images)

    def _park_missing(self, canvas: str, first: int, last: int) -> None:
        self._park(canvas_key(canvas), commit_key(first), archive.missing(first, last), [])

    def _park(self, pk: str, sk: str, error: str, images: Sequence[Image]) -> None:
        archive.park(pk, sk, error, images)
        self.counts.parked += 1
        logger.error("parked %s %s: %s", pk, sk, error)
