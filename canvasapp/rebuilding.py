"""Elements and head record made anew from the log alone: after a backup was put back, or when they differ from it.

Safe while rooms are open: each write is conditional on its item being as it was read, so what a room's checkpoint
writes meanwhile stands (SPEC.md, RB rules). Blocking.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from pynamodb.exceptions import DeleteError, PutError, PynamoDBException, UpdateError

from canvasapp.checkpoint import TOMBSTONE_LIFETIME, any_head_item
from canvasapp.commits import pack, unpack
from canvasapp.elements import Element
from canvasapp.exceptions import LogCorrupt, Unavailable
from canvasapp.items import ELEMENT_PREFIX, HEAD_SK, ElementItem, HeadItem, canvas_key, element_key
from canvasapp.log import query_raw, scan
from canvasapp.state import CanvasState

_ATTEMPTS = 5
_element = msgspec.json.Decoder(Element)


class Wrong(StrEnum):
    MISSING = "missing"  # the log made it, and it has no item
    FOREIGN = "foreign"  # it has an item, and the log never made it
    DIFFERENT = "different"  # the item says otherwise than the log did at its commit
    OLD = "old"  # of an earlier commit, although the head record says that all is written
    HEAD = "head"  # the head record names a commit that the log has otherwise, or has not


@dataclass(frozen=True, slots=True)
class Difference:
    wrong: Wrong
    element: str
    detail: str

    def __str__(self) -> str:
        return f"{self.wrong} {self.element}: {self.detail}" if self.element else f"{self.wrong}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    seq: int  # what the log's last commit was
    differences: list[Difference]
    mended: int = 0
    overtaken: int = 0  # somebody else wrote meanwhile; looked at again


class _Stored:
    """An element's item as it was read."""

    def __init__(self, image: dict[str, Any]) -> None:
        self.id = str(image["SK"]["S"]).removeprefix(ELEMENT_PREFIX)
        self.seq = int(image["seq"]["N"])
        self.body = bytes(image["body"]["B"])

    def decoded(self) -> Element | None:
        try:
            return _element.decode(unpack(self.body))
        except (LogCorrupt, msgspec.MsgspecError, UnicodeDecodeError):
            return None


def elements_rebuild(canvas_id: str, *, dry_run: bool = False) -> Rebuilt:
    """Repeats until nothing was written in between. Raises NoSuchCanvas, LogCorrupt (nothing is written then),
    Unavailable."""
    found: list[Difference] = []
    mended = overtaken = 0
    for _ in range(_ATTEMPTS):
        look = _Look(canvas_id)
        found += [difference for difference in look.differences if difference not in found]
        if dry_run or not look.differences:
            break
        done, lost = look.mend()
        mended += done
        overtaken += lost
        if not lost:
            break
    else:
        raise Unavailable(f"elements of {canvas_id} are contended")
    return Rebuilt(look.state.seq, found, mended, overtaken)


