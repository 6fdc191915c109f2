"""What a projection starts from: the totals that publishers print, and faults that stop a file."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError, TableError
from storregion.core.workspace import Workspace
from storregion.facts.demography import (
    COMPONENTS_MUNICIPALITY,
    MUNICIPALITY_AGE_SEX,
    NATIONAL_PROJECTION,
    POPULATION_AGE_SEX,
)
from storregion.sources import demography

COUNTIES = pl.DataFrame({"county": ["01", "03"]})


def members(work: Workspace) -> pl.DataFrame:
    """The group's municipalities."""
    return work.table("membership").filter(place=work.group.code)


def test_people_by_age_add_up_to_the_published_totals(bundled: Workspace) -> None:
    people = bundled.table("municipality_age_sex")
    assert people["persons"].sum() == 10_327_589
    assert people.filter(sex="women")["persons"].sum() == 5_131_775
    assert people.join(members(bundled), on="municipality", how="semi")["persons"].sum() == 4_391_861
    counties = bundled.table("population_age_sex")
    assert counties.filter(year=2015)["persons"].sum() == 9_851_017


def test_tables_of_the_same_people_agree(bundled: Workspace) -> None:
    """Single ages of 2015 by county, and those of 2019 by municipality, against the five-year classes."""
    classes = bundled.table("population_age_class")
    lower = (pl.col("age") // 5 * 5).clip(upper_bound=90)
    for year, ages in (
        (2015, bundled.table("population_age_sex").filter(year=2015)),
        (2019, bundled.table("municipality_age_sex").with_columns(county=pl.col("municipality").str.head(2))),
    ):
        sums = ages.group_by("county", "sex", lower=lower).agg(pl.col("persons").sum())
        start = pl.col("age_class").str.extract(r"^(\d+)").cast(pl.Int64)
        both = classes.filter(year=year).with_columns(lower=start).join(sums, on=["county", "sex", "lower"])
        assert both.height == sums.height == 21 * 2 * 19
        assert both.filter(pl.col("persons") != pl.col("persons_right")).height == 0


def test_births_and_deaths_are_the_published_ones(bundled: Workspace) -> None:
    assert bundled.table("deaths_age_sex").filter(year=2015)["deaths"].sum() == 90_907
    classes = bundled.table("deaths_age_class")
    assert classes.filter(year=2015)["deaths"].sum() == 90_907
    assert classes.filter(year=2021)["deaths"].sum() == 91_958
    births = bundled.table("births_age").filter(year=2015)
    assert births["births"].sum() == 114_870
    # The country's own table leaves out the one birth without mother's age.
    country = bundled.table("births").select("mother_age")
    assert set(births["mother_age"]) == {*country["mother_age"], "unknown"}


def test_moves_between_counties_come_in_where_they_go_out(bundled: Workspace) -> None:
    moves = bundled.table("migration_age_class").group_by("year").agg(pl.col("^domestic_.*$").sum())
    assert moves.filter(pl.col("domestic_in") != pl.col("domestic_out")).height == 0
    assert moves.filter(year=1996)["domestic_in"].item() == 186_147


def test_the_change_of_a_municipality_is_the_sum_of_its_parts(bundled: Workspace) -> None:
    parts = bundled.table("components_municipality")
    within = pl.col("in_same_county").fill_null(0) - pl.col("out_same_county").fill_null(0)
    outside = pl.col("in_rest_of_sweden") - pl.col("out_rest_of_sweden")
    abroad = pl.col("immigration") - pl.col("emigration")
    change = pl.col("births") - pl.col("deaths") + within + outside + abroad + pl.col("adjustment")
    assert parts.filter(change != pl.col("change")).height == 0
    assert parts["births"].sum() == 114_263
    assert parts["deaths"].sum() == 91_958
    moves = (pl.sum_horizontal(f"{way}_same_county", f"{way}_rest_of_sweden").sum() for way in ("in", "out"))
    assert parts.select(*moves).row(0) == (584_870, 584_870)
    # A county of one municipality has no moves within it: that is not nought.
    alone = parts.filter(pl.col("in_same_county").is_null())
    assert alone["municipality"].to_list() == ["0980"]
    assert alone["same_county_absent"].to_list() == ["not_applicable"]


def test_the_change_of_a_county_is_the_sum_of_its_parts(bundled: Workspace) -> None:
    parts = bundled.table("components_county")
    moves = pl.col("in_moves") - pl.col("out_moves")
    change = pl.col("births") - pl.col("deaths") + moves + pl.col("adjustment")
    whole = parts.filter(pl.col("adjustment").is_not_null())
    assert whole.filter(change != pl.col("change")).height == 0
    assert parts.filter(year=2021)["adjustment"].sum() == 8_379
    # Moves within the country cancel out, so that what is left is what came from abroad.
    left = (
        parts.filter(pl.col("year") >= 1998).group_by("year").agg(moves.sum(), pl.col("net_migration").sum())
    )
    assert left.filter(pl.col("in_moves") != pl.col("net_migration")).height == 0
    # Counties that merged have none before; an empty cell has its reason.
    before = parts.filter(pl.col("moves_absent") == "missing")
    assert set(before["county"]) == {"12", "14"}
    assert before["year"].max() == 1997


def test_the_projection_adds_up_where_it_is_complete(bundled: Workspace) -> None:
    rows = bundled.table("national_projection").sort("variant", "year")
    before = pl.col("persons").shift(1).over("variant")
    added = pl.col("births") - pl.col("deaths") + pl.col("net_migration")
    complete = rows.filter(pl.col("variant").is_in(["HU", "LI"]))
    assert complete.drop_nulls(["births", "deaths", "net_migration"]).height == 2 * 52
    assert complete.filter(pl.col("persons") - before != added).height == 0
    assert rows.filter(variant="HU", year=2024)["persons"].item() == 10_577_720
    assert set(rows["basis"]) == {"estimated"}
    assert set(rows.filter(variant="HD")["births_absent"]) == {"missing"}


# ---- files of other shapes


def test_a_column_for_each_sex_becomes_a_row_for_each(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("municipality,year,age,men,women\n0180,2019,0,7,9\n0180,2019,100,1,3\n", "utf-8")
    known = pl.DataFrame({"municipality": ["0180"]})
    frame = MUNICIPALITY_AGE_SEX.check(demography.municipality_age_sex(file, None, known), maker="the test")
    assert sorted(frame.rows()) == [
        ("0180", 2019, 0, "men", 7, "observed"),
        ("0180", 2019, 0, "women", 9, "observed"),
        ("0180", 2019, 100, "men", 1, "observed"),
        ("0180", 2019, 100, "women", 3, "observed"),
    ]


def test_years_after_the_bundled_ones_are_added_and_each_that_is_missing_is_named_once(
    tmp_path: Path,
) -> None:
    file = tmp_path / "totals.csv"
    rows = ["0114,2001,5", "0114,2002,6", "0180,2001,7", "0180,2002,8"]
    known = pl.DataFrame({"municipality": ["0114", "0115", "0180"]})
    # The bundled years stand where both have them; 2003 comes of the totals, without what is empty there.
    more = [("0114", 2002, 99), ("0114", 2003, 9), ("0180", 2003, 10), ("0180", 2004, None)]
    fetched = pl.DataFrame(more, schema=["municipality", "year", "persons"], orient="row").with_columns(
        basis=pl.lit("observed")
    )

    def read(rows: Sequence[str], later: pl.DataFrame) -> list[tuple[str, int, int]]:
        file.write_text("\n".join(["municipality,year,persons", *rows, ""]), "utf-8")
        found = demography.population_yearly(file, later, known)
        return found.sort("municipality", "year").select("municipality", "year", "persons").rows()

    own = [("0114", 2001, 5), ("0114", 2002, 6), ("0180", 2001, 7), ("0180", 2002, 8)]
    assert read(rows, fetched) == sorted([*own, ("0114", 2003, 9), ("0180", 2003, 10)])
    later = fetched.slice(1, 2).with_columns(municipality=pl.Series(["0114", "0115"]))
    with pytest.raises(DataError) as said:
        read([*rows[:3], "0115,2001,1", "0115,2002,2"], later)
    assert str(said.value).splitlines()[1:] == [
        "  0180 in 2002",
        "  0180 in 2003",
        "give every municipality every year",
    ]


def test_moves_within_a_county_of_one_municipality_do_not_apply_and_others_are_missing(
    tmp_path: Path,
) -> None:
    # 0301 is the only one of its county. A 0 that the file has there is a number and stays one.
    file = tmp_path / "parts.csv"
    names = ["municipality", "year", "persons", "change", "births", "deaths", "in_same_county"]
    names += ["in_rest_of_sweden", "immigration", "out_same_county", "out_rest_of_sweden", "emigration"]
    rows = ["0101,2021,9,1,1,1,,1,1,,1,1,0", "0102,2021,9,1,1,1,5,1,1,6,1,1,0"]
    known = pl.DataFrame({"municipality": ["0101", "0102", "0301"], "county": ["01", "01", "03"]})
    for own, absent in (("0301,2021,9,1,1,1,,1,1,,1,1,0", "not_applicable"),
                        ("0301,2021,9,1,1,1,0,1,1,0,1,1,0", None)):  # fmt: skip
        file.write_text("\n".join([",".join([*names, "adjustment"]), *rows, own, ""]), "utf-8")
        read = demography.components_municipality(file, known)
        found = COMPONENTS_MUNICIPALITY.check(read, maker="the test")
        assert found["same_county_absent"].to_list() == ["missing", None, absent]


def test_a_projection_is_an_estimate_in_every_row(tmp_path: Path) -> None:
    file = tmp_path / "ahead.csv"
    file.write_text(
        "variant,year,persons,births,deaths,net_migration\nHU,2030,9,1,1,0\nLD,2030,9,,2,\n", "utf-8"
    )
    rows = NATIONAL_PROJECTION.check(demography.national_projection(file), maker="the test")
    assert rows["basis"].to_list() == ["estimated", "estimated"]
    assert rows["births_absent"].to_list() == [None, "missing"]


def test_rows_that_were_fetched_take_the_place_of_the_bundled_ones(tmp_path: Path) -> None:
    bundled, fetched = tmp_path / "bundled.csv", tmp_path / "fetched.csv"
    header = ",".join(["county", "sex", "year", *map(str, range(100)), "100+"])
    bundled.write_text(f"{header}\n01,men,2015{',7' * 101}\n", "utf-8")
    fetched.write_text("county,year,age,sex,persons\n01,2016,100,men,8\n", "utf-8")
    both = [demography.population_age_sex(bundled, later, COUNTIES) for later in (None, fetched)]
    before, after = (POPULATION_AGE_SEX.check(frame, maker="the test") for frame in both)
    assert before.height == 101
    assert before.filter(age=100).rows() == [("01", 2015, 100, "men", 7, "observed")]
    assert after.rows() == [("01", 2016, 100, "men", 8, "observed")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("02,men,2015,1", "'02' is unknown in 'counties'"),
        ("01,boys,2015,1", "'boys' is not one of men, women"),
        ("01,men,2015,-1", "-1 is below 0"),
        ("01,men,2015,", "empty; give a value"),
    ],
)
def test_a_fault_in_a_file_with_a_column_for_each_age_is_named(tmp_path: Path, line: str, fault: str) -> None:
    header = ",".join(["county", "sex", "year", *map(str, range(100)), "100+"])
    file = tmp_path / "people.csv"
    file.write_text(f"{header}\n{line}{',1' * 100}\n", "utf-8")
    with pytest.raises(TableError, match="row 2") as told:
        demography.population_age_sex(file, None, COUNTIES)
    assert fault in str(told.value)
