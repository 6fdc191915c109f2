"""A chart with half of its bytes: what the renderer says of every line and word is said once, of their group.

The picture is the same. Groups that say nothing are left out, ticks and lines of a grid become one path,
words and round points stand where they are without a transform of their own.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring, register_namespace, tostring

_SVG = "http://www.w3.org/2000/svg"
_G, _LINE, _PATH, _TEXT, _CIRCLE = (f"{{{_SVG}}}{name}" for name in ("g", "line", "path", "text", "circle"))
_SHARED = (
    *("fill", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap"),
    *("font-size", "font-weight", "text-anchor"),
)
"""What a group hands down to what is in it."""
_MOVED = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_ROUND = re.compile(r"M(?P<r>[\d.]+),0A(?P=r),(?P=r),0,1,1,-(?P=r),0A(?P=r),(?P=r),0,1,1,(?P=r),0")
_STRAIGHT = re.compile(r"(?:M[^a-zA-Z]+[hv][^a-zA-Z]+)+")
register_namespace("", _SVG)


def tidied(svg: str) -> str:
    """The same chart in fewer bytes.

    Parameters
    ----------
    svg : as the renderer draws it, without words for screen readers.
    """
    root = fromstring(svg)  # noqa: S314 - our own
    root[:] = [one for child in root for one in _settled(child)]
    return tostring(root, encoding="unicode").replace(" />", "/>")


def _settled(element: Element) -> Iterator[Element]:
    """What stands for an element: itself, what is in it, or nothing."""
    if element.tag != _G:
        yield _placed(element)
        return
    element[:] = _joined([one for child in element for one in _settled(child)])
    element.attrib.pop("class", None)
    if element.get("transform") == "translate(0,0)":
        del element.attrib["transform"]
    _hand_up(element)
    if len(element) == 1 and _taken_in(element[0], element):
        yield element[0]
    elif element.attrib and len(element):
        yield element
    else:
        yield from element


def _placed(element: Element) -> Element:
    """A mark where it stands, without a transform where that only moves it."""
    moved = _MOVED.fullmatch(element.get("transform", ""))
    x, y = moved.groups() if moved else ("0", "0")
    if element.tag == _LINE and (moved or "transform" not in element.attrib):
        along, down = element.attrib.pop("x2", "0"), element.attrib.pop("y2", "0")
        element.tag = _PATH
        step = f"h{along}" if down == "0" else f"v{down}" if along == "0" else f"l{along},{down}"
        element.attrib = {"d": f"M{x},{y}{step}"} | element.attrib
    elif element.tag == _TEXT and moved:
        element.attrib = {"x": x, "y": y} | element.attrib
    elif element.tag == _PATH and moved and (found := _ROUND.fullmatch(element.get("d", ""))):
        del element.attrib["d"]
        element.tag = _CIRCLE
        element.attrib = {"cx": x, "cy": y, "r": found["r"]} | element.attrib
    else:
        return element
    element.attrib.pop("transform", None)
    return element


def _joined(elements: list[Element]) -> list[Element]:
    """Lines after each other that look the same as one path."""
    found: list[Element] = []
    for element in elements:
        before = found[-1] if found else None
        if before is not None and _is_line(element) and _is_line(before) and _look(element) == _look(before):
            before.set("d", before.attrib["d"] + element.attrib["d"])
        else:
            found.append(element)
    return found


def _is_line(element: Element) -> bool:
    """Whether a path is straight lines that were elements of their own, which never cross."""
    return element.tag == _PATH and _STRAIGHT.fullmatch(element.get("d", "")) is not None


def _look(element: Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name != "d"}


def _hand_up(group: Element) -> None:
    """Say of a group what is true of all that is in it."""
    if len(group) < 2:
        return
    first, *others = group
    for name in _SHARED:
        value = first.get(name)
        if value is not None and name not in group.attrib and all(it.get(name) == value for it in others):
            group.set(name, value)
            for element in group:
                del element.attrib[name]


def _taken_in(element: Element, group: Element) -> bool:
    """Give what a group says to the one element in it, if it can be said there."""
    if "transform" in group.attrib:
        if element.tag != _G:
            return False
        outer, inner = (_MOVED.fullmatch(it.get("transform", "translate(0,0)")) for it in (group, element))
        if outer is None or inner is None:
            return False
        x, y = (float(outer[at]) + float(inner[at]) for at in (1, 2))
        element.set("transform", f"translate({x:.6g},{y:.6g})")
    for name, value in group.attrib.items():
        element.attrib.setdefault(name, value)
    return True
