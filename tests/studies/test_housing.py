"""Homes and prices: by hand, a known gradient found again, and years of new assessments."""

import numpy as np
import polars as pl
import pytest
from tests.conftest import Built

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.facts.housing import levels
from storregion.kernels.synchrony import relative
from storregion.studies.housing import (
    Ways,
    homes_built,
    homes_by_form,
    house_prices,
    price_for_access,
    price_gradient,
    price_ratio_change,
    price_to_income,
    price_together,
)

BREAKS = pl.DataFrame({"series": ["housing", "housing", "commuting"], "year": [2018, 2024, 2019]})
PLACES = pl.DataFrame({"place": ["0101", "01"], "kind": ["municipality", "county"]})
NODES = pl.DataFrame({"node": ["hub"], "municipality": ["0100"]})
SYSTEM = pl.DataFrame({"year": [2024], "hub": ["hub"]})


def housing(rows: list[tuple[str, int, int, float, int]]) -> pl.DataFrame:
    names = ["municipality", "year", "dwellings_completed", "price_to_assessed_value", "house_price_sek"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(basis=pl.lit("observed"))


def priced(prices: dict[str, float], year: int = 2024) -> pl.DataFrame:
    return pl.DataFrame(
        {"place": list(prices), "year": year, "house_price_sek": list(prices.values()), "basis": "observed"}
    )


def ways(minutes: dict[str, float]) -> Ways:
    times = pl.DataFrame(
        {
            "origin": list(minutes),
            "destination": "0100",
            "period": "morning",
            "way": "depart_at",
            "with_wait": list(minutes.values()),
            "basis": "assumed",
        }
    )
    return Ways(times, NODES, SYSTEM)


def test_dwellings_per_new_inhabitant_by_hand() -> None:
    # 0101: 10 dwellings a year; 1 000 people in 2014, 1 020 in 2019: 50 for 20 new ones, 2.5 each.
    # 0102 shrinks from 500 to 490 and has none; together 100 dwellings for 10 new people.
    homes = housing([(m, y, 10, 1.5, 1_000_000) for m in ("0101", "0102") for y in range(2015, 2020)])
    people = {"0101": (1000, 1004, 1008, 1012, 1016, 1020), "0102": (500, 498, 496, 494, 492, 490)}
    yearly = pl.DataFrame(
        [(m, 2014 + at, n) for m, found in people.items() for at, n in enumerate(found)],
        schema=["municipality", "year", "persons"],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))
    members = pl.DataFrame({"place": ["0101", "0102", "01", "01"], "municipality": ["0101", "0102"] * 2})
    rows = homes_built(homes, yearly, members).filter(year=2019)
    found = {row["place"]: row for row in rows.iter_rows(named=True)}
    assert found["0101"]["per_new_5"] == pytest.approx(2.5)
    assert found["0101"]["completed_per_1000"] == pytest.approx(1000 * 10 / 1020)
    assert (found["0102"]["new_5"], found["0102"]["per_new_5"]) == (-10, None)
    assert found["0102"]["per_new_absent"] == "not_applicable"
    assert (found["01"]["completed_5"], found["01"]["new_5"]) == (100, 10)
    early = homes_built(homes, yearly, members).filter(place="0101", year=2018)
    assert early["window_absent"].item() == "not_applicable"


def test_forms_are_shares_of_all_households() -> None:
    rows = pl.DataFrame(
        [("0101", 2019, "house_owned", 30, "observed"), ("0101", 2019, "flat_rented", 10, "observed")],
        schema=["municipality", "year", "dwelling", "households", "basis"],
        orient="row",
    )
    found = homes_by_form(rows, pl.DataFrame({"place": ["0101"], "municipality": ["0101"]}))
    assert dict(found.select("dwelling", "household_share").iter_rows()) == {
        "house_owned": 0.75,
        "flat_rented": 0.25,
    }


def assessed() -> pl.DataFrame:
    years = [(2016, 1.5), (2017, 1.8), (2018, 1.2), (2019, 1.26), (2023, 1.4), (2024, 1.0)]
    return house_prices(housing([("0101", y, 0, r, 2_000_000 + y) for y, r in years]), PLACES, BREAKS)


