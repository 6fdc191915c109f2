"""What a study's file of words says of its answer: large figures, and a ranking as bars."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl

from storregion import studies
from storregion.core import units
from storregion.core.language import Language, Text
from storregion.core.lineage import Figure
from storregion.core.words import Ranking, Rows, word_file
from storregion.publish.labels import column_labels, node_labels, place_labels, timetabled
from storregion.publish.numbers import known, said, scaled
from storregion.publish.pictures import charts
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import means
from storregion.publish.view import Label, Picture, View
from storregion.publish.words import WORDS

MOST_BARS = 15
"""Bars that a page has room for."""

_OF_THE_GROUP = {
    **dict.fromkeys(("municipality", "home", "work", "other", "centre"), "municipality"),
    "county": "county",
    "geography": "group",
}
"""Columns whose places, in an answer, are the group's own: of the kind named."""


class Answered(NamedTuple):
    """A large figure, the words after it, and what is set into them."""

    figure: Figure
    words: Text
    parts: dict[str, Any]


def answers(site: Site, language: Language, study: str) -> Iterator[Answered]:
    """The figures that answer a study's question, except where this group has no rows for them.

    Parameters
    ----------
    site, language : of the page.
    study : its name.
    """
    for answer in word_file(f"{studies.__name__}.{study}").answers:
        rows = _rows(site, answer)
        if rows.is_empty():
            continue
        row, schema = rows.row(0, named=True), site.workspace.schemas[answer.table]
        labels = _labels(site, language, rows.columns)
        parts: dict[str, Any] = {"means": _means(site, language)}
        for column in schema.columns:
            label = labels.get(column.name, {}).get(row[column.name])
            number = column.numeric and column.name not in schema.key
            figure = site.workspace.cell(schema, column.name, row) if number else str(row[column.name])
            parts[column.name] = label.text if label else figure
        yield Answered(site.workspace.cell(schema, answer.figure, row), answer.words, parts)


def ranking(site: Site, language: Language, study: str) -> View | None:
    """The ranking of a study's page as a view with bars; None where the study has none, or no rows for it.

    Parameters
    ----------
    site, language : of the page.
    study : its name.
    """
    asked = word_file(f"{studies.__name__}.{study}").ranking
    rows = _rows(site, asked).head(MOST_BARS) if asked else pl.DataFrame()
    if asked is None or rows.is_empty():
        return None
    value = str(asked.highest or asked.lowest)
    labels = _labels(site, language, asked.of)
    shown = [*asked.of, value]
    return view_of(
        site,
        language,
        "ranking",
        asked.title[language].format(means=_means(site, language)),
        (site.workspace, asked.table, rows),
        columns=shown,
        labels=labels,
        picture=_bars(site, language, asked, rows),
    )


def _bars(site: Site, language: Language, asked: Ranking, rows: pl.DataFrame) -> Picture:
    value = str(asked.highest or asked.lowest)
    schema = site.workspace.schemas[asked.table]
    unit = schema[value].unit
    labels = _labels(site, language, asked.of)
    bars = [
        {
            "name": "–".join(labels[name][row[name]].text for name in asked.of),
            "value": scaled(known(site.workspace.cell(schema, value, row)), unit),
        }
        for row in rows.iter_rows(named=True)
    ]
    form = f",.{units.unit(unit).decimals}f"
    ends = {}
    for which, at in (("first", 0), ("last", -1)):
        ends[f"{which}_name"] = bars[at]["name"]
        ends[f"{which}_value"] = said(site.workspace.cell(schema, value, rows.row(at, named=True)), language)
    alt = WORDS["ranking_alt"][language].format(rows=len(bars), **ends)
    return Picture(
        alt,
        lambda width: charts.svg(charts.bars(bars, unit=form, width=width), language),
        lambda width: charts.bars(bars, unit=form, width=width),
    )


def _means(site: Site, language: Language) -> str:
    return means(site, language, brief=True) if timetabled(site) else ""


def _rows(site: Site, asked: Rows) -> pl.DataFrame:
    """The rows asked for, those without a value in the column that orders them left out."""
    if asked.table not in site.workspace.steps:
        return pl.DataFrame()
    rows = site.workspace.table(asked.table)
    for name, value in asked.where.items():
        rows = rows.filter(pl.col(name) == value)
    places = site.workspace.table("places")
    if asked.kind:
        rows = rows.filter(pl.col("place").is_in(places.filter(kind=asked.kind)["place"].to_list()))
    for name, kind in _OF_THE_GROUP.items():
        if name in rows.columns and name not in asked.where:
            rows = rows.filter(pl.col(name).is_in(places.filter(kind=kind)["place"].to_list()))
    if "year" in rows.columns and "year" not in asked.where:
        rows = rows.filter(pl.col("year") == pl.col("year").max())
    by = asked.highest or asked.lowest
    if by is None:
        return rows
    return rows.drop_nulls(by).sort(by, descending=asked.highest is not None, maintain_order=True)


def _labels(site: Site, language: Language, columns: list[str]) -> dict[str, dict[str, Label]]:
    """The words for codes; a `code` is that of any place or node, `other` and `county` those of places."""
    any_place = place_labels(site, language) | node_labels(site, language)
    found = column_labels(site, language, columns)
    return {name: any_place for name in ("code", "other", "county") if name in columns} | found
