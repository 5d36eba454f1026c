"""Ops and digests as the browser has them too: static/src/sync/fixtures.test.ts reads the same file."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pycrdt import Doc, Text

from canvasapp.elements import Element, fingerprint
from canvasapp.exceptions import Refused
from canvasapp.ops import Op, apply
from canvasapp.testing import content

FIXTURES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "tests" / "fixtures" / "ops.json").read_text()
)
STAMPS = {"created_by": "", "updated_by": "", "updated_at": "", "seq": 0}


@pytest.mark.parametrize("case", FIXTURES["ops"], ids=lambda case: case["name"])
def test_op1_to_op8_ops_do_what_both_sides_agreed_on(case):
    before = msgspec.convert(case["before"] | STAMPS, Element) if case["before"] else None
    op: Op = msgspec.convert(case["op"], Op)
    if code := case.get("refused"):
        with pytest.raises(Refused) as refused:
            apply(op, before)
        assert refused.value.code == code
        return
    made = apply(op, before)
    assert made is not None
    after = dict(case["after"])
    assert history(made) == history(msgspec.convert(after | STAMPS, Element))
    after.pop("ytext", None)
    assert {key: value for key, value in content(made).items() if key != "ytext"} == without_version(after)


def history(element: Element) -> str | None:
    """What the state of its text says. Its bytes are each library's own."""
    if not element.ytext:
        return None
    doc: Doc[Text] = Doc()
    doc.apply_update(element.ytext)
    return str(doc.get("text", type=Text))


def without_version(element: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in element.items() if key != "version"}


@pytest.mark.parametrize("case", FIXTURES["fingerprints"], ids=lambda case: case["id"])
def test_el6_fingerprints_are_the_same(case):
    assert fingerprint(case["id"], case["version"]) == case["fingerprint"]
