"""Charts: Vega-Lite specifications, rendered to static SVG that follows the reader's light or dark mode."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from storregion.core.language import Language
from storregion.publish.pictures.renderer import MEASURED, compiled, renderer
from storregion.publish.pictures.tidied import tidied
from storregion.publish.view import Picture
from storregion.publish.words import WORDS

INK, LINE = "#17242b", "#7b8a91"


COLOURS = ("#0b7285", "#c2410c", "#6d4aff", "#3f7d20")
_DARK_INK = "#e8eef0"
_DARK_COLOURS = ("#4cc3d9", "#f59a66", "#b3a1ff", "#8fce6a")


def lines(
    points: Sequence[dict[str, Any]],
    *,
    y: str,
    unit: str,
    width: int,
    zero: bool = False,
    breaks: Sequence[int] = (),
) -> dict[str, object]:
    """Lines over years with a point at each observation, so that uneven steps are seen.

    Parameters
    ----------
    points : rows with `year`, `value` (None breaks the line) and `series`.
    y : the title of the vertical axis.
    unit : a d3 number format for its labels.
    width : pixels.
    zero : start the axis at zero.
    breaks : the first years after a series break; a dashed line is drawn before each.
    """
    years = sorted({point["year"] for point in points})
    shown = marked(years, 14 if width > 500 else 8)
    series = list(dict.fromkeys(point["series"] for point in points))
    drawn = {
        "mark": {"type": "line", "point": {"filled": True, "size": 46}, "strokeWidth": 2.25},
        "encoding": _encoding(shown, unit, zero) | (_told_apart(series, width) if len(series) > 1 else {}),
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "autosize": {"type": "fit", "contains": "padding"},
        "height": 300 if width > 500 else 270,
        "title": {"text": y, "anchor": "start", "frame": "bounds"},
        "data": {"values": list(points)},
        **(drawn if not breaks else {"layer": [drawn, _rules(breaks)]}),
        "config": CONFIG,
    }


def marked(years: Sequence[int], most: int) -> list[int]:
    """The years that an axis marks: all, or where they are many the first, the last and round ones between.

    Parameters
    ----------
    years : those observed, in order.
    most : how many there is room for.

    Notes
    -----
    The renderer measures every label it is given before it leaves out those that overlap; that took four
    fifths of the time of a chart of sixty years.

    Examples
    --------
    >>> marked(range(1968, 2025), 14)
    [1968, 1975, 1980, 1985, 1990, 1995, 2000, 2005, 2010, 2015, 2024]
    """
    if len(years) <= most:
        return list(years)
    first, last = years[0], years[-1]
    step = next((step for step in (2, 5, 10, 20) if (last - first) / step + 2 <= most), 50)
    between = [year for year in years if not year % step and min(year - first, last - year) >= step]
    return [first, *between, last]


def multiples(
    panels: Sequence[tuple[str, str, Sequence[dict[str, Any]]]],
    *,
    columns: int,
    width: int,
    height: float = 0.5,
) -> dict[str, object]:
    """Small charts of lines over years beside each other, each with its own title and vertical axis.

    Parameters
    ----------
    panels : title, d3 number format of the vertical axis, and rows with `year` and `value` of each.
    columns : how many stand in a row.
    width : pixels of each.
    height : of each, in parts of its width.
    """
    found = []
    for title, unit, points in panels:
        years = [point["year"] for point in points]
        encoding = _encoding((years[0], years[-1]), unit, zero=False)
        encoding["y"]["axis"] |= {"tickCount": 3}  # type: ignore[index]
        found.append(
            {
                "width": width,
                "height": height * width,
                "title": {"text": title.split("\n"), "anchor": "start", "frame": "group", "fontWeight": 600},
                "data": {"values": list(points)},
                "mark": {"type": "line", "point": {"filled": True, "size": 40}, "strokeWidth": 2.25},
                "encoding": encoding,
            }
        )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "concat": found,
        "columns": columns,
        "align": "all",
        "spacing": {"row": 18, "column": 26},
        "config": CONFIG,
    }


def bars(rows: Sequence[dict[str, Any]], *, unit: str, width: int) -> dict[str, object]:
    """Bars under each other in the order of the rows, each with its number at the end and no axis.

    Parameters
    ----------
    rows : with `name` and `value`.
    unit : a d3 number format.
    width : pixels.
    """
    shared: dict[str, object] = {
        "y": {
            "field": "name",
            "type": "nominal",
            "sort": None,
            "title": None,
            "axis": {"ticks": False, "domain": False, "labelLimit": width * 0.5, "labelPadding": 8},
        },
        "x": {"field": "value", "type": "quantitative", "axis": None},
    }
    below = {"condition": {"test": "datum.value < 0", "value": COLOURS[1]}, "value": COLOURS[0]}
    number = {"text": {"field": "value", "type": "quantitative", "format": unit}}
    ends = [
        {
            "transform": [{"filter": f"datum.value {sign} 0"}],
            "mark": {"type": "text", "align": align, "dx": dx, "color": INK, "fontSize": 13},
            "encoding": number,
        }
        for sign, align, dx in ((">=", "left", 5), ("<", "right", -5))
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "autosize": {"type": "fit", "contains": "padding"},
        "height": {"step": 24},
        "data": {"values": list(rows)},
        "encoding": shared,
        "layer": [{"mark": {"type": "bar", "height": 15}, "encoding": {"color": below}}, *ends],
        "config": CONFIG,
    }


def _encoding(years: Sequence[int], unit: str, zero: bool) -> dict[str, object]:
    """Years along, values up."""
    return {
        "x": {
            "field": "year",
            "type": "quantitative",
            "title": None,
            "scale": {"zero": False, "nice": False},
            "axis": {"format": "d", "values": list(years), "grid": False},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "title": None,
            "scale": {"zero": zero},
            "axis": {"format": unit, "tickCount": 5},
        },
        "color": {"value": COLOURS[0]},
    }


def _told_apart(series: Sequence[str], width: int) -> dict[str, object]:
    """A colour and a shape for each series, with a legend above."""
    field = {"field": "series", "type": "nominal", "title": None}
    legend = {"orient": "top", "labelLimit": width - 60, "columns": 2 if width > 500 else 1}
    colours = {"domain": list(series), "range": list(COLOURS[: len(series)])}
    return {
        "color": field | {"scale": colours, "legend": legend},
        "shape": field | {"scale": {"domain": list(series)}},
    }


def _rules(breaks: Sequence[int]) -> dict[str, object]:
    """A dashed line half a year before each break."""
    return {
        "data": {"values": [{"break": year - 0.5} for year in breaks]},
        "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5, "color": LINE},
        "encoding": {"x": {"field": "break", "type": "quantitative"}},
    }


_FONT = "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
CONFIG: dict[str, object] = {
    "background": None,
    # The text beside a picture says what is in it; a screen reader does not look into the picture.
    "aria": False,
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "labelFontSize": 13,
        "labelLimit": 0,
        "gridColor": LINE,
        "gridOpacity": 0.3,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "axisX": {"labelFlush": False, "labelOverlap": "greedy"},
    "title": {"color": INK, "fontSize": 13, "fontWeight": 400, "offset": 10},
    "legend": {"labelColor": INK, "labelFontSize": 13, "symbolSize": 90},
}


_SWAPS = "".join(
    f"[stroke='{light}']{{stroke:{dark}}}[fill='{light}']{{fill:{dark}}}"
    for light, dark in zip(COLOURS, _DARK_COLOURS, strict=True)
)


_STYLE = (
    f"<style>:root{{color:{INK}}}"
    f"@media (prefers-color-scheme:dark){{:root{{color:{_DARK_INK}}}{_SWAPS}}}</style>"
)


_UNSEEN = re.compile(
    r'<path class="(?:back|fore)ground"[^>]*/>|<text[^>]* opacity="0"[^>]*>[^<]*</text>| opacity="1"'
    r'| (?:role|aria-[a-z]+|pointer-events)="[^"]*"'
)
"""What the renderer writes that nobody sees: half of a chart's bytes with the font, which is said once.

