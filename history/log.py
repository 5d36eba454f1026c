"""Reads commits from the log as exact items, where the stream did not bring them (canvasapp.log.read decodes them)."""

from collections.abc import Iterator
from itertools import groupby

from canvasapp.commits import unpack
from canvasapp.exceptions import LogCorrupt
from canvasapp.items import COMMIT_PREFIX, CommitItem, canvas_key, commit_key
from canvasapp.log import query_raw
from history.projection import MAX_SEQ, ArchivedCommit, Image, PoisonRecord, commit_seq, project_items
from history.verification import Link


def commits_between(canvas: str, first: int, last: int) -> Iterator[tuple[int, list[Image]]]:
    """Each stored commit from `first` to `last` in order, as its number and all its items; absent ones are left out."""
    # "$" follows "#": the continuations of `last` are included.
    condition = CommitItem.sk.between(commit_key(first), commit_key(last) + "$")
    for seq, items in groupby(query_raw(canvas_key(canvas), condition), key=lambda item: commit_seq(item["SK"]["S"])):
        if seq is not None:
            yield seq, list(items)


def stored(canvas: str, after: int) -> Iterator[tuple[int | None, list[Image]]]:
    """Whatever the log holds above `after`, in order: a commit's number and items, or None and what is no commit's."""
    first = commit_key(after) + "$" if after else COMMIT_PREFIX
    condition = CommitItem.sk.between(first, COMMIT_PREFIX[:-1] + "$")
    for seq, items in groupby(query_raw(canvas_key(canvas), condition), key=lambda item: commit_seq(item["SK"]["S"])):
        yield seq, list(items)


def links(canvas: str, after: int, last: int = MAX_SEQ) -> Iterator[Link]:
    """The log's commits above `after` up to `last`, to be checked. Raises LogCorrupt, Unavailable."""
    for seq, items in commits_between(canvas, after + 1, last):
        try:
            yield link_of(project_items(items))
        except PoisonRecord as error:
            raise LogCorrupt(f"canvas {canvas}, commit {seq}: {error}") from error


def link_of(commit: ArchivedCommit) -> Link:
    """Raises LogCorrupt."""
    return Link(commit.seq, commit.commit_id, commit.at, commit.hash, commit.format, unpack(commit.body))
