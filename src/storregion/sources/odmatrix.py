"""Matrices of origin and destination: any user's file of commuting in, one table out, and its judgement."""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from storregion.core.errors import DataError, nearest
from storregion.core.table import FAULTS_SHOWN, listed
from storregion.intake import odmap
from storregion.intake.odmap import COLUMNS, Cells, Map

# Statistics Sweden's employed residents have lain between about 4.0 and 5.3 million since 2004; the bounds
# leave room for earlier and later years, yet tell a part of the country, or one counted twice.
LEAST_EMPLOYED, MOST_EMPLOYED = 3_500_000, 6_500_000
# From this share of the municipalities on, a matrix is taken for a national one.
NATIONAL_SHARE = 0.9
# Since 2022 every cell is perturbed by itself, so the sexes need not sum to the total exactly.
SEXES_APART = 0.05
FIRST_YEAR, LAST_YEAR = 1985, 2100

KEY = ["year", "home", "work", "sex"]
SEXES = {
    "totalt": "total",
    "total": "total",
    "1+2": "total",
    "män": "men",
    "men": "men",
    "1": "men",
    "kvinnor": "women",
    "women": "women",
    "2": "women",
}
"""The words for the sexes that are understood when a map gives none; capitals make no difference."""

_PLACES_SHOWN = 20
# A column's type, the value that a word means (None when it means none), and why it means none.
_Kind = tuple[pl.DataType, Callable[[str], Any], Callable[[str], str]]
_SIGNS = (".", "..", "...", ":", "x", "xx", "*", "c", "na", "n/a", "nan", "null")
_NUMBER = re.compile(r"[-\u2212+]?\d+(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_EMPTY = {
    "year": "give a year",
    "home": "give a code",
    "work": "give a code",
    "sex": "give a word",
    "persons": "write 0 where no one commutes",
}


# ---- the judgement


def faults(frame: pl.DataFrame, municipalities: int) -> list[str]:
    """What keeps a frame from being commuting in the whole country.

    Parameters
    ----------
    frame : rows with year, home, work, sex and persons, as in `commuting_observed`.
    municipalities : how many municipalities the country has.

    Returns
    -------
    Every fault in words with the year, the sex and the municipality concerned; none when all is well.
    """
    found = [
        f"{year}: no year between {FIRST_YEAR} and {LAST_YEAR}; is the year's column the right one?"
        for year in frame["year"].unique().sort()
        if not FIRST_YEAR <= year <= LAST_YEAR
    ]
    for (year, sex), part in frame.sort("year", "sex").group_by("year", "sex", maintain_order=True):
        name = f"{year}, {sex}"
        flows = part.filter(pl.col("persons") > 0)
        found += _diagonal(name, flows)
        found += _one_way(name, flows)
        found += _national(name, flows, municipalities, judge_total=sex == "total")
    return found + _sexes_apart(frame)


def _diagonal(name: str, flows: pl.DataFrame) -> list[str]:
    """Municipalities that people commute from, but where nobody both lives and works."""
    inside = flows.filter(pl.col("home") == pl.col("work"))["home"]
    if flows.is_empty():
        return [f"{name}: no one commutes at all"]
    if inside.is_empty():
        return [f"{name}: home = work is missing entirely; read in those who work where they live, too"]
    lacking = flows.filter(~pl.col("home").is_in(inside.implode()))["home"].unique().sort()
    return [f"{name}: {home} has commuters out, but home = work is missing there" for home in lacking]


def _one_way(name: str, flows: pl.DataFrame) -> list[str]:
    """A triangle: several pairs, and all of them in the same order of codes."""
    pairs = flows.filter(pl.col("home") != pl.col("work"))
    rising = pairs.filter(pl.col("home") < pl.col("work")).height
    if pairs.height < 2 or 0 < rising < pairs.height:
        return []
    order, pair = ("higher" if rising else "lower"), pairs.row(0, named=True)
    return [
        f"{name}: one direction only: every work has a {order} code than its home, as in {pair['home']} → "
        f"{pair['work']}; read in both directions, not their sum"
    ]


