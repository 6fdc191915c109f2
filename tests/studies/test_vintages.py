"""Others' projections against ours and what came, by hand."""

import polars as pl
import pytest

from storregion.core.group import RegionGroup
from storregion.core.group import bundled as bundled_group
from storregion.core.workspace import Workspace
from storregion.facts.vintages import PROJECTION_VINTAGES
from storregion.studies.vintages import vintage_errors, vintage_levels


def vintages(*rows: tuple[str, str, int, int, str]) -> pl.DataFrame:
    """Editions from name, area, year, persons and date."""
    types = {column.name: column.dtype for column in PROJECTION_VINTAGES.columns}
    whole = [(*row, "Publisher", "Report", "estimated") for row in rows]
    return pl.DataFrame(whole, schema=types, orient="row")


def levels(work: Workspace, given: pl.DataFrame) -> list[dict[str, object]]:
    others = (work.table(name) for name in ("projection", "place_history", "places"))
    return vintage_levels(given, *others).to_dicts()


def test_a_year_to_come_is_beside_ours_and_one_gone_by_beside_the_outcome(bundled: Workspace) -> None:
    came = bundled.table("population_yearly").filter(municipality="0330", year=2020)["persons"].item()
    ours = bundled.table("projection").filter(frame="base", place="0330", year=2035)["persons"].item()
    given = vintages(
        ("own-2015", "0330", 2020, 2 * came, "2015-06"), ("own-2015", "0330", 2035, 24_000, "2015-06")
    )
    past, future = levels(bundled, given)
    # Twice as many as came is 100 per cent too high.
    assert past["error_percent"] == pytest.approx(100.0)
    assert past["outcome"] == came
    assert (past["ours"], past["ours_absent"]) == (None, "not_applicable")
    assert future["ours"] == ours
    assert future["against_ours"] == pytest.approx(100 * (24_000 / ours - 1))
    assert (future["outcome"], future["outcome_absent"]) == (None, "not_applicable")


def test_what_lies_outside_the_group_has_no_level_but_counts_in_the_error(bundled: Workspace) -> None:
    given = vintages(("own-2015", "1480", 2020, 600_000, "2015"))
    assert levels(bundled, given) == []
    assert vintage_errors(given, bundled.table("population_yearly"), bundled.group).height == 1


def test_errors_by_hand() -> None:
    """Three municipalities, 10 and 4 per cent too high and 5 too low: 19/3 off, 3 too high."""
    group = RegionGroup.read(bundled_group())
    counted = pl.DataFrame(
        [
            (code, year, persons)
            for code, years in (("0330", (800, 1000)), ("0360", (1000, 1000)), ("0380", (2000, 2000)))
            for year, persons in zip((2014, 2020), years, strict=True)
        ],
        schema=["municipality", "year", "persons"],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))
    given = vintages(
        ("own-2015", "0330", 2020, 1100, "2015"),
        ("own-2015", "0360", 2020, 1040, "2015"),
        ("own-2015", "0380", 2020, 1900, "2015"),
        # The county is the sum of all three: 4,000 came; 2040 has not come, and 2014 was known.
        ("own-2015", "03", 2020, 4400, "2015"),
        ("own-2015", "03", 2040, 5000, "2015"),
        ("own-2015", "03", 2014, 3800, "2015"),
    )
    county, municipalities = vintage_errors(given, counted, group).to_dicts()
    assert (county["kind"], county["places"], municipalities["places"]) == ("county", 1, 3)
    assert county["error_percent"] == pytest.approx(10.0)
    assert municipalities["error_percent"] == pytest.approx(19 / 3)
    assert municipalities["bias_percent"] == pytest.approx(3.0)
    # Left as at the end of 2014: 800 against 1,000 is 20 per cent off, the others not at all.
    assert municipalities["unchanged_percent"] == pytest.approx(20 / 3)


def test_a_projection_without_ours_or_an_outcome_keeps_its_row() -> None:
    """Ours begins in 2025 and the outcome ends in 2024: 2030 has ours alone, 2020 the outcome alone."""
    ours = pl.DataFrame({"place": ["a"], "year": [2030], "frame": ["base"], "persons": [200.0]})
    ours = ours.with_columns(basis=pl.lit("estimated"))
    came = pl.DataFrame({"place": ["a"], "year": [2020], "persons": [100], "basis": ["observed"]})
    places = pl.DataFrame({"place": ["a"], "kind": ["municipality"]})
    given = vintages(
        ("own", "a", 2020, 110, "2015"), ("own", "a", 2030, 190, "2015"), ("own", "a", 2040, 1, "2015")
    )
    rows = vintage_levels(given, ours, came, places)
    found = rows.select("year", "against_ours", "error_percent").rows()
    assert found == [(2020, None, pytest.approx(10.0)), (2030, pytest.approx(-5.0), None), (2040, None, None)]
    # Each row is no better known than what it is set beside: the outcome of 2020, ours of 2030.
    guessed = {"basis": pl.lit("assumed")}
    beside_outcome = vintage_levels(given, ours, came.with_columns(**guessed), places)
    beside_ours = vintage_levels(given, ours.with_columns(**guessed), came, places)
    assert beside_outcome["basis"].to_list() == ["assumed", "estimated", "estimated"]
    assert beside_ours["basis"].to_list() == ["estimated", "assumed", "estimated"]
