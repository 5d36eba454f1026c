"""The PJ rules of history/SPEC.md."""

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.projection import ArchivedCommit, PoisonRecord, commit_seq, project, project_items, wire_json

HASH = "ab" * 32


def commit_image(number=7, **changes):
    image = {
        "PK": {"S": "CANVAS#c1"},
        "SK": {"S": f"COMMIT#{number:012d}"},
        "kind": {"S": "commit"},
        "seq": {"N": str(number)},
        "commit_id": {"S": "id-1"},
        "at": {"S": "2026-01-02T03:04:05.678901Z"},
        "hash": {"S": HASH},
        "format": {"N": "1"},
        "parts": {"N": "1"},
        "body": {"B": b"\x00\xff\x01"},
    } | changes
    return {name: value for name, value in image.items() if value is not None}


def projected(**changes) -> ArchivedCommit:
    commit = project(commit_image(**changes))
    assert commit is not None
    return commit


def part_image(number, body, seq=7):
    return {
        "PK": {"S": "CANVAS#c1"},
        "SK": {"S": f"COMMIT#{seq:012d}#{number}"},
        "kind": {"S": "commit-part"},
        "body": {"B": body},
    }


def test_pj1_a_commit_keeps_every_attribute_and_byte():
    commit = projected()
    assert (commit.canvas, commit.seq, commit.commit_id, commit.hash, commit.format) == ("c1", 7, "id-1", HASH, 1)
    assert commit.body == b"\x00\xff\x01"
    assert commit.at == "2026-01-02T03:04:05.678901Z"
    assert commit.time.isoformat() == "2026-01-02T03:04:05.678901+00:00"


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        ("CANVAS#c1", "METADATA"),
        ("CANVAS#c1", "ELEMENT#e1"),
        ("PROJECT#p1", "COMMIT#000000000007"),
        ("CANVAS#c1", "COMMIT#000000000007#001"),
    ],
)
def test_pj2_other_items_and_continuations_are_none_of_ours(pk, sk):
    assert project({"PK": {"S": pk}, "SK": {"S": sk}}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"SK": {"S": "COMMIT#7"}},
        {"SK": {"S": "COMMIT#00000000000x"}},
        {"PK": {"S": "CANVAS#"}},
        {"kind": {"S": "element"}},
        {"kind": None},
        {"seq": {"N": "8"}},
        {"seq": {"N": "7.5"}},
        {"seq": {"S": "7"}},
        {"seq": {"N": "1E+125"}},
        {"commit_id": None},
        {"at": {"S": "yesterday"}},
        {"at": {"S": "2026-01-02T03:04:05"}},
        {"hash": {"S": "abc"}},
        {"format": {"N": "99999999999999999999"}},
        {"parts": {"N": "0"}},
        {"body": {"S": "text"}},
        {"body": None},
    ],
    ids=str,
)
def test_pj3_a_malformed_commit_is_poison_with_a_reason(changes):
    with pytest.raises(PoisonRecord, match=r"\w"):
        project(commit_image(**changes))


def test_pj3_a_commit_numbered_0_is_poison():
    with pytest.raises(PoisonRecord):
        project(commit_image(number=0))


def test_pj4_a_large_commit_is_joined_in_the_order_of_its_parts():
    head = commit_image(parts={"N": "12"})
    parts = [part_image(number, bytes([number])) for number in range(1, 12)]
    assert not projected(parts={"N": "12"}).is_whole
    whole = project_items([*sorted(parts, key=lambda part: part["SK"]["S"]), head])
    assert whole.is_whole
    assert whole.body == b"\x00\xff\x01" + bytes(range(1, 12))


@pytest.mark.parametrize("numbers", [[], [1], [1, 3], [1, 2, 3]], ids=str)
def test_pj4_a_large_commit_with_missing_or_spare_parts_is_poison(numbers):
    with pytest.raises(PoisonRecord, match="3 parts"):
        project_items([commit_image(parts={"N": "3"}), *(part_image(number, b"x") for number in numbers)])


def test_pj4_parts_without_their_first_item_are_poison():
    with pytest.raises(PoisonRecord, match="first item"):
        project_items([part_image(1, b"x")])


@pytest.mark.parametrize(
    "changes",
    [
        {"commit_id": {"S": "id-2"}},
        {"at": {"S": "2026-01-02T03:04:05.678901+00:00"}},
        {"hash": {"S": "cd" * 32}},
        {"format": {"N": "2"}},
        {"body": {"B": b"\x00\xff"}},
    ],
    ids=str,
)
def test_pj5_the_fingerprint_differs_when_anything_archived_differs(changes):
    assert projected(**changes).fingerprint != projected().fingerprint


def test_pj5_the_fingerprint_tells_the_same_bytes_cut_differently_apart():
    cut_early = project_items([commit_image(parts={"N": "2"}, body={"B": b"a"}), part_image(1, b"bc")])
    cut_late = project_items([commit_image(parts={"N": "2"}, body={"B": b"ab"}), part_image(1, b"c")])
    assert cut_early.body == cut_late.body
    assert cut_early.fingerprint != cut_late.fingerprint


def test_pj6_raw_items_are_kept_as_dynamodb_sends_them():
    kept = json.loads(wire_json([commit_image()]))
    assert base64.b64decode(kept[0]["body"]["B"]) == b"\x00\xff\x01"
    assert kept[0]["seq"] == {"N": "7"}


def test_pj6_sets_of_binary_are_kept_too():
    kept = json.loads(wire_json([{"odd": {"BS": [b"\x01", b"\x02"]}}]))
    assert kept == [{"odd": {"BS": ["AQ==", "Ag=="]}}]


def test_commit_seq_reads_both_key_forms():
    assert commit_seq("COMMIT#000000000007") == commit_seq("COMMIT#000000000007#003") == 7
    assert commit_seq("COMMIT#7") is None


@given(
    changed=st.dictionaries(
        st.sampled_from(["SK", "kind", "seq", "commit_id", "at", "hash", "format", "parts", "body"]),
        st.one_of(
            st.none(),
            st.builds(lambda text: {"S": text}, st.text("0123456789:-+TZa#.é", max_size=40) | st.datetimes().map(str)),
            st.builds(lambda text: {"N": text}, st.integers().map(str) | st.floats().map(str)),
            st.builds(lambda data: {"B": data}, st.binary(max_size=40)),
            st.just({"NULL": True}),
        ),
    )
)
def test_pj3_an_item_of_any_kind_is_a_commit_or_none_or_poison(changed):
    image = commit_image(**changed)
    if "S" not in image.get("SK", {}):  # the table has no other
        image["SK"] = {"S": "COMMIT#000000000007"}
    with suppress(PoisonRecord):
        project_items([image])
