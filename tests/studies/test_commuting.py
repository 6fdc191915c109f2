"""Commuting: the estimate keeps all that is published, and gives way to what is observed."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from storregion.core import geodesy
from storregion.core.errors import DataError
from storregion.core.table import Schema
from storregion.core.workspace import Workspace
from storregion.facts.cells import CELLS
from storregion.facts.people import POPULATION, POPULATION_PROFILE
from storregion.facts.places import MUNICIPALITIES
from storregion.facts.regional_statistics import REGIONAL_STATISTICS
from storregion.facts.work import (
    COMMUTING,
    COMMUTING_KNOWN,
    COMMUTING_OBSERVED,
    COUNTY_COMMUTING,
    EMPLOYED,
    EMPLOYED_INDUSTRY,
    LABOUR_MARKET_AREAS,
    employed,
    employed_industry,
)
from storregion.publish.portal import open_site
from storregion.studies.commuting import (
    COMMUTING_COUNTIES,
    COMMUTING_ERROR,
    Published,
    Residents,
    _misplaced,
    commuting,
    commuting_counties,
    commuting_error,
    commuting_estimate,
)
from storregion.studies.nearness import Tracks, nearness, nearness_fit, ways_between
from storregion.timetable.tables import RAIL_SEGMENTS, RAIL_STATIONS

YEARS = [2020, 2021, 2022, 2023]


def frame(schema: Schema, rows: list[dict[str, Any]]) -> pl.DataFrame:
    types = {column.name: column.dtype for column in schema.columns}
    return schema.check(pl.DataFrame(rows, schema=types, orient="row"), maker="the test")


# ---- the bundled estimate


@pytest.fixture(scope="module")
def both(bundled: Workspace) -> pl.DataFrame:
    """The published shares beside those reckoned from the cells of the table."""
    flows = bundled.table("commuting")
    away = pl.col("persons").filter(pl.col("home") != pl.col("work"))
    made = flows.group_by("year", municipality="home").agg(
        out=away.sum() / pl.col("persons").sum(), most=away.max() / pl.col("persons").sum()
    )
    largest = flows.select(
        "year", municipality="home", largest_destination="work", cell_to="cell", to="persons"
    )
    total = flows.group_by("year", municipality="home").agg(total=pl.col("persons").sum())
    published = bundled.table("labour_market_areas")
    key = ["municipality", "year"]
    return published.join(made, on=key).join(largest, on=[*key, "largest_destination"]).join(total, on=key)


def test_every_published_share_is_reproduced(both: pl.DataFrame) -> None:
    assert both.height == 290 * 4
    for name, made in (
        ("out_share", pl.col("out")),
        ("out_share_largest", pl.col("most")),
        ("out_share_largest", pl.col("to") / pl.col("total")),
    ):
        off = both.select((pl.col(name) - made).abs().max()).item()
        assert off < 1e-6, (name, off)


def test_every_pair_stands_once_a_year_as_estimated_with_its_mark(
    bundled: Workspace, both: pl.DataFrame
) -> None:
    flows = bundled.table("commuting")
    assert flows.height == 4 * 290 * 290
    assert flows["year"].unique().sort().to_list() == YEARS
    assert flows["basis"].unique().to_list() == ["estimated"]
    assert flows["sex"].unique().to_list() == ["total"]
    assert flows["cell"].unique().sort().to_list() == ["published_share", "spread"]
    assert both["cell_to"].unique().to_list() == ["published_share"]
    marked = flows.filter(pl.col("cell") == "published_share")
    # Of each municipality and year: those at home, and those to the largest destination.
    assert marked.group_by("year", "home").len()["len"].unique().to_list() == [2]
    assert marked.filter(pl.col("home") == pl.col("work")).height == 4 * 290


def test_jobs_and_employed_residents_are_as_many(bundled: Workspace) -> None:
    flows = bundled.table("commuting")
    for year in YEARS:
        now = flows.filter(pl.col("year") == year)
        residents = now.group_by("home").agg(pl.col("persons").sum())["persons"].sum()
        jobs = now.group_by("work").agg(pl.col("persons").sum())["persons"].sum()
        assert residents == pytest.approx(jobs, rel=1e-12)
        # SCB counted 5.0–5.3 million employed residents in these years.
        assert 4.9e6 < residents < 5.4e6


def test_commuters_across_borders_are_about_as_many_as_the_regions_say(bundled: Workspace) -> None:
    # Mälardalsrådet, Systemanalys 2024: 850 000 a day cross a municipal border in Stockholm-Mälarregionen.
    said = bundled.table("published_facts").filter(
        pl.col("indicator").str.contains("dagpendlare över kommungräns")
    )
    assert said["source"].str.contains("malardalsradet").to_list() == [True]
    inside = bundled.table("places").filter(kind="municipality")["place"].implode()
    crossing = bundled.table("commuting").filter(
        pl.col("year") == 2023,
        pl.col("home") != pl.col("work"),
        pl.col("home").is_in(inside),
        pl.col("work").is_in(inside),
    )["persons"]
    assert crossing.sum() == pytest.approx(float(said["value"].item()), rel=0.1)


def test_the_error_says_how_far_distance_alone_goes(bundled: Workspace) -> None:
    error = bundled.table("commuting_error")
    assert error["year"].to_list() == YEARS
    for row in error.iter_rows(named=True):
        # In per cent: a share of 0.04, or one taken a hundred times too often, lies far outside.
        assert 3.9 < row["error"] < 4.1
        # A free spread hits most largest destinations.
        assert 0.5 < row["destinations_found"] <= 1
        flows = bundled.table("commuting").filter(year=row["year"])
        sure = float(flows.filter(cell="published_share")["persons"].sum())
        assert row["fixed_share"] == pytest.approx(sure / float(flows["persons"].sum()))


def test_what_is_spread_has_an_interval_and_what_is_published_none(bundled: Workspace) -> None:
    flows = bundled.table("commuting").filter(year=2023)
    published = flows.filter(cell="published_share")
    assert published["low"].null_count() == published["high"].null_count() == published.height
    spread = flows.filter(cell="spread")
    low, persons, high = spread["low"], spread["persons"], spread["high"]
    assert low.null_count() == high.null_count() == 0
    assert ((low <= persons) & (persons <= high)).all()
    # No destination gets more than the largest.
    most = published.filter(pl.col("home") != pl.col("work")).select("home", most="persons")
    both = spread.join(most, on="home")
    assert (both["high"] <= both["most"] * (1 + 1e-9)).all()
    # Of hundreds of people, the truth lies within a factor of two or so.
    many = spread.filter(pl.col("persons").is_between(500, 2000)).select(pl.col("high") / pl.col("persons"))
    assert 1.2 < many.to_series().median() < 2.5  # type: ignore[operator]


def test_flows_between_counties_are_the_observed_shares(bundled: Workspace) -> None:
    sums = bundled.table("commuting_counties").filter(year=2023)
    assert sums.height == 21 * 21
    off = sums.filter(pl.col("home_county") != "09").select(
        (pl.col("persons") - pl.col("carried")).abs().max()
    )
    assert off.item() < 1
    # Gotland is one municipality: those who stay there are published for the year itself.
    island = sums.filter(pl.col("home_county") == "09")
    assert (island["persons"] - island["carried"]).abs().sum() < 0.02 * float(island["persons"].sum())
    # SCB 2018: 3 106 from Örebro county to Stockholm county, 40 300 out of Stockholm county, 105 000 into it.
    pair = sums.filter(home_county="18", work_county="01").row(0, named=True)
    assert pair["observed"] == 3106
    assert pair["persons"] == pytest.approx(3106, rel=0.05)
    across = sums.filter(pl.col("home_county") != pl.col("work_county"))
    assert across.filter(work_county="01")["persons"].sum() == pytest.approx(105_000, rel=0.05)
    assert across.filter(home_county="01")["persons"].sum() == pytest.approx(40_300, rel=0.05)


def test_long_distances_are_commuted(bundled: Workspace) -> None:
    # A regional analyst would not believe less: each is a city an hour or two by train from the largest.
    flows = bundled.table("commuting").filter(year=2023, work="0180")
    share = flows.join(
        bundled.table("commuting").filter(year=2023).group_by("home").agg(all=pl.col("persons").sum()),
        on="home",
    ).select("home", share=pl.col("persons") / pl.col("all"))
    found = dict(share.iter_rows())
    for home in ("2180", "0581", "0580", "1880"):  # Gävle, Norrköping, Linköping, Örebro
        assert 0.005 < found[home] < 0.04, home
    assert found["0581"] > found["0580"]  # Norrköping is nearer than Linköping


# ---- by hand


POINTS = {"0001": (0, 0), "0002": (10, 0), "0003": (0, 10), "0004": (10, 10)}
SHARES = {
    # out, to the largest, the largest
    "0001": (0.10, 0.10, "0002"),
    "0002": (0.30, 0.20, "0001"),
    "0003": (0.40, 0.30, "0001"),
    "0004": (0.00, 0.00, "0004"),
}


def areas(years: list[int], basis: str = "observed") -> pl.DataFrame:
    return frame(
        LABOUR_MARKET_AREAS,
        [
            {
                "municipality": code,
                "year": year,
                "la_code": "LA0001",
                "la_name": "A",
                "largest_destination": to,
                "out_share": out,
                "out_share_largest": largest,
                "basis": basis,
            }
            for code, (out, largest, to) in SHARES.items()
            for year in years
        ],
    )


def empty(schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: column.dtype for column in schema.columns})


def municipalities(county: Mapping[str, str] | None = None) -> pl.DataFrame:
    counties = county or {}
    rows = [
        {"municipality": code, "name": code, "county": counties.get(code, "00"), "land_km2": 9.0}
        | {"latitude": 60.0, "longitude": 15.0, "basis": "observed"}
        for code in POINTS
    ]
    return frame(MUNICIPALITIES, rows)


def near(basis: str = "estimated") -> pl.DataFrame:
    """Nearness of the four, everybody in one cell each, and no trains."""
    lived = [
        {"cell": f"{at}_{at}", "municipality": code, "east": 5e5 + 1e3 * x, "north": 6.6e6 + 1e3 * y}
        | {"residents": 1000.0, "basis": "estimated"}
        for at, (code, (x, y)) in enumerate(POINTS.items(), 1)
    ]
    cells = frame(CELLS, lived)
    ways = ways_between(cells, Tracks(empty(RAIL_STATIONS), empty(RAIL_SEGMENTS)))
    fitted = nearness_fit(cells, ways, areas([2020]))
    return nearness(cells, ways, fitted).with_columns(basis=pl.lit(basis))


def test_the_way_by_train_takes_what_a_car_would_do_meanwhile_by_hand() -> None:
    # 100 km apart. 20 km to the station at 40 km/h are 30 minutes, 30 on the train, none from it, 20 to wait:
    # 80 minutes, in which a car does 88 km at 66 km/h: √(100 · 88).
    lived = [
        {"cell": f"{east:.0f}_6600", "municipality": code, "east": 1e3 * east, "north": 6.6e6}
        | {"residents": 9.0, "basis": "estimated"}
        for code, east in (("0001", 500), ("0002", 600))
    ]
    longitude, latitude = geodesy.degrees([5.2e5, 6e5], [6.6e6, 6.6e6])
    stations = [
        {"station": name, "latitude": latitude[at], "longitude": longitude[at], "basis": "observed"}
        for at, name in enumerate(("A", "B"))
    ]
    train = {"from_station": "B", "to_station": "A", "median_minutes": 30.0, "basis": "observed"}
    train |= {"weekday_trains": 9, "fastest_minutes": 25.0}
    tracks = Tracks(pl.DataFrame(stations), frame(RAIL_SEGMENTS, [train]))

    def way(**assumed: float) -> float:
        rows = ways_between(frame(CELLS, lived), tracks, **assumed).filter(home="0001", work="0002")
        assert rows["km"].item() == pytest.approx(100)
        return float(rows["way"].item())

    assert way() == pytest.approx((100 * 88) ** 0.5, rel=1e-4)
    # A station farther away than one goes is none.
    assert way(access_km=19.0) == pytest.approx(100)


def people(persons: Mapping[str, Mapping[int, int]], basis: str = "observed") -> pl.DataFrame:
    rows = [
        {"municipality": code, "year": year, "persons": number, "basis": basis}
        for code, years in persons.items()
        for year, number in years.items()
    ]
    return frame(POPULATION, rows)


def profile(young: Mapping[int, float]) -> pl.DataFrame:
    rows = [
        {
            "municipality": code,
            "year": year,
            **{column.name: None for column in POPULATION_PROFILE.columns[2:]},
            "share_0_19": share,
            "share_75_plus": 0.10,
            "basis": "observed",
        }
        for code in POINTS
        for year, share in young.items()
    ]
    types = {column.name: column.dtype for column in POPULATION_PROFILE.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


NOBODY = empty(COMMUTING_OBSERVED)
NO_COUNTIES = empty(COUNTY_COMMUTING)
NO_FLOWS, NO_SIDES = empty(COMMUTING_KNOWN), empty(EMPLOYED)
SAME = {code: {2020: 1000, 2022: 1000} for code in POINTS}


def estimated(
    persons: Mapping[str, Mapping[int, int]] = SAME,
    years: tuple[int, ...] = (2020,),
    seen: pl.DataFrame = NOBODY,
) -> pl.DataFrame:
    residents = Residents(people(persons), profile({2020: 0.20}), municipalities())
    published = Published(seen, NO_COUNTIES, areas(list(years)), NO_FLOWS, NO_SIDES)
    guess = commuting_estimate(published, residents, near(), employed_share=0.5)
    return COMMUTING.check(commuting(seen, guess), maker="commuting")


def cell(found: pl.DataFrame, home: str, work: str, year: int = 2020) -> float:
    return float(found.filter(home=home, work=work, year=year)["persons"].item())


def test_a_matrix_of_four_by_hand() -> None:
    # 1 000 residents, 70 % of them 20–74, half of whom work: 350 employed in each.
    found = estimated()
    assert cell(found, "0001", "0001") == pytest.approx(350 * 0.9)
    # All who leave the first go to the second: nothing is left to spread.
    assert [cell(found, "0001", work) for work in ("0002", "0003", "0004")] == pytest.approx([35, 0, 0])
    # The second sends a fifth to the first; the tenth that is left goes to the others, never above a fifth.
    assert cell(found, "0002", "0001") == pytest.approx(70)
    rest = [cell(found, "0002", work) for work in ("0003", "0004")]
    assert sum(rest) == pytest.approx(35)
    # By nearness times the jobs that the matrix itself has; the ways are 14.1 and 10 km.
    fitted = near()
    jobs = {work: found.filter(work=work)["persons"].sum() for work in POINTS}
    weights = []
    for work, km in (("0003", np.hypot(10, 10)), ("0004", 10)):
        row = fitted.filter(home="0002", work=work).row(0, named=True)
        assert row["km"] == pytest.approx(km)
        assert row["far"] == pytest.approx(np.exp(-km / 200))
        weights.append((row["near"] + 0.003 * row["far"]) * jobs[work])
    assert rest[0] / rest[1] == pytest.approx(weights[0] / weights[1], rel=1e-6)
    # Nobody leaves the fourth.
    assert cell(found, "0004", "0004") == pytest.approx(350)
    assert {row["cell"] for row in found.filter(home="0004", work="0004").rows(named=True)} == {
        "published_share"
    }


def test_population_between_two_years_lies_on_the_line_and_after_the_last_stays() -> None:
    persons = SAME | {"0001": {2018: 600, 2022: 1000, 2023: 1200}}
    # A half of the way from 600 to 1 000 in 2020 and three quarters in 2021; in 2024 still the last, 1 200.
    found = estimated(persons, (2020, 2021, 2024))
    for year, people_then in ((2020, 800), (2021, 900), (2024, 1200)):
        residents = found.filter(home="0001", year=year)["persons"].sum()
        assert residents == pytest.approx(people_then * 0.7 * 0.5), year


def test_without_population_before_the_year_nothing_is_estimated() -> None:
    with pytest.raises(DataError, match=r"population near 2020 is not known for \['0003'\]"):
        estimated({**SAME, "0003": {2021: 1000}})


def test_shares_that_contradict_each_other_are_refused_with_the_year() -> None:
    # Nine tenths leave the first, a tenth to each of the others at most: six tenths find no room.
    wrong = areas([2020]).with_columns(
        out_share=pl.when(pl.col("municipality") == "0001").then(0.9).otherwise("out_share")
    )
    residents = Residents(people(SAME), profile({2020: 0.2}), municipalities())
    with pytest.raises(DataError, match="commuting 2020 cannot be estimated from labour_market_areas"):
        commuting_estimate(Published(NOBODY, NO_COUNTIES, wrong, NO_FLOWS, NO_SIDES), residents, near())


# ---- flows between counties


TWO = {"0001": "01", "0002": "01", "0003": "01", "0004": "02"}


def of_two_counties(flows: Mapping[tuple[str, str], int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The estimate of 2020, and what two counties sum to beside flows between them in 2018."""
    rows = [
        {"year": 2018, "home_county": home, "work_county": work, "persons": persons, "basis": "observed"}
        for (home, work), persons in flows.items()
    ]
    between, places = frame(COUNTY_COMMUTING, rows), municipalities(TWO)
    persons = {code: {2018: 1000, 2020: 1000} for code in POINTS}
    residents = Residents(people(persons), profile({2018: 0.20}), places)
    guess = commuting_estimate(
        Published(NOBODY, between, areas([2020]), NO_FLOWS, NO_SIDES), residents, near(), employed_share=0.5
    )
    sums = commuting_counties(guess, between, places)
    return guess, COMMUTING_COUNTIES.check(sums, maker="commuting_counties")


