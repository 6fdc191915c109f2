"""The population to come: the study's page, and the section on every place's page."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.numbers import said
from storregion.publish.pages import county_moves, migration_goals, vintages
from storregion.publish.parts import Measured, Section, StudyPart, Tile
from storregion.publish.pictures import charts, forecasts, small_paths
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, Picture, View
from storregion.publish.words import WORDS

AHEAD, LATER = 2035, 2040
"""The year that is said first, and that of the pyramid."""
TABLE_YEARS = (2025, 2030, 2035, 2040, 2045, 2050)
SINCE = 1990


def measured(site: Site) -> Iterator[Measured]:
    """How many will live in each place."""
    yield Measured("projection", "persons", {"frame": "base"}, "measure_projected")


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """How many will live there."""
    if "projection" not in site.workspace.steps:
        return
    found = figures(site, row["place"])
    if found and found["at_least"].value is not None:
        yield Tile(found["persons"], "tile_projected", found, rank=5)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: how many will live there, past and projection, the pyramid, and the last error."""
    if "projection" not in site.workspace.steps or not (found := figures(site, row["place"])):
        return []
    place, name = row["place"], row[f"name_{language}"]
    views = [
        _fan_view(site, language, place, name),
        pyramid_view(site, language, place),
        _missed_view(site, language, place, name),
    ]
    last = last_error(site, place)
    others = vintages.place_views(site, language, place, name)
    moves = county_moves.said(site, language, place) if row["kind"] == "county" else None
    sentences = {
        "name": name,
        "moves": moves,
        "goal": migration_goals.said(site, place),
        "figures": found,
        "last": last,
        "others": vintages.newest(site, language, place),
    }
    heading = WORDS["projection_title"][language]
    return [Section("projection", heading, [*views, *others], "place_projection.html", sentences)]


def study(site: Site, language: Language) -> StudyPart:
    """The group's counties side by side, where they go, and how the model has done."""
    workspace = site.workspace
    counties = workspace.table("places").filter(kind="county")["place"].to_list()
    own = [*counties, workspace.group.code]
    rows = workspace.table("projection").filter(
        pl.col("place").is_in(own), pl.col("year").is_in([AHEAD, LATER, 2050]), frame="base"
    )
    compared = view_of(
        site,
        language,
        "counties",
        WORDS["projection_counties"][language],
        (workspace, "projection", rows.sort("year", "place")),
        columns=["place", "year", "persons", "at_least", "at_most", "change_percent"],
        picture=_counties_picture(site, language, own),
    )
    errors = workspace.table("hindcasts").filter(pl.col("part").is_in(["all", "group"]), since=2000)
    tried = view_of(
        site,
        language,
        "tried",
        workspace.schemas["hindcasts"].title[language],
        (workspace, "hindcasts", errors),
        columns=["horizon", "part", "method", "launches", "error_percent", "against_linear", "covered"],
        labels=_codes(language),
    )
    return StudyPart([tried], [], "study_projection.html", [compared])


def figures(site: Site, place: str) -> dict[str, Any]:
    """The figures of the year that is said first."""
    rows = site.workspace.table("projection").filter(place=place, year=AHEAD, frame="base")
    if rows.is_empty():
        return {}
    schema, row = site.workspace.schemas["projection"], rows.row(0, named=True)
    names = ("year", "persons", "at_least", "at_most", "change_percent")
    return {name: site.workspace.cell(schema, name, row) for name in names}


def last_error(site: Site, place: str) -> dict[str, Any]:
    """What the model would have said five years before the latest year."""
    rows = site.workspace.table("place_hindcasts").filter(place=place, horizon=5).sort("launch")
    schema, row = site.workspace.schemas["place_hindcasts"], rows.row(-1, named=True)
    names = ("launch", "horizon", "projected", "outcome", "error_percent")
    return {name: site.workspace.cell(schema, name, row) for name in names}


def fan(site: Site, language: Language, place: str) -> Callable[[int], dict[str, object]]:
    """The fan of a place by its width: past, projection with interval, and what was projected before."""
    rows = site.workspace.table("projection").filter(place=place).sort("frame", "year")
    past = _past(site, place)
    ahead = [*_ahead(past, rows.filter(frame="base"), "base")]
    for frame in ("low", "high"):
        ahead += [
            point | {"low": None, "high": None} for point in _ahead(past, rows.filter(frame=frame), frame)
        ]
    lines = forecasts.Fan(past, ahead, _made(site, place), vintages.points(site, place))
    names = {key: WORDS[f"projection_{key}"][language] for key in ("past", "base", "made", "others", "y")}
    return lambda width: forecasts.fan(lines, names=names, width=width)


def _fan_view(site: Site, language: Language, place: str, name: str) -> View:
    workspace = site.workspace
    rows = workspace.table("projection").filter(place=place).sort("frame", "year")
    title = f"{WORDS['projection_title'][language]}: {name}"
    shown = rows.filter(pl.col("year").is_in(TABLE_YEARS), frame="base")
    columns = ["year", "persons", "at_least", "at_most", "births", "deaths", "net_migration"]
    picture = charts.pictured(language, title, name, fan(site, language, place))
    table = (workspace, "projection", shown)
    return view_of(site, language, "projection", title, table, columns=columns, picture=picture)


