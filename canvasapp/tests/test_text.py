"""What updates make of texts. The fixtures are read by static/src/sync/text.test.ts too: both must agree."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Doc, Text

from canvasapp import text
from canvasapp.exceptions import Refused

FIXTURES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "tests" / "fixtures" / "text.json").read_text()
)


@pytest.mark.parametrize("case", FIXTURES["seeds"], ids=lambda case: case["plain"])
def test_tx2_everyone_seeds_alike(case):
    assert text.seed(case["plain"]) == b64decode(case["state"])


@pytest.mark.parametrize("case", FIXTURES["merges"], ids=lambda case: case["name"])
def test_tx3_updates_of_browsers_merge_or_are_refused(case):
    state = b64decode(case["ytext"]) if "ytext" in case else None
    update = b64decode(case["update"])
    if code := case.get("refused"):
        with pytest.raises(Refused) as refused:
            text.merge(state, case["plain"], update)
        assert refused.value.code == code
        return
    after, plain = text.merge(state, case["plain"], update)
    assert plain == case["text"]
    assert text.replay(state, case["plain"], update) == after
    doc: Doc[Text] = Doc()
    doc.apply_update(after)
    assert str(doc.get("text", type=Text)) == plain


@pytest.mark.parametrize("case", FIXTURES["edits"], ids=lambda case: f"{case['old']}->{case['now']}")
def test_tx4_an_edit_is_minimal_and_never_half_a_character(case):
    if case["old"] == case["now"]:
        return
    update = text.edit(None, case["old"], case["now"])
    assert text.merge(None, case["old"], update)[1] == case["now"]
    read = text.read_update(update)
    assert "".join(item.content or "" for item in read.items) == case["inserted"]
    assert sum(end - first for _, first, end in read.deletes) == case["removed"]
    assert all(first == case["start"] for _, first, _ in read.deletes)
