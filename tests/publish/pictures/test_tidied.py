"""A tidied chart draws what the renderer drew: every line, word and mark at its place with its look."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from storregion.publish.pictures import charts
from storregion.publish.pictures.tidied import tidied
from storregion.publish.site import Site

LOOKS = ("fill", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "opacity")
TYPE = ("font-size", "font-weight", "text-anchor", "fill")
MOVE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
STEP = re.compile(r"M(-?[\d.]+),(-?[\d.]+)([hvl])(-?[\d.]+)(?:,(-?[\d.]+))?")
Mark = tuple[Any, ...]


def marks(svg: str) -> Counter[Mark]:
    """Every mark of a chart in pixels from its corner, whatever elements and groups it is made of."""
    return Counter(_marks(fromstring(svg), {}, 0.0, 0.0))  # noqa: S314 - our own


def _marks(element: Element, above: dict[str, str], x: float, y: float) -> Iterator[Mark]:
    look, tag = above | element.attrib, element.tag.rpartition("}")[2]
    transform = element.get("transform", "")
    if moved := MOVE.match(transform):
        x, y, transform = x + float(moved[1]), y + float(moved[2]), transform[moved.end() :]
    look.pop("transform", None)
    if tag in ("svg", "g"):
        for child in element:
            yield from _marks(child, look, x, y)
        return

    def at(across: str, down: str) -> tuple[float, float]:
        return round(x + float(across), 2), round(y + float(down), 2)

    drawn = tuple((name, look[name]) for name in (TYPE if tag == "text" else LOOKS) if name in look)
    d = element.get("d", "")
    if tag == "text":
        words = "".join(element.itertext())
        yield "text", at(element.get("x", "0"), element.get("y", "0")), words, transform, drawn
    elif tag == "line":
        yield "line", at("0", "0"), at(element.get("x2", "0"), element.get("y2", "0")), transform, drawn
    elif tag == "path" and STEP.sub("", d) == "" and d:
        for across, down, way, one, two in STEP.findall(d):
            x2, y2 = {"h": (float(one), 0), "v": (0, float(one)), "l": (float(one), float(two or 0))}[way]
            yield (
                "line",
                at(across, down),
                at(str(float(across) + x2), str(float(down) + y2)),
                transform,
                drawn,
            )
    elif tag == "circle":
        yield "round", at(element.get("cx", "0"), element.get("cy", "0")), element.get("r"), drawn
    elif tag == "path" and (found := re.fullmatch(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0", d)):
        yield "round", at("0", "0"), found[1], drawn
    elif tag != "style":
        yield tag, at("0", "0"), transform, d, drawn


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("place/0330/", "population"),
        ("place/0330/", "ages"),
        ("place/0330/", "projection"),
        ("place/0330/", "pyramid"),
        ("place/0330/", "job-industries"),
        ("place/0330/", "power-use"),
        ("place/0330/", "weekdays"),
        ("study/group_shares/", "shares"),
        ("study/county_moves/", "ends"),
    ],
)
def test_every_mark_is_where_it_was(
    site: Site, address: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = site.page("sv", address).views[name].picture
    assert picture is not None
    for width in (680, 360):
        with monkeypatch.context() as patched:
            patched.setattr(charts, "tidied", lambda svg: svg)
            charts._rendered.cache_clear()
            drawn = picture.draw(width)
        charts._rendered.cache_clear()
        found = picture.draw(width)
        assert marks(found) == marks(drawn)
        assert len(marks(found)) > 10
        assert len(found) < 0.75 * len(drawn)


def test_groups_hand_down_and_are_left_out() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg"><g class="a" transform="translate(10,20)"><g><g class="b">'
        '<line transform="translate(0,5)" x2="30" y2="0" stroke="#000"/>'
        '<line transform="translate(0,9)" x2="30" y2="0" stroke="#000"/></g></g>'
        '<g><text transform="translate(1,2)" fill="#111">a</text><text fill="#111">b</text>'
        '<text transform="translate(3,4) rotate(-90)" fill="#111">c</text></g><g class="empty"/></g></svg>'
    )
    assert tidied(svg) == (
        '<svg xmlns="http://www.w3.org/2000/svg"><g transform="translate(10,20)">'
        '<path d="M0,5h30M0,9h30" stroke="#000"/>'
        '<g fill="#111"><text x="1" y="2">a</text><text>b</text>'
        '<text transform="translate(3,4) rotate(-90)">c</text></g></g></svg>'
    )
    assert marks(tidied(svg)) == marks(svg)
