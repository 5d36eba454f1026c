"""What an uploaded file is, by its content, and its safe form: what is stored and served is written anew here.

A raster image is decoded and encoded again, so that nothing but pixels (and an animation's timing) gets through: no
metadata, no colour profile, no bytes behind the end. An SVG goes through assets_svg.py. No store, no Django.
"""

import itertools
import time
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from canvasapp.assets_svg import BadSvg, looks_like_svg, svg_clean

MAX_PIXELS = 32_000_000  # of one frame: 128 MB decoded
MAX_SIDE = 16_383  # WebP's own limit
MAX_FRAMES = 500
MAX_PIXELS_OF_ALL_FRAMES = 128_000_000
MAX_SECONDS = 15.0  # for all frames; looked at between them
QUALITY = 90

TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
SVG_TYPE = "image/svg+xml"


class NotAnImage(Exception):
    """The file is of no type that is taken; says so to a person."""


class BadImage(Exception):
    """It has the right type, and cannot be used; says why to a person."""


class ImageTooLarge(Exception):
    """Too many pixels or frames, or too much work; says so to a person."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    type: str
    data: bytes
    width: int
    height: int


def image_clean(data: bytes) -> Cleaned:
    """Raises NotAnImage, BadImage, ImageTooLarge."""
    if looks_like_svg(data):
        try:
            svg = svg_clean(data)
        except BadSvg as error:
            raise BadImage(str(error)) from error
        return Cleaned(SVG_TYPE, svg.data, svg.width, svg.height)
    kind = _raster_kind(data)
    if kind is None:
        raise NotAnImage("This is not a picture that can be shown: PNG, JPEG, GIF, WebP, AVIF and SVG are.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is lower
            return _raster_clean(data, kind)
    except (ImageTooLarge, BadImage):
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageTooLarge("The picture has too many pixels.") from error
    except Exception as error:  # Pillow's readers raise whatever their format's damage leads to
        raise BadImage("The picture is damaged: it cannot be read to its end.") from error


def _raster_kind(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in {b"avif", b"avis"}:
        return "AVIF"
    return None


def _raster_clean(data: bytes, kind: str) -> Cleaned:
    # Only the reader of this format: Pillow knows dozens, and tries them all when not told.
    with Image.open(BytesIO(data), formats=[kind]) as image:
        _check_size(image)
        if kind in {"GIF", "WEBP"}:
            frames = _frames(image)
            if len(frames) > 1:
                return _animation(image, frames, kind)
        image.seek(0)
        image.load()
        upright: Image.Image = ImageOps.exif_transpose(image)
        out = BytesIO()
        target = _save(upright, image, data, kind, out)
        return Cleaned(TYPES[target], out.getvalue(), upright.width, upright.height)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise BadImage("The picture is empty.")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise ImageTooLarge(
            f"The picture has {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million are taken, "
            f"and {MAX_SIDE} a side."
        )


def _frames(image: Image.Image) -> list[int]:
    """The length of each frame in milliseconds. Walks through all: a header may count falsely."""
    lengths: list[int] = []
    pixels = 0
    until = time.monotonic() + MAX_SECONDS
    for number in itertools.count():
        try:
            image.seek(number)
        except EOFError:
            break
        _check_size(image)
        image.load()
        pixels += image.width * image.height
        if number >= MAX_FRAMES or pixels > MAX_PIXELS_OF_ALL_FRAMES or time.monotonic() > until:
            raise ImageTooLarge(
                f"The animation is too long: at most {MAX_FRAMES} frames, "
                f"{MAX_PIXELS_OF_ALL_FRAMES // 1_000_000} million pixels in all."
            )
        # WebP tells the length with the frame that was loaded.
        lengths.append(int(image.info.get("duration", 0) or 0))
    return lengths


def _animation(image: Image.Image, lengths: list[int], kind: str) -> Cleaned:
    image.seek(0)
    size = image.size
    options: dict[str, Any] = {"loop": image.info["loop"]} if "loop" in image.info else {}
    options |= {"lossless": False, "quality": QUALITY, "method": 2} if kind == "WEBP" else {"disposal": 2}
    out = BytesIO()
    until = time.monotonic() + MAX_SECONDS
    frames = _copies(image, len(lengths), until)
    first = next(frames)
    first.save(out, kind, save_all=True, append_images=frames, duration=lengths, **options)
    return Cleaned(TYPES[kind], out.getvalue(), *size)


def _copies(image: Image.Image, count: int, until: float) -> Any:
    for number in range(count):
        if time.monotonic() > until:
            raise ImageTooLarge("The animation takes too long to read.")
        image.seek(number)
        yield _bare(image.convert("RGBA"))


def _bare(image: Image.Image) -> Image.Image:
    """Pixels only: what a file said beside them is not written again."""
    copy = image.copy()
    copy.info = {key: value for key, value in image.info.items() if key == "transparency"}
    return copy


def _save(upright: Image.Image, original: Image.Image, data: bytes, kind: str, out: BytesIO) -> str:
    """Writes the one frame; returns the format it has then."""
    if kind == "JPEG":
        if upright.mode not in {"L", "RGB"}:
            upright = upright.convert("RGB")
        tables = getattr(original, "quantization", None)
        # The tables that the pixels were made with: writing them anew then loses next to nothing.
        quality = {"qtables": tables, "subsampling": _subsampling(original)} if tables else {"quality": QUALITY}
        _bare(upright).save(out, "JPEG", optimize=True, **quality)
        return "JPEG"
    if kind == "GIF":
        _bare(upright).save(out, "GIF")
        return "GIF"
    if kind == "PNG":
        _bare(upright).save(out, "PNG")
        return "PNG"
    if upright.mode not in {"RGB", "RGBA"}:
        upright = upright.convert("RGBA")
    # AVIF becomes WebP: every browser that draws here shows it, and writing AVIF takes seconds.
    lossless = kind == "WEBP" and b"VP8L" in data[:64]
    _bare(upright).save(out, "WEBP", lossless=lossless, quality=QUALITY, method=3)
    return "WEBP"


def _subsampling(image: Image.Image) -> int:
    """4:2:0 unless the original has finer colour: Pillow numbers 0 (4:4:4), 1 (4:2:2), 2 (4:2:0)."""
    layers = getattr(image, "layer", None) or []
    if not layers or len(layers) < 3:
        return 2
    across, down = layers[0][1], layers[0][2]
    return {(1, 1): 0, (2, 1): 1}.get((across, down), 2)
