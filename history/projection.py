"""From a stored commit's items to what the archive keeps of them. Pure: knows no store and no settings.

An image is an item in DynamoDB's own notation, {"seq": {"N": "7"}}, whether it came by the stream or from the log.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Image = Mapping[str, Mapping[str, Any]]

_CANVAS = "CANVAS#"
_COMMIT = "COMMIT#"
_COMMIT_KEY = re.compile(r"COMMIT#([0-9]{12})(?:#([0-9]{1,9}))?")
_HASH = re.compile(r"[0-9a-f]{64}")
MAX_SEQ = 10**12 - 1  # the sort key has 12 digits
MAX_PARTS = 100  # items in one DynamoDB transaction
MAX_FORMAT = 2**31 - 1
MAX_BODY_BYTES = 15 * 1024 * 1024  # a document of MongoDB holds 16 MB; the log's writer stops at DynamoDB's 4 MB


class PoisonRecord(Exception):
    """These items can never become a commit as they are; the message says why."""


@dataclass(frozen=True, slots=True)
class ArchivedCommit:
    canvas: str
    seq: int
    commit_id: str
    at: str  # exactly as stored; `time` is the same moment for queries
    time: datetime
    hash: str
    format: int
    parts: int
    bodies: tuple[bytes, ...]
    images: tuple[Image, ...] = field(repr=False, compare=False)

    @property
    def is_whole(self) -> bool:
        return len(self.bodies) == self.parts

    @property
    def body(self) -> bytes:
        return b"".join(self.bodies)

    @property
    def fingerprint(self) -> str:
        """Differs when anything archived differs, so that a commit changed in place cannot pass for a replay."""
        head = [self.canvas, self.seq, self.commit_id, self.at, self.hash, self.format, [len(b) for b in self.bodies]]
        return hashlib.sha256(json.dumps(head).encode() + b"\n" + self.body).hexdigest()


def project(image: Image) -> ArchivedCommit | None:
    """The commit whose first item this is; None for every other item, also for a commit's continuation items.

    A large commit comes back with its first body only (`is_whole` is false): its continuation items may be in a later
    batch or an earlier one, so they are read from the log and joined by `project_items`.
    """
    canvas, found = _address(image)
    if canvas is None or found is None or found[2]:
        return None
    if _text(image, "kind") != "commit":
        raise PoisonRecord(f"kind is {_text(image, 'kind')!r} under a commit's key")
    seq = _number(image, "seq", MAX_SEQ)
    if seq != int(found[1]):
        raise PoisonRecord(f"seq is {seq} under the key of {int(found[1])}")
    at = _text(image, "at")
    digest = _text(image, "hash")
    if not _HASH.fullmatch(digest):
        raise PoisonRecord("hash is not 64 hexadecimal digits")
    return ArchivedCommit(
        canvas=canvas,
        seq=seq,
        commit_id=_text(image, "commit_id"),
        at=at,
        time=_moment(at),
        hash=digest,
        format=_number(image, "format", MAX_FORMAT),
        parts=_number(image, "parts", MAX_PARTS),
        bodies=(_bytes(image, "body"),),
        images=(image,),
    )


def project_items(images: Sequence[Image]) -> ArchivedCommit:
    """The commit made of all these items: its first one and, for a large commit, the continuations in any order."""
    numbered: dict[int, Image] = {}
    commit: ArchivedCommit | None = None
    for image in images:
        _, found = _address(image)
        if found is not None and found[2]:
            if _text(image, "kind") != "commit-part":
                raise PoisonRecord(f"kind is {_text(image, 'kind')!r} under a continuation's key")
            numbered[int(found[2])] = image
        else:
            commit = project(image)
    if commit is None:
        raise PoisonRecord("the commit's first item is missing")
    order = sorted(numbered)
    if len(order) + 1 != commit.parts or (order and order[-1] - order[0] + 1 != len(order)):
        raise PoisonRecord(f"the commit has {commit.parts} parts; continuations found: {order}")
    rest = [numbered[number] for number in order]
    bodies = (*commit.bodies, *(_bytes(image, "body") for image in rest))
    if (size := sum(map(len, bodies))) > MAX_BODY_BYTES:
        raise PoisonRecord(f"the body has {size} bytes")
    return ArchivedCommit(
        canvas=commit.canvas,
        seq=commit.seq,
        commit_id=commit.commit_id,
        at=commit.at,
        time=commit.time,
        hash=commit.hash,
        format=commit.format,
        parts=commit.parts,
        bodies=bodies,
        images=(*commit.images, *rest),
    )


def commit_seq(sort_key: str) -> int | None:
    """The number of the commit that the item with this key belongs to; None when it is not a commit's key."""
    found = _COMMIT_KEY.fullmatch(sort_key)
    return int(found[1]) if found else None


def wire_json(images: Sequence[Image]) -> str:
    """Images as DynamoDB sends them over HTTP (binary as base64): how a parked record is kept."""

    def binary(value: bytes) -> str:
        return base64.b64encode(value).decode()

    return json.dumps([dict(image) for image in images], default=binary)


def images_in(text: str) -> list[Image]:
    """What `wire_json` kept."""
    images: list[Image] = json.loads(text)
    return [{name: from_wire(value) for name, value in image.items()} for image in images]


def from_wire(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An attribute as DynamoDB sends it over HTTP, and Lambda hands it over, made one as its clients give it.

    Binary inside of lists and maps stays as it is, for no commit has any; so does what is not base64, to become poison.
    """
    try:
        return {"B": base64.b64decode(value["B"], validate=True)} if "B" in value else value
    except (ValueError, TypeError):
        return value


def _address(image: Image) -> tuple[str | None, re.Match[str] | None]:
    pk, sk = _text(image, "PK"), _text(image, "SK")
    if not pk.startswith(_CANVAS) or not sk.startswith(_COMMIT):
        return None, None
    found = _COMMIT_KEY.fullmatch(sk)
    if found is None:
        raise PoisonRecord(f"the sort key {sk!r} is not a commit's")
    canvas = pk.removeprefix(_CANVAS)
    if not canvas:
        raise PoisonRecord("the canvas id is empty")
    return canvas, found


def _value(image: Image, name: str, tag: str) -> Any:
    held = image.get(name)
    if held is None or tag not in held:
        raise PoisonRecord(f"{name} is missing or not of type {tag}")
    return held[tag]


def _text(image: Image, name: str) -> str:
    value = _value(image, name, "S")
    if not isinstance(value, str) or not value:
        raise PoisonRecord(f"{name} is empty")
    return value


def _number(image: Image, name: str, most: int) -> int:
    try:
        number = int(_value(image, name, "N"))
    except ValueError:
        raise PoisonRecord(f"{name} is not a whole number") from None
    if not 1 <= number <= most:
        raise PoisonRecord(f"{name} is {number}, outside 1 to {most}")
    return number


def _bytes(image: Image, name: str) -> bytes:
    value = _value(image, name, "B")
    if not isinstance(value, bytes | bytearray):
        raise PoisonRecord(f"{name} is not binary")
    return bytes(value)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise PoisonRecord(f"at is {text!r}, without a time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: before year 1 or after 9999, once it is UTC
        raise PoisonRecord(f"at is {text!r}, not an RFC 3339 time") from None
