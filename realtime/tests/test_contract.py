"""The wire contract against real server processes: names, codes and shapes as docs/protocol.md has them."""

import asyncio
import json
import time
from types import SimpleNamespace
from uuid import uuid4

import httpx
import msgspec
import pytest
from channels.layers import get_channel_layer

from realtime.protocol import Peer, UserInfo
from realtime.testing import PASSWORD, Client, fnv1a, open_socket, rectangle, update

STATE_PART_BYTES = 1024 * 1024


def ops_of(messages):
    return [op for m in messages if m["type"] == "delta" for c in m["commits"] for e in c["entries"] for op in e["ops"]]


async def welcome_or_code(client, server):
    """The close code when it is not welcomed."""
    try:
        await client.connect(server)
    except ConnectionError:
        return client.closed
    return client.welcome


def sign_in(server, account):
    """The session id that a browser gets."""
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        browser.get("/sign-in/")
        form = {"username": account.username, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        assert browser.post("/sign-in/", data=form, headers={"Referer": server.url}).status_code == 302
        return browser.cookies["sessionid"]


# Joining


async def test_jo1_welcome_has_the_names_of_the_contract(join, editor):
    client = await join(editor)
    assert set(client.welcome) == {
        "type", "protocol", "session", "client", "user", "role", "seq", "mode", "last_intent", "refused", "heartbeat",
        "limits", "peers",
    }  # fmt: skip
    assert client.welcome["protocol"] == 1
    assert client.welcome["client"] == client.id
    assert set(client.welcome["user"]) == {"id", "name", "color"}
    assert client.welcome["user"]["id"] == editor.id
    assert (client.welcome["role"], client.welcome["mode"]) == ("editor", "state")
    assert (client.welcome["seq"], client.welcome["last_intent"], client.welcome["heartbeat"]) == (0, 0, 20)
    assert set(client.welcome["limits"]) == {
        "ops", "intent_bytes", "element_bytes", "elements", "frame_bytes", "presence_bytes",
    }  # fmt: skip
    assert client.welcome["peers"] == []


async def test_jo2_the_state_has_whole_elements(join, owner, editor):
    await (await join(owner)).commit(rectangle("box", 10, 20, strokeColor="#f00"))
    second = await join(editor)
    state = await second.message("state")
    assert {key: state[key] for key in ("seq", "part", "parts")} == {"seq": 1, "part": 1, "parts": 1}
    (element,) = state["elements"]
    assert set(element) == {
        "id", "type", "version", "position", "dimensions", "angle", "index", "properties", "deleted", "created_by",
        "updated_by", "updated_at", "seq",
    }  # fmt: skip
    assert element["position"] == {"x": 10, "y": 20}
    assert element["properties"] == {"strokeColor": "#f00"}
    assert (element["version"], element["seq"], element["deleted"]) == (1, 1, False)
    assert element["created_by"] == element["updated_by"] == owner.id
    assert element["updated_at"].endswith("Z")


async def test_jo2_a_large_state_comes_in_parts_of_at_most_a_mebibyte(join, owner, editor):
    first = await join(owner)
    for number in range(12):
        await first.commit(*[rectangle(f"e{number}-{n}", note="é" * 60_000) for n in range(2)])
    second = await join(editor)
    sizes = [size for kind, size in second.frames if kind == "state"]
    assert len(sizes) > 2
    assert max(sizes) <= STATE_PART_BYTES
    assert len(second.replica.elements) == 24
    assert second.replica.shown() == first.replica.shown()


async def test_jo3_few_missed_commits_come_one_by_one(join, owner, editor, server):
    first, second = await join(owner), await join(editor)
    await first.commit(rectangle("box"))
    await second.until(lambda: second.replica.seq == 1)
    await second.drop()
    for x in range(10):
        await first.commit(update("box", position_x=x))
    place = len(second.received)
    await second.connect(server)
    assert second.welcome["mode"] == "resume"
    assert [m["type"] for m in second.received[place:]][:2] == ["welcome", "delta"]
    (delta,) = [m for m in second.received[place:] if m["type"] == "delta"]
    assert [commit["seq"] for commit in delta["commits"]] == list(range(2, 12))
    assert not any(commit.get("compacted") for commit in delta["commits"])
    assert second.replica.shown() == first.replica.shown()


async def test_jo4_many_missed_commits_come_as_one_compacted(join, owner, editor, server):
    first, second = await join(owner), await join(editor)
    await first.commit(rectangle("box", note={"a": 1}), rectangle("goes"), rectangle("comes-back"))
    await second.until(lambda: second.replica.seq == 1)
    await second.drop()
    await first.commit({"op": "delete", "id": "goes"}, {"op": "delete", "id": "comes-back"})
    place = len(second.received)
    for x in range(60):
        await first.commit(update("box", position_x=x, position_y=-x))
    await first.commit({"op": "update", "id": "box", "set": {"properties.note.b": [1]}}, rectangle("new", 1, 2))
    await first.commit({"op": "restore", "id": "comes-back"})
    await second.connect(server)
    (delta,) = [m for m in second.received[place:] if m["type"] == "delta"]
    (commit,) = delta["commits"]
    assert commit["compacted"] is True
    assert commit["seq"] == first.replica.seq
    (mine,) = [entry for entry in commit["entries"] if entry["client"] == first.id]
    assert mine["intent"] == max(first.acknowledged)  # the last: every earlier one is covered
    assert second.replica.elements["box"]["properties"]["note"] == {"a": 1, "b": [1]}
    assert second.replica.shown() == first.replica.shown()


async def test_jo5_who_is_too_far_behind_gets_the_state(join, owner, server):
    """More than MAX_RESUME_COMMITS is too slow to make here: a `since` from the future is refused the same way."""
    first = await join(owner)
    await first.commit(rectangle("box"))
    second = Client(owner, first.canvas)
    try:
        await second.connect(server, since=10_000, digest=1)
        assert second.welcome["mode"] == "state"
        assert second.replica.shown() == first.replica.shown()
    finally:
        await second.close()


async def test_jo6_a_replica_with_another_digest_gets_the_state(join, owner, server):
    first = await join(owner)
    await first.commit(rectangle("box"))
    await first.drop()
    first.replica.elements["box"]["position"]["x"] = 99
    await first.connect(server, digest=first.replica.digest ^ 1)
    assert first.welcome["mode"] == "state"
    assert first.replica.elements["box"]["position"]["x"] == 0
    await first.drop()
    await first.connect(server)
    assert first.welcome["mode"] == "resume"


async def test_jo7_last_intent_survives_the_socket_and_the_server(join, owner, server, other_server):
    client = await join(owner)
    for n in range(3):
        await client.commit(rectangle(f"e{n}"))
    for place in (server, other_server):
        await client.drop()
        await client.connect(place)
        assert client.welcome["last_intent"] == 3


async def test_jo8_a_second_hello_on_a_socket_resumes(join, owner, editor):
    client, other = await join(owner), await join(editor)
    await other.commit(rectangle("box"))
    await client.until(lambda: client.replica.seq == 1)
    place = len(client.received)
    await client.send({"type": "hello", "protocol": 1, "client": client.id, "since": 1})
    again = await client.message("welcome", since=place)
    assert (again["mode"], again["seq"]) == ("resume", 1)
    await other.commit(update("box", position_x=5))
    await client.until(lambda: client.replica.seq == 2)


@pytest.mark.parametrize("where", ["same process", "another process"])
async def test_jo9_the_newer_socket_of_a_client_takes_over(join, owner, server, other_server, where):
    older = await join(owner)
    place = server if where == "same process" else other_server
    newer = await join(owner, at=place, client=older.id)
    assert await older.closing(1.5) == 4409
    await newer.commit(rectangle("box"))
    assert newer.closed is None


@pytest.mark.parametrize("where", ["same process", "another process"])
async def test_jo9_a_hello_that_comes_late_takes_nothing_over(join, owner, editor, server, other_server, where):
    """A connection that hung while the client came back by another one: that one must stay."""
    hung = Client(owner, (await join(editor)).canvas)
    await hung.open(server)
    newer = await join(owner, at=server if where == "same process" else other_server, client=hung.id)
    await hung.send({"type": "hello", "protocol": 1, "client": hung.id})
    assert await hung.closing(10) == 4409  # with the next roll call at the latest
    await newer.commit(rectangle("box"))
    assert newer.closed is None
    await hung.close()


@pytest.fixture
async def other_process(canvas):
    """`tell(kind, ...)` and `heard(kind)`: a process that no server started, on the channel of the canvas."""
    layer, group = get_channel_layer(), f"canvas.{canvas}"
    channel = await layer.new_channel("hub.")
    await layer.group_add(group, channel)

    async def tell(kind, **what):
        await layer.group_send(group, {"type": "hub", "kind": kind, "canvas": canvas, "origin": "elsewhere", **what})

    async def heard(kind):
        async with asyncio.timeout(10):
            while (message := await layer.receive(channel))["kind"] != kind:
                pass
        return message

    yield SimpleNamespace(tell=tell, heard=heard)
    await layer.group_discard(group, channel)
    await layer.flush()


async def test_jo9_who_has_a_socket_in_two_processes_is_noticed_though_their_word_of_it_got_lost(
    join, owner, other_process
):
    client = await join(owner)
    await other_process.heard("roll")  # now it follows the canvas; what it says of the client's coming is behind it
    await client.commit(rectangle("box"))
    await other_process.heard("commit")
    there = Peer(client.id, UserInfo(owner.id, "Alice", "#f00"))
    await other_process.tell("roll", peers=msgspec.json.encode([there]))
    told = await other_process.heard("takeover")
    assert (told["client"], told["user"]) == (client.id, owner.id)
    # Which of the two is the older is for that process to say, and it says so to this one.
    await other_process.tell("takeover", client=client.id, user=owner.id, opened_at=told["opened_at"] + 1)
    assert await client.closing(10) == 4409


@pytest.mark.parametrize("committed", [False, True], ids=["connected", "known from its intents"])
async def test_jo10_another_users_client_id_is_refused(join, owner, editor, canvas, server, committed):
    first = await join(owner)
    if committed:
        await first.commit(rectangle("box"))
        await first.close()
    thief = Client(editor, canvas, first.id)
    assert await welcome_or_code(thief, server) == 4403
    await thief.close()
    if not committed:
        await first.commit(rectangle("box"))


# Intents


async def test_fr1_a_delta_acknowledges_and_tells_everybody(join, owner, editor):
    author, reader = await join(owner), await join(editor)
    gesture = str(uuid4())
    number = await author.intent(rectangle("box", strokeColor="#f00"), gesture=gesture)
    assert await author.outcome(number) is None
    delta = await reader.message("delta")
    assert delta == await author.message("delta")
    assert set(delta) == {"type", "seq", "commits"}
    (commit,) = delta["commits"]
    assert set(commit) == {"seq", "at", "entries", "versions"}
    assert delta["seq"] == commit["seq"] == 1
    assert commit["versions"] == {"box": 1}
    (entry,) = commit["entries"]
    assert set(entry) == {"client", "user", "intent", "gesture", "ops"}
    assert (entry["client"], entry["user"], entry["intent"]) == (author.id, owner.id, 1)
    assert entry["gesture"] == gesture
    (op,) = entry["ops"]
    assert op["index"]  # what the server chose
    assert author.replica.shown() == reader.replica.shown()


async def test_fr2_intents_of_one_tick_are_one_entry_with_first(join, owner, editor):
    author, reader = await join(owner), await join(editor)
    await author.commit(rectangle("box"))
    await author.send(
        *[{"type": "intent", "id": n, "ops": [update("box", position_x=n, position_y=0)]} for n in range(2, 22)]
    )
    await reader.until(lambda: reader.replica.elements.get("box", {}).get("position", {}).get("x") == 21)
    entries = [e for m in reader.received if m["type"] == "delta" for c in m["commits"] for e in c["entries"]]
    covered = [n for entry in entries for n in range(entry.get("first", entry["intent"]), entry["intent"] + 1)]
    assert covered == list(range(1, 22))
    assert len(entries) < 10  # group commit: not one commit each
    folded = next(entry for entry in entries if "first" in entry)
    assert folded["ops"] == [update("box", position_x=folded["intent"], position_y=0)]


async def test_fr3_every_op_reaches_the_replicas(join, owner, editor, server):
    author, reader = await join(owner), await join(editor)
    stroke = {**rectangle("stroke"), "type": "freedraw"}
    await author.commit(stroke, rectangle("box", keep=1, drop=2))
    await author.commit({"op": "append", "id": "stroke", "path": "properties.points", "at": 0, "values": [[0, 0]]})
    await author.commit({"op": "append", "id": "stroke", "path": "properties.points", "at": 1, "values": [[1, 2]]})
    await author.commit({"op": "update", "id": "box", "set": {"properties.drop": None, "properties.deep.er": 3}})
    await author.commit({"op": "delete", "id": "box"})
    await reader.until(lambda: "box" not in reader.replica.elements)
    seq = await author.commit({"op": "restore", "id": "box"})
    await reader.until(lambda: reader.replica.seq == seq)
    restored = next(op for op in ops_of(reader.received) if op["op"] == "restore")
    assert restored["element"]["properties"] == {"keep": 1, "deep": {"er": 3}}
    assert reader.replica.elements["stroke"]["properties"]["points"] == [[0, 0], [1, 2]]
    loaded = owner.load(server, author.canvas)
    assert {e["id"]: e["version"] for e in loaded["elements"]} == {"stroke": 3, "box": 4}
    assert reader.replica.shown() == author.replica.shown()


async def test_fr4_a_reject_names_intent_code_and_current_elements(join, owner):
    client = await join(owner)
    await client.commit(rectangle("box"))
    await client.commit(update("box", position_x=1))
    reject = await client.outcome(await client.intent({**update("box", position_x=9), "expect": 1}))
    assert set(reject) == {"type", "intent", "code", "message", "elements"}
    assert (reject["intent"], reject["code"]) == (3, "conflict")
    assert reject["elements"][0]["version"] == 2
    assert reject["elements"][0]["position"]["x"] == 1


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (update("nowhere", position_x=1), "not_found"),
        (update("gone", position_x=1), "gone"),
        (rectangle("box"), "exists"),
        ({**update("box", position_x=1), "expect": 7}, "conflict"),
        ({"op": "append", "id": "box", "path": "properties.points", "at": 5, "values": [1]}, "conflict"),
        ({"op": "update", "id": "box", "set": {"index": "not an index"}}, "invalid"),
    ],
)
async def test_fr4_what_does_not_apply_is_rejected_whole(join, owner, op, code):
    client = await join(owner)
    await client.commit(rectangle("box"), rectangle("gone"))
    await client.commit({"op": "delete", "id": "gone"})
    reject = await client.outcome(await client.intent(rectangle("first"), op))
    assert reject["code"] == code
    assert await client.outcome(await client.intent(rectangle("first"))) is None  # nothing of the refused one stayed