class _Look:
    """A canvas's head record and elements, and then its log: so that the log is never the older one."""

    def __init__(self, canvas_id: str) -> None:
        self.head = any_head_item(canvas_id)
        items = query_raw(canvas_key(canvas_id), ElementItem.sk.startswith(ELEMENT_PREFIX))
        self.stored = {one.id: one for one in map(_Stored, items)}
        self.state = CanvasState(canvas_id)
        self.differences: list[Difference] = []
        self._of_seq: dict[int, list[_Stored]] = {}
        for one in self.stored.values():
            self._of_seq.setdefault(one.seq, []).append(one)
        if int(self.head.checkpoint_seq) == 0:
            self._compare_checkpoint()
        for sealed in scan(canvas_id, 0):
            self.state.replay(sealed)
            self.state.unwritten.clear()  # nobody else's: it would grow with the log
            self._compare()
        self._compare_rest()

    def _compare(self) -> None:
        """Items are of different commits: each is compared when the replay comes by its own."""
        for one in self._of_seq.pop(self.state.seq, ()):
            made = self.state.elements.get(one.id)
            if made is None or made.seq != one.seq or made != one.decoded():
                detail = f"its item of commit {one.seq} is not what the log comes to"
                self.differences.append(Difference(Wrong.DIFFERENT, one.id, detail))
        if self.state.seq == int(self.head.checkpoint_seq):
            self._compare_checkpoint()

    def _compare_checkpoint(self) -> None:
        if bytes(self.head.checkpoint_hash) != self.state.hash or self.head.checkpoint_at != self.state.at:
            self.differences.append(
                Difference(Wrong.HEAD, "", f"its hash or time of commit {self.state.seq} is not the log's")
            )
        for made in self.state.elements.values():
            one = self.stored.get(made.id)
            if one is None and not _expired(made):
                self.differences.append(
                    Difference(Wrong.MISSING, made.id, f"commit {made.seq} left it, and it has no item")
                )
            elif one is not None and one.seq < made.seq:
                detail = f"its item is of commit {one.seq}, and {made.seq} is in the checkpoint of {self.state.seq}"
                self.differences.append(Difference(Wrong.OLD, made.id, detail))

    def _compare_rest(self) -> None:
        if int(self.head.checkpoint_seq) > self.state.seq:
            detail = f"it is of commit {self.head.checkpoint_seq}; the log ends at {self.state.seq}"
            self.differences.append(Difference(Wrong.HEAD, "", detail))
        for one in self.stored.values():
            if one.id not in self.state.elements:
                self.differences.append(Difference(Wrong.FOREIGN, one.id, "no commit ever made it"))
        for late in self._of_seq.values():
            for one in late:
                if one.id in self.state.elements:
                    detail = f"its item is of commit {one.seq}, which the log has not"
                    self.differences.append(Difference(Wrong.DIFFERENT, one.id, detail))

    def mend(self) -> tuple[int, int]:
        """How many items were written, and how many somebody else wrote meanwhile. Elements first, then the head: as
        a checkpoint does, so that a head record never promises more than there is."""
        outcomes = [self._mend_element(name) for name in self._elements_to_write()]
        lost = outcomes.count(False)
        if not lost:
            outcomes.append(self._mend_head())
        return outcomes.count(True), outcomes.count(False)

    def _elements_to_write(self) -> Iterator[str]:
        """All that isn't as the log left it last: then the head record may name the log's last commit."""
        for name in self.stored.keys() | self.state.elements.keys():
            one, made = self.stored.get(name), self.state.elements.get(name)
            if one is None:
                if made is not None and not _expired(made):
                    yield name
            elif made is None or one.seq != made.seq or one.decoded() != made:
                yield name

    def _mend_element(self, name: str) -> bool:
        one, made = self.stored.get(name), self.state.elements.get(name)
        condition = ElementItem.pk.does_not_exist()
        if one is not None:
            condition = (ElementItem.seq == one.seq) & (ElementItem.body == one.body)
        item = ElementItem(canvas_key(self.state.canvas_id), element_key(name))
        try:
            if made is None:
                item.delete(condition=condition)
            else:
                item.seq, item.body = made.seq, pack(msgspec.json.encode(made))
                if made.deleted:
                    item.expires_at = TOMBSTONE_LIFETIME
                item.save(condition=condition)
        except (PutError, DeleteError) as error:
            return _lost(error, self.state.canvas_id)
        return True

    def _mend_head(self) -> bool:
        head, state = self.head, self.state
        try:
            HeadItem(canvas_key(state.canvas_id), HEAD_SK).update(
                actions=[
                    HeadItem.checkpoint_seq.set(state.seq),
                    HeadItem.checkpoint_hash.set(state.hash),
                    HeadItem.checkpoint_at.set(state.at),
                    HeadItem.clients.set(pack(msgspec.json.encode(state.clients))),
                ],
                condition=(HeadItem.checkpoint_seq == head.checkpoint_seq)
                & (HeadItem.checkpoint_hash == head.checkpoint_hash),
            )
        except UpdateError as error:
            return _lost(error, state.canvas_id)
        return True


def _expired(element: Element) -> bool:
    """A tombstone that may be gone by now."""
    return element.deleted and datetime.fromisoformat(element.updated_at) + TOMBSTONE_LIFETIME < datetime.now(UTC)


def _lost(error: PynamoDBException, canvas_id: str) -> bool:
    """False: somebody else wrote it. Raises Unavailable for anything else."""
    if error.cause_response_code != "ConditionalCheckFailedException":
        raise Unavailable(f"elements of {canvas_id}: {error}") from error
    return False
