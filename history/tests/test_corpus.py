"""The CO rules of history/SPEC.md: what was stored once stays readable and means the same."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from msgspec import UNSET

from canvasapp.commits import Sealed, unseal
from canvasapp.ops import Op, Restore
from canvasapp.state import CanvasState
from history import timetravel, verify
from history.digests import public_of
from history.documents import Snapshot
from history.log import link_of
from history.projection import ArchivedCommit, project_items
from history.verification import FORMATS, check_chain
from tests.corpus.make import CANVASES, KEY, keep

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "corpus"
LOGS = sorted(CORPUS.glob("commits-*/*.jsonl"))
SNAPSHOTS = sorted(CORPUS.glob("snapshots-*/*.json"))
BUNDLES = sorted(CORPUS.glob("bundles-*/*.zip"))


def commits_of(log: Path) -> list[ArchivedCommit]:
    return [project_items(binary(json.loads(line))) for line in log.read_text().splitlines()]


def binary(items: list[dict[str, dict[str, Any]]]) -> list[dict[str, dict[str, Any]]]:
    return [
        {name: {"B": base64.b64decode(held["B"])} if "B" in held else held for name, held in item.items()}
        for item in items
    ]


def sealed_of(log: Path) -> list[Sealed]:
    links = [link_of(commit) for commit in commits_of(log)]
    return [unseal(link.body, bytes.fromhex(link.hash), link.format) for link in links]


def expected_of(log: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(log.with_suffix(".expected.json").read_text())
    return told


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_co1_a_log_of_then_comes_to_the_state_of_then(log):
    expected = expected_of(log)
    state = CanvasState(expected["canvas"])
    for sealed in sealed_of(log):
        state.replay(sealed)
    elements = [msgspec.to_builtins(state.elements[element_id]) for element_id in sorted(state.elements)]
    assert elements == expected["elements"]
    assert (state.seq, state.hash.hex(), state.at) == (expected["seq"], expected["hash"], expected["at"])
    assert state.digest == expected["digest"]
    assert json.loads(msgspec.json.encode(state.clients)) == expected["clients"]


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_co1_a_log_of_then_is_sound(log):
    assert list(check_chain(expected_of(log)["canvas"], [link_of(commit) for commit in commits_of(log)])) == []


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.stem)
def test_co1_a_snapshot_of_then_is_the_state_of_then(snapshot, mongo):
    kept = json.loads(snapshot.read_text())
    parts = [base64.b64decode(part) for part in kept.pop("parts")]
    for number, body in enumerate(parts):
        moment = datetime.fromisoformat(kept["at"])
        Snapshot(**kept, time=moment, part=number, parts=len(parts), body=body).save()
    state = timetravel.snapshot_before(kept["canvas"], kept["seq"])
    expected = expected_of(CORPUS / "commits-1" / f"{snapshot.stem}.jsonl")
    live = [element for element in expected["elements"] if not element["deleted"]]
    assert [msgspec.to_builtins(state.elements[element_id]) for element_id in sorted(state.elements)] == live
    assert (state.seq, state.hash.hex(), state.at) == (expected["seq"], expected["hash"], expected["at"])


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_co1_a_bundle_of_then_verifies(bundle, capsys):
    assert verify.main([str(bundle), "--key", public_of(KEY).text]) == 0
    assert "SOUND" in capsys.readouterr().out


def test_co2_it_has_every_format_and_every_kind_of_op():
    """A new one comes with its file."""
    ops = [op for log in LOGS for sealed in sealed_of(log) for entry in sealed.commit.entries for op in entry.ops]
    assert {type(op) for op in ops} == set(get_args(Op))
    assert any(type(op) is Restore and op.element is not UNSET for op in ops)
    assert {commit.format for log in LOGS for commit in commits_of(log)} == FORMATS
    assert any(commit.parts > 1 for log in LOGS for commit in commits_of(log))
    assert {log.stem for log in LOGS} >= set(CANVASES)
    assert SNAPSHOTS
    assert BUNDLES


def test_co2_what_makes_it_replaces_nothing(tmp_path):
    file = tmp_path / "kept.jsonl"
    keep(file, b"one")
    keep(file, b"another")
    assert file.read_bytes() == b"one"
