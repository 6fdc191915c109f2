"""The population to come of a chosen place, year and frame: a form, with a slider of years."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import place_labels
from storregion.publish.pages.projection import LATER, pyramid_view
from storregion.publish.parts import Findable, Page
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label
from storregion.publish.words import WORDS

ADDRESS = "ahead/"
FRAMES = ("low", "base", "high")
NAMES = ("year", "persons", "at_least", "at_most", "change_percent")
COLUMNS = ("frame", "persons", "at_least", "at_most", "births", "deaths", "net_migration")


def addresses(site: Site) -> dict[str, Maker]:
    """The page; none for a group without a projection."""
    return {ADDRESS: page} if "projection" in site.workspace.steps else {}


def forms(site: Site) -> dict[str, FormMaker]:
    """The page as a query fills it in."""
    return {ADDRESS: page} if "projection" in site.workspace.steps else {}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The page."""
    if "projection" in site.workspace.steps:
        also = WORDS["ahead_also"][language]
        yield Findable(WORDS["ahead_title"][language], "kind_page", ADDRESS, also, 0.6)


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """A place in a year and a frame; the group in 2040 and the base frame where a query chooses nothing.

    Parameters
    ----------
    site, language : of the page.
    query : the fields of the form; one that does not exist leaves what is usual.
    """
    workspace, labels = site.workspace, place_labels(site, language)
    years = workspace.table("place_ages")["year"].unique().sort().to_list()[1:]
    given = {name: (values or [""])[-1] for name, values in (query or {}).items()}
    place = given["place"] if given.get("place") in labels else workspace.group.code
    frame = given["frame"] if given.get("frame") in FRAMES else "base"
    year = next((one for one in years if f"{one}" == given.get("year")), LATER)
    made = Page("ahead.html", WORDS["ahead_title"][language])
    rows = workspace.table("projection").filter(place=place, year=year)
    # The frames from low to high.
    rows = rows.sort(pl.col("frame").replace_strict(FRAMES, range(len(FRAMES)), return_dtype=pl.Int64))
    row = rows.filter(frame=frame).row(0, named=True)
    figures: dict[str, Any] = {
        name: workspace.cell(workspace.schemas["projection"], name, row) for name in NAMES
    }
    frames = {one: WORDS[f"frame_{one}"][language] for one in FRAMES}
    title = f"{WORDS['ahead_frames'][language]}, {year!s}: {labels[place].text}"
    named = {"frame": {code: Label(text) for code, text in frames.items()}}
    table = (workspace, "projection", rows)
    made.views["frames"] = view_of(site, language, "frames", title, table, columns=COLUMNS, labels=named)
    made.views["pyramid"] = pyramid_view(site, language, place, year)
    chosen = {"place": place, "frame": frame, "year": f"{year}"}
    made.context = {
        "live": site.live,
        "chosen": chosen,
        "query": urlencode(chosen),
        "years": [f"{one}" for one in years],
        "frames": frames,
        "places": sorted(
            ((code, one.text) for code, one in labels.items()), key=lambda one: alphabetical(one[1])
        ),
        "said": figures | {"place": labels[place].text, "frame": frames[frame]},
        "group_name": workspace.group.short[language],
    }
    return made