def _past(site: Site, place: str) -> list[dict[str, Any]]:
    rows = site.workspace.table("place_history").filter(pl.col("year") >= SINCE, place=place).sort("year")
    return [{"year": row["year"], "value": row["persons"]} for row in rows.iter_rows(named=True)]


def _ahead(past: list[dict[str, Any]], rows: pl.DataFrame, series: str) -> Iterator[dict[str, Any]]:
    """The points of a frame, from the latest year on."""
    yield past[-1] | {"low": past[-1]["value"], "high": past[-1]["value"], "series": series}
    for row in rows.sort("year").iter_rows(named=True):
        bounds = {"low": row["at_least"], "high": row["at_most"]}
        yield {"year": row["year"], "value": row["persons"], "series": series, **bounds}


def _made(site: Site, place: str) -> list[dict[str, Any]]:
    """Projections from every fifth launch, each beginning at what was counted then."""
    rows = site.workspace.table("place_hindcasts").filter(place=place).sort("launch", "horizon")
    newest = rows["launch"].max()
    found = []
    counted = {point["year"]: point["value"] for point in _past(site, place)}
    for row in rows.iter_rows(named=True):
        if (newest - row["launch"]) % 5 == 0 and row["launch"] in counted:
            launch = str(row["launch"])
            if row["horizon"] == 5:
                found.append({"year": row["launch"], "value": counted[row["launch"]], "launch": launch})
            found.append(
                {"year": row["launch"] + row["horizon"], "value": row["projected"], "launch": launch}
            )
    return found


def pyramid_view(site: Site, language: Language, place: str, then: int = LATER) -> View:
    """People by age and sex now and in a later year.

    Parameters
    ----------
    site, language, place : of the page.
    then : the later year; one of those in `place_ages`.
    """
    workspace = site.workspace
    rows = workspace.table("place_ages").filter(place=place)
    first = rows["year"].min()
    points = {
        year: [
            {
                "age_class": row["age_class"],
                "sex": row["sex"],
                "side": -1 if row["sex"] == "men" else 1,
                "value": row["persons"],
            }
            for row in rows.filter(year=year).iter_rows(named=True)
        ]
        for year in (first, then)
    }
    w = {key: WORDS[key][language] for key in ("women", "men", "pyramid_title")}
    names = {"women": w["women"], "men": w["men"], "now": f"{first!s}", "then": f"{then!s}"}

    def spec(width: int) -> dict[str, object]:
        return forecasts.pyramid(points[first], points[then], names=names, width=width)

    name = place_labels(site, language)[place].text
    title = f"{w['pyramid_title'].format(year=names['then'])}: {name}"
    picture = charts.pictured(language, title, name, spec)
    table = (workspace, "place_ages", rows.filter(pl.col("year").is_in([first, then])))
    sexes = {"sex": {sex: Label(w[sex]) for sex in ("women", "men")}}
    return view_of(site, language, "pyramid", title, table, without=("place",), labels=sexes, picture=picture)


def _missed_view(site: Site, language: Language, place: str, name: str) -> View:
    rows = site.workspace.table("place_hindcasts").filter(place=place)
    newest = pl.col("launch") + pl.col("horizon") == (pl.col("launch") + pl.col("horizon")).max()
    title = f"{WORDS['missed_title'][language]}: {name}"
    table = (site.workspace, "place_hindcasts", rows.filter(newest).sort("launch", descending=True))
    columns = ["launch", "horizon", "projected", "outcome", "error_percent"]
    return view_of(site, language, "missed", title, table, columns=columns)


def _counties_picture(site: Site, language: Language, places: list[str]) -> Picture:
    """The path of each place, against how many live there today; those that grow most first."""
    labels = place_labels(site, language)
    schema, rows = site.workspace.schemas["place_paths"], site.workspace.table("place_paths")
    today = int(site.workspace.table("place_history")["year"].to_numpy().max())
    then = rows.filter(pl.col("place").is_in(places), year=LATER).sort("from_latest", descending=True)
    panels = []
    for row in then.iter_rows(named=True):
        own = rows.filter(pl.col("year") >= SINCE, place=row["place"]).select(
            "year", value="from_latest", low="from_latest_least", high="from_latest_most"
        )
        now = {"low": 0.0, "high": 0.0}
        past, ahead = (
            own.filter(part).to_dicts() for part in (pl.col("year") <= today, pl.col("year") > today)
        )
        change = said(site.workspace.cell(schema, "from_latest", row), language)
        sign = "+" if row["from_latest"] > 0 else ""
        line = WORDS["place_path_change"][language].format(change=sign + change, year=f"{LATER}")
        panels.append(small_paths.Panel((labels[row["place"]].text, line), past, [past[-1] | now, *ahead]))
    axis = WORDS["place_paths_axis"][language].format(year=f"{today}")

    def spec(width: int) -> dict[str, object]:
        return small_paths.small_paths(panels, axis=axis, columns=4 if width > 500 else 2, width=width)

    title = WORDS["projection_counties"][language]
    return charts.pictured(language, title, site.workspace.group.short[language], spec)


def _codes(language: Language) -> dict[str, dict[str, Label]]:
    methods = ("model", "linear_10_controlled", "linear_9", "unchanged")
    return {
        "method": {name: Label(WORDS[f"method_{name}"][language]) for name in methods},
        "part": {name: Label(WORDS[f"part_{name}"][language]) for name in ("all", "group")},
    }
