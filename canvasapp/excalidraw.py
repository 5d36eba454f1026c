"""Reads .excalidraw files as create ops, in batches that fit an intent, and says what it left out.

Position, dimensions, angle and index are ours; whatever else an element has becomes its properties, so that the editor
gets back what it wrote. Its own bookkeeping (versions, nonces, timestamps) is dropped: the log does that here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from fractional_indexing import FIError, generate_n_keys_between, validate_order_key

from canvasapp.exceptions import Refused
from canvasapp.ops import MAX_INTENT_BYTES, MAX_OPS, Create, apply

MAX_FILE_BYTES = 200_000  # of an image as a data URL; it shares its element's 256 KiB
OWN = frozenset({"id", "type", "x", "y", "width", "height", "angle", "index"})
BOOKKEEPING = frozenset({"version", "versionNonce", "updated", "isDeleted"})
BATCH_BYTES = MAX_INTENT_BYTES // 2


class NotExcalidraw(ValueError):
    """The file cannot be read as a drawing; the message says why."""


@dataclass(frozen=True, slots=True)
class Skipped:
    id: str
    reason: str


@dataclass(slots=True)
class Drawing:
    ops: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        batch: list[dict[str, Any]] = []
        size = 0
        for op in self.ops:
            op_size = len(msgspec.json.encode(op))
            if batch and (len(batch) == MAX_OPS or size + op_size > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(op)
            size += op_size
        if batch:
            yield batch


def drawing_read(data: bytes) -> Drawing:
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotExcalidraw(f"This is not JSON: {error}") from error
    elements = document.get("elements") if isinstance(document, dict) else None
    if not isinstance(elements, list):
        raise NotExcalidraw("This is not an Excalidraw file: it has no list of elements.")
    given = document.get("files")
    files = given if isinstance(given, dict) else {}
    drawing = Drawing()
    seen: set[str] = set()
    for element in elements:
        if isinstance(element, dict) and element.get("isDeleted"):
            continue
        try:
            op = _create(element, files)
            if op["id"] in seen:
                raise Refused("exists", "its id occurs twice")
        except Refused as refused:
            name = str(element.get("id", "?")) if isinstance(element, dict) else "?"
            drawing.skipped.append(Skipped(name, refused.message))
            continue
        seen.add(op["id"])
        drawing.ops.append(op)
    _set_order(drawing.ops)
    return drawing


def _create(element: Any, files: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(element, dict):
        raise Refused("invalid", "it is not an object")
    properties = {key: value for key, value in element.items() if key not in OWN | BOOKKEEPING and value is not None}
    op = {
        "op": "create",
        "id": element.get("id"),
        "type": element.get("type"),
        "position": {"x": element.get("x"), "y": element.get("y")},
        "dimensions": {"width": element.get("width"), "height": element.get("height")},
        "angle": element.get("angle") or 0,
        "properties": properties,
    }
    if element.get("type") == "image":
        properties["file"] = _file(element, files)
    if isinstance(element.get("index"), str):
        op["index"] = element["index"]
    try:
        apply(msgspec.convert({**op, "index": "a0"}, Create), None)
    except msgspec.ValidationError as error:
        raise Refused("invalid", str(error)) from error
    return op


def _file(element: dict[str, Any], files: dict[str, Any]) -> dict[str, str]:
    """The picture itself, until assets have a place of their own."""
    found = files.get(str(element.get("fileId")))
    if not isinstance(found, dict):
        found = {}
    url = found.get("dataURL")
    if not isinstance(url, str) or not url.startswith("data:image/"):
        raise Refused("invalid", "its picture is not in the file")
    if len(url) > MAX_FILE_BYTES:
        raise Refused("too_large", f"its picture has {len(url)} bytes, above {MAX_FILE_BYTES}")
    return {"mimeType": str(found.get("mimeType", "")), "dataURL": url}


def _set_order(ops: list[dict[str, Any]]) -> None:
    """Keeps the file's indices if they are good for all; else the order in the file decides, as it does there."""
    indices = [str(op.get("index", "")) for op in ops]
    try:
        for index in indices:
            validate_order_key(index)
        if indices == sorted(set(indices)):
            return
    except (FIError, IndexError):  # an empty key is an IndexError there
        pass
    for op, index in zip(ops, generate_n_keys_between(None, None, len(ops)), strict=True):
        op["index"] = index
