"""The five-year test against published totals, and by hand."""

import polars as pl
import pytest
from tests.conftest import SMALL

from storregion.core.errors import DataError
from storregion.core.group import RegionGroup
from storregion.core.workspace import Workspace
from storregion.studies.five_year_check import five_year_check, five_year_errors


def test_every_municipality_of_2019_is_compared_with_2024(bundled: Workspace) -> None:
    rows = bundled.table("five_year_check")
    assert rows.height == 290
    assert set(rows.select("launch", "year").rows()) == {(2019, 2024)}
    # The published totals of both years.
    assert rows["persons_then"].sum() == 10_327_589
    assert rows["outcome"].sum() == 10_587_710
    assert rows["projected"].sum() == pytest.approx(10_587_710)


def test_the_countrys_total_without_the_outcome_by_hand(bundled: Workspace) -> None:
    """9,340,682 in 2009 and 10,327,589 in 2019: five years more of 98,690.7 are 10,821,042.5 in 2024."""
    rows = bundled.table("five_year_check")
    assert rows["alone"].sum() == pytest.approx(10_821_042.5)


def test_nothing_later_than_the_launch_is_looked_at(bundled: Workspace) -> None:
    """With all later years gone the growth model gives the same shares of the country."""
    from storregion.studies.projection_hindcasts import municipal_trend

    known = bundled.table("population_yearly").filter(pl.col("year") <= 2019)
    trend = municipal_trend(known, bundled.table("municipality_points")).filter(horizon=5).drop("basis")
    then = (
        known.filter(year=2019)
        .join(trend, on="municipality")
        .with_columns(level=pl.col("persons") * (1 + pl.col("share_change") / 100))
    )
    both = bundled.table("five_year_check").join(then, on="municipality")
    mine = both["level"] / both["level"].sum()
    assert (mine - both["projected"] / both["projected"].sum()).abs().max() < 1e-12  # type: ignore[operator]


def test_means_are_those_of_a_loop_and_the_model_beats_no_change(bundled: Workspace) -> None:
    errors = {row["part"]: row for row in bundled.table("five_year_errors").iter_rows(named=True)}
    cases = bundled.table("five_year_check").to_dicts()
    sizes = [abs(100 * (case["projected"] / case["outcome"] - 1)) for case in cases]
    assert errors["all"]["error_percent"] == pytest.approx(sum(sizes) / 290)
    assert errors["all"]["error_percent"] < errors["all"]["alone_percent"]
    assert errors["all"]["error_percent"] < errors["all"]["unchanged_percent"]
    inside = sum(size <= case["half_width"] for size, case in zip(sizes, cases, strict=True))
    assert errors["all"]["covered"] == pytest.approx(inside / 290)
    assert (errors["all"]["places"], errors["group"]["places"]) == (290, 88)


def test_a_group_without_municipalities_of_its_own_has_one_part(bundled: Workspace) -> None:
    elsewhere = bundled.table("five_year_check").filter(pl.col("municipality").str.starts_with("25"))
    assert five_year_errors(elsewhere, bundled.group)["part"].to_list() == ["all"]


def test_too_few_years_are_named(bundled: Workspace) -> None:
    late = bundled.table("population_yearly").filter(pl.col("year") > 2010)
    with pytest.raises(DataError, match="needs 2009 in population_yearly"):
        five_year_check(bundled.table("hindcast_cases"), bundled.table("interval_cases"), late)


def test_means_over_municipalities_by_hand() -> None:
    """Of two municipalities one is 10 per cent too high and one 5 too low, which its interval just holds."""
    small = RegionGroup.read(SMALL)
    (county,) = small.counties
    rows = [
        (f"{county}01", 2019, 2024, 90, 100, 10.0, 4.0, 9.0),
        (f"{county}02", 2019, 2024, 210, 200, -5.0, -8.0, 5.0),
        ("9901", 2019, 2024, 100, 100, 30.0, 30.0, 1.0),
    ]
    names = ["municipality", "launch", "year", "persons_then", "outcome", "error_percent"]
    names += ["alone_percent", "half_width"]
    given = pl.DataFrame(rows, schema=names, orient="row").with_columns(basis=pl.lit("estimated"))
    found = five_year_errors(given, small)
    means = ["places", "error_percent", "alone_percent", "unchanged_percent", "covered"]
    own = found.filter(part="group").select(means).row(0)
    assert own == pytest.approx((2, 7.5, 6.0, 7.5, 0.5))
    every = found.filter(part="all").select(means).row(0)
    assert every == pytest.approx((3, 15.0, 14.0, 5.0, 1 / 3))
