"""Room in the grid: the study's page, and what every place needs in its highest hour on the place's page."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import area_labels
from storregion.publish.numbers import written
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.pictures import charts, durations
from storregion.publish.reports.wording import listed
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

AHEAD, LATER = 2030, 2050
SHOWN_YEARS = (2030, 2040, 2050)
"""The years of the table, beside the first."""


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """What is needed in the highest hour, where that is known: an interval would read as its lower bound."""
    found = _peak(site, row["place"], AHEAD)
    if found and found["peak_mw"].value is not None:
        yield Tile(found["peak_mw"], "tile_peak", {"year": str(AHEAD)}, rank=9)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: the highest hour now and to come, and the room behind its feed-in."""
    found = highest_hour(site, language, row["place"])
    if found is None:
        return []
    context = {"name": row[f"name_{language}"], **found}
    return [Section("peak", WORDS["peak_title"][language], (), "place_peak.html", context)]


def highest_hour(site: Site, language: Language, place: str) -> dict[str, Any] | None:
    """What is said of a place's highest hour now and later, how it is known, and of its area.

    Parameters
    ----------
    site, language : of the page or the report.
    place : its code.
    """
    now, later = _peak(site, place, None), _peak(site, place, AHEAD)
    if not now or not later:
        return None
    how = "known" if now["peak_mw"].value is not None else "between" if now["peak_most"].value else "least"
    return {
        "now": now | {"year": str(now["year"].value)},
        "later": later | {"year": str(AHEAD)},
        "how": how,
        "area": _area(site, language, place),
    }


def study(site: Site, language: Language) -> StudyPart:
    """The curve and the margin of every area with a margin, and what each area has and needs."""
    rows = site.workspace.table("power_capacity")
    with_margin = rows.drop_nulls("margin_mw")["capacity_area"].unique(maintain_order=True)
    views = [
        view
        for area in with_margin
        for view in (_curve_view(site, language, area), _margin_view(site, language, area))
    ]
    first = rows["year"].min()
    some = rows.filter(pl.col("year").is_in([first, *SHOWN_YEARS]))
    tables = [
        _table(site, language, "power_capacity", some, without=("need_least", "need_most")),
        _table(site, language, "power_limits", site.workspace.table("power_limits").drop_nulls("short_ever")),
        _table(site, language, "capacity_parts", site.workspace.table("capacity_parts"), without=("number",)),
        _table(
            site,
            language,
            "capacity_areas",
            site.workspace.table("capacity_areas").filter(
                pl.col("capacity_area").is_in(with_margin.implode())
            ),
            columns=("capacity_area", f"about_{language}", "use_gwh", "use_source"),
        ),
    ]
    said = [("power_assumed", parts) for parts in _assumed(site, language)]
    labels = area_labels(site, language)
    if without := [
        labels[area].text
        for area in rows["capacity_area"].unique(maintain_order=True)
        if area not in with_margin
    ]:
        said.append(("power_unpublished", {"areas": listed(without, language)}))
    return StudyPart(tables, said, "study_pictured.html", views, {"pictured": [view.name for view in views]})


def _assumed(site: Site, language: Language) -> Iterator[dict[str, Any]]:
    """The areas whose use is assumed, and how large it is."""
    schema = site.workspace.schemas["capacity_areas"]
    for row in site.workspace.table("capacity_areas").drop_nulls("use_gwh").iter_rows(named=True):
        yield {"area": row[f"name_{language}"], "use": site.workspace.cell(schema, "use_gwh", row)}


def _table(site: Site, language: Language, table: str, rows: pl.DataFrame, **more: Any) -> View:
    title = site.workspace.schemas[table].title[language]
    return view_of(site, language, table.replace("_", "-"), title, (site.workspace, table, rows), **more)


