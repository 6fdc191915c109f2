"""Cross links: the hub's line, what a pair takes beyond it, and its weight."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.core.workspace import Workspace
from storregion.studies.cross_links import ACCESS_GAPS, LINK_SUMMARY, _line, access_gaps, link_summary
from storregion.studies.interaction import NODE_PAIRS
from storregion.studies.nodes import NODE_SYSTEM
from storregion.studies.travel_times import ACCESS_NODES

# Minutes there and back, and kilometres; h is the hub. Its links lie on 10 + km/2 but for z, which is slow.
LINKS: dict[str, tuple[float | None, float | None, float]] = {
    "hw": (20, 20, 20),
    "hx": (34, 36, 50),
    "hy": (60, 60, 100),
    "hz": (99, 99, 60),
    "wx": (50, 60, 40),
    "wy": (45, 45, 80),
    "wz": (None, 40, 30),
    "xy": (90, 90, 60),
}


def times(tiny: Any, links: dict[str, tuple[float | None, float | None, float]] = LINKS) -> Any:
    rows = []
    for pair, (there, back, km) in links.items():
        for origin, destination, typical in [(*pair, there), (*pair[::-1], back)]:
            row = {"origin": origin, "destination": destination, "km": km, "basis": "estimated"}
            row |= {"departures": 3 if origin < destination else 2}
            row |= {"transfers": 0 if origin < destination else 1}
            row |= {"typical": typical, "kmh": None if typical is None else 60 * km / typical}
            if typical is None:
                row |= {"times_absent": "not_applicable", "departures": 0, "transfers": None}
            rows.append(row | {"period": "morning", "way": "depart_at"})
            # What does not count: another period, and arriving.
            rows.append(row | {"period": "midday", "way": "depart_at", "typical": 1.0})
            rows.append(row | {"period": "morning", "way": "arrive_by", "typical": 1.0})
    return tiny.table(rows, ACCESS_NODES)


def flows(tiny: Any, **more: Any) -> Any:
    rows = [
        {"one": "w", "two": "x", "year": year, "predicted": predicted, "ratio": 0.5, "basis": basis}
        | {"verdict": "weak"}
        for year, predicted, basis in [(2000, 7.0, "observed"), (2001, 100.0, "assumed")]
    ]
    rows.append(
        {"one": "w", "two": "y", "year": 2001, "predicted": 50.0, "ratio": 1.0, "basis": "observed"}
        | {"verdict_absent": "missing"}
    )
    return tiny.table(rows, NODE_PAIRS)


def system(tiny: Any, hub: str = "h") -> Any:
    return tiny.table([{"year": 2000, "hub": "w"}, {"year": 2001, "hub": hub}], NODE_SYSTEM)


def test_a_pair_against_the_line_of_the_hub_by_hand(tiny: Any) -> None:
    made = ACCESS_GAPS.check(access_gaps(times(tiny), flows(tiny), system(tiny)), maker="access_gaps")
    assert made.select("one", "two").rows() == [("w", "x"), ("w", "y"), ("w", "z"), ("x", "y")]
    # Slopes between (20, 20), (50, 35), (100, 60), (60, 99): 0.5, 0.5, 1.975, 0.5, 6.4 and -0.975; their
    # median is 0.5. What is left is 10, 10, 10 and 69: 10 at the start.
    row = made.filter(two="x").row(0, named=True)
    assert (row["minutes"], row["expected_minutes"], row["excess_minutes"]) == (55.0, 30.0, 25.0)
    assert row["kmh"] == pytest.approx(60 * 40 / 55)
    assert (row["departures"], row["transfers"]) == (2, 1)
    assert (row["predicted"], row["ratio"], row["verdict"], row["weight"]) == (100.0, 0.5, "weak", 2500.0)
    assert row["basis"] == "assumed"
    # 45 minutes where 50 are expected weigh nothing.
    fast = made.filter(one="w", two="y").row(0, named=True)
    assert (fast["excess_minutes"], fast["weight"], fast["basis"]) == (-5.0, 0.0, "estimated")
    assert (fast["verdict"], fast["verdict_absent"]) == (None, "missing")


def test_the_links_of_a_hub_count_whichever_end_it_is(tiny: Any) -> None:
    # With x as the hub its links are 50, 40 and 60 km in 35, 55 and 90 minutes: slopes of −2, 5.5 and 1.75,
    # 1.75 in the middle; what is left is −52.5, −15 and −15. Over 20 km 20 minutes are expected, over 100 km
    # 160, where 20 and 60 are taken.
    made = access_gaps(times(tiny), flows(tiny), system(tiny, "x"))
    rows = made.select("one", "two", "expected_minutes", "excess_minutes").head(2).rows()
    assert rows == [("h", "w", 20.0, 0.0), ("h", "y", 160.0, -100.0)]


def test_what_is_not_there_says_why(tiny: Any) -> None:
    made = access_gaps(times(tiny), flows(tiny), system(tiny))
    one_way = made.filter(two="z").row(0, named=True)
    assert one_way["minutes"] is None
    assert {one_way[name] for name in ("times_absent", "expected_absent", "weight_absent")} == {
        "not_applicable"
    }
    no_flow = made.filter(one="x", two="y").row(0, named=True)
    assert (no_flow["excess_minutes"], no_flow["weight"]) == (50.0, None)
    assert (no_flow["flow_absent"], no_flow["weight_absent"]) == ("not_applicable", "not_applicable")


@pytest.mark.parametrize("kept", [["wx"], ["hw", "wx"], ["hw", "hx", "wx"]])
def test_without_two_links_of_the_hub_there_is_no_line_and_no_excess(tiny: Any, kept: list[str]) -> None:
    links = {pair: (*LINKS[pair][:2], 20.0) for pair in kept}
    made = ACCESS_GAPS.check(access_gaps(times(tiny, links), flows(tiny), system(tiny)), maker="access_gaps")
    (row,) = made.to_dicts()
    assert (row["minutes"], row["expected_minutes"], row["weight"]) == (55.0, None, None)
    assert (row["expected_absent"], row["weight_absent"]) == ("not_applicable", "not_applicable")


@given(
    slope=st.floats(-2, 2),
    start=st.floats(-50, 50),
    x=st.lists(st.integers(0, 300), min_size=5, max_size=9, unique=True),
    off=st.floats(-500, 500),
)
def test_one_stray_point_does_not_move_the_line(slope: float, start: float, x: list[int], off: float) -> None:
    at = np.array(x, np.float64)
    y = start + slope * at
    y[0] += off
    found = _line(at, y)
    assert found is not None
    # Of five points' ten slopes four are spoilt, and the middle two are sound wherever those lie.
    assert found == pytest.approx((slope, start), abs=1e-6)


def test_links_in_a_few_figures_by_hand(tiny: Any) -> None:
    made = LINK_SUMMARY.check(link_summary(times(tiny), system(tiny), tiny.rules()), maker="link_summary")
    row = made.row(0, named=True)
    # To the hub 20, 36, 60, 99: between 36 and 60. Others 40, 45, 45, 50, 60, 90, 90: 50.
    assert (row["hub_minutes"], row["cross_minutes"]) == (48.0, 50.0)
    # km/h: 80·60/45 twice, 60·60/90 twice, 40·60/50, 40·60/60, 30·60/40: 40, 40, 40, 45, 48, 106.7, 106.7.
    assert row["cross_kmh"] == pytest.approx(45.0)
    # Of 16 ways 11 take an hour at most: six of the hub's, and 50, 60, 45, 45, 40.
    assert row["within_hour"] == 11 / 16
    assert (row["year"], row["basis"]) == (2025, "estimated")


def test_a_hub_alone_or_no_timetable_has_no_summary(tiny: Any) -> None:
    alone = times(tiny, {"hw": LINKS["hw"]})
    row = LINK_SUMMARY.check(link_summary(alone, system(tiny), tiny.rules()), maker="").row(0, named=True)
    assert (row["hub_minutes"], row["summary_absent"]) == (None, "missing")
    none = times(tiny).clear()
    assert link_summary(none, system(tiny), tiny.rules()).is_empty()
    assert access_gaps(none, flows(tiny), system(tiny)).is_empty()


def test_pairs_of_the_bundled_group_add_up(bundled: Workspace) -> None:
    gaps = bundled.table("access_gaps")
    assert gaps.height == 13 * 12 / 2
    excess = gaps["minutes"] - gaps["expected_minutes"]
    assert (gaps["excess_minutes"] - excess).abs().max() == 0.0
    weight = gaps["excess_minutes"].clip(lower_bound=0) * gaps["predicted"]
    assert (gaps["weight"] - weight).abs().max() == 0.0
    hub = bundled.table("node_system").sort("year")["hub"][-1]
    assert hub not in {*gaps["one"], *gaps["two"]}
