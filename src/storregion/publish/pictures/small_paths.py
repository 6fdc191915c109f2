"""Paths of several places side by side on one scale, so that their shapes and sizes can be compared."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from storregion.publish.pictures.charts import COLOURS, CONFIG, LINE

_GAP, _LABELS = 14, 46
"""Pixels between panels, and those that the labels of the vertical axis take."""
_SIGNED = "datum.value ? format(datum.value, '+.0f') : '0'"


class Panel(NamedTuple):
    """One place: the lines of its title, and rows with `year`, `value`, `low` and `high`.

    The bounds may be None; only those ahead are drawn.
    """

    title: tuple[str, ...]
    past: Sequence[dict[str, Any]]
    ahead: Sequence[dict[str, Any]]


def small_paths(panels: Sequence[Panel], *, axis: str, columns: int, width: int) -> dict[str, object]:
    """A small chart for each place, all on the same axes; only the first of a row has labels.

    Parameters
    ----------
    panels : the places in order.
    axis : what the values are.
    columns : how many stand in a row.
    width : pixels of a row.
    """
    every = [point for panel in panels for point in (*panel.past, *panel.ahead)]
    values = [
        point[name] for point in every for name in ("value", "low", "high") if point.get(name) is not None
    ]
    years = sorted({point["year"] for point in every})
    today = panels[0].past[-1]["year"]
    x = {"domain": [years[0], years[-1]], "values": [years[0], today, years[-1]]}
    inner = (width - _LABELS - _GAP * (columns - 1)) // columns
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": axis, "anchor": "start", "frame": "bounds"},
        "concat": [
            _panel(panel, x, (min(values), max(values)), inner, labelled=at % columns == 0)
            for at, panel in enumerate(panels)
        ],
        "columns": columns,
        "spacing": {"row": 16, "column": _GAP},
        "config": CONFIG,
    }


def _panel(
    panel: Panel, x: dict[str, Any], domain: tuple[float, float], width: int, *, labelled: bool
) -> dict[str, object]:
    scale = {"domain": list(domain), "nice": True}
    marks = {"tickCount": 4, "labelExpr": _SIGNED, "labels": labelled, "ticks": labelled, "domain": False}
    y = {"type": "quantitative", "title": None, "scale": scale, "axis": marks}
    years = {"format": "d", "grid": False, "values": x["values"]}
    of_year = {"field": "year", "type": "quantitative", "title": None, "axis": years}
    value = y | {"field": "value"}
    band = {"y": y | {"field": "low"}, "y2": {"field": "high"}}
    return {
        "width": width,
        "height": int(0.85 * width),
        "title": {"text": list(panel.title), "anchor": "start", "frame": "group", "offset": 6},
        "encoding": {"x": of_year | {"scale": {"domain": x["domain"], "nice": False}}},
        "layer": [
            {
                "data": {"values": [{"nothing": 0}]},
                "mark": {"type": "rule", "color": LINE, "strokeWidth": 1},
                "encoding": {"x": None, "y": y | {"field": "nothing"}},
            },
            {
                "data": {"values": [point for point in panel.ahead if point["low"] is not None]},
                "mark": {"type": "area", "opacity": 0.22, "color": COLOURS[1]},
                "encoding": band,
            },
            *(
                {
                    "data": {
                        "values": [{name: point[name] for name in ("year", "value")} for point in points]
                    },
                    "mark": {"type": "line", "strokeWidth": 2.25, "color": colour},
                    "encoding": {"y": value},
                }
                for points, colour in ((panel.past, COLOURS[0]), (panel.ahead, COLOURS[1]))
            ),
        ],
    }
