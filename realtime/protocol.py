"""Wire protocol 1, typed: the one source of the JSON Schema and of the TypeScript types. Pure.

A frame is one message or an array of messages, JSON text. Names and codes are a contract (docs/protocol.md).
"""

import json
from enum import IntEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from canvasapp.commits import WireCommit
from canvasapp.elements import BadValue, Coordinate, Element, ElementId, check_value
from canvasapp.ops import Append, Create, Op, Update

PROTOCOL_VERSION = 1
SUBPROTOCOL = "canvas.v1"
BEARER_PREFIX = "bearer."

MAX_FRAME_BYTES = 1024 * 1024
MAX_PRESENCE_BYTES = 64 * 1024
STATE_PART_BYTES = 1024 * 1024
HEARTBEAT_SECONDS = 20


class Close(IntEnum):
    """Close codes."""

    GOING_AWAY = 1012
    MALFORMED = 4400
    NOT_SIGNED_IN = 4401
    NO_ACCESS = 4403
    NO_CANVAS = 4404
    SILENT = 4408
    TAKEN_OVER = 4409
    TOO_LARGE = 4413
    TOO_MANY = 4429


ClientId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Gesture = Annotated[str, Meta(min_length=1, max_length=64)]
Seq = Annotated[int, Meta(ge=0)]
WindowPixels = Annotated[float, Meta(ge=1, le=100_000)]
Activity = Literal["active", "idle", "away"]


class Point(msgspec.Struct):
    x: Coordinate
    y: Coordinate


class Viewport(msgspec.Struct, omit_defaults=True):
    """What somebody sees: the point of the scene in the middle, and on how large a window (in CSS pixels)."""

    x: Coordinate
    y: Coordinate
    zoom: Annotated[float, Meta(gt=0, le=1000)]
    width: WindowPixels | UnsetType = UNSET
    height: WindowPixels | UnsetType = UNSET


class Preview(msgspec.Struct):
    """What a hand is doing right now; never stored. Receivers draw it over the confirmed state."""

    gesture: Gesture
    ops: Annotated[list[Create | Update | Append], Meta(max_length=1000)]


# Client to server


class Hello(msgspec.Struct, tag_field="type", tag="hello"):
    protocol: int
    client: ClientId
    since: Seq | None = None
    digest: int | None = None


class IntentMessage(msgspec.Struct, tag_field="type", tag="intent"):
    id: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    ops: Annotated[list[Op], Meta(min_length=1)]
    gesture: Gesture | UnsetType = UNSET


class PresenceMessage(msgspec.Struct, tag_field="type", tag="presence"):
    """Only the fields that changed."""

    cursor: Point | UnsetType | None = UNSET
    selection: Annotated[list[ElementId], Meta(max_length=5000)] | UnsetType = UNSET
    viewport: Viewport | UnsetType | None = UNSET
    tool: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    following: ClientId | UnsetType | None = UNSET
    preview: Preview | UnsetType | None = UNSET
    activity: Activity | UnsetType = UNSET
    laser: bool | UnsetType = UNSET  # the laser pointer is drawing at the cursor


class Gather(msgspec.Struct, tag_field="type", tag="gather"):
    """Asks everybody else here to come and look at what the sender sees. Needs the right to edit."""


class Seen(msgspec.Struct, tag_field="type", tag="seen"):
    seq: Seq


class Ping(msgspec.Struct, tag_field="type", tag="ping"):
    t: float = 0


ClientMessage = Hello | IntentMessage | PresenceMessage | Gather | Seen | Ping
ClientFrame = ClientMessage | list[ClientMessage]


# Server to client


class UserInfo(msgspec.Struct):
    id: str
    name: str
    color: str


class Limits(msgspec.Struct):
    ops: int
    intent_bytes: int
    element_bytes: int
    elements: int
    frame_bytes: int
    presence_bytes: int


class Peer(msgspec.Struct, omit_defaults=True):
    """What is shown of somebody; fields never said are absent."""

    client: str
    user: UserInfo
    cursor: Point | UnsetType | None = UNSET
    selection: list[str] | UnsetType = UNSET
    viewport: Viewport | UnsetType | None = UNSET
    tool: str | UnsetType = UNSET
    following: str | UnsetType | None = UNSET
    preview: Preview | UnsetType | None = UNSET
    activity: Activity | UnsetType = UNSET
    laser: bool | UnsetType = UNSET
    role: str | UnsetType = UNSET  # the server's word, never the client's