def _national(name: str, flows: pl.DataFrame, municipalities: int, *, judge_total: bool) -> list[str]:
    """Too few municipalities, or a sum that cannot be the country's."""
    there = pl.concat([flows["home"], flows["work"]]).n_unique()
    if there < NATIONAL_SHARE * municipalities:
        return [
            f"{name}: the matrix is not national: {there} of {municipalities} municipalities take part. "
            "Read national matrices whole, or shares of outflow come out wrong"
        ]
    total = flows["persons"].sum()
    if judge_total and not LEAST_EMPLOYED <= total <= MOST_EMPLOYED:
        return [
            f"{name}: the sum is {total:.0f} persons, which cannot be the employed of Sweden "
            f"({LEAST_EMPLOYED} to {MOST_EMPLOYED}). Are the cells persons, and each counted once?"
        ]
    return []


def _sexes_apart(frame: pl.DataFrame) -> list[str]:
    """Years in which men and women together are far from the total."""
    sums = frame.group_by("year", "sex").agg(pl.col("persons").sum()).pivot("sex", index="year")
    if not {"total", "men", "women"} <= set(sums.columns):
        return []
    both = pl.col("men") + pl.col("women")
    apart = sums.sort("year").filter((both - pl.col("total")).abs() > SEXES_APART * pl.col("total"))
    return [
        f"{row['year']}: men and women are {row['men'] + row['women']:.0f} together, but the total is "
        f"{row['total']:.0f}; small differences are allowed, not more than {SEXES_APART:.0%}"
        for row in apart.iter_rows(named=True)
    ]


# ---- the file as a table


def read(path: Path, chosen: Map, municipalities: Collection[str]) -> pl.DataFrame:
    """Read any file of commuting: CSV, XLSX, Parquet, JSON-stat 2 or PX.

    Parameters
    ----------
    path : the file; its ending says what it is.
    chosen : how the file says what we call home, work, sex, year and persons.
    municipalities : the codes of every municipality of the country.

    Returns
    -------
    The columns year, home, work, sex and persons, sorted.

    Raises
    ------
    DataError
        One error with every fault, each with its place in the file.
    CallError
        A package that the form of the file needs is not installed.
    """
    try:
        cells = odmap.cells(path, chosen)
    except DataError as error:
        if str(error).startswith(str(path)):
            raise
        raise _error(path, [str(error)]) from None
    frame, found = _typed(cells, chosen, set(municipalities))
    found += _repeated(cells, frame)
    found = found or faults(frame, len(municipalities))
    if found:
        raise _error(path, found)
    return frame.sort(KEY)


def totals(frame: pl.DataFrame) -> pl.DataFrame:
    """The persons of every year and sex, sorted.

    Parameters
    ----------
    frame : rows with year, home, work, sex and persons.

    Returns
    -------
    The columns year, sex and persons.
    """
    return frame.group_by("year", "sex").agg(pl.col("persons").sum()).sort("year", "sex")


def _error(path: Path, found: list[str]) -> DataError:
    return DataError(f"{path} holds no commuting matrix as the map has it:\n  {listed(found)}")


def _typed(cells: Cells, chosen: Map, known: Collection[str]) -> tuple[pl.DataFrame, list[str]]:
    """The words of every cell as values, null where they mean none, and a fault for each of those."""
    words = {word.casefold(): sex for word, sex in (chosen.sexes or SEXES).items()}
    sign = chosen.decimal or "."
    end: _Kind = (
        pl.String(),
        lambda word: _code(word, chosen.code, known),
        lambda word: _no_code(word, chosen.code),
    )
    kinds: dict[str, _Kind] = {
        "year": (pl.Int64(), _year, lambda word: "is no year of four digits"),
        "home": end,
        "work": end,
        "sex": (
            pl.String(),
            lambda word: words.get(word.casefold()),
            lambda word: f"is no word for a sex; {nearest(word.casefold(), words)}. Write sexes in the map",
        ),
        "persons": (pl.Float64(), lambda word: _persons(word, sign), lambda word: _no_persons(word, sign)),
    }
    columns: list[pl.Series | pl.Expr] = []
    found: list[str] = []
    for name, (dtype, value, reason) in kinds.items():
        if name not in cells.frame.columns:
            columns.append(pl.lit(getattr(chosen.constants, name), dtype).alias(name))
            continue
        given = cells.frame[name]
        meant = {word: value(word) for word in given.unique().drop_nulls()}
        typed = given.replace_strict(meant, default=None, return_dtype=dtype)
        columns.append(typed.alias(name))
        found += _told(cells, name, typed.is_null(), reason)
    return cells.frame.select(columns).select(COLUMNS), found


