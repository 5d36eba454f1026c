"""Which language a page speaks, and who may choose it."""

import pytest
from django.test import Client

from projects.exceptions import Invalid
from projects.services import user_set_language

JAPANESE = '<html lang="ja" dir="ltr"'
ENGLISH = '<html lang="en" dir="ltr"'


def page(client, address="/sign-in/", **headers):
    return client.get(address, headers=headers).content.decode()


def test_without_a_choice_the_browser_decides(db):
    assert JAPANESE in page(Client(), **{"accept-language": "ja-JP,ja;q=0.9,en;q=0.5"})
    assert ENGLISH in page(Client(), **{"accept-language": "fr,de;q=0.8"})


def test_a_choice_is_kept_in_a_cookie_and_goes_before_the_browser(db):
    client = Client()
    answer = client.post("/language/", {"language": "ja", "next": "/sign-in/"})
    assert answer.headers["Location"] == "/sign-in/"
    assert JAPANESE in page(client, **{"accept-language": "en"})
    client.post("/language/", {"language": ""})
    assert ENGLISH in page(client, **{"accept-language": "en"})


def test_the_account_goes_before_the_cookie_on_every_device(alice):
    user_set_language(user=alice, language="ja")
    client = Client()
    client.force_login(alice)
    client.cookies["django_language"] = "en"
    assert JAPANESE in page(client, "/no-such-page/")


def test_a_choice_while_signed_in_is_kept_with_the_account(alice):
    client = Client()
    client.force_login(alice)
    client.post("/language/", {"language": "ja"})
    alice.refresh_from_db()
    assert alice.language == "ja"
    client.post("/language/", {"language": ""})
    alice.refresh_from_db()
    assert alice.language == ""


def test_an_account_with_a_language_that_is_gone_still_gets_pages(alice):
    type(alice).objects.filter(pk=alice.pk).update(language="xx")
    client = Client()
    client.force_login(alice)
    assert ENGLISH in page(client, "/no-such-page/")


@pytest.mark.parametrize("language", ["xx", "../ja", "ja\n", "x" * 500])
def test_what_we_do_not_speak_is_refused(alice, language):
    client = Client()
    client.force_login(alice)
    assert client.post("/language/", {"language": language}).status_code == 400
    alice.refresh_from_db()
    assert alice.language == ""
    with pytest.raises(Invalid):
        user_set_language(user=alice, language=language)


def test_the_choice_never_leads_elsewhere_and_only_by_post(db):
    assert Client().post("/language/", {"language": "ja", "next": "https://evil.example/"}).headers["Location"] == "/p/"
    assert Client().get("/language/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/language/", {"language": "ja"}).status_code == 403
