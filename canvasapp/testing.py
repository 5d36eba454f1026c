"""Builders that the tests of every app share. No store, no clock: what is not asked for is always the same."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from canvasapp.elements import Dimensions, Element, Position
from canvasapp.ops import Create, Op, Text, Update, plain_text
from canvasapp.state import Intent
from canvasapp.text import edit

CLIENT = "client-1"
USER = "user-1"


def rectangle(
    element_id: str, x: float = 0, y: float = 0, *, index: str | UnsetType = UNSET, **properties: Any
) -> Create:
    return Create(
        id=element_id,
        type="rectangle",
        position=Position(x, y),
        dimensions=Dimensions(100, 50),
        index=index,
        properties=properties,
    )


def note(element_id: str, text: str, **properties: Any) -> Create:
    """A text element."""
    return msgspec.structs.replace(rectangle(element_id), type="text", properties={"text": text, **properties})


def typed(element: Element, text: str) -> Text:
    """What somebody asks for who sees `element` and makes its text another."""
    return Text(element.id, edit(element.ytext or None, plain_text(element), text))


def move(element_id: str, x: float, y: float = 0, *, expect: int | UnsetType = UNSET) -> Update:
    return Update(element_id, {"position.x": x, "position.y": y}, expect)


def build_intent(
    *ops: Op, client: str = CLIENT, user: str = USER, number: int = 0, gesture: str | UnsetType = UNSET
) -> Intent:
    """`size` is what the ops take as JSON, as if they had come over a socket."""
    size = len(msgspec.json.encode(ops))
    return Intent(client=client, user=user, number=number, ops=list(ops), gesture=gesture, size=size)


def content(element: Element) -> dict[str, Any]:
    """What is seen of an element: all but who touched it when."""
    seen: dict[str, Any] = msgspec.to_builtins(element)
    for stamp in ("version", "created_by", "updated_by", "updated_at", "seq"):
        del seen[stamp]
    return seen