def test_flows_between_counties_are_those_of_the_year_observed() -> None:
    # 1 050 employed in the three municipalities of the first county. A tenth of the second's 350 and of the
    # third's are left when the largest destinations have theirs: 70, to be spread over the municipalities.
    # In 2018 as many as 21 of 1 050 worked in the second county, the fourth municipality.
    guess, sums = of_two_counties({("01", "01"): 1029, ("01", "02"): 21, ("02", "02"): 350})
    first = sums.filter(home_county="01", work_county="02").row(0, named=True)
    assert (first["year"], first["observed_year"], first["observed"]) == (2020, 2018, 21)
    assert (first["carried"], first["persons"]) == pytest.approx((21, 21))
    assert guess.filter(work="0004", home="0004")["persons"].item() == pytest.approx(350)
    # Without them it would be another number.
    assert estimated().filter(pl.col("home") != "0004", work="0004")["persons"].sum() != pytest.approx(
        21, rel=0.2
    )


def test_a_county_where_more_work_has_more_employed() -> None:
    # In 2018 the counties have 2 100 and 700 of working age, of whom 0.4 and 0.8 are employed: 840 and 560,
    # half of the country's. With 0.5 assumed in 2020 too, 700 of working age are 280 or 560.
    guess, _ = of_two_counties({("01", "01"): 840, ("02", "02"): 560})
    living = guess.group_by("home").agg(pl.col("persons").sum()).sort("home")["persons"].to_list()
    assert living == pytest.approx([280, 280, 280, 560])


