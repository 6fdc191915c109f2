"""Maps: our own polygons as SVG, coloured in classes with a legend; every area a link, every area named."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from storregion.core import geodesy
from storregion.core.errors import SettingError
from storregion.core.language import Language
from storregion.core.reads import once
from storregion.core.workspace import Workspace
from storregion.publish.numbers import written

# Safe for the colour-blind: dark to light brown below zero, light to dark blue-green from zero.
BELOW = ("#7d4a12", "#c98d4b", "#ecd3ac")
ABOVE = ("#e3f0e8", "#a8d5cf", "#4fa7ac", "#1f7488", "#0b4a66")


@dataclass(frozen=True)
class Area:
    """One area of a map: its value if it has one, where it leads, and what it is called."""

    code: str
    name: str
    target: str
    value: float | None
    words: str


class Atlas:
    """The shapes of a group, projected once to a page of 1000 units' width."""

    WIDTH = 1000.0

    def __init__(self, workspace: Workspace) -> None:
        """Read the group's boundaries."""
        self.workspace = workspace

    @once
    def shapes(self) -> dict[str, str]:
        """The SVG path of each municipality and county of the group, by code."""
        return {code: self.path(geometry) for code, geometry in self.geometries.items()}

    def path(self, geometry: object) -> str:
        """The SVG path of one shape in SWEREF 99 TM."""
        import shapely

        rings: list[str] = []
        for part in shapely.get_parts(geometry):
            for ring in [part.exterior, *part.interiors]:
                steps = [self.place(x, y) for x, y in ring.coords[:-1]]
                tidy = [step for at, step in enumerate(steps) if at == 0 or step != steps[at - 1]]
                if len(tidy) > 2:
                    rings.append(f"M{_pair(tidy[0])}l{' '.join(map(_pair, _steps(tidy)))}Z")
        return "".join(rings)

    @once
    def nodes(self) -> list[tuple[str, str, float, float]]:
        """Code, name and place on the page of each node."""
        rows = self.workspace.table("nodes").sort("node")
        east, north = geodesy.projected(rows)
        points = [self.place(float(x), float(y)) for x, y in zip(east, north, strict=True)]
        return [
            (code, name, x, y) for code, name, (x, y) in zip(rows["node"], rows["name"], points, strict=True)
        ]

    def drawn(self, code: str) -> Any:
        """The shape of a municipality or county on the page."""
        import shapely

        west, _, _, top = self._extent
        corner, scale = np.array([west, top]), np.array([self._scale, -self._scale])
        return shapely.transform(self.geometries[code], lambda at: (at - corner) * scale + self._margin)

    @property
    def height(self) -> float:
        """The page's height in the same units as its width."""
        _, south, _, north = self._extent
        return round((north - south) * self._scale + 2 * self._margin)

    def place(self, east: float, north: float) -> tuple[float, float]:
        """A point in SWEREF 99 TM as a point on the page."""
        west, _, _, top = self._extent
        return round((east - west) * self._scale + self._margin, 1), round(
            (top - north) * self._scale + self._margin, 1
        )

    _margin = 6.0

    @once
    def geometries(self) -> dict[str, Any]:
        """The shape of each municipality and county of the group, by code."""
        import polars as pl
        import shapely

        places = self.workspace.table("places")
        wanted = places.filter(pl.col("kind").is_in(["county", "municipality"]))["place"]
        rows = self.workspace.table("boundaries").filter(pl.col("area").is_in(wanted.implode()))
        return dict(zip(rows["area"], shapely.from_wkb(rows["geometry"].to_numpy()), strict=True))

    @once
    def _extent(self) -> tuple[float, float, float, float]:
        import shapely

        west, south, east, north = shapely.total_bounds(list(self.geometries.values()))
        return float(west), float(south), float(east), float(north)

    @once
    def _scale(self) -> float:
        west, _, east, _ = self._extent
        return (self.WIDTH - 2 * self._margin) / (east - west)


