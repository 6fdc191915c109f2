"""Travel times: the page of the study."""

from storregion.core.language import Language
from storregion.publish.labels import timetabled
from storregion.publish.site import Site, StudyPart
from storregion.publish.table_views import view_of


def study(site: Site, language: Language) -> StudyPart:
    """Travel times beside those by car, and the ends of the day."""
    if not timetabled(site):
        return StudyPart()
    tables = ("travel_ratios", "access_day")
    return StudyPart(
        [
            view_of(
                site,
                language,
                table,
                site.workspace.schemas[table].title[language],
                (site.workspace, table, site.workspace.table(table)),
            )
            for table in tables
        ]
    )
