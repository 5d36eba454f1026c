"""The outlines of elements as SVG path data, in the element's own coordinates. Pure.

What is given is what clients wrote into open properties: anything that is no finite number counts as absent.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from canvasapp.elements import MAX_COORDINATE

Point = tuple[float, float]

ADAPTIVE, PROPORTION = 3, 0.25  # kinds of roundness as the editor numbers them; a corner's share of the shorter side
ADAPTIVE_RADIUS = 32.0
ELBOW_RADIUS = 16.0
CLOSED_WITHIN = 8.0  # a line whose ends are this near is a loop
# The editor's pen: a dot of full pressure is this many stroke widths wide, and pressure takes up to this share off.
PEN_WIDTH, PEN_THINNING = 4.25, 0.6

ARROWHEAD_SIZES = {
    "arrow": 30.0,
    "bar": 15.0,
    "crowfoot_one": 20.0,
    "crowfoot_many": 20.0,
    "crowfoot_one_or_many": 20.0,
}
ARROWHEAD_ANGLES = {"arrow": 20.0, "bar": 90.0}
FILLED_HEADS = frozenset({"dot", "circle", "triangle", "diamond"})


def number(value: Any, default: float = 0.0) -> float:
    if type(value) in (int, float) and -MAX_COORDINATE <= value <= MAX_COORDINATE:
        return float(value)
    return default


def num(value: float) -> str:
    """Two decimals at most: a hundredth of a pixel is not seen."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def points_of(value: Any, step: float = 0.0) -> list[Point]:
    """The points of a line. Of those nearer than `step` to the last one kept, only the final one is."""
    if not isinstance(value, list):
        return []
    points: list[Point] = []
    last: Point | None = None
    for pair in value:
        if not isinstance(pair, list) or len(pair) < 2:
            continue
        point = (number(pair[0]), number(pair[1]))
        if last is not None and abs(point[0] - last[0]) + abs(point[1] - last[1]) < step:
            continue
        points.append(point)
        last = point
    if step and points and isinstance(value[-1], list) and len(value[-1]) > 1:
        final = (number(value[-1][0]), number(value[-1][1]))
        if final != points[-1]:
            points.append(final)
    return points


def corner_radius(roundness: Any, side: float) -> float:
    if not isinstance(roundness, dict):
        return 0.0
    if roundness.get("type") == ADAPTIVE:
        fixed = number(roundness.get("value"), ADAPTIVE_RADIUS)
        return side * PROPORTION if side <= fixed / PROPORTION else fixed
    return side * PROPORTION


def diamond(width: float, height: float, roundness: Any) -> str:
    cx, cy = width / 2, height / 2
    if not isinstance(roundness, dict):
        return f"M{num(cx)} 0L{num(width)} {num(cy)}L{num(cx)} {num(height)}L0 {num(cy)}Z"
    across, down = corner_radius(roundness, abs(cx)), corner_radius(roundness, abs(cy))

    def corner(x: float, y: float, before: Point, after: Point) -> str:
        return (
            f"L{num(x + before[0])} {num(y + before[1])}"
            f"C{num(x)} {num(y)} {num(x)} {num(y)} {num(x + after[0])} {num(y + after[1])}"
        )

    return (
        f"M{num(cx + across)} {num(down)}"
        + corner(width, cy, (-across, -down), (-across, down))
        + corner(cx, height, (across, -down), (-across, -down))
        + corner(0, cy, (across, down), (across, -down))
        + corner(cx, 0, (-across, down), (across, down))
        + "Z"
    )


def is_loop(points: Sequence[Point]) -> bool:
    return len(points) > 2 and math.dist(points[0], points[-1]) <= CLOSED_WITHIN


def polyline(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)


def curve(points: Sequence[Point]) -> str:
    """Through all points, as smooth as the editor's: Catmull-Rom."""
    if len(points) < 3:
        return polyline(points)
    parts = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in _windows(points):
        parts.append(
            f"C{num(bx + (cx - ax) / 6)} {num(by + (cy - ay) / 6)}"
            f" {num(cx - (dx - bx) / 6)} {num(cy - (dy - by) / 6)} {num(cx)} {num(cy)}"
        )
    return "".join(parts)


def _windows(points: Sequence[Point]) -> list[tuple[Point, Point, Point, Point]]:
    padded = [points[0], *points, points[-1]]
    return [(padded[i], padded[i + 1], padded[i + 2], padded[i + 3]) for i in range(len(points) - 1)]


