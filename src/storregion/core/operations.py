"""Operations of a scenario on years: checked one by one, and what they change marked as assumed."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol, TypeVar

import polars as pl

from storregion.core.errors import ItemError, nearest
from storregion.core.language import Text


class Operation(Protocol):
    """What an operation says: where and in which years, why it is made, and what it rests on."""

    @property
    def municipality(self) -> str:
        """The code of the municipality."""

    @property
    def from_year(self) -> int:
        """The first year."""

    @property
    def until_year(self) -> int | None:
        """The last year; None where it goes on."""

    @property
    def because(self) -> Text:
        """Why it is made."""

    @property
    def source(self) -> str:
        """What it rests on."""


Made = TypeVar("Made", bound=Operation)


def checked(
    where: str,
    made: Sequence[Made],
    municipalities: Sequence[str],
    more: Callable[[Made], str | None] = lambda _: None,
) -> Iterator[tuple[int, str, Made, tuple[str, str, str, str]]]:
    """Each operation with its number and kind, and after it its reason, source and basis.

    Parameters
    ----------
    where : the table and the assumption, such as `projection_operations.made`.
    made : the operations in the scenario's order.
    municipalities : those that there are.
    more : what else is wrong with an operation, and what to do; None where nothing is.

    Raises
    ------
    ItemError
        One names a municipality that does not exist, ends before it begins, or has another fault.
    """
    for number, one in enumerate(made, 1):
        kind = str(one.__struct_config__.tag)  # type: ignore[attr-defined]
        if fault := _fault(one, municipalities) or more(one):
            raise ItemError(where, number, f"{where}: operation {number} ({kind}): {fault}")
        yield number, kind, one, (one.because.sv, one.because.en, one.source, "assumed")


def from_first(years: Sequence[int], first: pl.Series) -> list[int]:
    """The years from the first of some operations on; none where there are no operations.

    Parameters
    ----------
    years : of a table.
    first : the first year of each operation.
    """
    return [year for year in years if len(first) and year >= int(first.to_numpy().min())]


def in_force(operations: pl.DataFrame, years: Collection[int]) -> pl.DataFrame:
    """The operations that act in each of some years, from their first year to their last, both included.

    Parameters
    ----------
    operations : a row each, with `from_year` and `until_year`, which is empty where they act for good.
    years : the years, each once.

    Returns
    -------
    A row for each operation and year that it acts in, with the columns of `operations` and `year`.
    """
    each = pl.DataFrame({"year": list(years)}, schema={"year": pl.Int64})
    until = pl.col("until_year").is_null() | (pl.col("until_year") >= pl.col("year"))
    return operations.join(each, how="cross").filter(pl.col("from_year") <= pl.col("year"), until)


def assumed_in(years: Collection[int], basis: pl.Expr) -> pl.Expr:
    """How rows with a year are known where operations change those of some years.

    Parameters
    ----------
    years : those in which an operation may change a row.
    basis : how the rows are known without operations.
    """
    changed = pl.col("year").is_in(list(years))
    return pl.when(changed).then(pl.lit("assumed")).otherwise(basis).alias("basis")


def _fault(one: Operation, municipalities: Sequence[str]) -> str | None:
    """What is wrong with an operation's place or years; None where nothing is."""
    place = one.municipality
    if place not in municipalities:
        return f"the municipality {place!r} does not exist; {nearest(place, municipalities)}"
    if one.until_year is not None and one.until_year < one.from_year:
        return f"it ends in {one.until_year}, before it begins in {one.from_year}; swap the years"
    return None
