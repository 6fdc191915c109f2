"""What is made of tables is made once for the same tables, and anew for others."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import NamedTuple

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.sharing import shared


class Two(NamedTuple):
    one: pl.DataFrame
    other: pl.DataFrame


def table(*numbers: int, name: str = "n") -> pl.DataFrame:
    return pl.DataFrame({name: numbers}, schema={name: pl.Int64})


def test_the_same_tables_give_the_same_thing_and_others_another() -> None:
    made: list[int] = []

    @shared(most=4)
    def total(two: Two, more: pl.DataFrame) -> list[object]:
        made.append(1)
        return [frame.to_series().sum() for frame in (*two, more)]

    first = total(Two(table(1, 2), table(3)), table(4))
    assert total(Two(table(1, 2), table(3)), table(4)) is first == [3, 3, 4]
    others = [
        (Two(table(2, 1), table(3)), table(4)),
        (Two(table(1, 2), table(3)), table(4, name="m")),
        (Two(table(1, 2, 3), table()), table(4)),
        (Two(table(1, 2), table(3)), table(4).cast(pl.Int32)),
    ]
    assert all(total(*other) is not first for other in others)
    assert len(made) == 5
    # By name the tables count as well.
    again = [total(Two(table(1, 2), table(3)), more=table(n)) for n in (4, 5)]
    assert again == [[3, 3, 4], [3, 3, 5]]


def test_only_the_latest_are_kept() -> None:
    made: list[int] = []

    @shared(most=2)
    def first(frame: pl.DataFrame) -> int:
        made.append(frame["n"][0])
        return made[-1]

    assert [first(table(n)) for n in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert made == [1, 2, 3, 2]


def test_who_asks_meanwhile_waits_and_makes_nothing() -> None:
    made: list[int] = []
    ready = Barrier(4)

    @shared(most=1)
    def slow(frame: pl.DataFrame) -> object:
        made.append(1)
        return object()

    def ask(_: int) -> object:
        ready.wait()
        return slow(table(1))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(map(id, pool.map(ask, range(4))))) == 1
    assert made == [1]


def test_an_error_is_raised_and_not_kept() -> None:
    made: list[int] = []

    @shared(most=1)
    def wrong(frame: pl.DataFrame) -> int:
        made.append(1)
        raise DataError("wrong")

    for _ in range(2):
        with pytest.raises(DataError, match="wrong"):
            wrong(table(1))
    assert made == [1, 1]


def test_only_tables_are_shared() -> None:
    @shared(most=1)
    def of(number: int) -> int:
        return number

    with pytest.raises(TypeError, match="only tables can be shared, not int"):
        of(3)
