"""What must hold of a canvas when its clients have come to rest. Reads the log and LoadCanvas over REST only."""

import asyncio
from functools import partial
from typing import Any

from realtime.testing import Client, Replica, ServerProcess, fnv1a, shown


def intents_of(client, commits):
    """The numbers of a client's intents in the log, in its order."""
    return [
        number
        for commit in commits
        for entry in commit["entries"]
        if entry["client"] == client
        for number in range(entry.get("first", entry["intent"]), entry["intent"] + 1)
    ]


async def settle(clients: list[Client], patience: float = 15) -> int:
    """Waits until nobody waits for an outcome and all have the same `seq`; answers it."""
    for client in clients:
        await client.until(partial(is_done, client), patience)
    head: int = max([(await client.heartbeat())["seq"] for client in clients])
    for client in clients:
        await client.until(partial(has_read, client, head), patience)
    return head


def is_done(client: Client) -> bool:
    return not client.pending


def has_read(client: Client, seq: int) -> bool:
    return client.replica.seq is not None and client.replica.seq >= seq


async def assert_converged(clients: list[Client], servers: list[ServerProcess]) -> list[dict[str, Any]]:
    """Replicas == LoadCanvas at every server == replay of the log; digests agree; every acknowledged intent is in the
    log exactly once, and no rejected one. Answers the log."""
    head = await settle(clients)
    account, canvas = clients[0].account, clients[0].canvas
    commits = await asyncio.to_thread(account.commits, servers[0], canvas)
    assert [commit["seq"] for commit in commits] == list(range(1, head + 1))
    replayed = Replica()
    replayed.seq = 0
    for commit in commits:
        replayed.take_commit(commit)
    for server in servers:
        loaded = await asyncio.to_thread(account.load, server, canvas)
        assert loaded["seq"] == head
        assert {element["id"]: shown(element) for element in loaded["elements"]} == replayed.shown()
    digest = 0
    for element in replayed.elements.values():
        digest ^= fnv1a(f"{element['id']}:{element['version']}")
    for client in clients:
        assert client.replica.shown() == replayed.shown(), f"the replica of {client.id} differs"
        pong = await client.heartbeat()
        assert (pong["seq"], pong["digest"]) == (head, digest)
        mine = intents_of(client.id, commits)
        assert mine == sorted(set(mine)), "applied twice, or out of order"
        assert set(client.acknowledged) <= set(mine), "acknowledged, and not in the log"
        # Sent to two servers, one may refuse what the other still has waiting, and saves (realtime/SPEC.md, FR9).
        assert set(client.rejected) & set(mine) <= client.doubtful, "rejected, and in the log"
        # Without an answer of its own: saved, or refused while the socket broke.
        assert set(client.settled) - set(mine) <= client.doubtful, "neither saved nor refused"
    return commits
