"""A value now and later for each of many names: a dot, a line and a dot on a row of its own."""

from collections.abc import Sequence
from typing import Any

from storregion.publish.pictures.charts import COLOURS, CONFIG, LINE


def changes(rows: Sequence[dict[str, Any]], *, names: dict[str, str], width: int) -> dict[str, object]:
    """Names from the top, each with its value now and later.

    Parameters
    ----------
    rows : rows with `name`, `now` and `then`.
    names : what the values are called, `now` and `then`, and the picture as `title`.
    width : pixels.
    """
    y = {
        "field": "name",
        "type": "nominal",
        "sort": [row["name"] for row in rows],
        "title": None,
        "axis": {"labelLimit": int(0.55 * width)},
    }
    x = {"type": "quantitative", "title": None, "axis": {"tickCount": 4 if width > 500 else 3}}
    dots = [
        {"name": row["name"], "value": row[end], "when": names[end]}
        for row in rows
        for end in ("now", "then")
    ]
    colour = {
        "field": "when",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [names["now"], names["then"]], "range": list(COLOURS[:2])},
        "legend": {"orient": "top"},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "autosize": {"type": "fit", "contains": "padding"},
        "height": 22 * len(rows) + 70,
        "title": {"text": names["title"], "anchor": "start", "frame": "bounds"},
        "layer": [
            {
                "data": {"values": list(rows)},
                "mark": {"type": "rule", "strokeWidth": 3, "color": LINE, "opacity": 0.6},
                "encoding": {"y": y, "x": x | {"field": "now"}, "x2": {"field": "then"}},
            },
            {
                "data": {"values": dots},
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"y": y, "x": x | {"field": "value"}, "color": colour},
            },
        ],
        "config": CONFIG,
    }
