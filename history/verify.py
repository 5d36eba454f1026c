"""`python -m history.verify BUNDLE.zip [--key PUBLIC]`: checks an exported bundle, without server, store or settings.

The file may be hostile: it is read once, a bounded line at a time; nothing is unpacked to disk; and nothing of it
reaches the terminal that could not be printed. Exit code 0: all well, 1: findings, 2: could not be checked.
"""

import argparse
import base64
import binascii
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from history.bundle import (
    COMMITS,
    DIGESTS,
    FORMAT,
    KEYS,
    MANIFEST,
    MEMBERS,
    README,
    CommitLine,
    DigestLine,
    KeyLine,
    Manifest,
    Refused,
)
from history.digests import FORMAT as DIGEST_FORMAT
from history.digests import BadKey, Digest, DigestCheck, PublicKey, Signed, key_ring, public_key_read
from history.verification import UNREADABLE, Chain, Code, Finding

MAX_LINE_BYTES = 32 * 1024 * 1024  # a commit's body is at most 15 MB, and may double as a JSON string
MAX_DIGEST_BYTES = 16 * 1024  # of a digest's line; all digests are held in memory
MAX_SMALL_BYTES = 1024 * 1024  # of a manifest or list of keys
MAX_FINDINGS = 1_000
MAX_SAID = 1_000  # characters of a line
_CANVAS = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what an id of a canvas can be
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_ENCRYPTED = 0x1


@dataclass
class Verdict:
    canvas: str
    first: int
    last: int = 0
    commits: int = 0
    digests: int = 0
    signed_to: int = 0  # the last commit that a digest covers, of a pinned key where there is one
    pinned: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def code(self) -> int:
        if self.findings:
            return 1
        return 0 if self.is_signed else 2

    @property
    def is_signed(self) -> bool:
        return self.signed_to >= self.first


