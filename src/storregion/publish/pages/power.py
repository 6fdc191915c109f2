"""Electricity used and generated: the study's page, and the section and tile on every place's page."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import code_labels
from storregion.publish.numbers import written
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.pictures import charts, ranges
from storregion.publish.site import Site
from storregion.publish.table_views import dated_title, latest_rows, view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

SIDES = ("use", "generation")
SAID = (*SIDES, "self_sufficiency", "without_largest", "use_per_person", "use_change")
"""What the words of a place are about."""
_MWH_A_GWH = 1000


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """How much electricity is used, where that is published: an interval would read as its lower bound."""
    if (found := _latest(site, row["place"])) and found["use"].value is not None:
        yield Tile(found["use"], "tile_power", _years(found), rank=8)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: use and generation, self-sufficiency, and each sector and kind."""
    if not (found := _latest(site, row["place"])):
        return []
    name = row[f"name_{language}"]
    views = [_cells_view(site, language, side, row["place"], name) for side in SIDES]
    how = {about: _how(found, about) for about in SAID}
    context = {
        "name": name,
        "figures": found | _years(found),
        "how": how,
        "plant": _plant(site, row["place"]),
    }
    return [Section("power", WORDS["power_title"][language], views, "place_power.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """The group's use by sector and generation by kind, and every place's balance."""
    workspace = site.workspace
    group, name = workspace.group.code, workspace.group.short[language]
    views = [_cells_view(site, language, side, group, name) for side in SIDES]
    shown = (workspace, "power", latest_rows(site, "power"))
    balance = view_of(site, language, "power", dated_title(site, language, "power"), shown)
    pictured = {"pictured": [view.name for view in views]}
    return StudyPart([balance], (), "study_pictured.html", views, pictured)


def _latest(site: Site, place: str) -> dict[str, Figure]:
    """The figures of a place in the latest year; none where it has no account."""
    if "power" not in site.workspace.steps:
        return {}
    rows = latest_rows(site, "power").filter(place=place)
    schema = site.workspace.schemas["power"]
    return {
        column.name: site.workspace.cell(schema, column.name, row)
        for row in rows.iter_rows(named=True)
        for column in schema.columns
        if column.numeric
    }


def _years(found: Mapping[str, Figure]) -> dict[str, str]:
    """The year that the figures are of, and the one that it is compared with, as words."""
    return {name: str(found[name].value) for name in ("year", "since")}


def _plant(site: Site, place: str) -> str | None:
    """The name of the largest plant where a place's self-sufficiency depends on it."""
    row = latest_rows(site, "power").filter(place=place).row(0, named=True)
    same = row["without_largest_most"] == row["self_sufficiency_most"]
    return None if same else row["largest_plant"]


def _how(found: Mapping[str, Figure], about: str) -> str:
    """Whether a figure is known, between two bounds, or at least its lower bound."""
    least, most = (found[f"{about}_{end}"].value for end in ("least", "most"))
    return "none" if least is None else "least" if most is None else "known" if least == most else "between"


def _cells_view(site: Site, language: Language, side: str, place: str, name: str) -> View:
    """The latest year's sectors or kinds of a place as bars, the largest first."""
    workspace = site.workspace
    rows = latest_rows(site, "power_accounts").filter(pl.col("category") != "total", place=place, side=side)
    rows = rows.sort("least_mwh", "category", descending=[True, False])
    labels = code_labels(language)["category"]
    bars = [_bar(row, labels[row["category"]].text, language) for row in rows.iter_rows(named=True)]
    title = f"{WORDS[f'power_{side}'][language]}: {name}, {rows['year'].max()!s}"

    def spec(width: int) -> dict[str, object]:
        return ranges.ranges(bars, width=width)

    return view_of(
        site,
        language,
        f"power-{side}",
        title,
        (workspace, "power_accounts", rows),
        columns=["category", "least_mwh", "most_mwh", "known"],
        picture=charts.pictured(language, title, name, spec),
    )


def _bar(row: Mapping[str, Any], name: str, language: Language) -> dict[str, Any]:
    """What a cell is at least and at most, in GWh, and both in words."""
    least = row["least_mwh"] / _MWH_A_GWH
    most = None if row["most_mwh"] is None else row["most_mwh"] / _MWH_A_GWH
    low, high = written(least, "gwh", language), "" if most is None else written(most, "gwh", language)
    if most is None:
        words = WORDS["power_at_least"][language].format(least=low)
    else:
        words = low if low == high else f"{low}–{high}"
    return {"name": name, "least": least, "most": least if most is None else most, "words": words}
