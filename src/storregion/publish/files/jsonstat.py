"""Rows as JSON-stat 2.0."""

from typing import Any

from storregion.core.table import Column
from storregion.publish.files.metadata import WORDS, Views, compact, lines, said
from storregion.publish.view import View


def jsonstat_file(views: Views) -> bytes:
    """JSON-stat 2.0: the table's key as dimensions, its numbers as a dimension of measures.

    A value that is absent is null and its reason stands in `status`. What to know about the whole stands
    once, in `note`.
    """
    view = views[0]
    measures = [column for column in view.shown if column.numeric and not column.key]
    codes = {name: view.frame[name].unique(maintain_order=True).to_list() for name in view.schema.key}
    value, status = _cells(view, codes, measures)
    roles = {"metric": ["measure"]} | ({"time": ["year"]} if "year" in view.schema.key else {})
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": " / ".join(dict.fromkeys(found.title for found in views)),
        "source": " / ".join(dict.fromkeys(", ".join(found.producers) for found in views)),
        "note": [line for found in views for line in lines(found)],
        "id": [*codes, "measure"],
        "size": [*(len(found) for found in codes.values()), len(measures)],
        "role": roles,
        "dimension": _dimensions(views, codes, measures),
        "value": value,
        "status": status,
        "extension": {"table": view.schema.name, "key": view.record.key},
    }
    return compact(document)


def _cells(
    view: View, codes: dict[str, list[Any]], measures: list[Column]
) -> tuple[dict[str, float | int], dict[str, str]]:
    """Values, and reasons for absent ones, by the number of the cell: row-major, the measures last."""
    places = {name: {code: at for at, code in enumerate(found)} for name, found in codes.items()}
    value: dict[str, float | int] = {}
    status: dict[str, str] = {}
    for row in view.frame.iter_rows(named=True):
        at = 0
        for name, found in codes.items():
            at = at * len(found) + places[name][row[name]]
        for which, column in enumerate(measures):
            cell = str(at * len(measures) + which)
            if row[column.name] is not None:
                value[cell] = row[column.name]
            else:
                status[cell] = view.figure(column.name, row).absent or ""
    return value, status


def _dimensions(views: Views, codes: dict[str, list[Any]], measures: list[Column]) -> dict[str, object]:
    view = views[0]
    found: dict[str, object] = {}
    for name, values in codes.items():
        known = view.labels.get(name, {})
        words = {str(code): known[code].text if code in known else str(code) for code in values}
        found[name] = {
            "label": said(views, view.schema[name].label),
            "category": {"index": [str(code) for code in values], "label": words},
        }
    found["measure"] = {
        "label": said(views, WORDS["measure"]),
        "category": {
            "index": [column.name for column in measures],
            "label": {column.name: said(views, column.label) for column in measures},
            "unit": {column.name: {"label": column.unit} for column in measures},
        },
    }
    return found
