"""The PK rules of history/SPEC.md: what was parked comes into history once it can."""

from io import StringIO
from typing import Any

import botocore.session
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from mongoengine import disconnect

from canvasapp.commits import FORMAT
from canvasapp.items import canvas_key, commit_key
from canvasapp.testing import build_intent, rectangle
from history import archive, recording, timetravel
from history.documents import ALIAS, CanvasProgress, ChangeRecord, CommitArchive, ElementKind, ParkedRecord
from history.log import commits_between
from history.projection import project_items
from history.tests.conftest import Canvas, drain


@pytest.fixture
def table_client(settings):
    return botocore.session.get_session().create_client(
        "dynamodb", region_name=settings.AWS_REGION, endpoint_url=settings.DYNAMODB_ENDPOINT_URL
    )


@pytest.fixture
def taken(table_client, settings):
    """Takes commits out of the log, as a fault would; returns what puts them back."""

    def take(canvas: str, *seqs: int):
        items = [item for seq in seqs for _, found in commits_between(canvas, seq, seq) for item in found]
        for item in items:
            table_client.delete_item(TableName=settings.DYNAMODB_TABLE, Key={"PK": item["PK"], "SK": item["SK"]})

        def put_back() -> None:
            for item in items:
                table_client.put_item(TableName=settings.DYNAMODB_TABLE, Item=item)

        return put_back

    return take


def retry(**options) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("retry_parked", stdout=said, **options)
    except SystemExit as ended:
        return int(str(ended.code)), said.getvalue()
    return 0, said.getvalue()


def parked(canvas: str) -> dict[str, str]:
    return {kept.item_sk: kept.error for kept in ParkedRecord.objects(item_pk=canvas_key(canvas))}


def records(canvas: str) -> list[dict[str, Any]]:
    """All that is told of the canvas."""
    found = [record.to_mongo().to_dict() for record in ChangeRecord.objects(canvas=canvas).order_by("key", "element")]
    for record in found:
        del record["_id"]
    return found


def gestures(board: Canvas) -> None:
    board.commit(build_intent(rectangle("e1"), rectangle("e2")))
    board.drag("e1", 3, "drag-1")
    board.commit(build_intent(rectangle("e3")))
    board.drag("e3", 3, "drag-2")


def without(board: Canvas, *seqs: int) -> None:
    """Archived and recorded but for some commits, which are parked as missing."""
    commits = [project_items(items) for _, items in commits_between(board.id, 1, board.state.seq)]
    archive.store([commit for commit in commits if commit.seq not in seqs])
    recording.catch_up(board.id)
    for first, last in _runs(seqs):
        archive.park(canvas_key(board.id), commit_key(first), archive.missing(first, last), [])


def _runs(seqs: tuple[int, ...]) -> list[tuple[int, int]]:
    starts = [seq for seq in seqs if seq - 1 not in seqs]
    ends = [seq for seq in seqs if seq + 1 not in seqs]
    return list(zip(starts, ends, strict=True))


@pytest.mark.parametrize("lost", [(1,), (3,), (4, 5), (2, 3, 7), (6,), (8,)])
def test_pk1_missing_commits_that_are_back_are_told_as_if_they_had_never_been_away(board, lost):
    gestures(board)
    board.record()
    expected = records(board.id)
    for document in (CommitArchive, ChangeRecord, CanvasProgress, ElementKind):
        document.objects(canvas=board.id).delete()
    without(board, *lost)
    if lost not in {(3,), (8,)}:  # the middle of a drag leaves no trace; what is last is not missed
        assert records(board.id) != expected
    assert retry()[0] == 0
    assert records(board.id) == expected
    assert parked(board.id) == {}
    assert timetravel.state_at(board.id, 8).digest == board.state.digest
    assert {kept.seq for kept in CommitArchive.objects(canvas=board.id)} == set(range(1, 9))


def test_pk1_of_a_missing_range_what_is_still_missing_stays(board, taken):
    gestures(board)
    without(board, 3, 4, 5, 6)
    put_back = taken(board.id, 3, 5, 6)
    assert retry()[0] == 1
    assert parked(board.id) == {commit_key(3): archive.missing(3, 3), commit_key(5): archive.missing(5, 6)}
    put_back()
    assert retry()[0] == 0
    assert parked(board.id) == {}


