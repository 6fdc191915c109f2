"""Quartiles of a measure over places: by hand, and against the definition in plain Python."""

import statistics

import pytest

from storregion.core.spread import LEAST, Spread
from storregion.core.workspace import Workspace


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