def seen_flows(year: int, sex: str = "total") -> pl.DataFrame:
    rows = [
        {"year": year, "home": home, "work": home, "sex": sex, "persons": 5.0, "basis": "observed"}
        for home in POINTS
    ]
    return frame(COMMUTING_OBSERVED, rows)


# ---- what a user knows beside the shares


def guessed(known: pl.DataFrame = NO_FLOWS, sides: pl.DataFrame = NO_SIDES) -> pl.DataFrame:
    residents = Residents(
        people({code: {2019: 2000, 2020: 1000} for code in POINTS}), profile({2019: 0.2}), municipalities()
    )
    published = Published(NOBODY, NO_COUNTIES, areas([2020]), known, sides)
    return COMMUTING.check(commuting_estimate(published, residents, near(), employed_share=0.5), maker="x")


def known_flow(year: int, persons: float) -> pl.DataFrame:
    row = {"year": year, "home": "0002", "work": "0003", "persons": persons, "basis": "observed"}
    return frame(COMMUTING_KNOWN, [row])


def test_a_known_flow_is_met_exactly_and_the_rest_gives_way() -> None:
    # The second has 350 employed: 245 stay, 70 go to the first, and 35 are left for the third and fourth.
    found = guessed(known_flow(2020, 30.0))
    assert [cell(found, "0002", work) for work in POINTS] == pytest.approx([70, 245, 30, 5])
    row = found.filter(home="0002", work="0003").row(0, named=True)
    assert (row["cell"], row["low"], row["high"]) == ("observed", None, None)
    # A year before, twice as many were of working age: 60 then are 30 now.
    carried = guessed(known_flow(2019, 60.0))
    assert cell(carried, "0002", "0003") == pytest.approx(30)
    assert carried.filter(home="0002", work="0003")["cell"].item() == "carried"


