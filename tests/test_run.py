"""./bin/run as a newcomer types it: it comes up, says where, survives a restart and leaves no process."""

import os
import re
import signal
import socket
import subprocess
from http.client import HTTPConnection

import pytest

from config.engines import CONFIGURED_PLACES, ROOT, free_port
from config.tests.test_engines import plain_environment, processes_naming


def bin_run(folder, **environ):
    # The clone's own .env may name services that a test must not touch.
    environment = plain_environment(
        ENV_FILE=os.devnull, VAR_DIR=str(folder / "var"), STATIC_ROOT=str(folder / "static"), **environ
    )
    for name in CONFIGURED_PLACES:
        environment.pop(name, None)
    return subprocess.Popen(
        [ROOT / "bin" / "run"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def read_until(run, words):
    read = []
    for line in run.stdout:
        read.append(line)
        if words in line:
            return "".join(read)
    raise AssertionError(f"{words!r} never came:\n{''.join(read)}")


def healthy(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/healthz")
    return connection.getresponse().status == 200


@pytest.mark.faults
def test_it_starts_twice_on_the_same_data_and_stops_without_a_trace(tmp_path):
    port = free_port()
    for number in (signal.SIGINT, signal.SIGTERM):
        run = bin_run(tmp_path, PORT=str(port))
        try:
            said = read_until(run, "Ctrl-C stops everything.")
            assert f"http://localhost:{port}/" in said
            assert re.search(r"Demo accounts: \w+ and \w+, password \S+", said), said
            assert healthy(port)
            run.send_signal(number)
            rest = run.communicate(timeout=40)[0]
        finally:
            run.kill()
        assert run.returncode == 128 + number, rest
        assert "SIGKILL" not in rest
        assert processes_naming(tmp_path) == []
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_busy_port_is_one_sentence_with_the_way_out(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        run = bin_run(tmp_path, PORT=str(port))
        said = run.communicate(timeout=60)[0]
    assert run.returncode == 1
    assert said.splitlines()[-1] == f"Port {port} is busy: PORT={port + 1} ./bin/run takes another."


@pytest.mark.parametrize(
    ("program", "answer", "said"),
    [
        ("java", "echo 'openjdk version \"11.0.2\"' >&2", "DynamoDB Local needs Java 17 or newer"),
        ("node", '[ "$1" = --version ] && echo v18.0.0; exit 1', "Node 20.19 or newer is needed, this is v18.0.0"),
        ("python3", "exit 1", "Python 3.11 or newer is needed"),
    ],
)
def test_a_missing_prerequisite_is_one_sentence(tmp_path, program, answer, said):
    old = tmp_path / "bin" / program
    old.parent.mkdir()
    old.write_text(f"#!/bin/sh\n{answer}\n")
    old.chmod(0o755)
    path = f"{old.parent}:{os.environ['PATH']}"
    run = bin_run(tmp_path, PATH=path, JAVA_HOME="", PYTHON="python3" if program == "python3" else "")
    output = run.communicate(timeout=60)[0]
    assert run.returncode == 1
    assert [line for line in output.splitlines() if line.startswith(said)] == output.splitlines()


def test_the_env_file_is_read_and_the_real_environment_wins(tmp_path):
    (tmp_path / ".env").write_text("# comment\nCANVAS_A=\"from file\"\nCANVAS_B='file'\n CANVAS_C=a=b\nnot a line\n")
    script = f'. {ROOT}/bin/setup.sh; load_env_file; printf "%s|%s|%s" "$CANVAS_A" "$CANVAS_B" "$CANVAS_C"'
    shown = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env=plain_environment(CANVAS_B="real"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "from file|real|a=b"
