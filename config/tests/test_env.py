import pytest

from config import env

NAME = "CANVAS_TEST_VALUE"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("yes", True), ("ON", True), ("0", False), ("False", False), ("", True), (" ", True)],
)
def test_a_yes_or_no_is_read_from_its_words(monkeypatch, text, value):
    monkeypatch.setenv(NAME, text)
    assert env.env_bool(NAME, True) is value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda: env.env_bool(NAME, False), "maybe"),
        (lambda: env.env_int(NAME, 1), "1.5"),
        (lambda: env.env_int(NAME, 5, least=2), "1"),
        (lambda: env.env_url(NAME, "redis", "rediss"), "http://127.0.0.1"),
        (lambda: env.env_str(NAME), "  "),
    ],
)
def test_what_cannot_be_read_stops_the_start_and_names_the_variable(monkeypatch, read, text):
    monkeypatch.setenv(NAME, text)
    with pytest.raises(env.BadEnvironment, match=NAME):
        read()


def test_an_unset_variable_is_its_default(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    assert env.env_int(NAME, 7) == 7
    assert env.env_list(NAME, ["a"]) == ["a"]
    assert env.env_str(NAME, "x") == "x"
    assert env.env_url(NAME, "redis") == ""


def test_a_list_is_comma_separated_without_blanks(monkeypatch):
    monkeypatch.setenv(NAME, " a, ,b ,")
    assert env.env_list(NAME, []) == ["a", "b"]
