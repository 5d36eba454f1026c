"""A program's view of the product, for tests and measurements: server processes, accounts, a client with a replica.

Knows docs/protocol.md and the Procfile, and imports nothing of the server: what both misunderstand alike shows nowhere.
"""

import asyncio
import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
from pycrdt import Doc, Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
PATIENCE_SECONDS = 10.0
SEEN_EVERY_COMMITS = 40
SEEN_EVERY_BYTES = 256 * 1024
SEEN_EVERY_SECONDS = 0.3
PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that live as long as a test

Message = dict[str, Any]
Op = dict[str, Any]


# The server


class ServerProcess:
    """Daphne on a free port of 127.0.0.1, with the Procfile's flags. `environ` says where the stores are.

    `preamble` is Python that runs in the server before it starts: a test's way to shorten a patience.
    """

    def __init__(self, environ: Mapping[str, str], log: Path, preamble: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log = log
        self._environ = {**environ, "HOST": "127.0.0.1", "PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        self._preamble = preamble
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def launch(self) -> Self:
        web = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:"))
        command = web.removeprefix("web:").strip()
        program = "from daphne.cli import CommandLineInterface; CommandLineInterface.entrypoint()"
        daphne = shlex.join([sys.executable, "-c", f"{self._preamble}\n{program}"])
        if not command.startswith("exec daphne "):
            raise RuntimeError(f"the Procfile's web process is not Daphne: {command}")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own Procfile
                ["/bin/sh", "-c", command.replace("exec daphne ", f"exec {daphne} ", 1)],
                env=self._environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        return self

    def wait_until_ready(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended while starting:\n{self.words()}")
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False).status_code == 200:
                    return self
            time.sleep(0.05)
        raise RuntimeError(f"the server was not ready in time:\n{self.words()}")

    def start(self) -> Self:
        return self.launch().wait_until_ready()

    def terminate(self, patience: float = 15.0) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(patience)

    def kill(self) -> None:
        """As a crash does it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                self.kill()

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def words(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


# People and the REST API


class Account:
    """Somebody who signed up as a program does it."""

    def __init__(self, server: ServerProcess, name: str) -> None:
        answer = httpx.post(
            f"{server.url}/api/v1/auth/signup/",
            json={"username": f"{name}-{uuid4().hex[:8]}", "email": f"{name}@example.org", "password": PASSWORD},
            timeout=30,
            trust_env=False,
        )
        answer.raise_for_status()
        self.token: str = answer.json()["access"]
        self.id: str = answer.json()["user"]["id"]
        self.username: str = answer.json()["user"]["username"]

    def rest(self, server: ServerProcess, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's JSON (None when it is empty). Raises httpx.HTTPStatusError."""
        answer = httpx.request(
            method,
            f"{server.url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"} | {k.replace("_", "-"): v for k, v in headers.items()},
            timeout=30,
            trust_env=False,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def new_project(self, server: ServerProcess, **members: "tuple[Account, str]") -> str:
        """Its id. Members are given by any name, as (account, role)."""
        project = str(self.rest(server, "POST", "projects/", {"name": "Lighthouse"})["id"])
        for account, role in members.values():
            self.rest(server, "POST", f"projects/{project}/members/", {"user": account.username, "role": role})
        return project

    def new_canvas(self, server: ServerProcess, project: str) -> str:
        return str(self.rest(server, "POST", f"projects/{project}/canvases/", {"name": "Plan"})["id"])

    def load(self, server: ServerProcess, canvas: str) -> Message:
        """LoadCanvas."""
        answer: Message = self.rest(server, "GET", f"canvases/{canvas}/")
        return answer

    def commits(self, server: ServerProcess, canvas: str) -> list[Message]:
        """The whole log."""
        found: list[Message] = []
        since: str | None = "0"
        while since is not None:
            page = self.rest(server, "GET", f"canvases/{canvas}/commits/?limit=500&since={since}")
            found += page["results"]
            since = page["next"]
        return found


# The replica


class ProtocolBroken(AssertionError):
    """The server sent what the contract does not allow."""


class Replica:
    """The live elements after commit `seq`, kept from `state` and `delta` alone."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.elements: dict[str, Message] = {}
        self._parts: list[Message] = []
        self._loading = False

    @property
    def digest(self) -> int:
        value = 0
        for element in self.elements.values():
            value ^= fnv1a(f"{element['id']}:{element['version']}")
        return value

    def shown(self) -> dict[str, Message]:
        """What two replicas of one canvas at one `seq` must agree on."""
        return {element_id: shown(element) for element_id, element in self.elements.items()}

    def take_state(self, message: Message) -> None:
        if message["part"] == 1:
            self._parts, self._loading = [], True
        self._parts.append(message)
        if not self._loading or [m["part"] for m in self._parts] != list(range(1, len(self._parts) + 1)):
            raise ProtocolBroken(f"part {message['part']} of a state came out of order")
        if len({(m["seq"], m["parts"]) for m in self._parts}) != 1:
            raise ProtocolBroken("the parts of a state do not belong together")
        if message["part"] == message["parts"]:
            self.elements = {e["id"]: e for m in self._parts for e in m["elements"]}
            self.seq, self._parts, self._loading = message["seq"], [], False

    def take_delta(self, message: Message) -> None:
        if self._loading or self.seq is None:
            raise ProtocolBroken("a delta came before the state was complete")
        for commit in message["commits"]:
            if commit["seq"] == self.seq and not any(entry["ops"] for entry in commit["entries"]):
                continue  # an acknowledgement given again
            if commit["seq"] != self.seq + 1 and not (commit.get("compacted") and commit["seq"] > self.seq):
                raise ProtocolBroken(f"commit {commit['seq']} came after {self.seq}")
            self.take_commit(commit)
        if message["seq"] != self.seq:
            raise ProtocolBroken(f"a delta that ends with {self.seq} says {message['seq']}")

    def take_commit(self, commit: Message) -> None:
        for entry in commit["entries"]:
            for op in entry["ops"]:
                self._apply(op, bool(commit.get("compacted")))
        for element_id, version in commit["versions"].items():
            if element_id in self.elements:
                self.elements[element_id]["version"] = version
        self.seq = commit["seq"]

    def _apply(self, op: Op, compacted: bool) -> None:
        kind, element_id = op["op"], op["id"]
        element = self.elements.get(element_id)
        if kind == "create":
            if element is not None:
                raise ProtocolBroken(f"{element_id} is created, and stands already")
            self.elements[element_id] = {
                "angle": 0, "properties": {}, **deepcopy({k: v for k, v in op.items() if k != "op"}), "version": 0,
            }  # fmt: skip
        elif kind == "restore":
            self.elements[element_id] = deepcopy(op["element"])
        elif element is None:
            if not (kind == "delete" and compacted):
                raise ProtocolBroken(f"{kind} of {element_id}, which does not stand")
        elif kind == "delete":
            del self.elements[element_id]
        elif kind == "append":
            values = read_path(element, op["path"]) or []
            if len(values) != op["at"]:
                raise ProtocolBroken(f"append at {op['at']} to {len(values)} values")
            set_path(element, op["path"], [*values, *op["values"]])
        elif kind == "text":
            self._type(element, op, compacted)
        elif kind == "update":
            if {"properties.text", "properties.originalText"} & op["set"].keys():
                element.pop("ytext", None)
            for path, value in op["set"].items():
                set_path(element, path, deepcopy(value))
        else:
            raise ProtocolBroken(f"an op of kind {kind}")

    def _type(self, element: Message, op: Op, compacted: bool) -> None:
        if compacted:
            element["ytext"] = op["update"]
        else:
            document = document_of(element)
            document.apply_update(b64decode(op["update"]))
            element["ytext"] = b64encode(document.get_update()).decode()
        element["properties"].pop("originalText", None)
        element["properties"]["text"] = op["text"]
        if text_of(element) != op["text"]:
            raise ProtocolBroken(f"the text of {op['id']} is {text_of(element)!r}, and should be {op['text']!r}")


def document_of(element: Message) -> Doc[Text]:
    document: Doc[Text] = Doc(client_id=None if "ytext" in element else 0)
    if "ytext" in element:
        document.apply_update(b64decode(element["ytext"]))
    else:
        properties = element["properties"]
        document.get("text", type=Text).insert(0, properties.get("originalText", properties.get("text", "")))
    return document


def text_of(element: Message) -> str:
    return str(document_of(element).get("text", type=Text))


def typing(element: Message, at: float, text: str) -> Op:
    """The op that types `text` into an element's text, at this fraction of it."""
    document: Doc[Text] = Doc()
    document.apply_update(document_of(element).get_update())
    before = document.get_state()
    plain = text_of(element)
    place = len(plain[: int(at * len(plain))].encode())
    document.get("text", type=Text).insert(place, text)
    return {"op": "text", "id": element["id"], "update": b64encode(document.get_update(before)).decode()}


def shown(element: Message) -> Message:
    names = ("id", "type", "version", "position", "dimensions", "angle", "index", "properties")
    return {name: element[name] for name in names}


def read_path(element: Message, path: str) -> Any:
    value: Any = element
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def set_path(element: Message, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    target = element
    for part in parents:
        if part not in target and value is None:
            return
        target = target.setdefault(part, {})
    if value is None:
        target.pop(last, None)
    else:
        target[last] = value


def fnv1a(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


# The client


async def open_socket(
    server: ServerProcess,
    canvas: str,
    *,
    token: str | None = None,
    protocols: tuple[str, ...] = ("canvas.v1",),
    origin: str | None = None,
    headers: Mapping[str, str] | None = None,
    read_ahead: int = 16,
) -> ClientConnection:
    """A bare socket; with a `token` it proves itself by subprotocol, as programs do."""
    offered = [*protocols, f"bearer.{token}"] if token else list(protocols)
    return await connect(
        f"ws://127.0.0.1:{server.port}/ws/canvas/{canvas}/",
        subprotocols=[Subprotocol(name) for name in offered] or None,
        origin=Origin(origin) if origin else None,
        additional_headers=dict(headers or {}),
        max_size=None,
        max_queue=read_ahead,
        compression=None,
        ping_interval=None,
        close_timeout=2,
        proxy=None,
    )


class Client:
    """One tab: a replica, numbered intents that stay pending until their outcome, any number of sockets in its life."""

    def __init__(self, account: Account, canvas: str, client: str | None = None) -> None:
        self.account = account
        self.canvas = canvas
        self.id = client or str(uuid4())
        self.replica = Replica()
        self.pending: dict[int, Message] = {}
        self.acknowledged: dict[int, int] = {}  # number -> the commit that was seen to have it
        self.settled: dict[int, int] = {}  # number -> commit by which it was saved, or refused and the reject got lost
        self.rejected: dict[int, Message] = {}
        self.doubtful: set[int] = set()  # without an outcome when a socket ended
        self.welcome: Message = {}
        self.received: list[Message] = []
        self.frames: list[tuple[str, int]] = []  # type of the (first) message, size in bytes
        self.peers: dict[str, Message] = {}
        self.closed: int | None = None  # close code of the last socket
        self.reason = ""
        self._number = 0
        self._fault: Exception | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._unreported = 0  # bytes
        self._reported = 0  # seq
        self._report_timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Sockets

    async def connect(self, server: ServerProcess, *, resend: bool = True, **hello: Any) -> Self:
        """Joins, resuming from the replica's `seq` when there is one, and resends what is pending."""
        await self.open(server)
        since = self.replica.seq
        digest = self.replica.digest if since is not None else None
        await self.send({"type": "hello", "protocol": 1, "client": self.id, "since": since, "digest": digest} | hello)
        await self.until(lambda: self.joined or self.closed is not None)
        if not self.joined:
            raise ConnectionError(f"closed with {self.closed} instead of welcomed: {self.reason}")
        for message in list(self.pending.values()) if resend else []:
            await self.send(message)
        return self

    async def open(self, server: ServerProcess) -> None:
        """A socket, without a hello."""
        await self.close()
        self.closed, self.welcome = None, {}
        self._socket = await open_socket(server, self.canvas, token=self.account.token)
        self._reader = asyncio.create_task(self._read(self._socket))

    @property
    def joined(self) -> bool:
        """Welcomed, and at the welcome's `seq` or past it."""
        return bool(self.welcome) and self.replica.seq is not None and self.replica.seq >= self.welcome["seq"]

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        await self._reader_ended()

    async def drop(self) -> None:
        """The network breaks: no goodbye, and what was under way is lost."""
        if self._socket is not None:
            self._socket.transport.abort()
        await self._reader_ended()

    async def _reader_ended(self) -> None:
        if self._reader is not None:
            await asyncio.wait([self._reader], timeout=5)
            self._reader.cancel()
        self._socket = self._reader = None

    # Sending

    async def send(self, *messages: Message) -> None:
        """One frame; several messages go as an array. A broken socket is noticed by the reader."""
        await self.send_text(json.dumps(messages[0] if len(messages) == 1 else messages, ensure_ascii=False))

    async def send_text(self, text: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(text)

    async def intent(self, *ops: Op, **extra: Any) -> int:
        """Sends an intent; its number."""
        number = self.next_number()
        self.pending[number] = {"type": "intent", "id": number, "ops": list(ops), **extra}
        await self.send(self.pending[number])
        return number

    def next_number(self) -> int:
        self._number += 1
        return self._number

    async def outcome(self, number: int, patience: float = PATIENCE_SECONDS) -> Message | None:
        """The reject message, or None once it is durable."""
        await self.until(lambda: number not in self.pending, patience)
        return self.rejected.get(number)

    async def commit(self, *ops: Op, patience: float = PATIENCE_SECONDS, **extra: Any) -> int:
        """An intent that must become durable; the commit that has it."""
        number = await self.intent(*ops, **extra)
        rejected = await self.outcome(number, patience)
        if rejected is not None:
            raise AssertionError(f"intent {number} was rejected: {rejected}")
        return self.acknowledged.get(number) or self.settled[number]

    async def heartbeat(self) -> Message:
        place = len(self.received)
        t = time.monotonic()
        await self.send({"type": "ping", "t": t})
        return await self.message("pong", lambda m: m["t"] == t, since=place)

    # Receiving

    async def until(self, true: Callable[[], Any], patience: float = PATIENCE_SECONDS) -> None:
        try:
            async with asyncio.timeout(patience):
                while not true():
                    self._raise_fault()
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            last = [{**m, "elements": "..."} if "elements" in m else m for m in self.received[-5:]]
            raise AssertionError(
                f"waited {patience} s in vain; seq {self.replica.seq}, closed {self.closed}, pending "
                f"{list(self.pending)[:5]}; the last messages: {json.dumps(last)[:2000]}"
            ) from None
        self._raise_fault()

    async def message(
        self, kind: str, where: Callable[[Message], Any] = bool, *, since: int = 0, patience: float = PATIENCE_SECONDS
    ) -> Message:
        """The first message of a kind, from place `since` of what was received."""

        def found() -> Message | None:
            return next((m for m in self.received[since:] if m["type"] == kind and where(m)), None)

        await self.until(found, patience)
        message = found()
        assert message is not None  # until() says so
        return message

    async def closing(self, patience: float = PATIENCE_SECONDS) -> int | None:
        """The close code, when the server closes."""
        await self.until(lambda: self.closed is not None, patience)
        return self.closed

    async def between_frames(self) -> None:
        """For clients that read slowly."""

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                await self.between_frames()
                frame = json.loads(text)
                messages = frame if isinstance(frame, list) else [frame]
                self.frames.append((messages[0]["type"], len(text.encode() if isinstance(text, str) else text)))
                for message in messages:
                    self.received.append(message)
                    self._take(message)
                if any(message["type"] == "delta" for message in messages):
                    await self._report(socket, self.frames[-1][1])
                self._changed.set()
        except ConnectionClosed:
            pass
        except Exception as error:
            self._fault = error
        finally:
            self.doubtful |= set(self.pending)
            self.closed = socket.close_code or 1006
            self.reason = socket.close_reason or ""
            self._changed.set()

    async def _report(self, socket: ClientConnection, size: int) -> None:
        """`seen`: soon after a delta, at once when much has come."""
        head = self.replica.seq or 0
        self._unreported += size
        if abs(head - self._reported) >= SEEN_EVERY_COMMITS or self._unreported >= SEEN_EVERY_BYTES:
            await self._say_seen(socket)
        elif head != self._reported and self._report_timer is None:
            loop = asyncio.get_running_loop()
            self._report_timer = loop.call_later(SEEN_EVERY_SECONDS, lambda: loop.create_task(self._say_seen(socket)))

    async def _say_seen(self, socket: ClientConnection) -> None:
        if self._report_timer is not None:
            self._report_timer.cancel()
        self._report_timer, self._unreported, self._reported = None, 0, self.replica.seq or 0
        with contextlib.suppress(ConnectionClosed):
            await socket.send(json.dumps({"type": "seen", "seq": self._reported}))

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "welcome":
                self.welcome = message
                self.peers = {peer["client"]: peer for peer in message["peers"]}
                self._number = max(self._number, message["last_intent"])
                if self.joined:
                    self._settle(message["last_intent"], message["seq"])
            case "state":
                self.replica.take_state(message)
                if self.joined:
                    self._settle(self.welcome["last_intent"], message["seq"])
            case "delta":
                self.replica.take_delta(message)
                for commit in message["commits"]:
                    for entry in commit["entries"]:
                        if entry["client"] == self.id:
                            self._acknowledge(entry, commit)
                if self.joined:
                    self._settle(self.welcome["last_intent"], message["seq"])
            case "reject":
                self.rejected[message["intent"]] = message
                self.pending.pop(message["intent"], None)
            case "presence":
                for client, changed in message["peers"].items():
                    if changed is None:
                        self.peers.pop(client, None)
                    else:
                        self.peers.setdefault(client, {"client": client}).update(changed)

    def _acknowledge(self, entry: Message, commit: Message) -> None:
        """Strictly: an entry says of its numbers that they are saved, and of lower ones only that they are over."""
        last: int = entry["intent"]
        first: int = entry.get("first", last)
        if not commit.get("compacted"):
            for number in [number for number in self.pending if first <= number <= last]:
                del self.pending[number]
                self.acknowledged[number] = commit["seq"]
        self._settle(last, commit["seq"])

    def _settle(self, last: int, seq: int) -> None:
        for number in [number for number in self.pending if number <= last]:
            del self.pending[number]
            self.settled[number] = seq


def rectangle(element_id: str | None = None, x: float = 0, y: float = 0, **properties: Any) -> Op:
    """The op that creates one."""
    return {
        "op": "create",
        "id": element_id or uuid4().hex,
        "type": "rectangle",
        "position": {"x": x, "y": y},
        "dimensions": {"width": 100, "height": 50},
        "properties": properties,
    }


def update(element_id: str, **changed: Any) -> Op:
    """`position_x=1` sets position.x; a name without `_` is a property."""
    fixed = {"position", "dimensions"}
    paths = {
        name.replace("_", ".") if name.partition("_")[0] in fixed else f"properties.{name}": value
        for name, value in changed.items()
    }
    return {"op": "update", "id": element_id, "set": paths}


def server_environment(folder: Path, stores: Mapping[str, str] | None = None) -> dict[str, str]:
    """For ServerProcess: the stores of this process's environment, but with an SQL file of its own in `folder`."""
    environ = {
        **os.environ,
        **(stores or {}),
        "DATABASE_URL": f"sqlite:///{folder / 'identities.sqlite3'}",
        "MEDIA_ROOT": str(folder / "media"),
        "COOKIE_SECURE": "0",
        "SIGN_UPS_PER_MINUTE": "10000",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    for command in (["migrate", "--no-input", "-v", "0"], ["create_tables"]):
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, str(ROOT / "manage.py"), *command], env=environ, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-2000:])
    return environ
