"""The VL rules of history/SPEC.md: a sound canvas has no findings, and whatever is changed in the stores is found.

With the real engines, one change at a time; but for it the canvas is sound.
"""

import json
import random
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import botocore.session
import msgspec
import pytest
from django.core.management import CommandError, call_command

from canvasapp import checkpoint
from canvasapp.commits import GENESIS, chain, pack, unpack
from canvasapp.elements import Element
from canvasapp.items import canvas_key, commit_key, element_key
from canvasapp.log import query_raw
from canvasapp.ops import Append, Delete, Restore, Update
from canvasapp.services import canvas_create, canvas_delete, canvas_purge
from canvasapp.testing import build_intent, move, note, rectangle, typed
from history import logcheck, timetravel
from history.canvases import Listed
from history.documents import CanvasProgress, CommitArchive, Snapshot
from history.logcheck import CanvasCheck
from history.management.commands import verify_log
from history.models import AuditRecord
from history.signing import DigestItem, canvas_sign, public_keys, signing_key
from history.tests.conftest import Canvas
from history.verification import Code
from projects.table import TableItem

SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BEGIN = datetime.now(UTC) - timedelta(days=10)
CHECKPOINT, SNAPSHOT = 9, 7


class Stores:
    """A canvas's partition and documents, to be changed past the product."""

    def __init__(self, board: Canvas, listed: Listed) -> None:
        self.board = board
        self.listed = listed
        self.pk = canvas_key(board.id)
        self.client = botocore.session.get_session().create_client(
            "dynamodb", region_name=TableItem.Meta.region, endpoint_url=TableItem.Meta.host
        )

    def item(self, sk: str) -> dict[str, Any]:
        key = {"PK": {"S": self.pk}, "SK": {"S": sk}}
        found: dict[str, Any] = self.client.get_item(TableName=TableItem.Meta.table_name, Key=key)["Item"]
        return found

    def put(self, item: dict[str, Any]) -> None:
        self.client.put_item(TableName=TableItem.Meta.table_name, Item=item)

    def change(self, sk: str, **attributes: dict[str, Any] | None) -> None:
        item = self.item(sk)
        for name, value in attributes.items():
            if value is None:
                del item[name]
            else:
                item[name] = value
        self.put(item)

    def remove(self, sk: str) -> None:
        key = {"PK": {"S": self.pk}, "SK": {"S": sk}}
        self.client.delete_item(TableName=TableItem.Meta.table_name, Key=key)

    def rename(self, sk: str, other: str) -> None:
        item = self.item(sk)
        self.remove(sk)
        self.put(item | {"SK": {"S": other}})

    def sort_keys(self) -> list[str]:
        return [item["SK"]["S"] for item in query_raw(self.pk, TableItem.sk > " ")]

    def rewrite(self, first: int) -> None:
        """Others as the authors of all commits from `first` on, with all hashes made anew."""
        before = bytes.fromhex(self.item(commit_key(first - 1))["hash"]["S"]) if first > 1 else GENESIS
        for seq in range(first, self.board.state.seq + 1):
            item = self.item(commit_key(seq))
            if item["parts"] != {"N": "1"}:
                raise AssertionError("choose smaller ones")
            body = unpack(item["body"]["B"]).replace(b'"user":"ada"', b'"user":"eve"')
            before = chain(before, body)
            self.change(commit_key(seq), body={"B": pack(body)}, hash={"S": before.hex()})

    def rearchive(self) -> None:
        CommitArchive.objects(canvas=self.board.id).delete()
        self.board.archive()

    def check(self) -> set[Code]:
        return {finding.code for finding in self.run().findings}

    def run(self) -> CanvasCheck:
        check = CanvasCheck(self.listed, public_keys(), datetime.now(UTC))
        list(check.run())
        return check


