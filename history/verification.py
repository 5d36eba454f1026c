"""Whether a canvas's commits are what they were when they were made. Pure, and needs nothing but msgspec: the offline
verifier runs it where the product is not installed.

What it looks at is exact bytes, so it does not care how they got here: from the log, the archive or a bundle.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

GENESIS = bytes(32)  # the hash before a canvas's first commit
FORMATS = frozenset({1})  # of a commit's body, that are known here
# What msgspec raises for bytes that are not the JSON it was asked for.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Code(StrEnum):
    """What is wrong, for programs; a code keeps its meaning."""

    GAP = "gap"  # a number is missing, or comes twice, or out of order
    CHAIN = "chain"  # the hash is not that of the previous hash and this body
    FORMAT = "format"
    BODY = "body"  # it cannot be read
    ATTRIBUTE = "attribute"  # the body says otherwise than what stands beside it
    TIME = "time"  # earlier than the commit before
    REPLAY = "replay"  # the chain holds, and yet the ops do not apply
    LOG_ITEM = "log_item"  # no commit's item as the product writes them
    LOG_MISSING = "log_missing"  # the archive or a digest knows of commits that the log lacks
    ARCHIVE = "archive"  # the archive has the commit otherwise than the log
    ARCHIVE_MISSING = "archive_missing"
    DIGEST = "digest"  # a digest that nobody signed so, or that does not follow the one before
    DIGEST_COMMIT = "digest_commit"  # the commit is not the one that was signed
    DIGEST_MISSING = "digest_missing"
    KEY = "key"  # signed by a key that is not among those expected
    ELEMENT = "element"  # an element's item says otherwise than the log
    ELEMENT_MISSING = "element_missing"
    HEAD = "head"  # the head record says otherwise than the log
    SNAPSHOT = "snapshot"
    BUNDLE = "bundle"  # the bundle's manifest says otherwise than its commits


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """`about` is an element, a day or an attribute, where it is about one."""

    code: Code
    canvas: str
    detail: str
    seq: int | None = None
    about: str = ""

    def __str__(self) -> str:
        where = "" if self.seq is None else f" commit {self.seq}"
        about = f" {self.about}" if self.about else ""
        return f"{self.code} {self.canvas}{where}{about}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Link:
    """A commit as it is kept: its exact body, not packed, and what stands beside it. `hash` is hexadecimal."""

    seq: int
    id: str
    at: str
    hash: str
    format: int
    body: bytes


class _Body(msgspec.Struct):
    """What a body of any format so far says of itself."""

    canvas: str
    seq: int
    id: str
    at: str


_bodies = msgspec.json.Decoder(_Body)


class Chain:
    """Follows a canvas's commits from `seq` on and says what does not join.

    It goes on after what it found: one changed commit is one finding (or two), not all that follow.
    """

    def __init__(self, canvas: str, seq: int = 0, chain_hash: bytes = GENESIS, at: str = "") -> None:
        self.canvas = canvas
        self.seq = seq
        self.hash = chain_hash
        self.at = at
        self._moment = datetime.fromisoformat(at) if at else None

    def follow(self, link: Link) -> list[Finding]:
        return list(self._follow(link))

    def _follow(self, link: Link) -> Iterator[Finding]:
        if link.seq != self.seq + 1:
            yield self._finding(Code.GAP, link, f"follows commit {self.seq}")
        elif hashlib.sha256(self.hash + link.body).hexdigest() != link.hash:
            yield self._finding(Code.CHAIN, link, "its hash is not that of the hash before it and its body")
        if link.format in FORMATS:
            yield from self._body(link)
        else:
            yield self._finding(Code.FORMAT, link, f"format {link.format} is not known")
        yield from self._time(link)
        self.seq = link.seq
        self.hash = _bytes_of(link.hash)

    def _body(self, link: Link) -> Iterator[Finding]:
        try:
            body = _bodies.decode(link.body)
        except UNREADABLE as error:
            yield self._finding(Code.BODY, link, f"its body cannot be read: {error}")
            return
        told = (("canvas", body.canvas, self.canvas), ("seq", body.seq, link.seq))
        for name, inside, beside in (*told, ("id", body.id, link.id), ("at", body.at, link.at)):
            if inside != beside:
                yield self._finding(Code.ATTRIBUTE, link, f"its body says {_shown(inside)}, not {_shown(beside)}", name)

    def _time(self, link: Link) -> Iterator[Finding]:
        try:
            moment = datetime.fromisoformat(link.at)
            if self._moment is not None and moment < self._moment:
                yield self._finding(Code.TIME, link, f"its time {link.at} is before {self.at}")
        except (ValueError, TypeError):  # TypeError: one of them is without a time zone
            yield self._finding(Code.TIME, link, f"{_shown(link.at)} is not a time")
            return
        self.at, self._moment = link.at, moment

    def _finding(self, code: Code, link: Link, detail: str, about: str = "") -> Finding:
        return Finding(code, self.canvas, detail, link.seq, about)


def check_chain(canvas: str, links: Iterable[Link]) -> Iterator[Finding]:
    """All that does not join in a canvas's commits from the first on."""
    chain = Chain(canvas)
    for link in links:
        yield from chain.follow(link)


def _bytes_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""  # then the next commit does not join either


def _shown(value: str | int) -> str:
    return repr(value)[:120]
