"""Flows by year, and where their ends lie, by hand."""

import polars as pl
import pytest

from storregion.facts.flows import by_year, sites


def test_a_place_that_flows_only_leave_or_only_reach_has_its_row_and_column() -> None:
    rows = pl.DataFrame(
        [(2021, "C", "A", 5, "estimated"), (2020, "B", "A", 3, "observed"), (2020, "B", "B", 1, "assumed")],
        schema=["year", "home", "work", "persons", "basis"],
        orient="row",
    )
    first, second = by_year(rows, ("home", "work"))
    assert (first.year, first.codes, first.basis) == (2020, ["A", "B", "C"], "assumed")
    assert first.persons.tolist() == [[0, 0, 0], [3, 1, 0], [0, 0, 0]]
    assert (second.year, second.basis) == (2021, "estimated")
    assert second.persons.tolist() == [[0, 0, 0], [0, 0, 0], [5, 0, 0]]


@pytest.mark.parametrize(("digits", "part"), [(2, [0, 0, 1]), (4, [0, 1, 2])])
def test_residents_are_those_of_the_nearest_year_and_of_two_as_near_the_earlier(
    digits: int, part: list[int]
) -> None:
    codes = ["0114", "0115", "0304"]
    points = pl.DataFrame({"municipality": codes, "east": [0.0, 3000.0, 0.0], "north": [0.0, 4000.0, 0.0]})
    people = pl.DataFrame(
        [(code, year, 10 * year + at) for at, code in enumerate(codes) for year in (2010, 2020)],
        schema=["municipality", "year", "persons"],
        orient="row",
    )
    found = sites(2015, points, people, digits=digits)
    assert found.weight.tolist() == [20100, 20101, 20102]
    assert found.part.tolist() == part
    # Three and four kilometres make five.
    assert found.apart[0].tolist() == pytest.approx([0, 5, 0])
    assert sites(2016, points, people, digits=digits).weight.tolist() == [20200, 20201, 20202]
