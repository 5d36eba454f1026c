"""The VE rules of history/SPEC.md that need no store: what is changed in a chain or a digest is found."""

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import repeat

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from canvasapp.commits import GENESIS, chain
from canvasapp.ops import Delete, Op
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, rectangle
from history.digests import (
    FORMAT,
    NO_DIGEST,
    BadKey,
    Digest,
    DigestCheck,
    Signed,
    key_ring,
    private_key_read,
    public_key_read,
    public_of,
    sign,
)
from history.verification import Code, Finding, Link, check_chain

CANVAS = "c1"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def links_of(canvas: str, length: int) -> list[Link]:
    """A chain as the product makes it."""
    state = CanvasState(canvas)
    links = []
    for number in range(1, length + 1):
        draft = Draft(state, f"id-{number}", f"2026-01-02T03:04:{number:02d}.000Z")
        ops: list[Op] = [rectangle(f"e{number}"), *([move("e1", number)] if number > 1 else [])]
        draft.add(build_intent(*ops, *([Delete("e2")] if number == 4 else [])))
        sealed = draft.seal()
        state.adopt(draft, sealed)
        links.append(Link(number, sealed.commit.id, sealed.commit.at, sealed.hash.hex(), 1, sealed.body))
    return links


LINKS = links_of(CANVAS, 6)
OTHERS = links_of("c2", 6)


def codes(found: list[Finding]) -> set[Code]:
    return {finding.code for finding in found}


def checked(links: list[Link]) -> set[Code]:
    return codes(list(check_chain(CANVAS, links)))


def test_ve1_a_chain_that_the_product_made_has_no_findings():
    assert checked(LINKS) == set()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"seq": 9}, Code.GAP),
        ({"id": "another"}, Code.ATTRIBUTE),
        ({"at": "2026-01-02T03:04:03.001Z"}, Code.ATTRIBUTE),
        ({"at": "2025-01-02T03:04:03.000Z"}, Code.TIME),
        ({"at": "yesterday"}, Code.TIME),
        ({"at": "2026-01-02T03:04:03"}, Code.TIME),
        ({"hash": "0" * 64}, Code.CHAIN),
        ({"hash": "no hash"}, Code.CHAIN),
        ({"format": 2}, Code.FORMAT),
        ({"body": b"{}"}, Code.BODY),
        ({"body": b"[" * 100_000}, Code.BODY),
        ({"body": LINKS[2].body.replace(b"e3", b"e9")}, Code.CHAIN),
        ({"body": LINKS[2].body + b" "}, Code.CHAIN),
    ],
)
@pytest.mark.parametrize("place", [2, 5])
def test_ve1_each_changed_attribute_is_found(changed, code, place):
    links = [*LINKS]
    links[place] = replace(links[place], **changed)
    assert code in checked(links)


@pytest.mark.parametrize(
    "tampered",
    [
        LINKS[1:],
        LINKS[:2] + LINKS[3:],
        [LINKS[1], LINKS[0], *LINKS[2:]],
        [*LINKS[:3], LINKS[2], *LINKS[3:]],
        [*LINKS[:3], OTHERS[3], *LINKS[4:]],
        OTHERS,
    ],
    ids=["first-missing", "one-missing", "exchanged", "twice", "of-another-canvas", "all-of-another-canvas"],
)
def test_ve1_removed_reordered_repeated_and_foreign_commits_are_found(tampered):
    assert checked(tampered)


def test_ve1_one_changed_body_is_one_finding():
    links = [*LINKS]
    links[2] = replace(links[2], body=links[2].body.replace(b"e3", b"e9"))
    assert [finding.seq for finding in check_chain(CANVAS, links)] == [3]


@given(place=st.integers(0, 5), data=st.data())
def test_ve1_any_byte_of_a_body_counts(place, data):
    body = bytearray(LINKS[place].body)
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    links = [*LINKS]
    links[place] = replace(links[place], body=bytes(body))
    assert checked(links)


def rewritten(links: list[Link], place: int) -> list[Link]:
    """The attack that a chain by itself cannot show: others named as the authors, and all hashes made anew."""
    forged = [*links[:place]]
    for link in links[place:]:
        body = link.body.replace(b'"user":"user-1"', b'"user":"user-2"')
        before = bytes.fromhex(forged[-1].hash) if forged else GENESIS
        forged.append(replace(link, body=body, hash=chain(before, body).hex()))
    return forged


def digest_of(link: Link, day: str, previous: str = NO_DIGEST, key: Ed25519PrivateKey = KEY, **changed) -> Signed:
    told = {
        "at": link.at,
        "canvas": CANVAS,
        "day": day,
        "format": FORMAT,
        "hash": link.hash,
        "key": public_of(key).id,
        "previous": previous,
        "project": "p1",
        "seq": link.seq,
    }
    return sign(Digest(**{**told, **changed}), key)


FIRST = digest_of(LINKS[1], "2026-01-02")
SECOND = digest_of(LINKS[3], "2026-01-03", FIRST.hash)
THIRD = digest_of(LINKS[5], "2026-01-04", SECOND.hash)
DAYS = ["2026-01-02", "2026-01-03", "2026-01-04"]