def _told(cells: Cells, name: str, wrong: pl.Series, reason: Callable[[str], str]) -> list[str]:
    """A line for every wrong value of a column, with the places where it stands in the user's file."""
    bad = cells.frame.filter(wrong).select(value=name, place=cells.places[name]).unique(maintain_order=True)
    values = bad.group_by("value", maintain_order=True).agg(
        pl.col("place").head(_PLACES_SHOWN), count=pl.len()
    )
    lines = []
    for row in values.head(FAULTS_SHOWN).iter_rows(named=True):
        word = row["value"]
        what = f"empty; {_EMPTY[name]}" if word is None else f"{word[:60]!r} {reason(word)}"
        lines.append(f"{_places(row)}: {what}")
    rest = values.height - len(lines)
    return lines + ([f"… and {rest} other words for {name} that mean nothing"] if rest else [])


def _places(row: Mapping[str, Any]) -> str:
    rest = row["count"] - len(row["place"])
    return "; ".join(row["place"]) + (f" and {rest} places more" if rest else "")


def _repeated(cells: Cells, frame: pl.DataFrame) -> list[str]:
    """Pairs that stand more than once, with every place."""
    placed = cells.frame.select(place=cells.places["persons"])
    whole = pl.concat([frame.select(KEY), placed], how="horizontal").drop_nulls()
    twice = whole.filter(whole.select(KEY).is_duplicated())
    pairs = twice.group_by(KEY, maintain_order=True).agg(pl.col("place").head(_PLACES_SHOWN), count=pl.len())
    return [
        f"{_places(row)}: {row['home']} → {row['work']} ({row['year']}, {row['sex']}) stands more than once"
        for row in pairs.head(FAULTS_SHOWN + 1).iter_rows(named=True)
    ]


def _year(word: str) -> int | None:
    # A year that was a number with decimals in Parquet or a workbook is still that year.
    return int(word[:4]) if re.fullmatch(r"\d{4}(\.0)?", word, re.ASCII) else None


def _code(word: str, way: str, known: Collection[str]) -> str | None:
    """The municipality that a word names, by the map's way of writing codes."""
    if way == "leading":
        word = word[:4] if re.match(r"\d{4}(?!\w)", word) else ""
    elif way == "number":
        word = word.removesuffix(".0").zfill(4) if re.fullmatch(r"\d{3,4}(\.0)?", word, re.ASCII) else ""
    return word if word in known else None


def _no_code(word: str, way: str) -> str:
    if way != "number" and re.fullmatch(r"[1-9]\d\d(\.0)?", word):
        return (
            "is a number, which has lost the zeros a code begins with; save the codes as words, or write "
            'code = "number" in the map'
        )
    if way == "whole" and re.match(r"\d{4}(?!\w).", word):
        return 'has words behind the code; write code = "leading" in the map'
    return "is the code of no municipality; take totals and other areas out of the file"


def _persons(word: str, decimal: str) -> float | None:
    """A number of persons, or None where the word is none or below zero."""
    plain = word.replace(".", "?").replace(",", ".") if decimal == "," else word
    if not _NUMBER.fullmatch(plain):
        return None
    number = float(plain.replace("\u2212", "-"))
    return number if 0 <= number < float("inf") else None


def _no_persons(word: str, decimal: str) -> str:
    if word.casefold() in _SIGNS:
        return (
            "is a sign that the value is suppressed or missing, which is not zero; "
            "fetch the figures without suppression, or leave the year out"
        )
    if word in ("-", "\u2013", "\u2014", "\u2212"):
        return "is a dash, which may be zero or no value; write 0 if it is zero"
    if _NUMBER.fullmatch(word.replace(",", ".")) and word.startswith(("-", "\u2212")):
        return "is below zero"
    if re.fullmatch(r"\d{1,3}([\s.,]\d{3})+", word):
        return "is no number; write it without signs between the thousands"
    if re.fullmatch(r"\d+[.,]\d+", word):
        return f"is no number with the decimal sign {decimal!r}; the map of a CSV file can say decimal = …"
    return "is no number"