def act(board: Canvas, *ops: Any, day: float = 0, user: str = "ada") -> None:
    at = (BEGIN + timedelta(days=day)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    board.number = getattr(board, "number", 0) + 1  # type: ignore[attr-defined]
    board.commit(build_intent(*ops, client=f"{user}-tab", user=user, number=board.number), at=at)  # type: ignore[attr-defined]


def live(board: Canvas, large: int) -> None:
    """A commit of each kind, the seventh with three texts of so many characters; up to the checkpoint."""
    act(board, rectangle("box"), rectangle("gone"), rectangle("back"), note("text", "one"))
    act(board, move("box", 5), Update("box", {"properties.fill": {"deep": [1]}}), day=1)
    act(board, Append("box", "properties.points", 0, [[0, 1]]), day=2)
    act(board, typed(board.state.elements["text"], "one and two"), day=2)
    act(board, Delete("gone"), Delete("back"), day=2)
    act(board, Restore("back"), user="bob", day=3)
    texts = ["".join(random.Random(number).choices(string.ascii_letters, k=large)) for number in range(3)]
    act(board, *(rectangle(f"large-{number}", note=text) for number, text in enumerate(texts)), day=3)
    act(board, rectangle("late"), day=3)
    act(board, move("late", 7), day=4)
    assert board.state.seq == CHECKPOINT


@pytest.fixture
def stores(board: Canvas, project, settings, request) -> Stores:
    settings.DIGEST_SIGNING_KEY = SEED
    key = signing_key()
    assert key is not None
    listed = Listed(board.id, project.id)
    live(board, getattr(request, "param", 10))
    state = board.state
    checkpoint.write(
        checkpoint.Checkpoint(
            board.id, state.seq, state.hash, state.at, [*state.elements.values()], dict(state.clients)
        )
    )
    canvas_sign(listed, (BEGIN + timedelta(days=4)).date(), key)
    act(board, move("box", 8), day=5)
    act(board, rectangle("newest"), day=5)
    canvas_sign(listed, (BEGIN + timedelta(days=5)).date(), key)
    act(board, move("newest", 1), day=10)
    board.record()
    timetravel.snapshot_write(timetravel.state_at(board.id, SNAPSHOT))
    return Stores(board, listed)


def test_vl1_a_sound_canvas_has_no_findings(stores):
    check = stores.run()
    assert check.findings == []
    assert check.seq == stores.board.state.seq == 12


def test_vl1_nor_while_it_is_worked_on(stores, monkeypatch):
    """Commits, a checkpoint and the worker go on between any two reads."""
    board = stores.board
    monkeypatch.setattr(logcheck, "COMMITS_AT_ONCE", 2)
    check = CanvasCheck(stores.listed, public_keys(), datetime.now(UTC))
    for _ in check.run():
        if board.state.seq < 20:
            act(board, move("box", board.state.seq), rectangle(f"more-{board.state.seq}"), day=10)
            state = board.state
            checkpoint.write(
                checkpoint.Checkpoint(
                    board.id, state.seq, state.hash, state.at, [*state.elements.values()], dict(state.clients)
                )
            )
            if board.state.seq % 2:
                board.record()
    assert check.findings == []
    assert check.seq >= 12
    assert board.state.seq > 12


def test_vl1_nor_with_a_worker_that_is_behind(stores):
    CommitArchive.objects(canvas=stores.board.id, seq__gt=10).delete()
    assert stores.check() == set()
    CommitArchive.objects(canvas=stores.board.id).delete()
    Snapshot.objects(canvas=stores.board.id).delete()
    assert stores.check() == set()


def test_vl1_nor_where_retention_removed_the_archive(stores):
    CommitArchive.objects(canvas=stores.board.id, seq__lt=5).delete()
    assert stores.check() == {Code.ARCHIVE_MISSING}
    CanvasProgress.objects(canvas=stores.board.id).update_one(set__kept_from=5)
    assert stores.check() == set()


def test_vl1_nor_with_a_tombstone_that_has_passed_its_lifetime(stores):
    stores.remove(element_key("gone"))
    assert stores.check() == {Code.ELEMENT_MISSING}
    later = CanvasCheck(stores.listed, public_keys(), datetime.now(UTC) + timedelta(days=31))
    list(later.run())
    assert Code.ELEMENT_MISSING not in {finding.code for finding in later.findings}


def test_vl1_nor_in_the_trash_and_when_empty(stores, alice, project):
    canvas_delete(canvas_id=stores.board.id, deleted_by=alice)
    assert stores.check() == set()
    empty = Canvas(canvas_create(project_id=project.id, name="Empty", created_by=alice))
    assert Stores(empty, Listed(empty.id, project.id)).check() == set()


COMMIT: dict[str, dict[str, Any] | None] = {
    "kind": {"S": "element"},
    "seq": {"N": "4"},
    "commit_id": {"S": "another"},
    "at": {"S": "2020-01-01T00:00:00.000Z"},
    "hash": {"S": "0" * 64},
    "format": {"N": "2"},
    "parts": {"N": "2"},
    "body": {"B": b"\x00{}"},
    "expires_at": {"N": "1900000000"},
    "GSI1PK": {"S": "TRASH"},
}


def unfound(stores: Stores, sk: str, cases: dict[str, dict[str, dict[str, Any] | None]], codes: set[Code]) -> list[str]:
    """Those of the changes to an item that the check does not see, each made and taken back by itself."""
    kept = stores.item(sk)
    missed = []
    for name, changed in cases.items():
        stores.change(sk, **changed)
        if not stores.check() & codes:
            missed.append(name)
        stores.put(kept)
    assert stores.check() == set()
    return missed


@pytest.mark.parametrize("seq", [3, 12])
def test_vl2_each_attribute_of_a_commit_in_the_log(stores, seq):
    changed = {name: {name: value} for name, value in COMMIT.items()}
    codes = {Code.LOG_ITEM, Code.CHAIN, Code.ATTRIBUTE, Code.FORMAT, Code.BODY, Code.TIME}
    assert unfound(stores, commit_key(seq), changed, codes) == []
    taken: dict[str, dict[str, dict[str, Any] | None]] = {name: {name: None} for name in stores.item(commit_key(seq))}
    del taken["PK"], taken["SK"]
    assert unfound(stores, commit_key(seq), taken, {Code.LOG_ITEM}) == []


@pytest.mark.parametrize("stores", [240_000], indirect=True)
def test_vl2_each_attribute_of_a_large_commits_part(stores):
    part = f"{commit_key(7)}#001"
    changed = {name: {name: COMMIT[name]} for name in ("kind", "body", "expires_at")}
    assert unfound(stores, part, changed, {Code.LOG_ITEM, Code.BODY, Code.CHAIN}) == []
    item = stores.item(part)
    stores.remove(part)
    assert Code.LOG_ITEM in stores.check()
    stores.put(item | {"SK": {"S": f"{commit_key(8)}#001"}})
    assert Code.LOG_ITEM in stores.check()


def cut(stores: Stores) -> None:
    stores.remove(commit_key(12))


def cut_below_the_digest(stores: Stores) -> None:
    for seq in (11, 12):
        stores.remove(commit_key(seq))
        CommitArchive.objects(canvas=stores.board.id, seq=seq).delete()


def exchange(stores: Stores) -> None:
    one, other = stores.item(commit_key(3)), stores.item(commit_key(4))
    stores.put(one | {"SK": other["SK"]})
    stores.put(other | {"SK": one["SK"]})


def exchange_with_numbers(stores: Stores) -> None:
    one, other = stores.item(commit_key(3)), stores.item(commit_key(4))
    stores.put(one | {"SK": other["SK"], "seq": other["seq"]})
    stores.put(other | {"SK": one["SK"], "seq": one["seq"]})


def of_another_canvas(stores: Stores) -> None:
    other = Canvas(stores.board.id + "x")
    act(other, rectangle("foreign"))
    stores.put(Stores(other, stores.listed).item(commit_key(1)) | {"PK": {"S": stores.pk}})


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (lambda stores: stores.remove(commit_key(1)), Code.GAP),
        (lambda stores: stores.remove(commit_key(5)), Code.GAP),
        (lambda stores: stores.put(stores.item(commit_key(3)) | {"SK": {"S": "COMMIT#x"}}), Code.LOG_ITEM),
        (lambda stores: stores.put(stores.item(commit_key(3)) | {"SK": {"S": "COMMIT#"}}), Code.LOG_ITEM),
        (lambda stores: stores.put(stores.item(commit_key(3)) | {"SK": {"S": commit_key(13)}}), Code.LOG_ITEM),
        (cut, Code.LOG_MISSING),
        (cut_below_the_digest, Code.LOG_MISSING),
        (exchange, Code.LOG_ITEM),
        (exchange_with_numbers, Code.CHAIN),
        (of_another_canvas, Code.CHAIN),
        (lambda stores: stores.rewrite(8), Code.ARCHIVE),
    ],
)
def test_vl2_commits_removed_exchanged_added_or_rewritten(stores, tamper, code):
    tamper(stores)
    assert code in stores.check()


