"""Brings the index in line with the items: what each kind's `index_keys` says, by a scan of the table in segments.

A write touches the two index attributes only, and only as long as these and what they derive from are as they were
read: whatever somebody writes meanwhile stands. What was skipped so is right already, or for the next run. Blocking.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any

from pynamodb.exceptions import PynamoDBException, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from projects.store import reaching_dynamodb
from projects.table import TableItem

PAGE = 200  # items
_UNIT_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Stale:
    """An item that does not stand in the index where it belongs."""

    item: TableItem
    keys: tuple[str, str] | None

    @property
    def write_units(self) -> int:
        """About: the item is written once to the table, and at most twice to the index (out of its old place)."""
        size = sum(len(repr(value)) for value in self.item.attribute_values.values())
        return 3 * ceil(size / _UNIT_BYTES)


@dataclass(frozen=True, slots=True)
class Page:
    read: int
    stale: list[Stale]
    unknown: int  # of a kind, or in a form, that this version doesn't know: left as they are
    after: dict[str, Any] | None  # where the segment goes on; None: it is done


def kinds() -> dict[str, type[TableItem]]:
    """The kinds that say where they stand in the index."""
    known = TableItem.kind.get_registered_subclasses(TableItem)
    return {
        str(TableItem.kind.get_discriminator(kind)): kind
        for kind in known
        if kind.index_keys is not TableItem.index_keys
    }


def page(segment: int, segments: int, after: Any) -> Page:
    """Raises Unavailable."""
    known = kinds()
    with reaching_dynamodb():
        answer = TableItem._get_connection().scan(
            segment=segment, total_segments=segments, exclusive_start_key=after, limit=PAGE, consistent_read=True
        )
    stale, unknown = [], 0
    for image in answer["Items"]:
        kind = known.get(image.get("kind", {}).get("S", ""))
        if kind is None:
            continue
        try:
            item = kind.from_raw_data(image)
            keys = item.index_keys()
        except (PynamoDBException, AttributeError, TypeError, ValueError):
            unknown += 1
            continue
        if (item.gsi1pk, item.gsi1sk) != (keys or (None, None)):
            stale.append(Stale(item, keys))
    return Page(len(answer["Items"]), stale, unknown, answer.get("LastEvaluatedKey"))


def mend(stale: Stale) -> bool:
    """False when somebody wrote the item meanwhile. Raises Unavailable."""
    item, kind = stale.item, type(stale.item)
    actions: list[Action]
    if stale.keys is None:
        actions = [kind.gsi1pk.remove(), kind.gsi1sk.remove()]
    else:
        actions = [kind.gsi1pk.set(stale.keys[0]), kind.gsi1sk.set(stale.keys[1])]
    condition: Condition = kind.pk.exists()
    for name in ("gsi1pk", "gsi1sk", *kind.index_sources):
        attribute, value = getattr(kind, name), getattr(item, name)
        condition &= attribute.does_not_exist() if value is None else attribute == value
    try:
        with reaching_dynamodb():
            kind(item.pk, item.sk).update(actions=actions, condition=condition)
    except UpdateError:
        return False
    return True
