"""Quartiles of a measure over places: by hand, and against the definition in plain Python."""

import statistics
from collections.abc import Iterable
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest

from storregion.core.columns import basis
from storregion.core.language import Text
from storregion.core.spread import LEAST, Spread
from storregion.core.table import Column, Schema
from storregion.core.words import Said
from storregion.core.workspace import Workspace

T = Text("x", "x")
TOWNS = Schema(
    "towns",
    (
        Column("town", pl.String, "code", key=True),
        Column("year", pl.Int64, "year", key=True),
        Column("way", pl.String, "code", key=True),
        Column("minutes", pl.Float64, "minutes"),
        basis(),
    ),
    lambda: Said(T, T),
)


def of_towns(rows: pl.DataFrame, towns: Iterable[int], **fixed: str) -> Spread:
    """The spread of a made table over some of its towns."""
    work = SimpleNamespace(
        schemas={"towns": TOWNS}, table={"towns": rows}.__getitem__, key={"towns": "k"}.__getitem__
    )
    codes = frozenset(f"t{at}" for at in towns)
    return Spread(cast(Workspace, work), "towns", "minutes", "town", "towns", codes, fixed)


def towns(year: int, way: str, minutes: Iterable[float | None], basis: str = "observed") -> pl.DataFrame:
    """A row for each of some towns, from t0 on."""
    rows = [(f"t{at}", year, way, value, basis) for at, value in enumerate(minutes)]
    return pl.DataFrame(rows, schema=["town", "year", "way", "minutes", "basis"], orient="row")


def test_quartiles_by_hand() -> None:
    # Of 0, 10, …, 80: the quartiles lie at a fourth, a half and three fourths of the eight steps.
    first = towns(2001, "out", [10.0 * at for at in range(9)])
    # A town without a value, one that is not asked for, and those of another way count in no quartile.
    second = towns(2002, "out", [None, *(10.0 * at for at in range(9)), 9e9], "estimated")
    other = towns(2001, "home", [7e9] * 9)
    spread = of_towns(pl.concat([second, other, first]), range(10), way="out")
    assert spread.frame.select("year", "places", "basis").rows() == [
        (2001, 9, "observed"),
        (2002, 9, "estimated"),
    ]
    for year in (2001, 2002):
        assert [it.value for it in spread.figures(year).values()] == pytest.approx([20.0, 40.0, 60.0])
    median = spread.figures(2002)["median"]
    assert (median.unit, median.basis, median.column, median.key) == (
        "minutes",
        "estimated",
        "minutes_median",
        "k",
    )
    assert median.where == (("of", "towns"), ("way", "out"), ("year", 2002))
    assert spread.figures(2003) == {}


def test_quartiles_need_so_many_places_with_a_value() -> None:
    enough = [float(at) for at in range(LEAST)]
    assert of_towns(towns(2001, "out", enough), range(LEAST)).figures(2001)
    assert of_towns(towns(2001, "out", [*enough[1:], None]), range(LEAST)).figures(2001) == {}


def test_quartiles_are_those_of_the_definition(bundled: Workspace) -> None:
    own = frozenset(bundled.table("places").filter(kind="municipality")["place"])
    spread = Spread(bundled, "growth", "persons", "place", "municipality", own)
    rows = bundled.table("growth")
    for year in (1968, 2003, 2024):
        values = [
            row["persons"] for row in rows.filter(year=year).iter_rows(named=True) if row["place"] in own
        ]
        known = [value for value in values if value is not None]
        found = spread.figures(year)
        wanted = statistics.quantiles(known, n=4, method="inclusive")
        assert [it.value for it in found.values()] == pytest.approx(wanted)
        assert spread.frame.filter(year=year)["places"].item() == len(known)


def test_a_figure_says_what_it_is_of(bundled: Workspace) -> None:
    own = frozenset(bundled.table("places").filter(kind="municipality")["place"])
    spread = Spread(
        bundled, "commuting_balance", "net", "municipality", "municipality", own, {"sex": "total"}
    )
    figure = spread.figures(2023)["median"]
    key = bundled.key("commuting_balance")
    assert figure.id == f"commuting_balance/net_median?of=municipality,sex=total,year=2023#{key}"
    # The weakest basis of the rows, and the unit of the measure.
    assert (figure.basis, figure.unit) == ("estimated", "commuters")


def test_too_few_places_have_no_quartiles(bundled: Workspace) -> None:
    few = frozenset(bundled.table("places").filter(kind="municipality")["place"][: LEAST - 1])
    assert Spread(bundled, "growth", "persons", "place", "few", few).figures(2024) == {}


def test_a_table_without_years_has_one_spread(bundled: Workspace) -> None:
    rows = bundled.table("municipality_traits")
    known = rows["hub_minutes"].drop_nulls().to_list()
    spread = Spread(
        bundled,
        "municipality_traits",
        "hub_minutes",
        "municipality",
        "municipality",
        frozenset(rows["municipality"]),
    )
    assert spread.figures(None)["median"].value == pytest.approx(statistics.median(known))
    # Those without a travel time count in no quartile.
    assert spread.frame["places"].item() == len(known) < rows.height
