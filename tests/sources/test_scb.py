"""Population as read: shares by age, and years without a row, by hand."""

from pathlib import Path

import polars as pl

from storregion.facts.people import POPULATION, POPULATION_PROFILE
from storregion.sources import scb

THREE = pl.DataFrame({"municipality": ["0101", "0102", "0103"], "county": ["01", "01", "01"]})
FORMED = pl.DataFrame(
    {"municipality": ["0103"], "parent": ["0102"], "year": [2020], "basis": ["observed"]},
    schema={"municipality": pl.String, "parent": pl.String, "year": pl.Int64, "basis": pl.String},
)


def population(folder: Path) -> pl.DataFrame:
    """Two municipalities in 2019 and 2020; the third was formed in 2020 and has no row."""
    file = folder / "totals.csv"
    rows = ["0101,2019,100", "0102,2019,200", "0101,2020,101", "0102,2020,202"]
    file.write_text("\n".join(["municipality,year,persons", *rows, ""]), "utf-8")
    return POPULATION.check(scb.population(file, THREE, FORMED), maker="the test")


def test_a_municipality_without_a_row_is_missing_from_the_year_it_was_formed(tmp_path: Path) -> None:
    rows = population(tmp_path).filter(municipality="0103").sort("year")
    assert rows.select("year", "persons", "persons_absent").rows() == [
        (2019, None, "not_applicable"),
        (2020, None, "missing"),
    ]


def test_shares_by_age_are_counted_in_the_years_that_have_ages_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "profile.csv"
    names = ["share_0_19", "share_75_plus"]
    header = [*names, *(f"share_{level}_education" for level in ("primary", "secondary", "tertiary"))]
    rows = [f"{code},{year},0.5,0.2,0.2,0.3,0.5" for code in ("0101", "0102") for year in (2019, 2020)]
    file.write_text("\n".join([",".join(["municipality", "year", *header]), *rows, ""]), "utf-8")
    # In 2019 30 of 100 are 19 at most and 10 are 75 at least; those of 20 and 74 are neither. Totals of 2021
    # are not known, so its ages are not used.
    ages = ((0, 12), (19, 18), (20, 40), (74, 20), (75, 7), (90, 3))
    counted = pl.DataFrame(
        [("0101", year, age, persons) for year in (2019, 2021) for age, persons in ages],
        schema=["municipality", "year", "age", "persons"],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))
    found = scb.population_profile(file, counted, population(tmp_path), THREE, FORMED)
    made = POPULATION_PROFILE.check(found, maker="the test").sort("municipality", "year")
    # A year has its shares from one source: 2019's of 0102 are missing, not those of the file.
    assert made.select("municipality", "year", *names, "shares_absent").rows() == [
        ("0101", 2019, 0.3, 0.1, None),
        ("0101", 2020, 0.5, 0.2, None),
        ("0102", 2019, None, None, "missing"),
        ("0102", 2020, 0.5, 0.2, None),
        ("0103", 2019, None, None, "not_applicable"),
        ("0103", 2020, None, None, "missing"),
    ]
    # Levels of education are the file's in every year.
    assert made["education_absent"].to_list() == [None] * 4 + ["not_applicable", "missing"]