def signed_check(digests: list[Signed], links: list[Link] = LINKS, days: list[str] | None = None) -> set[Code]:
    check = DigestCheck(CANVAS, key_ring([public_of(KEY)]))
    found: list[Finding] = []
    for signed, day in zip(digests, days or repeat(None), strict=bool(days)):
        found += check.take(signed, day)
    for link in links:
        found += check.at_commit(link)
    return codes(found + check.end(links[-1].seq if links else 0))


def test_ve2_digests_of_the_commits_that_were_signed_have_no_findings():
    assert signed_check([FIRST, SECOND, THIRD], days=DAYS) == set()


def test_ve2_a_log_that_was_rewritten_with_new_hashes_is_not_what_was_signed():
    forged = rewritten(LINKS, 3)
    assert forged != LINKS
    assert checked(forged) == set()  # the chain holds, that is the point
    assert signed_check([FIRST, SECOND, THIRD], forged) == {Code.DIGEST_COMMIT}


def test_ve2_commits_cut_off_below_a_digest_are_missed():
    assert signed_check([FIRST, SECOND, THIRD], LINKS[:5]) == {Code.LOG_MISSING}
    assert signed_check([FIRST], []) == {Code.LOG_MISSING}


@pytest.mark.parametrize("kept", [[SECOND, THIRD], [FIRST, THIRD], [SECOND, FIRST, THIRD], [FIRST, FIRST, SECOND]])
def test_ve2_digests_taken_out_exchanged_or_repeated_are_found(kept):
    assert Code.DIGEST in signed_check(kept)


@pytest.mark.parametrize(
    "field", ["at", "canvas", "day", "format", "hash", "key", "previous", "project", "seq", "signature"]
)
def test_ve2_each_field_of_a_digest_counts(field):
    if field == "signature":
        forged = Signed(SECOND.payload, bytes(64))
    else:
        told = msgspec.json.decode(SECOND.payload)
        told[field] = told[field] + 1 if field == "seq" else told[field][:-1] + chr(ord(told[field][-1]) ^ 1)
        forged = Signed(msgspec.json.encode(told, order="sorted"), SECOND.signature)
    assert signed_check([FIRST, forged, THIRD]) & {Code.DIGEST, Code.KEY}


@given(where=st.booleans(), data=st.data())
def test_ve2_any_byte_of_a_digest_counts(where, data):
    parts = [bytearray(SECOND.payload), bytearray(SECOND.signature)]
    part = parts[where]
    part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    assert signed_check([FIRST, Signed(*map(bytes, parts)), THIRD]) & {Code.DIGEST, Code.KEY}


def test_ve2_a_digest_signed_by_an_unknown_key_is_found():
    forged = digest_of(LINKS[3], "2026-01-03", FIRST.hash, OTHER_KEY)
    assert Code.KEY in signed_check([FIRST, forged])


def test_ve2_a_digest_kept_under_another_day_is_found():
    assert signed_check([FIRST], days=["2026-01-03"]) == {Code.DIGEST}


@pytest.mark.parametrize("changed", [{"canvas": "c2"}, {"project": "p2"}, {"format": "canvas-digest/2"}])
def test_ve2_what_was_signed_for_another_canvas_project_or_format_does_not_pass(changed):
    forged = digest_of(LINKS[3], "2026-01-03", FIRST.hash, **changed)
    assert signed_check([FIRST, forged]) == {Code.DIGEST}


def test_ve3_a_key_is_read_from_base64_and_from_pem():
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    seed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    for text in (seed, pem, pem.replace("\n", "\\n"), f" {seed}\n"):
        assert public_of(private_key_read(text)) == public_of(KEY)
    assert public_key_read(public_of(KEY).text) == public_of(KEY)


@pytest.mark.parametrize("read", [private_key_read, public_key_read])
@pytest.mark.parametrize("text", ["", "AAAA", "-----BEGIN PRIVATE KEY-----", "not base64!", "ü", "A" * 10_000])
def test_ve3_what_is_no_key_is_refused_and_not_told(read: Callable[[str], object], text):
    with pytest.raises(BadKey) as refused:
        read(text)
    assert not text or text not in str(refused.value)


def test_ve3_a_key_of_another_kind_is_refused():
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(BadKey, match="another kind"):
        private_key_read(pem)


def test_ve4_the_verifier_needs_neither_framework_nor_store():
    """Run where nothing of the product can be imported but these modules."""
    import subprocess
    import sys

    code = "import sys, history.verification, history.digests; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    others = set(loaded) - set(sys.stdlib_module_names) - {"__main__"}
    assert not {"django", "pynamodb", "mongoengine", "pymongo", "botocore", "canvasapp", "projects", "config"} & others


def test_random_chains_hold():
    """The fixture above is no lucky case."""
    for seed in range(5):
        canvas = f"c{random.Random(seed).random()}"
        assert list(check_chain(canvas, links_of(canvas, 10))) == []