def test_vl3_a_log_and_archive_rewritten_alike_are_found_by_the_digest(stores):
    stores.rewrite(8)
    stores.rearchive()
    found = stores.check()
    assert Code.DIGEST_COMMIT in found
    assert not found & {Code.CHAIN, Code.ARCHIVE}


ARCHIVE = {
    "canvas": "another",
    "seq": 99,
    "commit_id": "another",
    "at": "2020-01-01T00:00:00.000Z",
    "time": datetime(2020, 1, 1, tzinfo=UTC),
    "hash": "0" * 64,
    "format": 2,
    "body": b"\x00{}",
    "part_sizes": [1],
    "fingerprint": "0" * 64,
}


def test_vl2_each_field_of_a_commit_in_the_archive(stores):
    missed = []
    for name, value in ARCHIVE.items():
        CommitArchive.objects(canvas=stores.board.id, seq=3).update_one(**{f"set__{name}": value})
        if not stores.check() & {Code.ARCHIVE, Code.ARCHIVE_MISSING}:
            missed.append(name)
        CommitArchive.objects(canvas="another").delete()
        stores.rearchive()
    assert missed == []


def test_vl2_the_fields_of_the_archive_are_all_tried():
    assert set(ARCHIVE) == set(CommitArchive._fields) - {"id"}