def test_a_known_flow_from_before_the_population_is_at_hand_is_refused() -> None:
    with pytest.raises(
        DataError, match="commuting_known has 1999, but the population near that year is not known"
    ):
        guessed(known_flow(1999, 60.0))


def test_day_and_night_population_stand_in_their_year() -> None:
    def side(name: str, persons: Mapping[str, float]) -> list[dict[str, Any]]:
        return [
            {"municipality": code, "year": 2020, "side": name, "persons": number, "basis": "observed"}
            for code, number in persons.items()
        ]

    # 400 employed live in the second: 280 stay, 80 go to the first, 40 are left. In the third 210 of 350
    # stay, 105 go to the first and 35 are left. The fourth has 350 of its own and 400 jobs: 50 of these 75.
    found = guessed(sides=frame(EMPLOYED, side("night", {"0002": 400.0}) + side("day", {"0004": 400.0})))
    assert found.filter(home="0002")["persons"].sum() == pytest.approx(400)
    assert found.filter(work="0004")["persons"].sum() == pytest.approx(400)
    assert found.filter(home="0003")["persons"].sum() == pytest.approx(350)


def test_day_and_night_population_are_found_by_the_words_of_the_publisher() -> None:
    def rows(category: str) -> pl.DataFrame:
        made = [
            {"statistic": series, "area": "0001", "period": "2020", "sex": "total", "age": "15-74"}
            | {"category": category, "measure": measure, "value": value, "basis": "observed"}
            for series, measure, value in (
                ("employment_preliminary", "Sysselsatta med arbetsplats i regionen (dagbefolkning)", 9.0),
                ("employment", "Sysselsatta med arbetsplats i regionen (dagbefolkning)", 10.0),
                ("employment", "Sysselsatta med bostad i regionen (nattbefolkning)", 20.0),
                ("employment", "Something else", 30.0),
            )
        ]
        return frame(REGIONAL_STATISTICS, made)

    found = EMPLOYED.check(employed(rows("samtliga"), municipalities()), maker="employed")
    # The final series stands before the preliminary one.
    assert dict(found.select("side", "persons").iter_rows()) == {"day": 10.0, "night": 20.0}
    with pytest.raises(DataError, match="is counted in transport, but not in all"):
        employed(rows("transport"), municipalities())


