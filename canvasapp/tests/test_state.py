"""DR rules: how intents become a commit; and that a state follows its log and nothing else."""

import time

import msgspec
import pytest
from msgspec import UNSET

from canvasapp import state as state_module
from canvasapp.commits import GENESIS, Sealed, seal, unseal
from canvasapp.exceptions import LogCorrupt, Refused
from canvasapp.ops import Append, Create, Delete, Restore, Update
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, content, move, rectangle

AT = "2026-01-02T03:04:05.678Z"


class Canvas:
    """A state, and replicas that follow its commits by their stored bytes alone."""

    def __init__(self) -> None:
        self.state = CanvasState("canvas")
        self.log: list[Sealed] = []

    def draft(self, at: str = AT) -> Draft:
        return Draft(self.state, "id", at)

    def commit(self, *intents, at: str = AT) -> Sealed:
        draft = self.draft(at)
        for intent in intents:
            draft.add(intent)
        return self.adopt(draft)

    def adopt(self, draft: Draft) -> Sealed:
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        self.log.append(unseal(sealed.body, sealed.hash))
        assert self.replayed().elements == self.state.elements
        return sealed

    def replayed(self) -> CanvasState:
        fresh = CanvasState("canvas")
        for sealed in self.log:
            fresh.replay(sealed)
        return fresh


@pytest.fixture
def canvas() -> Canvas:
    made = Canvas()
    made.commit(build_intent(rectangle("a", color="red", points=[]), rectangle("b")))
    return made


def refusal(draft: Draft, intent) -> str:
    with pytest.raises(Refused) as refused:
        draft.add(intent)
    return refused.value.code


# All or nothing


def test_dr1_a_refused_intent_leaves_nothing(canvas):
    draft = canvas.draft()
    draft.add(build_intent(move("a", 1)))
    assert refusal(draft, build_intent(rectangle("c"), move("a", 5), Delete("b"), move("nobody", 1))) == "not_found"
    sealed = canvas.adopt(draft)
    assert [op for entry in sealed.commit.entries for op in entry.ops] == [move("a", 1)]
    assert sealed.commit.versions == {"a": 2}
    assert (canvas.state.live, set(canvas.state.elements)) == (2, {"a", "b"})


def test_dr1_an_intent_that_changes_nothing_is_still_taken(canvas):
    sealed = canvas.commit(build_intent(Restore("a"), number=4))
    assert (sealed.commit.versions, canvas.state.clients["client-1"].intent) == ({}, 4)


def test_dr1_ops_of_one_intent_see_each_other(canvas):
    sealed = canvas.commit(build_intent(rectangle("c"), move("c", 7), Delete("c"), Restore("c"), move("c", 8)))
    assert sealed.commit.versions == {"c": 1}
    assert canvas.state.elements["c"].position.x == 8


# expect


def test_dr2_expect_is_measured_at_the_intents_start(canvas):
    canvas.commit(build_intent(move("a", 1, expect=1), move("a", 2, expect=1)))
    assert canvas.state.elements["a"].version == 2
    draft = canvas.draft()
    assert refusal(draft, build_intent(move("a", 3, expect=1))) == "conflict"
    assert refusal(draft, build_intent(move("a", 3), Delete("a", expect=1))) == "conflict"
    draft.add(build_intent(move("b", 1)))
    assert refusal(draft, build_intent(move("b", 2, expect=1))) == "conflict"
    draft.add(build_intent(move("b", 2, expect=2)))


def test_dr2_expect_is_not_stored_with_updates(canvas):
    sealed = canvas.commit(build_intent(move("a", 1, expect=1)))
    assert sealed.commit.entries[0].ops == [move("a", 1)]


# Versions, times, authors


def test_dr3_a_commit_raises_a_version_by_one_however_often_it_touches_the_element(canvas):
    answers = []
    draft = canvas.draft()
    for number in range(1, 4):
        answers.append(draft.add(build_intent(move("a", number), number=number)))
    canvas.adopt(draft)
    assert answers == [{"a": 2}] * 3
    assert (canvas.state.elements["a"].version, canvas.state.elements["a"].seq) == (2, 2)


def test_dr3_the_author_is_kept_and_the_last_to_touch_it_named(canvas):
    canvas.commit(build_intent(move("a", 1), user="bob"), build_intent(move("a", 2), user="carol"))
    assert (canvas.state.elements["a"].created_by, canvas.state.elements["a"].updated_by) == ("user-1", "carol")


