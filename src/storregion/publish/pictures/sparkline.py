"""A line so small that it stands in a row of a table: how a number has gone, its last point marked."""

from collections.abc import Sequence

from markupsafe import Markup

from storregion.core.language import Language
from storregion.publish.numbers import with_unit

WIDTH, HEIGHT, _EDGE = 120, 34, 5


def sparkline(points: Sequence[tuple[int, float]], unit: str, language: Language, trend: str) -> Markup:
    """The line, with first and last value and the trend in words for those who cannot see it.

    Parameters
    ----------
    points : years with values, in order; at least one.
    unit : of the values.
    language : of the words.
    trend : the trend in words.
    """
    first, (last, after) = points[0][0], points[-1]
    start, end = (f"{year}: {with_unit(value, unit, language)}" for year, value in (points[0], points[-1]))
    words = f"{start}. {end}. {trend}." if last > first else f"{end}."
    values = [value for _, value in points]
    low, high = min(values), max(values)

    def at(year: int, value: float) -> str:
        across = (year - first) / ((last - first) or 1) if last > first else 1.0
        down = 1 - (value - low) / (high - low) if high > low else 0.5
        return f"{_EDGE + (WIDTH - 2 * _EDGE) * across:.1f},{_EDGE + (HEIGHT - 2 * _EDGE) * down:.1f}"

    line = Markup('<polyline points="{}"/>').format(" ".join(at(*point) for point in points))
    zero = Markup("")
    if low < 0 < high:
        height = at(first, 0.0).partition(",")[2]
        zero = Markup('<line x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_EDGE, WIDTH - _EDGE, height, height)
    x, y = at(last, after).split(",")
    head = '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}'
    dot = '<circle cx="{}" cy="{}" r="4"/></svg>'
    return Markup(head + dot).format(WIDTH, HEIGHT, words, zero, line, x, y)
