"""The RB rules: whatever was done to the items behind the log, afterwards they are what the log says."""

import msgspec
import pytest
from django.core.management import CommandError, call_command

from canvasapp import checkpoint, log, rebuilding
from canvasapp.commits import pack
from canvasapp.items import HEAD_SK, CommitItem, ElementItem, HeadItem, canvas_key, commit_key, element_key
from canvasapp.ops import Delete
from canvasapp.rebuilding import Wrong, elements_rebuild
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, rectangle
from canvasapp.tests.conftest import facts, replayed

NOW = "2126-01-02T03:04:05.000Z"  # no tombstone has expired


class Written:
    """A canvas of a few commits, checkpointed behind each."""

    def __init__(self, canvas_id: str) -> None:
        self.id = canvas_id
        self.state = CanvasState(canvas_id)

    def commit(self, *ops, checkpointed: bool = True) -> None:
        draft = Draft(self.state, f"c{self.state.seq + 1}", NOW)
        draft.add(build_intent(*ops, number=self.state.seq + 1))
        sealed = draft.seal()
        log.append(sealed)
        self.state.adopt(draft, sealed)
        if checkpointed:
            self.checkpoint()

    def checkpoint(self) -> None:
        state = self.state
        changed = list(state.unwritten.values())
        checkpoint.write(checkpoint.Checkpoint(self.id, state.seq, state.hash, state.at, changed, state.clients))
        state.unwritten.clear()

    def item(self, element: str) -> ElementItem:
        return ElementItem.get(canvas_key(self.id), element_key(element), consistent_read=True)

    def is_right(self) -> bool:
        return facts(checkpoint.load(self.id)) == facts(replayed(self.id)) and not elements_rebuild(self.id).differences


@pytest.fixture
def written(canvas) -> Written:
    found = Written(canvas)
    found.commit(rectangle("a"), rectangle("b"), rectangle("c"))
    found.commit(move("a", 5))
    found.commit(Delete("c"))
    return found


def wrong(written: Written) -> set[tuple[Wrong, str]]:
    return {(found.wrong, found.element) for found in elements_rebuild(written.id, dry_run=True).differences}


def test_rb1_what_is_right_is_left_alone_also_with_commits_behind_the_checkpoint(written):
    written.commit(move("b", 9), rectangle("d"), checkpointed=False)
    before = {item.sk: item.attribute_values for item in ElementItem.query(canvas_key(written.id))}
    assert elements_rebuild(written.id).differences == []
    assert {item.sk: item.attribute_values for item in ElementItem.query(canvas_key(written.id))} == before


def test_rb2_each_difference_is_found_and_mended(written):
    written.commit(move("b", 9), checkpointed=False)
    changed = msgspec.structs.replace(written.state.elements["a"], angle=3.0)
    written.item("a").update(actions=[ElementItem.body.set(pack(msgspec.json.encode(changed)))])
    written.item("b").delete()
    foreign = msgspec.structs.replace(written.state.elements["a"], id="x")
    ElementItem(canvas_key(written.id), element_key("x"), seq=2, body=pack(msgspec.json.encode(foreign))).save()
    found = wrong(written)
    assert found >= {(Wrong.DIFFERENT, "a"), (Wrong.MISSING, "b"), (Wrong.FOREIGN, "x")}
    assert {element for _, element in found} == {"a", "b", "x"}
    elements_rebuild(written.id)
    assert written.is_right()


def test_rb2_a_head_record_that_runs_ahead_of_the_log_or_has_another_hash_is_put_right(written):
    head = HeadItem(canvas_key(written.id), HEAD_SK)
    head.update(actions=[HeadItem.checkpoint_seq.set(99)])
    assert (Wrong.HEAD, "") in wrong(written)
    elements_rebuild(written.id)
    assert written.is_right()
    head.update(actions=[HeadItem.checkpoint_hash.set(bytes(32))])
    elements_rebuild(written.id)
    assert written.is_right()


def test_rb2_items_of_an_old_backup_are_brought_up_to_date(written):
    old = written.item("a")
    written.commit(move("a", 50))
    old.save()
    assert wrong(written) == {(Wrong.OLD, "a")}
    elements_rebuild(written.id)
    assert written.is_right()


def test_rb3_what_a_checkpoint_writes_meanwhile_stands(written, monkeypatch):
    written.item("b").delete()
    mend = rebuilding._Look.mend
    raced: list[bool] = []

    def raced_mend(look):
        if not raced:
            raced.append(True)
            written.commit(move("b", 77), move("a", 78))
        return mend(look)

    monkeypatch.setattr(rebuilding._Look, "mend", raced_mend)
    assert elements_rebuild(written.id).overtaken
    assert written.is_right()
    assert written.item("b").seq == 4


def test_rb4_without_a_sound_log_nothing_is_written(written):
    written.item("b").delete()
    CommitItem(canvas_key(written.id), commit_key(2)).delete()
    with pytest.raises(CommandError) as refused:
        call_command("rebuild_elements", written.id)
    assert refused.value.returncode == 2
    with pytest.raises(ElementItem.DoesNotExist):
        written.item("b")


def test_rb5_the_command_tells_and_a_dry_run_writes_nothing(written, capsys):
    written.item("b").delete()
    with pytest.raises(CommandError) as told:
        call_command("rebuild_elements", written.id, "--dry-run")
    assert told.value.returncode == 1
    assert wrong(written) == {(Wrong.MISSING, "b")}
    call_command("rebuild_elements", written.id)
    assert "1 differences found and mended" in capsys.readouterr().out
    assert written.is_right()