def test_cm7_time_never_runs_backwards(canvas):
    sealed = canvas.commit(build_intent(move("a", 1)), at="2020-01-01T00:00:00.000Z")
    assert sealed.commit.at == AT
    assert canvas.commit(build_intent(move("a", 2)), at="2027-01-01T00:00:00.000Z").commit.at.startswith("2027")


# Entries: merged, folded


def test_dr4_contiguous_intents_of_one_client_become_one_entry(canvas):
    sealed = canvas.commit(*(build_intent(move("a", x), number=x, gesture="g") for x in (5, 6, 7)))
    (entry,) = sealed.commit.entries
    assert (entry.first, entry.intent, entry.gesture, entry.ops) == (5, 7, "g", [move("a", 7)])
    assert entry.before == [{"position.x": 0.0, "position.y": 0.0}]


def test_dr4_a_lone_intent_has_no_first(canvas):
    (entry,) = canvas.commit(build_intent(move("a", 1), number=5)).commit.entries
    assert (entry.first, entry.intent) == (UNSET, 5)


@pytest.mark.parametrize(
    "second",
    [
        {"number": 3},  # 2 was refused or never came
        {"number": 2, "gesture": "another"},
        {"number": 2, "user": "bob"},
        {"number": 2, "client": "client-2"},
        {"number": 0},
    ],
    ids=str,
)
def test_dr4_other_intents_begin_an_entry_of_their_own(canvas, second):
    sealed = canvas.commit(build_intent(move("a", 1), number=1), build_intent(move("a", 2), **second))
    assert len(sealed.commit.entries) == 2


def test_dr4_unnumbered_intents_are_never_merged(canvas):
    sealed = canvas.commit(build_intent(move("a", 1)), build_intent(move("a", 2)))
    assert [entry.intent for entry in sealed.commit.entries] == [0, 0]
    assert canvas.state.clients == {}


def test_dr4_merging_jumps_over_others_who_touch_other_elements(canvas):
    sealed = canvas.commit(
        build_intent(move("a", 1), client="x", number=1),
        build_intent(move("b", 1), client="y", number=1),
        build_intent(move("a", 2), client="x", number=2),
        build_intent(move("b", 2), client="y", number=2),
    )
    assert [(entry.client, entry.first, entry.intent) for entry in sealed.commit.entries] == [("x", 1, 2), ("y", 1, 2)]


def test_dr4_merging_does_not_jump_over_another_who_touched_the_element(canvas):
    sealed = canvas.commit(
        build_intent(Update("a", {"properties.color": "x1"}), client="x", number=1),
        build_intent(Update("a", {"properties.color": "y1"}), client="y", user="yve", number=1),
        build_intent(Update("a", {"properties.color": "x2"}), client="x", number=2),
        build_intent(Update("a", {"properties.color": "x3"}), client="x", number=3),
    )
    assert [(entry.client, entry.first, entry.intent) for entry in sealed.commit.entries] == [
        ("x", UNSET, 1),
        ("y", UNSET, 1),
        ("x", 2, 3),
    ]
    assert [entry.before for entry in sealed.commit.entries] == [
        [{"properties.color": "red"}],
        [{"properties.color": "x1"}],
        [{"properties.color": "y1"}],
    ]
    assert canvas.state.elements["a"].properties["color"] == "x3"


def test_dr5_only_updates_next_to_each_other_fold(canvas):
    sealed = canvas.commit(
        build_intent(move("a", 1), Update("a", {"angle": 1}), number=1),
        build_intent(Append("a", "properties.points", 0, [1]), number=2),
        build_intent(Update("a", {"properties.points": []}), move("a", 2), number=3),
    )
    (entry,) = sealed.commit.entries
    assert entry.ops == [
        Update("a", {"position.x": 1, "position.y": 0, "angle": 1}),
        Append("a", "properties.points", 0, [1]),
        Update("a", {"properties.points": [], "position.x": 2, "position.y": 0}),
    ]


