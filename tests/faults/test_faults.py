"""Whatever dies, nothing acknowledged is lost and nothing is applied twice, and all replicas end the same."""

import asyncio
import contextlib
import random
import signal
import time

import pytest

from realtime.testing import Client, rectangle, update
from tests.faults.proxy import LossyProxy
from tests.fuzz.invariants import assert_converged, settle

pytestmark = pytest.mark.faults


class Writer:
    """Appends to a list of its own and moves a shared shape, until told to stop; comes back when its socket ends."""

    def __init__(self, client: Client, name: str, servers) -> None:
        self.client = client
        self.name = name
        self.servers = servers  # where to come back, in order of preference
        self.stopping = False
        self.appended = 0
        self.back = 0
        self.pause = 0.0

    async def run(self) -> None:
        await self.client.intent({**rectangle(self.name), "properties": {"points": []}})
        while not self.stopping:
            if self.client.closed is not None:
                await self.come_back()
            at = self.appended
            append = {"op": "append", "id": self.name, "path": "properties.points", "at": at, "values": [at]}
            await self.client.intent(append, update("shared", position_x=at))
            self.appended += 1
            await asyncio.sleep(self.pause or random.uniform(0.005, 0.03))

    async def come_back(self) -> None:
        for attempt in range(100):
            with contextlib.suppress(ConnectionError, OSError):
                await self.client.connect(self.servers[attempt % len(self.servers)])
                self.back += 1
                return
            await asyncio.sleep(0.2)
        raise AssertionError(f"{self.name} could not come back")

    def points(self) -> list[int]:
        points: list[int] = self.client.replica.elements[self.name]["properties"]["points"]
        return points


@contextlib.asynccontextmanager
async def load(installation, count=4):
    """Writers spread over the servers, and their shared shape."""
    servers = installation.servers
    clients = [await installation.join(servers[n % len(servers)]) for n in range(count)]
    await clients[0].commit(rectangle("shared"))
    for client in clients:
        await client.until(lambda client=client: "shared" in client.replica.elements)
    writers = [Writer(client, f"w{n}", servers[n % len(servers) :: -1] + servers) for n, client in enumerate(clients)]
    tasks = [asyncio.create_task(writer.run()) for writer in writers]
    try:
        yield writers
        for writer in writers:
            writer.stopping = True
        await asyncio.gather(*tasks)
        for writer in writers:
            if writer.client.closed is not None:
                await writer.come_back()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def check(installation, writers, servers):
    commits = await assert_converged([writer.client for writer in writers], servers)
    for writer in writers:
        assert not writer.client.rejected
        assert writer.points() == list(range(writer.appended))
        assert writer.appended > 20, "there was no load"
    return commits


async def test_a_server_killed_under_load_loses_nothing_acknowledged(installation):
    installation.start(2)
    doomed, left = installation.servers
    async with load(installation) as writers:
        for writer in writers:
            writer.servers = [left]
        await asyncio.sleep(1.5)
        doomed.kill()
        await asyncio.sleep(1.5)
    assert sum(writer.back for writer in writers) >= 2
    await check(installation, writers, [left])


async def test_sigterm_commits_what_waits_and_says_1012(installation):
    installation.start(2)
    ending, left = installation.servers
    async with load(installation) as writers:
        for writer in writers:
            writer.servers = [left]
        await asyncio.sleep(1)
        there = writers[0].client
        writers[0].pause = writers[2].pause = 0.0005  # so that some come while the server ends
        before = set(there.pending)
        begun = time.monotonic()
        code = await asyncio.to_thread(ending.terminate)
        assert (code, time.monotonic() - begun < 10) == (0, True)
        writers[0].pause = writers[2].pause = 0
        await asyncio.sleep(0.5)
    assert sum(writer.back for writer in writers) == 2
    assert not before & set(there.pending)
    await check(installation, writers, [left])


async def test_sigterm_closes_an_idle_and_a_busy_socket_alike(installation):
    installation.start(1)
    (server,) = installation.servers
    idle, busy = [await installation.join(server) for _ in range(2)]
    numbers = [await busy.intent(rectangle(f"e{n}")) for n in range(50)]
    server.process.terminate()
    assert (await idle.closing(), await busy.closing()) == (1012, 1012)
    assert server.process.wait(10) == 0
    sent = [number for number in numbers if number in busy.acknowledged]
    server.start()
    await busy.connect(server)
    await idle.connect(server)
    await settle([idle, busy])
    assert set(busy.replica.elements) == {f"e{n}" for n in range(50)}
    assert all(number in busy.acknowledged | busy.settled for number in numbers)
    assert set(sent) <= set(busy.acknowledged)
    await assert_converged([idle, busy], [server])


async def test_sigterm_refuses_nothing_while_it_waits_for_the_store(installation):
    dynamodb = installation.own_dynamodb()
    installation.start(1)
    (server,) = installation.servers
    client = await installation.join(server)
    await client.commit(rectangle("box"))
    dynamodb.process.send_signal(signal.SIGSTOP)
    try:
        waiting = await client.intent(update("box", position_x=1))
        await asyncio.sleep(0.2)
        server.process.terminate()
        await asyncio.sleep(0.5)
        late = await client.intent(update("box", position_x=2))
        await asyncio.sleep(0.5)
        assert client.closed is None, "it did not wait"
    finally:
        dynamodb.process.send_signal(signal.SIGCONT)
    assert await client.closing() == 1012
    assert server.process.wait(10) == 0
    assert waiting in client.acknowledged
    assert list(client.pending) == [late]
    assert client.rejected == {}
    server.start()
    await client.connect(server)
    assert await client.outcome(late) is None
    await assert_converged([client], [server])


