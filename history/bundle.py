"""A canvas's commits and digests as a file that proves itself: a zip of JSON lines. Pure (msgspec, cryptography).

Written as it is read, in constant memory. `python -m history.verify` reads it; its README.txt tells how to do without.
"""

import base64
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from history import digests
from history.digests import PublicKey, Signed
from history.verification import GENESIS, Link

FORMAT = "canvas-bundle/1"
README, KEYS, DIGESTS, COMMITS, MANIFEST = MEMBERS = (
    "README.txt",
    "keys.json",
    "digests.jsonl",
    "commits.jsonl",
    "manifest.json",
)
PIECE_BYTES = 256 * 1024

HOW_TO = """\
This is the history of one canvas: every commit, byte for byte, and what was signed of it.

  commits.jsonl   a line for each commit: what is stored beside it, and its exact body as a JSON string
  digests.jsonl   a line for each signed digest: its exact text, and its Ed25519 signature in base64
  keys.json       the public keys, base64 of 32 bytes
  manifest.json   what is in this file, and its formats

To verify it without the server that it came from, in a checkout of the product with Python 3.11 or later:

  pip install msgspec cryptography
  python -m history.verify BUNDLE.zip --key PUBLIC

PUBLIC is the key that you have from elsewhere than this file. Without --key the file is checked against the keys in it,
which whoever made the file could have made as well.

To verify it by your own means: each commit's hash is SHA-256 of the hash before it (32 bytes) followed by its body
(UTF-8). The hash before the first is "before" in manifest.json: zeros, unless the bundle begins later. A digest's text
names a commit's number and hash; its signature is of exactly that text; "previous" is SHA-256 of the text of the digest
before it, in hexadecimal, zeros for the first.

Commits behind the last digest are chained, but nobody has signed them yet.
"""


class Refused(Exception):
    """The bundle cannot be made of this; the message says why."""


class Manifest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`before` is the hash after commit `after`, from which on the commits are here; `hash` is that of the last one."""

    format: str
    canvas: str
    after: int
    before: str
    last: int
    hash: str
    commits: int
    digests: int
    commit_formats: list[int]
    digest_format: str


class CommitLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    seq: int
    id: str
    at: str
    hash: str
    format: int
    body: str

    def link(self) -> Link:
        return Link(self.seq, self.id, self.at, self.hash, self.format, self.body.encode())


class DigestLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    payload: str
    signature: str


class KeyLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: str
    algorithm: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Start:
    """The commit behind which a bundle begins, and its hash."""

    after: int = 0
    hash: str = GENESIS.hex()


class _Pipe(io.RawIOBase):
    """What the zip is written to: keeps what was not handed on yet, and cannot go back."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._held += data
        return len(data)

    def drain(self, least: int = 1) -> Iterator[bytes]:
        if len(self._held) >= least:
            piece, self._held = bytes(self._held), bytearray()
            yield piece


def bundle_write(
    canvas: str, start: Start, links: Iterable[Link], signed: Iterable[Signed], keys: Iterable[PublicKey]
) -> Iterator[bytes]:
    """The file, in pieces. `signed` must have been read before `links`. Raises Refused, and what these raise."""
    encode = msgspec.json.Encoder().encode
    pipe = _Pipe()
    manifest = Manifest(
        format=FORMAT,
        canvas=canvas,
        after=start.after,
        before=start.hash,
        last=start.after,
        hash=start.hash,
        commits=0,
        digests=0,
        commit_formats=[],
        digest_format=digests.FORMAT,
    )
    formats: set[int] = set()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(README, HOW_TO)
        lines = [KeyLine(id=key.id, algorithm="Ed25519", public_key=key.text) for key in keys]
        archive.writestr(KEYS, encode(lines))
        with archive.open(DIGESTS, "w", force_zip64=True) as member:
            for one in signed:
                signature = base64.b64encode(one.signature).decode()
                member.write(encode(DigestLine(payload=one.payload.decode(), signature=signature)) + b"\n")
                manifest.digests += 1
                yield from pipe.drain(PIECE_BYTES)
        with archive.open(COMMITS, "w", force_zip64=True) as member:
            for link in links:
                member.write(encode(_line(link)) + b"\n")
                manifest.commits += 1
                manifest.last, manifest.hash = link.seq, link.hash
                formats.add(link.format)
                yield from pipe.drain(PIECE_BYTES)
        manifest.commit_formats = sorted(formats)
        archive.writestr(MANIFEST, encode(manifest))
    yield from pipe.drain()


def _line(link: Link) -> CommitLine:
    try:
        body = link.body.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"the body of commit {link.seq} is no text") from error
    return CommitLine(seq=link.seq, id=link.id, at=link.at, hash=link.hash, format=link.format, body=body)
