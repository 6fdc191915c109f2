"""Rows of separated values, each whole: the one parse behind every CSV file that is read.

A quotation mark too many makes a parser take the lines up to the next one for a single cell. The number of
cells may then still be right, so such lines are looked for here, and refused.
"""

import csv
import re
from collections.abc import Iterable, Iterator

_LINE_END = re.compile(r"\r\n|\r|\n")


class BrokenRowError(Exception):
    """A row that cannot be read; whoever reads the file says which file.

    Attributes
    ----------
    row : the line of the file, from 1.
    why : what is wrong and what to do.
    """

    def __init__(self, row: int, why: str) -> None:
        """The message names the row."""
        super().__init__(f"row {row}: {why}")
        self.row, self.why = row, why


def rows(lines: Iterable[str], separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The cells of every row, and the line it begins on (the first is 1); a blank line has no cells.

    A quotation mark inside a cell that does not begin with one stands for itself.

    Parameters
    ----------
    lines : the lines with their ends as they are in the file, such as a text file opened with newline="".
    separator : between the cells.

    Raises
    ------
    BrokenRowError
        A quoted cell goes on behind its closing mark, is not closed, or holds lines that are rows themselves.
    """
    reader = csv.reader(lines, strict=True, delimiter=separator)
    start = 1
    try:
        for cells in reader:
            if reader.line_num > start and _holds_rows(cells, separator):
                raise BrokenRowError(
                    start,
                    "a quoted cell holds whole rows of the table; a quotation mark is missing or too many",
                )
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise BrokenRowError(reader.line_num, str(error)) from None


def _holds_rows(cells: list[str], separator: str) -> bool:
    """Whether a cell of a row holds a line that has as many separators as the row itself."""
    whole = len(cells) - 1
    for at, cell in enumerate(cells):
        first, *inner = [line.count(separator) for line in _LINE_END.split(cell)]
        if inner:
            inner[-1] += whole - at
        # The last line of a first cell in several lines always has them; it says nothing by itself.
        if whole in inner[:-1] or (whole in inner and (at or first == whole)):
            return True
    return False
