"""Lines over years with their names at the ends instead of a legend, coloured by the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from storregion.core.language import Language
from storregion.publish.numbers import with_unit, written

WIDTH, HEIGHT = 620, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 190, 18, 26
_APART = 17
"""Pixels between the labels of two lines."""


@dataclass(frozen=True)
class Line:
    """A series: its name, and years with values in order; None breaks the line."""

    name: str
    points: Sequence[tuple[int, float | None]]


def drawn(lines: Sequence[Line], unit: str, language: Language, title: str) -> Markup:
    """The lines in one picture; the axis starts at zero only where the values are near it.

    Parameters
    ----------
    lines : the series, in the order of their colours; those without any value are left out.
    unit : of the values.
    language : of numbers.
    title : what the picture shows, for those who cannot see it.
    """
    shown = [line for line in lines if any(value is not None for _, value in line.points)]
    if not shown:
        return Markup("")
    values = [value for line in shown for _, value in line.points if value is not None]
    years = [year for line in shown for year, _ in line.points]
    low, high = min(values), max(values)
    low = min(low, 0.0) if low < (high - low) * 0.5 else low
    spread = (high - low) or abs(high) or 1.0
    first, last = min(years), max(years)

    def across(year: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * ((year - first) / ((last - first) or 1))

    def down(value: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - (value - low) / spread)

    parts = [
        Markup('<svg class="ends" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT, f"{title}. {said(shown, unit, language)}"
        )
    ]
    for value in (low, high):
        parts.append(
            Markup('<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                _LEFT, WIDTH - _RIGHT, *[round(down(value), 1)] * 2
            )
        )
        parts.append(
            Markup('<text class="tick" x="{}" y="{}">{}</text>').format(
                _LEFT, round(down(value) - 4, 1), written(value, unit, language)
            )
        )
    for year, anchor in ((first, "start"), (last, "end")):
        parts.append(
            Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
                round(across(year), 1), HEIGHT - 6, anchor, year
            )
        )
    ends = [(at, line, _last(line)) for at, line in enumerate(shown)]
    places = _spread_out([down(value) for _, _, (_, value) in ends])
    for (at, line, (year, value)), place in zip(ends, places, strict=True):
        for run in _runs(line):
            track = " ".join(f"{across(y):.1f},{down(v):.1f}" for y, v in run)
            parts.append(Markup('<polyline class="line c{}" points="{}"/>').format(at, track))
        parts.append(
            Markup('<circle class="c{}" cx="{}" cy="{}" r="3.5"/>').format(
                at, round(across(year), 1), round(down(value), 1)
            )
        )
        label = f"{line.name} {written(value, unit, language)}"
        parts.append(
            Markup('<text class="end c{}" x="{}" y="{}">{}</text>').format(
                at, WIDTH - _RIGHT + 10, round(place + 4, 1), escape(label)
            )
        )
    return Markup("").join([*parts, Markup("</svg>")])


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
