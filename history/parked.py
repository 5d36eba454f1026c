"""Tries parked records again: what could not become history may well do so after an upgrade or a repair of the log.

Parked are items that were no commit, with these items; commits that were nowhere, as a range under the first one's key;
and archived commits that could not be recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from canvasapp.exceptions import LogCorrupt
from canvasapp.items import CommitItem, canvas_key, commit_key
from canvasapp.log import query_raw
from history import archive, recording
from history.documents import STORE_AWAY, CommitArchive, ParkedRecord
from history.log import commits_between
from history.projection import ArchivedCommit, Image, PoisonRecord, commit_seq, images_in, project_items


@dataclass(frozen=True, slots=True)
class Recovery:
    """What has become of a parked record; nothing is written yet."""

    commits: list[ArchivedCommit] = field(default_factory=list)  # to be archived
    seqs: list[int] = field(default_factory=list)  # archived by then, to be recorded
    still: dict[str, str] = field(default_factory=dict)  # what stays parked: sort keys and errors


def recoverable(kept: ParkedRecord) -> Recovery:
    """Reads only. Raises one of STORE_AWAY."""
    seq, canvas = commit_seq(kept.item_sk), _canvas(kept)
    if seq is None:  # under a key that is no commit's, nothing can ever become one
        there = any(query_raw(kept.item_pk, CommitItem.sk == kept.item_sk))
        return Recovery(still={kept.item_sk: kept.error} if there else {})
    if images := images_in(kept.raw):
        return _from_items(canvas, seq, images)
    item = CommitArchive.objects(canvas=canvas, seq=seq).first()
    if item is None:
        return _from_log(canvas, seq, _end_of_gap(canvas, seq))
    try:
        recording.readable(item)
    except LogCorrupt as error:
        return Recovery(still={kept.item_sk: recording.failure(error)})
    return Recovery(seqs=[seq])


def recover(kept: ParkedRecord, recovery: Recovery) -> dict[str, str]:
    """Archives, records, and parks what is left, which it returns. Repeatable. Raises one of STORE_AWAY."""
    canvas, still = _canvas(kept), dict(recovery.still)
    archive.store(recovery.commits)
    for seq in recovery.seqs:
        try:
            recording.record_late(canvas, seq)
        except STORE_AWAY:
            raise
        except Exception as error:  # it is archived now, and fails as any other commit can (CH8)
            still[commit_key(seq)] = recording.failure(error)
    raw = [] if recovery.commits else images_in(kept.raw)
    for sort_key, reason in still.items():
        archive.park(kept.item_pk, sort_key, reason, raw if sort_key == kept.item_sk else [])
    if kept.item_sk not in still:
        # With another count it was parked once more meanwhile: that is for the next time.
        ParkedRecord.objects(pk=kept.pk, count=kept.count).delete()
    return still


def _from_items(canvas: str, seq: int, images: Sequence[Image]) -> Recovery:
    """From the items that were parked, or else from those that the log has by now."""
    reason = ""
    in_log = next((items for _, items in commits_between(canvas, seq, seq)), [])
    for items in (images, in_log):
        if items:
            try:
                return Recovery([_fitting(canvas, seq, items)], [seq])
            except PoisonRecord as error:
                reason = str(error)
    return Recovery(still={commit_key(seq): reason})


def _from_log(canvas: str, first: int, last: int) -> Recovery:
    recovery, expected = Recovery(), first
    for seq, items in commits_between(canvas, first, last):
        if seq > expected:
            recovery.still[commit_key(expected)] = archive.missing(expected, seq - 1)
        expected = seq + 1
        try:
            recovery.commits.append(_fitting(canvas, seq, items))
            recovery.seqs.append(seq)
        except PoisonRecord as error:
            recovery.still[commit_key(seq)] = str(error)
    if expected <= last:
        recovery.still[commit_key(expected)] = archive.missing(expected, last)
    return recovery


def _fitting(canvas: str, seq: int, items: Sequence[Image]) -> ArchivedCommit:
    """Raises PoisonRecord."""
    commit = project_items(items)
    archived = CommitArchive.objects(canvas=canvas, seq=seq).only("fingerprint").first()
    if archived is not None and archived.fingerprint != commit.fingerprint:
        raise PoisonRecord(archive.CHANGED_IN_PLACE)
    return commit


def _end_of_gap(canvas: str, first: int) -> int:
    """A missing range ends where the next commit is archived or parked."""
    ends = []
    if (
        archived := CommitArchive.objects(canvas=canvas, seq__gt=first).order_by("seq").only("seq").first()
    ) is not None:
        ends.append(int(archived.seq))
    parked = ParkedRecord.objects(item_pk=canvas_key(canvas), item_sk__gt=commit_key(first)).order_by("item_sk")
    ends += [seq for one in parked.only("item_sk").limit(1) if (seq := commit_seq(one.item_sk)) is not None]
    return min(ends, default=first + 1) - 1


def _canvas(kept: ParkedRecord) -> str:
    canvas: str = kept.item_pk.removeprefix(canvas_key(""))
    return canvas
