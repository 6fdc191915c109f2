"""The formats that a report is downloaded in."""

from importlib.util import find_spec

from storregion.core.language import Language
from storregion.publish.reports import subject
from storregion.publish.reports.model import Report
from storregion.publish.site import Site

Job = tuple[str, str]
"""What is reported on: `place` and its code, `state`, or `meeting`, `focus` or `scenario` and its name."""
FILES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "gpkg": "application/geopackage+sqlite3",
}
"""The formats that a report is downloaded in, and their media types."""


def formats(code: str | None) -> list[str]:
    """The formats that can be made here; map layers only for a place.

    Parameters
    ----------
    code : the place's, if the report is on one.
    """
    there = {"pdf": find_spec("typst") is not None, "docx": find_spec("docx") is not None}
    there["docx"] = there["docx"] and there["pdf"]
    there["pptx"] = all(find_spec(name) is not None for name in ("pptx", "xlsxwriter"))
    there["gpkg"] = code is not None
    return [name for name, able in there.items() if able]


def beside_page(site: Site, code: str | None) -> list[str]:
    """The formats that lie beside a report's page; none in a portal that leaves reports out.

    Parameters
    ----------
    site : the portal.
    code : the place's, if the report is on one.
    """
    return formats(code) if site.reports else []


def file(site: Site, language: Language, report: Report, form: str, job: Job) -> bytes:
    """A report in one of its formats.

    Parameters
    ----------
    site, language : where and in which language it was made.
    report : the report.
    form : `pdf`, `docx`, `pptx` or `gpkg`.
    job : what the report is on, for slides and map layers.
    """
    from storregion.publish.reports import pdf

    if form == "gpkg":
        from storregion.publish.reports import layers

        return layers.written(subject.subject(site, language, job[1]), pdf.moment(report).date())
    if form == "pptx":
        from storregion.publish.reports import decks, slides_file

        return slides_file.written(decks.made(site, language, job))
    if form == "docx":
        from storregion.publish.reports import word_file

        return word_file.written(report)
    return pdf.written(report)
