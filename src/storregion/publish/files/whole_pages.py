"""The files of a baked page: what each view has of its own, and what is there once for all of them.

A server makes every form of a file when it is asked for; written beforehand, the smallest table would be
eight files.
"""

from collections.abc import Mapping

from storregion.core.language import Language
from storregion.publish.files.downloads import CSV_METADATA, MANY, WRITERS, endings
from storregion.publish.files.metadata import page_metadata
from storregion.publish.files.workbook import page_workbook
from storregion.publish.parts import Export, Page
from storregion.publish.view import View

METADATA = "csv-metadata.json"
"""Where programs look that find nothing of a CSV file beside it."""
BAKED = ("csv", "csv.gz", "parquet", "svg", "narrow.svg")


def baked_endings(view: View) -> list[str]:
    """The endings of the files that a view has of its own in a baked portal."""
    return [ending for ending in endings(view) if ending in BAKED]


def page_files(language: Language, address: str, page: Page) -> dict[str, Export]:
    """The files of all views of a page together, by name.

    Parameters
    ----------
    language, address : where the page lies.
    page : the page.
    """
    views = page.views
    if not views:
        return {}
    portal = "../" * address.count("/")
    found: dict[str, Export] = {METADATA: (CSV_METADATA, lambda: page_metadata(_csv_files(views), portal))}
    if sheets := [view for view in views.values() if in_workbook(view)]:
        kind = WRITERS["xlsx"][0]
        found[workbook_name(language, address)] = (kind, lambda: page_workbook(page.title, sheets))
    return found


def _csv_files(views: Mapping[str, View]) -> dict[str, View]:
    return {f"{name}.{'csv' if 'csv' in endings(view) else 'csv.gz'}": view for name, view in views.items()}


def in_workbook(view: View) -> bool:
    """Whether a view is a sheet of its page's workbook."""
    return view.frame.height <= MANY


def workbook_name(language: Language, address: str) -> str:
    """The name of a page's workbook, which says what is in it wherever it is kept.

    Examples
    --------
    >>> workbook_name("sv", "place/0380/"), workbook_name("en", "")
    ('place-0380-sv.xlsx', 'start-en.xlsx')
    """
    return f"{address.strip('/').replace('/', '-') or 'start'}-{language}.xlsx"
