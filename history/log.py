"""Reads commits from the log as exact items, where the stream did not bring them (canvasapp.log.read decodes them)."""

from collections.abc import Iterator
from itertools import groupby

from canvasapp.items import CommitItem, canvas_key, commit_key
from canvasapp.log import query_raw
from history.projection import Image, commit_seq


def commits_between(canvas: str, first: int, last: int) -> Iterator[tuple[int, list[Image]]]:
    """Each stored commit from `first` to `last` in order, as its number and all its items; absent ones are left out."""
    # "$" follows "#": the continuations of `last` are included.
    condition = CommitItem.sk.between(commit_key(first), commit_key(last) + "$")
    for seq, items in groupby(query_raw(canvas_key(canvas), condition), key=lambda item: commit_seq(item["SK"]["S"])):
        if seq is not None:
            yield seq, list(items)
