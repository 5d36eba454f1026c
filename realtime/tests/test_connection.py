"""One socket against a server that only remembers: what Daphne would do at its worst."""

import asyncio

import pytest

from realtime.consumers import MAX_UNSENT_BYTES, Connection
from realtime.protocol import Close, UserInfo

ALICE = UserInfo("1", "Alice", "#f00")


@pytest.fixture
def sent():
    return []


@pytest.fixture
def connect(sent):
    async def send(message):
        sent.append(message)

    return lambda held=0: Connection(send, lambda: held, "c", ALICE, "")


async def test_se8_a_socket_that_does_not_read_is_closed(connect, sent):
    connection = connect(held=MAX_UNSENT_BYTES + 1)
    await connection.transmit({"type": "websocket.send", "text": "{}"})
    await asyncio.sleep(0)
    assert [(message["type"], message.get("code")) for message in sent] == [("websocket.close", Close.SILENT)]


async def test_dn5_one_socket_that_is_given_up_ends_no_other(connect):
    connection = connect()
    task = asyncio.create_task(connection.run(asyncio.Event().wait))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert connection.hub.draining is None