async def test_fr5_a_reject_comes_before_the_delta_that_covers_its_number(join, owner):
    """Else the delta would, for a moment, say of the refused intent that it is saved."""
    client = await join(owner)
    await client.commit(rectangle("box"))
    for n in range(1, 6):
        good, bad = update("box", position_x=n), {**update("box", position_y=n), "expect": 999}
        place, numbers = len(client.received), [client.next_number() for _ in range(4)]
        ops = [good, bad, bad, good]
        await client.send(*[{"type": "intent", "id": i, "ops": [op]} for i, op in zip(numbers, ops, strict=True)])
        await client.until(lambda n=n: client.replica.elements["box"]["position"]["x"] == n)
        await client.heartbeat()
        told = [m["intent"] if m["type"] == "reject" else m["type"] for m in client.received[place:]]
        last_delta = len(told) - 1 - told[::-1].index("delta")
        assert set(numbers[1:3]) <= set(told[:last_delta])


async def test_fr6_an_intent_sent_again_is_acknowledged_and_not_applied_again(join, owner, editor, server):
    author, reader = await join(owner), await join(editor)
    await author.commit(rectangle("stroke"))
    append = {"op": "append", "id": "stroke", "path": "properties.points", "at": 0, "values": [1]}
    number = await author.intent(append)
    await author.outcome(number)
    place, seq = len(author.received), author.replica.seq
    await author.send({"type": "intent", "id": number, "ops": [append]})
    delta = await author.message("delta", since=place)
    assert delta["seq"] == seq
    (entry,) = delta["commits"][0]["entries"]
    assert (entry["client"], entry["intent"], entry["ops"]) == (author.id, number, [])
    assert (await author.heartbeat())["seq"] == seq
    assert reader.replica.elements["stroke"]["properties"]["points"] == [1]
    assert len(owner.commits(server, author.canvas)) == 2


