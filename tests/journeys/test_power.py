"""The group's power hour by hour: what its counties use and generate, by hand, and what more use needs."""

from datetime import datetime

import msgspec
import numpy as np
import polars as pl
import pytest

from storregion.core.errors import CallError, DataError
from storregion.core.workspace import Workspace
from storregion.facts.grid import Grid, Link
from storregion.journeys.power import (
    Balance,
    Span,
    Tables,
    _shape,
    balance,
    fortnight,
    sums,
    unlimited,
    whole_year,
)
from storregion.sources.grid import FILE, grid

YEAR = 2020
HOURS = 8784


@pytest.fixture(scope="module")
def given(bundled: Workspace) -> Tables:
    return Tables(*(bundled.table(name) for name in Tables._fields))


@pytest.fixture(scope="module")
def net(bundled: Workspace) -> Grid:
    return grid(bundled.folder / FILE, bundled.group.counties)


@pytest.fixture(scope="module")
def found(given: Tables, net: Grid) -> Balance:
    return balance(given, net, fortnight(YEAR, 50))


def test_spans_begin_on_a_monday_and_cover_the_year() -> None:
    two_weeks = fortnight(YEAR, 50)
    assert (two_weeks.begins[0].isoformat(), len(two_weeks.begins)) == ("2020-01-06T00:00:00", 336)
    # 2024 begins on a Monday itself.
    assert fortnight(2024, 50).begins[0].day == 1
    year = whole_year(YEAR, 50)
    assert len(year.begins) * year.hours == HOURS
    assert year.begins[-1].isoformat() == "2020-12-31T21:00:00"


def test_use_and_generation_are_the_published_totals(found: Balance, given: Tables) -> None:
    """Stockholm: 19 419 GWh with losses of 6.4 per cent, and 1 540; Gävleborg's 5 962 are cut in two."""
    by_node = {one.node: one for one in sums(found)}
    shape = given.load_shape.filter(month=1).group_by("weekday").agg(pl.col("ratio").mean())
    factor = given.load_days.filter(month=1, percentile=50)["factor"][0]
    ratio = float(shape["ratio"].mean()) * factor  # type: ignore[arg-type]
    assert by_node["01"].use_mean == pytest.approx(19_419_000 / HOURS * 1.064 * ratio)
    assert by_node["01"].generated_mean == pytest.approx(1_540_000 / HOURS, rel=1e-6)
    # The kinds are published, in MWh, and add up to 5 962 GWh when rounded.
    parts = [by_node["21-SE3"].generated_mean, by_node["21-SE2"].generated_mean]
    assert parts[0] == parts[1] == pytest.approx(5_962_000 / HOURS / 2, rel=1e-3)
    assert by_node["SE3"].use_mean == 0


def test_the_plants_of_a_county_in_two_zones_are_divided_as_its_use_is(given: Tables, net: Grid) -> None:
    larger = given.power_plants.with_columns(pl.col("mw") * 10)
    running = sum(
        plant["mw"]
        for plant in larger.filter(county="21", fuel="Hydro").iter_rows(named=True)
        if (plant["year_in"] or YEAR) <= YEAR <= (plant["year_out"] or YEAR)
    )
    found = balance(given._replace(power_plants=larger), net, fortnight(YEAR, 50)).supplies
    most = {one.node: one.most_mw for one in found if one.node[:2] == "21" and one.most_mw}
    # Half of the county is in each zone.
    assert most == {"21-SE2": pytest.approx(running / 2), "21-SE3": pytest.approx(running / 2)}


def test_every_node_is_balanced_and_nothing_is_unmet(found: Balance) -> None:
    flow = found.dispatch.there - found.dispatch.back
    left = found.dispatch.moved + found.dispatch.unserved - found.dispatch.spilled - found.network.net_use
    for (one, other), over in zip(found.network.ends, flow, strict=True):
        left[one] -= over
        left[other] += over
    for source, over in zip(
        found.network.sources, found.dispatch.imported - found.dispatch.exported, strict=True
    ):
        left[source] += over
    assert np.abs(left).max() < 1e-6
    assert found.dispatch.unserved.sum() == found.dispatch.spilled.sum() == 0


def test_without_limits_a_megawatt_more_needs_one_more_from_outside(found: Balance) -> None:
    assert [round(one.import_for_use, 2) for one in sums(found)] == [1.0] * len(found.nodes)
    assert ("SE3", "01") in unlimited(found)
    assert ("SE2", "SE3") not in unlimited(found)


def test_a_link_too_small_leaves_use_unmet_and_decides(given: Tables, net: Grid) -> None:
    """Stockholm uses 3 398 MW at most and generates 175: a link of 3 000 leaves some hours short."""
    small = msgspec.structs.replace(net, links=(*net.links, Link(("SE3", "01"), 3000.0, "made")))
    cut = balance(given, small, fortnight(YEAR, 50))
    short = np.maximum(cut.network.net_use[0] - 3000 - cut.network.movable_mw[0], 0).sum()
    most = np.maximum(cut.network.net_use[0] - 3000, 0).sum()
    unmet = {one.node: one.unserved_mwh for one in sums(cut)}
    assert short <= unmet["01"] <= most
    assert unmet["01"] > 0
    assert unmet["03"] == 0
    assert ("SE3", "01") not in unlimited(cut)


def test_colder_days_need_more(given: Tables, net: Grid, found: Balance) -> None:
    cold = balance(given, net, fortnight(YEAR, 100))
    assert cold.dispatch.least_import.sum() > found.dispatch.least_import.sum()


def test_what_cannot_be_answered_is_refused(given: Tables, net: Grid) -> None:
    with pytest.raises(CallError, match="no percentile 55; give one of"):
        balance(given, net, fortnight(YEAR, 55))
    without = given.county_electricity_totals.filter(pl.col("county") != "18")
    less = given.county_electricity_totals.with_columns(
        generation_gwh=pl.when(county="21").then(5950.0).otherwise("generation_gwh")
    )
    with pytest.raises(DataError, match="county 21 generates 5950000 MWh in all, but 5962492 in the kinds"):
        balance(given._replace(county_electricity_totals=less), net, fortnight(YEAR, 50))
    with pytest.raises(DataError, match="no total of county 18 in 2020"):
        balance(given._replace(county_electricity_totals=without), net, fortnight(YEAR, 50))


def test_the_use_of_a_step_is_the_mean_of_its_hours_and_of_its_percentile() -> None:
    """Two steps of two hours: from 22:00 on 31 January, a Saturday, and from midnight."""
    ratio = {(1, 6, 22): 1.0, (1, 6, 23): 3.0, (2, 7, 0): 10.0, (2, 7, 1): 20.0}
    shape = pl.DataFrame(
        [(*at, value) for at, value in ratio.items()],
        schema=["month", "weekday", "hour", "ratio"],
        orient="row",
    )
    days = pl.DataFrame(
        {"month": [1, 2, 1, 2], "percentile": [50, 50, 90, 90], "factor": [1.0, 1.0, 2.0, 3.0]}
    )
    begins = (datetime(2026, 1, 31, 22), datetime(2026, 2, 1, 0))
    assert _shape(shape, days, Span(begins, 2, 50)).tolist() == [2.0, 15.0]
    assert _shape(shape, days, Span(begins, 2, 90)).tolist() == [4.0, 45.0]
