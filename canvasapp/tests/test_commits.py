"""CM rules: the stored form, the chain, what goes over the wire, compaction."""

import hashlib
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from canvasapp.commits import (
    COMPRESS_ABOVE,
    GENESIS,
    MAX_UNPACKED_BYTES,
    Commit,
    Entry,
    chain,
    compact,
    pack,
    seal,
    unpack,
    unseal,
    wire,
)
from canvasapp.exceptions import LogCorrupt
from canvasapp.ops import Append, Create, Delete, Restore, Update
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, rectangle

AT = "2026-01-02T03:04:05.678Z"


def commit(**changes) -> Commit:
    entry = Entry(client="c", user="u", intent=1, ops=[move("e", 1)], before=[{"position.x": 0.0, "position.y": 0.0}])
    return msgspec.structs.replace(
        Commit(canvas="canvas", seq=1, id="id", at=AT, entries=[entry], versions={"e": 2}), **changes
    )


class Author:
    """A state and its commits, without a store."""

    def __init__(self) -> None:
        self.state = CanvasState("canvas")
        self.commits: list[Commit] = []

    def commit(self, *intents) -> None:
        draft = Draft(self.state, f"id-{self.state.seq + 1}", AT)
        for intent in intents:
            draft.add(intent)
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        self.commits.append(sealed.commit)

    def compacted(self, after: int):
        return compact(self.commits[after:], self.state.elements, self.state.seq, self.state.at)


def test_cm1_a_sealed_commit_is_read_back_exactly():
    sealed = seal(commit(), GENESIS)
    assert unseal(sealed.body, sealed.hash) == sealed


def test_cm2_the_hash_is_sha256_of_the_previous_hash_and_the_body():
    first = seal(commit(), GENESIS)
    second = seal(commit(seq=2), first.hash)
    assert first.hash == hashlib.sha256(bytes(32) + first.body).digest()
    assert second.hash == hashlib.sha256(first.hash + second.body).digest() == chain(first.hash, second.body)


def test_cm3_an_unknown_format_is_not_guessed_at():
    sealed = seal(commit(), GENESIS)
    with pytest.raises(LogCorrupt, match="format 2"):
        unseal(sealed.body, sealed.hash, 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"canvas":"c","seq":"one"}',
        b"[" * 100,
        b'{"canvas":"\xff"}',
        b'{"\xff":"c"}',
        b'{"entries":' + b"[" * 100_000,
    ],
    ids=range(10),
)
def test_cm3_a_body_that_is_not_a_commit(body):
    with pytest.raises(LogCorrupt):
        unseal(body, GENESIS)


@given(st.binary(max_size=3_000))
def test_cm4_packing_is_undone(data):
    assert unpack(pack(data)) == data


def test_cm4_only_what_is_large_is_deflated():
    small, large = b"x" * COMPRESS_ABOVE, b"x" * (COMPRESS_ABOVE + 1)
    assert pack(small) == b"\x00" + small
    assert pack(large)[:1] == b"\x01"
    assert len(pack(large)) < 50


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x02abc",
        b"\x01",
        b"\x01not deflated",
        b"\x01" + zlib.compress(b"x" * 99)[:-3],
        b"\x01" + zlib.compress(b"x" * 99) + b"y",
    ],
    ids=ascii,
)
def test_cm4_what_is_not_packed_is_corrupt(stored):
    with pytest.raises(LogCorrupt):
        unpack(stored)


def test_cm4_no_more_is_unpacked_than_a_commit_may_have():
    assert unpack(pack(bytes(MAX_UNPACKED_BYTES))) == bytes(MAX_UNPACKED_BYTES)
    with pytest.raises(LogCorrupt, match="more than"):
        unpack(pack(bytes(MAX_UNPACKED_BYTES + 1)))


