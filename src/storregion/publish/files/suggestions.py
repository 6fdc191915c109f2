"""A plan's statements with their suggestions as a file."""

import csv
import io
from collections.abc import Sequence

from storregion.core.figurefile import harmless
from storregion.publish.site import Site
from storregion.strategy import suggestions
from storregion.strategy.plans import Plan
from storregion.strategy.suggestions import Suggested


def index(site: Site) -> suggestions.Index | None:
    """What suggestions are made by; None for a group without words for its subjects."""
    folder = site.workspace.folder
    if not (folder / "strategy" / suggestions.SUBJECT_WORDS).is_file():
        return None
    return suggestions.index(folder, site.strategy)


def suggestions_file(site: Site, found: Plan) -> bytes:
    """A plan's statements with their suggestions as CSV. No cell is a formula."""
    ready = index(site)
    made: Sequence[Suggested] = suggestions.suggested(site.workspace.folder, found, ready) if ready else []
    frame = suggestions.table(found, made)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*frame.columns, "state"])
    for row in frame.iter_rows():
        cells = ["" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in row]
        writer.writerow([*cells, "suggested; not confirmed" if row[5] else ""])
    return buffer.getvalue().encode()
