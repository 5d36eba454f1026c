"""The catalogues of pages and server against the code: complete, compiled, nothing left over. No gettext is needed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = sorted(path.parent.name for path in ROOT.glob("*/apps.py"))
CATALOGUES = sorted((ROOT / "templates" / "locale").glob("*/LC_MESSAGES/django.po"))
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
CALLS = PLAIN | {"ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
STRING = r"""u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*\""""
CALL = re.compile(rf"\b(?:[np]?gettext|_)\((?:{STRING}|[^)'\"])*\)")
PLACEHOLDER = re.compile(r"%\((\w+)\)|{(\w*)[}!:]|(%[sd])")


def sources() -> Iterator[tuple[Path, str]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "tests" not in path.parts and "migrations" not in path.parts:
                yield path, path.read_text()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        # What templatize leaves of a template are calls of gettext between rows of X.
        yield path, "\n".join(call.group() for call in CALL.finditer(templatize(path.read_text())))


def said(path: Path, code: str) -> Iterator[tuple[str | None, str | None]]:
    """Context and text of what is said; the text None when no catalogue can have it."""
    for node in ast.walk(ast.parse(code, str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in CALLS:
            continue
        words = [literal(argument) for argument in node.args[:2]]
        if name.startswith("pgettext"):
            yield words[0], words[1]
        else:
            yield None, words[0]


def literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


ALL = [(path, context, text) for path, code in sources() for context, text in said(path, code)]


def entries(path: Path) -> list[polib.POEntry]:
    return [entry for entry in polib.pofile(str(path)) if not entry.obsolete]


def test_there_is_something_to_translate_in_templates_and_code():
    assert {path.suffix for path, _, text in ALL if text} == {".html", ".py"}


def test_every_text_is_a_literal():
    assert [str(path.relative_to(ROOT)) for path, _, text in ALL if text is None] == []


def test_each_language_offered_but_english_has_a_catalogue():
    assert {path.parts[-3] for path in CATALOGUES} == {code for code, _ in settings.LANGUAGES} - {"en"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_has_its_entry_and_none_is_empty_or_a_guess_or_said_no_more(path):
    texts = {(context, text) for _, context, text in ALL}
    assert texts - {(entry.msgctxt, entry.msgid) for entry in entries(path)} == set(), "bin/messages takes them up"
    for entry in entries(path):
        assert entry.translated() and not entry.fuzzy, entry.msgid  # noqa: PT018 - one state of an entry
        assert (entry.msgctxt, entry.msgid) in texts, f"nobody says {entry.msgid!r}"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_translations_have_the_placeholders_of_their_text(path):
    for entry in entries(path):
        for translated in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert placeholders(translated) == placeholders(entry.msgid_plural or entry.msgid), entry.msgid


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_that_of_the_texts(path):
    compiled = polib.mofile(str(path.with_suffix(".mo")))
    assert {(one.msgctxt, one.msgid): told(one) for one in compiled} == {
        (one.msgctxt, one.msgid): told(one) for one in entries(path)
    }


def placeholders(text: str) -> set[tuple[str, ...]]:
    return set(PLACEHOLDER.findall(text))


def told(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