def test_vl2_a_commit_taken_from_the_archive(stores):
    CommitArchive.objects(canvas=stores.board.id, seq=3).delete()
    assert stores.check() == {Code.ARCHIVE_MISSING}


def last_day(stores: Stores) -> str:
    return max(key for key in stores.sort_keys() if key.startswith("DIGEST#"))


@pytest.mark.parametrize("which", [min, max])
def test_vl3_each_attribute_and_field_of_a_digest(stores, which):
    sk = which(key for key in stores.sort_keys() if key.startswith("DIGEST#"))
    told = json.loads(stores.item(sk)["payload"]["S"])
    cases: dict[str, dict[str, dict[str, Any] | None]] = {
        "kind": {"kind": {"S": "commit"}},
        "no payload": {"payload": None},
        "payload of bytes": {"payload": {"B": b"{}"}},
        "no digest": {"payload": {"S": "{}"}},
        "signature": {"signature": {"B": bytes(64)}},
        "short signature": {"signature": {"B": b"x"}},
        "signature of text": {"signature": {"S": "x"}},
        "no signature": {"signature": None},
        "expires_at": {"expires_at": {"N": "1900000000"}},
    }
    for name, value in told.items():
        other = value - 1 if name == "seq" else value[:-1] + chr(ord(value[-1]) ^ 1)
        forged = msgspec.json.encode(told | {name: other}, order="sorted").decode()
        cases[f"payload's {name}"] = {"payload": {"S": forged}}
    assert unfound(stores, sk, cases, {Code.DIGEST, Code.KEY}) == []


def test_vl3_digests_taken_out_or_kept_under_another_day(stores):
    first, last = sorted(key for key in stores.sort_keys() if key.startswith("DIGEST#"))
    item = stores.item(first)
    stores.remove(first)
    assert Code.DIGEST in stores.check()
    stores.put(item)
    stores.rename(last, "DIGEST#2099-01-01")
    assert Code.DIGEST in stores.check()


def test_vl3_the_last_digest_taken_out_leaves_old_commits_in_none(stores):
    stores.remove(last_day(stores))
    assert stores.check() == {Code.DIGEST_MISSING}


def test_vl3_all_digests_of_another_key(stores, settings):
    settings.DIGEST_SIGNING_KEY = "AAAA" * 10 + "AAA="
    assert stores.check() == {Code.KEY}


ELEMENT: dict[str, Callable[[Any], Any]] = {
    "id": lambda _: "other",
    "type": lambda _: "ellipse",
    "version": lambda value: value + 1,
    "position": lambda value: msgspec.structs.replace(value, x=1.5),
    "dimensions": lambda value: msgspec.structs.replace(value, width=1.5),
    "angle": lambda _: 1.5,
    "index": lambda _: "zz",
    "properties": lambda value: value | {"injected": 1},
    "deleted": lambda value: not value,
    "created_by": lambda _: "eve",
    "updated_by": lambda _: "eve",
    "updated_at": lambda _: "2020-01-01T00:00:00.000Z",
    "seq": lambda value: value + 1,
    "ytext": lambda _: b"x",
}


@pytest.mark.parametrize("element_id", ["box", "gone", "text"])
def test_vl4_each_field_of_an_element(stores, element_id):
    sk = element_key(element_id)
    cases: dict[str, dict[str, dict[str, Any] | None]] = {}
    for name, other in ELEMENT.items():
        element = msgspec.json.decode(unpack(stores.item(sk)["body"]["B"]), type=Element)
        setattr(element, name, other(getattr(element, name)))
        cases[name] = {"body": {"B": pack(msgspec.json.encode(element))}, "seq": {"N": str(element.seq)}}
    assert unfound(stores, sk, cases, {Code.ELEMENT, Code.ELEMENT_MISSING}) == []


