"""What is at least there as bars, and what may be there beyond it as paler bars."""

from collections.abc import Mapping, Sequence
from typing import Any

from storregion.publish.pictures.charts import COLOURS, CONFIG, INK


def ranges(rows: Sequence[Mapping[str, Any]], *, width: int) -> dict[str, object]:
    """Bars under each other in the order of the rows, each with its words at the end and no axis.

    Parameters
    ----------
    rows : with `name`, `least`, `most`, and `words` of both; `most` is `least` where nothing lies beyond, or
        where nobody knows how much.
    width : pixels.
    """
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"ticks": False, "domain": False, "labelLimit": width * 0.5, "labelPadding": 8},
    }
    # Room for the words beside the longest bar.
    widest = max((row["most"] for row in rows), default=0.0) * (1.7 if width > 500 else 2.2) or 1.0
    x = {"field": "least", "type": "quantitative", "axis": None, "scale": {"domain": [0, widest]}}
    words = {"align": "left", "dx": 5, "color": INK, "fontSize": 13}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "autosize": {"type": "fit", "contains": "padding"},
        "height": {"step": 26},
        "data": {"values": list(rows)},
        "encoding": {"y": y},
        "layer": [
            {"mark": {"type": "bar", "height": 15, "color": COLOURS[0]}, "encoding": {"x": x}},
            {
                "mark": {"type": "bar", "height": 15, "color": COLOURS[0], "opacity": 0.3},
                "encoding": {"x": x, "x2": {"field": "most"}},
            },
            {
                "mark": {"type": "text", **words},
                "encoding": {"x": x | {"field": "most"}, "text": {"field": "words", "type": "nominal"}},
            },
        ],
        "config": CONFIG,
    }
