"""Pictures to upload: made here, so that a test says what is in them."""

from io import BytesIO
from typing import Any

from PIL import Image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">%b</svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "#c0ffee", **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def animation(kind: str = "GIF", frames: int = 3, size: tuple[int, int] = (20, 10), duration: int = 120) -> bytes:
    pictures = [Image.new("RGB", size, (80 * number % 256, 40, number % 256)) for number in range(frames)]
    out = BytesIO()
    pictures[0].save(out, kind, save_all=True, append_images=pictures[1:], duration=duration, loop=0)
    return out.getvalue()