def test_vl4_the_fields_of_an_element_are_all_tried(stores):
    assert tuple(ELEMENT) == stores.board.state.elements["box"].__struct_fields__


def test_vl4_each_attribute_of_an_elements_item(stores):
    cases: dict[str, dict[str, dict[str, Any] | None]] = {
        "seq": {"seq": {"N": "1"}},
        "kind": {"kind": {"S": "commit"}},
        "body": {"body": {"B": b"\x01nothing"}},
        "empty body": {"body": {"B": b"\x00"}},
        "no body": {"body": None},
        "no seq": {"seq": None},
        "expires_at": {"expires_at": {"N": "1900000000"}},
        "another": {"other": {"S": "x"}},
    }
    assert unfound(stores, element_key("box"), cases, {Code.ELEMENT}) == []
    assert unfound(stores, element_key("gone"), {"expires_at": {"expires_at": None}}, {Code.ELEMENT}) == []


def test_vl4_each_attribute_of_the_head_record_that_follows_from_the_log(stores):
    cases: dict[str, dict[str, dict[str, Any] | None]] = {
        "older": {"checkpoint_seq": {"N": "8"}},
        "newer": {"checkpoint_seq": {"N": "99"}},
        "no seq": {"checkpoint_seq": None},
        "hash": {"checkpoint_hash": {"B": bytes(32)}},
        "no hash": {"checkpoint_hash": None},
        "at": {"checkpoint_at": {"S": ""}},
        "clients": {"clients": {"B": b"\x00{}"}},
        "unreadable clients": {"clients": {"B": b"\x00nothing"}},
        "no clients": {"clients": None},
    }
    assert unfound(stores, "METADATA", cases, {Code.HEAD}) == []


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (lambda stores: stores.remove(element_key("box")), Code.ELEMENT_MISSING),
        (lambda stores: stores.remove(element_key("gone")), Code.ELEMENT_MISSING),
        (lambda stores: stores.rename(element_key("box"), element_key("moved")), Code.ELEMENT),
        (lambda stores: stores.put(stores.item(element_key("box")) | {"SK": {"S": "ELEMENT#more"}}), Code.ELEMENT),
        (lambda stores: stores.remove("METADATA"), Code.HEAD),
    ],
)
def test_vl4_what_stands_in_the_table(stores, tamper, code):
    tamper(stores)
    assert code in stores.check()


SNAPSHOT_FIELDS: list[tuple[str, Any]] = [
    ("seq", 5),
    ("hash", "0" * 64),
    ("hash", "no hash"),
    ("at", "2020-01-01T00:00:00.000Z"),
    ("time", datetime(2020, 1, 1, tzinfo=UTC)),
    ("parts", 2),
    ("format", 9),
    ("body", b"nothing"),
]


def test_vl5_each_field_of_a_snapshot(stores):
    missed = []
    for name, value in SNAPSHOT_FIELDS:
        Snapshot.objects(canvas=stores.board.id).update_one(**{f"set__{name}": value})
        if stores.check() != {Code.SNAPSHOT}:
            missed.append((name, value))
        Snapshot.objects(canvas=stores.board.id).delete()
        timetravel.snapshot_write(timetravel.state_at(stores.board.id, SNAPSHOT))
    assert stores.check() == set()
    assert missed == []


def test_vl6_a_resumed_check_is_as_one_without_a_pause(stores, monkeypatch):
    monkeypatch.setattr(logcheck, "COMMITS_AT_ONCE", 1)
    for stop in (1, 7, 9, 11):
        check = CanvasCheck(stores.listed, public_keys(), datetime.now(UTC))
        for _, _ in zip(range(stop), check.run(), strict=False):
            pass
        place = check.place()
        assert place is not None
        assert place.seq == stop
        place = msgspec.json.decode(msgspec.json.encode(place), type=logcheck.Place)
        resumed = CanvasCheck(stores.listed, public_keys(), datetime.now(UTC))
        read = sum(resumed.run(place))
        assert resumed.findings == []
        assert resumed.seq == 12
        assert read == (12 - stop if stop <= CHECKPOINT else 12)


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (lambda stores: stores.change(commit_key(6), body=COMMIT["body"]), Code.BODY),
        (lambda stores: stores.change(commit_key(5), hash=COMMIT["hash"]), Code.CHAIN),
        (lambda stores: stores.change(element_key("text"), kind={"S": "x"}), Code.ELEMENT),
        (lambda stores: stores.remove(element_key("text")), Code.ELEMENT_MISSING),
    ],
)
def test_vl6_what_is_changed_during_a_pause_is_found_ahead_of_the_place(stores, tamper, code, monkeypatch):
    monkeypatch.setattr(logcheck, "COMMITS_AT_ONCE", 1)
    check = CanvasCheck(stores.listed, public_keys(), datetime.now(UTC))
    for _, _ in zip(range(5), check.run(), strict=False):
        pass
    place = check.place()
    tamper(stores)
    resumed = CanvasCheck(stores.listed, public_keys(), datetime.now(UTC))
    list(resumed.run(place))
    assert code in {finding.code for finding in resumed.findings}


