"""The DG rules of history/SPEC.md, with the real table."""

from datetime import date, timedelta
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from canvasapp.items import CommitItem, canvas_key, commit_key
from canvasapp.services import canvas_delete, canvas_purge
from canvasapp.testing import build_intent, rectangle
from history.canvases import Listed, canvas_named, canvases_in, every_canvas
from history.digests import Digest, public_of, sign
from history.models import AuditRecord
from history.signing import DigestItem, NotSound, Outcome, _keep, canvas_sign, digests_of, public_keys, signing_key
from history.verification import Code, Finding
from projects.testing import Api

SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
DAY = date(2026, 1, 2)


@pytest.fixture(autouse=True)
def key(settings) -> Ed25519PrivateKey:
    settings.DIGEST_SIGNING_KEY = SEED
    made = signing_key()
    assert made is not None
    return made


@pytest.fixture
def listed(board, project) -> Listed:
    return Listed(board.id, project.id)


def draw(board, count: int = 1) -> None:
    for _ in range(count):
        board.commit(build_intent(rectangle(f"e{board.state.seq}")))


def kept(canvas: str) -> list[Digest]:
    faults: list[Finding] = []
    digests = [signed.digest() for _, signed in digests_of(canvas, faults)]
    assert not faults
    return digests


def test_dg1_a_digest_names_the_last_commit_and_the_digest_before(board, listed, key):
    for days, count in ((0, 3), (1, 2), (5, 1)):
        draw(board, count)
        assert canvas_sign(listed, DAY + timedelta(days=days), key) is Outcome.SIGNED
    digests = kept(board.id)
    assert [(digest.day, digest.seq) for digest in digests] == [("2026-01-02", 3), ("2026-01-03", 5), ("2026-01-07", 6)]
    assert digests[-1].hash == board.state.hash.hex()
    assert {(digest.canvas, digest.project, digest.key) for digest in digests} == {
        (board.id, listed.project, public_of(key).id)
    }
    assert len({digest.previous for digest in digests}) == 3


def test_dg2_one_a_day_and_none_when_nothing_changed(board, listed, key):
    assert canvas_sign(listed, DAY, key) is Outcome.UNCHANGED  # empty
    draw(board)
    assert canvas_sign(listed, DAY, key) is Outcome.SIGNED
    draw(board)
    assert canvas_sign(listed, DAY, key) is Outcome.DONE
    assert canvas_sign(listed, DAY + timedelta(days=1), key) is Outcome.SIGNED
    assert canvas_sign(listed, DAY + timedelta(days=2), key) is Outcome.UNCHANGED
    assert len(kept(board.id)) == 2


def test_dg3_two_at_once_make_one(board, listed, key):
    draw(board)
    canvas_sign(listed, DAY, key)
    (digest,) = kept(board.id)
    assert _keep(digest, sign(digest, key)) is Outcome.DONE
    assert kept(board.id) == [digest]


def change_item(canvas: str, seq: int, **changed) -> None:
    item = CommitItem.get(canvas_key(canvas), commit_key(seq))
    for name, value in changed.items():
        setattr(item, name, value)
    item.save()


def test_dg4_what_does_not_follow_from_the_last_digest_is_not_signed(board, listed, key):
    draw(board, 3)
    canvas_sign(listed, DAY, key)
    draw(board, 2)
    item = CommitItem.get(canvas_key(board.id), commit_key(4))
    change_item(board.id, 4, body=item.body.replace(b"user-1", b"user-2"))
    with pytest.raises(NotSound) as refused:
        canvas_sign(listed, DAY + timedelta(days=1), key)
    assert {finding.code for finding in refused.value.findings} == {Code.CHAIN}
    assert len(kept(board.id)) == 1


def test_dg4_nor_is_a_log_whose_digests_were_changed(board, listed, key):
    draw(board)
    canvas_sign(listed, DAY, key)
    item = DigestItem.get(canvas_key(board.id), "DIGEST#2026-01-02")
    item.payload = item.payload.replace('"seq":1', '"seq":2')
    item.save()
    draw(board)
    with pytest.raises(NotSound):
        canvas_sign(listed, DAY + timedelta(days=1), key)


