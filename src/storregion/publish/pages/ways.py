"""Ways between nodes: the page of the study."""

from storregion.core.language import Language
from storregion.publish.labels import timetabled
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.words import WORDS


def study(site: Site, language: Language) -> StudyPart:
    """The way that most use between every two nodes."""
    if not timetabled(site):
        return StudyPart()
    rows = site.workspace.table("node_ways").filter(rank=1)
    columns = ("origin", "destination", "share", "minutes", "transfers", "route")
    title = WORDS["ways_first"][language]
    return StudyPart(
        [view_of(site, language, "node_ways", title, (site.workspace, "node_ways", rows), columns=columns)]
    )