def test_industries_are_found_by_the_words_of_the_publisher() -> None:
    def rows(*labels: str) -> pl.DataFrame:
        made = [
            {"statistic": "employment", "area": "0001", "period": "2020", "sex": "total", "age": "15-74"}
            | {"category": label, "measure": "dagbefolkning", "value": float(at), "basis": "observed"}
            for at, label in enumerate(labels)
        ]
        return frame(REGIONAL_STATISTICS, made)

    labels = (
        "samtliga",
        "tillverkning och utvinning",
        "Vård och omsorg; sociala tjänster",
        "okänd verksamhet",
    )
    found = EMPLOYED_INDUSTRY.check(employed_industry(rows(*labels), municipalities()), maker="a test")
    assert dict(found.select("industry", "persons").iter_rows()) == {"B+C": 1.0, "Q": 2.0}
    for label, said in (("rymdfart", "is none"), ("handel och transport", "is more than one")):
        with pytest.raises(DataError, match=f"the industry '{label}' of the fetched employment {said}"):
            employed_industry(rows("samtliga", label), municipalities())


def test_an_observed_year_is_taken_as_it_is() -> None:
    found = estimated(years=(2020, 2021), seen=seen_flows(2021))
    now = found.filter(year=2021).drop("low", "high")
    assert now.drop("cell").rows() == seen_flows(2021).select(now.drop("cell").columns).sort("home").rows()
    assert set(now["cell"]) == {"observed"}
    assert set(found.filter(year=2020)["basis"]) == {"estimated"}
    assert found.filter(year=2020).equals(estimated())
    residents = Residents(people(SAME), profile({2020: 0.20}), municipalities())
    published = Published(seen_flows(2021), NO_COUNTIES, areas([2020, 2021]), NO_FLOWS, NO_SIDES)
    guess = commuting_estimate(published, residents, near(), employed_share=0.5)
    # The residents of an observed year are the observed ones.
    assert guess.filter(year=2021, home="0001")["persons"].sum() == pytest.approx(5)
    error = commuting_error(guess, published, near(), municipalities())
    assert COMMUTING_ERROR.check(error, maker="commuting_error")["year"].to_list() == [2020, 2021]
    # Nobody crosses a border in the observed year, so nobody can be misplaced.
    assert error["misplaced"].to_list() == [None, None]
    assert set(error["misplaced_absent"]) == {"not_applicable"}