async def test_jo7_the_welcome_tells_which_numbers_were_refused(join, owner, server, other_server):
    author = await join(owner)
    await author.commit(rectangle("box"))
    lost = await author.intent({"op": "append", "id": "box", "path": "properties.points", "at": 9, "values": [1]})
    await author.commit(update("box", position_x=1))
    for place in (server, other_server):
        await author.drop()
        await author.connect(place)
        assert (author.welcome["last_intent"], author.welcome["refused"]) == (lost + 1, [[lost, lost]])
    # Its number is over: whoever sends it again hears that it is not saved, and that it will not be.
    since = len(author.received)
    await author.send({"type": "intent", "id": lost, "ops": [update("box", position_x=9)]})
    reject = await author.message("reject", since=since)
    assert (reject["intent"], reject["code"]) == (lost, "unavailable")
    assert (await author.heartbeat())["seq"] == 2


async def test_fr7_intents_over_rest_appear_on_sockets(join, owner, server, other_server):
    clients = [await join(owner), await join(owner, at=other_server)]
    answer = owner.rest(server, "POST", f"canvases/{clients[0].canvas}/intents/", {"ops": [rectangle("box")]})
    assert answer == {"seq": 1, "versions": {"box": 1}}
    for client in clients:
        await client.until(lambda client=client: "box" in client.replica.elements, 2)