Pages show charts as images, whose words in `alt` are those that are read aloud.
"""
_PLACES = re.compile(r' (?:d|transform)="[^"]*"')
_FINER = re.compile(r"(\.\d\d)\d+")
"""Digits of a place beyond hundredths of a pixel."""


def svg(spec: dict[str, object], language: Language) -> str:
    """A specification as SVG text whose words take the colour of the reader's mode.

    Parameters
    ----------
    spec : a Vega-Lite specification.
    language : decides decimal sign and what stands between thousands.
    """
    return _rendered(msgspec.json.encode(spec).decode(), language)


@lru_cache(maxsize=1024)
def _rendered(spec: str, language: Language) -> str:
    locale = "sv-SE" if language == "sv" else "en-GB"
    document = compiled(spec.replace(_FONT, MEASURED))
    with renderer() as started:
        drawn: str = started.vega_to_svg(document, format_locale=locale)
    start = drawn.index(">")
    rest = _UNSEEN.sub("", drawn[start + 1 :]).replace(f' font-family="{MEASURED}"', "")
    rest = _PLACES.sub(lambda place: _FINER.sub(r"\1", place[0]), rest)
    return tidied(f'{drawn[:start]} font-family="{_FONT}">{_STYLE}{rest.replace(INK, "currentColor")}')


def pictured(language: Language, title: str, name: str, spec: Callable[[int], dict[str, object]]) -> Picture:
    """A chart as the picture of a view.

    Parameters
    ----------
    language : of its words and numbers.
    title : of the view; what stands before a colon is said in the words of the picture.
    name : the place that it is about.
    spec : makes the Vega-Lite specification for a width in pixels.
    """
    alt = WORDS["chart_alt"][language].format(title=title.partition(":")[0], place=name)
    return Picture(alt, lambda width: svg(spec(width), language), spec)
