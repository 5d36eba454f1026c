"""The AU rules of history/SPEC.md."""

import pytest

from history import audit
from history.models import AppendOnly, AuditRecord
from projects.models import User


def only() -> AuditRecord:
    return AuditRecord.objects.get()


def test_au1_a_note_says_who_did_what_to_what_from_where(db):
    audit.note(
        action="history.export",
        user_id="u1",
        project="p1",
        details={"user": "ada", "since": None, "rows": 3},
        origin="192.0.2.7",
    )
    noted = only()
    assert (noted.action, noted.user_id, noted.project, noted.canvas) == ("history.export", "u1", "p1", "")
    assert noted.details == {"user": "ada", "rows": 3}
    assert noted.origin == "192.0.2.7"


def test_au1_long_words_of_a_reader_are_cut(db):
    audit.note(action="history.export", user_id="u1", details={"element": "x" * 10_000})
    assert len(only().details["element"]) == audit.MAX_DETAIL


def test_au1_a_command_is_noted_with_the_operators_name(db):
    audit.note_command(action="verify", canvas="c1")
    assert only().user_id.startswith("operator:")
    assert only().origin


@pytest.mark.parametrize(
    "attempt",
    [
        lambda noted: noted.delete(),
        lambda noted: noted.save(),
        lambda noted: AuditRecord.objects.all().delete(),
        lambda noted: AuditRecord.objects.filter(pk=noted.pk).delete(),
        lambda noted: AuditRecord.objects.update(action="nothing"),
        lambda noted: AuditRecord.objects.bulk_update([noted], ["action"]),
    ],
)
def test_au2_what_was_noted_is_neither_changed_nor_removed(db, attempt):
    audit.note(action="verify", user_id="u1")
    with pytest.raises(AppendOnly):
        attempt(only())
    assert only().action == "verify"


def test_au3_the_admin_shows_it_and_offers_no_change(db, client):
    User.objects.create_superuser("root", password="correct horse")
    client.login(username="root", password="correct horse")
    audit.note(action="verify", user_id="u1", canvas="c1")
    at = "/admin/history/auditrecord/"
    assert b"verify" in client.get(at).content
    page = client.get(f"{at}{only().pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.post(f"{at}{only().pk}/change/", {"action": "nothing"}).status_code == 403
    assert client.post(f"{at}{only().pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{at}add/").status_code == 403
    assert only().action == "verify"


def test_au4_the_account_may_go_the_note_stays(db, alice):
    audit.note(action="bundle.export", user_id=str(alice.pk))
    alice.delete()
    assert only().action == "bundle.export"
