"""The level of each node by the rule file."""

from storregion.core.language import Language
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import dated_title, latest_rows, view_of


def study(site: Site, language: Language) -> StudyPart:
    """The level of each node."""
    rows = latest_rows(site, "node_levels").sort("level", "node")
    return StudyPart(
        [
            view_of(
                site,
                language,
                "levels",
                dated_title(site, language, "node_levels"),
                (site.workspace, "node_levels", rows),
                columns=["node", f"name_{language}", "lacks"],
            )
        ]
    )
