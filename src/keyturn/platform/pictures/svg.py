"""Drawings in SVG: what draws is kept, everything else is dropped, by lists of what is allowed."""

import re
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_SHAPES = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan")
_PARTS = ("svg", "g", "defs", "symbol", "use", "title", "desc", "style", "clipPath", "mask", "pattern")
_COLOURS = ("linearGradient", "radialGradient", "stop", "filter", "feGaussianBlur", "feOffset", "feBlend")
_ELEMENTS = frozenset((*_SHAPES, *_PARTS, *_COLOURS))
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ELSEWHERE = re.compile(r"url\(\s*['\"]?\s*(?!#)|@|\\|javascript:|expression\(", re.IGNORECASE)
_LENGTH = re.compile(r"\s*(\d{1,6}(?:\.\d+)?)(?:px)?\s*")
_DEEPEST = 40
_ADVICE = "This SVG cannot be read. Save it as plain SVG, or choose a PNG."


def is_svg(content: bytes) -> bool:
    """Whether this looks like an SVG."""
    head = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") and b"<svg" in content[:5000]


def sanitise(content: bytes) -> tuple[bytes, tuple[float, float]]:
    """The drawing alone, and its size. Raises ValueError for what is no drawing."""
    try:
        text = content.decode("utf-8-sig")
        if "<!entity" in text.lower():
            raise ValueError(_ADVICE)
        root = ElementTree.fromstring(text)  # noqa: S314 - without entities there is nothing to expand
    except (UnicodeDecodeError, ElementTree.ParseError, RecursionError) as error:
        raise ValueError(_ADVICE) from error
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError(_ADVICE)
    size = _size(root)
    clean = _copy(root, 0)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(clean, "utf-8"), size


def _copy(source: ElementTree.Element, depth: int) -> ElementTree.Element:
    if depth > _DEEPEST:
        raise ValueError(_ADVICE)
    kept = {name: value for name, value in source.attrib.items() if _is_harmless(name, value)}
    copy = ElementTree.Element(source.tag, kept)
    style = source.tag == f"{{{_SVG}}}style"
    copy.text = "" if style and _ELSEWHERE.search(source.text or "") else source.text
    for child in source:
        space, _, name = str(child.tag).rpartition("}")
        if space == f"{{{_SVG}" and name in _ELEMENTS:
            part = _copy(child, depth + 1)
            part.tail = child.tail
            copy.append(part)
    return copy


def _is_harmless(name: str, value: str) -> bool:
    if name in (_LINK, "href"):
        return value.startswith("#")
    return bool(_NAME.fullmatch(name)) and not name.lower().startswith("on") and not _ELSEWHERE.search(value)


def _size(root: ElementTree.Element) -> tuple[float, float]:
    box = [_LENGTH.fullmatch(part) for part in root.get("viewBox", "").replace(",", " ").split()[2:]]
    given = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    for pair in (given, box):
        if len(pair) == 2 and pair[0] and pair[1]:
            width, height = float(pair[0][1]), float(pair[1][1])
            if width and height:
                return width, height
    raise ValueError("This SVG does not say how large it is. Give it a width and a height, or choose a PNG.")
