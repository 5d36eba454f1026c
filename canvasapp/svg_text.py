"""Text of elements as lines for SVG: fonts, escaping, wrapping, writing direction. Pure.

Browsers measure text; here widths are estimated, which decides where a wrapped line breaks and nothing else.
"""

import re
import unicodedata
from dataclasses import dataclass
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
        wrapped += _wrap(line, width, size, font)
        if len(wrapped) >= MAX_LINES:
            return wrapped[:MAX_LINES]
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


def _wrap(line: str, width: float, size: float, font: Font) -> list[str]:
    if text_width(line, size, font) <= width or width <= 0:
        return [line]
    lines: list[str] = []
    current = ""
    for word in re.findall(r"\S+\s*|\s+", line):
        if current and text_width(current + word.rstrip(), size, font) > width:
            lines.append(current.rstrip())
            current = ""
        rest = word
        while len(rest) > 1 and text_width(rest.rstrip(), size, font) > width:
            fits = _fitting(rest, width, size, font)
            lines.append(rest[:fits])
            rest = rest[fits:]
        current += rest
    return [*lines, current.rstrip()]


def _fitting(word: str, width: float, size: float, font: Font) -> int:
    used, fits = 0.0, 0
    for letter in word:
        used += text_width(letter, size, font)
        if used > width:
            break
        fits += 1
    return max(1, fits)