def verify(path: str, pinned: list[PublicKey]) -> Verdict:
    """Raises Refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive, pinned)
    except _DAMAGED as error:
        raise Refused(f"it is damaged, or no zip file: {error}") from error


def _verify(archive: zipfile.ZipFile, pinned: list[PublicKey]) -> Verdict:
    _check_members(archive)
    _small(archive, README)  # nothing follows from it, but whoever reads it gets what was written
    manifest = _decode(_small(archive, MANIFEST), Manifest, MANIFEST)
    if manifest.format != FORMAT or manifest.digest_format != DIGEST_FORMAT:
        raise Refused(f"its formats {manifest.format!r} and {manifest.digest_format!r} are not known here")
    if not _CANVAS.fullmatch(manifest.canvas):
        raise Refused(f"{MANIFEST} names a canvas that cannot be one")
    verdict = Verdict(manifest.canvas, manifest.after + 1, pinned=bool(pinned))
    keys = key_ring([*_keys(archive), *pinned])
    check = DigestCheck(manifest.canvas, keys)
    for number, line in enumerate(_lines(archive, DIGESTS, MAX_DIGEST_BYTES), start=1):
        _note(verdict, check.take(_signed(_decode(line, DigestLine, f"line {number} of {DIGESTS}"))))
        verdict.digests += 1
        if check.last is not None and (not pinned or check.last.key in key_ring(pinned)):
            verdict.signed_to = check.last.seq
    _note(verdict, list(_of_pinned_keys(check.last, verdict)))
    _note(verdict, check.before_first(manifest.after, manifest.before))
    _check_commits(archive, manifest, check, verdict)
    return verdict


def _check_commits(archive: zipfile.ZipFile, manifest: Manifest, check: DigestCheck, verdict: Verdict) -> None:
    try:
        chain = Chain(manifest.canvas, manifest.after, bytes.fromhex(manifest.before))
    except ValueError:
        raise Refused(f"{MANIFEST} has no hash as its 'before'") from None
    formats = set()
    for number, line in enumerate(_lines(archive, COMMITS), start=1):
        link = _decode(line, CommitLine, f"line {number} of {COMMITS}").link()
        _note(verdict, chain.follow(link) + check.at_commit(link))
        formats.add(link.format)
        verdict.commits += 1
    verdict.last = chain.seq
    _note(verdict, check.end(chain.seq))
    told: dict[str, tuple[Any, Any]] = {
        "last": (manifest.last, chain.seq),
        "hash": (manifest.hash, chain.hash.hex()),
        "commits": (manifest.commits, verdict.commits),
        "digests": (manifest.digests, verdict.digests),
        "commit_formats": (manifest.commit_formats, sorted(formats)),
    }
    for name, (said, found) in told.items():
        if said != found:
            detail = f"the manifest says {said!r:.100}, the file has {found!r:.100}"
            _note(verdict, [Finding(Code.BUNDLE, manifest.canvas, detail, about=name)])


def _of_pinned_keys(last: Digest | None, verdict: Verdict) -> Iterator[Finding]:
    """A digest covers those before it, so the last one counts: earlier ones may be of keys that came before."""
    if not verdict.pinned:
        return
    if last is None:
        yield Finding(Code.KEY, verdict.canvas, "no digest is signed by the given key")
    elif verdict.signed_to < last.seq:
        yield Finding(Code.KEY, verdict.canvas, "the last digest is not signed by the given key", last.seq, last.day)


def _note(verdict: Verdict, findings: list[Finding]) -> None:
    verdict.findings += findings
    if len(verdict.findings) > MAX_FINDINGS:
        raise Refused(f"more than {MAX_FINDINGS} findings; the first: {verdict.findings[0]}")


def _check_members(archive: zipfile.ZipFile) -> None:
    names = [info.filename for info in archive.infolist()]
    if sorted(names) != sorted(MEMBERS):
        raise Refused(f"it has to hold {', '.join(MEMBERS)}, each once, and nothing else")
    for info in archive.infolist():
        if info.flag_bits & _ENCRYPTED or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Refused(f"{info.filename} is encrypted or packed in a way that bundles are not")


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        data = member.read(MAX_SMALL_BYTES + 1)
    if len(data) > MAX_SMALL_BYTES:
        raise Refused(f"{name} is larger than {MAX_SMALL_BYTES} bytes")
    return data


def _lines(archive: zipfile.ZipFile, name: str, longest: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    with archive.open(name) as member:
        number = 0
        while line := member.readline(longest + 1):
            number += 1
            if not line.endswith(b"\n"):
                raise Refused(f"line {number} of {name} does not end, or is longer than {longest} bytes")
            yield line[:-1]


def _decode(data: bytes, kind: Any, where: str) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except UNREADABLE as error:
        raise Refused(f"{where} cannot be read: {error}") from error


def _keys(archive: zipfile.ZipFile) -> Iterator[PublicKey]:
    for line in _decode(_small(archive, KEYS), list[KeyLine], KEYS):
        try:
            key = public_key_read(line.public_key)
        except BadKey as error:
            raise Refused(f"{KEYS}: {error}") from error
        if key.id != line.id or line.algorithm != "Ed25519":
            raise Refused(f"{KEYS}: key {line.id} is not what it is called")
        yield key


def _signed(line: DigestLine) -> Signed:
    try:
        return Signed(line.payload.encode(), base64.b64decode(line.signature, validate=True))
    except binascii.Error as error:
        raise Refused(f"{DIGESTS} has a signature that is no base64") from error


def _say(text: str) -> None:
    print("".join(char if char.isprintable() else "?" for char in text[:MAX_SAID]))


def _report(verdict: Verdict) -> None:
    for finding in verdict.findings:
        _say(str(finding))
    _say(f"canvas {verdict.canvas}: commits {verdict.first} to {verdict.last}, {verdict.digests} signed digests")
    if verdict.findings:
        _say(f"NOT SOUND: {len(verdict.findings)} findings.")
    elif not verdict.is_signed:
        _say("NOT SIGNED: the commits follow from each other, but nothing says whose they are.")
    else:
        _say(f"SOUND: all commits are as they were signed, up to {verdict.signed_to}.")
        if verdict.last > verdict.signed_to:
            _say(f"Commits {verdict.signed_to + 1} to {verdict.last} follow from them, and are not signed yet.")
        if not verdict.pinned:
            _say("The keys came with the file. Give the one that you have from elsewhere with --key.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m history.verify", description="Verify an exported bundle.")
    parser.add_argument("bundle", help="the zip file")
    parser.add_argument("--key", action="append", default=[], help="a public key that you trust, in base64; repeatable")
    asked = parser.parse_args(arguments)
    try:
        verdict = verify(asked.bundle, [public_key_read(text) for text in asked.key])
    except (Refused, BadKey) as error:
        _say(f"NOT CHECKED: {error}")
        return 2
    _report(verdict)
    return verdict.code


if __name__ == "__main__":
    sys.exit(main())
