"""What Daphne is taught about bodies and broken answers, over its own HTTP channel on a transport in memory."""

import json

import pytest
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from twisted.internet.testing import StringTransportWithDisconnection

from realtime import server


@pytest.fixture
def say(monkeypatch, settings):
    """Sends bytes to a server that takes bodies of 1000 bytes; gives what it answered, and what reached it."""
    settings.REQUEST_MAX_BYTES = 1_000
    for name in ("gotLength", "handleContentChunk"):
        monkeypatch.setattr(WebRequest, name, getattr(WebRequest, name))
    server.bound_bodies()
    reached = []
    monkeypatch.setattr(WebRequest, "process", lambda request: reached.append(request.content.read()))

    def run(*pieces):
        daphne = Server(application=None, endpoints=["tcp:0"])
        daphne.connections = {}  # run() would make it
        channel = HTTPFactory(daphne).buildProtocol(None)
        transport = StringTransportWithDisconnection()
        transport.protocol = channel
        channel.makeConnection(transport)
        for piece in pieces:
            if transport.connected:
                channel.dataReceived(piece)
        return transport.value(), reached

    return run


def head(*headers):
    return b"\r\n".join([b"POST /api/v1/assets/ HTTP/1.1", b"Host: x", *headers, b"", b""])


def assert_refused(answer):
    status, _, rest = answer.partition(b"\r\n")
    assert status == b"HTTP/1.1 413 Content Too Large"
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["code"] == "too_large"


def test_a_body_within_the_bound_reaches_the_application(say):
    assert say(head(b"Content-Length: 1000"), bytes(600), bytes(400)) == (b"", [bytes(1_000)])


def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(say):
    answer, reached = say(head(b"Content-Length: 1001"))
    assert_refused(answer)
    assert reached == []


def test_a_body_in_chunks_is_refused_when_it_turns_out_too_long(say):
    chunk = b"190\r\n" + bytes(0x190) + b"\r\n"
    answer, reached = say(head(b"Transfer-Encoding: chunked"), chunk, chunk, chunk, chunk, b"0\r\n\r\n")
    assert_refused(answer)
    assert reached == []
    assert say(head(b"Transfer-Encoding: chunked"), chunk, chunk, b"0\r\n\r\n") == (b"", [bytes(0x320)])


@pytest.fixture
def failing(monkeypatch):
    """Answers with these messages of an application, which then fails; what was sent, and whether the line was cut."""
    requests = []
    monkeypatch.setattr(WebRequest, "handle_exception", WebRequest.handle_exception)
    monkeypatch.setattr(WebRequest, "process", lambda request: requests.append(request))  # noqa: PLW0108 - bound to its request
    server.cut_broken_answers()

    def run(*messages):
        daphne = Server(application=None, endpoints=["tcp:0"])
        daphne.connections = {}
        channel = HTTPFactory(daphne).buildProtocol(None)
        transport = StringTransportWithDisconnection()
        transport.protocol = channel
        channel.makeConnection(transport)
        channel.dataReceived(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        request = requests.pop()
        request._response_started = False  # process() would set these two
        request.server, request.client_addr = daphne, None
        for message in messages:
            request.handle_reply(message)
        request.handle_exception(ValueError())
        return transport.value(), not transport.connected

    return run


def test_an_answer_that_breaks_off_is_cut_and_not_left_open(failing):
    start = {"type": "http.response.start", "status": 200, "headers": []}
    sent, cut = failing(start, {"type": "http.response.body", "body": b"half", "more_body": True})
    assert b"half" in sent
    assert not sent.endswith(b"0\r\n\r\n")
    assert cut


def test_an_application_that_fails_before_its_answer_is_told_as_before(failing):
    assert failing()[0].startswith(b"HTTP/1.1 500 Internal Server Error")
