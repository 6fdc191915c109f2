"""Remote work by link and station: the map of lines, a week, every link, and people at home near stations."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.numbers import said
from storregion.publish.parts import StudyPart
from storregion.publish.pictures.charts import pictured
from storregion.publish.pictures.maps import Key, standalone
from storregion.publish.pictures.place_maps import Stretch, stretch_map
from storregion.publish.pictures.weekdays import bars
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, Picture, View, embedded
from storregion.publish.words import WORDS

_LINE = "#0b6d86"
_COLUMNS = ("one_name", "two_name", "mode", "persons", "avoided", "avoided_share", "travelling_change")


def study(site: Site, language: Language) -> StudyPart:
    """The links on a map by how many do not travel, on the day when most do not, and the week."""
    if "remote_links" not in site.workspace.steps:
        return StudyPart()
    rows = site.workspace.table("remote_links").filter(pl.col("avoided") > 0, response="weak")
    if rows.is_empty():
        return StudyPart()
    # Of days alike the last one, as the answer has it.
    most = rows.sort(pl.col("avoided").round(3), maintain_order=True).row(-1, named=True)
    day = rows.filter(weekday=most["weekday"]).sort("avoided", "one", "two", descending=[True, False, False])
    mapped = _map_view(site, language, day, most["weekday"])
    same = {name: most[name] for name in ("mode", "one", "two")}
    week = _week_view(site, language, rows.filter(**same))
    stations = _stations_view(site, language, most["weekday"])
    context = {"map_svg": embedded(mapped), "keys": [Key(_LINE, WORDS["remote_links_key"][language])]}
    return StudyPart([stations], (), "study_remote_links.html", [mapped, week], context)


def at_home(site: Site, station: str) -> dict[str, Any]:
    """How many who live near a station work at home, on the day when most do; nothing if not known."""
    if "remote_stations" not in site.workspace.steps:
        return {}
    rows = site.workspace.table("remote_stations").filter(pl.col("at_home") > 0, station=station)
    rows = rows.filter(response="weak").sort(pl.col("at_home").round(3), maintain_order=True)
    schema = site.workspace.schemas["remote_stations"]
    return {
        name: row["weekday"] if name == "weekday" else site.workspace.cell(schema, name, row)
        for row in rows.tail(1).iter_rows(named=True)
        for name in ("weekday", "at_home")
    }


def _stations_view(site: Site, language: Language, weekday: str) -> View:
    """Every station on one day, that with most people at home first."""
    rows = site.workspace.table("remote_stations").filter(response="weak", weekday=weekday)
    rows = rows.sort("at_home", "station", descending=[True, False])
    title = WORDS["remote_stations"][language].format(weekday=WORDS[f"remote_{weekday}"][language])
    shown = (site.workspace, "remote_stations", rows)
    return view_of(site, language, "stations", title, shown, columns=["station", "residents_near", "at_home"])


def _map_view(site: Site, language: Language, rows: pl.DataFrame, weekday: str) -> View:
    """Every link on one day, the one with most first, under a map of them."""
    schema = site.workspace.schemas["remote_links"]
    title = WORDS["remote_links_map"][language].format(weekday=WORDS[f"remote_{weekday}"][language])
    where = pl.struct("longitude", "latitude").first()
    points = dict(
        site.workspace.table("stops").group_by("station", maintain_order=True).agg(where).iter_rows()
    )

    def point(station: str) -> tuple[float, float]:
        return points[station]["longitude"], points[station]["latitude"]

    def stretch(row: Mapping[str, Any]) -> Stretch:
        number = said(site.workspace.cell(schema, "avoided", row), language)
        words = f"{row['one_name']}–{row['two_name']}: {number}"
        return Stretch(point(row["one"]), point(row["two"]), row["avoided"], words)

    stretches = [stretch(row) for row in rows.iter_rows(named=True)]
    drawn = stretch_map(site.atlas, stretches, title)
    picture = Picture(title, lambda width: standalone(drawn), subtitle=WORDS["remote_links_key"][language])
    shown = (site.workspace, "remote_links", rows)
    modes = {
        mode: Label(WORDS[f"mode_{mode}"][language]) for mode in rows["mode"].unique(maintain_order=True)
    }
    return view_of(
        site, language, "map", title, shown, columns=_COLUMNS, labels={"mode": modes}, picture=picture
    )


def _week_view(site: Site, language: Language, rows: pl.DataFrame) -> View:
    """How many more or fewer travel over one link on each weekday."""
    words = {day: WORDS[f"remote_{day}"][language] for day in rows["weekday"]}

    def spec(width: int) -> dict[str, object]:
        # On a narrow chart whole names would run into each other.
        letters = None if width > 500 else 3
        points = [
            {"weekday": words[row["weekday"]][:letters], "value": row["travelling_change"]}
            for row in rows.iter_rows(named=True)
        ]
        return bars(points, title=WORDS["remote_links_travelling"][language], width=width)

    first = rows.row(0, named=True)
    link = f"{first['one_name']}–{first['two_name']}"
    title = WORDS["remote_links_week"][language].format(link=link)
    return view_of(
        site,
        language,
        "week",
        title,
        (site.workspace, "remote_links", rows),
        columns=["weekday", "persons", "avoided", "avoided_share", "travelling_change"],
        labels={"weekday": {day: Label(word) for day, word in words.items()}},
        picture=pictured(language, title, link, spec),
    )