async def test_dynamodb_killed_and_restarted_under_load(installation):
    dynamodb = installation.own_dynamodb()
    installation.start(2)
    async with load(installation) as writers:
        await asyncio.sleep(1)
        dynamodb.kill()
        places = [len(writer.client.received) for writer in writers]
        for writer, place in zip(writers, places, strict=True):
            degraded = await writer.client.message(
                "policy", lambda m: m["saving"] == "degraded", since=place, patience=15
            )
            assert degraded["sending"] in {"slow", "pause"}
        at_kill = [len(writer.client.acknowledged) for writer in writers]
        await asyncio.sleep(1)
        assert [len(writer.client.acknowledged) for writer in writers] == at_kill, "acknowledged without a store"
        dynamodb.start()  # in this thread: it ends with the one that forked it
        for writer, place in zip(writers, places, strict=True):
            await writer.client.message("policy", lambda m: m["saving"] == "ok", since=place + 1, patience=20)
        await asyncio.sleep(1)
    await check(installation, writers, installation.servers)


async def test_an_answer_lost_after_the_write_is_no_second_commit(installation):
    dynamodb = installation.own_dynamodb()
    with LossyProxy(dynamodb.url) as proxy:
        installation.start(2, proxy=proxy)
        proxy.losing = {2, 3, 7, 11, 12, 13, 14, 15, 16, 20, 30}
        async with load(installation) as writers:
            for n in range(20):
                # It has no number: nothing but the commit's id tells that it was saved.
                path = f"canvases/{installation.canvas}/intents/"
                body = {"ops": [rectangle(f"rest{n}")]}
                await asyncio.to_thread(installation.owner.rest, installation.servers[0], "POST", path, body)
            await asyncio.sleep(1)
        assert proxy.lost == len(proxy.losing)
        commits = await check(installation, writers, installation.servers)
        assert len({commit["id"] for commit in commits}) == len(commits)


async def test_redis_killed_and_restarted_under_load(installation):
    redis = installation.own_redis()
    installation.start(2)
    async with load(installation) as writers:
        await asyncio.sleep(1)
        redis.kill()
        await asyncio.sleep(2)
        seq = await writers[0].client.commit(update("shared", position_y=1))
        # Without Redis the other process finds it in the log.
        await writers[1].client.until(lambda: writers[1].client.replica.seq >= seq, 5)
        redis.start()
        await asyncio.sleep(1)
    await check(installation, writers, installation.servers)
    # Back to hints, without a restart: well below the half second between two looks at the log.
    alice, bob = writers[0].client, writers[1].client
    waits = []
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        seq = await alice.commit(update("shared", position_y=time.monotonic()))
        begun = time.monotonic()
        await bob.until(lambda seq=seq: bob.replica.seq >= seq)
        waits.append(time.monotonic() - begun)
        if len(waits) >= 10 and max(waits[-10:]) < 0.2:
            break
        await asyncio.sleep(0.05)
    assert max(waits[-10:]) < 0.2, waits[-10:]
    await alice.send({"type": "presence", "tool": "hand"})
    await bob.until(lambda: bob.peers.get(alice.id, {}).get("tool") == "hand", 8)


SLOW_READERS = 12
WRITES = 120  # each some 200 KB in the log, with what it replaces; a resume reads at most room.RESUME_BYTES
WRITE_BYTES = 100_000


async def test_slow_readers_cost_bounded_memory_and_are_caught_up_with_one_delta(installation):
    installation.start(1)
    (server,) = installation.servers
    writer = await installation.join(server)
    await writer.commit(rectangle("box"))
    slow = [SlowClient(installation.owner, installation.canvas) for _ in range(SLOW_READERS)]
    installation.clients += slow
    for client in slow:
        await client.connect(server)
        client.reading.clear()
    for n in range(20):  # what the room and the interpreter keep anyway
        await writer.commit(update("box", note=str(n % 10) * WRITE_BYTES))
    before = server.resident_bytes()
    for n in range(WRITES):
        await writer.commit(update("box", note=str(n % 10) * WRITE_BYTES, n=n))
    grown = server.resident_bytes() - before
    unread = SLOW_READERS * WRITES * WRITE_BYTES
    assert grown < unread / 3, f"{grown / 1e6:.0f} MB more, of {unread / 1e6:.0f} MB that were not read"
    for client in slow:
        client.reading.set()
    await settle([writer, *slow], 30)
    for client in slow:
        assert client.replica.shown() == writer.replica.shown()
        compacted = [
            m for m in client.received if m["type"] == "delta" and any(c.get("compacted") for c in m["commits"])
        ]
        assert len(compacted) == 1
        assert client.closed is None


async def test_a_reader_that_stays_behind_is_closed(installation):
    installation.start(1, preamble="import realtime.session; realtime.session.HOPELESS_SECONDS = 2")
    (server,) = installation.servers
    writer = await installation.join(server)
    await writer.commit(rectangle("box"))
    stuck = SlowClient(installation.owner, installation.canvas)
    installation.clients.append(stuck)
    await stuck.connect(server)
    stuck.reading.clear()
    for n in range(120):
        await writer.commit(update("box", note=str(n % 10) * WRITE_BYTES))
    await writer.until(lambda: stuck.id not in writer.peers, 10)
    stuck.reading.set()
    assert await stuck.closing() in {4408, 1006}
    await stuck.connect(server)
    await settle([writer, stuck])
    assert stuck.replica.shown() == writer.replica.shown()


class SlowClient(Client):
    """Reads only while `reading` is set; a frame or a few wait in its own buffers."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.reading = asyncio.Event()
        self.reading.set()

    async def between_frames(self) -> None:
        await self.reading.wait()