def test_misplaced_people_are_counted_once() -> None:
    guess = pl.DataFrame({"home": ["a", "a", "b"], "work": ["b", "c", "b"], "persons": [9.0, 1.0, 50.0]})
    seen = pl.DataFrame({"home": ["a", "a", "b"], "work": ["b", "d", "b"], "persons": [6.0, 4.0, 70.0]})
    # Of ten who cross a border, a→b has 3 too many, a→c 1 too many, a→d 4 too few: 4 of 10 are misplaced.
    assert _misplaced(guess, seen) == pytest.approx(0.4)


def test_a_year_of_women_and_men_without_a_total_does_not_vanish() -> None:
    with pytest.raises(DataError, match=r"no total in \[2021\]"):
        estimated(years=(2020, 2021), seen=seen_flows(2021, "women"))


def test_a_year_without_published_shares_has_no_estimate() -> None:
    found = estimated(years=(2020,), seen=seen_flows(2019))
    assert set(found["year"]) == {2019, 2020}
    assert set(found.filter(year=2019)["cell"]) == {"observed"}


@pytest.mark.parametrize(
    "what", ["areas", "population", "nearness", "counties", "known", "sides", "population of 2018"]
)
def test_an_estimate_from_what_a_scenario_changed_is_assumed(what: str) -> None:
    def assumed(table: pl.DataFrame, name: str) -> pl.DataFrame:
        first = pl.int_range(pl.len()) == 0
        basis = pl.when(first).then(pl.lit("assumed")).otherwise("basis")
        return table.with_columns(basis=basis) if name == what else table

    # In 2018, whose flows between counties hold, as many lived there as in 2020.
    lived = people({code: {2018: 1000, 2020: 1000} for code in POINTS}).sort("year", descending=True)
    earlier = assumed(lived.sort("year"), "population of 2018").sort("year", descending=True)
    row = {"year": 2018, "home_county": "01", "work_county": "01", "persons": 1400, "basis": "observed"}
    side = {"municipality": "0002", "year": 2020, "side": "night", "persons": 350.0, "basis": "observed"}

    def made() -> pl.DataFrame:
        published = Published(
            NOBODY,
            assumed(frame(COUNTY_COMMUTING, [row]), "counties"),
            assumed(areas([2020]), "areas"),
            assumed(known_flow(2020, 30.0), "known"),
            assumed(frame(EMPLOYED, [side]), "sides"),
        )
        people_known = earlier if what == "population of 2018" else assumed(lived, "population")
        residents = Residents(people_known, profile({2018: 0.2, 2020: 0.2}), municipalities())
        return commuting_estimate(published, residents, assumed(near(), "nearness"), employed_share=0.5)

    assert set(made()["basis"]) == {"assumed"}
    what = "nothing"
    assert set(made()["basis"]) == {"estimated"}