@pytest.mark.parametrize(
    ("sets", "ops"),
    [
        ([{"properties.n.x": 1}, {"properties.n.x": 2}], 1),
        ([{"properties.n.x": 1}, {"properties.n.x": None}], 2),  # n must stay, empty
        ([{"properties.n.x.y": 1}, {"properties.n.x": None}], 2),
        ([{"properties.n": {"x": 1}}, {"properties.n.x": 2}], 2),
        ([{"properties.n.x": 1}, {"properties.n": 2}], 2),
        ([{"properties.n": {}, "properties.n.x": 1}, {"properties.n": {"y": 1}}], 2),
        ([{"properties.n": 1}, {"properties.n": None}], 1),
        ([{"properties.n": None}, {"properties.n": 1}], 1),
    ],
)
def test_dr5_folding_never_changes_the_outcome(canvas, sets, ops):
    one_by_one = Canvas()
    one_by_one.commit(build_intent(rectangle("a", color="red", points=[]), rectangle("b")))
    for paths in sets:
        one_by_one.commit(build_intent(Update("a", paths)))
    sealed = canvas.commit(*(build_intent(Update("a", paths), number=n) for n, paths in enumerate(sets, start=1)))
    assert content(canvas.state.elements["a"]) == content(one_by_one.state.elements["a"])
    assert content(canvas.replayed().elements["a"]) == content(one_by_one.state.elements["a"])
    assert len(sealed.commit.entries[0].ops) == ops


@pytest.mark.parametrize("suffix", ["", ".b"])
def test_dr5_folding_huge_updates_takes_no_time(canvas, suffix):
    draft = canvas.draft()
    began = time.process_time()
    for number in (1, 2, 3):
        paths: dict[str, object] = dict.fromkeys((f"properties.k{place}" for place in range(10_000)), None)
        if number > 1 and suffix:
            paths = dict.fromkeys((path + suffix for path in paths), None)
        draft.add(build_intent(Update("a", paths), number=number))
    draft.seal()
    assert time.process_time() - began < 2


# The canvas's limits


def test_dr6_a_canvas_has_a_limit_of_live_elements(canvas, monkeypatch):
    monkeypatch.setattr(state_module, "MAX_LIVE_ELEMENTS", 3)
    draft = canvas.draft()
    assert refusal(draft, build_intent(rectangle("c"), rectangle("d"))) == "limit"
    draft.add(build_intent(rectangle("c")))
    assert refusal(draft, build_intent(rectangle("d"))) == "limit"
    draft.add(build_intent(Delete("c"), rectangle("d")))
    assert refusal(draft, build_intent(Restore("c"))) == "limit"
    draft.add(build_intent(move("a", 1)))
    canvas.adopt(draft)
    assert canvas.state.live == 3


def test_dr7_what_an_intent_replaces_is_bounded(canvas):
    """Before-values are stored with the commit, which one transaction must hold."""
    for place in range(20):
        canvas.commit(build_intent(rectangle(f"big{place}", text="x" * 200_000)))
    draft = canvas.draft()
    clear = [Update(f"big{place}", {"properties.text": None}) for place in range(20)]
    assert refusal(draft, build_intent(*clear)) == "too_large"
    draft.add(build_intent(*clear[:5]))
    assert draft.size > 1_000_000
    canvas.adopt(draft)
    canvas.commit(build_intent(*(Delete(f"big{place}") for place in range(20))))
    assert refusal(canvas.draft(), build_intent(*(Restore(f"big{place}") for place in range(5, 20)))) == "too_large"


def test_dr8_a_create_without_index_is_stored_with_one(canvas):
    sealed = canvas.commit(build_intent(rectangle("c"), rectangle("d", nothing=None)))
    ops = [op for op in sealed.commit.entries[0].ops if isinstance(op, Create)]
    assert [op.index for op in ops] == ["a2", "a3"]
    assert ops[1].properties == {}


def test_dr8_a_restore_is_stored_with_its_element(canvas):
    canvas.commit(build_intent(Delete("a")))
    forged = msgspec.structs.replace(canvas.state.elements["b"], id="a")
    sealed = canvas.commit(build_intent(Restore("a", forged)))
    assert sealed.commit.entries[0].ops == [Restore("a", canvas.state.elements["a"])]
    assert canvas.state.elements["a"].properties["color"] == "red"


# Marks


def test_dr9_the_last_intent_of_the_most_recent_clients_is_remembered(canvas, monkeypatch):
    monkeypatch.setattr(state_module, "MAX_CLIENTS", 3)
    for client in "abcadb":
        canvas.commit(build_intent(move("a", 1), client=client, number=canvas.state.seq))
    assert list(canvas.state.clients) == ["a", "d", "b"]
    assert canvas.replayed().clients == canvas.state.clients
    assert canvas.state.clients["b"] == state_module.Mark(6, 7, "user-1", ((1, 5),))


