"""Maps of flows between nodes, of stretches, of dots, and of areas side by side."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from storregion.core import geodesy
from storregion.publish.pictures.maps import Atlas, Box, border, ground, sheet

# Distinct in hue and in lightness; areas are told apart by borders and names too.
PALETTE = (
    "#a8d5cf", "#e0b183", "#8fb3d9", "#d9c46b", "#c3a5cf", "#9cc78b",
    "#e59a92", "#7fb8ad", "#c9b8a0", "#b0c4de", "#d6a5b8", "#b8c26f",
)  # fmt: skip


ELSEWHERE = "#c8c8c8"


@dataclass(frozen=True)
class Flow:
    """People going from one node to another, and whether that is known or only estimated."""

    origin: str
    destination: str
    persons: float
    known: bool
    words: str


def flow_map(atlas: Atlas, flows: Sequence[Flow], title: str) -> str:
    """A map of flows between nodes: width by persons, one curve a direction with an arrow at its end.

    Parameters
    ----------
    atlas : the shapes and nodes.
    flows : what is drawn; the widest is drawn last. Estimated ones are dashed.
    title : what the map shows.
    """
    where = {code: (x, y) for code, _, x, y in atlas.nodes}
    most = max((flow.persons for flow in flows), default=1.0)
    curves = [curve(flow, where, most) for flow in sorted(flows, key=lambda flow: flow.persons)]
    return sheet(atlas, [ground(atlas), border(atlas), *curves, *_names(atlas.nodes)], title, _around(where))


@dataclass(frozen=True)
class Stretch:
    """A straight line on a map: longitude and latitude of both ends, how wide, and what it says."""

    one: tuple[float, float]
    two: tuple[float, float]
    number: float
    words: str


def stretch_map(atlas: Atlas, stretches: Sequence[Stretch], title: str) -> str:
    """A map of lines between points around the nodes, with these nodes' names.

    Parameters
    ----------
    atlas : the shapes and nodes.
    stretches : what is drawn; the widest is drawn last.
    title : what the map shows.
    """
    most = max((one.number for one in stretches), default=1.0)
    drawn = sorted(stretches, key=lambda one: one.number)
    ends = [end for one in drawn for end in (one.one, one.two)]
    east, north = geodesy.metres([end[0] for end in ends], [end[1] for end in ends])
    places = [atlas.place(x, y) for x, y in zip(east, north, strict=True)]
    line = Markup(
        '<g class="flow" stroke-linecap="round"><title>{}</title>'
        '<path d="M{} {}L{} {}" stroke-width="{}"/></g>'
    )
    lines = [
        line.format(one.words, *start, *end, f"{max(1.5, 16.0 * one.number / most):.1f}")
        for one, start, end in zip(drawn, places[::2], places[1::2], strict=True)
    ]
    box = _around({code: (x, y) for code, _, x, y in atlas.nodes})
    return sheet(atlas, [ground(atlas), border(atlas), *lines, *_names(atlas.nodes)], title, box)


@dataclass(frozen=True)
class Dot:
    """A place on a map of dots.

    Attributes
    ----------
    longitude, latitude : where it lies, in WGS 84.
    colour, radius : of the dot.
    words : what it says.
    code : what a script knows it by, if any.
    kind : a further class: `beyond` for what is out of reach, `gained` for what comes within it.
    """

    longitude: float
    latitude: float
    colour: str
    radius: float
    words: str
    code: str = ""
    kind: str = ""


def dot_map(
    atlas: Atlas, dots: Sequence[Dot], title: str, *, frame: Box | None = None, named: Collection[str] = ()
) -> str:
    """A map of dots on the group's counties, with the nodes' names.

    Parameters
    ----------
    atlas : the shapes and nodes.
    dots : what is drawn, in order.
    title : what the map shows.
    frame : the part that a close-up shows beside it, outlined; none when None.
    named : the nodes within the frame that are named here, too.
    """
    parts = [ground(atlas), border(atlas), *_marks(_placed(atlas, dots))]
    inside = set() if frame is None else {code for code, _, x, y in atlas.nodes if _within(frame, x, y)}
    if frame is not None:
        box = Markup('<rect class="frame" x="{:g}" y="{:g}" width="{:g}" height="{:g}"/>')
        parts.append(box.format(*frame))
    nodes = [node for node in atlas.nodes if node[0] not in inside or node[0] in named]
    return sheet(atlas, [*parts, *_names(nodes)], title)


_ROOM = 1.4
"""How much larger dots are where they have room."""


def close_up(atlas: Atlas, dots: Sequence[Dot], title: str, box: Box) -> str:
    """A part of a map of dots, drawn as wide as the map, so that dots and names have room.

    Parameters
    ----------
    atlas, dots, title : as of `dot_map`.
    box : the part of the map's page.
    """
    grow = atlas.WIDTH / box[2]
    near = [
        (replace(dot, radius=_ROOM * dot.radius), x * grow, y * grow)
        for dot, x, y in _placed(atlas, dots)
        if _within(box, x, y)
    ]
    nodes = [(code, name, x * grow, y * grow) for code, name, x, y in atlas.nodes if _within(box, x, y)]
    land = Markup('<g class="close" transform="scale({})">{}{}</g>')
    parts = [land.format(f"{grow:.3f}", ground(atlas), border(atlas)), *_marks(near), *_names(nodes)]
    left, top, width, height = (round(side * grow, 1) for side in box)
    return sheet(atlas, parts, title, (left, top, width, height))


def busiest(atlas: Atlas, dots: Sequence[Dot], side: float = 210.0) -> Box | None:
    """The square around a dot that holds most dots; none where it holds less than a fifth of them.

    Parameters
    ----------
    atlas, dots : as of `dot_map`.
    side : of the square, in units of the map's page.
    """
    points = [(x, y) for _, x, y in _placed(atlas, dots)]
    boxes: list[Box] = [(x - side / 2, y - side / 2, side, side) for x, y in points]
    many = [sum(_within(box, x, y) for x, y in points) for box in boxes]
    if not many or 5 * max(many) < len(points):
        return None
    return boxes[many.index(max(many))]


def _within(box: Box, x: float, y: float) -> bool:
    left, top, width, height = box
    return left <= x <= left + width and top <= y <= top + height


def _placed(atlas: Atlas, dots: Sequence[Dot]) -> list[tuple[Dot, float, float]]:
    """Each dot with its place on the map's page."""
    east, north = geodesy.metres([dot.longitude for dot in dots], [dot.latitude for dot in dots])
    return [(dot, *atlas.place(x, y)) for dot, x, y in zip(dots, east, north, strict=True)]


