"""Drawings as files: .excalidraw and our own JSON, read as create ops and written from elements. Pure.

Position, dimensions, angle and index are ours; whatever else an element has becomes its properties, so that the editor
gets back what it wrote. Its own bookkeeping (versions, nonces, timestamps) is dropped: the log does that here. What
points at something that is not in the file is taken off, and said.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from fractional_indexing import FIError, generate_n_keys_between, validate_order_key

from canvasapp.elements import MAX_LIVE_ELEMENTS, Element
from canvasapp.exceptions import Refused
from canvasapp.ops import MAX_INTENT_BYTES, MAX_OPS, Create, apply
from canvasapp.svg_text import lines_of

OURS = "canvas"  # the `type` of our own files
OWN = frozenset({"id", "type", "x", "y", "width", "height", "angle", "index"})
BOOKKEEPING = frozenset(
    {"version", "versionNonce", "updated", "isDeleted", "boundElements", "lastCommittedPoint", "status"}
)
BATCH_BYTES = MAX_INTENT_BYTES // 2

Picture = Callable[[Element], str | None]


class NotExcalidraw(ValueError):
    """The file cannot be read as a drawing; the message says why."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What happened to an element of the file: `position` counts from 0 in its list of elements."""

    position: int
    id: str
    type: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        return {"index": self.position, "id": self.id, "type": self.type, "reason": self.reason}


