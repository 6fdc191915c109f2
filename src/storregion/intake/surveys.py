"""A survey into the group: answers read by a codebook, counted, and small numbers withheld.

The answers themselves never enter the group's folder; only counts do.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from storregion.core import figurefile, origins
from storregion.core.errors import CallError, SettingError, StorregionError, nearest
from storregion.core.landing import land
from storregion.core.workspace import Workspace
from storregion.intake import importing, rehearsal
from storregion.intake.codebook import Codebook, read_codebook
from storregion.intake.survey_answers import read_answers
from storregion.intake.survey_cells import counted

TABLE = "survey_counts"


@dataclass(frozen=True)
class Surveyed:
    """What was read: where the counts lie, respondents, cells and how many of them are withheld."""

    path: Path
    respondents: int
    cells: int
    withheld: int
    replaced: bool


def take_survey(workspace: Workspace, path: Path, codebook: Path, year: int) -> Surveyed:
    """Count a survey's answers and put the counts among the group's fetched files, as one year of it.

    Parameters
    ----------
    workspace : the group that is to have it.
    path : the answers.
    codebook : how they are read.
    year : when they were given.

    Raises
    ------
    CallError
        A file does not exist.
    SettingError, DataError
        Codebook or answers have faults; nothing is written then.
    """
    for needed in (path, codebook):
        if not needed.is_file():
            raise CallError(f"{needed} does not exist, or is not a file")
    book = read_codebook(codebook)
    _all_places(workspace, codebook, book)
    answers = read_answers(path, book)
    counts = counted(answers, book, year)
    place = importing.destinations(TABLE)[0]
    file, folder = f"survey_{book.survey}_{year}.csv", workspace.folder / importing.FETCHED
    data = figurefile.written(counts)
    with TemporaryDirectory() as drafts:
        draft = Path(drafts) / file
        try:
            rehearsal.rehearse(workspace, place.step, replace(place.raw, file=file), data, draft)
        except StorregionError as error:
            raise type(error)(str(error).replace(str(draft), f"{path}, as {file},")) from None
    replaced = (folder / file).is_file()
    lines = origins.lines_with(folder / origins.SOURCES, _line(file, book, answers.height, year))
    land(
        workspace.folder,
        {f"{importing.FETCHED}/{file}": data, f"{importing.FETCHED}/{origins.SOURCES}": lines},
    )
    withheld = counts["respondents"].null_count()
    return Surveyed(folder / file, answers.height, counts.height, withheld, replaced)


def _all_places(workspace: Workspace, path: Path, book: Codebook) -> None:
    """Refuse codes of places that the group does not have."""
    if book.place is None:
        return
    known = workspace.table("places").filter(pl.col("kind") != "node")["place"].to_list()
    if lost := [code for code in book.questions[book.place].answers if code not in known]:
        raise SettingError(
            f"{path}: questions.{book.place} has the code {lost[0]!r}, but place names it, and the group has "
            f"no such place; {nearest(lost[0], known)}"
        )


def _line(file: str, book: Codebook, respondents: int, year: int) -> dict[str, str | None]:
    """The counts' line in `sources.csv`."""
    return {
        "file": file,
        "producer": book.origin.producer,
        "title_sv": book.origin.title_sv,
        "title_en": book.origin.title_en,
        "url": book.origin.url or None,
        "licence": book.origin.licence,
        "checked_sv": f"{respondents} svarande, {year}",
        "checked_en": f"{respondents} respondents, {year}",
        "defects_sv": f"Färre än {book.least} svarande visas inte",
        "defects_en": f"Fewer than {book.least} respondents are not shown",
        "producer_en": book.origin.producer_en or None,
        "licence_en": book.origin.licence_en or None,
    }
