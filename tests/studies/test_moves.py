"""Moves: balances by hand, published sums kept exactly, and an observed table in place of the estimate."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.sources import demography
from storregion.studies.moves import (
    Known,
    county_flows,
    hub_moves,
    moves_age,
    moves_balance,
    moves_distance,
    municipal_moves,
)

NONE = pl.DataFrame(schema={"moved_from": str, "moved_to": str, "year": int, "persons": int, "basis": str})


def known(work: Workspace, seen: pl.DataFrame = NONE) -> Known:
    return Known(work.table("components_municipality"), seen, work.table("municipalities"))


def test_the_balance_of_a_municipality_and_a_county_are_the_published_ones(bundled: Workspace) -> None:
    rows = bundled.table("moves_balance")
    # SCB 2021, 0486: in 385 + 2 143, out 446 + 1 398; from abroad 230 − 130; births 355 − 337.
    own = rows.filter(place="0486").row(0, named=True)
    assert (own["came"], own["left"], own["domestic_net"]) == (2528, 1844, 684)
    assert (own["abroad_net"], own["natural"]) == (100, 18)
    assert own["domestic_per_1000"] == pytest.approx(1000 * 684 / 38_129)
    county = rows.filter(place="01").sort("year")
    assert (county["year"].min(), county["year"].max()) == (1968, 2021)
    # 1968: in 43 530 with 10 816 from abroad, out 34 143 with 9 011 to it; births are not known before 1990.
    first = county.row(0, named=True)
    assert (first["came"], first["left"]) == (43_530 - 10_816, 34_143 - 9_011)
    assert (first["domestic_net"], first["abroad_net"], first["natural_absent"]) == (7_582, 1_805, "missing")


def test_balances_by_hand() -> None:
    # 01: 90 came, 30 of them from abroad; 50 left, 10 of them for it: 60 − 40 = 20 within the country, which
    # is 10 per 1 000 of 2 000; 30 − 10 from abroad; 25 − 18 births and deaths.
    county = pl.DataFrame(
        {
            "county": ["01"], "year": [1990], "persons": [2000], "births": [25], "deaths": [18],
            "in_moves": [90], "out_moves": [50], "immigration": [30], "emigration": [10],
            "basis": ["observed"],
        }
    )  # fmt: skip
    # 0380: 6 + 14 came, 7 + 8 left: 5 of 500, 10 per 1 000; those from abroad are not among them.
    municipal = pl.DataFrame(
        {
            "municipality": ["0380"], "year": [2021], "persons": [500], "births": [3], "deaths": [5],
            "in_same_county": [6], "in_rest_of_sweden": [14], "out_same_county": [7],
            "out_rest_of_sweden": [8], "immigration": [4], "emigration": [1], "basis": ["observed"],
            "same_county_absent": [None],
        },
        schema_overrides={"same_county_absent": pl.String},
    )  # fmt: skip
    rows = moves_balance(county, municipal, pl.DataFrame({"place": ["01", "0380"]}))
    names = ["place", "came", "left", "domestic_net", "domestic_per_1000", "abroad_net", "natural"]
    assert rows.select(names).rows() == [("01", 60, 40, 20, 10.0, 20, 7), ("0380", 20, 15, 5, 10.0, 3, -2)]


def margins(year: int, times: int) -> pl.DataFrame:
    """Moves of two municipalities of one county and the only one of another, so many times over."""
    rows = [
        ("0101", 5, 7, 20, 30, None),
        ("0102", 7, 5, 10, 40, None),
        ("0301", None, None, 70, 30, "not_applicable"),
    ]
    names = ["out_same_county", "in_same_county", "out_rest_of_sweden", "in_rest_of_sweden"]
    types = {"municipality": pl.String, **dict.fromkeys(names, pl.Int64), "same_county_absent": pl.String}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    return frame.with_columns(pl.col(names) * times, year=year, basis=pl.lit("observed"))


TRIO = pl.DataFrame(
    {
        "municipality": ["0101", "0102", "0301"], "county": ["01", "01", "03"],
        "latitude": [59.0, 59.0, 59.5], "longitude": [17.0, 17.0, 17.0], "basis": "observed",
    }
)  # fmt: skip
DECAY = pl.DataFrame({"form": ["power", "exp"], "decay": [1.0, 0.01], "basis": "estimated"})
OF_TRIO = pl.DataFrame({"place": ["0101", "0102", "0301"], "kind": "municipality"})


def test_margins_of_the_latest_year_that_leave_no_choice_by_hand() -> None:
    # Within 01 each has one other to move to, and 0301 is the only one beyond: every move is published.
    case = Known(pl.concat([margins(2021, 1), margins(2020, 3)]), NONE, TRIO)
    found = municipal_moves(case, DECAY, OF_TRIO)
    assert set(found["year"]) == {2021}
    made = found.select("moved_from", "moved_to", "persons").rows()
    assert {(one, two): round(persons, 6) for one, two, persons in made} == {
        ("0101", "0102"): 5, ("0101", "0301"): 20,
        ("0102", "0101"): 7, ("0102", "0301"): 10,
        ("0301", "0101"): 30, ("0301", "0102"): 40,
    }  # fmt: skip
    # Two that lie in one point count as a kilometre apart: half a degree to the north is 55.7 km.
    km = dict(zip(found["moved_to"], found["km"], strict=True))
    assert found.filter(moved_from="0101", moved_to="0102")["km"].item() == 1.0
    assert km["0301"] == pytest.approx(55.7, abs=0.1)
    # Between the counties 20 + 10 and 30 + 40; those who stay in theirs cross no border.
    between = county_flows(case, DECAY).select("origin_county", "destination_county", "persons", "basis")
    assert [(*row[:2], round(row[2], 6), row[3]) for row in between.rows()] == [
        ("01", "03", 30, "estimated"),
        ("03", "01", 70, "estimated"),
    ]
    guessed = Known(case.components_municipality.with_columns(basis=pl.lit("assumed")), NONE, TRIO)
    assert set(municipal_moves(guessed, DECAY, OF_TRIO)["basis"]) == {"assumed"}
    # Of what is read in only the latest year counts.
    assert county_flows(Known(margins(2021, 1), MADE, TRIO), DECAY)["persons"].to_list() == [
        700.0,
        300.0,
        500.0,
    ]


def test_what_is_not_known_is_missing_and_not_zero() -> None:
    county = pl.DataFrame(
        {
            "county": ["01"], "year": [1990], "persons": [100], "births": [3], "deaths": [1],
            "in_moves": [None], "out_moves": [5], "immigration": [1], "emigration": [1],
            "basis": ["observed"],
        },
        schema_overrides={"in_moves": pl.Int64},
    )  # fmt: skip
    municipal = pl.DataFrame(
        {
            "municipality": ["0980"], "year": [2021], "persons": [100], "births": [3], "deaths": [1],
            "in_same_county": [None], "out_same_county": [None], "in_rest_of_sweden": [7],
            "out_rest_of_sweden": [5], "immigration": [1], "emigration": [1], "basis": ["observed"],
            "same_county_absent": ["not_applicable"],
        },
        schema_overrides={"in_same_county": pl.Int64, "out_same_county": pl.Int64},
    )  # fmt: skip
    rows = moves_balance(county, municipal, pl.DataFrame({"place": ["01", "0980"]}))
    found = {row["place"]: row for row in rows.iter_rows(named=True)}
    assert (found["01"]["domestic_net"], found["01"]["moves_absent"]) == (None, "missing")
    # A county of one municipality has no moves within it: all of them cross its border.
    assert (found["0980"]["came"], found["0980"]["domestic_net"]) == (7, 2)
    # A number that is only missing is not taken for nobody.
    lost = municipal.with_columns(same_county_absent=pl.lit("missing"))
    with pytest.raises(DataError, match=r"says nothing of moves within the county of.*0980"):
        moves_balance(county, lost, pl.DataFrame({"place": ["0980"]}))


def test_every_sum_between_counties_is_the_published_one(bundled: Workspace) -> None:
    flows = bundled.table("county_flows")
    assert flows.height == 21 * 20
    assert set(flows["basis"]) == {"estimated"}
    # The series by county is another than that by municipality, which the estimate rests on.
    parts = bundled.table("components_county").filter(year=2021)
    for own, published, abroad in (
        ("origin_county", "out_moves", "emigration"),
        ("destination_county", "in_moves", "immigration"),
    ):
        found = dict(flows.group_by(own).agg(pl.col("persons").sum()).iter_rows())
        expected = dict(parts.select("county", pl.col(published) - pl.col(abroad)).iter_rows())
        assert found == pytest.approx(expected, rel=1e-9)


def test_every_sum_of_a_municipality_is_the_published_one(bundled: Workspace) -> None:
    flows = bundled.table("municipal_moves")
    own = set(bundled.table("places").filter(kind="municipality")["place"])
    parts = bundled.table("components_municipality").filter(pl.col("municipality").is_in(own))
    inside = pl.col("moved_from").str.head(2) == pl.col("moved_to").str.head(2)
    for end, column, chosen in (
        ("moved_from", "out_same_county", inside),
        ("moved_to", "in_same_county", inside),
        ("moved_from", "out_rest_of_sweden", ~inside),
        ("moved_to", "in_rest_of_sweden", ~inside),
    ):
        sums = (
            flows.filter(chosen, pl.col(end).is_in(own))
            .group_by(end)
            .agg(pl.col("persons", "persons_exp").sum())
        )
        both = parts.join(sums, left_on="municipality", right_on=end)
        for form in ("persons_right", "persons_exp"):
            gap = (both[form] - both[column]).abs() / both[column].clip(1)
            assert max(gap.to_list()) < 1e-9, (end, column, form)


def test_distance_alone_says_where_most_moves_stay(bundled: Workspace) -> None:
    """The decay is set by one share of the whole country; how near single municipalities come is a check."""
    rows = bundled.table("moves_fit")
    assert set(rows["form"]) == {"power", "exp"}
    assert rows.filter(form="power")["decay"].item() == pytest.approx(1.6, abs=0.6)
    # Wrong by less than a sixth on average, in either form.
    assert max(rows["mean_error"].to_list()) < 0.16


MADE = pl.DataFrame(
    [("01", "03", 2023, 700), ("03", "01", 2023, 500), ("01", "04", 2023, 300), ("04", "01", 2022, 9)],
    schema=["moved_from", "moved_to", "year", "persons"],
    orient="row",
).with_columns(basis=pl.lit("observed"))


def test_an_observed_table_takes_the_place_of_the_estimate(bundled: Workspace) -> None:
    fit, places = bundled.table("moves_fit"), bundled.table("places")
    flows = county_flows(known(bundled, MADE), fit)
    assert set(flows["basis"]) == {"observed"}
    assert flows.select("origin_county", "destination_county", "year", "persons").rows() == [
        ("01", "03", 2023, 700.0),
        ("01", "04", 2023, 300.0),
        ("03", "01", 2023, 500.0),
    ]
    # One of two flows that a region has only estimated leaves no sum of them observed.
    doubtful = MADE.with_columns(basis=pl.when(moved_to="04").then(pl.lit("estimated")).otherwise("basis"))
    assert county_flows(known(bundled, doubtful), fit)["basis"].to_list() == [
        "observed", "estimated", "observed",
    ]  # fmt: skip
    # Counties say nothing of municipalities: these stay estimated until theirs are read in.
    assert set(municipal_moves(known(bundled, MADE), fit, places)["basis"]) == {"estimated"}
    seen = MADE.with_columns(pl.col("moved_from") + "80", pl.col("moved_to") + "80").filter(
        pl.col("moved_from").is_in(["0180"]), pl.col("moved_to").is_in(["0380"])
    )
    found = municipal_moves(known(bundled, seen), fit, places).row(0, named=True)
    assert (found["moved_from"], found["moved_to"], found["persons"]) == ("0180", "0380", 700.0)
    assert (found["basis"], found["other_absent"]) == ("observed", "not_applicable")
    assert found["km"] == pytest.approx(63, abs=4)
    assert county_flows(known(bundled, seen), fit)["persons"].to_list() == [700.0]


def test_the_hub_county_against_each_other_by_hand() -> None:
    flows = pl.DataFrame(
        [
            ("01", "03", 700.0),
            ("03", "01", 500.0),
            ("01", "04", 300.0),
            ("04", "01", 400.0),
            ("03", "04", 9.0),
        ],
        schema=["origin_county", "destination_county", "persons"],
        orient="row",
    ).with_columns(year=2023, basis=pl.lit("observed"))
    nodes = pl.DataFrame({"node": ["hub"], "municipality": ["0180"]})
    rows = hub_moves(flows, nodes, pl.DataFrame({"year": [2024], "hub": ["hub"]}))
    found = {row["other_county"]: row for row in rows.iter_rows(named=True)}
    assert (found["03"]["hub_net"], found["03"]["out_share"]) == (-200.0, pytest.approx(0.7))
    assert (found["04"]["hub_net"], found["04"]["out_share"]) == (100.0, pytest.approx(0.3))


def test_ages_and_distances_by_hand() -> None:
    moved = pl.DataFrame(
        [("01", 1996, "20-24", 90, 40), ("01", 1996, "unknown", 5, 5)],
        schema=["county_then", "year", "age_class", "domestic_in", "domestic_out"],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))
    people = pl.DataFrame(
        [("01", 1996, age, "women", 100) for age in (19, 20, 24, 25)],
        schema=["county", "year", "age", "sex", "persons"],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))
    places = pl.DataFrame({"place": ["01"], "kind": ["county"]})
    # Of the 200 aged 20 to 24, 90 − 40 more came than left: 250 per 1 000.
    assert moves_age(moved, people, places).select("net", "net_per_1000").rows() == [(50, 250.0)]
    guessed = people.with_columns(basis=pl.when(age=24).then(pl.lit("assumed")).otherwise("basis"))
    assert moves_age(moved, guessed, places)["basis"].to_list() == ["assumed"]
    flows = pl.DataFrame(
        [("0101", "0102", 30.0, 50.0), ("0101", "1480", 10.0, 399.0), ("1480", "0101", 99.0, 399.0)],
        schema=["moved_from", "moved_to", "persons", "km"],
        orient="row",
    ).with_columns(basis=pl.lit("estimated"))
    # Exactly 50 km is at most 50 km.
    found = moves_distance(flows, places).select("at_most_km", "persons", "moves_share").rows()
    assert found == [(50, 30.0, 0.75), (400, 10.0, 0.25)]
    # One assumed pair far away leaves both shares unsure.
    far = flows.with_columns(basis=pl.when(pl.col("km") > 50).then(pl.lit("assumed")).otherwise("basis"))
    assert moves_distance(far, places)["basis"].to_list() == ["assumed", "assumed"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("01,02,2023,4", r"moves of \['02'\], which are not municipalities or counties"),
        ("01,0380,2023,4", "both counties and municipalities"),
        ("01,01,2023,4", "moves from 01 to themselves"),
    ],
)
def test_moves_that_cannot_be_are_refused(tmp_path: Path, rows: str, said: str) -> None:
    file = tmp_path / "moves_known.csv"
    file.write_text(f"moved_from,moved_to,year,persons\n{rows}\n", "utf-8")
    municipalities = pl.DataFrame({"municipality": ["0180", "0380"], "county": ["01", "03"]})
    with pytest.raises(DataError, match=said):
        demography.moves_known(file, municipalities)


def test_moves_that_do_not_match_are_refused(bundled: Workspace) -> None:
    off = bundled.table("components_municipality").with_columns(pl.col("in_rest_of_sweden") + 1)
    case = Known(off, NONE, bundled.table("municipalities"))
    with pytest.raises(DataError, match="within the country they are the same moves"):
        county_flows(case, bundled.table("moves_fit"))
