"""Small pictures derived from ids, so that things are recognised before they are read."""

import random
from datetime import datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from projects.pages import UNDO

register = template.Library()

SHAPES = 5
WIDTH, HEIGHT = 320, 180


@register.simple_tag
def sketch(identifier: str) -> SafeString:
    """A few strokes, always the same for the same id. Colours come from the style sheet, by class."""
    dice = random.Random(identifier)
    rows = []
    for number in range(SHAPES):
        x, y = dice.randint(24, WIDTH - 120), dice.randint(20, HEIGHT - 84)
        width, height = dice.randint(56, 110), dice.randint(36, 72)
        rows.append((f"hue-{dice.randrange(6)}", _outline(dice.randrange(4) if number else 0, x, y, width, height)))
    strokes = format_html_join("", '<path class="{}" d="{}"/>', rows)
    return format_html(
        '<svg class="sketch" viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">{}</svg>',
        WIDTH,
        HEIGHT,
        strokes,
    )


def _outline(kind: int, x: int, y: int, width: int, height: int) -> str:
    if kind == 0:
        return f"M{x + 8} {y}h{width - 16}q8 0 8 8v{height - 16}q0 8-8 8h-{width - 16}q-8 0-8-8v-{height - 16}q0-8 8-8z"
    if kind == 1:
        radius = height / 2
        return f"M{x} {y + radius}a{radius} {radius} 0 1 0 {height} 0a{radius} {radius} 0 1 0-{height} 0z"
    if kind == 2:
        return f"M{x + width / 2} {y}l{width / 2} {height / 2}l-{width / 2} {height / 2}l-{width / 2}-{height / 2}z"
    return f"M{x} {y + height}q{width / 4}-{height} {width / 2}-{height / 2}t{width / 2}-{height / 3}"


@register.filter
def initials(name: str) -> str:
    words = name.replace(".", " ").replace("_", " ").replace("-", " ").split()
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def undo_of(tags: str | None) -> str:
    """The address that undoes what a message tells of, or nothing."""
    return next((tag.removeprefix(UNDO) for tag in (tags or "").split() if tag.startswith(UNDO)), "")


@register.simple_tag
def ago(when: datetime | None) -> SafeString:
    """How long ago, with the moment itself on demand; the script says it in the reader's own time zone."""
    if when is None:
        return SafeString("")
    exact = date_format(when, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{} UTC">{}</time>', when.isoformat(), exact, naturaltime(when))
