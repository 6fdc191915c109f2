"""What was validated is what was read: no reader of separated values loses a line without saying so."""

import io
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl
import pytest

from storregion.core import csv_rows, figurefile
from storregion.core.csv_rows import BrokenRowError
from storregion.core.errors import DataError
from storregion.core.table import Column, Schema
from storregion.intake import separated
from storregion.intake.grid import Form
from storregion.sources.gtfs import cells

SCHEMA = Schema(
    "t", tuple(Column(name, pl.String, "text", optional=True) for name in "abc"), lambda: pytest.fail("words")
)
LINES = ["a,b,c", "k1,x,1", 'k2,"y, z",2', "k3,,3", 'k4,"he said ""no""",4', "k5,w,", "k6,v,6", "k7,u,7"]
KEYS = [line.partition(",")[0] for line in LINES[1:]]


def read(text: str) -> list[tuple[int, list[str]]]:
    return list(csv_rows.rows(io.StringIO(text, newline="")))


def test_rows_come_with_the_line_they_begin_on() -> None:
    assert read('a,b\r\n"1\n2",3\n\n4,5') == [(1, ["a", "b"]), (2, ["1\n2", "3"]), (4, []), (5, ["4", "5"])]


def test_a_bare_quotation_mark_inside_a_cell_stands_for_itself() -> None:
    assert read('T,5" hill\nU,5" hill\n') == [(1, ["T", '5" hill']), (2, ["U", '5" hill'])]


@pytest.mark.parametrize(
    ("text", "row", "why"),
    [
        # The mark before x is closed by the one after z: the line between them would be gone.
        ('a,b\n1,"x\n2,y\n3,z"\n', 2, "holds whole rows"),
        # Closed at once on the next line, which is a row itself.
        ('a,b,c\n1,"x,0\n2,y",0\n', 2, "holds whole rows"),
        ('a,b\n1,"x"y\n', 2, "expected after"),
        ('a,b\n1,"x\n', 2, "unexpected end"),
    ],
)
def test_what_would_swallow_lines_is_refused(text: str, row: int, why: str) -> None:
    with pytest.raises(BrokenRowError, match=why) as caught:
        read(text)
    assert caught.value.row == row


def test_a_cell_of_several_lines_that_are_not_rows_is_read() -> None:
    assert read('a,b,c\n1,"one, two\nthree",3\n')[1] == (2, ["1", "one, two\nthree", "3"])


# ---- 10 000 spoilt files, each read by every reader


def spoilt(chance: random.Random) -> tuple[str, set[str]]:
    """A file with one to three signs put in, taken out or exchanged, and the keys of lines left alone."""
    lines = list(LINES)
    touched = set()
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(1, len(lines))
        touched.add(at)
        line, spot = lines[at], chance.randint(0, len(lines[at]))
        sign = chance.choice(['"', '"', '""', ",", "x", ""])
        lines[at] = line[:spot] + sign + line[spot + chance.choice([0, 0, 1]) :]
    end = chance.choice(["\n", "\r\n"])
    return end.join(lines) + end, {KEYS[at - 1] for at in range(1, len(lines)) if at not in touched}


def of_rows(text: str, _: Path) -> Iterable[str]:
    found = read(text)
    if any(row and len(row) != 3 for _, row in found):
        raise DataError("uneven")
    return [row[0] for _, row in found if row]


def of_feed(text: str, _: Path) -> Iterable[str]:
    return cells.words(text.encode(), 3, [0, 2])["0"].str.strip_chars('"')


def of_figures(text: str, folder: Path) -> Iterable[str]:
    (folder / "t.csv").write_text(text, "utf-8", newline="")
    return figurefile.read(folder / "t.csv", SCHEMA)["a"]


def of_import(text: str, folder: Path) -> Iterable[str]:
    (folder / "t.csv").write_text(text, "utf-8", newline="")
    return separated.read_csv(folder / "t.csv", Form(separator=",")).cells["0"]


@pytest.mark.parametrize(
    ("reader", "files"), [(of_rows, 10_000), (of_feed, 10_000), (of_figures, 1_500), (of_import, 1_500)]
)
def test_a_spoilt_file_is_refused_or_keeps_every_line_that_was_left_alone(
    reader: Callable[[str, Path], Iterable[str]], files: int, tmp_path: Path
) -> None:
    chance, refused = random.Random(17), 0
    for _ in range(files):
        text, left_alone = spoilt(chance)
        try:
            found = set(reader(text, tmp_path))
        except (BrokenRowError, DataError, cells.UnevenRowsError):
            refused += 1
            continue
        assert left_alone <= found, text
    # Both happen often, or the test would show nothing.
    assert files / 10 < refused < files * 9 / 10


def test_the_fast_and_the_strict_parse_of_a_feed_agree() -> None:
    chance, fast = random.Random(3), 0
    for _ in range(3_000):
        rows = [[chance.choice(["x", "", '"y, z"', '""', "åä", '"q"']) for _ in range(3)] for _ in range(5)]
        end = chance.choice(["\n", "\r\n"])
        data = ("a,b,c" + end + end.join(map(",".join, rows)) + chance.choice(["", end])).encode()
        # The strict parse is Python's own csv, the fast one that of Polars.
        strict = cells._strict(data, 3, [0, 1, 2])
        found = cells.words(data, 3, [0, 1, 2])
        assert found.fill_null("").equals(strict), data
        fast += cells._lines(data, 3) is not None
    assert fast == 3_000