# ---- the bundled group with an observed year


@pytest.mark.long
def test_the_year_at_hand_is_observed_and_the_others_stay_as_they_were(
    bundled: Workspace, observed: Workspace
) -> None:
    before, now = (work.table("commuting") for work in (bundled, observed))
    earlier = pl.col("year") < 2023
    # The same to the last digits, which depend on the order of sums.
    assert_frame_equal(now.filter(earlier), before.filter(earlier), rel_tol=1e-9)
    latest = now.filter(~earlier)
    assert set(latest["basis"]) == {"observed"}
    assert set(latest["cell"]) == {"observed"}
    error = observed.table("commuting_error")
    assert error["year"].to_list() == [2020, 2021, 2022, 2023]
    # The observed matrix is the estimate in whole persons, so little but rounding is misplaced.
    assert error["misplaced"][:3].to_list() == [None] * 3
    assert 0 < error["misplaced"][3] < 0.03
    origins = {origin.file: origin for origin in observed.origins("node_roles")}
    assert origins["commuting.csv"].producer == "Testverket"
    assert "commuting.csv" not in {origin.file for origin in bundled.origins("node_roles")}


@pytest.mark.parametrize(
    "table",
    ["labour_markets", "labour_market_sizes", "labour_market_tree", "node_roles", "node_flows", "gravity"],
)
def test_what_rests_on_the_observed_year_is_observed(
    bundled: Workspace, observed: Workspace, table: str
) -> None:
    now = observed.table(table)
    cores = observed.table("nodes").filter(kind="regional_core")["node"].to_list()
    for name in ("node", "origin", "destination"):
        if name in now.columns:
            # A municipality that stands in for an urban core is an assumption in every year.
            assert set(now.filter(pl.col(name).is_in(cores))["basis"]) == {"assumed"}
            now = now.filter(~pl.col(name).is_in(cores))
    assert set(now.filter(year=2023)["basis"]) == {"observed"}
    before = bundled.table(table).filter(pl.col("year") < 2023)
    assert_frame_equal(observed.table(table).filter(pl.col("year") < 2023), before, rel_tol=1e-12)


