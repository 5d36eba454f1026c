"""RM10 on a DynamoDB of its own that is killed and started again under a room."""

import asyncio
import os
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command

from canvasapp import checkpoint
from canvasapp.testing import build_intent, move, rectangle
from canvasapp.tests.conftest import Told, canvas_new, facts, replayed, submit
from config.engines import DynamoDBLocal
from projects.table import TableItem


@pytest.fixture
def own_dynamodb(tmp_path, monkeypatch, settings):
    """Another table name makes PynamoDB connect anew, also when the fixture ends."""
    with DynamoDBLocal(tmp_path / "dynamodb") as engine:
        settings.DYNAMODB_ENDPOINT_URL = engine.url
        monkeypatch.setattr(TableItem.Meta, "host", engine.url)
        monkeypatch.setattr(TableItem.Meta, "table_name", f"away-{uuid4().hex}")
        call_command("create_tables", stdout=StringIO())
        yield engine


@pytest.mark.faults
async def test_rm10_nothing_is_acknowledged_while_the_store_is_away_and_nothing_lost(own_dynamodb, open_room):
    told = Told()
    canvas = canvas_new()
    room = await open_room(canvas, told)
    await submit(room, rectangle("a"), number=1)
    own_dynamodb.kill()
    waiting = [asyncio.create_task(submit(room, move("a", x), number=x)) for x in range(2, 40)]
    async with asyncio.timeout(30):
        while not room.degraded:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    assert (room.state.seq, any(task.done() for task in waiting)) == (1, False)
    room.submit(build_intent(rectangle("b"), client="late", number=1))
    await asyncio.to_thread(own_dynamodb.start)
    async with asyncio.timeout(30):
        await room.drain()
        receipts = await asyncio.gather(*waiting)
    assert {receipt.seq for receipt in receipts} <= {2, 3}
    assert told.saving == [(True, False), (False, False)]
    assert room.state.elements["a"].position.x == 39
    assert set(room.state.elements) == {"a", "b"}
    assert facts(room.state) == facts(replayed(canvas))
    await room.close()
    assert facts(checkpoint.load(canvas)) == facts(room.state)
    assert os.listdir(own_dynamodb.folder)