def verify(*arguments: str) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("verify_log", *arguments, stdout=said, stderr=StringIO())
    except CommandError as error:
        return error.returncode, said.getvalue()
    return 0, said.getvalue()


def test_vl7_the_exit_code_and_the_lines_tell(stores, tmp_path):
    state = f"--state={tmp_path / 'state'}"
    assert verify(f"--project={stores.listed.project}", state) == (0, "1 canvases, 12 commits, 0 findings\n")
    stores.change(commit_key(3), commit_id={"S": "another"})
    code, said = verify(f"--canvas={stores.board.id}", state)
    assert code == 1
    assert f"attribute {stores.board.id} commit 3 id" in said
    code, said = verify(f"--canvas={stores.board.id}", "--json", state)
    lines = [json.loads(line) for line in said.splitlines()]
    assert {line["code"] for line in lines[:-1]} == {"attribute", "archive"}
    assert lines[-1] == {"canvases": 1, "commits": 12, "findings": 2, "finished": True}
    assert code == 1
    assert verify("--canvas=nowhere", state)[0] == 2
    assert AuditRecord.objects.filter(action="verify", canvas=stores.board.id).count() == 2


def test_vl7_a_store_that_is_away_is_no_finding_and_the_run_goes_on_later(stores, tmp_path, settings, monkeypatch):
    from canvasapp.exceptions import Unavailable

    state = f"--state={tmp_path / 'state'}"
    monkeypatch.setattr(logcheck, "COMMITS_AT_ONCE", 2)
    compare = CanvasCheck._compare_archive
    rounds = 0

    def fail(self, commits):
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise Unavailable("away")
        compare(self, commits)

    monkeypatch.setattr(CanvasCheck, "_compare_archive", fail)
    code, said = verify(f"--canvas={stores.board.id}", state)
    assert code == 2
    assert "4 commits" in said
    assert verify("--canvas=another", "--resume", state)[0] == 2  # that run was about something else
    assert verify(f"--canvas={stores.board.id}", "--resume", state) == (0, "1 canvases, 12 commits, 0 findings\n")
    assert rounds == 3 + 4  # the four commits were not read again
    assert not (tmp_path / "state").exists()


def test_vl7_what_is_done_is_kept_between_canvases_too(stores, tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(verify_log, "KEEP_SECONDS", -1)
    monkeypatch.setattr(verify_log.Command, "keep", lambda self: kept.append((len(self.kept.done), self.kept.commits)))
    assert verify(f"--canvas={stores.board.id}", f"--state={tmp_path / 'state'}")[0] == 0
    assert kept == [(0, 12), (1, 12)]


def test_vl8_an_emptied_partition_is_found_and_a_purged_canvas_is_none(stores, tmp_path):
    state = f"--state={tmp_path / 'state'}"
    arguments = (f"--canvas={stores.board.id}", "--json", state)
    kept = {key: stores.item(key) for key in stores.sort_keys()}
    for key in kept:
        stores.remove(key)
    code, said = verify(*arguments)
    assert code == 1
    assert "log_missing" in said
    for item in kept.values():
        stores.put(item)
    assert verify(*arguments)[0] == 0
    canvas_purge(canvas_id=stores.board.id)
    assert [key for key in stores.sort_keys() if key.startswith(("COMMIT", "DIGEST"))] == []
    assert verify(*arguments)[0] == 2  # there is no such canvas
    assert AuditRecord.objects.get(action="canvas.purge").canvas == stores.board.id


def test_a_digest_item_has_no_other_attributes_than_are_looked_at():
    own = {attribute.attr_name for attribute in DigestItem.get_attributes().values()}
    assert own - {"GSI1PK", "GSI1SK", "expires_at"} == {"PK", "SK", "kind", "payload", "signature"}
