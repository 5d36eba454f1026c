"""Digests in the table, and their making. An item is written once and never replaced; the keys come from settings."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.dispatch import receiver
from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, PynamoDBException

from canvasapp.exceptions import Unavailable
from canvasapp.items import canvas_key
from canvasapp.log import query_raw
from canvasapp.signals import canvas_purged
from history.canvases import Listed
from history.digests import (
    FORMAT,
    NO_DIGEST,
    BadKey,
    Digest,
    DigestCheck,
    PublicKey,
    Signed,
    key_ring,
    private_key_read,
    public_key_read,
    public_of,
    sign,
)
from history.log import links
from history.verification import Chain, Code, Finding
from projects.store import reaching_dynamodb
from projects.table import TableItem

DIGEST_PREFIX = "DIGEST#"
_ATTRIBUTES = {"PK", "SK", "kind", "payload", "signature"}


class DigestItem(TableItem, discriminator="digest"):
    payload = UnicodeAttribute()
    signature = BinaryAttribute(legacy_encoding=False)


class Outcome(Enum):
    SIGNED = "signed"
    UNCHANGED = "unchanged"  # nothing since the last digest
    DONE = "done"  # this day's digest is there


class NotSound(Exception):
    """What is there now does not follow from what was signed last, so it is not signed."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(map(str, findings[:3])))
        self.findings = findings


def signing_key() -> Ed25519PrivateKey | None:
    """Raises ImproperlyConfigured."""
    if not settings.DIGEST_SIGNING_KEY:
        return None
    try:
        return private_key_read(settings.DIGEST_SIGNING_KEY)
    except BadKey as error:
        raise ImproperlyConfigured(f"DIGEST_SIGNING_KEY: {error}.") from error


def public_keys() -> dict[str, PublicKey]:
    """By id: the one that signs now, and those of settings that signed before. Raises ImproperlyConfigured."""
    try:
        keys = [public_key_read(text) for text in settings.DIGEST_PUBLIC_KEYS]
    except BadKey as error:
        raise ImproperlyConfigured(f"DIGEST_PUBLIC_KEYS: {error}.") from error
    signing = signing_key()
    return key_ring([*([public_of(signing)] if signing else []), *keys])


def canvas_sign(listed: Listed, day: date, key: Ed25519PrivateKey) -> Outcome:
    """Signs the canvas's last commit, if it follows from the digest before: all commits since are read and checked.

    Raises NotSound, LogCorrupt, Unavailable.
    """
    check = DigestCheck(listed.canvas, public_keys())
    previous = NO_DIGEST
    findings: list[Finding] = []
    for kept_day, signed in digests_of(listed.canvas, findings):
        findings += check.take(signed, kept_day)
        previous = signed.hash
    last = check.last
    if findings:
        raise NotSound(findings)
    if last is not None and last.day >= day.isoformat():
        return Outcome.DONE
    chain = Chain(listed.canvas, last.seq, bytes.fromhex(last.hash), last.at) if last else Chain(listed.canvas)
    for link in links(listed.canvas, chain.seq):
        findings += chain.follow(link)
        if findings:
            raise NotSound(findings)
    if chain.seq == (last.seq if last else 0):
        return Outcome.UNCHANGED
    digest = Digest(
        at=chain.at,
        canvas=listed.canvas,
        day=day.isoformat(),
        format=FORMAT,
        hash=chain.hash.hex(),
        key=public_of(key).id,
        previous=previous,
        project=listed.project,
        seq=chain.seq,
    )
    return _keep(digest, sign(digest, key))


def digests_of(canvas: str, findings: list[Finding]) -> Iterator[tuple[str, Signed]]:
    """The canvas's digests in order of their days. Items that are none go to `findings`. Raises Unavailable."""
    for image in query_raw(canvas_key(canvas), DigestItem.sk.startswith(DIGEST_PREFIX)):
        day = str(image["SK"]["S"]).removeprefix(DIGEST_PREFIX)
        if wrong := _fault(image):
            findings.append(Finding(Code.DIGEST, canvas, wrong, about=day))
        else:
            yield day, Signed(image["payload"]["S"].encode(), bytes(image["signature"]["B"]))


@receiver(canvas_purged)
def digests_purge(canvas_id: str, **_: Any) -> None:
    """Raises canvasapp's Unavailable."""
    pk = canvas_key(canvas_id)
    try:
        with reaching_dynamodb(), TableItem.batch_write() as batch:
            for item in TableItem.query(pk, TableItem.sk.startswith(DIGEST_PREFIX), attributes_to_get=["PK", "SK"]):
                batch.delete(item)
    except PynamoDBException as error:
        raise Unavailable(f"digests of {canvas_id}: {error}") from error


def _keep(digest: Digest, signed: Signed) -> Outcome:
    item = DigestItem(
        canvas_key(digest.canvas),
        DIGEST_PREFIX + digest.day,
        payload=signed.payload.decode(),
        signature=signed.signature,
    )
    try:
        item.save(condition=DigestItem.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return Outcome.DONE
        raise Unavailable(f"digest of {digest.canvas}: {error}") from error
    return Outcome.SIGNED


def _fault(image: dict[str, Any]) -> str | None:
    if extra := image.keys() ^ _ATTRIBUTES:
        return f"its item has other attributes than a digest: {', '.join(sorted(extra))}"
    if image["kind"] != {"S": "digest"} or "S" not in image["payload"] or "B" not in image["signature"]:
        return "its item is not a digest's"
    return None
