"""The map of a report: where the place lies, the nodes, and lines to those that most commute to."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from storregion.publish.maps import Atlas, Box, border, ground, sheet, standalone


@dataclass(frozen=True)
class Line:
    """People going from the place to a node, and whether that is known or only estimated."""

    node: str
    persons: float
    known: bool


def relations(
    atlas: Atlas, inside: Sequence[str], start: tuple[float, float] | None, lines: Sequence[Line], title: str
) -> str:
    """A map with the place marked, every node named, and lines to some of them, as an SVG file.

    Parameters
    ----------
    atlas : the shapes and nodes.
    inside : the municipalities that the place consists of.
    start : where lines begin, on the atlas' page; no lines are drawn when None.
    lines : to the nodes; width by persons, dashed where only estimated.
    title : what the map shows.
    """
    ends = {code: (x, y) for code, _, x, y in atlas.nodes}
    most = max((line.persons for line in lines), default=1.0)
    parts = [
        ground(atlas),
        Markup('<path class="here" fill-opacity="0.85" d="{}"/>').format(
            Markup("".join(atlas.shapes[code] for code in inside))
        ),
        border(atlas),
    ]
    if start is not None:
        parts += [_line(start, ends[line.node], line, most) for line in lines]
    parts += [_node(name, x, y, _side(atlas, code)) for code, name, x, y in atlas.nodes]
    return standalone(sheet(atlas, parts, title, _around(atlas, inside)))


def _around(atlas: Atlas, inside: Sequence[str], margin: float = 40.0) -> Box:
    """The part of the page that the place and the nodes lie in, with room for names."""
    points = [(x, y) for _, _, x, y in atlas.nodes]
    for code in inside:
        west, south, east, north = atlas.geometries[code].bounds
        points += [atlas.place(west, south), atlas.place(east, north)]
    # A name is about sixteen units a letter.
    ends = [x + (0 if _side(atlas, code) else 16 * len(name)) for code, name, x, _ in atlas.nodes]
    left, right = min(x for x, _ in points), max([*ends, *(x for x, _ in points)])
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    return left - 2 * margin, top - margin, right - left + 3 * margin, bottom - top + 2 * margin


def _line(start: tuple[float, float], end: tuple[float, float], line: Line, most: float) -> Markup:
    """A curve that bends a little, so that lines through one place can be told apart."""
    (x1, y1), (x2, y2) = start, end
    middle = ((x1 + x2) / 2 - (y2 - y1) * 0.1, (y1 + y2) / 2 + (x2 - x1) * 0.1)
    width = max(2.5, 15.0 * line.persons / most)
    dash = "" if line.known else Markup(' stroke-dasharray="14 9"')
    return Markup(
        '<path d="M{} {}Q{} {} {} {}" fill="none" stroke="#0b4a66" stroke-opacity="0.9" stroke-width="{}"{}/>'
    ).format(
        *(f"{number:.1f}" for number in (x1, y1, *middle, x2, y2)),
        f"{width:.1f}",
        dash,
    )


def _side(atlas: Atlas, code: str) -> bool:
    """Whether a node has its name to the left: of two side by side, the western one has."""
    x, y = next((x, y) for found, _, x, y in atlas.nodes if found == code)
    return any(found != code and x <= x2 < x + 170 and abs(y - y2) < 30 for found, _, x2, y2 in atlas.nodes)


def _node(name: str, x: float, y: float, left: bool) -> Markup:
    """A dot with its name on a light ground, so that it can be read over lines and shapes."""
    place = Markup('x="{}" y="{}"{}').format(
        f"{x + (-15 if left else 15):g}", f"{y + 11:g}", Markup(' text-anchor="end"') if left else ""
    )
    font = Markup("font-family=\"'Source Sans 3','Segoe UI',Arial,sans-serif\" font-size=\"32\"")
    return Markup(
        '<circle cx="{}" cy="{}" r="8" fill="#17242b" stroke="#fff" stroke-width="2.5"/>'
        '<text {place} {font} fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round" '
        'aria-hidden="true">{name}</text><text {place} {font} fill="#17242b">{name}</text>'
    ).format(f"{x:g}", f"{y:g}", place=place, font=font, name=name)