def test_pk2_poison_that_was_repaired_in_the_log_is_archived_and_recorded(worker, board, put_raw, taken):
    gestures(board)
    put_back = taken(board.id, 4)
    put_raw(board.id, 4, hash=None)
    drain(worker)
    assert list(parked(board.id)) == [commit_key(4)]
    code, said = retry()
    assert (code, ParkedRecord.objects(item_pk=canvas_key(board.id)).get().count) == (1, 2)
    assert "hash is missing" in said
    put_back()
    assert retry()[0] == 0
    assert parked(board.id) == {}
    assert ChangeRecord.objects(canvas=board.id, gesture="drag-1").get().last_seq == 4


def test_pk2_poison_that_this_version_can_read_is_archived_from_what_was_kept(board, taken):
    board.commit(build_intent(rectangle("e1")))
    (_, items), *_ = commits_between(board.id, 1, 1)
    archive.park(canvas_key(board.id), commit_key(1), "an older version could not read it", items)
    taken(board.id, 1)
    assert retry()[0] == 0
    assert [kept.seq for kept in CommitArchive.objects(canvas=board.id)] == [1]
    assert ChangeRecord.objects(canvas=board.id).count() == 1


def test_pk2_a_forgery_stays_parked_while_the_log_has_it(worker, board, put_raw, taken):
    gestures(board)
    drain(worker)
    put_back = taken(board.id, 2)
    put_raw(board.id, 2, body={"B": b"forged"})
    drain(worker)
    assert retry()[0] == 1
    assert parked(board.id) == {commit_key(2): archive.CHANGED_IN_PLACE}
    put_back()
    assert retry()[0] == 0
    assert parked(board.id) == {}


def test_pk2_a_key_that_is_no_commits_stays_until_the_item_is_gone(worker, canvas, put_raw, table_client, settings):
    key = f"{commit_key(1)}x"
    put_raw(canvas, 1, SK={"S": key})
    drain(worker)
    assert retry()[0] == 1
    table_client.delete_item(TableName=settings.DYNAMODB_TABLE, Key={"PK": {"S": canvas_key(canvas)}, "SK": {"S": key}})
    assert retry()[0] == 0
    assert parked(canvas) == {}


def test_pk3_an_archived_commit_is_recorded_once_it_can_be_read(board):
    gestures(board)
    board.archive()
    CommitArchive.objects(canvas=board.id, seq=3).update(set__format=FORMAT + 1)
    recording.catch_up(board.id)
    assert list(parked(board.id)) == [commit_key(3)]
    assert retry()[0] == 1
    CommitArchive.objects(canvas=board.id, seq=3).update(set__format=FORMAT)
    assert retry()[0] == 0
    late = records(board.id)
    for document in (ChangeRecord, CanvasProgress):
        document.objects(canvas=board.id).delete()
    recording.catch_up(board.id)
    assert late == records(board.id)


def test_pk4_a_dry_run_says_what_would_be_and_writes_nothing(board, taken):
    gestures(board)
    without(board, 3, 4, 5)
    taken(board.id, 4)
    before = parked(board.id), records(board.id)
    code, said = retry(dry_run=True)
    assert code == 1
    assert "commits 4 to 4 are in neither" in said
    assert (parked(board.id), records(board.id)) == before
    assert ParkedRecord.objects(item_pk=canvas_key(board.id)).get().count == 1


def test_pk4_one_canvas_and_so_many(board):
    gestures(board)
    without(board, 2, 4, 6)
    archive.park("CANVAS#another", commit_key(1), archive.missing(1, 1), [])
    assert retry(canvas=board.id, limit=2)[0] == 0
    assert list(parked(board.id)) == [commit_key(6)]
    assert retry(canvas=board.id)[0] == 0
    assert list(parked("another")) == [commit_key(1)]


@pytest.fixture
def no_mongodb(settings):
    disconnect(ALIAS)
    settings.MONGODB_URI = "mongodb://127.0.0.1:1/canvas"
    yield
    disconnect(ALIAS)


def test_pk4_while_mongodb_is_away_the_code_says_so(no_mongodb):
    with pytest.raises(CommandError, match="away") as caught:
        call_command("retry_parked", stdout=StringIO())
    assert caught.value.returncode == 2
