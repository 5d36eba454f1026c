"""Brings drawings from files onto canvases: a new canvas, or beside what is on one already."""

import math
from dataclasses import dataclass, field
from typing import Any

from canvasapp import services
from canvasapp.excalidraw import Drawing, Remark, moved, renewed
from canvasapp.exceptions import CanvasError
from canvasapp.ops import MAX_OPS
from canvasapp.pictures import pictures_settle
from canvasapp.selectors import CanvasAccess, canvas_load
from canvasapp.svg import bounds
from projects.ids import id_new
from projects.models import User

MARGIN = 80.0  # between what is on a canvas and what is put beside it


@dataclass(frozen=True, slots=True)
class Imported:
    canvas_id: str
    seq: int
    count: int
    skipped: list[Remark] = field(default_factory=list)
    repaired: list[Remark] = field(default_factory=list)


def drawing_import(*, project_id: str, name: str, drawing: Drawing, author: User) -> Imported:
    """A new canvas with the drawing, in as many commits as it takes. Where one of them fails, the canvas is deleted.

    Raises Refused, Unavailable. The caller has checked the author's rights.
    """
    pictures_settle(drawing, project_id=project_id, author=author)
    canvas_id = services.canvas_create(project_id=project_id, name=name, created_by=author)
    try:
        seq = _commit(canvas_id, author, drawing)
    except CanvasError:
        services.canvas_delete(canvas_id=canvas_id, deleted_by=author)
        raise
    return Imported(canvas_id, seq, len(drawing.ops), drawing.skipped, drawing.repaired)


def drawing_add(
    *, access: CanvasAccess, drawing: Drawing, author: User, middle: tuple[float, float] | None
) -> Imported:
    """Puts a drawing onto a canvas with new ids, around `middle`, or to the right of what is there.

    Where a commit fails, what was put is deleted again. Raises Refused, NoSuchCanvas, Unavailable.
    """
    pictures_settle(drawing, project_id=access.project_id, author=author)
    drawing.ops = renewed(drawing.ops, id_new)
    if drawing.ops:
        left, top, right, bottom = _extent(drawing.ops)
        if middle is None:
            boxes = [bounds(element) for element in canvas_load(access).elements]
            x = max((box.right for box in boxes), default=left - MARGIN) + MARGIN
            y = min((box.top for box in boxes), default=top)
            drawing.ops = moved(drawing.ops, x - left, y - top)
        else:
            drawing.ops = moved(drawing.ops, middle[0] - (left + right) / 2, middle[1] - (top + bottom) / 2)
    seq = _commit(access.canvas_id, author, drawing)
    return Imported(access.canvas_id, seq, len(drawing.ops), drawing.skipped, drawing.repaired)


def _commit(canvas_id: str, author: User, drawing: Drawing) -> int:
    seq = 0
    made: list[str] = []
    try:
        for batch in drawing.batches():
            seq = services.intent_submit(canvas_id=canvas_id, author=author, ops=batch).seq
            made += [op["id"] for op in batch]
    except CanvasError:
        for start in range(0, len(made), MAX_OPS):
            ops: list[dict[str, Any]] = [{"op": "delete", "id": id_} for id_ in made[start : start + MAX_OPS]]
            services.intent_submit(canvas_id=canvas_id, author=author, ops=ops)
        raise
    return seq


def _extent(ops: list[dict[str, Any]]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what will be made, as it stands unturned."""
    box = [math.inf, math.inf, -math.inf, -math.inf]
    for op in ops:
        x, y = op["position"]["x"], op["position"]["y"]
        box[0], box[1] = min(box[0], x), min(box[1], y)
        box[2] = max(box[2], x + op["dimensions"]["width"])
        box[3] = max(box[3], y + op["dimensions"]["height"])
    return box[0], box[1], box[2], box[3]