def _marks(placed: Sequence[tuple[Dot, float, float]]) -> list[Markup]:
    """Dots as circles."""
    circle = Markup('<circle class="{}" cx="{}" cy="{}" r="{}" fill="{}"{}><title>{}</title></circle>')
    return [
        circle.format(
            f"dot {dot.kind}".rstrip(), f"{x:.1f}", f"{y:.1f}", f"{dot.radius:.1f}", dot.colour,
            Markup(' data-code="{}"').format(dot.code) if dot.code else "", dot.words,
        )
        for dot, x, y in placed
    ]  # fmt: skip


def _around(where: Mapping[str, tuple[float, float]], margin: float = 70.0) -> Box:
    """The part of the page that the nodes lie in, with room for their names."""
    left, right = min(x for x, _ in where.values()), max(x for x, _ in where.values())
    top, bottom = min(y for _, y in where.values()), max(y for _, y in where.values())
    return left - margin, top - margin / 2, right - left + 4.4 * margin, bottom - top + 1.5 * margin


def curve(flow: Flow, where: Mapping[str, tuple[float, float]], most: float) -> Markup:
    """One flow as a curve with an arrow at its end.

    Parameters
    ----------
    flow : what is drawn.
    where : the place on the page of each end.
    most : the number of people that the widest curve stands for.
    """
    (x1, y1), (x2, y2) = where[flow.origin], where[flow.destination]
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    across = (-(y2 - y1) / length, (x2 - x1) / length)
    width = max(1.5, 15.0 * flow.persons / most)
    # Each direction bends to its own right, so that the two can be told apart.
    bend = 0.12 * length + width / 2
    middle = ((x1 + x2) / 2 + across[0] * bend, (y1 + y2) / 2 + across[1] * bend)
    tip = _towards((x2, y2), middle, 9.0)
    tail = _towards(tip, middle, 8.0 + width)
    side = (-(tip[1] - tail[1]), tip[0] - tail[0])
    size = math.hypot(*side) or 1.0
    half = (4.0 + 0.75 * width) / size
    arrow = " ".join(
        f"{x:.1f},{y:.1f}"
        for x, y in (
            tip,
            (tail[0] + side[0] * half, tail[1] + side[1] * half),
            (tail[0] - side[0] * half, tail[1] - side[1] * half),
        )
    )
    kind = "flow" if flow.known else "flow guess"
    return Markup(
        '<g class="{}"><title>{}</title><path d="M{} {}Q{} {} {} {}" stroke-width="{}"/>'
        '<polygon points="{}"/></g>'
    ).format(
        kind,
        flow.words,
        *(f"{number:.1f}" for number in (x1, y1, *middle, *tail)),
        f"{width:.1f}",
        arrow,
    )


