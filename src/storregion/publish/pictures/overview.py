"""The map of the whole group: areas in colour, the names of its main towns, and the densest part enlarged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from storregion.core.reads import once_for_each
from storregion.publish.pictures.maps import HATCHING, Area, Atlas, Box, border, counties, sheet

LETTER = 34.0
"""The height of a name in units of the page, so that it can be read on a phone."""
_SIDE, _TIMES = 180.0, 2.2
"""The side of the square that is enlarged, and how many times."""
_FEWEST = 10
"""Fewer areas than this within the square can be told apart as they are."""


@dataclass(frozen=True)
class Town:
    """A town on the map: its name, and where it lies on the page."""

    name: str
    x: float
    y: float


def overview(
    atlas: Atlas, areas: Sequence[Area], fills: Sequence[str | None], towns: Sequence[Town], title: str
) -> str:
    """Areas each in a colour, with main towns and an inset of the densest part where there is no land.

    Parameters
    ----------
    atlas : the shapes.
    areas : what each area shows; a link out of the order of tabs, as a list says the same.
    fills : a colour for each area; hatched where there is none.
    towns : the largest first: a name is left out where it would cover another.
    title : what the map shows.
    """
    drawn = [_area(atlas, area, fill) for area, fill in zip(areas, fills, strict=True)]
    land = Markup('<g id="land">{}{}</g>').format(Markup("").join(drawn), border(atlas))
    parts = [HATCHING, land]
    around = densest(atlas, tuple(area.code for area in areas))
    page = (0.0, 0.0, atlas.WIDTH, atlas.height)
    if around is None:
        return sheet(atlas, [*parts, _named(towns, page, LETTER)], title)
    inside = [town for town in towns if _holds(around, town.x, town.y)]
    outside = [town for town in towns if town not in inside]
    corner = emptiest(atlas, _SIDE * _TIMES, around[1])
    parts += [_marked(around), _named(outside, page, LETTER, taken=[corner])]
    parts.append(_enlarged(_named(inside, around, LETTER / _TIMES), around, corner))
    # An inset that found no room within the page lies beside it.
    wide = max(atlas.WIDTH, corner[0] + corner[2])
    return sheet(atlas, parts, title, (0.0, 0.0, wide, atlas.height))


@once_for_each(8)
def densest(atlas: Atlas, codes: tuple[str, ...]) -> Box | None:
    """The square in which most areas have their middle; None where they are not many.

    Parameters
    ----------
    atlas : the shapes.
    codes : of the areas.
    """
    middles = []
    for code in codes:
        middle = atlas.geometries[code].representative_point()
        middles.append(atlas.place(middle.x, middle.y))
    near = [[(u, v) for u, v in middles if max(abs(u - x), abs(v - y)) <= _SIDE / 2] for x, y in middles]
    most = max(near, key=len, default=[])
    if len(most) < _FEWEST:
        return None
    x, y = (sum(values) / len(most) for values in zip(*most, strict=True))
    return x - _SIDE / 2, y - _SIDE / 2, _SIDE, _SIDE


@once_for_each(8)
def emptiest(atlas: Atlas, side: float, near: float) -> Box:
    """The square along the left or right edge of the page with the least land under it.

    Parameters
    ----------
    atlas : the shapes.
    side : of the square.
    near : a height on the page; of several as empty the nearest to it is chosen.

    Returns
    -------
    The square; right of the page where every one would hide land.
    """
    import shapely

    land = shapely.union_all([atlas.drawn(code) for code in counties(atlas)])
    steps = np.arange(0.0, max(atlas.height - side, 0.0) + 1, 10.0)
    squares = [(x, float(y)) for x in (atlas.WIDTH - side, 0.0) for y in steps]
    hidden = {(x, y): land.intersection(shapely.box(x, y, x + side, y + side)).area for x, y in squares}
    x, y = min(squares, key=lambda at: (round(hidden[at]), abs(at[1] - near)))
    return (x, y, side, side) if hidden[x, y] < 0.01 * side**2 else (atlas.WIDTH, near, side, side)


def _area(atlas: Atlas, area: Area, fill: str | None) -> Markup:
    return Markup(
        '<a href="{}" tabindex="-1" data-code="{}"><path class="area" d="{}" fill="{}">'
        "<title>{}: {}</title></path></a>"
    ).format(
        area.target, area.code, Markup(atlas.shapes[area.code]), fill or "url(#absent)", area.name, area.words
    )


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def _marked(box: Box) -> Markup:
    """A frame around what is enlarged."""
    return Markup('<rect class="frame" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(*box)


def _enlarged(names: Markup, around: Box, corner: Box) -> Markup:
    """The land within a box, enlarged into a corner; it says nothing that the map does not."""
    left, top, width, height = (f"{number:.1f}" for number in around)
    return Markup(
        '<svg class="inset" aria-hidden="true" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" '
        'viewBox="{} {} {} {}"><rect class="water" x="{}" y="{}" width="{}" height="{}"/><use href="#land"/>'
        '{}<rect class="frame" x="{}" y="{}" width="{}" height="{}"/></svg>'
    ).format(*corner, *([left, top, width, height] * 2), names, left, top, width, height)


def _named(towns: Sequence[Town], box: Box, letter: float, taken: Sequence[Box] = ()) -> Markup:
    """Dots with names beside them, right, left, above or below; without a name where none has room."""
    dot = letter / 4
    full = [*taken, *((town.x - dot, town.y - dot, 2 * dot, 2 * dot) for town in towns)]
    found = []
    for town in towns:
        found.append(Markup('<circle cx="{}" cy="{}" r="{:.1f}"/>').format(town.x, town.y, dot))
        wide = 0.56 * letter * len(town.name)
        sides = (
            ("start", town.x + 2 * dot, town.y + 0.3 * letter, town.x + 2 * dot),
            ("end", town.x - 2 * dot, town.y + 0.3 * letter, town.x - 2 * dot - wide),
            ("middle", town.x, town.y - 0.5 * letter, town.x - wide / 2),
            ("middle", town.x, town.y + 1.2 * letter, town.x - wide / 2),
        )
        for anchor, x, y, left in sides:
            its = (left, y - 0.75 * letter, wide, 0.9 * letter)
            if _within(its, box) and not any(_meet(its, other) for other in full):
                full.append(its)
                name = '<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>'
                found.append(Markup(name).format(x, y, anchor, town.name))
                break
    return Markup('<g class="towns" aria-hidden="true">{}</g>').format(Markup("").join(found))


def _within(inner: Box, outer: Box) -> bool:
    return _holds(outer, inner[0], inner[1]) and _holds(outer, inner[0] + inner[2], inner[1] + inner[3])


def _meet(one: Box, two: Box) -> bool:
    across = one[0] < two[0] + two[2] and two[0] < one[0] + one[2]
    return across and one[1] < two[1] + two[3] and two[1] < one[1] + one[3]
