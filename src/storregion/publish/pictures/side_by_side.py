"""A value of each place on one axis, where there are no years; coloured by the style sheet."""

from collections.abc import Sequence

from markupsafe import Markup

from storregion.core.language import Language
from storregion.publish.numbers import with_unit, written

WIDTH = 440
_ROW, _NAMES, _VALUES = 26, 148, 62
"""Pixels: the height of a row, and the widths of names and values beside it."""


def drawn(
    values: Sequence[tuple[str, float | None]],
    unit: str,
    language: Language,
    title: str,
    spread: tuple[float, float, float] | None = None,
) -> Markup:
    """A value of each place on one axis from zero, where there are no years.

    Parameters
    ----------
    values : name and value of each place, in the order of their colours; those without one are left out.
    unit : of the values.
    language : of numbers.
    title : what the picture shows, for those who cannot see it.
    spread : the quartiles of the group behind them.
    """
    shown = [(at, name, value) for at, (name, value) in enumerate(values) if value is not None]
    if not shown:
        return Markup("")
    every = [value for _, _, value in shown] + list(spread or ())
    low, high = min(0.0, *every), max(0.0, *every) or 1.0
    height = _ROW * len(shown) + 8

    def across(value: float) -> float:
        return round(_NAMES + (WIDTH - _NAMES - _VALUES) * (value - low) / (high - low), 1)

    words = "; ".join(f"{name}: {with_unit(value, unit, language)}" for _, name, value in shown)
    parts = [
        Markup('<svg class="ends" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, height, f"{title}. {words}."
        )
    ]
    if spread:
        first, middle, last = map(across, spread)
        parts.append(
            Markup('<rect class="band" x="{}" y="0" width="{}" height="{}"/>').format(
                first, round(last - first, 1), height
            )
        )
        parts.append(
            Markup('<line class="median" x1="{}" x2="{}" y1="0" y2="{}"/>').format(middle, middle, height)
        )
    for row, (at, name, value) in enumerate(shown):
        parts += _dot(at, name, written(value, unit, language), (across(0.0), across(value), row))
    return Markup("").join([*parts, Markup("</svg>")])


def _dot(at: int, name: str, value: str, where: tuple[float, float, int]) -> list[Markup]:
    """A place's row: its name, a line from zero to its dot, and the value."""
    zero, x, row = where
    middle = row * _ROW + _ROW / 2 + 4
    return [
        Markup('<text class="end c{}" x="0" y="{}">{}</text>').format(at, middle + 4, name),
        Markup('<line class="line c{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            at, zero, x, middle, middle
        ),
        Markup('<circle class="c{}" cx="{}" cy="{}" r="4.5"/>').format(at, x, middle),
        Markup('<text class="end c{}" x="{}" y="{}">{}</text>').format(at, x + 9, middle + 4, value),
    ]
