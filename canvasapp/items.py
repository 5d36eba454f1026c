"""The canvas's items in the table: head record, elements, commits. Key forms and conditions; no rules."""

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from projects.table import TableItem

HEAD_SK = "METADATA"
ELEMENT_PREFIX = "ELEMENT#"
COMMIT_PREFIX = "COMMIT#"
SEQ_DIGITS = 12  # so that keys sort as numbers do: a commit a millisecond for thirty years


def canvas_key(canvas_id: str) -> str:
    return f"CANVAS#{canvas_id}"


def element_key(element_id: str) -> str:
    return f"{ELEMENT_PREFIX}{element_id}"


def commit_key(seq: int) -> str:
    return f"{COMMIT_PREFIX}{seq:0{SEQ_DIGITS}d}"


def part_key(seq: int, part: int) -> str:
    """Sorts behind its commit and before the next one."""
    return f"{commit_key(seq)}#{part:03d}"


class HeadItem(TableItem, discriminator="canvas"):
    """`checkpoint_*` say up to which commit the ELEMENT# items are complete; `clients` is packed JSON of marks."""

    project_id = UnicodeAttribute()
    name = UnicodeAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    deleted = BooleanAttribute(default=False)
    checkpoint_seq = NumberAttribute(default=0)
    checkpoint_hash = BinaryAttribute(legacy_encoding=False, default=bytes(32))
    checkpoint_at = UnicodeAttribute(default="")
    clients = BinaryAttribute(legacy_encoding=False, null=True)


class ElementItem(TableItem, discriminator="element"):
    """An element after commit `seq`; `body` is its packed JSON, one attribute because decoding many is slow."""

    seq = NumberAttribute()
    body = BinaryAttribute(legacy_encoding=False)


class CommitItem(TableItem, discriminator="commit"):
    """A commit; when `parts` is above 1 the body goes on in CommitPartItems written with it in one transaction."""

    seq = NumberAttribute()
    commit_id = UnicodeAttribute()
    at = UnicodeAttribute()
    hash = UnicodeAttribute()
    format = NumberAttribute()
    parts = NumberAttribute(default=1)
    body = BinaryAttribute(legacy_encoding=False)


class CommitPartItem(TableItem, discriminator="commit-part"):
    body = BinaryAttribute(legacy_encoding=False)