async def test_hb1_a_commit_reaches_sockets_at_the_other_process_at_once(join, owner, editor, other_server):
    author, reader = await join(owner), await join(editor, at=other_server)
    await author.commit(rectangle("box"))
    await reader.until(lambda: reader.replica.seq == 1, 1)
    for x in range(20):
        begun = time.monotonic()
        seq = await author.commit(update("box", position_x=x))
        await reader.until(lambda seq=seq: reader.replica.seq == seq, 1)
        assert time.monotonic() - begun < 1
    await reader.commit(update("box", position_y=3))
    await author.until(lambda: author.replica.elements["box"]["position"]["y"] == 3, 1)


# Presence


async def test_pr1_presence_tells_changed_fields_only(join, owner, editor):
    alice, bob = await join(owner), await join(editor)
    came = await alice.message("presence", lambda m: bob.id in m["peers"])
    assert set(came["peers"][bob.id]) == {"user", "role"}
    place = len(alice.received)
    await bob.send({"type": "presence", "cursor": {"x": 1, "y": 2}, "tool": "hand"})
    moved = await alice.message("presence", since=place)
    assert moved == {"type": "presence", "peers": {bob.id: {"cursor": {"x": 1, "y": 2}, "tool": "hand"}}}
    await bob.send({"type": "presence", "selection": ["box"], "viewport": {"x": 0, "y": 0, "zoom": 2}})
    await bob.send({"type": "presence", "cursor": None, "following": alice.id})
    await alice.until(lambda: alice.peers[bob.id].get("following") == alice.id)
    shown = alice.peers[bob.id]
    assert (shown["cursor"], shown["selection"], shown["tool"]) == (None, ["box"], "hand")
    assert shown["viewport"] == {"x": 0, "y": 0, "zoom": 2}
    await bob.close()
    await alice.until(lambda: bob.id not in alice.peers)