def test_dr9_ranges_of_numbers_that_were_passed_over_are_remembered_within_bounds(canvas, monkeypatch):
    monkeypatch.setattr(state_module, "MAX_REFUSED", 2)
    for number in (3, 4, 6, 9):
        canvas.commit(build_intent(move("a", number), client="a", number=number))
    mark = canvas.state.clients["a"]
    assert mark.refused == ((5, 5), (7, 8))
    assert [number for number in range(10) if mark.has_refused(number)] == [5, 7, 8]
    assert canvas.replayed().clients == canvas.state.clients


def test_dr9_marks_from_before_there_were_refused_numbers_are_read():
    assert msgspec.json.decode(b'[7,3,"user-1"]', type=state_module.Mark) == state_module.Mark(7, 3, "user-1")


# Replay


def test_lg5_a_commit_out_of_turn_is_corrupt(canvas):
    with pytest.raises(LogCorrupt, match="after"):
        canvas.state.replay(canvas.log[0])


@pytest.mark.parametrize("change", ["body", "hash", "canvas", "previous"])
def test_lg5_the_chain_is_checked(canvas, change):
    sealed = canvas.draft().seal()
    commit = msgspec.structs.replace(
        sealed.commit, canvas="another" if change == "canvas" else "canvas", entries=[], versions={}
    )
    sealed = seal(commit, GENESIS if change == "previous" else canvas.state.hash)
    if change == "body":
        sealed = unseal(sealed.body.replace(b'"id"', b'"di"', 1).replace(b'"di"', b'"id"', 1) + b" ", sealed.hash)
    if change == "hash":
        sealed = Sealed(sealed.commit, sealed.body, bytes(32))
    with pytest.raises(LogCorrupt, match="chain"):
        canvas.state.replay(sealed)
    assert canvas.state.seq == 1


def test_lg5_an_op_that_does_not_apply_is_corrupt_and_leaves_the_state(canvas):
    other = Canvas()
    other.commit(build_intent(rectangle("a"), rectangle("c")))
    other.commit(build_intent(move("a", 5), move("c", 5)))
    commit = msgspec.structs.replace(other.log[1].commit)
    with pytest.raises(LogCorrupt, match="not_found"):
        canvas.state.replay(seal(commit, canvas.state.hash))
    assert (canvas.state.seq, canvas.state.elements["a"].position.x) == (1, 0)


def test_cp5_an_element_that_a_checkpoint_has_later_is_left_as_it_is(canvas):
    canvas.commit(build_intent(move("a", 1), move("b", 1)))
    canvas.commit(build_intent(Delete("a"), rectangle("c")))
    canvas.commit(build_intent(Restore("a"), move("c", 2)))
    for ahead in ({"a"}, {"c"}, {"a", "c"}, {"a", "b", "c"}):
        loaded = CanvasState("canvas", 1, canvas.log[0].hash, canvas.log[0].commit.at)
        at_one = CanvasState("canvas")
        at_one.replay(canvas.log[0])
        for element_id in ("a", "b", "c"):
            found = (canvas.state if element_id in ahead else at_one).elements.get(element_id)
            if found is not None:
                loaded.put(found)
        for sealed in canvas.log[1:]:
            loaded.replay(sealed)
        assert (loaded.elements, loaded.digest, loaded.live) == (
            canvas.state.elements,
            canvas.state.digest,
            canvas.state.live,
        )


def test_cp6_a_restore_brings_back_what_passed_its_lifetime_here(canvas):
    """One server kept the tombstone in memory, another was started after the store had removed it."""
    canvas.commit(build_intent(Delete("a")))
    other = canvas.replayed()
    del other.elements["a"]
    other.replay(canvas.commit(build_intent(Restore("a"), move("a", 3))))
    assert (other.elements, other.digest, other.live) == (canvas.state.elements, canvas.state.digest, canvas.state.live)


def test_cp6_a_create_takes_the_id_of_what_passed_its_lifetime_elsewhere(canvas):
    canvas.commit(build_intent(Delete("a")))
    keeper = canvas.replayed()
    del canvas.state.elements["a"]
    draft = canvas.draft()
    draft.add(build_intent(rectangle("a", 5), user="bob"))
    sealed = draft.seal()
    canvas.state.adopt(draft, sealed)
    keeper.replay(sealed)
    assert (keeper.elements, keeper.digest, keeper.live) == (
        canvas.state.elements,
        canvas.state.digest,
        canvas.state.live,
    )