@dataclass(slots=True)
class Drawing:
    """`positions` says where in the file each element stands; `pictures` are images' data URLs by the file's ids."""

    name: str = ""
    ops: list[dict[str, Any]] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    skipped: list[Remark] = field(default_factory=list)
    repaired: list[Remark] = field(default_factory=list)

    def mend(self) -> None:
        """Takes off what points at nothing in the drawing, and sees to a good order."""
        for op, reason in _mend(self.ops):
            self.repaired.append(Remark(self.positions[op["id"]], op["id"], op["type"], reason))

    def skip(self, op: dict[str, Any], reason: str) -> None:
        """Says why an op is not among `ops`."""
        self.skipped.append(Remark(self.positions[op["id"]], op["id"], op["type"], reason))

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
    """Raises NotExcalidraw for what is no drawing at all; an element that does not fit is skipped."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotExcalidraw(f"This is not JSON: {error}") from error
    elements = document.get("elements") if isinstance(document, dict) else None
    if not isinstance(elements, list):
        raise NotExcalidraw("This is not an Excalidraw file: it has no list of elements.")
    if len(elements) > MAX_LIVE_ELEMENTS:
        raise NotExcalidraw(f"The file has {len(elements)} elements; a canvas holds {MAX_LIVE_ELEMENTS}.")
    read = _read_ours if document.get("type") == OURS else _read_excalidraw
    drawing = Drawing(name=_name(document), pictures=_pictures(document.get("files")))
    for position, element in enumerate(elements):
        given = element if isinstance(element, dict) else {}
        if given.get("isDeleted") or given.get("deleted"):
            continue
        try:
            if not isinstance(element, dict):
                raise Refused("invalid", "it is not an object")
            op = read(element)
            check(op)
            if op["id"] in drawing.positions:
                raise Refused("exists", "its id occurs twice")
            if op["type"] == "image" and str(op["properties"].get("fileId")) not in drawing.pictures:
                raise Refused("invalid", "its picture is not in the file")
        except Refused as refused:
            drawing.skipped.append(
                Remark(position, str(given.get("id", "?"))[:64], str(given.get("type", "?"))[:64], refused.message)
            )
            continue
        drawing.positions[op["id"]] = position
        drawing.ops.append(op)
    drawing.mend()
    return drawing


def check(op: dict[str, Any]) -> None:
    """Raises Refused for a create that no canvas takes."""
    try:
        apply(msgspec.convert({**op, "index": "a0"}, Create), None)
    except msgspec.ValidationError as error:
        raise Refused("invalid", str(error)) from error


def renewed(ops: list[dict[str, Any]], new_id: Callable[[], str]) -> list[dict[str, Any]]:
    """The same drawing with ids of its own, all references among its elements kept; without indices, so that it goes
    above what is there."""
    ids = {op["id"]: new_id() for op in ops}
    groups: dict[Any, str] = {}

    def group(old: Any) -> str:
        return groups.setdefault(str(old), new_id())

    made = []
    for op in ops:
        properties = dict(op["properties"])
        for name in ("containerId", "frameId"):
            if name in properties:
                properties[name] = ids[properties[name]]
        for name in ("startBinding", "endBinding"):
            if name in properties:
                properties[name] = {**properties[name], "elementId": ids[properties[name]["elementId"]]}
        if isinstance(properties.get("groupIds"), list):
            properties["groupIds"] = [group(old) for old in properties["groupIds"]]
        rest = {key: value for key, value in op.items() if key != "index"}
        made.append({**rest, "id": ids[op["id"]], "properties": properties})
    return made


def moved(ops: list[dict[str, Any]], dx: float, dy: float) -> list[dict[str, Any]]:
    return [{**op, "position": {"x": op["position"]["x"] + dx, "y": op["position"]["y"] + dy}} for op in ops]


def excalidraw_document(elements: Iterable[Element], picture: Picture) -> dict[str, Any]:
    """An .excalidraw file's content, the images' bytes embedded."""
    standing = in_order(elements)
    bound = _bound_elements(standing)
    return {
        "type": "excalidraw",
        "version": 2,
        "source": "canvas",
        "elements": [_as_excalidraw(element, bound.get(element.id)) for element in standing],
        "appState": {"gridSize": 20, "gridStep": 5, "gridModeEnabled": False, "viewBackgroundColor": "#ffffff"},
        "files": _files(standing, picture),
    }


def own_document(
    elements: Iterable[Element], picture: Picture, *, name: str, history: dict[str, Any] | None
) -> dict[str, Any]:
    """Our own JSON. `history` says of which canvas, commit and chain of hashes this is the state."""
    standing = in_order(elements)
    return {
        "type": OURS,
        "version": 1,
        "name": name,
        **({"history": history} if history is not None else {}),
        "elements": [
            {
                "id": element.id,
                "type": element.type,
                "position": msgspec.to_builtins(element.position),
                "dimensions": msgspec.to_builtins(element.dimensions),
                "angle": element.angle,
                "index": element.index,
                "properties": _text_settled(
                    {key: value for key, value in element.properties.items() if key not in {"file", "boundElements"}}
                ),
            }
            for element in standing
        ],
        "files": _files(standing, picture),
    }


def in_order(elements: Iterable[Element]) -> list[Element]:
    return sorted((e for e in elements if not e.deleted), key=lambda element: (element.index, element.id))


def file_id(element: Element) -> str:
    """The name under which a file has an image's bytes."""
    found = element.properties.get("fileId")
    return found if isinstance(found, str) and found else element.id


def _files(elements: list[Element], picture: Picture) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for element in elements:
        if element.type == "image" and file_id(element) not in files and (url := picture(element)) is not None:
            mime = url.removeprefix("data:").partition(";")[0]
            files[file_id(element)] = {"id": file_id(element), "mimeType": mime, "dataURL": url, "created": 1}
    return files


def _as_excalidraw(element: Element, bound: list[dict[str, str]] | None) -> dict[str, Any]:
    properties = {key: value for key, value in element.properties.items() if key != "file"}
    if element.type == "text":
        wrapped = lines_of(properties, abs(element.dimensions.width))
        properties = _text_settled(properties)
        properties["originalText"] = properties.get("text", "")
        properties["text"] = "\n".join(wrapped)
    if element.type == "image":
        properties |= {"fileId": file_id(element), "status": "saved"}
    return {
        **properties,
        "id": element.id,
        "type": element.type,
        "x": element.position.x,
        "y": element.position.y,
        "width": element.dimensions.width,
        "height": element.dimensions.height,
        "angle": element.angle,
        "index": element.index,
        "boundElements": bound,
        # Whoever reads the file keeps books of its own.
        **{"version": 1, "versionNonce": 0, "updated": 1, "isDeleted": False},
    }


