"""Why jobs grew: the counties' growth in three parts."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.parts import StudyPart
from storregion.publish.pictures import charts, stacked
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Picture
from storregion.publish.words import WORDS

PARTS = ("national", "mix", "regional")


def study(site: Site, language: Language) -> StudyPart:
    """The counties over all years with a picture, and every period and industry as a table."""
    workspace = site.workspace
    rows = workspace.table("shift_share")
    whole = rows.filter(since=rows["since"].min(), until=rows["until"].max(), industry="total")
    whole = whole.sort("growth_percent", descending=True)
    title = WORDS["shift_title"][language].format(since=whole["since"][0], until=whole["until"][0])
    labels = {"county": place_labels(site, language)}
    columns = ["county", "jobs", *("growth", *PARTS), *(f"{part}_percent" for part in ("growth", *PARTS))]
    compared = view_of(
        site,
        language,
        "compared",
        title,
        (workspace, "shift_share", whole),
        columns=columns,
        labels=labels,
        picture=_picture(site, language, whole, title),
    )
    periods = view_of(
        site,
        language,
        "periods",
        workspace.schemas["shift_share"].title[language],
        (workspace, "shift_share", rows),
        labels=labels,
    )
    return StudyPart([periods], (), "study_pictured.html", [compared], {"pictured": ["compared"]})


def _picture(site: Site, language: Language, rows: pl.DataFrame, title: str) -> Picture:
    labels = place_labels(site, language)
    bars, sums = [], []
    for row in rows.iter_rows(named=True):
        name = labels[row["county"]].text
        sums.append({"name": name, "value": row["growth_percent"]})
        for at, part in enumerate(PARTS):
            shown = {"name": name, "part": WORDS[f"shift_{part}"][language], "place": at}
            bars.append(shown | {"value": row[f"{part}_percent"]})
    names = {"sum": WORDS["shift_growth"][language], "x": WORDS["shift_x"][language]}

    def spec(width: int) -> dict[str, object]:
        return stacked.stacked(bars, sums, names=names, width=width)

    return charts.pictured(language, title, site.workspace.group.short[language], spec)
