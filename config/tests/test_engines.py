"""The embedded engines: they start, keep their data over a crash, and leave nothing behind."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import botocore.session
import pymongo
import pytest
import redis

from config.engines import ROOT, DynamoDBLocal, Mongod, RedisServer, Unavailable, free_port, kept_secret, unconfigured

CONFIGURED = (
    "DYNAMODB_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "MONGODB_URI",
    "REDIS_URL",
)


def plain_environment(**extra):
    kept = {name: value for name, value in os.environ.items() if name not in {*CONFIGURED, "SECRET_KEY", "VAR_DIR"}}
    return kept | {"PYTHONPATH": str(ROOT)} | extra


def engines_run(data, *command, join=False, **environ):
    options = ["--data", str(data), *(["--join"] if join else [])]
    arguments = [sys.executable, "-m", "config.engines", "run", *options, "--", *command]
    return subprocess.Popen(
        arguments, cwd=ROOT, env=plain_environment(**environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def processes_naming(folder):
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


def eventually(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def dynamodb_client(engine):
    return botocore.session.get_session().create_client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=engine.url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def mongo_client(engine) -> pymongo.MongoClient[Any]:
    return pymongo.MongoClient(engine.url, serverSelectionTimeoutMS=5000)


@pytest.mark.faults
def test_dynamodb_keeps_acknowledged_items_when_killed(tmp_path):
    with DynamoDBLocal(tmp_path / "dynamodb") as engine:
        client = dynamodb_client(engine)
        client.create_table(
            TableName="kept",
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(20):
            client.put_item(TableName="kept", Item={"PK": {"S": str(number)}})
        url = engine.url
        engine.kill()
        assert not engine.running
        engine.restart()
        assert engine.url == url
        assert client.scan(TableName="kept", ConsistentRead=True)["Count"] == 20


@pytest.mark.faults
def test_mongod_is_primary_again_after_a_kill_and_after_a_move_to_another_port(tmp_path):
    with Mongod(tmp_path / "mongodb") as engine:
        with mongo_client(engine) as client:
            client.canvas.get_collection("c", write_concern=pymongo.WriteConcern("majority", j=True)).insert_one(
                {"_id": 1}
            )
        engine.kill()
        engine.restart()
        with mongo_client(engine) as client:
            assert client.canvas.c.find_one() == {"_id": 1}
    with (
        Mongod(tmp_path / "mongodb", port=free_port()) as moved,
        mongo_client(moved) as client,
    ):
        assert moved.port != engine.port
        assert client.canvas.c.find_one() == {"_id": 1}
        client.canvas.c.insert_one({"_id": 2})


@pytest.mark.faults
def test_redis_starts_again_on_its_port(tmp_path):
    with RedisServer(tmp_path / "redis") as engine:
        port = engine.port
        engine.kill()
        engine.restart()
        assert engine.port == port
        with redis.Redis.from_url(engine.url) as client:
            assert client.ping()


def test_a_half_written_secret_of_a_start_that_broke_off_is_not_used(tmp_path):
    (tmp_path / "secret_key.new").write_text("half")
    secret = kept_secret(tmp_path)
    assert len(secret) >= 32
    assert kept_secret(tmp_path) == secret
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_second_start_finds_its_ports_secret_and_exit_code_again_and_leaves_no_process(tmp_path):
    report = 'printf "%s " "$DYNAMODB_ENDPOINT_URL" "$MONGODB_URI" "$REDIS_URL" "$SECRET_KEY" "$VAR_DIR"; exit 3'
    outputs = []
    for _ in range(2):
        run = engines_run(tmp_path, "sh", "-c", report)
        outputs.append(run.communicate(timeout=60)[0])
        assert run.returncode == 3
        assert processes_naming(tmp_path) == []
    assert outputs[0] == outputs[1]
    assert outputs[0].split()[-1] == str(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command_whose_exit_code_counts(tmp_path, number):
    command = "import signal, sys, time\n"
    command += f"signal.signal({int(number)}, lambda *_: sys.exit(7))\nprint('up', flush=True)\ntime.sleep(60)"
    run = engines_run(tmp_path, sys.executable, "-c", command)
    assert run.stdout.readline() == "up\n"
    run.send_signal(number)
    run.communicate(timeout=30)
    assert run.returncode == 7
    assert processes_naming(tmp_path) == []


def test_what_the_command_leaves_running_is_ended(tmp_path):
    run = engines_run(tmp_path, "sh", "-c", f"setsid sh -c 'sleep 99; : {tmp_path}' >/dev/null 2>&1 & exit 0")
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert processes_naming(tmp_path) == []


@pytest.mark.faults
def test_nothing_survives_a_killed_start(tmp_path):
    run = engines_run(
        tmp_path, sys.executable, "-c", f"import time; print('up', flush=True); time.sleep(99)  # {tmp_path}"
    )
    assert run.stdout.readline() == "up\n"
    run.kill()
    run.communicate(timeout=30)
    assert eventually(lambda: processes_naming(tmp_path) == []), processes_naming(tmp_path)


@pytest.mark.faults
def test_an_engine_that_dies_under_the_command_is_started_again(tmp_path):
    command = (
        "import os, signal, time, redis\n"
        "c = redis.Redis.from_url(os.environ['REDIS_URL'])\n"
        "time.sleep(2.5)\n"
        "os.kill(c.info()['process_id'], signal.SIGKILL)\n"
        "for _ in range(100):\n"
        "    time.sleep(0.1)\n"
        "    try: c.ping(); break\n"
        "    except redis.ConnectionError: pass\n"
        "else: raise SystemExit(1)\n"
    )
    run = engines_run(tmp_path, sys.executable, "-c", command)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 0
    assert "Redis ended by itself" in errors


def test_a_second_start_on_the_same_data_is_refused_in_one_sentence(tmp_path):
    first = engines_run(tmp_path, "sh", "-c", "echo up; sleep 60")
    assert first.stdout.readline() == "up\n"
    second = engines_run(tmp_path, "true")
    _, errors = second.communicate(timeout=30)
    first.terminate()
    first.communicate(timeout=30)
    assert second.returncode == 1
    assert "Another start is using" in errors


def test_a_command_joins_the_start_that_uses_the_folder_and_has_its_own_engines_otherwise(tmp_path):
    report = 'printf "%s " "$DYNAMODB_ENDPOINT_URL" "$MONGODB_URI" "$REDIS_URL" "$SECRET_KEY" "$VAR_DIR"'
    first = engines_run(tmp_path, "sh", "-c", f"{report}; echo; sleep 60")
    there = first.stdout.readline()
    beside = engines_run(tmp_path, "sh", "-c", f"{report}; exit 3", join=True)
    assert beside.communicate(timeout=30)[0].split() == there.split()
    assert beside.returncode == 3
    assert first.poll() is None
    first.terminate()
    first.communicate(timeout=30)
    alone = engines_run(tmp_path, "sh", "-c", report, join=True)
    assert alone.communicate(timeout=60)[0].split() == there.split()
    assert processes_naming(tmp_path) == []


def test_who_joins_a_start_without_an_engine_of_its_own_is_told_to_configure_it(tmp_path):
    first = engines_run(tmp_path, "sh", "-c", "echo up; sleep 60", DYNAMODB_ENDPOINT_URL="http://d", MONGODB_URI="m")
    assert first.stdout.readline() == "up\n"
    beside = engines_run(tmp_path, "true", join=True)
    _, errors = beside.communicate(timeout=30)
    first.terminate()
    first.communicate(timeout=30)
    assert beside.returncode == 1
    assert "has no DynamoDB Local of its own" in errors


@pytest.mark.parametrize(
    ("script", "said"),
    [(None, "Java 17 or newer"), ("echo 'openjdk version \"11.0.2\" 2019-01-15' >&2", "11.0.2")],
)
def test_a_missing_or_old_java_is_one_sentence(tmp_path, monkeypatch, script, said):
    if script:
        java = tmp_path / "java"
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=said) as problem:
        DynamoDBLocal(tmp_path / "dynamodb").start()
    assert "openjdk-17-jre-headless" in str(problem.value)
    assert "DYNAMODB_ENDPOINT_URL" in str(problem.value)


@pytest.mark.parametrize(
    ("environ", "left"),
    [
        ({}, [DynamoDBLocal, Mongod, RedisServer]),
        ({"AWS_REGION": "eu-central-1"}, [Mongod, RedisServer]),
        ({"DYNAMODB_ENDPOINT_URL": "http://db:8000", "MONGODB_URI": "mongodb://m", "REDIS_URL": "redis://r"}, []),
    ],
)
def test_only_what_is_not_configured_is_started(environ, left):
    assert unconfigured(environ) == left
