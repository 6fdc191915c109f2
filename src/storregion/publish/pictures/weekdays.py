"""A value for each weekday as bars, up or down from zero."""

from collections.abc import Mapping, Sequence
from typing import Any

from storregion.publish.pictures.charts import COLOURS, CONFIG, LINE


def bars(points: Sequence[Mapping[str, Any]], *, title: str, width: int) -> dict[str, object]:
    """Bars by weekday, those below zero in another colour.

    Parameters
    ----------
    points : rows with `weekday`, its name, and `value`, in the order of the week.
    title : what the values are.
    width : pixels.
    """
    across = {
        "field": "weekday",
        "type": "nominal",
        "title": None,
        "sort": [point["weekday"] for point in points],
        "axis": {"labelAngle": 0, "grid": False, "orient": "bottom"},
    }
    up = {"field": "value", "type": "quantitative", "title": None, "axis": {"format": ",.0f", "tickCount": 5}}
    colour = {"condition": {"test": "datum.value < 0", "value": COLOURS[1]}, "value": COLOURS[0]}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": 240,
        "autosize": {"type": "fit", "contains": "padding"},
        "title": {"text": title, "anchor": "start", "frame": "bounds"},
        "data": {"values": list(points)},
        "layer": [
            {
                "mark": {"type": "bar", "width": {"band": 0.6}},
                "encoding": {"x": across, "y": up, "color": colour},
            },
            {"mark": {"type": "rule", "color": LINE}, "encoding": {"y": {"datum": 0}}},
        ],
        "config": CONFIG,
    }
