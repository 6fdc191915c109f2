"""Pictures of what is to come: a fan of past and projection, small fans side by side, and a pyramid."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from storregion.publish.pictures.charts import COLOURS, CONFIG, LINE

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
Points = Sequence[dict[str, Any]]


class Fan(NamedTuple):
    """The lines of a fan.

    Attributes
    ----------
    past : rows with `year` and `value`.
    ahead : rows with `year`, `value`, `low`, `high` and `series`; the base frame has an interval.
    made : rows with `year`, `value` and `launch`: what the model would have projected in earlier years.
    others : rows with `year`, `value` and `name`: projections that others have published.
    """

    past: Points
    ahead: Points
    made: Points = ()
    others: Points = ()


def fan(lines: Fan, *, names: dict[str, str], width: int) -> dict[str, object]:
    """The past as a line, the projection with its interval, other frames and what was projected before.

    Parameters
    ----------
    lines : what is drawn.
    names : what the lines are called: `past`, `base`, `made`, `others` and the axis as `y`.
    width : pixels.
    """
    series = ["past", "base", "made", *(["others"] if lines.others else [])]
    colours = dict(zip(("past", "base", "made", "others"), (*COLOURS[:2], LINE, COLOURS[2]), strict=True))
    shown = {"domain": [names[one] for one in series], "range": [colours[one] for one in series]}
    colour: dict[str, object] = {
        "field": "name",
        "type": "nominal",
        "title": None,
        "scale": shown,
        "legend": {
            "orient": "top",
            "labelLimit": width - 60,
            "columns": (2 if len(series) > 3 else 3) if width > 500 else 1,
        },
    }
    base = [point for point in lines.ahead if point["low"] is not None or point["series"] == "base"]
    layers: list[dict[str, object]] = [
        {
            "data": {"values": [point for point in base if point["low"] is not None]},
            "mark": {"type": "area", "opacity": 0.22, "color": COLOURS[1]},
            "encoding": {"y": _y("low"), "y2": {"field": "high"}},
        },
        _line(lines.made, names["made"], colour, {"strokeWidth": 1.2, "strokeDash": [3, 3]}, "launch"),
        *(
            {
                "data": {"values": [point for point in lines.ahead if point["series"] == series]},
                "mark": {"type": "line", "strokeWidth": 1.2, "strokeDash": [6, 4], "color": COLOURS[1]},
                "encoding": {"y": _y("value")},
            }
            for series in ("low", "high")
        ),
        _line(lines.past, names["past"], colour, {"strokeWidth": 2.25}),
        _line(base, names["base"], colour, {"strokeWidth": 2.25}),
        *_others(lines.others, names, colour),
    ]
    return _chart(layers, width, 320 if width > 500 else 290, names["y"])


def _others(points: Points, names: dict[str, str], colour: dict[str, object]) -> list[dict[str, object]]:
    """Others' projections as lines through points, each named at its last one."""
    if not points:
        return []
    drawn = [point | {"edition": point["name"]} for point in points]
    last = {point["edition"]: point for point in drawn}
    mark = {"strokeWidth": 1.5, "point": {"filled": True, "size": 55}}
    text = {"type": "text", "dy": 15, "fontSize": 12, "color": COLOURS[2]}
    return [
        _line(drawn, names["others"], colour, mark, "edition"),
        {
            "data": {"values": list(last.values())},
            "mark": text,
            "encoding": {"y": _y("value"), "text": {"field": "edition", "type": "nominal"}},
        },
    ]


def small_fans(
    panels: Sequence[tuple[str, Points, Points]], *, columns: int, width: int
) -> dict[str, object]:
    """A fan for each of several places, beside each other.

    Parameters
    ----------
    panels : title, past and ahead of each, as for `fan`.
    columns : how many stand in a row.
    width : pixels of each.
    """
    found = []
    for title, past, ahead in panels:
        layers: list[dict[str, object]] = [
            {
                "data": {"values": list(ahead)},
                "mark": {"type": "area", "opacity": 0.22, "color": COLOURS[1]},
                "encoding": {"y": _y("low"), "y2": {"field": "high"}},
            },
            *(
                {
                    "data": {"values": list(points)},
                    "mark": {"type": "line", "strokeWidth": 2.25, "color": colour},
                    "encoding": {"y": _y("value")},
                }
                for points, colour in ((past, COLOURS[0]), (ahead, COLOURS[1]))
            ),
        ]
        panel = _chart(layers, width, int(0.55 * width), title)
        found.append({key: panel[key] for key in ("width", "height", "title", "layer", "encoding")})
    return {
        "$schema": SCHEMA,
        "concat": found,
        "columns": columns,
        "spacing": {"row": 18, "column": 26},
        "config": CONFIG,
    }