def test_an_observed_year_is_not_set_against_an_estimated_one(observed: Workspace) -> None:
    flows = observed.table("node_flows")
    assert set(flows.filter(year=2023)["change_absent"]) == {"not_comparable"}
    assert set(flows.filter(year=2023)["cross_link_change"]) == {None}
    assert flows.filter(year=2022)["cross_link_change"].null_count() == 0
    areas_now = observed.table("labour_markets").filter(year=2023)
    assert set(areas_now.filter(rule="euro")["moved"]) == {None}
    # The areas by la are observed in all years, since they follow from published shares.
    assert set(areas_now.filter(rule="la")["moved"]) == {"yes", "no"}
    assert observed.table("labour_market_agreement")["agreeing"].to_list()[:3] == [290] * 3


def test_nothing_else_changes(bundled: Workspace, observed: Workspace) -> None:
    from_commuting = {"commuting_observed", "commuting"}
    for table in bundled.steps:
        inputs = set(bundled.record(table).inputs)
        if table in from_commuting or inputs & from_commuting:
            from_commuting.add(table)
        else:
            assert observed.key(table) == bundled.key(table), table
    assert "node_levels" in from_commuting
    assert "growth" not in from_commuting


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("sv", "Pendlingen 2023 är observerad.", "Så säkra är uppgifterna"),
        ("en", "Commuting in 2023 is observed.", "How certain this is"),
    ],
)
def test_node_pages_say_that_commuting_is_observed(
    observed: Workspace, language: Any, said: str, unsaid: str
) -> None:
    site = open_site(observed)
    for node in observed.table("nodes")["node"]:
        html = site.html(language, f"place/{node}/")
        text = _words(html)
        assert said in text, node
        assert unsaid not in text, node
        assert 'class="flow guess"' not in html
        assert "()" not in text
    assert 'class="flow"' in site.html(language, "place/uppsala/")


def _words(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", "", html).split())