def test_cm5_deltas_leave_out_what_was_replaced():
    stored = commit()
    sent = wire(stored)
    assert (sent.seq, sent.at, sent.versions) == (1, AT, {"e": 2})
    assert sent.entries[0].before is UNSET
    assert stored.entries[0].before is not UNSET
    assert "before" not in msgspec.to_builtins(sent)["entries"][0]


# Compaction


def test_cm6_compaction_has_final_values_once_and_acknowledges_each_client():
    author = Author()
    author.commit(build_intent(rectangle("a"), rectangle("b", color="red", dash=[1]), client="x", number=1))
    after = author.state.seq
    author.commit(build_intent(move("a", 1), client="x", number=2, gesture="g"))
    author.commit(
        build_intent(
            Update("b", {"properties.color": None, "properties.style.deep": 1}), client="y", user="v", number=1
        )
    )
    author.commit(
        build_intent(move("a", 2), client="x", number=3),
        build_intent(Append("b", "properties.dash", 1, [2]), client="y", user="v", number=2),
        build_intent(move("b", 3)),
    )
    sent = author.compacted(after)
    assert sent.compacted is True
    assert sent.entries == [
        Entry(
            client="",
            user="",
            intent=0,
            ops=[
                Update("a", {"position.x": 2.0, "position.y": 0.0}),
                Update(
                    "b",
                    {
                        "properties.color": None,
                        "properties.style": {"deep": 1},
                        "properties.dash": [1, 2],
                        "position.x": 3.0,
                        "position.y": 0.0,
                    },
                ),
            ],
        ),
        Entry(client="x", user="user-1", first=2, intent=3, ops=[]),
        Entry(client="y", user="v", first=1, intent=2, ops=[]),
    ]
    assert sent.versions == {"a": 3, "b": 3}


def test_cm6_compaction_leaves_out_the_numbers_that_were_passed_over():
    author = Author()
    for number in (1, 2, 4, 5, 9):
        author.commit(build_intent(move("a", number) if number > 1 else rectangle("a"), client="x", number=number))
    told = [(entry.first, entry.intent) for entry in author.compacted(0).entries if entry.client == "x"]
    assert told == [(1, 2), (4, 5), (UNSET, 9)]


def test_cm6_what_came_and_went_is_left_out():
    author = Author()
    author.commit(build_intent(rectangle("a"), rectangle("gone")))
    after = author.state.seq
    author.commit(build_intent(rectangle("new"), rectangle("brief"), Delete("gone")))
    author.commit(build_intent(Delete("brief"), move("new", 4)))
    (entry,) = author.compacted(after).entries
    assert [(type(op), op.id) for op in entry.ops] == [(Create, "new"), (Delete, "gone")]


def test_cm6_a_restored_element_is_carried_whole():
    author = Author()
    author.commit(build_intent(rectangle("a", color="red")))
    author.commit(build_intent(move("a", 9)))
    after = author.state.seq
    author.commit(build_intent(Delete("a")))
    author.commit(build_intent(Restore("a"), move("a", 5)))
    (entry,) = author.compacted(after).entries
    assert entry.ops == [Restore("a", author.state.elements["a"])]


def test_cm6_nothing_changed_is_no_entry_but_the_acknowledgements():
    author = Author()
    author.commit(build_intent(rectangle("a")))
    after = author.state.seq
    author.commit(build_intent(Restore("a"), number=1))
    assert author.compacted(after).entries == [Entry(client="client-1", user="user-1", intent=1, ops=[])]


def test_cm6_a_tombstone_may_have_passed_its_lifetime():
    """A client that slept for longer than tombstones live, on a quiet canvas."""
    author = Author()
    author.commit(build_intent(rectangle("a"), rectangle("b")))
    after = author.state.seq
    author.commit(build_intent(rectangle("brief"), Delete("a")))
    author.commit(build_intent(Delete("brief")))
    del author.state.elements["a"], author.state.elements["brief"]
    sent = author.compacted(after)
    assert sent.entries[0].ops == [Delete("a")]
    assert sent.versions == {"a": 2}
