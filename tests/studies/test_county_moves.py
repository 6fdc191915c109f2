"""Counties with other domestic moves: by hand, within the frame, and against published editions."""

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.studies.county_moves import PATHS, county_moves, county_moves_errors


def at(work: Workspace, county: str, path: str, year: int = 2040) -> dict[str, float]:
    return work.table("county_moves").filter(county=county, path=path, year=year).row(0, named=True)


def test_every_path_keeps_to_the_frame(bundled: Workspace) -> None:
    rows = bundled.table("county_moves")
    frame = bundled.table("municipal_projection").filter(frame="base")
    for year in (2025, 2040, 2050):
        whole = frame.filter(year=year)["persons"].sum()
        for path in PATHS:
            own = rows.filter(path=path, year=year)
            # Whole persons, each county rounded by itself.
            assert own["persons"].sum() == pytest.approx(whole, abs=11)
            assert own["domestic"].sum() == pytest.approx(0, abs=11)


def test_what_happens_adds_up_to_the_people(bundled: Workspace) -> None:
    counted = bundled.table("population_yearly").filter(year=2024)
    now = counted.group_by(county=pl.col("municipality").str.head(2)).agg(now=pl.col("persons").sum())
    both = bundled.table("county_moves").join(now, on="county")
    change = pl.col("births") - pl.col("deaths") + pl.col("domestic") + pl.col("international")
    assert both.filter((pl.col("persons") - pl.col("now") - change).abs() > 3).height == 0


def test_the_first_year_of_a_path_by_hand(bundled: Workspace) -> None:
    """Moves as in 2021 in 2025: the county's net per head of 2021 on its people of 2024, then balanced."""
    parts = bundled.table("components_county").filter(year=2021)
    people = bundled.table("population_yearly").group_by("year", county=pl.col("municipality").str.head(2))
    totals = people.agg(pl.col("persons").sum())
    then, now = (
        dict(totals.filter(year=year).select("county", "persons").iter_rows()) for year in (2021, 2024)
    )
    moved = {
        row["county"]: (row["net_migration"] - row["immigration"] + row["emigration"])
        / then[row["county"]] * now[row["county"]]
        for row in parts.iter_rows(named=True)
    }  # fmt: skip
    whole, everyone = sum(moved.values()), sum(now.values())
    expected = moved["01"] - whole * now["01"] / everyone
    assert at(bundled, "01", "years_1", 2025)["domestic"] == pytest.approx(expected, abs=1)


def test_editions_two_years_apart_lie_among_the_paths(bundled: Workspace) -> None:
    """County 01 in 2040: Statistics Sweden's 2,793,700 in the edition of 2022, 2,632,000 in that of 2024."""
    years_1, years_5, years_15 = (at(bundled, "01", f"years_{years}")["persons"] for years in (1, 5, 15))
    assert years_1 < 2_632_000 < years_5 < years_15
    assert years_15 == pytest.approx(2_793_700, rel=0.005)


def test_the_projection_has_done_better_on_the_same_launches(bundled: Workspace) -> None:
    rows = bundled.table("county_moves_errors").filter(part="all")
    for horizon in (5, 10, 15):
        error = dict(rows.filter(horizon=horizon).select("path", "error_percent").iter_rows())
        assert error["projection"] < min(error["years_1"], error["years_5"])
    assert set(rows.filter(horizon=10)["launches"]) == {10}


def test_constant_shares_foresee_themselves(bundled: Workspace) -> None:
    """Two counties that grow alike, with nothing but births: every path hits the outcome."""
    years = range(1990, 2022)
    people = {year: 1000 * 2 ** ((year - 1989) / 10) for year in range(1989, 2022)}
    none = {"deaths": 1, "immigration": 0, "emigration": 0, "net_migration": 0}
    components = pl.DataFrame(
        [
            {"county": county, "year": year, "births": people[year] - people[year - 1], **none}
            for county in ("01", "03")
            for year in years
        ]
    )
    components = components.with_columns(basis=pl.lit("observed"))
    counted = pl.DataFrame(
        [
            {"municipality": f"{county}01", "year": year, "persons": people[year]}
            for county in ("01", "03")
            for year in years
        ]
    ).with_columns(basis=pl.lit("observed"))
    # One death and one immigrant, which cancel, keep parts from being nothing out of nothing.
    components = components.with_columns(immigration=pl.lit(1), net_migration=pl.lit(1))
    cases = counted.join(pl.DataFrame({"horizon": [5, 10, 15]}), how="cross").select(
        "municipality", "horizon", "basis", launch="year", projected="persons", outcome=pl.lit(0)
    )
    came = counted.rename({"year": "then", "persons": "came"})
    cases = (
        cases.with_columns(then=pl.col("launch") + pl.col("horizon"))
        .join(came, on=["municipality", "then"])
        .with_columns(outcome="came")
        .drop("then", "came")
    )
    found = county_moves_errors(components, counted, cases)
    tried = found.filter(pl.col("path") != "projection")
    assert tried["error_percent"].max() == pytest.approx(0.0, abs=1e-6)
    assert found.filter(path="projection", part="all", horizon=10)["bias_percent"].item() == pytest.approx(
        -50.0
    )


def test_moves_that_are_not_known_are_named(bundled: Workspace) -> None:
    parts = bundled.table("components_county").with_columns(
        net_migration=pl.when((pl.col("county") == "05") & (pl.col("year") == 2020))
        .then(None)
        .otherwise("net_migration")
    )
    others = (bundled.table(name) for name in ("population_yearly", "municipal_projection"))
    with pytest.raises(DataError, match=r"moves of \['05'\] in the 5 years up to 2021; add them"):
        county_moves(parts, *others)
