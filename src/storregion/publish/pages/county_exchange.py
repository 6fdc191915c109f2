"""Commuting between counties as observed: the study's page, and the section and tile of a county."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import county_labels
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.site import Site
from storregion.publish.table_views import dated_title, latest_rows, view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

_SHADES = {"strong": 3, "weak": 5}
_PAIR_COLUMNS = ("county", "other_county", "there", "back", "both_ways", "ratio_low", "ratio_high", "verdict")


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """The share of a county's employed who work in another of the group's counties."""
    if row["kind"] == "county" and (found := _figures(site, row["place"])):
        words = {"group": site.workspace.group.short[language], **found}
        yield Tile(found["group_share"], "tile_counties", words, rank=3)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a county's page: where its employed work, and with which counties it exchanges more or fewer."""
    place = row["place"]
    if row["kind"] != "county" or not (found := _figures(site, place)):
        return []
    pairs = latest_rows(site, "county_pairs").filter(
        (pl.col("county") == place) | (pl.col("other_county") == place)
    )
    title = dated_title(site, language, "county_pairs")
    shown = (site.workspace, "county_pairs", pairs.sort("both_ways", descending=True))
    view = view_of(site, language, "county-pairs", title, shown, columns=_PAIR_COLUMNS)
    context = {
        "name": row[f"name_{language}"],
        "group": site.workspace.group.short[language],
        "figures": found,
        "weak": _with(site, language, pairs, place, "weak"),
        "strong": _with(site, language, pairs, place, "strong"),
    }
    heading = WORDS["counties_title"][language]
    return [Section("counties", heading, [view], "place_county_exchange.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """The matrix of the group's counties, where their employed work, the pairs, and the model."""
    workspace = site.workspace
    if "county_pairs" not in workspace.steps or workspace.table("county_pairs").is_empty():
        return StudyPart()
    tables = [
        view_of(
            site,
            language,
            name,
            dated_title(site, language, table),
            (workspace, table, latest_rows(site, table)),
            without=("year",),
        )
        for name, table in (
            ("exchange", "county_exchange"),
            ("pairs", "county_pairs"),
            ("gravity", "county_gravity"),
        )
    ]
    matrix = _matrix_view(site, language)
    context = {
        "grid": _grid(site, matrix),
        "judged": {name: WORDS[f"code_{name}"][language] for name in _SHADES},
    }
    return StudyPart(
        [*tables, _check_view(site, language)], (), "study_county_exchange.html", [matrix], context
    )


def said(site: Site, language: Language, place: str) -> dict[str, Any]:
    """The figures of a county in the latest year with the group's name; none where they are not known."""
    found = _figures(site, place)
    return {"group": site.workspace.group.short[language], **found} if found else {}


def _figures(site: Site, place: str) -> dict[str, Figure]:
    """The numbers of a place in the latest year observed."""
    if "county_exchange" not in site.workspace.steps:
        return {}
    schema = site.workspace.schemas["county_exchange"]
    return {
        column.name: site.workspace.cell(schema, column.name, row)
        for row in latest_rows(site, "county_exchange").filter(place=place).iter_rows(named=True)
        for column in schema.columns
        if column.numeric
    }


def _with(site: Site, language: Language, pairs: pl.DataFrame, place: str, verdict: str) -> str:
    """The counties that a county's exchange with is judged so, in words; none for no county."""
    labels = county_labels(site, language)
    judged = pairs.filter(verdict=verdict).select("county", "other_county").iter_rows()
    names = [labels[two if one == place else one].text for one, two in judged]
    both = {"sv": "och", "en": "and"}[language]
    return f" {both} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _matrix_view(site: Site, language: Language) -> View:
    """The observed flows between the group's counties."""
    own = list(site.workspace.group.counties)
    ends = pl.col("home_county").is_in(own) & pl.col("work_county").is_in(own)
    rows = latest_rows(site, "county_commuting").filter(ends)
    title = f"{WORDS['counties_matrix'][language]}, {rows['year'].max()!s}"
    shown = (site.workspace, "county_commuting", rows)
    return view_of(site, language, "matrix", title, shown, columns=("home_county", "work_county", "persons"))


def _grid(site: Site, view: View) -> dict[str, Any]:
    """Rows and cells of the matrix, shaded where a pair is judged weak or strong."""
    pairs = latest_rows(site, "county_pairs").drop_nulls("verdict")
    judged = {(row["county"], row["other_county"]): row["verdict"] for row in pairs.iter_rows(named=True)}
    judged |= {(two, one): verdict for (one, two), verdict in judged.items()}
    labels, codes = county_labels(site, view.language), sorted(set(view.frame["home_county"]))
    cells = {
        ends: (view.figure("persons", row), _SHADES.get(judged.get(ends, ""), 0))
        for row in view.frame.iter_rows(named=True)
        for ends in [(row["home_county"], row["work_county"])]
    }
    return {
        "nodes": [labels[code] for code in codes],
        "rows": [(labels[one], [cells.get((one, two)) for two in codes]) for one in codes],
    }


def _check_view(site: Site, language: Language) -> View:
    """The estimate's flows between the group's counties beside the observed."""
    own = list(site.workspace.group.counties)
    rows = latest_rows(site, "commuting_counties").filter(
        pl.col("home_county").is_in(own), pl.col("work_county").is_in(own)
    )
    title = dated_title(site, language, "commuting_counties")
    return view_of(
        site, language, "check", title, (site.workspace, "commuting_counties", rows), without=("year",)
    )
