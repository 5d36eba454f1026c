"""Makes an SVG harmless: nothing in it runs, and nothing in it is fetched. Pure.

py-svg-hush keeps what it knows to be safe and drops the rest (scripts, handlers, foreign content). Whatever it leaves
is looked at again here, since it rewrites addresses of other hosts to ones of ours instead of dropping them.
"""

import re
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree
from xml.parsers import expat

from py_svg_hush import filter_svg

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 200
MAX_ELEMENTS = 100_000
DEFAULT_SIDE = 300
MAX_SIDE = 10_000

SVG = "http://www.w3.org/2000/svg"
_EMBEDDED = {"image": ["png", "jpeg", "gif", "webp"]}
# A file has room for millions of characters, so every pattern here reads each once and never goes back (`*+`).
_HREF = re.compile(r"#[^\s\"'<>]*+|data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*+")
_ADDRESS = re.compile(r"url\s*+\((?P<to>[^()]*+)\)", re.IGNORECASE)
_QUOTED = re.compile(r"([\"']?)([^\"']*+)\1")
_LENGTH = re.compile(r"([0-9.eE+-]{1,20})\s*+(px|pt|pc|mm|cm|in)?")
# What CSS can fetch with besides url(), and the escapes that would hide any of it.
_STYLE_REFUSED = re.compile(
    r"\\|@import|@namespace|image-set|\bsrc\s*\(|image\s*\(|element\s*\(|expression|javascript:", re.IGNORECASE
)
_HARMFUL = {"script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "listener"}
_ANIMATIONS = {"set", "animate", "animatetransform", "animatecolor"}


class BadSvg(Exception):
    """It cannot be used; says why to a person."""


@dataclass(frozen=True, slots=True)
class CleanSvg:
    data: bytes
    width: int
    height: int


def looks_like_svg(data: bytes) -> bool:
    """XML whose first element is svg; anything else that has "<svg" in it (a page, say) is not."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    head = re.sub(
        rb"\A(<\?xml[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>\s*)+", b"", head, flags=re.DOTALL
    )
    return re.match(rb"<([A-Za-z_][\w.-]*:)?svg[\s>/]", head) is not None


def svg_clean(data: bytes) -> CleanSvg:
    """Raises BadSvg."""
    if len(data) > MAX_BYTES:
        raise BadSvg(f"An SVG has at most {MAX_BYTES // 1024 // 1024} MiB.")
    _check_form(data)
    try:
        hushed = filter_svg(data, keep_data_url_mime_types=_EMBEDDED)
    except ValueError as error:
        raise BadSvg("This SVG cannot be read.") from error
    root = ElementTree.fromstring(hushed)  # noqa: S314 - what _check_form and the filter let through has no entities
    if root.tag == "svg":  # without the namespace no browser draws it; what is meant is clear
        for element in root.iter():
            if "}" not in element.tag:
                element.tag = f"{{{SVG}}}{element.tag}"
    if root.tag != f"{{{SVG}}}svg":
        raise BadSvg("This SVG has no drawing in it.")
    _strip(root)
    width, height = _size(root)
    root.set("width", str(width))
    root.set("height", str(height))
    ElementTree.register_namespace("", SVG)
    out = BytesIO()
    ElementTree.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    return CleanSvg(out.getvalue(), width, height)


def _check_form(data: bytes) -> None:
    """Before anything builds a tree of it: no entities of its own (they grow without bound), no endless nesting."""
    parser = expat.ParserCreate()
    depth = count = 0

    def opened(*_: object) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_DEPTH:
            raise BadSvg(f"This SVG is nested too deeply: more than {MAX_DEPTH} levels.")
        if count > MAX_ELEMENTS:
            raise BadSvg(f"This SVG has more than {MAX_ELEMENTS} elements.")

    def closed(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_: object) -> None:
        raise BadSvg("This SVG defines entities, which are not taken.")

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.EntityDeclHandler = entity
    parser.UnparsedEntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadSvg("This SVG cannot be read.") from error


def _strip(root: ElementTree.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if not child.tag.startswith(f"{{{SVG}}}") or _harmful(child):
                parent.remove(child)
            elif _local(child.tag) == "style":
                text = "".join(child.itertext())
                child[:] = []
                child.text = _style(text)
        for name, value in list(parent.attrib.items()):
            kept = _attribute(name, value)
            if kept is None:
                del parent.attrib[name]
            else:
                parent.attrib[name] = kept


def _harmful(element: ElementTree.Element) -> bool:
    """Also an animation of an address; the filter took away which attribute it is about, where that is dangerous."""
    name = _local(element.tag)
    return name in _HARMFUL or (name in _ANIMATIONS and _local(element.get("attributeName", "")) in {"href", ""})


def _attribute(name: str, value: str) -> str | None:
    local = _local(name)
    if local.startswith("on") or local in {"base", "src", "target", "ping", "formaction"}:
        return None
    if local == "href":
        return value if _HREF.fullmatch(value.strip()) else None
    if local == "style" or "url" in value.lower() or "\\" in value:
        return _style(value) or None
    return value


def _style(text: str) -> str:
    """Without what fetches; references within the drawing stay."""
    if _STYLE_REFUSED.search(text):
        return ""
    kept = _ADDRESS.sub(lambda found: found[0] if _is_kept(found["to"]) else "none", text)
    # What is still an opening url( has a form that the pattern does not know.
    left = _ADDRESS.sub("", kept)
    return "" if re.search(r"url\s*\(|//", left, re.IGNORECASE) else kept


def _is_kept(address: str) -> bool:
    """What stands in the brackets of an url()."""
    bare = _QUOTED.fullmatch(address.strip())
    return bare is not None and _HREF.fullmatch(bare[2].strip()) is not None


def _size(root: ElementTree.Element) -> tuple[int, int]:
    """In CSS pixels: from width and height, the view box, or a default."""
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = [_number(part) for part in re.split(r"[\s,]+", (root.get("viewBox") or "").strip())]
    across, down = (box[2], box[3]) if len(box) == 4 else (None, None)
    ratio = across / down if across and down else None
    if width is None and height is None:
        width, height = across, down
    elif width is None and height is not None and ratio:
        width = height * ratio
    elif height is None and width is not None and ratio:
        height = width / ratio
    return _side(width), _side(height)


def _side(value: float | None) -> int:
    return min(MAX_SIDE, max(1, round(value))) if value else DEFAULT_SIDE


def _length(text: str | None) -> float | None:
    found = _LENGTH.fullmatch((text or "").strip())
    scale = {None: 1, "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}
    value = _number(found[1]) if found else None
    return value * scale[found[2]] if found and value else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < 1e9 else None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()
