"""Bars made of parts that add to or take from each other, with the sum as a mark."""

from collections.abc import Sequence
from typing import Any

from storregion.publish.pictures.charts import COLOURS, CONFIG, INK


def stacked(
    bars: Sequence[dict[str, Any]], sums: Sequence[dict[str, Any]], *, names: dict[str, str], width: int
) -> dict[str, object]:
    """A bar for each name, its parts to the right of zero or to the left, and a mark at their sum.

    Parameters
    ----------
    bars : rows with `name`, `part` and `value`, in the order of the names from the top.
    sums : rows with `name` and `value`.
    names : what the mark is called as `sum`, and the axis as `x`.
    width : pixels.
    """
    order = list(dict.fromkeys(bar["name"] for bar in bars))
    parts = list(dict.fromkeys(bar["part"] for bar in bars))
    y = {"field": "name", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": width // 3}}
    colour = {
        "field": "part",
        "type": "nominal",
        "title": None,
        "scale": {"domain": parts, "range": list(COLOURS[: len(parts)])},
        "legend": {"orient": "top", "labelLimit": width - 60, "columns": 3 if width > 500 else 1},
    }
    axis = {"tickCount": 6, "titleColor": INK, "titleFontSize": 13, "titleFontWeight": 400}
    x = {"field": "value", "type": "quantitative", "title": names["x"], "axis": axis}
    mark = {"field": "mark", "type": "nominal", "title": None}
    shown = {
        "scale": {"domain": [names["sum"]], "range": ["diamond"]},
        "legend": {"orient": "top", "symbolFillColor": INK, "symbolStrokeColor": INK},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "autosize": {"type": "fit", "contains": "padding"},
        "height": 34 * len(order) + (90 if width > 500 else 150),
        "layer": [
            {
                "data": {"values": list(bars)},
                "mark": {"type": "bar", "height": {"band": 0.6}},
                "encoding": {"y": y, "x": x, "color": colour, "order": {"field": "place"}},
            },
            {
                "data": {"values": [one | {"mark": names["sum"]} for one in sums]},
                "mark": {"type": "point", "filled": True, "size": 80, "color": INK, "opacity": 1},
                "encoding": {"y": y, "x": x, "shape": mark | shown},
            },
        ],
        "config": CONFIG,
    }