def _peak(site: Site, place: str, year: int | None) -> dict[str, Figure]:
    """The figures of a place's highest hour in a year, the first where none is given."""
    if "power_peaks" not in site.workspace.steps:
        return {}
    rows = site.workspace.table("power_peaks")
    rows = rows.filter(pl.col("year") == (rows["year"].min() if year is None else year), place=place)
    schema = site.workspace.schemas["power_peaks"]
    return {
        column.name: site.workspace.cell(schema, column.name, row)
        for row in rows.iter_rows(named=True)
        for column in schema.columns
        if column.numeric
    }


def _area(site: Site, language: Language, place: str) -> dict[str, Any] | None:
    """The area that a municipality gets its electricity through, and its margin; None for other places."""
    if "power_capacity" not in site.workspace.steps:
        return None
    rows = site.workspace.table("capacity_members").filter(municipality=place)
    if rows.is_empty():
        return None
    code = rows["capacity_area"].item()
    row = site.workspace.table("power_capacity").filter(capacity_area=code, year=AHEAD).row(0, named=True)
    schema = site.workspace.schemas["power_capacity"]
    cells = {
        name: site.workspace.cell(schema, name, row) for name in ("margin_mw", "ten_year_mw", "limit_mw")
    }
    known = "known" if row["margin_mw"] is not None else "missing"
    return {"area": area_labels(site, language)[code].text, "how": known, "year": str(AHEAD), **cells}


def _curve_view(site: Site, language: Language, area: str) -> View:
    """The highest hours of a normal winter in some years, beside the limits of those years."""
    rows = site.workspace.table("power_duration").filter(capacity_area=area)
    rows = rows.filter(pl.col("year").is_in([rows["year"].min(), AHEAD, LATER]))
    name = area_labels(site, language)[area].text
    title = WORDS["power_curve"][language].format(area=name)
    points = [
        {"hours": row["rank"], "value": row["load_mw"], "series": str(row["year"])}
        for row in rows.filter(pl.col("rank") <= durations.HOURS).iter_rows(named=True)
    ]
    limits = [
        {"value": limit, "words": _limit_words(years, limit, language)}
        for limit, years in rows.group_by("curve_limit_mw", maintain_order=True)
        .agg(pl.col("year").unique(maintain_order=True))
        .iter_rows()
    ]

    def spec(width: int) -> dict[str, object]:
        return durations.durations(points, limits, width=width)

    return view_of(
        site,
        language,
        f"curve-{area}",
        title,
        (site.workspace, "power_duration", rows),
        columns=["year", "rank", "load_mw", "curve_limit_mw"],
        picture=charts.pictured(language, title, name, spec),
    )


def _limit_words(years: list[int], limit: float, language: Language) -> str:
    years_said = ", ".join(str(year) for year in years)
    return WORDS["power_limit"][language].format(
        years=years_said, limit=written(limit, "mw_of_load", language)
    )


def _margin_view(site: Site, language: Language, area: str) -> View:
    """Need and limit of an area in every year."""
    rows = site.workspace.table("power_capacity").filter(capacity_area=area)
    name = area_labels(site, language)[area].text
    title = WORDS["power_margin"][language].format(area=name)
    schema = site.workspace.schemas["power_capacity"]
    # The years between the first and those to come are not known, so no line runs through them.
    gap = pl.DataFrame({"year": [int(rows["year"][0]) + 1]})
    drawn = pl.concat([rows, gap], how="diagonal").sort("year")
    points = [
        {"year": row["year"], "value": row[column], "series": schema[column].label[language]}
        for column in ("need_mw", "limit_mw")
        for row in drawn.iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return charts.lines(points, y="MW", unit=",.0f", width=width, zero=True)

    return view_of(
        site,
        language,
        f"margin-{area}",
        title,
        (site.workspace, "power_capacity", rows),
        columns=["year", "need_mw", "limit_mw", "margin_mw", "ten_year_mw", "short_share"],
        picture=charts.pictured(language, title, name, spec),
    )
