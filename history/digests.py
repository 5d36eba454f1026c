"""Signed digests: what a canvas's log was on a day, said by whoever holds the key. Pure (msgspec, cryptography).

A digest names the last commit and its hash, and so all commits up to it; and the digest before it, so that none can be
taken out. Whoever changes the log must leave the digests, which then tell, or sign anew, which takes the key.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from history.verification import UNREADABLE, Code, Finding, Link

FORMAT = "canvas-digest/1"
NO_DIGEST = "0" * 64  # what the first one names as the one before
KEY_BYTES = 32
_ID_LENGTH = 32  # hexadecimal digits of a key's id


class BadKey(ValueError):
    """What should be a key is none; the message says why, and never has the key."""


class Digest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`day` is the one on which it was signed (UTC); `at` is the commit's time. Hashes are hexadecimal."""

    at: str
    canvas: str
    day: str
    format: str
    hash: str
    key: str
    previous: str
    project: str
    seq: int


@dataclass(frozen=True, slots=True)
class Signed:
    """The digest as canonical JSON (names in order, no blanks), and the Ed25519 signature of exactly these bytes."""

    payload: bytes
    signature: bytes

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.payload).hexdigest()

    def digest(self) -> Digest:
        """What it says, whoever signed it. Raises one of UNREADABLE."""
        return _digests.decode(self.payload)


_digests = msgspec.json.Decoder(Digest)
_canonical = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class PublicKey:
    raw: bytes

    @property
    def id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:_ID_LENGTH]

    @property
    def text(self) -> str:
        return base64.b64encode(self.raw).decode()

    def verifies(self, signed: Signed) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signed.signature, signed.payload)
        except InvalidSignature:
            return False
        return True


def public_key_read(text: str) -> PublicKey:
    """From base64 of its 32 bytes. Raises BadKey."""
    return PublicKey(_raw(text, "a public key"))


def private_key_read(text: str) -> Ed25519PrivateKey:
    """From base64 of its 32 bytes, or PEM (where line ends may be written as \\n). Raises BadKey."""
    if text.lstrip().startswith("-----BEGIN"):
        try:
            key = load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
        except (ValueError, TypeError) as error:
            raise BadKey("the PEM text is no private key without a password") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey("the PEM text is a key of another kind than Ed25519")
        return key
    return Ed25519PrivateKey.from_private_bytes(_raw(text, "a signing key"))


def public_of(key: Ed25519PrivateKey) -> PublicKey:
    return PublicKey(key.public_key().public_bytes_raw())


def key_ring(keys: Iterable[PublicKey]) -> dict[str, PublicKey]:
    return {key.id: key for key in keys}


def sign(digest: Digest, key: Ed25519PrivateKey) -> Signed:
    payload = _canonical.encode(digest)
    return Signed(payload, key.sign(payload))


class DigestCheck:
    """A canvas's digests, in order, and then its commits: each digest must be of the commit that it names."""

    def __init__(self, canvas: str, keys: Mapping[str, PublicKey]) -> None:
        self.canvas = canvas
        self.last: Digest | None = None
        self.count = 0
        self._keys = keys
        self._previous = NO_DIGEST
        self._of_seq: dict[int, Digest] = {}

    def take(self, signed: Signed, day: str | None = None) -> list[Finding]:
        """The next one; `day` is under which it is kept."""
        return list(self._take(signed, day))

    def _take(self, signed: Signed, day: str | None) -> Iterator[Finding]:
        self.count += 1
        previous, self._previous = self._previous, signed.hash
        try:
            digest = signed.digest()
        except UNREADABLE as error:
            yield Finding(Code.DIGEST, self.canvas, f"it cannot be read: {error}", about=day or "")
            return
        for wrong in self._faults(digest, signed, day, previous):
            yield Finding(Code.DIGEST, self.canvas, wrong, digest.seq, day or digest.day)
        if digest.key not in self._keys:
            yield Finding(Code.KEY, self.canvas, f"its key {digest.key} is not known", digest.seq, day or digest.day)
        self.last = digest
        self._of_seq[digest.seq] = digest

    def _faults(self, digest: Digest, signed: Signed, day: str | None, previous: str) -> Iterator[str]:
        key = self._keys.get(digest.key)
        if key is not None and not key.verifies(signed):
            yield "its signature is not that of its key"
        if digest.format != FORMAT:
            yield f"its format {digest.format[:80]!r} is not known"
        if digest.canvas != self.canvas:
            yield f"it is of canvas {digest.canvas[:80]!r}"
        if day is not None and digest.day != day:
            yield f"it is of the day {digest.day[:80]!r}"
        if digest.previous != previous:
            yield "it does not follow the digest before it: one was taken out or changed"
        if self.last is None:
            return
        if digest.day <= self.last.day:
            yield f"its day is not after {self.last.day}, that of the digest before it"
        if digest.seq <= self.last.seq:
            yield f"its commit is not after {self.last.seq}, that of the digest before it"
        if digest.project != self.last.project:
            yield "it names another project than the digest before it"

    def begin_after(self, seq: int) -> None:
        """What was signed up to that commit has been compared."""
        self._of_seq = {of: digest for of, digest in self._of_seq.items() if of > seq}

    def before_first(self, seq: int, chain_hash: str) -> list[Finding]:
        """Commits begin behind `seq`, whose hash is said to be this: it must be what was signed, if that was."""
        digest = self._of_seq.get(seq)
        self.begin_after(seq)
        if digest is None or digest.hash == chain_hash:
            return []
        return [Finding(Code.DIGEST_COMMIT, self.canvas, "it is not the commit that was signed", seq, digest.day)]

    def at_commit(self, link: Link) -> list[Finding]:
        digest = self._of_seq.pop(link.seq, None)
        if digest is None or (digest.hash, digest.at) == (link.hash, link.at):
            return []
        return [Finding(Code.DIGEST_COMMIT, self.canvas, "it is not the commit that was signed", link.seq, digest.day)]

    def end(self, last_seq: int) -> list[Finding]:
        """What was signed and never came by; `last_seq` is the last commit that did."""
        return [
            Finding(Code.LOG_MISSING, self.canvas, f"it was signed; the commits end at {last_seq}", seq, digest.day)
            for seq, digest in sorted(self._of_seq.items())
        ]


def _raw(text: str, what: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKey(f"{what} is base64 of {KEY_BYTES} bytes") from error
    if len(raw) != KEY_BYTES:
        raise BadKey(f"{what} is base64 of {KEY_BYTES} bytes, not of {len(raw)}")
    return raw
