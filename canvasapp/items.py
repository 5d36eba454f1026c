"""The canvas's items in the table: head record, elements, commits; and assets. Key forms and conditions; no rules."""

from typing import Any

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute

from projects.items import METADATA, PROJECT_PREFIX, project_key
from projects.table import TableItem

HEAD_SK = "METADATA"
ELEMENT_PREFIX = "ELEMENT#"
COMMIT_PREFIX = "COMMIT#"
ASSET_PREFIX = "ASSET#"
EMBED_SK = "EMBED"
SEQ_DIGITS = 12  # so that keys sort as numbers do: a commit a millisecond for thirty years


def canvas_key(canvas_id: str) -> str:
    return f"CANVAS#{canvas_id}"


def asset_key(asset_id: str) -> str:
    return ASSET_PREFIX + asset_id


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


class EmbedItem(TableItem, discriminator="embed"):
    """The canvas's embedding link: the hash of its secret, and the origins whose pages may show it."""

    secret_hash = UnicodeAttribute()
    origins = ListAttribute[Any](default=list)
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()


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


class AssetItem(TableItem, discriminator="asset"):
    """A picture's bytes are in the storage under `file`; the id is the hash of what was uploaded, not of those.

    `used_at` (seconds) is when somebody uploaded it last: what was asked for lately is never collected.
    """

    type = UnicodeAttribute()
    size = NumberAttribute()
    width = NumberAttribute()
    height = NumberAttribute()
    file = UnicodeAttribute()
    created_at = UnicodeAttribute()
    used_at = NumberAttribute()

    @classmethod
    def build(cls, asset_id: str, **fields: Any) -> "AssetItem":
        return cls(asset_key(asset_id), METADATA, **fields)

    @property
    def id(self) -> str:
        return self.pk.removeprefix(ASSET_PREFIX)


class AssetGrant(TableItem, discriminator="asset_grant"):
    """That a project holds an asset; the index lists an asset's projects."""

    size = NumberAttribute()
    granted_by = UnicodeAttribute()
    used_at = NumberAttribute()

    def index_keys(self) -> tuple[str, str]:
        return asset_key(self.asset_id), project_key(self.project_id)

    @classmethod
    def build(cls, project_id: str, asset_id: str, **fields: Any) -> "AssetGrant":
        return cls(
            project_key(project_id),
            asset_key(asset_id),
            gsi1pk=asset_key(asset_id),
            gsi1sk=project_key(project_id),
            **fields,
        )

    @property
    def project_id(self) -> str:
        return self.pk.removeprefix(PROJECT_PREFIX)

    @property
    def asset_id(self) -> str:
        return self.sk.removeprefix(ASSET_PREFIX)


class AssetUsage(TableItem, discriminator="asset_usage"):
    """How many bytes a project's assets have, counted in the transactions that write its grants."""

    bytes = NumberAttribute()

    @classmethod
    def build(cls, project_id: str) -> "AssetUsage":
        return cls(project_key(project_id), "ASSET_USAGE")
