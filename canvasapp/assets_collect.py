"""What refers to pictures, found by one walk through the table; and the removal of what nothing refers to.

An id counts as referred to wherever it stands in the JSON of an element or a commit: a property that is unknown here
keeps a picture too. docs/decisions/assets.md says why the log counts, and what may happen meanwhile.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.files.storage import default_storage
from pynamodb.exceptions import DeleteError, TransactWriteError

from canvasapp.assets import FOLDER, ID_FORM
from canvasapp.commits import unpack
from canvasapp.items import ASSET_PREFIX, AssetGrant, AssetItem, AssetUsage, asset_key
from canvasapp.log import connection
from projects.exceptions import Unavailable
from projects.items import PROJECT_PREFIX
from projects.store import condition_failed, reaching_dynamodb, transaction_write

PAGE = 500  # items of one request; DynamoDB ends it at 1 MB in any case
_ID = re.compile(ID_FORM.encode())
CANVAS_PREFIX = "CANVAS#"


@dataclass(frozen=True, slots=True)
class Grant:
    project_id: str
    asset_id: str
    size: int
    used_at: int


@dataclass(frozen=True, slots=True)
class StoredAsset:
    asset_id: str
    size: int
    used_at: int
    file: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str
    size: int


@dataclass
class Sweep:
    """The walk, page by page, and what it has found. `position` is where it goes on."""

    started_at: float
    position: dict[str, Any] | None = None
    done: bool = False
    read: int = 0
    named: dict[str, set[str]] = field(default_factory=dict)  # by canvas
    projects: dict[str, str] = field(default_factory=dict)  # of canvases
    grants: list[Grant] = field(default_factory=list)
    assets: list[StoredAsset] = field(default_factory=list)
    pieces: tuple[str, bytes] = ("", b"")  # a commit whose rest comes with the items that follow

    @property
    def references(self) -> int:
        return sum(len(ids) for ids in self.named.values())

    def step(self) -> int:
        """Reads one page; how many items. Raises Unavailable."""
        with reaching_dynamodb():
            start: Any = self.position  # typed as a str there, and a key all the same
            page = connection().scan(limit=PAGE, exclusive_start_key=start, consistent_read=True)
        for item in page["Items"]:
            self._look(item)
        self.position = page.get("LastEvaluatedKey")
        self.done = not self.position
        self.read += len(page["Items"])
        return len(page["Items"])

    def _look(self, item: dict[str, Any]) -> None:
        kind = item.get("kind", {}).get("S")
        pk, sk = item["PK"]["S"], item["SK"]["S"]
        canvas_id = pk.removeprefix(CANVAS_PREFIX)
        match kind:
            case "canvas":
                self.projects[canvas_id] = item["project_id"]["S"]
            case "element":
                self._note(canvas_id, unpack(item["body"]["B"]))
            case "commit" | "commit-part":
                self._commit(canvas_id, sk, item)
            case "asset_grant":
                self.grants.append(
                    Grant(
                        pk.removeprefix(PROJECT_PREFIX),
                        sk.removeprefix(ASSET_PREFIX),
                        int(item["size"]["N"]),
                        int(item["used_at"]["N"]),
                    )
                )
            case "asset":
                self.assets.append(
                    StoredAsset(
                        pk.removeprefix(ASSET_PREFIX),
                        int(item["size"]["N"]),
                        int(item["used_at"]["N"]),
                        item["file"]["S"],
                    )
                )

    def _commit(self, canvas_id: str, sk: str, item: dict[str, Any]) -> None:
        """A large commit's parts stand behind it; it is whole when as many have come as it says."""
        seq, _, part = sk.removeprefix("COMMIT#").partition("#")
        owner, body = self.pieces
        if not part:
            owner, body = f"{canvas_id}/{seq}/{item.get('parts', {}).get('N', '1')}", b""
        body += item["body"]["B"]
        self.pieces = (owner, body)
        if int(part or 0) + 1 == int(owner.rpartition("/")[2]):
            self._note(canvas_id, unpack(body))
            self.pieces = ("", b"")

    def _note(self, canvas_id: str, body: bytes) -> None:
        if found := _ID.findall(body):
            self.named.setdefault(canvas_id, set()).update(id_.decode() for id_ in found)

    def unused_grants(self, before: int) -> list[Grant]:
        used: dict[str, set[str]] = {}
        for canvas_id, ids in self.named.items():
            used.setdefault(self.projects.get(canvas_id, ""), set()).update(ids)
        return [
            grant
            for grant in self.grants
            if grant.used_at < before and grant.asset_id not in used.get(grant.project_id, ())
        ]

    def unheld_assets(self, before: int, gone: set[tuple[str, str]]) -> list[StoredAsset]:
        """Those without a grant, once the grants `gone` are."""
        held = {grant.asset_id for grant in self.grants if (grant.project_id, grant.asset_id) not in gone}
        return [asset for asset in self.assets if asset.used_at < before and asset.asset_id not in held]

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "started_at": self.started_at,
            "position": self.position,
            "read": self.read,
            "named": {canvas_id: sorted(ids) for canvas_id, ids in self.named.items()},
            "projects": self.projects,
            "grants": [asdict(grant) for grant in self.grants],
            "assets": [asdict(asset) for asset in self.assets],
            "pieces": [self.pieces[0], self.pieces[1].hex()],
        }

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Sweep":
        return cls(
            started_at=said["started_at"],
            position=said["position"],
            read=said["read"],
            named={canvas_id: set(ids) for canvas_id, ids in said["named"].items()},
            projects=said["projects"],
            grants=[Grant(**grant) for grant in said["grants"]],
            assets=[StoredAsset(**asset) for asset in said["assets"]],
            pieces=(said["pieces"][0], bytes.fromhex(said["pieces"][1])),
        )


