"""Labour markets to come: the rule on flows that move a municipality, and the bundled group's."""

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.studies.labour_markets import CentreRule
from storregion.studies.labour_markets_ahead import labour_market_count, labour_markets_ahead


def flows(*years: tuple[int, float]) -> pl.DataFrame:
    """Two centres of a thousand, and a place of a hundred from which so many commute to the first in a year.

    Ten commute to the second, and the rest stay.
    """
    rows = []
    for year, first in years:
        cells = {("0101", "0101"): 1000.0, ("0102", "0102"): 1000.0, ("0103", "0103"): 90.0 - first}
        cells |= {("0103", "0101"): first, ("0103", "0102"): 10.0}
        for home in ("0101", "0102", "0103"):
            rows += [(year, home, work, cells.get((home, work), 0.0)) for work in ("0101", "0102", "0103")]
    return pl.DataFrame(rows, schema=["year", "home", "work", "persons"], orient="row").with_columns(
        basis=pl.lit("estimated")
    )


def test_a_place_follows_its_largest_destination_from_year_to_year() -> None:
    # A fifth may leave a centre, and 7.5 per cent to one other: with 5 and 10 the third leaves 15 per cent,
    # but 10 to the second. With 30 and 10 its largest destination is the first.
    found = labour_markets_ahead(flows((2024, 5.0), (2030, 30.0)))
    third = found.filter(municipality="0103")
    assert third.select("year", "centre", "moved").rows() == [(2024, "0102", "no"), (2030, "0101", "yes")]
    assert third["out_share"].to_list() == pytest.approx([0.15, 0.40])
    assert labour_market_count(found).select("year", "areas", "changed").rows() == [
        (2024, 2, 0),
        (2030, 2, 1),
    ]


def test_a_looser_rule_makes_it_a_centre() -> None:
    found = labour_markets_ahead(flows((2024, 5.0)), la=CentreRule(most_to_one=0.2))
    assert found["centre"].to_list() == ["0101", "0102", "0103"]


def test_flows_that_cannot_be_are_refused() -> None:
    wrong = flows((2024, 95.0))
    with pytest.raises(DataError, match="labour markets of 2024 cannot be formed"):
        labour_markets_ahead(wrong)


def test_the_country_has_about_as_many_areas_as_are_published(bundled: Workspace) -> None:
    """67 areas in 2023; the flows ahead are fitted to jobs and residents, so a few may differ."""
    count = bundled.table("labour_market_count").sort("year")
    assert abs(count["areas"][0] - 67) <= 5
    assert count["changed"][0] == 0
    assert count["changed"][-1] <= 29
