"""A change as it is kept (documents.ChangeRecord), and back. Plain dictionaries: a backfill makes millions."""

from collections.abc import Mapping
from typing import Any

from history.changes import Action, Change, Value

_ALIKE = (
    "canvas",
    "key",
    "element",
    "element_type",
    "user",
    "client",
    "gesture",
    "first_seq",
    "last_seq",
    "begun_at",
    "ended_at",
)


def document_of(project: str, change: Change) -> dict[str, Any]:
    document = {name: getattr(change, name) for name in _ALIKE}
    document |= {"project": project, "family": change.family, "action": change.action.value}
    document["values"] = [
        _given(
            path=path,
            before=value.before,
            after=value.after,
            appended=value.appended or None,
            shortened=value.shortened or None,
        )
        for path, value in change.values.items()
    ]
    return _given(**document)


def change_of(document: Mapping[str, Any]) -> Change:
    values = {
        value["path"]: Value(
            value.get("before"), value.get("after"), value.get("appended", 0), value.get("shortened", False)
        )
        for value in document["values"]
    }
    alike = {name: document.get(name) for name in _ALIKE}
    return Change(action=Action(document["action"]), values=values, **alike)  # type: ignore[arg-type]


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