def test_the_ratio_has_no_change_where_values_were_assessed_anew() -> None:
    # 2017: 1.8 / 1.5 = +20 %. 2018 and 2024 are new assessments. 2019: 1.26 / 1.2 = +5 %. 2023 follows a gap.
    rows = assessed()
    changes = dict(rows.select("year", "ratio_change_percent").iter_rows())
    assert changes[2017] == pytest.approx(20)
    assert changes[2019] == pytest.approx(5)
    reasons = dict(rows.select("year", "ratio_change_absent").iter_rows())
    assert reasons == {
        2016: "not_applicable",
        2017: None,
        2018: "not_comparable",
        2019: None,
        2023: "not_applicable",
        2024: "not_comparable",
    }
    # The price itself is the same thing before and after.
    assert rows.filter(year=2018)["price_change_percent"].item() == pytest.approx(
        100 * (2_002_018 / 2_002_017 - 1)
    )


def test_a_comparison_across_an_assessment_is_refused_in_words() -> None:
    within = price_ratio_change(assessed(), BREAKS, since=2018, until=2023)
    assert within["ratio_percent"].item() == pytest.approx(100 * (1.4 / 1.2 - 1))
    for since, until, broken in ((2017, 2019, 2018), (2016, 2024, 2018), (2019, 2024, 2024)):
        with pytest.raises(
            DataError, match=f"{since} to {until} is asked for, but values were assessed anew in {broken}"
        ):
            price_ratio_change(assessed(), BREAKS, since=since, until=until)
    with pytest.raises(DataError, match=r"no rows of \[2020\]; choose other years"):
        price_ratio_change(assessed(), BREAKS, since=2018, until=2020)


def synthetic(places: int = 40, noise: float = 0.1) -> tuple[dict[str, float], dict[str, float]]:
    """Prices that fall by 8 per cent for ten minutes from 5 million kronor, with noise."""
    random = np.random.default_rng(1)
    minutes = dict(zip(map(str, range(1000, 1000 + places)), random.uniform(15, 110, places), strict=True))
    fall = np.log(0.92) / 10
    prices = {k: 5e6 * np.exp(fall * t + random.normal(0, noise)) for k, t in minutes.items()}
    return minutes, prices


def test_a_known_gradient_is_found_within_its_interval() -> None:
    minutes, prices = synthetic()
    row = price_gradient(priced(prices), ways(minutes)).row(0, named=True)
    assert row["slope_low"] < -8.0 < row["slope_high"]
    assert row["slope_percent"] == pytest.approx(-8.0, abs=1.0)
    assert (row["judged"], row["municipalities"], row["basis"]) == ("falls", 40, "assumed")
    exact = price_gradient(priced(synthetic(noise=0.0)[1]), ways(minutes))
    assert exact["slope_percent"].item() == pytest.approx(-8.0)


def test_municipalities_far_away_and_nodes_with_few_around_say_nothing() -> None:
    minutes, prices = synthetic(12)
    far = {**minutes, "9999": 130.0}
    row = price_gradient(priced({**prices, "9999": 1e9}), ways(far)).row(0, named=True)
    assert row["municipalities"] == 12
    ten, nine = (dict(list(minutes.items())[:count]) for count in (10, 9))
    assert price_gradient(priced(prices), ways(ten))["municipalities"].to_list() == [10]
    assert price_gradient(priced(prices), ways(nine)).is_empty()


def test_municipalities_just_as_far_as_a_node_says_something_of_count() -> None:
    # Nine within two hours are too few. With one at just two hours there are ten; at two and a half minutes
    # more nothing is expected of it.
    minutes, prices = synthetic(9)
    for away, count in ((120.0, [10]), (122.5, [])):
        times, costs = ways({**minutes, "9999": away}), priced({**prices, "9999": 2e6})
        assert price_gradient(costs, times)["municipalities"].to_list() == count
        rows = price_for_access(costs, times)
        assert (rows["verdict"].null_count() == 0) is bool(count)
        edge = rows.filter(place="9999").row(0, named=True)
        said = (120.0, None) if count else (None, "not_applicable")
        assert (edge["minutes"], edge["access_absent"]) == said
    # Where too few are near, what is expected at just two hours is missing: it would apply.
    eight = dict(list(minutes.items())[:8])
    few = price_for_access(priced({**prices, "9999": 2e6}), ways({**eight, "9999": 120.0}))
    assert few.filter(place="9999")["access_absent"].to_list() == ["missing"]


