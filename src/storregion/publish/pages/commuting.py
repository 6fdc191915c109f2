"""How far the estimated commuting may be off, and where the series breaks."""

from storregion.core.language import Language
from storregion.publish.site import Site, StudyPart
from storregion.publish.table_views import view_of


def study(site: Site, language: Language) -> StudyPart:
    """The error of the estimate, and the breaks of the series."""
    views = [
        view_of(
            site,
            language,
            "error",
            site.workspace.schemas["commuting_error"].title[language],
            (site.workspace, "commuting_error", site.workspace.table("commuting_error")),
        )
    ]
    breaks = site.workspace.table("series_breaks").filter(series="commuting")
    views.append(
        view_of(
            site,
            language,
            "breaks",
            site.workspace.schemas["series_breaks"].title[language],
            (site.workspace, "series_breaks", breaks),
            columns=["year", f"about_{language}"],
        )
    )
    return StudyPart(views)