class Welcome(msgspec.Struct, tag_field="type", tag="welcome", kw_only=True):
    """`refused`: the ranges of numbers below `last_intent` that are not in the log, as far as they are remembered."""

    protocol: int = PROTOCOL_VERSION
    session: str
    client: str
    user: UserInfo
    role: str
    seq: int
    mode: str
    last_intent: int
    refused: tuple[tuple[int, int], ...] = ()
    heartbeat: int = HEARTBEAT_SECONDS
    limits: Limits
    peers: list[Peer]


class State(msgspec.Struct, tag_field="type", tag="state"):
    seq: int
    elements: list[Element]
    part: int
    parts: int


class Delta(msgspec.Struct, tag_field="type", tag="delta"):
    seq: int
    commits: list[WireCommit]


class Reject(msgspec.Struct, tag_field="type", tag="reject"):
    intent: int
    code: str
    message: str
    elements: list[dict[str, Any]]


class PresenceUpdate(msgspec.Struct, tag_field="type", tag="presence"):
    """Changed fields by client; null for one who left. A client's first has its `user`."""

    peers: dict[str, dict[str, Any] | None]


class Policy(msgspec.Struct, tag_field="type", tag="policy"):
    """`sending`: normal, slow or pause; `saving`: ok or degraded; `history_lag` in seconds."""

    sending: str
    saving: str
    history_lag: float


class Pong(msgspec.Struct, tag_field="type", tag="pong"):
    t: float
    seq: int
    digest: int


class RoleChange(msgspec.Struct, tag_field="type", tag="role"):
    role: str


class ErrorMessage(msgspec.Struct, tag_field="type", tag="error", omit_defaults=True):
    """`about`: the type of the message that was refused, when the socket goes on."""

    code: str
    message: str
    about: Literal["presence", "gather"] | UnsetType = UNSET


class Notice(msgspec.Struct, tag_field="type", tag="notice"):
    """Something a person should read."""

    message: str


class Gathering(msgspec.Struct, tag_field="type", tag="gather"):
    """`user` asks everybody to look at what its `client` sees; whether to go is each one's choice."""

    client: str
    user: UserInfo


ServerMessage = (
    Welcome | State | Delta | Reject | PresenceUpdate | Policy | Pong | RoleChange | ErrorMessage | Notice | Gathering
)


class Malformed(Exception):
    """The frame breaks the protocol: close with `code`."""

    def __init__(self, code: Close, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadIntent(Exception):
    """An intent whose shape is wrong, but whose number is known: reject it and go on."""

    def __init__(self, intent: int, message: str) -> None:
        super().__init__(message)
        self.intent = intent


_decoder = msgspec.json.Decoder(ClientFrame)
_encoder = msgspec.json.Encoder()


def decode(text: str) -> list[ClientMessage]:
    """The messages of a frame. Raises Malformed; BadIntent when the frame is one intent with a number."""
    try:
        frame = _decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _blame(text, error) from None
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Malformed(Close.MALFORMED, f"not JSON: {error}"[:100]) from None
    return frame if isinstance(frame, list) else [frame]


def _blame(text: str, error: msgspec.ValidationError) -> Exception:
    try:
        # The standard library's: msgspec cannot read past a number that no double holds.
        raw = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raw = None
    number = raw.get("id") if isinstance(raw, dict) and raw.get("type") == "intent" else None
    if type(number) is int and number > 0:
        return BadIntent(number, str(error))
    return Malformed(Close.MALFORMED, str(error)[:100])


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def drawable(preview: Preview) -> bool:
    """Whether the values of a preview are such as an element may have; nothing else of it is checked."""
    try:
        for op in preview.ops:
            check_value(op.set if isinstance(op, Update) else op.properties if isinstance(op, Create) else op.values)
    except BadValue:
        return False
    return True


def encode(message: ServerMessage) -> str:
    return _encoder.encode(message).decode()
