"""Employers that a scenario adds, a row each, by hand."""

import msgspec
import polars as pl

from storregion.core.language import Text
from storregion.core.operations import from_first, in_force
from storregion.facts.employment import INDUSTRIES
from storregion.studies.employment_operations import EMPLOYMENT_OPERATIONS, Employer, employment_operations


def test_every_employer_is_a_row_with_its_years() -> None:
    opens = Employer(
        municipality="0101",
        industry=INDUSTRIES[0],
        from_year=2030,
        jobs=500.0,
        because=Text("Prov.", "A trial."),
        source="made",
    )
    made = (opens, msgspec.structs.replace(opens, until_year=2034, jobs=-20.0))
    places = pl.DataFrame({"municipality": ["0101", "0102"]})
    rows = EMPLOYMENT_OPERATIONS.check(employment_operations(places, made=made), maker="the test")
    found = rows.select("number", "municipality", "from_year", "until_year", "until_absent", "jobs").rows()
    assert found == [
        (1, "0101", 2030, None, "not_applicable", 500.0),
        (2, "0101", 2030, 2034, None, -20.0),
    ]
    assert set(rows["basis"]) == {"assumed"}


def test_an_employer_acts_from_its_first_year_to_its_last_and_without_a_last_one_for_good() -> None:
    employers = pl.DataFrame({"number": [1, 2], "from_year": [2030, 2031], "until_year": [2031, None]})
    found = in_force(employers, [2029, 2030, 2031, 2032]).select("number", "year").rows()
    # The first acts in 2030 and 2031, the second in 2031 and 2032; neither in 2029.
    assert found == [(1, 2030), (1, 2031), (2, 2031), (2, 2032)]
    assert in_force(employers.clear(), [2030]).is_empty()


def test_what_operations_change_begins_with_the_first_of_them() -> None:
    years = [2029, 2030, 2031, 2032]
    assert from_first(years, pl.Series([2032, 2030])) == [2030, 2031, 2032]
    assert from_first(years, pl.Series([], dtype=pl.Int64)) == []