def elbow(points: Sequence[Point]) -> str:
    """Straight runs with rounded corners."""
    if len(points) < 3:
        return polyline(points)
    parts = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(ELBOW_RADIUS, math.dist(before, here) / 2, math.dist(here, after) / 2)
        into, out = _towards(here, before, radius), _towards(here, after, radius)
        parts.append(f"L{num(into[0])} {num(into[1])}Q{num(here[0])} {num(here[1])} {num(out[0])} {num(out[1])}")
    parts.append(f"L{num(points[-1][0])} {num(points[-1][1])}")
    return "".join(parts)


def smooth(points: Sequence[Point]) -> str:
    """A freehand stroke: its points are so near to each other that curves through the middles between them do."""
    if len(points) < 3:
        return polyline(points)
    parts = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for (x, y), (nx, ny) in pairwise(points[1:]):
        parts.append(f"Q{num(x)} {num(y)} {num((x + nx) / 2)} {num((y + ny) / 2)}")
    parts.append(f"L{num(points[-1][0])} {num(points[-1][1])}")
    return "".join(parts)


def pressed(points: Sequence[Point], pressures: Sequence[Any], stroke_width: float) -> str:
    """The outline of a stroke whose width follows the pen's pressure."""
    size = stroke_width * PEN_WIDTH
    left: list[Point] = []
    right: list[Point] = []
    for i, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[max(0, i - 1)], points[min(len(points) - 1, i + 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        pressure = min(1.0, max(0.0, number(pressures[i] if i < len(pressures) else None, 0.5)))
        radius = max(0.3, size * (0.5 - PEN_THINNING * (0.5 - pressure)))
        nx, ny = -(by - ay) / length * radius, (bx - ax) / length * radius
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return polyline([*left, *reversed(right)]) + "Z"


def arrowhead(points: Sequence[Point], kind: Any, *, at_end: bool, curved: bool) -> tuple[str, bool]:
    """Path data of a line's head, and whether it is filled. Empty for no head, or none that is known."""
    known = isinstance(kind, str) and (kind in ARROWHEAD_SIZES or kind.removesuffix("_outline") in FILLED_HEADS)
    if not known or len(points) < 2:
        return "", False
    tip, before = (points[-1], points[-2]) if at_end else (points[0], points[1])
    if curved and len(points) > 2:  # the curve arrives from where its last handle is
        beyond = points[-3] if at_end else points[2]
        before = (tip[0] - (tip[0] - beyond[0]) / 6, tip[1] - (tip[1] - beyond[1]) / 6)
        if before == tip:
            before = points[-2] if at_end else points[1]
    length = math.dist(points[-1], points[-2]) if at_end else math.dist(points[0], points[1])
    if math.dist(before, tip) == 0:
        return "", False
    base = kind.removesuffix("_outline")
    size = min(ARROWHEAD_SIZES.get(kind, 15.0), length * (0.25 if base == "diamond" else 0.5))
    heading = math.atan2(tip[1] - before[1], tip[0] - before[0])

    def away(distance: float, degrees: float = 0.0) -> Point:
        turned = heading + math.radians(degrees)
        return tip[0] - distance * math.cos(turned), tip[1] - distance * math.sin(turned)

    filled = not kind.endswith("_outline")
    if base in {"dot", "circle"}:
        (cx, cy), radius = away(size / 2), size / 2
        arc = f"a{num(radius)} {num(radius)} 0 1 0 "
        return f"M{num(cx - radius)} {num(cy)}{arc}{num(size)} 0{arc}{num(-size)} 0Z", filled
    if base == "diamond":
        return polyline(
            [tip, away(size, 25), away(2 * size * math.cos(math.radians(25))), away(size, -25)]
        ) + "Z", filled
    if base == "triangle":
        return polyline([tip, away(size, 25), away(size, -25)]) + "Z", filled
    if kind.startswith("crowfoot"):
        back = away(size)
        spread = size * math.tan(math.radians(25))
        nx, ny = -math.sin(heading) * spread, math.cos(heading) * spread
        bar = polyline([(back[0] + nx, back[1] + ny), (back[0] - nx, back[1] - ny)])
        foot = polyline([(tip[0] + nx, tip[1] + ny), back, (tip[0] - nx, tip[1] - ny)])
        return {"crowfoot_one": bar, "crowfoot_many": foot}.get(kind, foot + bar), False
    angle = ARROWHEAD_ANGLES[kind]
    return polyline([away(size, angle), tip, away(size, -angle)]), False


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * distance / length, start[1] + (end[1] - start[1]) * distance / length
