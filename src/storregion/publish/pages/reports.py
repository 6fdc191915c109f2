"""Reports as pages of the portal, with the files to download."""

from collections.abc import Callable, Mapping
from functools import partial

from markupsafe import Markup

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.numbers import in_cell
from storregion.publish.parts import Export, Page
from storregion.publish.rendering import filled
from storregion.publish.reports import state, subject, underlag
from storregion.publish.reports.files import FILES, beside_page, file
from storregion.publish.reports.model import Cell, Drawing, Report, Sentence
from storregion.publish.reports.wording import fresh, word
from storregion.publish.site import Maker, Site
from storregion.publish.words import WORDS

Maken = Callable[[Site, Language], Report]


def addresses(site: Site) -> dict[str, Maker]:
    """The pages of reports: one for each municipality and county, and the state of the group.

    Parameters
    ----------
    site : the portal; a group without growth has no reports.
    """
    if not {"growth", "places", "membership"} <= set(site.workspace.steps):
        return {}
    found: dict[str, Maker] = {}
    for code in subject.codes(site):
        address = f"place/{code}/underlag/"
        made = partial(underlag.report, code=code)
        found[address] = partial(_page, address=address, made=made, code=code)
    if site.strategy.latest is not None:
        found["state/"] = partial(_page, address="state/", made=state.report)
    return found


def _page(site: Site, language: Language, address: str, made: Maken, code: str | None = None) -> Page:
    report = made(site, language)
    job = ("place", code) if code else ("state", "")
    files = {
        f"{report.name}.{form}": (FILES[form], partial(file, site, language, report, form, job))
        for form in beside_page(site, code)
    }
    back = ("", WORDS["start"][language])
    if code is not None:
        back = (f"place/{code}/", subject.subject(site, language, code).name)
    return page_of(site, report, address, back, files)


def _svg(drawing: Drawing) -> bytes:
    return drawing.svg.encode()


def page_of(
    site: Site, report: Report, address: str, back: tuple[str, str], files: Mapping[str, Export]
) -> Page:
    """A report as a page, with its pictures and files beside it.

    Parameters
    ----------
    site : the portal.
    report : what it shows.
    address : where it stands below the language.
    back : the address and words of the page that it belongs to.
    files : the files to download, by name.
    """
    language, path = report.language, f"{report.language}/{address}"

    def show(cell: Cell) -> str | Markup:
        if isinstance(cell, Sentence):
            return filled(cell.template, dict(cell.parts), language, path, magnitude=cell.magnitude)
        return in_cell(cell, language) if isinstance(cell, Figure) else cell

    pictures: dict[str, Export] = {
        f"{block.name}.svg": ("image/svg+xml", partial(_svg, block))
        for block in report.blocks
        if isinstance(block, Drawing)
    }
    context = {
        "report": report,
        "show_cell": show,
        "files": list(files),
        "words": {
            name: word(name, language) for name in ("files", "files_hint", "files_left_out", "table_hint")
        },
        "said_fresh": fresh(report),
        "in_table": lambda table: word("in_table", language, table=table),
        "back": back,
    }
    return Page("underlag.html", report.title, context, extra={**pictures, **files})