async def test_pr3_a_preview_is_relayed_and_never_stored(join, owner, editor, server):
    alice, bob = await join(owner), await join(editor)
    await alice.commit(rectangle("box"))
    preview = {"gesture": str(uuid4()), "ops": [update("box", position_x=50)]}
    await bob.send({"type": "presence", "preview": preview})
    shown = await alice.message("presence", lambda m: m["peers"].get(bob.id, {}).get("preview"))
    assert shown["peers"][bob.id]["preview"] == preview
    await bob.send({"type": "presence", "preview": None})
    await alice.until(lambda: alice.peers[bob.id]["preview"] is None)
    assert alice.replica.seq == owner.load(server, alice.canvas)["seq"] == 1
    assert alice.replica.elements["box"]["position"]["x"] == 0


async def test_hb3_presence_crosses_processes_and_newcomers_are_told(join, owner, editor, other_server):
    alice, bob = await join(owner), await join(editor, at=other_server)
    await alice.until(lambda: bob.id in alice.peers, 2)
    await bob.until(lambda: alice.id in bob.peers, 2)
    await bob.send({"type": "presence", "cursor": {"x": 1, "y": 2}})
    await alice.until(lambda: alice.peers[bob.id].get("cursor") == {"x": 1, "y": 2}, 2)
    late = await join(owner)
    assert {peer["client"] for peer in late.welcome["peers"]} == {alice.id, bob.id}
    assert late.peers[bob.id]["cursor"] == {"x": 1, "y": 2}
    await bob.drop()
    await alice.until(lambda: bob.id not in alice.peers, 2)


