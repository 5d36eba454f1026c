"""A canvas's log in memory, to take changes back on it with the pure rules alone."""

import uuid
from collections.abc import Callable

from canvasapp.commits import Sealed
from canvasapp.elements import Element
from canvasapp.ops import Op
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent
from history.reverting import Reverter, Reverting, Step, Walk


class Board:
    def __init__(self) -> None:
        self.state = CanvasState("c")
        self.log: list[Sealed] = []

    def do(self, user: str, *ops: Op) -> int:
        """The number of its commit."""
        draft = Draft(self.state, uuid.uuid4().hex, "2026-01-02T03:04:05.000Z")
        draft.add(build_intent(*ops, user=user))
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        self.log.append(sealed)
        return sealed.seq

    def revert(self, chosen: Callable[[Step], bool], *, overwrite: bool = False) -> Reverting:
        reverter = Reverter(chosen)
        for step in Walk(CanvasState("c")).steps(self.log):
            reverter.note(step)
        found = reverter.plan(self.state.elements, overwrite=overwrite)
        if found.ops:
            self.do("reverter", *found.ops)
        return found

    def revert_commit(self, seq: int) -> Reverting:
        return self.revert(lambda step: step.seq == seq)

    def revert_user(self, user: str, *, overwrite: bool = False) -> Reverting:
        return self.revert(lambda step: step.entry.user == user, overwrite=overwrite)

    def live(self) -> dict[str, Element]:
        return {element.id: element for element in self.state.live_elements()}
