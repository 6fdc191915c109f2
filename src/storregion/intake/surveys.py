"""A survey into the group: answers read by a codebook, counted, and small numbers withheld.

The answers themselves never enter the group's folder; only counts do.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from storregion.core import figurefile, origins
from storregion.core.errors import CallError, DataError, StorregionError, nearest
from storregion.core.landing import land
from storregion.core.table import listed
from storregion.core.workspace import Workspace
from storregion.intake import importing, rehearsal
from storregion.intake.codebook import Codebook, read_codebook
from storregion.intake.grid import Grid
from storregion.intake.separated import read_csv
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


def read_answers(path: Path, book: Codebook) -> pl.DataFrame:
    """Answers by respondent: a column for each question, null where there is none, and `weight`.

    Parameters
    ----------
    path : the CSV file, as the survey tool writes it.
    book : its codebook.

    Raises
    ------
    DataError
        A column is missing, a code or weight is unknown, somebody answers twice, or too few answered; every
        fault with its row.
    """
    grid = read_csv(path, book)
    found, faults = {}, []
    for name, question in book.questions.items():
        words = _column(grid, question.column, path)
        none = words.is_in(list(book.no_answer))
        codes = pl.select(pl.when(~none).then(words)).to_series().alias(name)
        wrong = codes.is_not_null() & ~codes.is_in(list(question.answers))
        faults += [
            f"row {row}, column {question.column!r}: the code {code!r} is not in the codebook; "
            f"{nearest(code, question.answers)}"
            for row, code in zip(grid.rows.filter(wrong), codes.filter(wrong), strict=True)
        ]
        found[name] = codes
    weights, wrong_weights = _weights(grid, book, path)
    faults += wrong_weights + _twice(grid, book, path)
    if faults:
        raise DataError(f"{path} does not fit its codebook:\n  {listed(faults)}")
    if grid.rows.len() < max(2, book.least):
        raise DataError(
            f"{path} has {grid.rows.len()} respondents; at least {max(2, book.least)} are needed for shares "
            "that say something and point nobody out"
        )
    return pl.DataFrame(found).with_columns(weight=weights)


def _column(grid: Grid, name: str, path: Path) -> pl.Series:
    count = grid.names.count(name)
    if count != 1:
        fault = f"has {count} columns {name!r}" if count else f"has no column {name!r}"
        raise DataError(f"{path} {fault}; {nearest(name, grid.names)}")
    return grid.cells[str(grid.names.index(name))].fill_null("").str.strip_chars()


def _weights(grid: Grid, book: Codebook, path: Path) -> tuple[pl.Series, list[str]]:
    """How much each respondent counts; 1 where no column says."""
    if book.weight is None:
        return pl.repeat(1.0, grid.rows.len(), eager=True), []
    words = _column(grid, book.weight, path)
    values = words.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    wrong = ~(values.is_finite() & (values > 0)).fill_null(False)
    return values, [
        f"row {row}, column {book.weight!r}: the weight {word!r} is not a number above 0"
        for row, word in zip(grid.rows.filter(wrong), words.filter(wrong), strict=True)
    ]


def _twice(grid: Grid, book: Codebook, path: Path) -> list[str]:
    """Respondents that stand in several rows."""
    if book.respondent is None:
        return []
    words = _column(grid, book.respondent, path)
    again = ~words.is_first_distinct()
    return [
        f"row {row}, column {book.respondent!r}: the respondent {word!r} has answered before; keep one"
        for row, word in zip(grid.rows.filter(again), words.filter(again), strict=True)
    ]


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
    DataError
        Codebook or answers have faults; nothing is written then.
    """
    for needed in (path, codebook):
        if not needed.is_file():
            raise CallError(f"{needed} does not exist, or is not a file")
    book = read_codebook(codebook)
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
    }
