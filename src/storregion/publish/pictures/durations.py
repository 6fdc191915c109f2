"""Duration curves: how many hours a year a load is at least so high, beside the limit."""

from collections.abc import Mapping, Sequence
from typing import Any

from storregion.publish.pictures.charts import COLOURS, CONFIG, INK, LINE

HOURS = 1000
"""The hours that are drawn: a limit is passed in the highest of them, if at all."""


def durations(
    rows: Sequence[Mapping[str, Any]], limits: Sequence[Mapping[str, Any]], *, width: int
) -> dict[str, object]:
    """A curve for each series from the highest hour down, and a dashed line at each limit.

    Parameters
    ----------
    rows : with `hours`, `value` and `series`.
    limits : with `value` and `words`, which stand at the right end of the line.
    width : pixels.
    """
    series = list(dict.fromkeys(row["series"] for row in rows))
    field = {"field": "series", "type": "nominal", "title": None}
    colour = field | {
        "scale": {"domain": series, "range": list(COLOURS[: len(series)])},
        "legend": {"orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 3},
    }
    x = {
        "field": "hours",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, HOURS], "nice": False},
        "axis": {"tickCount": 5 if width > 500 else 3, "grid": False},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False},
        "axis": {"tickCount": 5},
    }
    rule = {"type": "rule", "strokeDash": [6, 4], "strokeWidth": 1.5, "color": LINE}
    words = {"type": "text", "align": "right", "dy": -7, "color": INK, "fontSize": 13}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "autosize": {"type": "fit", "contains": "padding"},
        "height": 300 if width > 500 else 270,
        "layer": [
            {
                "data": {"values": list(rows)},
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {"data": {"values": list(limits)}, "mark": rule, "encoding": {"y": y}},
            {
                "data": {"values": list(limits)},
                "mark": words,
                "encoding": {"y": y, "x": {"datum": HOURS}, "text": {"field": "words"}},
            },
        ],
        "config": CONFIG,
    }