def _towards(point: tuple[float, float], target: tuple[float, float], by: float) -> tuple[float, float]:
    """The point moved towards a target."""
    distance = math.hypot(target[0] - point[0], target[1] - point[1]) or 1.0
    return (
        point[0] + (target[0] - point[0]) * by / distance,
        point[1] + (target[1] - point[1]) * by / distance,
    )


def _names(nodes: Sequence[tuple[str, str, float, float]]) -> list[Markup]:
    """Nodes with their names, each by code, name and place."""
    # Of two nodes side by side the western one has its name to the left.
    crowded = {
        code
        for code, _, x, y in nodes
        for other, _, x2, y2 in nodes
        if code != other and x <= x2 < x + 160 and abs(y - y2) < 26
    }
    found = []
    for code, name, x, y in nodes:
        left = code in crowded
        found.append(
            Markup(
                '<g class="place"><circle cx="{}" cy="{}" r="8"/><text x="{}" y="{}"{}>{}</text></g>'
            ).format(
                x, y, x + (-13 if left else 13), y + 8, Markup(' text-anchor="end"') if left else "", name
            )
        )
    return found


def area_map(
    atlas: Atlas,
    areas: Mapping[str, str],
    colours: Mapping[str, str],
    names: Mapping[str, str],
    title: str,
) -> str:
    """A map of municipalities coloured by the area they belong to, areas outlined.

    Parameters
    ----------
    atlas : the shapes.
    areas : the centre of each municipality's area, by municipality.
    colours : a colour for each centre.
    names : the name of each municipality.
    title : what the map shows.
    """
    import shapely

    parts = [
        Markup('<path class="area" d="{}" fill="{}"><title>{}</title></path>').format(
            Markup(atlas.shapes[code]), colours.get(centre, ELSEWHERE), f"{names[code]}: {names[centre]}"
        )
        for code, centre in areas.items()
    ]
    for centre in dict.fromkeys(areas.values()):
        members = [atlas.geometries[code] for code, found in areas.items() if found == centre]
        # A little breadth closes the gaps that simplified shapes leave between neighbours.
        outline = shapely.union_all([member.buffer(150) for member in members])
        parts.append(Markup('<path class="outline" d="{}"/>').format(Markup(atlas.path(outline))))
    return sheet(atlas, parts, title)
