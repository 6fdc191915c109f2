"""Shares with their intervals: a dot and a line for each answer, by year or group."""

from collections.abc import Mapping, Sequence
from typing import Any

from storregion.publish.pictures.charts import COLOURS, CONFIG

_STEP, _AROUND = 20, 90


def intervals(
    points: Sequence[Mapping[str, Any]], series: Sequence[str], *, title: str, width: int
) -> dict[str, object]:
    """Answers down, per cent across; series beside each other in their own colours and shapes.

    Parameters
    ----------
    points : rows with `answer`, `series`, and `share`, `low` and `high` in per cent; None where they are
        withheld. Answers stand in the order of the rows.
    series : years or groups in order; of many the last four.
    title : what the shares are of.
    width : pixels.
    """
    series = series[-len(COLOURS) :]
    points = [point for point in points if point["series"] in series]
    answers = list(dict.fromkeys(point["answer"] for point in points))
    one = {"field": "series", "type": "nominal", "title": None}
    legend = {"orient": "top", "symbolOpacity": 1} if len(series) > 1 else None
    shared = {
        "y": {
            "field": "answer",
            "type": "nominal",
            "title": None,
            "sort": answers,
            "axis": {"labelLimit": width // 3, "labelPadding": 12, "domain": False, "ticks": False},
        },
        "yOffset": {"field": "series", "type": "nominal", "sort": list(series)},
        "color": one | {"scale": {"domain": series, "range": list(COLOURS[: len(series)])}, "legend": legend},
    }
    across = {"type": "quantitative", "title": None, "axis": {"tickCount": 5}}
    line = {"x": {"field": "low", **across}, "x2": {"field": "high"}}
    # Told apart by shape too, in the same legend.
    dot = {"x": {"field": "share", **across}, "shape": one | {"scale": {"domain": series}, "legend": legend}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": _STEP * len(answers) * max(len(series), 2) + _AROUND,
        "autosize": {"type": "fit", "contains": "padding"},
        "title": {"text": title, "anchor": "start", "frame": "bounds"},
        "data": {"values": points},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.45}, "encoding": shared | line},
            {"mark": {"type": "point", "filled": True, "size": 80, "opacity": 1}, "encoding": shared | dot},
        ],
        "config": CONFIG,
    }
