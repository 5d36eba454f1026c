"""Where an image's bytes are, for whoever draws, exports or imports one on the server: in the asset store by the
element's `fileId`; in the element itself in older drawings.
"""

import base64
import re
from typing import Any

from canvasapp.assets import ID_FORM, asset_bytes, asset_in, asset_store
from canvasapp.elements import Element
from canvasapp.excalidraw import Drawing, Picture
from canvasapp.svg import embedded_picture
from projects.exceptions import AppError, NotFound, Unavailable
from projects.models import User

MAX_TOTAL_BYTES = 64 * 1024 * 1024  # of the pictures in one export; the rest are placeholders there


def asset_id_of(element: Element) -> str | None:
    found = element.properties.get("fileId")
    return found if isinstance(found, str) and re.fullmatch(ID_FORM, found) else None


def pictures_of(project_id: str, most_bytes: int = MAX_TOTAL_BYTES, each: int | None = None) -> Picture:
    """Gives images of a project's canvases as data URLs, up to `most_bytes` of them, and `each` at most so large."""
    known: dict[str, str | None] = {}
    left = most_bytes

    def read(asset_id: str) -> str | None:
        nonlocal left
        item = asset_in(project_id=project_id, asset_id=asset_id)
        if item is None or item.size > (left if each is None else min(left, each)):
            return None
        left -= int(item.size)
        try:
            return f"data:{item.type};base64,{base64.b64encode(asset_bytes(item)).decode()}"
        except NotFound:  # the storage has lost it
            return None

    def picture(element: Element) -> str | None:
        url = embedded_picture(element)
        if url is not None:
            return url if each is None or len(url) <= each else None
        asset_id = asset_id_of(element)
        if asset_id is None:
            return None
        if asset_id not in known:
            known[asset_id] = read(asset_id)
        return known[asset_id]

    return picture


def pictures_settle(drawing: Drawing, *, project_id: str, author: User) -> None:
    """Stores the drawing's pictures as the project's; leaves out images whose picture is refused, and says why.

    Raises Unavailable.
    """
    kept: list[dict[str, Any]] = []
    stored: dict[str, str | AppError] = {}
    for op in drawing.ops:
        if op["type"] == "image":
            name = str(op["properties"]["fileId"])
            if name not in stored:
                stored[name] = _store(name, drawing.pictures[name], project_id, author)
            outcome = stored[name]
            if isinstance(outcome, AppError):
                drawing.skip(op, outcome.message)
                continue
            op["properties"]["fileId"] = outcome
            op["properties"].pop("file", None)
        kept.append(op)
    drawing.ops = kept
    drawing.mend()


def _store(name: str, url: str, project_id: str, author: User) -> str | AppError:
    """The asset's id. What was exported from this project has its id already, and keeps it."""
    try:
        data = base64.b64decode(url.partition(",")[2], validate=True)
    except ValueError:  # binascii's too; or letters that are no ASCII
        return AppError("Its picture cannot be read.")
    try:
        if re.fullmatch(ID_FORM, name):
            item = asset_in(project_id=project_id, asset_id=name)
            if item is not None and item.size == len(data) and asset_bytes(item) == data:
                return name
        return asset_store(project_id=project_id, data=data, stored_by=str(author.pk)).asset.id
    except Unavailable:
        raise
    except AppError as refusal:
        return refusal
