"""Where an image's bytes are: for whoever draws, exports or imports one on the server."""

from typing import Any

from canvasapp.excalidraw import Drawing
from canvasapp.svg import is_picture

MAX_EMBEDDED_BYTES = 200_000  # of an image as a data URL; it shares its element's 256 KiB


def pictures_settle(drawing: Drawing) -> None:
    """Gives each image of a drawing its picture; leaves out those whose picture cannot be kept, and says so."""
    kept: list[dict[str, Any]] = []
    for op in drawing.ops:
        if op["type"] == "image":
            url = drawing.pictures[str(op["properties"]["fileId"])]
            reason = _refusal(url)
            if reason is not None:
                drawing.skip(op, reason)
                continue
            mime = url.removeprefix("data:").partition(";")[0]
            op["properties"]["file"] = {"mimeType": mime, "dataURL": url}
        kept.append(op)
    drawing.ops = kept
    drawing.mend()


def _refusal(url: str) -> str | None:
    if not is_picture(url):
        return "its picture is of a kind that is not taken"
    if len(url) > MAX_EMBEDDED_BYTES:
        return f"its picture has {len(url)} bytes, above {MAX_EMBEDDED_BYTES}"
    return None