def _steps(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The steps between points, which take fewer characters than the points."""
    for (x, y), (u, v) in itertools.pairwise(points):
        yield u - x, v - y


def _pair(point: tuple[float, float]) -> str:
    """A point or step in tenths, without a digit or sign too many."""
    x, y = (re.sub(r"^(-?)0(?=\.)", r"\1", f"{number:.1f}".removesuffix(".0")) for number in point)
    return x + (y if y.startswith("-") else f" {y}")


def choropleth(
    atlas: Atlas,
    areas: Sequence[Area],
    classes: Sequence[float],
    title: str,
    colours: Sequence[str] | None = None,
) -> str:
    """A map of areas coloured by class, with county borders and nodes; its legend stands apart.

    Parameters
    ----------
    atlas : the shapes.
    areas : what each area shows.
    classes : the limits between classes, rising; a value on a limit belongs to the upper class.
    title : what the map shows.
    colours : of the classes, the lowest first; those of `palette` when None.
    """
    shades = colours or palette(classes)
    fills = [None if area.value is None else shades[class_of(area.value, classes)] for area in areas]
    return coloured(atlas, areas, fills, title)


def coloured(atlas: Atlas, areas: Sequence[Area], colours: Sequence[str | None], title: str) -> str:
    """A map of areas each in its own colour; hatched where there is none.

    Parameters
    ----------
    atlas : the shapes.
    areas : what each area shows.
    colours : one for each area.
    title : what the map shows.
    """
    parts = [HATCHING]
    for area, colour in zip(areas, colours, strict=True):
        parts.append(_linked(atlas, area, colour or "url(#absent)"))
    return sheet(atlas, [*parts, border(atlas), _node_marks(atlas)], title)


def _linked(atlas: Atlas, area: Area, fill: str) -> Markup:
    return Markup('<a href="{}"><path class="area" d="{}" fill="{}"><title>{}: {}</title></path></a>').format(
        area.target, Markup(atlas.shapes[area.code]), fill, area.name, area.words
    )


def locator(atlas: Atlas, inside: Sequence[str], title: str) -> str:
    """A small map that shows where some municipalities lie among the counties."""
    parts = [
        ground(atlas),
        Markup('<path class="here" d="{}"/>').format(Markup("".join(atlas.shapes[code] for code in inside))),
        border(atlas),
    ]
    return sheet(atlas, parts, title)


def palette(classes: Sequence[float]) -> list[str]:
    """A colour for each class: brown only where a class lies wholly below zero, the darker the lower.

    Raises
    ------
    SettingError
        There are more classes below or above zero than colours.
    """
    below = sum(limit <= 0 for limit in classes)
    above = len(classes) + 1 - below
    for count, colours, where in ((below, BELOW, "below"), (above, ABOVE, "above")):
        if count > len(colours):
            raise SettingError(
                f"a map tells {len(colours)} classes {where} zero apart; {count} were asked for"
            )
    return [*_spread(BELOW, below, from_end=below == 1), *_spread(ABOVE, above)]


def _spread(colours: Sequence[str], count: int, *, from_end: bool = False) -> list[str]:
    """Some of a scale's colours, as far apart as can be; of a single class below zero the middle one."""
    if from_end:
        return [colours[len(colours) // 2]]
    return [colours[round(at * (len(colours) - 1) / max(count - 1, 1))] for at in range(count)]


def class_of(value: float, classes: Sequence[float]) -> int:
    """The number of the class that a value belongs to, the lowest first."""
    return sum(value >= limit for limit in classes)


def counties(atlas: Atlas) -> list[str]:
    """The codes of the group's counties."""
    return [code for code in atlas.shapes if len(code) == 2]


def ground(atlas: Atlas) -> Markup:
    """The land of the group's counties, as a part of a map."""
    land = Markup("".join(atlas.shapes[c] for c in counties(atlas)))
    return Markup('<path class="ground" d="{}"/>').format(land)


def border(atlas: Atlas) -> Markup:
    """The borders of the group's counties, as a part of a map."""
    return Markup('<path class="border" d="{}"/>').format(
        Markup("".join(atlas.shapes[c] for c in counties(atlas)))
    )


def _node_marks(atlas: Atlas) -> Markup:
    marks = [Markup('<circle cx="{}" cy="{}" r="7"/>').format(x, y) for _, _, x, y in atlas.nodes]
    return Markup('<g class="nodes" aria-hidden="true">{}</g>').format(Markup("").join(marks))


HATCHING = Markup(
    '<defs><pattern id="absent" width="12" height="12" patternUnits="userSpaceOnUse">'
    '<rect width="12" height="12" fill="#fff"/><path d="M0 12L12 0" stroke="#555" stroke-width="2"/>'
    "</pattern></defs>"
)


@dataclass(frozen=True)
class Key:
    """One entry of a legend; an area without a value is hatched, not coloured."""

    colour: str | None
    words: str


def legend(
    classes: Sequence[float],
    unit: str,
    language: Language,
    absent: str,
    colours: Sequence[str] | None = None,
) -> list[Key]:
    """The legend of a map, the lowest class first.

    Parameters
    ----------
    classes : the limits between classes, rising.
    unit : the unit of the values.
    language : of the numbers.
    absent : the words for areas without a value.
    colours : of the classes; those of `palette` when None.
    """
    words = [written(limit, unit, language) for limit in classes]
    middle = [f"{low} – {high}" for low, high in itertools.pairwise(words)]
    texts = [f"< {words[0]}", *middle, f"≥ {words[-1]}"]
    shades = colours or palette(classes)
    return [*(Key(*entry) for entry in zip(shades, texts, strict=True)), Key(None, absent)]


_STYLE = (
    "svg{color:#17242b}.area{stroke:#fff;stroke-width:1}.border{fill:none;stroke:#17242b;stroke-width:1.6}"
    ".ground{fill:#dfe6e4}.here{fill:#c2410c}.nodes circle{fill:#c2410c;stroke:#fff;stroke-width:2.5}"
    ".legend text{font:30px 'Source Sans 3','Segoe UI',Arial,sans-serif;fill:#17242b}.key{stroke:#17242b}"
    ".flow path{fill:none;stroke:#0b4a66;stroke-opacity:.8}.flow polygon{fill:#0b4a66}"
    ".flow.guess path{stroke:#5f7d8c;stroke-dasharray:14 8}.flow.guess polygon{fill:#5f7d8c}"
    ".dot{stroke:#17242b;stroke-width:1}"
    ".place circle{fill:#c2410c}.place text,.tree text{font:24px 'Source Sans 3','Segoe UI',Arial,sans-serif}"
    ".towns circle{fill:#17242b;stroke:#fff}"
    ".towns text{font:600 34px 'Source Sans 3','Segoe UI',Arial,sans-serif;paint-order:stroke;stroke:#fff;"
    "stroke-width:6}.inset .towns text{font-size:14px;stroke-width:2.5}"
    ".water{fill:#fff}.frame{fill:none;stroke:#17242b;stroke-width:1.5}.inset .frame{stroke-width:1.2}"
    ".outline,.tree path{fill:none;stroke:#17242b;stroke-width:2}.tree text{font-size:17px}"
)


Box = tuple[float, float, float, float]


def sheet(atlas: Atlas, parts: Sequence[Markup], title: str, box: Box | None = None) -> str:
    """Parts of a map put together as SVG text.

    Parameters
    ----------
    atlas : gives the size of the page.
    parts : drawn in order.
    title : what the map shows.
    box : left, top, width and height of what is shown; the whole page when None.
    """
    left, top, width, height = box or (0.0, 0.0, atlas.WIDTH, atlas.height)
    body = Markup("").join(parts)
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="{} {} {} {}" '
            'role="group" aria-label="{}">{}</svg>'
        ).format(int(left), int(top), int(width), int(height), title, body)
    )


def standalone(drawn: str) -> str:
    """A drawing as a file of its own, with its style inside.

    Parameters
    ----------
    drawn : SVG text as this package draws it.
    """
    start = drawn.index(">") + 1
    return f"{drawn[:start]}<style>{escape(_STYLE)}</style>{drawn[start:]}"


def alone(atlas: Atlas, drawn: str, keys: Sequence[Key], title: str) -> str:
    """A map as a file of its own: style, title and legend inside, links taken out.

    Parameters
    ----------
    atlas : the shapes it was drawn from.
    drawn : the map as `choropleth` made it.
    keys : its legend.
    title : words above the legend.
    """
    inner = drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")].replace("</a>", "")
    while (at := inner.find("<a href=")) >= 0:
        inner = inner[:at] + inner[inner.index(">", at) + 1 :]
    rows = [
        Markup('<g transform="translate({} {})"><rect width="40" height="28" fill="{}" class="key"/>'
               '<text x="54" y="24">{}</text></g>').format(
            at % 2 * 480, 50 + at // 2 * 46, key.colour or "url(#absent)", key.words
        )
        for at, key in enumerate(keys)
    ]  # fmt: skip
    height = int(atlas.height)
    head = Markup('<g class="legend" transform="translate(12 {})"><text y="24">{}</text>').format(
        height + 20, title
    )
    size = f'viewBox="0 0 {int(atlas.WIDTH)} {height + 90 + 46 * ((len(keys) + 1) // 2)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{escape(_STYLE)}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{inner}{head}{Markup("").join(rows)}</g></svg>'
    )
