"""Commits: the intents that were accepted together, their stored form, the chain of hashes, the form on the wire. Pure.

The stored body is versioned by `format`; every format ever written stays readable (SPEC.md, CM rules).
"""

import hashlib
import zlib
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from canvasapp.elements import Element
from canvasapp.exceptions import LogCorrupt
from canvasapp.ops import (
    Append,
    Create,
    Delete,
    Op,
    Restore,
    Text,
    Update,
    before_values,
    creation,
    plain_text,
    read_path,
)

FORMAT = 1
GENESIS = bytes(32)  # the hash before a canvas's first commit
COMPRESS_ABOVE = 1024  # bytes; below, zlib's header costs more than it saves
# Unpacked: what an intent says (512 KiB), replaces (2 MiB) and completes (8 MiB), with room for what is around it.
MAX_UNPACKED_BYTES = 16 * 1024 * 1024
_PLAIN, _ZLIB = b"\x00", b"\x01"


class Entry(msgspec.Struct, kw_only=True, gc=False):
    """Intents of one client, accepted together: numbers `first` (when more than one) to `intent`.

    `intent` is 0 for what no client numbers (a program without Idempotency-Key). `before` has for each op what it
    replaced (the set that undoes an Update, a Text, or an Append at 0) or None; it is stored, and left out of deltas.
    """

    client: str
    user: str
    intent: int
    first: int | UnsetType = UNSET
    gesture: str | UnsetType = UNSET
    ops: list[Op]
    before: list[dict[str, Any] | None] | UnsetType = UNSET


class Commit(msgspec.Struct, kw_only=True, gc=False):
    """`versions` has each touched element's version after it. `at` is RFC 3339 UTC and never runs backwards."""

    canvas: str
    seq: int
    id: str
    at: str
    entries: list[Entry]
    versions: dict[str, int]


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """A commit with its exact stored body (JSON, not packed) and its place in the chain."""

    commit: Commit
    body: bytes
    hash: bytes

    @property
    def seq(self) -> int:
        return self.commit.seq


class WireCommit(msgspec.Struct, kw_only=True, gc=False):
    """A commit in a delta. `compacted` marks one that stands for all commits up to `seq`."""

    seq: int
    at: str
    entries: list[Entry]
    versions: dict[str, int]
    compacted: bool | UnsetType = UNSET


_encoder = msgspec.json.Encoder()
_body_decoder = msgspec.json.Decoder(Commit)


def seal(commit: Commit, previous: bytes) -> Sealed:
    """Encodes the commit and chains it: hash = SHA-256(previous hash + body)."""
    body = _encoder.encode(commit)
    return Sealed(commit, body, chain(previous, body))


def chain(previous: bytes, body: bytes) -> bytes:
    return hashlib.sha256(previous + body).digest()


def unseal(body: bytes, stored_hash: bytes, fmt: int = FORMAT) -> Sealed:
    """Raises LogCorrupt for an unknown format or a body that is not a commit. The chain is the reader's to check."""
    if fmt != FORMAT:
        raise LogCorrupt(f"commit format {fmt} is not known")
    try:
        return Sealed(_body_decoder.decode(body), body, stored_hash)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LogCorrupt(f"a commit's body cannot be read: {error}") from error


def pack(data: bytes) -> bytes:
    """Bytes as they are stored: a marker, then plain or deflated."""
    if len(data) <= COMPRESS_ABOVE:
        return _PLAIN + data
    return _ZLIB + zlib.compress(data, 1)


def unpack(data: bytes) -> bytes:
    marker = data[:1]
    if marker == _PLAIN:
        return data[1:]
    if marker == _ZLIB:
        return inflated(data[1:], MAX_UNPACKED_BYTES)
    raise LogCorrupt(f"a stored value begins with {marker!r}")


def inflated(data: bytes, most: int) -> bytes:
    """Raises LogCorrupt for what is not whole, or comes to more than `most` bytes: memory is taken for no more."""
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(data, most + 1)
    except zlib.error as error:
        raise LogCorrupt(f"a stored value cannot be unpacked: {error}") from error
    if len(body) > most:
        raise LogCorrupt(f"a stored value comes to more than {most} bytes")
    if not inflater.eof or inflater.unused_data:
        raise LogCorrupt("a stored value is cut off, or something hangs on it")
    return body


