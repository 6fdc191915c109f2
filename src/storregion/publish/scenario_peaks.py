"""The map of what a scenario changes in the highest hour of electricity."""

from storregion.core.comparison import Comparison, sides
from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.labels import municipality_labels
from storregion.publish.numbers import ABSENT, with_unit
from storregion.publish.pictures.maps import Area, choropleth, legend, standalone
from storregion.publish.rendering import relative
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Picture, View
from storregion.publish.words import WORDS

CLASSES = (-5.0, -1.0, 1.0, 5.0, 10.0)
"""Limits in MW; the middle class is hardly any change."""


def peak_map(site: Site, language: Language, other: Workspace, name: str) -> View:
    """The change in the highest hour of the last year, by municipality, in a table under a map.

    Parameters
    ----------
    site, language : of the page.
    other : the group with the scenario.
    name : the scenario's, whose page the map stands on.
    """
    labels = municipality_labels(site, language)
    both = Comparison(site.workspace, other, "power_peaks", ("peak_least",))
    rows = both.frame.filter(year=site.workspace.table("power_peaks")["year"].max())
    rows = rows.join(site.workspace.table("places").filter(kind="municipality"), on="place", how="semi")
    before, then, difference = sides("peak_least")
    areas = []
    for row in rows.iter_rows(named=True):
        change, target = row[difference], f"{language}/place/{row['place']}/"
        words = ABSENT["missing"][language] if change is None else with_unit(change, "mw_of_load", language)
        way = relative(f"{language}/scenario/{name}/", target)
        areas.append(Area(row["place"], labels[row["place"]].text, way, change, words))
    title = WORDS["board_map_peaks"][language].format(year=rows["year"].max())
    keys = legend(CLASSES, "mw_of_load", language, WORDS["no_value"][language])
    drawn = choropleth(site.atlas, areas, CLASSES, title)
    return view_of(
        site,
        language,
        "map-peaks",
        title,
        (both, "power_peaks", rows),
        columns=["place", before, then, difference],
        picture=Picture(title, lambda width: standalone(drawn), keys=keys),
    )
