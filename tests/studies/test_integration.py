"""One market or several: pairs by hand, prices beyond the country's, and what is not known."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.studies.integration import (
    MARKET_MOVES,
    SIDES,
    Compared,
    Ground,
    Signs,
    market_moves,
    market_pairs,
    market_sides,
    market_state,
)

PLACES = pl.DataFrame(
    [
        ("a", "node", "01"),
        ("b", "node", "02"),
        ("c", "node", "02"),
        ("01", "county", "01"),
        ("02", "county", "02"),
    ],
    ["place", "kind", "county"],
    orient="row",
)
NODES = pl.DataFrame({"node": ["a", "b", "c"], "municipality": ["0101", "0201", "0202"]})
YEARS = list(range(2011, 2025))


def commuters() -> dict[str, pl.DataFrame]:
    """a–b is strong, a–c cannot be judged; counties 01–02 are weak in both forms, 0.2 to 0.45."""
    nodes = pl.DataFrame(
        [("a", "b", 2023, 2.0, "strong", "estimated"), ("a", "c", 2023, 0.9, None, "estimated")],
        ["one", "two", "year", "ratio", "verdict", "basis"],
        orient="row",
    )
    counties = pl.DataFrame(
        [("01", "02", 2018, 0.2, 0.45, "weak", "observed")],
        ["county", "other_county", "year", "ratio_low", "ratio_high", "verdict", "basis"],
        orient="row",
    )
    return {"node_pairs": nodes, "county_pairs": counties}


def studying() -> dict[str, pl.DataFrame]:
    """a reaches X and Y, b reaches X; c reaches nothing in time. 0101 reaches X, of 02 one in four does."""
    times = pl.DataFrame(
        [
            ("node", "a", "X", 10.0), ("node", "a", "Y", 60.0), ("node", "b", "X", 20.0),
            ("node", "c", "X", 61.0),
            ("municipality", "0101", "X", 10.0), ("municipality", "0201", "X", 20.0),
        ],
        ["kind", "code", "institution", "minutes"],
        orient="row",
    ).with_columns(basis=pl.lit("assumed"))  # fmt: skip
    students = pl.DataFrame(
        {"institution": ["X", "Y"], "enrolled": [300, 100], "academic_year": "2018/19"}
    ).with_columns(basis=pl.lit("observed"))
    people = pl.DataFrame({"municipality": list(AT), "year": 2024, "persons": [1000, 100, 300, *[500] * 17]})
    people = people.with_columns(basis=pl.lit("observed"))
    return {"campus_times": times, "students": students, "population_yearly": people}


def prices() -> dict[str, pl.DataFrame]:
    """The country stands still; 0101 and 0201 swing alike, and 0202 the other way."""
    swing = np.where(np.arange(14) % 2, 1.3, 1.0)
    levels = {"0101": swing, "0201": swing * 1.01 ** np.arange(14), "0202": 1 / swing}
    still = {f"09{at:02}": np.ones(14) for at in range(7)}
    rows = [
        (code, year, float(1e6 * price))
        for code, series in (levels | still).items()
        for year, price in zip(YEARS, series, strict=True)
    ]
    names = ["municipality", "year", "house_price_sek"]
    municipal = pl.DataFrame(rows, names, orient="row").with_columns(basis=pl.lit("observed"))
    county = municipal.filter(pl.col("municipality").is_in(["0101", "0202", *still])).select(
        "year",
        "basis",
        county=pl.col("municipality").replace({"0101": "01", "0202": "02"}),
        house_price_index_1990=pl.col("house_price_sek") / 1e4,
    )
    return {"housing": municipal, "county_house_prices": county}


NO_MOVES = pl.DataFrame(
    schema={"moved_from": str, "moved_to": str, "year": int, "persons": int, "basis": str}
)
# Twenty municipalities of nineteen counties, at these kilometres of a line.
AT = {"0101": 100.0, "0201": 170.0, "0202": 260.0} | {f"{at:02}01": 40.0 * at for at in range(3, 20)}


def moving() -> dict[str, pl.DataFrame]:
    """No moves that are known."""
    return {"market_moves": against(NO_MOVES)}


def against(seen: pl.DataFrame, **rule: float) -> pl.DataFrame:
    """Moves against what is expected between municipalities on the line."""
    points = pl.DataFrame(
        {"municipality": list(AT), "east": [1000 * km for km in AT.values()], "north": [0.0] * len(AT)}
    ).with_columns(basis=pl.lit("estimated"))
    ground = Ground(points, studying()["population_yearly"])
    found = market_moves(Compared(PLACES, NODES), seen, ground, **rule)
    return MARKET_MOVES.check(found, maker="market_moves")


def moved(changed: dict[tuple[str, str], float], scale: float = 1e6) -> pl.DataFrame:
    """Moves that fall with distance alone, a pair in both directions times what is asked for."""
    rows = [
        (
            one,
            two,
            2023,
            round(scale / abs(AT[one] - AT[two]) * changed.get((min(one, two), max(one, two)), 1)),
        )
        for one in AT
        for two in AT
        if one != two
    ]
    earlier = [("0101", "0601", 2022, 10**9)]
    return pl.DataFrame(
        rows + earlier, ["moved_from", "moved_to", "year", "persons"], orient="row"
    ).with_columns(basis=pl.lit("observed"))


def signs(**changed: pl.DataFrame) -> Signs:
    return Signs(**{**commuters(), **studying(), **prices(), **moving(), **changed})


@pytest.fixture(scope="module")
def sides() -> pl.DataFrame:
    return market_sides(Compared(PLACES, NODES), signs())


def verdict(sides: pl.DataFrame, one: str, two: str, side: str) -> tuple[Any, str | None]:
    row = sides.filter(place=one, other_place=two, side=side).row(0, named=True)
    return row["value"], row["verdict"]


def test_every_pair_has_every_side_and_a_reason_where_it_has_no_value(sides: pl.DataFrame) -> None:
    # a–b, a–c, b–c and 01–02.
    assert sides.height == 4 * len(SIDES)
    moves = sides.filter(side="moves")
    assert moves["value"].null_count() == moves["verdict"].null_count() == 4
    assert set(moves["value_absent"]) == set(moves["verdict_absent"]) == {"missing"}


def test_work_has_the_verdict_of_the_model(sides: pl.DataFrame) -> None:
    assert verdict(sides, "a", "b", "work") == (2.0, "strong")
    assert verdict(sides, "a", "c", "work") == (0.9, None)
    # The middle of the two forms is √(0.2·0.45) = 0.3.
    value, judged = verdict(sides, "01", "02", "work")
    assert (value, judged) == (pytest.approx(0.3), "weak")


def test_study_places_in_common_by_hand(sides: pl.DataFrame) -> None:
    # Either of a and b reaches 400 places, both the 300 of X. c reaches none, so nothing is in common.
    assert verdict(sides, "a", "b", "education") == (0.75, "strong")
    assert verdict(sides, "a", "c", "education") == (0.0, "weak")
    # All of 01 and 100 of the 400 residents of 02 reach X: 300·0.25 of 300·1.
    assert verdict(sides, "01", "02", "education") == (0.25, "partly")


@pytest.mark.parametrize(("common", "said"), [(50, "strong"), (49, "partly"), (10, "partly"), (9, "weak")])
def test_a_share_on_the_border_of_a_verdict(common: int, said: str) -> None:
    """a reaches 100 places, of which b reaches those of X: strong from a half, weak below a tenth."""
    students = studying()["students"].with_columns(enrolled=pl.Series([common, 100 - common]))
    found = market_sides(Compared(PLACES, NODES), signs(students=students))
    assert verdict(found, "a", "b", "education") == (common / 100, said)


def test_two_places_that_reach_nothing_are_not_judged() -> None:
    far = studying()["campus_times"].with_columns(minutes=pl.lit(99.0))
    sides = market_sides(Compared(PLACES, NODES), signs(campus_times=far))
    assert sides.filter(side="education")["verdict"].to_list() == [None] * 4


def test_prices_that_move_together_or_against_each_other(sides: pl.DataFrame) -> None:
    together, apart = verdict(sides, "a", "b", "homes"), verdict(sides, "a", "c", "homes")
    assert together == (pytest.approx(1.0), "strong")
    assert apart == (pytest.approx(-1.0), "weak")
    assert verdict(sides, "01", "02", "homes") == (pytest.approx(-1.0), "weak")


def test_a_place_without_prices_is_not_judged_and_a_price_of_zero_is_refused() -> None:
    table = prices()["housing"]
    without = signs(housing=table.filter(pl.col("municipality") != "0202"))
    sides = market_sides(Compared(PLACES, NODES), without).filter(side="homes")
    assert verdict(sides, "a", "b", "homes")[1] == "strong"
    assert verdict(sides, "a", "c", "homes") == verdict(sides, "b", "c", "homes") == (None, None)
    zero = table.with_columns(house_price_sek=pl.col("house_price_sek") * (pl.col("year") != 2013))
    with pytest.raises(DataError, match="house_price_sek has a price of zero"):
        market_sides(Compared(PLACES, NODES), signs(housing=zero))


def test_prices_that_only_follow_the_country_are_seldom_a_sign() -> None:
    # Every municipality has the country's swings and small steps of its own: raw changes correlate almost
    # wholly. Of 190 pairs, an interval of 95 per cent is above zero for one in forty by chance, about five.
    steps = np.random.default_rng(5).normal(0, 0.01, (20, 14)).cumsum(axis=1)
    prices_now = np.where(np.arange(14) % 2, 1.5e6, 1e6) * np.exp(steps)
    codes = [f"{at:04}" for at in range(100, 120)]
    rows = [
        (code, year, float(price))
        for code, series in zip(codes, prices_now, strict=True)
        for year, price in zip(YEARS, series, strict=True)
    ]
    names = ["municipality", "year", "house_price_sek"]
    municipal = pl.DataFrame(rows, names, orient="row").with_columns(basis=pl.lit("observed"))
    raw = np.corrcoef(np.diff(np.log(prices_now), axis=1))
    assert raw.min() > 0.95
    nodes = pl.DataFrame({"node": codes, "municipality": codes})
    places = pl.DataFrame({"place": codes, "kind": "node", "county": "01"})
    found = market_sides(Compared(places, nodes), signs(housing=municipal)).filter(side="homes")
    assert found.height == 190
    assert found.filter(verdict="strong").height <= 12


def test_moves_that_were_read_in_are_judged_against_distance() -> None:
    # The moves follow the model of the power of distance but for these pairs.
    seen = moved({("0101", "0201"): 5.0, ("0101", "0202"): 0.1})
    sides = market_sides(Compared(PLACES, NODES), signs(market_moves=against(seen))).filter(side="moves")
    assert verdict(sides, "a", "b", "moves")[1] == "strong"
    assert verdict(sides, "a", "c", "moves")[1] == "weak"
    assert set(sides["year"]) == {2023}
    assert set(sides["basis"]) == {"observed"}
    for row in sides.iter_rows(named=True):
        assert row["value_low"] <= row["value"] <= row["value_high"]
    # Where all moves follow distance, one form of the model expects exactly what is observed.
    plain = market_sides(Compared(PLACES, NODES), signs(market_moves=against(moved({})))).filter(
        side="moves", place="a"
    )
    for row in plain.iter_rows(named=True):
        assert row["value_low"] <= 1.001
        assert row["value_high"] >= 0.999
    assert not {"weak", "strong"} & set(plain["verdict"])


def test_moves_between_counties_judge_counties_alone() -> None:
    seen = moved({("0101", "0201"): 4.0, ("0101", "0202"): 4.0})
    ends = [pl.col("moved_from").str.head(2), pl.col("moved_to").str.head(2)]
    summed = seen.filter(ends[0] != ends[1]).group_by(*ends, "year", "basis").agg(pl.col("persons").sum())
    whole, counted = (
        market_sides(Compared(PLACES, NODES), signs(market_moves=against(rows))).filter(side="moves")
        for rows in (seen, summed)
    )
    assert verdict(counted, "a", "b", "moves") == (None, None)
    assert verdict(counted, "01", "02", "moves") == verdict(whole, "01", "02", "moves")
    assert verdict(counted, "01", "02", "moves")[1] == "strong"


def test_few_moves_or_a_part_of_the_country_are_not_judged() -> None:
    changed = {("0101", "0201"): 5.0}
    # 600 / 70 km · 5 is 43 moves each way; about 35 both ways are expected.
    few = moved(changed, 600.0)
    row = against(few).filter(place="a", other_place="b").row(0, named=True)
    assert (row["moved"], row["verdict"], row["verdict_absent"]) == (86, None, "not_applicable")
    assert row["moved_expected_low"] < 50
    row = against(few, least_moves=1.0).filter(place="a", other_place="b").row(0, named=True)
    assert row["verdict"] == "strong"
    part = moved(changed).filter(pl.col("moved_from") != "0601")
    sides = market_sides(Compared(PLACES, NODES), signs(market_moves=against(part))).filter(side="moves")
    assert sides["value"].null_count() == sides.height


def test_what_the_sides_say_together(sides: pl.DataFrame) -> None:
    times = pl.DataFrame(
        [("a", "b", 30.0), ("b", "a", 40.0), ("a", "c", 50.0), ("c", "b", None)],
        ["origin", "destination", "typical"],
        orient="row",
    ).with_columns(period=pl.lit("morning"), way=pl.lit("depart_at"))
    rows = {(row["place"], row["other_place"]): row for row in market_pairs(sides, times, PLACES).to_dicts()}
    # a–b: three strong sides. a–c: study places and prices weak, work not judged. b–c: the same two, weak.
    assert rows["a", "b"]["conclusion"] == "one_market"
    assert (rows["a", "b"]["strong"], rows["a", "b"]["judged"]) == (3, 3)
    assert rows["a", "c"]["conclusion"] == rows["b", "c"]["conclusion"] == "apart"
    # The mean of both directions; unknown both ways; between counties the nearest nodes, a–b.
    assert (rows["a", "b"]["minutes"], rows["b", "c"]["minutes"]) == (35.0, None)
    assert rows["01", "02"]["minutes"] == 35.0


def test_the_whole_is_judged_side_by_side(sides: pl.DataFrame) -> None:
    rows = {(row["kind"], row["side"]): row for row in market_state(sides, PLACES).to_dicts()}
    # Of three pairs of nodes one is judged in work: too little. In education one is strong and two weak.
    assert rows["node", "work"]["conclusion"] == "too_little"
    assert rows["node", "education"]["conclusion"] == "several"
    assert rows["node", "moves"]["conclusion"] == "too_little"
    assert rows["county", "work"]["conclusion"] == "several"


@pytest.mark.parametrize(
    ("strong", "weak", "plain", "said"),
    [
        # Half strong and one in ten weak; one fewer strong; as many weak as strong; more weak than strong.
        (5, 1, 4, "one_market"),
        (4, 1, 5, "parts"),
        (3, 3, 4, "parts"),
        (2, 3, 5, "several"),
    ],
)
def test_when_the_whole_is_one_market(strong: int, weak: int, plain: int, said: str) -> None:
    verdicts = ["strong"] * strong + ["weak"] * weak + ["as_expected"] * plain
    rows = pl.DataFrame({"place": "a", "side": "homes", "verdict": verdicts, "basis": "observed"})
    assert market_state(rows, PLACES)["conclusion"].to_list() == [said]


def test_the_group_is_not_one_market_by_what_is_published(bundled: Workspace) -> None:
    rows = {(row["kind"], row["side"]): row for row in bundled.table("market_state").to_dicts()}
    # 21 pairs of seven counties: 5 have more commuting than expected and 8 less, 3 differ between the forms.
    assert (rows["county", "work"]["strong"], rows["county", "work"]["weak"]) == (5, 8)
    assert rows["county", "work"]["judged"] == 18
    assert rows["node", "moves"]["judged"] == 0
    assert rows["node", "work"]["pairs"] == 91
    assert rows["node", "work"]["conclusion"] == "too_little"
