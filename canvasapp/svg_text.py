"""Text of elements as lines for SVG: fonts, escaping, wrapping, writing direction. Pure.

Browsers measure text; here widths are estimated, which decides where a wrapped line breaks and nothing else.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from canvasapp.svg_shapes import number

MAX_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Font:
    """`ascent` and `descent` in ems, `width` of an average small letter in ems."""

    families: str
    ascent: float
    descent: float
    width: float


# By the editor's numbers. The first name is the editor's own; a viewer without it gets something of its kind.
FONTS = {
    1: Font("Virgil, Excalifont, 'Segoe Print', 'Bradley Hand', cursive", 0.886, 0.374, 0.54),
    2: Font("Helvetica, Arial, 'Liberation Sans', sans-serif", 0.905, 0.212, 0.5),
    3: Font("Cascadia, 'Cascadia Code', Menlo, Consolas, monospace", 0.9, 0.234, 0.6),
    5: Font("Excalifont, Xiaolai, 'Segoe Print', 'Bradley Hand', cursive", 0.886, 0.374, 0.54),
    6: Font("Nunito, 'Segoe UI', system-ui, sans-serif", 1.011, 0.353, 0.52),
    7: Font("'Lilita One', Impact, sans-serif", 0.923, 0.22, 0.5),
    8: Font("'Comic Shanns', 'Comic Sans MS', monospace", 0.75, 0.25, 0.55),
    9: Font("'Liberation Sans', Arial, sans-serif", 0.891, 0.216, 0.5),
}
DEFAULT_FONT = FONTS[5]

# What XML 1.0 cannot hold, even escaped.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_WORD = re.compile(r"\S++\s*+|\s++")
_NARROW = frozenset("iljtf.,:;'|!()[]{}I1` ")


def escape(value: str) -> str:
    """For text and for attributes in either kind of quotes."""
    return _IMPOSSIBLE.sub("\ufffd", value).translate(_ESCAPES)


def font_of(family: Any) -> Font:
    return FONTS.get(family, DEFAULT_FONT) if isinstance(family, int) else DEFAULT_FONT


def lines_of(properties: dict[str, Any], width: float) -> list[str]:
    """The lines as drawn in a box of `width`.

    `text` is what was typed; beside `originalText` (older elements) it is wrapped already.
    """
    text = properties.get("text")
    if not isinstance(text, str) or not text:
        return []
    lines = text.replace("\r\n", "\n").replace("\t", "    ").split("\n")[:MAX_LINES]
    wraps = isinstance(properties.get("containerId"), str) or properties.get("autoResize") is False
    if not wraps or "originalText" in properties:
        return lines
    size = number(properties.get("fontSize"), 20.0)
    font = font_of(properties.get("fontFamily"))
    wrapped: list[str] = []
    for line in lines:
        wrapped += islice(_wrap(line, width, size, font), MAX_LINES - len(wrapped))
        if len(wrapped) == MAX_LINES:
            break
    return wrapped


def is_rtl(text: str) -> bool:
    """By the first letter that has a direction."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in {"R", "AL"}:
            return True
        if direction == "L":
            return False
    return False


def text_width(text: str, size: float, font: Font) -> float:
    ems = 0.0
    for letter in text:
        if letter in _NARROW and "mono" not in font.families:
            ems += font.width * 0.6
        elif letter.isupper():
            ems += font.width * 1.25
        elif ord(letter) > 0x1100 and unicodedata.east_asian_width(letter) in {"W", "F"}:
            ems += 1.0
        else:
            ems += font.width
    return ems * size


def _wrap(line: str, width: float, size: float, font: Font) -> Iterator[str]:
    """Measures each letter a few times, however often the line breaks: it may be all that an element can hold."""
    if width <= 0 or text_width(line, size, font) <= width:
        yield line
        return
    current, used = "", 0.0
    for found in _WORD.finditer(line):
        word = found[0].rstrip()
        space = found[0][len(word) :]
        wide = text_width(word, size, font)
        if current and used + wide > width:
            yield current.rstrip()
            current, used = "", 0.0
        while len(word) > 1 and wide > width:
            fits = _fitting(word, width, size, font)
            yield word[:fits]
            wide -= text_width(word[:fits], size, font)
            word = word[fits:]
        current += word + space
        used += wide + text_width(space, size, font)
    yield current.rstrip()


def _fitting(word: str, width: float, size: float, font: Font) -> int:
    used, fits = 0.0, 0
    for letter in word:
        used += text_width(letter, size, font)
        if used > width:
            break
        fits += 1
    return max(1, fits)