def paths(points: Points, *, names: Sequence[str], axis: str, width: int) -> dict[str, object]:
    """A row for each place, with a mark where each path ends.

    Parameters
    ----------
    points : rows with `place`, `value` and `name`, the places in order.
    names : what the marks are called, in the order of their colours.
    axis : what the values are.
    width : pixels.
    """
    places = list(dict.fromkeys(point["place"] for point in points))
    row = {"field": "place", "type": "nominal", "sort": places, "title": None, "axis": {"labelLimit": 220}}
    value = {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 7}}
    field = {"field": "name", "type": "nominal", "title": None, "scale": {"domain": list(names)}}
    colour = field | {
        "scale": {"domain": list(names), "range": list(COLOURS[: len(names)])},
        "legend": {"orient": "top", "labelLimit": width - 60, "columns": 2 if width > 500 else 1},
    }
    ends = {"x": {"aggregate": "min", "field": "value"}, "x2": {"aggregate": "max", "field": "value"}}
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": {"step": 34},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "title": {"text": axis, "anchor": "start", "frame": "bounds"},
        "data": {"values": list(points)},
        "encoding": {"y": row},
        "layer": [
            {"mark": {"type": "rule", "color": LINE, "strokeWidth": 1.5}, "encoding": ends},
            {
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {"x": value, "color": colour, "shape": field},
            },
        ],
        "config": CONFIG,
    }


def jobs_and_workers(past: Points, ahead: Points, *, names: dict[str, str], width: int) -> dict[str, object]:
    """Jobs and those who live there and work, as lines; dashed ahead, with the interval of jobs.

    Parameters
    ----------
    past, ahead : rows with `year`, `jobs` and `workers`; those ahead with `low` and `high`, or None, too.
    names : what the lines are called, `jobs` and `workers`, and the axis as `y`.
    width : pixels.
    """
    colour: dict[str, object] = {
        "field": "name",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [names["jobs"], names["workers"]], "range": list(COLOURS[:2])},
        "legend": {"orient": "top", "labelLimit": width - 60, "columns": 2 if width > 500 else 1},
    }
    layers: list[dict[str, object]] = [
        {
            "data": {"values": [point for point in ahead if point["low"] is not None]},
            "mark": {"type": "area", "opacity": 0.18, "color": COLOURS[0]},
            "encoding": {"y": _y("low"), "y2": {"field": "high"}},
        }
    ]
    for series in ("jobs", "workers"):
        for points, mark in ((past, {}), (ahead, {"strokeDash": [6, 4]})):
            shown = [{"year": point["year"], "value": point[series]} for point in points]
            layers.append(_line(shown, names[series], colour, {"strokeWidth": 2.25, **mark}))
    return _chart(layers, width, 300 if width > 500 else 280, names["y"])


def pyramid(now: Points, then: Points, *, names: dict[str, str], width: int) -> dict[str, object]:
    """People by age: women to the right and men to the left, one year as bars and another as an outline.

    Parameters
    ----------
    now, then : rows with `age_class`, `sex`, `side` (−1 for men, 1 for women) and `value`.
    names : what is written: `women`, `men`, `now`, `then`.
    width : pixels.
    """
    order = list(dict.fromkeys(point["age_class"] for point in now))[::-1]
    age = {
        "field": "age_class",
        "type": "ordinal",
        "sort": order,
        "title": None,
        "axis": {"values": [one for at, one in enumerate(order[::-1]) if at % 2 == 0]},
    }
    value = {
        "field": "signed",
        "type": "quantitative",
        "title": f"← {names['men']}   {names['women']} →",
        "axis": {"labelExpr": "format(abs(datum.value), ',.0f')", "tickCount": 5},
    }
    domain = {"domain": [names["now"], names["then"]], "range": list(COLOURS[:2])}
    legend = {"orient": "top", "labelLimit": width - 60}
    named = {"type": "nominal", "title": None, "scale": domain, "legend": legend}

    def signed(points: Points, name: str) -> list[dict[str, Any]]:
        return [point | {"signed": point["side"] * point["value"], "name": name} for point in points]

    return {
        "$schema": SCHEMA,
        "width": width,
        "height": 380,
        "autosize": {"type": "fit", "contains": "padding"},
        "layer": [
            {
                "data": {"values": signed(now, names["now"])},
                "mark": {"type": "bar", "opacity": 0.75},
                "encoding": {"y": age, "x": value, "color": {"field": "name"} | named},
            },
            {
                "data": {"values": signed(then, names["then"])},
                "mark": {"type": "tick", "thickness": 3, "size": 16},
                "encoding": {"y": age, "x": value, "color": {"field": "name"} | named},
            },
        ],
        "config": CONFIG,
    }


def _y(field: str) -> dict[str, object]:
    axis = {"format": ",.0f", "tickCount": 5}
    return {"field": field, "type": "quantitative", "title": None, "scale": {"zero": False}, "axis": axis}


def _line(
    points: Points, name: str, colour: dict[str, object], mark: dict[str, object], detail: str | None = None
) -> dict[str, object]:
    encoding: dict[str, object] = {"y": _y("value"), "color": colour}
    if detail:
        encoding["detail"] = {"field": detail, "type": "nominal"}
    values = [point | {"name": name} for point in points]
    return {"data": {"values": values}, "mark": {"type": "line"} | mark, "encoding": encoding}


def _chart(layers: list[dict[str, object]], width: int, height: int, title: str) -> dict[str, object]:
    axis = {"format": "d", "grid": False, "tickCount": 6 if width > 500 else 4}
    return {
        "$schema": SCHEMA,
        "width": width,
        "autosize": {"type": "fit", "contains": "padding"},
        "height": height,
        "title": {"text": title, "anchor": "start", "frame": "bounds"},
        "encoding": {
            "x": {
                "field": "year",
                "type": "quantitative",
                "title": None,
                "scale": {"zero": False, "nice": False},
                "axis": axis,
            }
        },
        "layer": layers,
        "config": CONFIG,
    }
