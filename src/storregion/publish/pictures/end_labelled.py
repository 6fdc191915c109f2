"""Lines over years with their names at the ends instead of a legend, coloured by the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from storregion.core.language import Language
from storregion.publish.numbers import with_unit, written

WIDTH, HEIGHT = 440, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 6, 186, 18, 40
_APART = 17
"""Pixels between the labels of two lines."""

_COLOURS = ("#0b7285", "#c2410c", "#6d4aff", "#3f7d20", "#a8326e", "#7a5c00", "#35516b", "#6b6b6b")
"""Those of the style sheet on a light screen."""
_STYLE = (
    "text{font:600 14px 'Source Sans 3','Segoe UI',Arial,sans-serif}"
    ".tick,.behind{font-weight:400;font-size:13px;fill:#4d5f68}.line{fill:none;stroke-width:2.4}"
    ".rule{stroke:#c9d1d4}.band{fill:#e8eeec}"
    ".median{fill:none;stroke:#4d5f68;stroke-width:1.4;stroke-dasharray:5 4}"
    + "".join(
        f".line.c{at}{{stroke:{it}}}circle.c{at},.end.c{at}{{fill:{it}}}" for at, it in enumerate(_COLOURS)
    )
)


@dataclass(frozen=True)
class Line:
    """A series: its name, and years with values in order; None breaks the line."""

    name: str
    points: Sequence[tuple[int, float | None]]


@dataclass(frozen=True)
class Band:
    """The spread of many places behind the lines.

    Attributes
    ----------
    name : what its median is called.
    rows : year, lower quartile, median and upper quartile, in order.
    """

    name: str
    rows: Sequence[tuple[int, float, float, float]]


@dataclass(frozen=True)
class _Frame:
    """Where years and values lie in the picture."""

    first: int
    last: int
    low: float
    high: float

    @classmethod
    def around(cls, lines: Sequence[Line], band: Sequence[tuple[int, float, float, float]]) -> "_Frame":
        """The frame that holds all lines and the band; it starts at zero where the values are near it."""
        values = [value for line in lines for _, value in line.points if value is not None]
        years = [year for line in lines for year, _ in line.points]
        values += [value for row in band for value in row[1:]]
        low, high = min(values), max(values)
        low = min(low, 0.0) if low < (high - low) * 0.5 else low
        return cls(min(years), max(years), low, high)

    def across(self, year: int) -> float:
        part = (year - self.first) / ((self.last - self.first) or 1)
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * part, 1)

    def down(self, value: float) -> float:
        spread = (self.high - self.low) or abs(self.high) or 1.0
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - (value - self.low) / spread), 1)


def drawn(
    lines: Sequence[Line], unit: str, language: Language, title: str, band: Band | None = None
) -> Markup:
    """The lines in one picture; the axis starts at zero only where the values are near it.

    Parameters
    ----------
    lines : the series, in the order of their colours; those without any value are left out.
    unit : of the values.
    language : of numbers.
    title : what the picture shows, for those who cannot see it.
    band : the spread behind them; only the years of the lines are shown.
    """
    shown = [
        (at, line) for at, line in enumerate(lines) if any(value is not None for _, value in line.points)
    ]
    if not shown:
        return Markup("")
    years = [year for _, line in shown for year, _ in line.points]
    behind = [row for row in (band.rows if band else ()) if min(years) <= row[0] <= max(years)]
    frame = _Frame.around([line for _, line in shown], behind)
    head = Markup('<svg class="ends" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    alone = [line for _, line in shown]
    parts = [head.format(WIDTH, HEIGHT, f"{title}. {said(alone, unit, language)}")]
    parts += _spread(frame, behind)
    for at, line in shown:
        year, value = _last(line)
        for run in _runs(line):
            track = " ".join(f"{frame.across(y)},{frame.down(v)}" for y, v in run)
            parts.append(Markup('<polyline class="line c{}" points="{}"/>').format(at, track))
        dot = Markup('<circle class="c{}" cx="{}" cy="{}" r="3.5"/>')
        parts.append(dot.format(at, frame.across(year), frame.down(value)))
    ends = [(f"c{at}", line.name, _last(line)[1]) for at, line in shown]
    ends += [("behind", band.name, behind[-1][2])] if band and behind else []
    parts += [*_axes(frame, unit, language), *_ends(frame, ends, unit, language)]
    return Markup("").join([*parts, Markup("</svg>")])


def as_file(drawn: str) -> str:
    """A picture of a page, by `drawn` of this module or its like, as a file with its style inside.

    Parameters
    ----------
    drawn : SVG text; empty where there is nothing to draw.
    """
    head, mark, body = drawn.partition(">")
    start = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return f"{start}{mark}<style>{_STYLE}</style>{body}" if drawn else drawn


def _ends(
    frame: _Frame, ends: Sequence[tuple[str, str, float]], unit: str, language: Language
) -> list[Markup]:
    """The names and last values beside the lines, none over another."""
    places = _spread_out([frame.down(value) for _, _, value in ends])
    label = Markup('<text class="end {}" x="{}" y="{}">{} {}</text>')
    return [
        label.format(
            kind,
            WIDTH - _RIGHT + 8,
            round(place + 4, 1),
            name,
            Markup("<tspan>{}</tspan>").format(written(value, unit, language)),
        )
        for (kind, name, value), place in zip(ends, places, strict=True)
    ]


def _spread(frame: _Frame, rows: Sequence[tuple[int, float, float, float]]) -> list[Markup]:
    """The band between the quartiles, and the median along it."""
    if len(rows) < 2:
        return []
    above = [f"{frame.across(year)},{frame.down(upper)}" for year, _, _, upper in rows]
    below = [f"{frame.across(year)},{frame.down(lower)}" for year, lower, _, _ in reversed(rows)]
    middle = [f"{frame.across(year)},{frame.down(median)}" for year, _, median, _ in rows]
    return [
        Markup('<polygon class="band" points="{}"/>').format(" ".join(above + below)),
        Markup('<polyline class="median" points="{}"/>').format(" ".join(middle)),
    ]


def _axes(frame: _Frame, unit: str, language: Language) -> list[Markup]:
    """Lines at the lowest and the highest value, and the first and the last year."""
    rule = Markup('<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/>')
    tick = Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>')
    parts = []
    for value, beside in ((frame.low, 14), (frame.high, -4)):
        height = frame.down(value)
        parts.append(rule.format(_LEFT, WIDTH - _RIGHT, height, height))
        parts.append(tick.format(_LEFT, round(height + beside, 1), "start", written(value, unit, language)))
    for year, anchor in ((frame.first, "start"), (frame.last, "end")):
        parts.append(tick.format(frame.across(year), HEIGHT - 6, anchor, year))
    return parts


def said(lines: Sequence[Line], unit: str, language: Language) -> str:
    """First and last value of each line, in words."""
    found = []
    for line in lines:
        there = [(year, value) for year, value in line.points if value is not None]
        (start, before), (end, after) = there[0], there[-1]
        values = [with_unit(value, unit, language) for value in (before, after)]
        found.append(f"{line.name} {start}: {values[0]}, {end}: {values[1]}")
    return "; ".join(found) + "."


def _last(line: Line) -> tuple[int, float]:
    return next((year, value) for year, value in reversed(line.points) if value is not None)


def _runs(line: Line) -> list[list[tuple[int, float]]]:
    """The stretches of a line without a gap."""
    found: list[list[tuple[int, float]]] = [[]]
    for year, value in line.points:
        if value is None:
            found.append([])
        else:
            found[-1].append((year, value))
    return [run for run in found if run]


def _spread_out(wanted: Sequence[float]) -> list[float]:
    """Heights near those wanted, none closer than a line of text to another, in the same order."""
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    placed = [0.0] * len(wanted)
    floor = -float("inf")
    for at in order:
        placed[at] = floor = max(wanted[at], floor + _APART)
    # Moved back up by what hangs below the picture.
    ceiling = float(HEIGHT - _BOTTOM)
    for at in reversed(order):
        placed[at] = ceiling = min(placed[at], ceiling)
        ceiling -= _APART
    return placed