def _bound_elements(elements: list[Element]) -> dict[str, list[dict[str, str]]]:
    """Which texts and arrows hold on to an element: said by them, and by the file on both sides."""
    bound: dict[str, list[dict[str, str]]] = {}
    for element in elements:
        holders = [element.properties.get("containerId")] if element.type == "text" else []
        if element.type == "arrow":
            ends = [element.properties.get(name) for name in ("startBinding", "endBinding")]
            holders = [end.get("elementId") for end in ends if isinstance(end, dict)]
        for holder in dict.fromkeys(h for h in holders if isinstance(h, str)):
            bound.setdefault(holder, []).append({"id": element.id, "type": element.type})
    return bound


def _read_excalidraw(element: dict[str, Any]) -> dict[str, Any]:
    properties = {key: value for key, value in element.items() if key not in OWN | BOOKKEEPING and value is not None}
    op = {
        "op": "create",
        "id": element.get("id"),
        "type": element.get("type"),
        "position": {"x": element.get("x"), "y": element.get("y")},
        "dimensions": {"width": element.get("width"), "height": element.get("height")},
        "angle": element.get("angle") or 0,
        "properties": _text_settled(properties),
    }
    if isinstance(element.get("index"), str):
        op["index"] = element["index"]
    return op


def _read_ours(element: dict[str, Any]) -> dict[str, Any]:
    properties = element.get("properties")
    if not isinstance(properties, dict):
        raise Refused("invalid", "its properties are not an object")
    op = {name: element.get(name) for name in ("id", "type", "position", "dimensions")}
    kept = {key: value for key, value in properties.items() if value is not None and key != "boundElements"}
    op |= {"op": "create", "angle": element.get("angle") or 0, "properties": _text_settled(kept)}
    if isinstance(element.get("index"), str):
        op["index"] = element["index"]
    return op


def _text_settled(properties: dict[str, Any]) -> dict[str, Any]:
    """`text` is what was typed; how it wraps is everyone's own affair."""
    typed = properties.get("originalText")
    if not isinstance(typed, str):
        return properties
    rest = {key: value for key, value in properties.items() if key != "originalText"}
    return rest | {"text": typed}


def _name(document: dict[str, Any]) -> str:
    name = document.get("name")
    return name if isinstance(name, str) else ""


def _pictures(files: Any) -> dict[str, str]:
    found = files.items() if isinstance(files, dict) else ()
    return {
        name: entry["dataURL"]
        for name, entry in found
        if isinstance(entry, dict) and str(entry.get("dataURL", "")).startswith("data:image/")
    }


def _mend(ops: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Takes off what points nowhere, and orders; yields what it changed."""
    kinds = {op["id"]: op["type"] for op in ops}
    for op in ops:
        properties = op["properties"]
        for name, wanted in (("containerId", None), ("frameId", {"frame", "magicframe"})):
            target = properties.get(name)
            if target is None:
                continue
            kind = kinds.get(target) if isinstance(target, str) else None
            if kind is None or (wanted is not None and kind not in wanted):
                del properties[name]
                yield op, f"{name} points to nothing in the file and was taken off"
        for name in ("startBinding", "endBinding"):
            binding = properties.get(name)
            if binding is None:
                continue
            target = binding.get("elementId") if isinstance(binding, dict) else None
            if not isinstance(target, str) or target not in kinds:
                del properties[name]
                yield op, f"{name} points to nothing in the file and was taken off"
    yield from _set_order(ops)


def _set_order(ops: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
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
        had = op.get("index")
        op["index"] = index
        if had is not None and had != index:
            yield op, "its index did not fit the others' and was made anew"
