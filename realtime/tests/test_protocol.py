"""decode: every frame is messages, a bad intent, or malformed."""

import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from realtime import protocol
from realtime.protocol import BadIntent, Close, Hello, IntentMessage, Malformed, Ping, PresenceMessage, Seen, decode

CREATE = {
    "op": "create",
    "id": "a",
    "type": "rectangle",
    "position": {"x": 0, "y": 0},
    "dimensions": {"width": 1, "height": 1},
}


@pytest.mark.parametrize(
    ("frame", "kinds"),
    [
        ({"type": "hello", "protocol": 1, "client": "c"}, [Hello]),
        ({"type": "hello", "protocol": 1, "client": "c", "since": None, "digest": None}, [Hello]),
        ({"type": "hello", "protocol": 1, "client": "c", "since": 0, "digest": 2**32 - 1}, [Hello]),
        ({"type": "intent", "id": 1, "ops": [CREATE]}, [IntentMessage]),
        ({"type": "intent", "id": 2**53 - 1, "ops": [CREATE], "gesture": "g"}, [IntentMessage]),
        ({"type": "presence"}, [PresenceMessage]),
        ({"type": "presence", "cursor": None, "preview": None, "following": None}, [PresenceMessage]),
        ({"type": "seen", "seq": 0}, [Seen]),
        ({"type": "ping", "t": 1.5}, [Ping]),
        ({"type": "ping"}, [Ping]),
        ([], []),
        ([{"type": "ping", "t": 1}, {"type": "seen", "seq": 3}], [Ping, Seen]),
        ({"type": "ping", "t": 1, "of a later protocol": {}}, [Ping]),
    ],
)
def test_fr_messages_are_told_apart(frame, kinds):
    assert [type(message) for message in decode(json.dumps(frame))] == kinds


def test_pr_a_field_not_said_differs_from_null():
    (message,) = decode('{"type":"presence","cursor":null}')
    assert isinstance(message, PresenceMessage)
    assert message.cursor is None
    assert message.preview is msgspec.UNSET


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "intent", "id": 7, "ops": []},
        {"type": "intent", "id": 7},
        {"type": "intent", "id": 7, "ops": [{"op": "explode"}]},
        {"type": "intent", "id": 7, "ops": [{**CREATE, "position": {"x": 1e300, "y": 0}}]},
        {"type": "intent", "id": 7, "ops": [{**CREATE, "id": "a b"}]},
        {"type": "intent", "id": 7, "ops": [{"op": "update", "id": "a", "set": [], "expect": 1}]},
        {"type": "intent", "id": 7, "ops": [{"op": "update", "id": "a", "set": {}, "expect": -1}]},
        {"type": "intent", "id": 7, "ops": [CREATE], "gesture": ""},
    ],
)
def test_fr_a_bad_intent_keeps_its_number(frame):
    with pytest.raises(BadIntent) as raised:
        decode(json.dumps(frame))
    assert raised.value.intent == 7


def test_fr_a_number_that_no_double_holds_is_a_bad_intent():
    text = json.dumps({"type": "intent", "id": 7, "ops": [{**CREATE, "angle": 12345}]}).replace("12345", "1e999")
    with pytest.raises(BadIntent):
        decode(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "5",
        "null",
        '"ping"',
        "{}",
        '{"type":1}',
        '{"type":"nothing"}',
        '{"type":"intent","id":0,"ops":[]}',
        '{"type":"intent","id":true,"ops":[]}',
        '{"type":"intent","id":1.5,"ops":[]}',
        '{"type":"intent","id":"1","ops":[]}',
        '[{"type":"intent","id":1,"ops":[]}]',
        '[{"type":"ping"},null]',
        '{"type":"ping","t":NaN}',
        '{"type":"intent","id":1,"ops":[],"gesture":NaN}',
        '{"type":"seen","seq":1.5}',
        '{"type":"presence","tool":"' + "x" * 33 + '"}',
        '{"type":"ping"}\ud800',
        "[" * 5000,
    ],
    ids=lambda text: text[:40].encode("ascii", "backslashreplace").decode(),
)
def test_cl_everything_else_is_malformed(text):
    with pytest.raises(Malformed) as raised:
        decode(text)
    assert raised.value.code == Close.MALFORMED
    assert len(str(raised.value)) < 200


def test_cl_the_close_codes_are_those_of_the_contract():
    assert {code.name: int(code) for code in Close} == {
        "GOING_AWAY": 1012,
        "MALFORMED": 4400,
        "NOT_SIGNED_IN": 4401,
        "NO_ACCESS": 4403,
        "NO_CANVAS": 4404,
        "SILENT": 4408,
        "TAKEN_OVER": 4409,
        "TOO_LARGE": 4413,
        "TOO_MANY": 4429,
    }


def test_se_the_limits_in_the_documents_are_those_of_the_code():
    """docs/protocol.md and SPEC.md name them in bytes."""
    assert protocol.MAX_FRAME_BYTES == protocol.STATE_PART_BYTES == 1024 * 1024
    assert protocol.MAX_PRESENCE_BYTES == 64 * 1024
    assert protocol.HEARTBEAT_SECONDS == 20


DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()


@pytest.mark.parametrize("message", [*get_args(protocol.ClientMessage), *get_args(protocol.ServerMessage)])
def test_fr_the_published_contract_names_every_message_and_field(message):
    config = message.__struct_config__
    assert f'"type":"{config.tag}"' in DOCUMENT
    missing = [field for field in message.__struct_fields__ if not re.search(rf'["`{{,. ]{field}["`,:}}?]', DOCUMENT)]
    assert missing == []


@pytest.mark.parametrize("code", Close)
def test_cl_the_published_contract_names_every_close_code(code):
    assert f"| {int(code)} |" in DOCUMENT
    assert f"`{code.name.lower()}`" in DOCUMENT