async def test_fr10_a_viewer_shows_its_cursor_and_no_preview(join, owner, viewer):
    alice, victor = await join(owner), await join(viewer)
    await victor.send({"type": "presence", "cursor": {"x": 1, "y": 2}})
    await alice.until(lambda: alice.peers.get(victor.id, {}).get("cursor"))
    await victor.send({"type": "presence", "preview": {"gesture": "g", "ops": [update("box", position_x=1)]}})
    assert (await victor.message("error"))["code"] == "forbidden"
    assert "preview" not in alice.peers[victor.id]


async def test_pr6_a_peers_role_and_activity_are_told(owner, outsider, server, join):
    project = owner.new_project(server, charlie=(outsider, "viewer"))
    canvas = owner.new_canvas(server, project)
    alice, charlie = await join(owner, on=canvas), await join(outsider, on=canvas)
    await alice.until(lambda: alice.peers.get(charlie.id, {}).get("role") == "viewer")
    await charlie.send({"type": "presence", "activity": "away", "laser": True})
    await alice.until(lambda: alice.peers[charlie.id].get("activity") == "away")
    assert alice.peers[charlie.id]["laser"] is True
    owner.rest(server, "PATCH", f"projects/{project}/members/{outsider.id}/", {"role": "editor"})
    await alice.until(lambda: alice.peers[charlie.id]["role"] == "editor", 2)


async def test_pr7_an_editor_asks_everybody_to_come_also_at_another_process(join, owner, editor, viewer, other_server):
    bob, alice, victor = await join(editor), await join(owner), await join(viewer, at=other_server)
    other_tab = await join(editor)
    await alice.until(lambda: victor.id in alice.peers, 2)
    await bob.send({"type": "gather"})
    for asked in (alice, victor):
        heard = await asked.message("gather", patience=2)
        assert (heard["client"], heard["user"]["name"]) == (bob.id, bob.welcome["user"]["name"])
    await other_tab.send({"type": "gather"})  # another tab is no way around the limit
    refused = await other_tab.message("error")
    assert (refused["code"], refused["about"]) == ("rate", "gather")
    await other_tab.heartbeat()
    for client in (alice, victor, bob, other_tab):
        assert len([m for m in client.received if m["type"] == "gather"]) == (client in {alice, victor})


async def test_pr7_a_viewer_cannot_move_anybody(join, owner, viewer):
    alice, victor = await join(owner), await join(viewer)
    await victor.send(*[{"type": "gather"}] * 50)
    refused = await victor.message("error")
    assert (refused["code"], refused["about"]) == ("forbidden", "gather")
    await victor.heartbeat()
    await alice.heartbeat()
    assert [m for m in alice.received if m["type"] == "gather"] == []


# Heartbeats and policy


async def test_se6_a_pong_echoes_and_carries_head_and_digest(join, owner):
    client = await join(owner)
    assert (await client.heartbeat())["digest"] == 0
    await client.commit(rectangle("box"), rectangle("other"))
    await client.commit(update("box", position_x=1), {"op": "delete", "id": "other"})
    place = len(client.received)
    await client.send({"type": "ping", "t": 12.5})
    pong = await client.message("pong", since=place)
    assert pong == {"type": "pong", "t": 12.5, "seq": 2, "digest": fnv1a("box:2")}
    assert client.replica.digest == pong["digest"]


async def test_se7_policy_is_told_on_joining(join, owner):
    policy = await (await join(owner)).message("policy")
    assert set(policy) == {"type", "sending", "saving", "history_lag"}
    assert (policy["sending"], policy["saving"]) == ("normal", "ok")


# Rights


async def test_rl1_a_viewers_intents_are_forbidden(join, viewer, owner):
    victor = await join(viewer)
    assert victor.welcome["role"] == "viewer"
    assert (await victor.outcome(await victor.intent(rectangle("box"))))["code"] == "forbidden"
    assert (await join(owner)).welcome["seq"] == 0