def remove_grant(grant: Grant, before: int) -> bool:
    """False when somebody uploaded the picture again, or has removed it already."""
    row = AssetGrant.build(grant.project_id, grant.asset_id)
    try:
        with reaching_dynamodb(), transaction_write() as transaction:
            transaction.delete(row, condition=AssetGrant.used_at < before)
            transaction.update(AssetUsage.build(grant.project_id), actions=[AssetUsage.bytes.add(-grant.size)])
    except TransactWriteError as error:
        if condition_failed(error):
            return False
        raise Unavailable from error
    _drop_usage_of_nothing(grant.project_id)
    return True


def _drop_usage_of_nothing(project_id: str) -> None:
    """A project that is purged has no count; the transaction above may have made one."""
    usage = AssetUsage.build(project_id)
    with suppress(DeleteError), reaching_dynamodb():
        usage.delete(condition=AssetUsage.bytes <= 0)


def remove_assets(asset: StoredAsset, before: int) -> bool:
    """The item first: a file without an item harms nobody. False when somebody has uploaded it again, or holds it."""
    with reaching_dynamodb():
        if next(iter(AssetGrant.gsi1.query(asset_key(asset.asset_id), limit=1)), None) is not None:
            return False
        try:
            AssetItem.build(asset.asset_id).delete(condition=AssetItem.used_at < before)
        except DeleteError:
            return False
    return remove_file(StoredFile(asset.file, asset.size))


def files_without_asset(sweep: Sweep, before: int) -> Iterator[StoredFile]:
    """What uploads that broke off have left. A file stands under its asset's first two digits."""
    known = {asset.file for asset in sweep.assets}
    for folder in _listed(FOLDER)[0]:
        for name in _listed(f"{FOLDER}/{folder}")[1]:
            path = f"{FOLDER}/{folder}/{name}"
            if path in known:
                continue
            with suppress(OSError):  # removed since it was listed
                if default_storage.get_modified_time(path).timestamp() < min(before, sweep.started_at):
                    yield StoredFile(path, default_storage.size(path))


def remove_file(file: StoredFile) -> bool:
    try:
        default_storage.delete(file.name)
    except OSError:
        return False
    return True


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