def test_a_node_with_few_around_does_not_hide_the_nodes_after_it() -> None:
    # Nine municipalities are near the first node and twelve near the second, which comes after it by code.
    minutes, prices = synthetic(12)
    times, nodes, system = ways(minutes)
    nine = times.head(9).with_columns(destination=pl.lit("0099"))
    both = pl.concat([nodes, nodes.with_columns(node=pl.lit("first"), municipality=pl.lit("0099"))])
    found = price_gradient(priced(prices), Ways(pl.concat([nine, times]), both, system))
    assert found.select("node", "municipalities").rows() == [(nodes["node"].item(), 12)]


def test_dear_and_cheap_against_the_line() -> None:
    # Without noise all lie on the line; one costs twice, one half of what is expected there.
    minutes, prices = synthetic(30, 0.02)
    dear, cheap, none, *_ = prices
    expected = 5e6 * 0.92 ** (minutes[dear] / 10)
    changed = prices | {dear: 2 * expected, cheap: prices[cheap] / 2}
    known = {place: time for place, time in minutes.items() if place != none}
    rows = price_for_access(priced(changed | {"0100": 8e6, "9999": 2e6}), ways(known | {"9999": 130.0}))
    found = {row["place"]: row for row in rows.iter_rows(named=True)}
    assert (found[dear]["verdict"], found[cheap]["verdict"]) == ("dear", "cheap")
    assert found[dear]["residual_percent"] == pytest.approx(100, abs=3)
    assert (found[none]["access_absent"], found["0100"]["access_absent"]) == ("missing", "not_applicable")
    assert (found["9999"]["access_absent"], found[none]["verdict"]) == ("not_applicable", None)


def test_prices_that_move_alike_are_told_from_those_that_do_not() -> None:
    # a and b change alike but for a tenth, c the other way; d stays nearly still, e swings by itself.
    changes = {
        "a": [1.0, 5.0, -2.0, 4.0, 0.0],
        "b": [1.1, 5.0, -2.0, 4.1, 0.0],
        "c": [4.0, 0.0, 7.0, 1.0, 5.0],
        "d": [0.1, 0.0, 0.1, 0.0, 0.0],
        "e": [9.0, -9.0, 0.0, 9.0, -9.0],
    }
    # The country has a municipality more, which stands still and belongs to no pair.
    whole = changes | {"z": [0.0] * 5}
    levels = {place: 1e6 * np.cumprod([1.0, *(1 + np.array(by) / 100)]) for place, by in whole.items()}
    rows = [(p, 2011 + at, float(price)) for p, found in levels.items() for at, price in enumerate(found)]
    frame = pl.DataFrame(rows, schema=["municipality", "year", "house_price_sek"], orient="row")
    frame = frame.with_columns(basis=pl.lit("observed"))
    own = pl.DataFrame({"place": list(changes), "kind": "municipality"})
    found = price_together(frame, own)
    assert found.height == 10
    pairs = {(row["one"], row["two"]): row for row in found.iter_rows(named=True)}
    assert pairs["a", "b"]["correlation"] == pytest.approx(1.0, abs=0.01)
    assert pairs["a", "c"]["correlation"] == pytest.approx(-1.0, abs=0.01)
    assert {row["changes"] for row in pairs.values()} == {5}
    logs = {place: np.log1p(np.array(values) / 100) for place, values in whole.items()}
    middle = np.median(list(logs.values()), axis=0)
    net = np.corrcoef(logs["a"] - middle, logs["e"] - middle)[0, 1]
    assert pairs["a", "e"]["net_correlation"] == pytest.approx(net)