def wire(commit: Commit) -> WireCommit:
    """The commit as deltas carry it: without what was replaced."""
    return WireCommit(
        seq=commit.seq,
        at=commit.at,
        entries=[msgspec.structs.replace(entry, before=UNSET) for entry in commit.entries],
        versions=commit.versions,
    )


def undo_values(op: Op, element: Element) -> dict[str, Any] | None:
    """The stored before-value of an op on `element` as it was. An Append to nothing may have made its list."""
    if type(op) is Text:
        return {"properties.text": plain_text(element)}
    if type(op) is Update:
        return before_values(element, op.set)
    if type(op) is Append and op.at == 0:
        return before_values(element, {op.path: op.values})
    return None


def compact(commits: Iterable[Commit], elements: dict[str, Element], seq: int, at: str) -> WireCommit:
    """One wire commit that brings a replica from before the first of `commits` to `elements`, the state at `seq`.

    Changed properties carry their final values; of each client there is an entry for each range of its numbers that was
    accepted (the ops stand in the first entry, whose client is ""). Elements that came and went in between are left
    out, as is what was changed before a deletion: a later Restore carries its element whole. A Text has the whole state
    of its text as its update, which takes the place of what the replica has.
    """
    paths: dict[str, dict[str, None]] = {}
    created: set[str] = set()
    accepted: dict[str, list[Entry]] = {}
    flipped: set[str] = set()
    versions: dict[str, int] = {}
    for commit in commits:
        versions.update(commit.versions)
        for entry in commit.entries:
            if entry.intent:
                _accept(accepted.setdefault(entry.client, []), entry)
            for op in entry.ops:
                touched = paths.setdefault(op.id, {})
                if type(op) is Create:
                    created.add(op.id)
                elif type(op) is Update:
                    touched.update(dict.fromkeys(op.set))
                elif type(op) is Append:
                    touched[op.path] = None
                elif type(op) is Text:
                    touched.update(dict.fromkeys(("properties.text", "properties.originalText")))
                else:
                    flipped.add(op.id)
    ops: list[Op] = []
    for element_id, touched in paths.items():
        element = elements.get(element_id)  # none: its tombstone has passed its lifetime
        if element_id in created:
            if element is not None and not element.deleted:
                ops += [creation(element), *_text_op(element)]
            continue
        if element is None or element.deleted:
            ops.append(Delete(element_id))
        elif element_id in flipped:
            ops.append(Restore(element_id, element))
        elif touched:
            ops += [Update(element_id, _final_values(element, touched)), *_text_op(element)]
    entries = [Entry(client="", user="", intent=0, ops=ops)] if ops else []
    for ranges in accepted.values():
        entries += ranges
    told = {op.id: versions[op.id] for op in ops}
    return WireCommit(seq=seq, at=at, entries=entries, versions=told, compacted=True)


def _accept(ranges: list[Entry], entry: Entry) -> None:
    """Adds the entry's numbers to those that a client's entries without ops acknowledge."""
    first = entry.intent if entry.first is UNSET else entry.first
    last = ranges[-1] if ranges else None
    if last is not None and last.intent + 1 == first:
        last.first = last.intent if last.first is UNSET else last.first
        last.intent = entry.intent
    else:
        ranges.append(Entry(client=entry.client, user=entry.user, intent=entry.intent, first=entry.first, ops=[]))


def _text_op(element: Element) -> list[Op]:
    return [Text(element.id, element.ytext, plain_text(element))] if element.ytext is not UNSET else []


def _final_values(element: Element, paths: dict[str, None]) -> dict[str, Any]:
    """Values at `paths` now; a path under a parent that is gone or was replaced is lifted to that parent."""
    values: dict[str, Any] = {}
    for path in paths:
        parts = path.split(".")
        depth = 2 if parts[0] == "properties" else len(parts)
        lifted = ".".join(parts[:depth])
        values[lifted] = read_path(element, lifted)
    return values