async def test_hb6_a_change_of_role_reaches_open_sockets_within_a_second(owner, outsider, server, other_server, join):
    project = owner.new_project(server, charlie=(outsider, "viewer"))
    canvas = owner.new_canvas(server, project)
    here, there = await join(outsider, on=canvas), await join(outsider, on=canvas, at=other_server)
    for role in ("editor", "viewer", "commenter", "viewer", "editor"):  # repeated: the news once got lost in a race
        places = len(here.received), len(there.received)
        owner.rest(server, "PATCH", f"projects/{project}/members/{outsider.id}/", {"role": role})
        for client, place in zip((here, there), places, strict=True):
            assert await client.message("role", since=place, patience=1) == {"type": "role", "role": role}
    for client in (here, there):
        await client.commit(rectangle())
    owner.rest(server, "DELETE", f"projects/{project}/members/{outsider.id}/")
    for client in (here, there):
        assert await client.closing(1) == 4403


async def test_cl_a_deleted_canvas_closes_its_sockets(join, owner, server, other_server):
    here, there = await join(owner), await join(owner, at=other_server)
    owner.rest(server, "DELETE", f"canvases/{here.canvas}/")
    for client in (here, there):
        assert await client.closing(2) == 4404
    again = Client(owner, here.canvas)
    assert await welcome_or_code(again, server) == 4404
    await again.close()


async def test_hb6_an_archived_project_is_read_only_in_open_sockets_too(owner, editor, server, other_server, join):
    project = owner.new_project(server, bob=(editor, "editor"))
    canvas = owner.new_canvas(server, project)
    here, there = await join(owner, on=canvas), await join(editor, on=canvas, at=other_server)
    for action, role_here, role_there in (("archive", "viewer", "viewer"), ("unarchive", "owner", "editor")):
        places = len(here.received), len(there.received)
        owner.rest(server, "POST", f"projects/{project}/{action}/")
        for client, place, role in zip((here, there), places, (role_here, role_there), strict=True):
            assert await client.message("role", since=place, patience=1) == {"type": "role", "role": role}
        refusal = await there.outcome(await there.intent(rectangle()))
        assert (refusal and refusal["code"]) == ("forbidden" if action == "archive" else None)


async def test_cl_a_deleted_project_closes_its_sockets_until_it_is_back(owner, editor, server, other_server, join):
    project = owner.new_project(server, bob=(editor, "editor"))
    canvas = owner.new_canvas(server, project)
    here, there = await join(owner, on=canvas), await join(editor, on=canvas, at=other_server)
    await here.commit(rectangle("box"))
    owner.rest(server, "DELETE", f"projects/{project}/")
    for client in (here, there):
        assert await client.closing(2) == 4404
    again = Client(owner, canvas)
    assert await welcome_or_code(again, server) == 4404
    owner.rest(server, "POST", f"projects/{project}/restore/")
    assert (await join(editor, on=canvas, at=other_server)).welcome["seq"] == 1
    await again.close()


async def test_cl2_the_session_cookie_opens_a_socket_from_our_origin(server, owner, canvas):
    cookie = {"Cookie": f"sessionid={await asyncio.to_thread(sign_in, server, owner)}"}
    socket = await open_socket(server, canvas, headers=cookie, origin=server.url)
    await socket.send(json.dumps({"type": "hello", "protocol": 1, "client": "tab"}))
    assert json.loads(await asyncio.wait_for(socket.recv(), 5))["type"] == "welcome"
    await socket.close()
    foreign = await open_socket(server, canvas, headers=cookie, origin="https://evil.example")
    await asyncio.wait_for(foreign.wait_closed(), 5)
    assert foreign.close_code == 4403


async def test_jo5_what_a_project_does_not_tell_is_not_resumed(join, owner, server, run_in_servers_environment):
    project = owner.new_project(server)
    canvas = owner.new_canvas(server, project)
    run_in_servers_environment(f"""
        from canvasapp.log import append
        from canvasapp.state import CanvasState, Draft
        from canvasapp.testing import build_intent, move, rectangle
        from projects.services import project_limit_history

        state = CanvasState("{canvas}")
        for op in (rectangle("box"), move("box", 5), move("box", 7)):
            draft = Draft(state, f"old-{{state.seq}}", "2020-01-01T00:00:00.000Z")
            draft.add(build_intent(op))
            sealed = draft.seal()
            append(sealed)
            state.adopt(draft, sealed)
        project_limit_history(project_id="{project}", days=1)
    """)
    client = await join(owner, on=canvas)
    await client.drop()
    await client.connect(server, since=1)
    assert client.welcome["mode"] == "state"
