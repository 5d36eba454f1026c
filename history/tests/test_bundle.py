"""The BU rules of history/SPEC.md: a bundle proves itself, wherever it is; whatever is changed in one is found."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import mongoengine
import msgspec
import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canvasapp.testing import build_intent, rectangle
from history import bundle, verify
from history.bundle import COMMITS, DIGESTS, KEYS, MANIFEST, MEMBERS, README, Start, bundle_write
from history.canvases import Listed
from history.digests import public_of
from history.documents import ALIAS
from history.models import AuditRecord
from history.signing import canvas_sign, signing_key
from history.tests.test_verification import FIRST, KEY, LINKS, OTHER_KEY, OTHERS, SECOND, THIRD, digest_of, rewritten
from projects.testing import Api, assert_problem

ROOT = Path(__file__).resolve().parents[2]
SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
PUBLIC = public_of(KEY).text
Members = dict[str, bytes]


def written(links=LINKS, signed=(FIRST, SECOND, THIRD), keys=(public_of(KEY),), start=Start()) -> bytes:  # noqa: B008
    return b"".join(bundle_write("c1", start, links, signed, keys))


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: Members) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


SOUND = written()
PARTS = members_of(SOUND)


@pytest.fixture
def judge(tmp_path, capsys) -> Callable[..., tuple[int, str]]:
    def run(data: bytes, *arguments: str) -> tuple[int, str]:
        file = tmp_path / "bundle.zip"
        file.write_bytes(data)
        code = verify.main([str(file), *arguments])
        return code, capsys.readouterr().out

    return run


def test_bu1_a_bundle_of_a_sound_canvas_is_sound(judge):
    code, said = judge(SOUND, "--key", PUBLIC)
    assert code == 0
    assert "SOUND: all commits are as they were signed, up to 6." in said
    code, said = judge(SOUND)
    assert code == 0
    assert "--key" in said


def test_bu1_what_is_not_signed_yet_is_told(judge):
    code, said = judge(written(signed=(FIRST,)), "--key", PUBLIC)
    assert code == 0
    assert "Commits 3 to 6 follow from them, and are not signed yet." in said


def test_bu1_without_a_signature_nothing_is_proven(judge):
    code, said = judge(written(signed=()))
    assert code == 2
    assert "NOT SIGNED" in said
    assert judge(written(signed=()), "--key", PUBLIC)[0] == 1
    assert judge(written(links=[], signed=()))[0] == 2


def test_bu1_a_bundle_may_begin_later(judge):
    start = Start(2, LINKS[1].hash)
    code, said = judge(written(links=LINKS[2:], start=start), "--key", PUBLIC)
    assert code == 0
    assert "commits 3 to 6" in said
    assert judge(written(links=LINKS[2:], start=Start(2, "0" * 64)))[0] == 1
    assert judge(written(links=LINKS[2:], start=Start(2, "no hash")))[0] == 2


def test_bu2_it_needs_neither_the_product_nor_its_settings(tmp_path):
    file = tmp_path / "bundle.zip"
    file.write_bytes(SOUND)
    code = "import sys; from history.verify import main; code = main(sys.argv[1:]); print(*sys.modules); sys.exit(code)"
    ran = subprocess.run(
        [sys.executable, "-c", code, str(file), "--key", PUBLIC],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    others = {name.partition(".")[0] for name in ran.stdout.splitlines()[-1].split()} - set(sys.stdlib_module_names)
    assert not {"django", "pynamodb", "mongoengine", "pymongo", "canvasapp", "projects", "config", "pycrdt"} & others


def lines_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in PARTS[name].splitlines()]


def with_lines(name: str, lines: list[dict[str, Any]]) -> bytes:
    return zipped(PARTS | {name: b"".join(msgspec.json.encode(line) + b"\n" for line in lines)})


def other(value: Any) -> Any:
    if isinstance(value, list):
        return [*value, 9]
    return value + 1 if isinstance(value, int) else value[:-1] + chr(ord(value[-1]) ^ 1)


@pytest.mark.parametrize("place", [0, 2, 5])
def test_bu3_each_field_of_each_commit(judge, place):
    for name in lines_of(COMMITS)[place]:
        lines = lines_of(COMMITS)
        lines[place][name] = other(lines[place][name])
        assert judge(with_lines(COMMITS, lines))[0] == 1, name


@pytest.mark.parametrize("place", [0, 1, 2])
def test_bu3_each_field_of_each_digest(judge, place):
    for name in lines_of(DIGESTS)[place]:
        lines = lines_of(DIGESTS)
        lines[place][name] = other(lines[place][name])
        assert judge(with_lines(DIGESTS, lines))[0] in {1, 2}, name
    for name in json.loads(lines_of(DIGESTS)[place]["payload"]):
        lines = lines_of(DIGESTS)
        told = json.loads(lines[place]["payload"])
        told[name] = other(told[name])
        lines[place]["payload"] = msgspec.json.encode(told, order="sorted").decode()
        assert judge(with_lines(DIGESTS, lines))[0] == 1, name


def test_bu3_each_field_of_the_manifest_and_of_the_keys(judge):
    manifest = json.loads(PARTS[MANIFEST])
    assert set(manifest) == set(bundle.Manifest.__struct_fields__)
    for name in manifest:
        changed = json.dumps(manifest | {name: other(manifest[name])}).encode()
        assert judge(zipped(PARTS | {MANIFEST: changed}))[0] in {1, 2}, name
    (key,) = json.loads(PARTS[KEYS])
    for name in key:
        changed = json.dumps([key | {name: other(key[name])}]).encode()
        assert judge(zipped(PARTS | {KEYS: changed}))[0] == 2, name
    assert judge(zipped(PARTS | {KEYS: b"[]"}))[0] == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.sampled_from([name for name in MEMBERS if name != README]), data=st.data())
def test_bu3_any_byte_of_it_counts(judge, name, data):
    content = bytearray(PARTS[name])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    if name in {KEYS, MANIFEST} and says_the_same(bytes(content), PARTS[name]):
        return
    assert judge(zipped(PARTS | {name: bytes(content)}))[0] in {1, 2}


def says_the_same(one: bytes, another: bytes) -> bool:
    try:
        return bool(json.loads(one) == json.loads(another))
    except ValueError:
        return False


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_bu3_any_byte_of_the_file_counts_or_changes_nothing(judge, data):
    flipped = bytearray(SOUND)
    at = data.draw(st.integers(0, len(flipped) - 1))
    flipped[at] ^= data.draw(st.integers(1, 255))
    code, _ = judge(bytes(flipped))
    if code == 0:  # a date, say
        assert members_of(bytes(flipped)) == PARTS


@pytest.mark.parametrize(
    "links",
    [
        LINKS[1:],
        LINKS[:2] + LINKS[3:],
        LINKS[:5],
        [*LINKS[:3], LINKS[4], LINKS[3], LINKS[5]],
        OTHERS,
        rewritten(LINKS, 3),
    ],
    ids=["first-missing", "one-missing", "cut", "exchanged", "another-canvas", "rewritten"],
)
def test_bu3_commits_removed_reordered_cut_replayed_or_rewritten(judge, links):
    assert judge(written(links=links))[0] == 1


@pytest.mark.parametrize("signed", [(SECOND, THIRD), (FIRST, THIRD), (SECOND, FIRST, THIRD), (FIRST, FIRST)])
def test_bu3_digests_removed_or_reordered(judge, signed):
    assert judge(written(signed=signed))[0] == 1


def test_bu4_a_bundle_made_anew_with_another_key_is_told_by_the_pinned_one(judge):
    forged = rewritten(LINKS, 3)
    data = written(
        links=forged, signed=(digest_of(forged[5], "2026-01-04", key=OTHER_KEY),), keys=(public_of(OTHER_KEY),)
    )
    assert judge(data)[0] == 0  # consistent: which is why a key is to be pinned
    code, said = judge(data, "--key", PUBLIC)
    assert code == 1
    assert "key c1" in said


def test_bu4_an_earlier_key_counts_below_a_digest_of_the_pinned_one(judge):
    later = digest_of(LINKS[5], "2026-01-04", SECOND.hash, OTHER_KEY)
    keys = (public_of(KEY), public_of(OTHER_KEY))
    data = written(signed=(FIRST, SECOND, later), keys=keys)
    assert judge(data, "--key", public_of(OTHER_KEY).text)[0] == 0
    assert judge(data, "--key", PUBLIC)[0] == 1
    assert judge(data, "--key", PUBLIC, "--key", public_of(OTHER_KEY).text)[0] == 0


def entries(*added: tuple[str, bytes], without: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in [*((name, data) for name, data in PARTS.items() if name != without), *added]:
            archive.writestr(name, data)
    return held.getvalue()


def renamed(canvas: str) -> bytes:
    return json.dumps(json.loads(PARTS[MANIFEST]) | {"canvas": canvas}).encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no zip": lambda: b"PK" + bytes(10_000),
    "cut": lambda: SOUND[: len(SOUND) // 2],
    "another member": lambda: entries(("more.txt", b"")),
    "a path": lambda: entries(("../../etc/passwd", b"x")),
    "a path for a name": lambda: entries(("/manifest.json", PARTS[MANIFEST]), without=MANIFEST),
    "bzip2": lambda: entries(method=zipfile.ZIP_BZIP2),
    "lzma": lambda: entries(method=zipfile.ZIP_LZMA),
    "a bomb of one line": lambda: entries((COMMITS, b"0" * (40 * 1024 * 1024)), without=COMMITS),
    "a bomb of a manifest": lambda: entries((MANIFEST, b" " * (40 * 1024 * 1024)), without=MANIFEST),
    "a bomb of keys": lambda: entries((KEYS, b"[" * (40 * 1024 * 1024)), without=KEYS),
    "nesting": lambda: entries((COMMITS, b"[" * 100_000 + b"\n"), without=COMMITS),
    "no last line end": lambda: entries((COMMITS, PARTS[COMMITS][:-1]), without=COMMITS),
    "digests to fill the memory with": lambda: written(signed=[digest_of(LINKS[1], "2026-01-02" + "0" * 100_000)]),
    "a name for a canvas": lambda: entries((MANIFEST, renamed("c1 SOUND: all is well.")), without=MANIFEST),
    "a field that fills the screen": lambda: entries((MANIFEST, b'{"' + b"a" * 500_000 + b'":1}'), without=MANIFEST),
    "empty lines": lambda: entries((COMMITS, b"\n" + PARTS[COMMITS]), without=COMMITS),
    "no text": lambda: entries((COMMITS, b"\xff\xfe\n"), without=COMMITS),
    "another field": lambda: entries((MANIFEST, PARTS[MANIFEST][:-1] + b',"more":1}'), without=MANIFEST),
    "another format": lambda: entries((MANIFEST, PARTS[MANIFEST].replace(b"bundle/1", b"bundle/2")), without=MANIFEST),
    "endless findings": lambda: entries((COMMITS, PARTS[COMMITS] * 1_200), without=COMMITS),
    **{f"no {name}": partial(entries, without=name) for name in MEMBERS},
    **{f"{name} twice": partial(entries, (name, PARTS[name])) for name in MEMBERS},
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", HOSTILE)
def test_bu5_a_hostile_file_is_refused(judge, kind):
    code, said = judge(HOSTILE[kind]())
    assert code == 2
    assert said.startswith("NOT CHECKED: ")
    assert said.count("\n") == 1
    assert len(said) < 2_000


def test_bu5_nothing_of_it_steers_the_terminal(judge):
    manifest = json.loads(PARTS[MANIFEST]) | {"format": "c1\x1b]0;owned\x07\n"}
    _, said = judge(zipped(PARTS | {MANIFEST: json.dumps(manifest).encode()}))
    assert "\x1b" not in said
    assert "\x07" not in said


def test_bu5_a_file_that_is_not_there_and_a_key_that_is_none(judge, capsys):
    assert verify.main(["/nowhere/bundle.zip"]) == 2
    assert judge(SOUND, "--key", "AAAA")[0] == 2


def test_bu6_a_bundle_is_written_as_its_commits_are_read():
    read = 0

    def many():
        nonlocal read
        for link in LINKS * 2_000:
            read += 1
            yield noisy(link)

    def noisy(link):
        return type(link)(link.seq, os.urandom(500).hex(), link.at, link.hash, link.format, link.body)

    pieces = bundle_write("c1", Start(), many(), [], [])
    first = next(pieces)
    assert 0 < read < 3_000
    assert len(first) < 2 * bundle.PIECE_BYTES
    assert all(len(piece) < 2 * bundle.PIECE_BYTES for piece in pieces)


@pytest.fixture
def board_with_digest(board, project, settings):
    settings.DIGEST_SIGNING_KEY = SEED
    for number in range(5):
        board.commit(build_intent(rectangle(f"e{number}")))
    key = signing_key()
    assert key is not None
    canvas_sign(Listed(board.id, project.id), date(2026, 1, 3), key)
    board.commit(build_intent(rectangle("more")))
    return board


def test_bu7_the_command_writes_one_that_verifies(board_with_digest, tmp_path, capsys):
    file = tmp_path / "out.zip"
    call_command("export_bundle", board_with_digest.id, output=file, stdout=StringIO())
    assert verify.main([str(file), "--key", PUBLIC]) == 0
    assert "commits 1 to 6, 1 signed digests" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]
    assert AuditRecord.objects.get(action="bundle.export").canvas == board_with_digest.id
    with pytest.raises(CommandError) as refused:
        call_command("export_bundle", "nowhere", output=file)
    assert refused.value.returncode == 2


def body_of(response) -> bytes:
    async def read() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(read)()


def test_bu8_members_get_it_over_rest_and_it_is_noted(board_with_digest, judge, alice, charlie, project):
    path = f"canvases/{board_with_digest.id}/bundle/"
    answer = Api(alice).get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert judge(body_of(answer), "--key", PUBLIC)[0] == 0
    noted = AuditRecord.objects.get(action="bundle.export")
    assert (noted.user_id, noted.project, noted.origin) == (str(alice.pk), project.id, "127.0.0.1")
    assert_problem(Api(charlie).get(path), 404, "not_found")
    assert Api().get(path).status_code == 401
    assert AuditRecord.objects.count() == 1


def test_bu8_over_rest_it_begins_where_the_telling_begins(board, project, alice, judge, settings):
    settings.DIGEST_SIGNING_KEY = SEED
    old = (datetime.now(UTC) - timedelta(days=40)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for number in range(3):
        board.commit(build_intent(rectangle(f"old{number}")), at=old)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for number in range(2):
        board.commit(build_intent(rectangle(f"new{number}")), at=now)
    call_command("sign_digests", canvas=board.id, stdout=StringIO())
    assert Api(alice).patch(f"projects/{project.id}/", {"history_days": 10}).status_code == 200
    mongoengine.disconnect(ALIAS)  # as in a server that was not asked for history yet
    data = body_of(Api(alice).get(f"canvases/{board.id}/bundle/"))
    code, said = judge(data, "--key", PUBLIC)
    assert code == 0
    assert "commits 4 to 5" in said
    assert b"old0" not in members_of(data)[COMMITS]