def test_a_year_without_prices_has_no_change_over_it() -> None:
    # 2012 is not there: neither 2011 to 2012 nor 2012 to 2013 is a change, and 2011 to 2013 is not one year.
    rows = pl.DataFrame({"municipality": "0101", "year": [2011, 2013, 2014], "house_price_sek": [1.0, 2, 4]})
    found = levels(rows, "municipality", "house_price_sek")
    changes = relative(found.prices)[0]
    assert np.isnan(changes).tolist() == [True, True, False]
    assert changes[2] == pytest.approx(np.log(2))
    assert found.last == 2014


def test_prices_move_together_by_one_definition(bundled: Workspace) -> None:
    together = {
        (one, two): net
        for one, two, net in bundled.table("price_together")
        .select("one", "two", "net_correlation")
        .iter_rows()
    }
    home = dict(bundled.table("nodes").select("node", "municipality").iter_rows())
    nodes = bundled.table("market_sides").filter(side="homes").filter(pl.col("place").is_in(list(home)))
    for one, two, value in nodes.select("place", "other_place", "value").iter_rows():
        assert together[min(home[one], home[two]), max(home[one], home[two])] == pytest.approx(value)


def test_prices_in_yearly_incomes_where_incomes_are_fetched() -> None:
    # 3 000 000 kronor are ten incomes of 300 thousand.
    prices = priced({"0101": 3_000_000, "0102": 2_000_000}, 2022)
    names = ["statistic", "area", "period", "sex", "measure", "value", "basis"]
    measure = "Medianinkomst, tkr"
    rows = [
        ("income", "0101", "2022", "total", measure, 300.0, "observed"),
        ("income", "0101", "2022", "men", measure, 330.0, "observed"),
        ("wealth", "0101", "2022", "total", measure, 900.0, "observed"),
    ]
    income = pl.DataFrame(rows, schema=names, orient="row")
    found = price_to_income(prices, income)
    assert found.select("place", "income_sek", "price_to_income").rows() == [("0101", 300_000.0, 10.0)]
    assert price_to_income(prices, income.clear()).is_empty()
    other = income.with_columns(measure=pl.lit("Medelinkomst, tkr"))
    with pytest.raises(DataError, match=r"no measure 'Medianinkomst, tkr', but \['Medelinkomst, tkr'\]"):
        price_to_income(prices, other)


def test_the_bundled_figures_are_those_published(bundled: Workspace) -> None:
    # SCB 2019: 55 659 dwellings in the country, 25 677 in the group.
    built = bundled.table("homes_built").filter(year=2019)
    totals = dict(built.select("place", "completed").iter_rows())
    assert (totals["00"], totals["oms"]) == (55_659, 25_677)
    price = bundled.table("house_prices").filter(place="0486", year=2024).row(0, named=True)
    assert price["house_price_sek"] == 3_993_000
    # 3 993 / 3 795 = 1.0522 from 2023.
    assert price["price_change_percent"] == pytest.approx(5.22, abs=0.01)
    assert price["ratio_change_absent"] == "not_comparable"


def test_prices_fall_with_the_time_to_the_hub_in_every_year(bundled: Workspace) -> None:
    rows = bundled.table("price_gradient").filter(node="stockholm")
    assert rows.height == 14
    assert set(rows["judged"]) == {"falls"}
    residuals = bundled.table("price_for_access")["residual_percent"].drop_nulls()
    # The line goes through the middle of them.
    assert residuals.median() == pytest.approx(0, abs=1.5)


def test_a_faster_line_raises_what_is_expected_along_it(built: Built) -> None:
    """Prices stay as they are; where the way to the hub gets shorter, more is expected of them."""
    before, then = (
        built(name).table("price_for_access").drop_nulls("minutes") for name in ("base", "ostlanken")
    )
    both = before.join(then, on="place", suffix="_then")
    nearer = both.filter(pl.col("minutes_then") < pl.col("minutes") - 10)
    assert nearer.height > 0
    assert (nearer["expected_sek_then"] > nearer["expected_sek"]).all()


@pytest.mark.parametrize("price", [0.0, -1.0])
def test_a_price_of_nothing_is_refused(price: float) -> None:
    rows = pl.DataFrame({"municipality": ["0101"], "year": [2020], "house_price_sek": [price]})
    with pytest.raises(DataError, match="house_price_sek has a price of zero"):
        levels(rows, "municipality", "house_price_sek")
