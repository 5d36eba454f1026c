"""A canvas as one SVG document: for downloads, previews and frames on other sites. Pure.

Elements come with whatever clients wrote into their open properties. Nothing of it reaches the document but through
`num`, `escape`, `color_of` or a check of its own, so that no property can add markup, scripts or addresses.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from canvasapp.elements import Element
from canvasapp.svg_shapes import (
    arrowhead,
    corner_radius,
    curve,
    diamond,
    elbow,
    is_loop,
    num,
    number,
    points_of,
    polyline,
    pressed,
    smooth,
)
from canvasapp.svg_text import escape, font_of, is_rtl, lines_of

STROKE, TRANSPARENT = "#1e1e1e", "transparent"
BACKGROUND_DARK = "#121212"
MAX_STROKE_WIDTH = 200.0
FRAME_STROKE, FRAME_NAME, FRAME_RADIUS, FRAME_NAME_SIZE = "#bbbbbb", "#999999", 8, 14
READABLE = 2.5  # pixels: smaller letters are drawn as bars
# A stroke without pressures is drawn at one width: the editor's own simulation averages about this share of its pen.
SIMULATED_WIDTH = 2.9

_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,30}|(?:rgb|hsl)a?\([0-9.,%/ deg]{1,60}\)")
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]*={0,2}")
# What the editor does in the dark: invert by 93 %, then turn the hues back.
_DARK_FILTER = (
    '<filter id="dark" filterUnits="userSpaceOnUse" x="{x}" y="{y}" width="{width}" height="{height}"'
    ' color-interpolation-filters="sRGB"><feComponentTransfer>'
    '<feFuncR type="table" tableValues="0.93 0.07"/><feFuncG type="table" tableValues="0.93 0.07"/>'
    '<feFuncB type="table" tableValues="0.93 0.07"/></feComponentTransfer>'
    '<feColorMatrix type="hueRotate" values="180"/></filter>'
)

Picture = Callable[[Element], str | None]


def embedded_picture(element: Element) -> str | None:
    """The data URL that an element carries itself."""
    file = element.properties.get("file")
    url = file.get("dataURL") if isinstance(file, dict) else None
    return url if isinstance(url, str) and is_picture(url) else None


def is_picture(url: str) -> bool:
    """A raster image as data, and nothing that is fetched or can hold scripts."""
    return _DATA_URL.fullmatch(url) is not None


@dataclass(frozen=True, slots=True)
class Look:
    """`dark`: True, False, or None for what the viewer's system says. `fit`: the pixels that it will be shown in, so
    that what nobody could see is left out; `most` elements then, the largest. `picture` gives an image's address: a
    data URL, or a path of ours.
    """

    padding: float = 16.0
    background: str | None = "#ffffff"
    dark: bool | None = False
    fit: tuple[float, float] | None = None
    most: int = 100_000
    picture: Picture = embedded_picture
    title: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def join(self, other: "Box") -> "Box":
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def bounds(element: Element) -> Box:
    """The box around an element as it is turned; lines are taken by their points."""
    x, y, width, height = element.position.x, element.position.y, element.dimensions.width, element.dimensions.height
    left, top, right, bottom = min(x, x + width), min(y, y + height), max(x, x + width), max(y, y + height)
    points = points_of(element.properties.get("points")) if element.type in {"line", "arrow", "freedraw"} else []
    if points:
        left, right = x + min(p[0] for p in points), x + max(p[0] for p in points)
        top, bottom = y + min(p[1] for p in points), y + max(p[1] for p in points)
    if element.angle % math.pi:
        cx, cy = (left + right) / 2, (top + bottom) / 2
        sin, cos = abs(math.sin(element.angle)), abs(math.cos(element.angle))
        half_width = ((right - left) * cos + (bottom - top) * sin) / 2
        half_height = ((right - left) * sin + (bottom - top) * cos) / 2
        return Box(cx - half_width, cy - half_height, cx + half_width, cy + half_height)
    return Box(left, top, right, bottom)


def render(elements: Iterable[Element], look: Look) -> str:
    """The document. Deleted elements are left out; without any other it is an empty picture of the size of `fit`."""
    standing = sorted((e for e in elements if not e.deleted), key=lambda element: (element.index, element.id))
    boxes = {element.id: bounds(element) for element in standing}
    frames = {e.id: e for e in standing if e.type in {"frame", "magicframe"}}
    area: Box | None = None
    for element in standing:
        if word(element.properties.get("frameId")) not in frames:  # what is in a frame is clipped by it
            area = boxes[element.id] if area is None else area.join(boxes[element.id])
    if area is None:
        width, height = look.fit or (320.0, 200.0)
        return _document(Box(0, 0, width, height), [], [], look)
    pad = look.padding + (FRAME_NAME_SIZE + 6 if frames else 0)
    area = Box(area.left - pad, area.top - pad, area.right + pad, area.bottom + pad)
    pixel = 0.0
    if look.fit is not None:
        pixel = max(area.width / look.fit[0], area.height / look.fit[1])
        seen = [e for e in standing if max(boxes[e.id].width, boxes[e.id].height) >= pixel]
        if len(seen) > look.most:
            largest = sorted(seen, key=lambda e: -max(boxes[e.id].width, boxes[e.id].height))[: look.most]
            kept = {element.id for element in largest}
            seen = [element for element in seen if element.id in kept]
        standing = seen
    drawing = _Drawing(look, frames, boxes, pixel)
    body = [markup for element in standing if (markup := drawing.element(element))]
    return _document(area, drawing.definitions, body, look)


def word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def color_of(value: Any, default: str = STROKE) -> str:
    return value if isinstance(value, str) and _COLOR.fullmatch(value) else default


def _document(area: Box, definitions: list[str], body: list[str], look: Look) -> str:
    place = {"x": num(area.left), "y": num(area.top), "width": num(area.width), "height": num(area.height)}
    box = " ".join(place.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{place["width"]}" height="{place["height"]}">'
    ]
    if look.title:
        parts.append(f"<title>{escape(look.title)}</title>")
    if look.dark is None:
        parts.append("<style>@media (prefers-color-scheme:dark){.scene,image{filter:url(#dark)}}</style>")
    filters = [] if look.dark is False else [_DARK_FILTER.format(**place)]
    if definitions or filters:
        parts += ["<defs>", *filters, *definitions, "</defs>"]
    if look.background is not None:
        fill = BACKGROUND_DARK if look.dark else color_of(look.background, "#ffffff")
        attributes = " ".join(f'{name}="{value}"' for name, value in place.items())
        parts.append(f'<rect {attributes} fill="{fill}"/>')
    shade = ' filter="url(#dark)"' if look.dark else ""
    parts += [f'<g class="scene" stroke-linecap="round" stroke-linejoin="round"{shade}>', *body, "</g></svg>"]
    return "".join(parts)


@dataclass
class _Drawing:
    """One pass over the elements; collects what they refer to."""

    look: Look
    frames: dict[str, Element]
    boxes: dict[str, Box]
    pixel: float
    definitions: list[str] = field(default_factory=list)
    fills: dict[tuple[str, str, str], str] = field(default_factory=dict)
    clips: dict[str, str] = field(default_factory=dict)

    def element(self, element: Element) -> str:
        inner = self._inner(element)
        if not inner:
            return ""
        x, y = element.position.x, element.position.y
        place = f"translate({num(x)} {num(y)})"
        if element.angle:
            box = self._middle(element)
            place += f" rotate({num(math.degrees(element.angle))} {num(box[0])} {num(box[1])})"
        opacity = min(100.0, max(0.0, number(element.properties.get("opacity"), 100.0)))
        faded = f' opacity="{num(opacity / 100)}"' if opacity < 100 else ""
        drawn = f'<g transform="{place}"{faded}>{inner}</g>'
        frame = self.frames.get(word(element.properties.get("frameId")))
        return f'<g clip-path="url(#{self._clip(frame)})">{drawn}</g>' if frame is not None else drawn

    def _middle(self, element: Element) -> tuple[float, float]:
        points = points_of(element.properties.get("points")) if element.type in {"line", "arrow", "freedraw"} else []
        if points:
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        return element.dimensions.width / 2, element.dimensions.height / 2

    def _inner(self, element: Element) -> str:
        width, height = abs(element.dimensions.width), abs(element.dimensions.height)
        match element.type:
            case "rectangle" | "embeddable" | "iframe":
                radius = corner_radius(element.properties.get("roundness"), min(width, height))
                round_ = f' rx="{num(radius)}"' if radius else ""
                return f'<rect width="{num(width)}" height="{num(height)}"{round_} {self._paint(element)}/>'
            case "ellipse":
                rx, ry = num(width / 2), num(height / 2)
                return f'<ellipse cx="{rx}" cy="{ry}" rx="{rx}" ry="{ry}" {self._paint(element)}/>'
            case "diamond":
                path = diamond(width, height, element.properties.get("roundness"))
                return f'<path d="{path}" {self._paint(element)}/>'
            case "line" | "arrow":
                return self._line(element)
            case "freedraw":
                return self._freedraw(element)
            case "text":
                return self._text(element)
            case "image":
                return self._image(element, width, height)
            case "frame" | "magicframe":
                return self._frame(element, width, height)
        return ""

    def _paint(self, element: Element, *, filled: bool = True) -> str:
        fill = self._fill(element.properties) if filled else "none"
        return f'fill="{fill}" {self._stroke(element.properties)}'

    def _stroke(self, properties: dict[str, Any]) -> str:
        color = color_of(properties.get("strokeColor"))
        width = min(MAX_STROKE_WIDTH, max(0.0, number(properties.get("strokeWidth"), 2.0)))
        if color.lower() == TRANSPARENT or width == 0:
            return 'stroke="none"'
        dashes = ""
        if (style := word(properties.get("strokeStyle"))) in {"dashed", "dotted"}:
            on, off = (8.0, 8 + width) if style == "dashed" else (1.5, 6 + width)
            width += 0.5
            dashes = f' stroke-dasharray="{num(on)} {num(off)}"'
        return f'stroke="{color}" stroke-width="{num(width)}"{dashes}'

    def _fill(self, properties: dict[str, Any]) -> str:
        color = color_of(properties.get("backgroundColor"), TRANSPARENT)
        if color.lower() == TRANSPARENT:
            return "none"
        style = word(properties.get("fillStyle"))
        width = min(MAX_STROKE_WIDTH, max(0.5, number(properties.get("strokeWidth"), 2.0)))
        gap = width * 4
        if style not in {"hachure", "cross-hatch", "zigzag"} or gap < 2 * self.pixel:
            return color
        key = (style, color, num(width))
        name = self.fills.get(key)
        if name is None:
            name = self.fills[key] = f"fill{len(self.fills)}"
            side = num(gap)
            lines = f"M0 {num(gap / 2)}H{side}" + (f"M{num(gap / 2)} 0V{side}" if style == "cross-hatch" else "")
            self.definitions.append(
                f'<pattern id="{name}" patternUnits="userSpaceOnUse" width="{side}" height="{side}"'
                f' patternTransform="rotate(-41)"><path d="{lines}" fill="none" stroke="{color}"'
                f' stroke-width="{num(width / 2)}"/></pattern>'
            )
        return f"url(#{name})"

    def _line(self, element: Element) -> str:
        properties = element.properties
        points = points_of(properties.get("points"), self.pixel)
        if len(points) < 2:
            return ""
        curved = isinstance(properties.get("roundness"), dict)
        elbowed = element.type == "arrow" and properties.get("elbowed") is True
        path = elbow(points) if elbowed else curve(points) if curved else polyline(points)
        drawn = f'<path d="{path}" {self._paint(element, filled=is_loop(points))}/>'
        width = min(MAX_STROKE_WIDTH, number(properties.get("strokeWidth"), 2.0))
        color = color_of(properties.get("strokeColor"))
        for end, at_end in (("startArrowhead", False), ("endArrowhead", True)):
            head, filled = arrowhead(points, properties.get(end), at_end=at_end, curved=curved and not elbowed)
            if head:
                # Heads are never dashed, and an outlined one hides the line behind it.
                kind = word(properties.get(end))
                fill = color if filled else "#ffffff" if kind.endswith("_outline") else "none"
                drawn += f'<path d="{head}" fill="{fill}" stroke="{color}" stroke-width="{num(width)}"/>'
        return drawn

    def _freedraw(self, element: Element) -> str:
        properties = element.properties
        points = points_of(properties.get("points"), self.pixel)
        if not points:
            return ""
        color = color_of(properties.get("strokeColor"))
        width = min(MAX_STROKE_WIDTH, max(0.1, number(properties.get("strokeWidth"), 2.0)))
        fill = self._fill(properties) if is_loop(points) else "none"
        back = f'<path d="{polyline(points)}Z" fill="{fill}"/>' if fill != "none" else ""
        if len(points) == 1 or all(point == points[0] for point in points):
            (x, y), radius = points[0], width * SIMULATED_WIDTH / 2
            return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}" fill="{color}"/>'
        pressures = properties.get("pressures")
        if isinstance(pressures, list) and pressures and properties.get("simulatePressure") is False and not self.pixel:
            return f'{back}<path d="{pressed(points, pressures, width)}" fill="{color}"/>'
        stroke = f'fill="none" stroke="{color}" stroke-width="{num(width * SIMULATED_WIDTH)}"'
        return f'{back}<path d="{smooth(points)}" {stroke}/>'

    def _text(self, element: Element) -> str:
        properties = element.properties
        width, height = abs(element.dimensions.width), abs(element.dimensions.height)
        lines = lines_of(properties, width)
        if not lines:
            return ""
        size = min(5_000.0, max(0.1, number(properties.get("fontSize"), 20.0)))
        leading = size * min(10.0, max(0.1, number(properties.get("lineHeight"), 1.25)))
        color = color_of(properties.get("strokeColor"))
        if self.pixel and size < READABLE * self.pixel:
            box = f'width="{num(width)}" height="{num(height)}" rx="{num(size / 4)}"'
            return f'<rect {box} fill="{color}" opacity="0.25"/>'
        font = font_of(properties.get("fontFamily"))
        align = properties.get("textAlign")
        at, physical = {"center": (width / 2, "middle"), "right": (width, "end")}.get(word(align), (0.0, "start"))
        baseline = (leading - size * (font.ascent + font.descent)) / 2 + size * font.ascent
        drawn = []
        for row, line in enumerate(lines):
            if not line.strip():
                continue
            anchor, direction = physical, ""
            if is_rtl(line):
                direction = ' direction="rtl"'
                anchor = {"start": "end", "end": "start"}.get(physical, physical)
            place = f'x="{num(at)}" y="{num(baseline + row * leading)}"'
            drawn.append(f'<text {place} text-anchor="{anchor}"{direction} xml:space="preserve">{escape(line)}</text>')
        families = escape(font.families)
        return f'<g font-family="{families}" font-size="{num(size)}" fill="{color}">{"".join(drawn)}</g>'

    def _image(self, element: Element, width: float, height: float) -> str:
        url = self.look.picture(element)
        if url is None:
            return self._placeholder(width, height)
        size = f'width="{num(width)}" height="{num(height)}"'
        radius = corner_radius(element.properties.get("roundness"), min(width, height))
        clip = ""
        if radius:
            name = f"clip{len(self.definitions)}"
            self.definitions.append(f'<clipPath id="{name}"><rect {size} rx="{num(radius)}"/></clipPath>')
            clip = f' clip-path="url(#{name})"'
        shade = ' filter="url(#dark)"' if self.look.dark else ""
        crop = element.properties.get("crop")
        if isinstance(crop, dict):
            cut = [max(0.01, number(crop.get(name), 1.0)) for name in ("width", "height")]
            whole = [max(0.01, number(crop.get(name), 1.0)) for name in ("naturalWidth", "naturalHeight")]
            view = f"{num(number(crop.get('x')))} {num(number(crop.get('y')))} {num(cut[0])} {num(cut[1])}"
            image = (
                f'<svg {size} viewBox="{view}" preserveAspectRatio="none"><image href="{escape(url)}"'
                f' width="{num(whole[0])}" height="{num(whole[1])}" preserveAspectRatio="none"{shade}/></svg>'
            )
        else:
            image = f'<image href="{escape(url)}" {size} preserveAspectRatio="none"{shade}/>'
        scale = element.properties.get("scale")
        flip_x, flip_y = (
            (number(scale[0], 1) < 0, number(scale[1], 1) < 0)
            if isinstance(scale, list) and len(scale) == 2
            else (False, False)
        )
        if flip_x or flip_y:
            move = f"translate({num(width if flip_x else 0)} {num(height if flip_y else 0)})"
            image = f'<g transform="{move} scale({-1 if flip_x else 1} {-1 if flip_y else 1})">{image}</g>'
        return f"<g{clip}>{image}</g>" if clip else image

    def _placeholder(self, width: float, height: float) -> str:
        """An image whose bytes are not at hand: a card with hills and a sun."""
        w, h = width, height
        hills = (
            f"M0 {num(h)}L{num(w * 0.3)} {num(h * 0.5)}L{num(w * 0.52)} {num(h * 0.76)}"
            f"L{num(w * 0.7)} {num(h * 0.58)}L{num(w)} {num(h)}Z"
        )
        return (
            f'<rect width="{num(w)}" height="{num(h)}" fill="#e9ecef"/><path d="{hills}" fill="#ced4da"/>'
            f'<circle cx="{num(w * 0.74)}" cy="{num(h * 0.28)}" r="{num(min(w, h) * 0.09)}" fill="#ced4da"/>'
        )

    def _frame(self, element: Element, width: float, height: float) -> str:
        name = element.properties.get("name")
        words = escape(name[:200]) if isinstance(name, str) and name else "Frame"
        outline = (
            f'<rect width="{num(width)}" height="{num(height)}" rx="{FRAME_RADIUS}" fill="none"'
            f' stroke="{FRAME_STROKE}" stroke-width="2"/>'
        )
        if self.pixel and READABLE * self.pixel > FRAME_NAME_SIZE:
            return outline
        return (
            f'{outline}<text y="-6" font-family="Assistant, system-ui, sans-serif" font-size="{FRAME_NAME_SIZE}"'
            f' fill="{FRAME_NAME}">{words}</text>'
        )

    def _clip(self, frame: Element) -> str:
        name = self.clips.get(frame.id)
        if name is None:
            name = self.clips[frame.id] = f"frame{len(self.clips)}"
            x, y, width, height = (
                num(value)
                for value in (
                    frame.position.x,
                    frame.position.y,
                    abs(frame.dimensions.width),
                    abs(frame.dimensions.height),
                )
            )
            self.definitions.append(
                f'<clipPath id="{name}"><rect x="{x}" y="{y}" width="{width}" height="{height}"'
                f' rx="{FRAME_RADIUS}"/></clipPath>'
            )
        return name
