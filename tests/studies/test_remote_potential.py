"""Work that can be done remotely: industries by county, education within it, and the two bounds."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.facts.education import AGE_CLASSES, EDUCATION_AGE
from storregion.facts.employment import EMPLOYMENT_INDUSTRY, INDUSTRIES, REMOTE_WORK
from storregion.facts.places import MUNICIPALITIES
from storregion.facts.work import COMMUTING
from storregion.studies.remote_potential import REMOTE_MUNICIPALITIES, Work, remote_municipalities

LETTERS = sorted({letter for industry in INDUSTRIES for letter in industry.split("+")} - {"U"})
# One county with K alone, where 0.6 can be done from home, and one with F alone, where 0.3 can.
FEASIBLE = {"K": 0.6, "F": 0.3}
COUNTIES = {"01": "K", "02": "F"}
HOMES = ("0101", "0102", "0201")
EDUCATED = {"0101": 60, "0102": 40, "0201": 20}


def work() -> Work:
    divisions = [(f"{letter}01", FEASIBLE.get(letter, 0.5), "estimated") for letter in LETTERS]
    people = [
        (county, 2018, industry, 100 * (industry == own), 100 * (industry == own), "observed")
        for (county, own), industry in product(COUNTIES.items(), INDUSTRIES)
    ]
    return Work(
        pl.DataFrame(people, schema=types(EMPLOYMENT_INDUSTRY), orient="row"),
        pl.DataFrame(divisions, schema=types(REMOTE_WORK), orient="row"),
        education(),
    )


def types(schema: object) -> dict[str, pl.DataType]:
    return {column.name: column.dtype for column in schema.columns}  # type: ignore[attr-defined]


def education() -> pl.DataFrame:
    """Of a hundred people aged 25–34 so many have long education; the young and old do not count."""
    rows = []
    for home, age in product(HOMES, AGE_CLASSES):
        long = EDUCATED[home] if age == "25-34" else 0
        rest = 100 - long if age == "25-34" else 500 * (age in ("16-24", "65-74"))
        rows.append((home, 2019, age, rest, 0, 0, long, 0, "observed"))
    return pl.DataFrame(rows, schema=types(EDUCATION_AGE), orient="row")


def municipalities() -> pl.DataFrame:
    rows = [(home, f"M{home}", home[:2], 100.0, 59.0, 17.0, "observed") for home in HOMES]
    return pl.DataFrame(rows, schema=types(MUNICIPALITIES), orient="row")


def commuting(flows: dict[tuple[str, str], float]) -> pl.DataFrame:
    rows = [
        (2023, home, to, "total", flows.get((home, to), 0.0), None, None, "spread", "estimated")
        for home, to in product(HOMES, HOMES)
    ]
    return pl.DataFrame(rows, schema=types(COMMUTING), orient="row")


FLOWS = {("0101", "0101"): 100.0, ("0102", "0102"): 50.0, ("0102", "0101"): 50.0, ("0201", "0201"): 200.0}


def found(low: float = 0.38, high: float = 0.45) -> pl.DataFrame:
    table = remote_municipalities(
        work(), commuting(FLOWS), municipalities(), country_low=low, country_high=high
    )
    return REMOTE_MUNICIPALITIES.check(table, maker="remote_municipalities")


@pytest.mark.parametrize("name", ["employment_industry", "remote_work", "education_age", "commuting"])
def test_what_rests_on_one_assumed_row_is_assumed(name: str) -> None:
    def made(basis: str) -> set[str]:
        def marked(table: pl.DataFrame, own: str) -> pl.DataFrame:
            first = (pl.int_range(pl.len()) == 0) & (own == name)
            return table.with_columns(basis=pl.when(first).then(pl.lit(basis)).otherwise(pl.lit("observed")))

        given = work()._replace(
            **{own: marked(table, own) for own, table in zip(work()._fields, work(), strict=True)}
        )
        rows = remote_municipalities(given, marked(commuting(FLOWS), "commuting"), municipalities())
        return set(rows["basis"])

    assert (made("observed"), made("assumed")) == ({"estimated"}, {"assumed"})


def test_a_municipality_differs_from_its_county_by_education() -> None:
    # County 01 has 0.6 and 50 % educated (100 people each in 60 % and 40 %), county 02 0.3 and 20 %: the line
    # rises 0.3 on 30 points, 0.01 a point. So 0101 has 0.6 + 10 points = 0.7, 0102 0.5 and 0201 0.3. The
    # country: (100·0.7 + 100·0.5 + 200·0.3) / 400 = 0.45.
    rows = found().filter(side="residents").sort("municipality")
    assert rows["against_country"].to_list() == pytest.approx([0.7 / 0.45, 0.5 / 0.45, 0.3 / 0.45])
    assert rows["share_high"].to_list() == pytest.approx([0.7, 0.5, 0.3])
    assert rows["share_low"].to_list() == pytest.approx(
        [0.38 * 0.7 / 0.45, 0.38 * 0.5 / 0.45, 0.38 * 0.3 / 0.45]
    )


@pytest.mark.parametrize("of", ["education_age", "employment_industry"])
def test_a_municipality_without_figures_is_named_and_not_left_out(of: str) -> None:
    given = work()
    # Education is by municipality and industries are by county.
    missing = {
        "education_age": {"education_age": given.education_age.filter(pl.col("municipality") != "0201")},
        "employment_industry": {
            "employment_industry": given.employment_industry.filter(pl.col("county") != "02")
        },
    }
    with pytest.raises(DataError, match=rf"{of} has no figures for the municipalities \['0201'\]"):
        remote_municipalities(
            given._replace(**missing[of]),
            commuting(FLOWS),
            municipalities(),
            country_low=0.38,
            country_high=0.45,
        )


def test_jobs_have_the_mean_of_those_who_commute_to_them() -> None:
    # To 0101 come 100 with 0.7 and 50 with 0.5: 0.6333; to 0102 50 with 0.5. Their mean over 200 jobs is 0.6,
    # what the county's industries say too, so nothing is moved.
    rows = found().filter(side="jobs").sort("municipality")
    assert rows["people"].to_list() == [150.0, 50.0, 200.0]
    assert rows["share_high"].to_list() == pytest.approx([95 / 150, 0.5, 0.3])


def test_the_country_has_the_bounds_on_both_sides() -> None:
    for (_,), rows in found(0.38, 0.442).group_by("side"):
        for name, bound in (("share_low", 0.38), ("share_high", 0.442)):
            mean = np.average(rows[name], weights=rows["people"])
            assert mean == pytest.approx(bound)


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.4), (0.0, 0.4), (0.3, 1.2)])
def test_bounds_that_cannot_be_are_refused(low: float, high: float) -> None:
    with pytest.raises(DataError, match="in this order"):
        found(low, high)


def test_shares_above_one_are_refused() -> None:
    with pytest.raises(DataError, match=r"0101.*outside 0–1"):
        found(0.5, 0.9)


def test_an_industry_without_feasibility_is_named() -> None:
    case = work()
    short = case._replace(remote_work=case.remote_work.filter(pl.col("industry") != "K01"))
    with pytest.raises(DataError, match=r"remote_work has no row of the industries \['K'\]"):
        remote_municipalities(short, commuting(FLOWS), municipalities())


def test_the_bundled_places_lie_where_they_should(bundled: Workspace) -> None:
    rows = bundled.table("remote_potential").filter(side="residents")
    high = dict(rows.select("place", "share_high").iter_rows())
    assert high["00"] == pytest.approx(0.442)
    own = rows.join(bundled.table("places").filter(kind="municipality"), on="place", how="semi")
    # The most educated municipality of the country lies highest.
    assert own.sort("share_high")["place"].last() == "0162"
    assert 0.36 < own["share_high"].min() < own["share_high"].max() < 0.55  # type: ignore[operator]
    # The place of a county is what its municipalities make together.
    members = bundled.table("membership").filter(place="03").select("municipality")
    parts = bundled.table("remote_municipalities").filter(side="residents").join(members, on="municipality")
    mean = np.average(parts["share_high"], weights=parts["people"])
    assert high["03"] == pytest.approx(mean)
