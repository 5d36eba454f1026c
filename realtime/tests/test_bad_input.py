"""What comes in broken, hostile or too large: each has its code, and nobody else on the canvas notices."""

import asyncio
import base64
import contextlib
import json
import time
from uuid import uuid4

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from realtime.testing import open_socket, rectangle, update

HELLO = {"type": "hello", "protocol": 1, "client": "mallory"}
MIB = 1024 * 1024


def intent(*ops):
    return json.dumps({"type": "intent", "id": 1, "ops": list(ops)})


def created(**changed):
    return intent({**rectangle("bad"), **changed})


def at(x):
    """A create op with a number that json.dumps would not write."""
    return intent(rectangle("bad", x=12345)).replace("12345", x)


def nested(depth):
    return intent(rectangle("bad", deep="DEEP")).replace('"DEEP"', "[" * depth + "]" * depth)


CLOSES = {
    "malformed JSON": ('{"type":"ping"', 4400),
    "an empty frame": ("", 4400),
    "binary frame": (b'{"type":"ping"}', 4400),
    "a number": ("5", 4400),
    "null": ("null", 4400),
    "an object without type": ("{}", 4400),
    "an unknown type": ('{"type":"shout"}', 4400),
    "an array with a non-message": ('[{"type":"ping"},5]', 4400),
    "a server's message": ('{"type":"delta","seq":1,"commits":[]}', 4400),
    "NaN literal": (at("NaN"), 4400),
    "Infinity literal": (at("Infinity"), 4400),
    "half of a surrogate pair": ('{"type":"presence","tool":"\\ud800"}', 4400),
    "an intent without number": ('{"type":"intent","ops":[]}', 4400),
    "an intent with a negative number": ('{"type":"intent","id":-1,"ops":[]}', 4400),
    "ping of a text": ('{"type":"ping","t":"now"}', 4400),
    "seen of a negative": ('{"type":"seen","seq":-1}', 4400),
    "cursor beyond the plane": ('{"type":"presence","cursor":{"x":1e300,"y":0}}', 4400),
    "zoom of zero": ('{"type":"presence","viewport":{"x":0,"y":0,"zoom":0}}', 4400),
    "a window without size": ('{"type":"presence","viewport":{"x":0,"y":0,"zoom":1,"width":0}}', 4400),
    "an activity that nobody knows": ('{"type":"presence","activity":"asleep"}', 4400),
    "a client to follow with a slash": ('{"type":"presence","following":"a/b"}', 4400),
    "a delete as preview": ('{"type":"presence","preview":{"gesture":"g","ops":[{"op":"delete","id":"a"}]}}', 4400),
    "a frame above a MiB": (json.dumps({"type": "ping", "t": 1, "pad": "x" * MIB}), 4413),
    "a frame above a MiB of two-byte letters": ('{"type":"ping","pad":"' + "é" * (MIB // 2) + '"}', 4413),
    "hello for another client": (json.dumps(HELLO | {"client": "other"}), 4400),
    "hello with protocol 2": (json.dumps(HELLO | {"protocol": 2}), 4400),
    "hello without protocol": ('{"type":"hello","client":"mallory"}', 4400),
    "a client id with a slash": (json.dumps(HELLO | {"client": "a/b"}), 4400),
    "nesting of 100 000 arrays": ("[" * 100_000 + "]" * 100_000, 4400),
    "nesting of 100 000 objects": ('{"a":' * 100_000 + "1" + "}" * 100_000, 4400),
}

REJECTS = {
    "unknown op": (intent({"op": "explode", "id": "box"}), "invalid"),
    "an op without kind": (intent({"id": "box"}), "invalid"),
    "no ops": (intent(), "invalid"),
    "ops that are no list": ('{"type":"intent","id":1,"ops":{}}', "invalid"),
    "wrong type of position": (created(position=[1, 2]), "invalid"),
    "wrong type of a coordinate": (created(position={"x": "1", "y": 2}), "invalid"),
    "wrong type of properties": (created(properties=[]), "invalid"),
    "an unknown type of element": (created(type="hypercube"), "invalid"),
    "an element id with a slash": (created(id="a/b"), "invalid"),
    "an empty element id": (created(id=""), "invalid"),
    "1e999": (at("1e999"), "invalid"),
    "1e999 as property": (intent(rectangle("bad", n=12345)).replace("12345", "1e999"), "invalid"),
    "1e300": (at("1e300"), "invalid"),
    "-1e300": (at("-1e300"), "invalid"),
    "1e300 by update": (intent({"op": "update", "id": "box", "set": {"position.x": 1e300}}), "invalid"),
    "a boolean as coordinate": (intent({"op": "update", "id": "box", "set": {"position.x": True}}), "invalid"),
    "null as coordinate": (intent({"op": "update", "id": "box", "set": {"position.x": None}}), "invalid"),
    "a whole number above 2^53": (created(properties={"n": 2**60}), "invalid"),
    "an index that is none": (created(index="!!"), "invalid"),
    "a 300 KB property": (created(properties={"note": "x" * 300_000}), "too_large"),
    "a 300 KB property by update": (intent(update("box", note="x" * 300_000)), "too_large"),
    "2 000 ops": (intent(*[rectangle(f"e{n}") for n in range(2000)]), "too_large"),
    "600 KB of ops": (intent(*[rectangle(f"e{n}", note="x" * 6_000) for n in range(100)]), "too_large"),
    "a value nested 25 deep": (nested(25), "invalid"),
    "a value nested 500 deep": (nested(500), "invalid"),
    "__proto__ path": (intent({"op": "update", "id": "box", "set": {"properties.__proto__.x": 1}}), "invalid"),
    "constructor path": (intent({"op": "update", "id": "box", "set": {"properties.constructor": 1}}), "invalid"),
    "__proto__ property": (created(properties={"__proto__": {"x": 1}}), "invalid"),
    "__proto__ inside a value": (created(properties={"a": {"prototype": 1}}), "invalid"),
    "a path outside of an element": (intent({"op": "update", "id": "box", "set": {"version": 99}}), "invalid"),
    "an empty path": (intent({"op": "update", "id": "box", "set": {"": 1}}), "invalid"),
    "an empty part of a path": (intent({"op": "update", "id": "box", "set": {"properties..a": 1}}), "invalid"),
    "a set of nothing": (intent({"op": "update", "id": "box", "set": {}}), "invalid"),
    "append to a coordinate": (
        intent({"op": "append", "id": "box", "path": "position.x", "at": 0, "values": [1]}),
        "invalid",
    ),
    "append of nothing": (
        intent({"op": "append", "id": "box", "path": "properties.points", "at": 0, "values": []}),
        "invalid",
    ),
    "append before the beginning": (
        intent({"op": "append", "id": "box", "path": "properties.points", "at": -1, "values": [1]}),
        "invalid",
    ),
    "a gesture of a thousand letters": (
        json.dumps({"type": "intent", "id": 1, "gesture": "g" * 1000, "ops": [rectangle()]}),
        "invalid",
    ),
}


@pytest.fixture
async def bystanders(join, owner, editor):
    """Two healthy clients; at the end each must still get the other's deltas at once, and nothing else be changed."""
    pair = await join(owner), await join(editor)
    await pair[0].commit(rectangle("box"))
    yield pair
    seq = pair[0].replica.seq
    for author, reader in (pair, pair[::-1]):
        seq = await author.commit(update("box", note=author.id))
        await reader.until(lambda reader=reader, seq=seq: reader.replica.seq == seq, 2)
    assert pair[0].replica.shown() == pair[1].replica.shown()
    assert set(pair[0].replica.elements) == {"box"}


async def close_code(socket, patience=5.0):
    """And what was said before."""
    said = []
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(patience):
            while True:
                said.append(json.loads(await socket.recv()))
    return socket.close_code, said


@pytest.fixture
async def mallory(bystanders, editor, canvas, server):
    """A joined editor who means no good, as a bare socket."""
    socket = await open_socket(server, canvas, token=editor.token)
    await socket.send(json.dumps(HELLO))
    while json.loads(await asyncio.wait_for(socket.recv(), 5))["type"] != "policy":
        pass
    yield socket
    await socket.close()


@pytest.mark.parametrize("case", CLOSES)
async def test_cl3_a_frame_that_breaks_the_protocol_closes_its_socket(mallory, case):
    frame, code = CLOSES[case]
    await mallory.send(frame)
    closed, said = await close_code(mallory)
    assert closed == code
    assert [m["type"] for m in said if m["type"] == "error"] == ["error"]


@pytest.mark.parametrize("case", REJECTS)
async def test_fr8_an_intent_that_is_wrong_is_rejected_and_the_socket_goes_on(mallory, case):
    frame, code = REJECTS[case]
    await mallory.send(frame)
    while (answer := json.loads(await asyncio.wait_for(mallory.recv(), 5)))["type"] != "reject":
        assert answer["type"] in {"presence", "policy"}, answer
    assert (answer["intent"], answer["code"]) == (1, code)
    assert len(json.dumps(answer)) < 10_000
    await mallory.send('{"type":"ping","t":7}')
    while (answer := json.loads(await asyncio.wait_for(mallory.recv(), 5)))["type"] != "pong":
        assert answer["type"] in {"presence", "policy"}, answer


async def test_fr10_presence_that_is_too_large_is_dropped_with_an_error(mallory, bystanders):
    preview = {"gesture": "g", "ops": [update("box", note="x" * 70_000)]}
    await mallory.send(json.dumps({"type": "presence", "preview": preview, "tool": "evil"}))
    while (answer := json.loads(await asyncio.wait_for(mallory.recv(), 5)))["type"] != "error":
        pass
    assert answer["code"] == "too_large"
    await bystanders[0].heartbeat()
    assert "tool" not in bystanders[0].peers["mallory"]


async def test_rl6_presence_beyond_its_rate_is_dropped_and_told_once(mallory, bystanders):
    frame = json.dumps([{"type": "presence", "cursor": {"x": x, "y": 0}} for x in range(1_500)])
    await mallory.send(frame)
    await mallory.send('{"type":"ping","t":7}')
    said = []
    while (answer := json.loads(await asyncio.wait_for(mallory.recv(), 5)))["type"] != "pong":
        said.append(answer)
    errors = [answer for answer in said if answer["type"] == "error"]
    assert [(error["code"], error["about"]) for error in errors] == [("rate", "presence")]
    await bystanders[0].until(lambda: bystanders[0].peers["mallory"].get("cursor", {"x": 0})["x"] > 990)
    assert bystanders[0].peers["mallory"]["cursor"]["x"] < 1_499


async def test_fr10_a_preview_nested_too_deeply_is_dropped_with_an_error(mallory):
    deep = "[" * 900 + "]" * 900
    preview = {"gesture": "g", "ops": [{"op": "update", "id": "box", "set": {"properties.a": json.loads(deep)}}]}
    await mallory.send(json.dumps({"type": "presence", "preview": preview}))
    while (answer := json.loads(await asyncio.wait_for(mallory.recv(), 5)))["type"] != "error":
        pass
    assert answer["code"] == "invalid"


async def test_cl_an_unknown_address_closes_with_4404(server):
    socket = await connect(f"{server.url.replace('http', 'ws', 1)}/ws/elsewhere/")
    assert (await close_code(socket))[0] == 4404


async def test_rl2_a_flood_closes_its_socket(mallory, bystanders):
    with contextlib.suppress(ConnectionClosed):
        for _ in range(60):
            await mallory.send(json.dumps([{"type": "ping", "t": n} for n in range(200)]))
    assert (await close_code(mallory))[0] == 4429


async def test_rl4_too_many_hellos_close_the_socket(mallory):
    with contextlib.suppress(ConnectionClosed):
        for _ in range(12):
            await mallory.send(json.dumps(HELLO))
    assert (await close_code(mallory))[0] == 4429


async def test_rl3_too_many_intents_are_rejected_and_the_next_second_is_free(join, owner, bystanders):
    client = await join(owner)
    for _ in range(4):
        await client.send(
            *[{"type": "intent", "id": client.next_number(), "ops": [update("box", x=n)]} for n in range(400)]
        )
    await client.message("reject", lambda m: m["code"] == "rate")
    await asyncio.sleep(1)
    await client.commit(update("box", x=-1))


@pytest.mark.parametrize("first", [intent(rectangle()), '{"type":"presence","tool":"hand"}', '{"type":"ping"}'])
async def test_se1_hello_comes_first(server, editor, canvas, bystanders, first):
    socket = await open_socket(server, canvas, token=editor.token)
    await socket.send(first)
    assert (await close_code(socket))[0] == 4400


async def test_cl_who_says_no_hello_is_closed(server, editor, canvas, bystanders):
    socket = await open_socket(server, canvas, token=editor.token)
    begun = time.monotonic()
    assert (await close_code(socket, 15))[0] == 4408
    assert time.monotonic() - begun > 5


def expired(token):
    """The token as it would be an hour later: its expiry changed, its signature therefore broken too."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["exp"] -= 3600
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("not signed in", 4403),
        ("not signed in, from our origin", 4401),
        ("garbage token", 4401),
        ("tampered token", 4401),
        ("no subprotocol", 4400),
        ("another subprotocol", 4400),
        ("unknown canvas", 4404),
        ("no rights", 4403),
        ("wrong origin with a cookie", 4403),
    ],
)
async def test_cl_who_may_not_join_is_told_by_the_close_code(server, editor, outsider, canvas, bystanders, how, code):
    token = outsider.token if how == "no rights" else editor.token
    options = {
        "not signed in": {},
        "not signed in, from our origin": {"origin": server.url},
        "garbage token": {"token": "rubbish"},
        "tampered token": {"token": expired(token)},
        "no subprotocol": {"token": token, "protocols": ()},
        "another subprotocol": {"token": token, "protocols": ("canvas.v9",)},
        "wrong origin with a cookie": {"origin": "https://evil.example", "headers": {"Cookie": "sessionid=x"}},
    }.get(how, {"token": token})
    on = uuid4().hex if how == "unknown canvas" else canvas
    socket = await open_socket(server, on, **options)
    with contextlib.suppress(ConnectionClosed):
        await socket.send(json.dumps(HELLO))
    assert (await close_code(socket))[0] == code


async def test_cl_an_expired_token_is_refused(server, people, canvas, bystanders, brief_token):
    socket = await open_socket(server, canvas, token=brief_token)
    assert (await close_code(socket))[0] == 4401


@pytest.fixture(scope="session")
def brief_token(people, run_in_servers_environment):
    """A rightly signed token of an hour ago."""
    return run_in_servers_environment(
        f"""
        from datetime import timedelta
        from rest_framework_simplejwt.tokens import AccessToken
        from projects.models import User
        from projects.tokens import access_token_create
        token = AccessToken(access_token_create(User.objects.get(pk="{people["bob"].id}")))
        token.set_exp(lifetime=timedelta(hours=-1))
        print(token)
        """
    )


async def test_a_joined_client_of_the_table_would_be_accepted(mallory):
    """The table proves nothing if mallory could do nothing right."""
    await mallory.send(intent(rectangle("mine"), {"op": "delete", "id": "mine"}))
    while (answer := json.loads(await asyncio.wait_for(mallory.recv(), 5)))["type"] != "delta":
        assert answer["type"] in {"presence", "policy"}, answer


def test_no_case_is_there_twice():
    frames = [frame for frame, _ in [*CLOSES.values(), *REJECTS.values()]]
    assert len(frames) == len(set(frames))
