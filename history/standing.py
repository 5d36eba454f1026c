"""Whether what stands in the table of a canvas, its elements and its head record, is what its log comes to.

Items are compared at the moment of the replay to which they belong, so the canvas may be worked on meanwhile: they were
read before the log, and each says by its `seq` which commit it is of.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from canvasapp.checkpoint import TOMBSTONE_LIFETIME
from canvasapp.commits import unpack
from canvasapp.elements import Element
from canvasapp.exceptions import LogCorrupt
from canvasapp.items import ELEMENT_PREFIX
from canvasapp.state import CanvasState, Mark
from history.projection import Image
from history.verification import UNREADABLE, Code, Finding

_ATTRIBUTES = {"PK", "SK", "kind", "seq", "body"}
_EXPIRY = "expires_at"

_element = msgspec.json.Decoder(Element)
_marks = msgspec.json.Decoder(dict[str, Mark])


class Misplaced(ValueError):
    """An item that the product does not write so."""


class Standing:
    """A canvas's elements and head record as they were read, before its log was."""

    def __init__(self, canvas: str, head: Image | None, elements: Sequence[Image], now: datetime) -> None:
        self._canvas = canvas
        self._now = now
        self._head = head
        self._of_seq: dict[int, list[Element]] = {}
        self._seqs: dict[str, int] = {}
        self.findings: list[Finding] = []
        self.checkpoint = 0
        if head is not None:
            try:
                self.checkpoint = int(head["checkpoint_seq"]["N"])
            except (KeyError, ValueError):
                self.findings.append(Finding(Code.HEAD, canvas, "it is no number", about="checkpoint_seq"))
        for image in elements:
            try:
                element = element_of(image)
            except Misplaced as error:
                about = str(image["SK"]["S"]).removeprefix(ELEMENT_PREFIX)
                self.findings.append(Finding(Code.ELEMENT, canvas, str(error), about=about))
                self._seqs[about] = 0
            else:
                self._of_seq.setdefault(element.seq, []).append(element)
                self._seqs[element.id] = element.seq

    def begin(self, state: CanvasState) -> list[Finding]:
        """With the state before the first commit that will come by."""
        found = [finding for seq in sorted(self._of_seq) if seq <= state.seq for finding in self._compare(seq, state)]
        return found + (self._at_checkpoint(state) if state.seq == self.checkpoint else [])

    def after(self, state: CanvasState) -> list[Finding]:
        """With the state after each commit."""
        found = list(self._compare(state.seq, state))
        return found + (self._at_checkpoint(state) if state.seq == self.checkpoint else [])

    def end(self, last: int) -> list[Finding]:
        """After the last commit."""
        found = [
            Finding(Code.ELEMENT, self._canvas, f"it is of commit {seq}; the log ends at {last}", seq, element.id)
            for seq, elements in sorted(self._of_seq.items())
            for element in elements
        ]
        if self.checkpoint > last:
            found.append(Finding(Code.HEAD, self._canvas, f"it is of commit {self.checkpoint}; the log ends at {last}"))
        return found

    def _compare(self, seq: int, state: CanvasState) -> Iterator[Finding]:
        for element in self._of_seq.pop(seq, ()):
            made = state.elements.get(element.id)
            if made is None:
                yield Finding(Code.ELEMENT, self._canvas, "no commit ever made it", seq, element.id)
            elif made.seq != seq:
                yield Finding(Code.ELEMENT, self._canvas, f"that commit left it at commit {made.seq}", seq, element.id)
            elif made != element:
                wrong = ", ".join(name for name in element.__struct_fields__ if _differs(made, element, name))
                yield Finding(Code.ELEMENT, self._canvas, f"the log says otherwise of its {wrong}", seq, element.id)

    def _at_checkpoint(self, state: CanvasState) -> list[Finding]:
        found = []
        for element in state.elements.values():
            kept = self._seqs.get(element.id)
            if kept is None and not (element.deleted and self._expired(element)):
                found.append(Finding(Code.ELEMENT_MISSING, self._canvas, "it has no item", element.seq, element.id))
            elif kept is not None and 0 < kept < element.seq:
                detail = f"its item is of commit {kept}, although the checkpoint is of {self.checkpoint}"
                found.append(Finding(Code.ELEMENT, self._canvas, detail, element.seq, element.id))
        return found + list(self._compare_head(state))

    def _compare_head(self, state: CanvasState) -> Iterator[Finding]:
        head = self._head
        if head is None:
            return
        clients: Any = None
        try:
            clients = _marks.decode(unpack(bytes(head["clients"]["B"]))) if "clients" in head else {}
        except (LogCorrupt, KeyError, *UNREADABLE):
            pass  # then they differ
        told = (
            ("checkpoint_hash", head.get("checkpoint_hash"), {"B": state.hash}),
            ("checkpoint_at", head.get("checkpoint_at"), {"S": state.at}),
            ("clients", clients, state.clients),
        )
        for name, kept, made in told:
            if kept != made:
                yield Finding(Code.HEAD, self._canvas, "the log says otherwise", state.seq, name)

    def _expired(self, element: Element) -> bool:
        return datetime.fromisoformat(element.updated_at) + TOMBSTONE_LIFETIME < self._now


def element_of(image: Mapping[str, Mapping[str, Any]]) -> Element:
    """Raises Misplaced."""
    if extra := (image.keys() - {_EXPIRY}) ^ _ATTRIBUTES:
        raise Misplaced(f"its item has other attributes than an element: {', '.join(sorted(extra))}")
    try:
        element = _element.decode(unpack(bytes(image["body"]["B"])))
    except (LogCorrupt, *UNREADABLE, KeyError) as error:
        raise Misplaced(f"its item cannot be read: {error}") from error
    if image["kind"] != {"S": "element"} or image["seq"] != {"N": str(element.seq)}:
        raise Misplaced("its item's kind or seq is not that of its body")
    if image["SK"]["S"] != ELEMENT_PREFIX + element.id:
        raise Misplaced(f"its item is of element {element.id}")
    if (_EXPIRY in image) is not element.deleted:
        raise Misplaced(
            "its item will expire although it is not deleted" if _EXPIRY in image else "its tombstone stays"
        )
    return element


def _differs(one: Element, other: Element, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))
