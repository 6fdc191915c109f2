"""The map of a report: where the place lies, the nodes, and lines to those that most commute to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

from storregion.publish.pictures.maps import Atlas, Box, border, ground, sheet, standalone

SIZE = 32.0
"""The size of type on the map's page, which is a thousand units wide."""


_LETTER, _LIFT, _GAP = 0.53 * SIZE, 0.36 * SIZE, 14.0


Point = tuple[float, float]
Points = NDArray[np.float64]
"""(n, 2) places on the page."""


@dataclass(frozen=True)
class Line:
    """People going from the place to a node, and whether that is known or only estimated."""

    node: str
    persons: float
    known: bool


@dataclass(frozen=True)
class Name:
    """A name on the map, the point that it belongs to, and whether it is the place's own."""

    text: str
    at: Point
    own: bool = False


def relations(
    atlas: Atlas, inside: Sequence[str], own: Name | None, lines: Sequence[Line], title: str
) -> str:
    """A map with the place marked and named, every node named, and lines to some of them, as an SVG file.

    Parameters
    ----------
    atlas : the shapes and nodes.
    inside : the municipalities that the place consists of.
    own : the place's name and the point that lines begin at; None where a node of that name lies in it.
    lines : to the nodes; width by persons, dashed where only estimated.
    title : what the map shows.
    """
    ends = {code: (x, y) for code, _, x, y in atlas.nodes}
    most = max((line.persons for line in lines), default=1.0)
    curves = [_bent(own.at, ends[line.node]) for line in lines] if own else []
    names = [Name(name, (x, y)) for _, name, x, y in atlas.nodes]
    parts = [
        ground(atlas),
        Markup('<path class="here" fill-opacity="0.75" d="{}"/>').format(
            Markup("".join(atlas.shapes[code] for code in inside))
        ),
        border(atlas),
        *(_line(curve, line, most) for curve, line in zip(curves, lines, strict=True)),
        *(_dot(name.at) for name in names),
    ]
    if own and not any(name.text == own.text for name in names):
        names.insert(0, own)
    boxes = _placed(names, _points(point for curve in curves for point in _along(curve)), _edges(atlas))
    parts += [_label(name, box) for name, box in zip(names, boxes, strict=True)]
    return standalone(sheet(atlas, parts, title, _around(atlas, inside, boxes)))


def _around(atlas: Atlas, inside: Sequence[str], boxes: Sequence[Box], margin: float = 30.0) -> Box:
    """The part of the page that the place, the nodes and all names lie in."""
    points = [(x, y) for _, _, x, y in atlas.nodes]
    for code in inside:
        west, south, east, north = atlas.geometries[code].bounds
        points += [atlas.place(west, south), atlas.place(east, north)]
    points += [(x + dx, y + dy) for x, y, width, height in boxes for dx, dy in ((0, 0), (width, height))]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    return left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin


Curve = tuple[Point, Point, Point]


def _bent(start: Point, end: Point) -> Curve:
    """A curve that bends a little, so that lines through one place can be told apart."""
    (x1, y1), (x2, y2) = start, end
    return start, ((x1 + x2) / 2 - (y2 - y1) * 0.1, (y1 + y2) / 2 + (x2 - x1) * 0.1), end


def _along(curve: Curve, steps: int = 24) -> list[Point]:
    """Points along a curve."""
    (x1, y1), (x2, y2), (x3, y3) = curve
    parts = [step / steps for step in range(steps + 1)]
    return [
        (
            (1 - t) ** 2 * x1 + 2 * t * (1 - t) * x2 + t * t * x3,
            (1 - t) ** 2 * y1 + 2 * t * (1 - t) * y2 + t * t * y3,
        )
        for t in parts
    ]


def _edges(atlas: Atlas) -> Points:
    """Points along the borders of the counties, on the page."""
    shapes = [shape for code, shape in atlas.geometries.items() if len(code) == 2]
    return _points(atlas.place(float(x), float(y)) for x, y in shapely.get_coordinates(shapes))


def _points(points: Iterable[Point]) -> Points:
    return np.array(list(points), np.float64).reshape(-1, 2)


def _line(curve: Curve, line: Line, most: float) -> Markup:
    width = max(2.5, 15.0 * line.persons / most)
    dash = "" if line.known else Markup(' stroke-dasharray="14 9"')
    return Markup(
        '<path d="M{} {}Q{} {} {} {}" fill="none" stroke="#0b4a66" stroke-opacity="0.9" stroke-width="{}"{}/>'
    ).format(*(f"{number:.1f}" for point in curve for number in point), f"{width:.1f}", dash)


def _placed(names: Sequence[Name], crossed: Points, edges: Points) -> list[Box]:
    """A box for each name: of the places around its point, the one that covers least.

    A name over another or over a dot is worst, over a line bad, over a border the least.
    """
    found: list[Box] = []
    dots = [name.at for name in names]
    for name in names:
        others = _points(dot for dot in dots if dot != name.at)

        def cost(box: Box, others: Points = others) -> float:
            over = sum(_overlap(box, other) for other in found)
            hidden = 40 * _within(box, others) + 8 * _within(box, crossed) + _within(box, edges)
            return over + hidden

        found.append(min(_around_point(name), key=cost))
    return found


def _around_point(name: Name) -> list[Box]:
    """The boxes that a name can stand in: right of its point, left, above, below, and farther off."""
    x, y = name.at
    width, height = _LETTER * len(name.text) * (1.08 if name.own else 1), 1.1 * SIZE
    found = []
    for far in (1.0, 2.2):
        gap, rise = _GAP * far, height * 0.7 * far
        right, left, middle = x + gap, x - gap - width, x - width / 2
        level, above, below = y - height / 2, y - height / 2 - rise, y - height / 2 + rise
        found += [(right, level), (left, level), (right, above), (right, below), (left, above), (left, below)]
        found += [(middle, y - gap - height), (middle, y + gap)]
    return [(at, top, width, height) for at, top in found]


def _overlap(one: Box, two: Box) -> float:
    """How much of two boxes covers each other, in units that outweigh all else."""
    wide = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    high = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    return 100 + wide * high if wide > 0 and high > 0 else 0.0


def _within(box: Box, points: Points) -> int:
    left, top, width, height = box
    x, y = points.T
    inside = (left <= x) & (x <= left + width) & (top <= y) & (y <= top + height)
    return int(np.count_nonzero(inside))


def _dot(at: Point) -> Markup:
    return Markup('<circle cx="{}" cy="{}" r="8" fill="#17242b" stroke="#fff" stroke-width="2.5"/>').format(
        *(f"{number:g}" for number in at)
    )


def _label(name: Name, box: Box) -> Markup:
    """A name on a light ground, so that it can be read over lines and shapes."""
    left, top, width, height = box
    place = Markup('x="{}" y="{}" text-anchor="middle"').format(
        f"{left + width / 2:.1f}", f"{top + height / 2 + _LIFT:.1f}"
    )
    weight = Markup(' font-weight="700"') if name.own else ""
    font = Markup("font-family=\"'Source Sans 3','Segoe UI',Arial,sans-serif\" font-size=\"{}\"{}").format(
        f"{SIZE:g}", weight
    )
    return Markup(
        '<text {place} {font} fill="none" stroke="#fff" stroke-width="7" stroke-linejoin="round" '
        'aria-hidden="true">{name}</text><text {place} {font} fill="#17242b">{name}</text>'
    ).format(place=place, font=font, name=name.text)
