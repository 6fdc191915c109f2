"""Reports and slides as files beside a page, where the packages that write them are installed."""

from collections.abc import Callable

from storregion.core.language import Language
from storregion.publish.parts import Export
from storregion.publish.reports import decks, pdf, scenario_sheet, slides_file
from storregion.publish.reports.files import FILES, Job, formats
from storregion.publish.site import Site


def slides(site: Site, language: Language, job: Job) -> dict[str, Export]:
    """A deck as a file, by name.

    Parameters
    ----------
    site, language : of the page.
    job : what the deck is on.
    """

    def written() -> bytes:
        return slides_file.written(decks.made(site, language, job))

    kind, name = job
    parts = [part for part in ("" if kind == "place" else kind, name) if part]
    return _if_installed("pptx", f"slides-{'-'.join(parts)}-{language}.pptx", written)


def sheet(site: Site, language: Language, name: str) -> dict[str, Export]:
    """A scenario on one page as a file, by name.

    Parameters
    ----------
    site, language : of the page.
    name : the scenario's.
    """

    def written() -> bytes:
        return pdf.written(scenario_sheet.report(site, language, name))

    return _if_installed("pdf", f"scenario-{name}-{language}.pdf", written)


def _if_installed(form: str, name: str, written: Callable[[], bytes]) -> dict[str, Export]:
    return {name: (FILES[form], written)} if form in formats(None) else {}