def test_dg5_a_new_key_goes_on_while_the_old_public_key_is_known(board, listed, key, settings):
    draw(board)
    canvas_sign(listed, DAY, key)
    old = public_of(key).text
    settings.DIGEST_SIGNING_KEY = "AAAA" * 10 + "AAA="
    new = signing_key()
    assert new is not None
    draw(board)
    with pytest.raises(NotSound):
        canvas_sign(listed, DAY + timedelta(days=1), new)
    settings.DIGEST_PUBLIC_KEYS = [old]
    assert set(public_keys()) == {public_of(key).id, public_of(new).id}
    assert canvas_sign(listed, DAY + timedelta(days=1), new) is Outcome.SIGNED
    assert [digest.key for digest in kept(board.id)] == [public_of(key).id, public_of(new).id]


def test_dg6_a_purged_canvas_takes_its_digests_with_it(board, listed, key):
    draw(board)
    canvas_sign(listed, DAY, key)
    canvas_purge(canvas_id=board.id)
    assert kept(board.id) == []


def test_dg7_the_command_signs_a_project_and_is_noted(board, listed, alice):
    draw(board)
    said = StringIO()
    call_command("sign_digests", project=listed.project, stdout=said)
    assert said.getvalue() == "1 signed, 0 unchanged, 0 done.\n"
    call_command("sign_digests", canvas=board.id, stdout=said)
    assert said.getvalue().endswith("0 signed, 0 unchanged, 1 done.\n")
    assert AuditRecord.objects.filter(action="digests.sign").count() == 2


def test_dg7_the_command_tells_by_its_exit_code(board, listed, settings):
    draw(board, 2)
    change_item(board.id, 2, at="2020-01-02T03:04:05.000Z")
    complaints = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("sign_digests", canvas=board.id, stdout=StringIO(), stderr=complaints)
    assert refused.value.returncode == 1
    assert "commit 2" in complaints.getvalue()
    for wrong in ("", "no key"):
        settings.DIGEST_SIGNING_KEY = wrong
        with pytest.raises(CommandError, match="DIGEST_SIGNING_KEY") as refused:
            call_command("sign_digests", canvas=board.id)
        assert refused.value.returncode == 2
    settings.DIGEST_SIGNING_KEY = SEED
    with pytest.raises(CommandError) as refused:
        call_command("sign_digests", canvas="nowhere")
    assert refused.value.returncode == 2


def test_dg8_a_new_key_is_one_that_signs(settings, capsys):
    call_command("make_digest_key")
    line, public, key_id = capsys.readouterr().out.splitlines()
    settings.DIGEST_SIGNING_KEY = line.removeprefix("DIGEST_SIGNING_KEY=")
    made = signing_key()
    assert made is not None
    assert public.endswith(public_of(made).text)
    assert key_id.endswith(public_of(made).id)


def test_dg8_public_keys_that_are_none_are_told(settings):
    settings.DIGEST_PUBLIC_KEYS = ["AAAA"]
    with pytest.raises(ImproperlyConfigured, match="DIGEST_PUBLIC_KEYS"):
        public_keys()


def test_every_canvas_is_found_also_in_the_trash(board, listed, alice):
    assert listed in list(every_canvas())
    canvas_delete(canvas_id=board.id, deleted_by=alice)
    assert list(canvases_in(listed.project)) == [listed]
    assert canvas_named(board.id) == listed
    assert canvas_named("nowhere") is None


def test_dg8_everybody_may_have_the_public_keys(settings, key, db):
    settings.DIGEST_PUBLIC_KEYS = [public_of(Ed25519PrivateKey.generate()).text]
    answer = Api().get("digest-key/")
    assert answer.status_code == 200
    told = answer.json()["results"]
    assert told[0] == {"id": public_of(key).id, "algorithm": "Ed25519", "public_key": public_of(key).text}
    assert [entry["public_key"] for entry in told[1:]] == settings.DIGEST_PUBLIC_KEYS
    assert SEED not in answer.content.decode()
