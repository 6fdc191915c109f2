"""What was fetched about a place beside what studies read: the latest period of each series, as tables."""

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.parts import Section
from storregion.publish.site import Site
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

_SERIES = re.compile(r"statistics_(\w+)\.csv")
# Of each table: the column that names the series, that of its periods, and what is shown.
_TABLES = {
    "regional_statistics": (
        "statistic",
        "period",
        ("statistic", "category", "sex", "age", "measure", "period", "value"),
    ),
    "key_figures": ("kpi", "year", ("title", "sex", "year", "value")),
}


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On the pages of municipalities, counties and the country: a table for each form of statistics."""
    found = views(site, language, row["place"], row[f"name_{language}"])
    if not found:
        return []
    heading, lead = WORDS["fetched_title"][language], WORDS["fetched_hint"][language]
    return [Section("fetched", heading, list(found.values()), context={"lead": lead})]


def views(site: Site, language: Language, code: str, name: str) -> dict[str, View]:
    """A table for each form of fetched figures that there are of a place; none before any are fetched.

    Parameters
    ----------
    site : the portal.
    language : of labels and files.
    code, name : the place; municipalities, counties and the country have such figures.
    """
    workspace, found = site.workspace, dict[str, View]()
    whole = Label(WORDS["everyone"][language])
    labels = {
        "statistic": _series_titles(site, language),
        "sex": {"total": whole} | {sex: Label(WORDS[sex][language]) for sex in ("men", "women")},
        "age": {"total": whole},
        "category": {"total": whole},
    }
    for table, (series, period, columns) in _TABLES.items():
        if table not in workspace.steps:
            continue
        rows = workspace.table(table).filter(area=code)
        latest = _widest(rows.filter(pl.col(period) == pl.col(period).max().over(series)), series)
        if latest.height:
            schema = workspace.schemas[table]
            note = " ".join([WORDS["fetched_hint"][language], *_breaks(site, language, latest, labels)])
            title = f"{schema.title[language]}: {name}"
            named = {column: words for column, words in labels.items() if column in columns}
            found[table] = View(
                table, title, workspace, schema, latest, columns, language, labels=named, note=note
            )
    return found


def _breaks(
    site: Site, language: Language, latest: pl.DataFrame, labels: Mapping[str, Mapping[str, Label]]
) -> list[str]:
    """What changed in the very year that is shown of a series."""
    if "series_breaks" not in site.workspace.steps or "period" not in latest.columns:
        return []
    years = latest.select(
        pl.col("statistic").alias("series"), pl.col("period").str.head(4).cast(pl.Int64).alias("year")
    ).unique(maintain_order=True)
    found = site.workspace.table("series_breaks").join(years, on=["series", "year"]).sort("series")
    return [
        f"{labels['statistic'][row['series']].text} {row['year']}: {row[f'about_{language}']}."
        for row in found.iter_rows(named=True)
    ]


def _series_titles(site: Site, language: Language) -> dict[str, Label]:
    """What each series is called: the title of its file."""
    if "regional_statistics" not in site.workspace.steps:
        return {}
    files = site.workspace.record("regional_statistics").origins
    names = {origin.file: _SERIES.fullmatch(origin.file) for origin in files}
    return {name[1]: Label(origin.title[language]) for origin in files if (name := names[origin.file])}


def _widest(rows: pl.DataFrame, series: str) -> pl.DataFrame:
    """Of each series the rows of all sexes and of all ages together, where it has such."""
    for name in (name for name in ("sex", "age") if name in rows.columns):
        whole = pl.col(name) == "total"
        rows = rows.filter(whole | ~whole.any().over(series))
    return rows
