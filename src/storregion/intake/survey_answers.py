"""The answers to a survey as its tool writes them, read by a codebook: every fault with its row."""

from pathlib import Path

import polars as pl

from storregion.core.errors import DataError, nearest
from storregion.core.table import listed
from storregion.intake.codebook import Codebook, Question
from storregion.intake.grid import Grid
from storregion.intake.separated import read_csv


def read_answers(path: Path, book: Codebook) -> pl.DataFrame:
    """Answers by respondent: a column for each question, null where there is none, and `weight`.

    A question with several answers has lists of codes. One who chose none of them gave no answer.

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
    found: dict[str, pl.Series] = {}
    faults: list[str] = []
    for name, question in book.questions.items():
        found[name], wrong = _answered(grid, question, book.no_answer, path)
        faults += wrong
    weights, wrong_weights = _weights(grid, book, path)
    faults += wrong_weights + _twice(grid, book, path)
    if faults:
        raise DataError(f"{path} does not fit its codebook:\n  {listed(faults)}")
    if grid.rows.len() < max(2, book.least):
        raise DataError(
            f"{path} has too few respondents: {grid.rows.len()}, but at least {max(2, book.least)} are "
            "needed for shares that say something and identify nobody; wait for more answers"
        )
    return pl.DataFrame(found).with_columns(weight=weights)


def _answered(
    grid: Grid, question: Question, no_answer: tuple[str, ...], path: Path
) -> tuple[pl.Series, list[str]]:
    """The codes that each respondent gave to a question, and those that the codebook does not have."""
    if question.columns:
        return _ticked(grid, question, no_answer, path)
    words = _column(grid, question.column, path)
    given = pl.select(pl.when(~words.is_in(list(no_answer))).then(words)).to_series()
    if question.between is None:
        return given, _unknown(grid.rows, question.column, given, list(question.answers))
    parts = given.str.split(question.between).list.eval(pl.element().str.strip_chars())
    parts = parts.list.eval(pl.element().filter(pl.element() != "")).list.unique(maintain_order=True)
    each = pl.DataFrame({"row": grid.rows, "code": parts}).explode("code")
    faults = _unknown(each["row"], question.column, each["code"], list(question.answers))
    return pl.select(pl.when(parts.list.len() > 0).then(parts)).to_series(), faults


def _ticked(
    grid: Grid, question: Question, no_answer: tuple[str, ...], path: Path
) -> tuple[pl.Series, list[str]]:
    """The codes whose own column says that they were chosen."""
    chosen, faults = {}, []
    signs = [*question.chosen, *question.not_chosen]
    for code, name in question.columns.items():
        words = _column(grid, name, path)
        chosen[code] = words.is_in(list(question.chosen))
        faults += _unknown(grid.rows, name, words.set(words.is_in(list(no_answer)), None), signs)
    codes = [[code for code in chosen if chosen[code][row]] or None for row in range(grid.rows.len())]
    return pl.Series(codes, dtype=pl.List(pl.String)), faults


def _unknown(rows: pl.Series, column: str, codes: pl.Series, known: list[str]) -> list[str]:
    """The codes that are not known, each with its row."""
    wrong = codes.is_not_null() & ~codes.is_in(known)
    return [
        f"row {row}, column {column!r}: the code {code!r} is not in the codebook; {nearest(code, known)}"
        for row, code in zip(rows.filter(wrong), codes.filter(wrong), strict=True)
    ]


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
