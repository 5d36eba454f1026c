"""Bodies of the REST API about canvases: each struct here validates, or describes, and is what OpenAPI shows."""

from typing import Any

import msgspec

from canvasapp.elements import Coordinate, Dimensions, Element, ElementId, Position
from canvasapp.ops import Index, Op, Version

REFERENCE = "#/components/schemas/{name}"


class ElementIn(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """`id` may be chosen by the caller, so that a drawing can refer to what is not made yet."""

    type: str
    position: Position
    dimensions: Dimensions
    id: ElementId | msgspec.UnsetType = msgspec.UNSET
    angle: Coordinate = 0.0
    index: Index | msgspec.UnsetType = msgspec.UNSET
    properties: dict[str, Any] = {}


class PositionPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    x: Coordinate | msgspec.UnsetType = msgspec.UNSET
    y: Coordinate | msgspec.UnsetType = msgspec.UNSET


class DimensionsPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    width: Coordinate | msgspec.UnsetType = msgspec.UNSET
    height: Coordinate | msgspec.UnsetType = msgspec.UNSET


class ElementPatch(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """`set` takes dotted paths as the socket's update op does, and wins over the members beside it."""

    position: PositionPatch = PositionPatch()
    dimensions: DimensionsPatch = DimensionsPatch()
    angle: Coordinate | msgspec.UnsetType = msgspec.UNSET
    index: Index | msgspec.UnsetType = msgspec.UNSET
    properties: dict[str, Any] = {}
    set: dict[str, Any] = {}
    expect: Version | None = None

    def __post_init__(self) -> None:
        if dotted := next((key for key in self.properties if "." in key), None):
            raise ValueError(f"{dotted[:80]!r}: a dotted path belongs into `set`")

    def paths(self) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        for group in ("position", "dimensions"):
            inner = msgspec.structs.asdict(getattr(self, group))
            asked |= {f"{group}.{name}": value for name, value in inner.items() if value is not msgspec.UNSET}
        for name in ("angle", "index"):
            if (value := getattr(self, name)) is not msgspec.UNSET:
                asked[name] = value
        asked |= {f"properties.{name}": value for name, value in self.properties.items()}
        return asked | self.set


class IntentIn(msgspec.Struct):
    """Applied all or nothing."""

    ops: list[Op]
    gesture: str | None = None


class ReceiptOut(msgspec.Struct):
    seq: int
    versions: dict[str, int]


class CanvasOut(msgspec.Struct):
    id: str
    project: str
    name: str
    created_at: str
    created_by: str
    role: str | msgspec.UnsetType = msgspec.UNSET
    updated_at: str | msgspec.UnsetType = msgspec.UNSET
    updated_by: str | msgspec.UnsetType = msgspec.UNSET
    deleted_at: str | msgspec.UnsetType | None = msgspec.UNSET


class CanvasPage(msgspec.Struct):
    results: list[CanvasOut]
    next: str | None


class LoadedOut(msgspec.Struct):
    canvas: CanvasOut
    seq: int
    elements: list[Element]


class CommitPage(msgspec.Struct):
    """A commit as the log has it; `hash` chains it to the one before."""

    results: list[dict[str, Any]]
    next: str | None


class RemarkOut(msgspec.Struct):
    """`index` counts the file's elements from 0."""

    index: int
    id: str
    type: str
    reason: str


class ImportedOut(msgspec.Struct):
    """`skipped` was left out; `repaired` was taken after something that pointed nowhere was taken off."""

    canvas: str
    seq: int
    imported: int
    skipped: list[RemarkOut]
    repaired: list[RemarkOut]


class EmbedIn(msgspec.Struct, forbid_unknown_fields=True):
    """Origins such as `https://example.org`, whose pages may show the canvas."""

    origins: list[str]


class EmbedOut(msgspec.Struct):
    """`url` is told once, when the link is made."""

    enabled: bool
    origins: list[str]
    created_at: str | None
    url: str | msgspec.UnsetType = msgspec.UNSET


DESCRIBED = (
    EmbedIn,
    EmbedOut,
    ImportedOut,
    ElementIn,
    ElementPatch,
    IntentIn,
    ReceiptOut,
    CanvasOut,
    CanvasPage,
    LoadedOut,
    CommitPage,
    Element,
)


def reference(kind: type[msgspec.Struct]) -> dict[str, str]:
    """For drf-spectacular, which takes a raw schema where DRF would have a serializer."""
    return {"$ref": REFERENCE.format(name=kind.__name__)}


def body_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": reference(kind)}


def schema_add_structs(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook: puts what `reference` names into the document."""
    components = msgspec.json.schema_components(DESCRIBED, ref_template=REFERENCE)[1]
    result["components"].setdefault("schemas", {}).update(components)
    return result
