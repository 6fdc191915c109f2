"""Nodes: roles, ties and measures of the system worked by hand, and again in plain Python on bundled data."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.facts.places import MUNICIPALITY_POINTS, NODES, PLACES
from storregion.facts.work import COMMUTING
from storregion.studies.nodes import (
    NODE_CATCHMENT,
    NODE_FLOWS,
    NODE_RANK_SIZE,
    NODE_ROLES,
    NODE_SYSTEM,
    _centrality,
    _green,
    node_catchment,
    node_flows,
    node_rank_size,
    node_roles,
    node_system,
)

Rows = Sequence[Sequence[float]]
CODES = ("0001", "0002", "0003")
NAMES = ("one", "two", "three")


def flows(
    years: Mapping[int, Rows], codes: Sequence[str] = CODES, *, zeros: bool = False, **more: Any
) -> pl.DataFrame:
    """A matrix for each year as a table; pairs that nobody commutes between are left out unless asked for."""
    rows = [
        {
            "year": year,
            "home": home,
            "work": work,
            "sex": "total",
            "persons": float(persons),
            "cell": "observed",
            "basis": "observed",
        }
        | more
        for year, matrix in years.items()
        for home, row in zip(codes, matrix, strict=True)
        for work, persons in zip(codes, row, strict=True)
        if persons or zeros
    ]
    types = {column.name: column.dtype for column in COMMUTING.columns}
    return COMMUTING.check(pl.DataFrame(rows, schema=types, orient="row"), maker="the test")


def nodes(codes: Sequence[str] = CODES, cores: Sequence[str] = ()) -> pl.DataFrame:
    rows = [
        (name, name, "regional_core" if name in cores else "city", code, 59.0, 18.0, "x", "observed")
        for name, code in zip(NAMES, codes, strict=False)
    ]
    types = {column.name: column.dtype for column in NODES.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def points(*where: tuple[float, float]) -> pl.DataFrame:
    """Points in kilometres from a corner."""
    rows = [
        (code, 5e5 + 1e3 * x, 6.6e6 + 1e3 * y, "observed")
        for code, (x, y) in zip(CODES, where or ((0, 0), (3, 4), (6, 8)), strict=True)
    ]
    types = {column.name: column.dtype for column in MUNICIPALITY_POINTS.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def places() -> pl.DataFrame:
    rows = [(code, "municipality", code, code, None, "observed") for code in CODES]
    return pl.DataFrame(rows, schema={c.name: c.dtype for c in PLACES.columns}, orient="row")


def roles(commuting: pl.DataFrame, who: pl.DataFrame | None = None, **more: Any) -> dict[str, dict[str, Any]]:
    table = NODE_ROLES.check(
        node_roles(commuting, nodes() if who is None else who, **more), maker="node_roles"
    )
    return {row["node"]: row for row in table.iter_rows(named=True)}


# Residents 1 000, 500 and 400; jobs 800 + 150 + 100 = 1 050, 120 + 300 + 50 = 470, 80 + 50 + 250 = 380.
HAND = ((800, 120, 80), (150, 300, 50), (100, 50, 250))


def test_three_nodes_by_hand() -> None:
    found = roles(flows({2001: HAND}))
    one, two, three = (found[name] for name in NAMES)
    assert [row["residents"] for row in (one, two, three)] == [1000, 500, 400]
    assert [row["jobs"] for row in (one, two, three)] == [1050, 470, 380]
    assert [row["commuters_in"] for row in (one, two, three)] == [250, 170, 130]
    assert [row["commuters_out"] for row in (one, two, three)] == [200, 200, 150]
    assert [row["commuters_net"] for row in (one, two, three)] == [50, -30, -20]
    assert [row["contained"] for row in (one, two, three)] == [0.8, 0.6, 0.625]
    assert one["day_night"] == 1.05
    # The mean of in-commuters is 550/3.
    assert one["dominance"] == pytest.approx(250 / (550 / 3))
    assert [row["largest_destination"] for row in (one, two, three)] == ["0002", "0001", "0001"]
    assert [row["largest_share"] for row in (one, two, three)] == [0.12, 0.3, 0.25]
    # The first has most jobs and is the hub.
    assert [row["hub_share"] for row in (one, two, three)] == [None, 0.3, 0.25]
    assert (one["hub_absent"], one["hub_cell"], two["hub_cell"]) == ("not_applicable", None, "observed")
    assert [row["role"] for row in (one, two, three)] == ["regional_centre", "residential", "residential"]
    # Out of the first go 60 and 40 %: −(0.6 ln 0.6 + 0.4 ln 0.4) / ln 2.
    spread = -(0.6 * math.log(0.6) + 0.4 * math.log(0.4)) / math.log(2)
    assert one["entropy_out"] == pytest.approx(spread)
    assert three["entropy_in"] == pytest.approx(
        -(8 / 13 * math.log(8 / 13) + 5 / 13 * math.log(5 / 13)) / math.log(2)
    )


@pytest.mark.parametrize("zeros", [False, True])
def test_entropy_is_1_when_even_and_0_when_single(zeros: bool) -> None:
    found = roles(flows({2001: ((80, 10, 10), (20, 80, 0), (0, 20, 80))}, zeros=zeros))
    assert found["one"]["entropy_out"] == pytest.approx(1.0)
    assert (found["two"]["entropy_out"], found["one"]["entropy_in"]) == (0.0, 0.0)
    # Whether nobody stands in a row of its own, or the row is left out, makes no difference.
    assert found["three"]["entropy_out"] == 0.0
    assert not math.copysign(1, found["two"]["entropy_out"]) < 0


def test_of_two_equal_destinations_the_published_one_is_the_largest_else_the_first() -> None:
    tied = flows({2001: ((80, 10, 10), (20, 80, 0), (0, 20, 80))})
    assert roles(tied)["one"]["largest_destination"] == "0002"
    known = (pl.col("home") == "0001") & (pl.col("work") == "0003")
    cell = pl.when(known).then(pl.lit("published_share")).otherwise(pl.lit("spread"))
    assert roles(tied.with_columns(cell=cell))["one"]["largest_destination"] == "0003"


def test_nobody_to_the_hub_is_known_in_an_observed_year() -> None:
    row = roles(flows({2001: ((80, 10, 10), (20, 80, 0), (0, 20, 80))}))
    # Jobs are 100, 110 and 90: the second is the hub.
    assert (row["two"]["hub_absent"], row["one"]["hub_share"]) == ("not_applicable", 0.1)
    swapped = roles(flows({2001: ((180, 10, 10), (20, 80, 0), (0, 20, 80))}))
    assert (swapped["three"]["hub_share"], swapped["three"]["hub_cell"]) == (0.0, "observed")


@pytest.mark.parametrize(
    ("ratio", "contained", "role"),
    [(0.0, 0.0, "regional_centre"), (0.0, 0.01, "workplace"), (0.01, 0.0, "self_contained"),
     (0.01, 0.01, "residential")],
)  # fmt: skip
def test_roles_at_the_borders(ratio: float, contained: float, role: str) -> None:
    # The first has 1.05 jobs per resident and keeps 0.8; on the limit counts as reached.
    found = roles(flows({2001: HAND}), centre_ratio=1.05 + ratio, centre_contained=0.8 + contained)
    assert found["one"]["role"] == role


def test_another_role_is_shown_near_the_limit_of_self_containment() -> None:
    # The first keeps 0.8; with a margin of 0.005, limits of 0.796 and 0.804 may be on its other side.
    for limit, role, also in (
        (0.796, "regional_centre", "workplace"),
        (0.804, "workplace", "regional_centre"),
        (0.79, "regional_centre", None),
        (0.81, "workplace", None),
    ):
        row = roles(flows({2001: HAND}), centre_contained=limit)["one"]
        assert (row["role"], row["role_also"]) == (role, also)


def test_another_role_is_shown_where_the_interval_of_commuters_allows_it() -> None:
    # Estimated: 250 come to the first, all spread. Its jobs are 1 050 for 1 000 residents; at the lower end,
    # 251 · e^-0.72 - 1 = 121 come, so 921 jobs: no place of work, but as self-contained as before.
    cell = (
        pl.when(pl.col("home") == pl.col("work")).then(pl.lit("published_share")).otherwise(pl.lit("spread"))
    )
    found = roles(flows({2001: HAND}).with_columns(cell=cell, basis=pl.lit("estimated")))
    one = found["one"]
    assert one["commuters_in_low"] == pytest.approx(251 * math.exp(-0.72) - 1)
    assert one["commuters_in_high"] > 250
    assert (one["role"], one["role_also"]) == ("regional_centre", "self_contained")
    # Observed, the same number is as it is.
    sure = roles(flows({2001: HAND}))["one"]
    assert (sure["commuters_in_low"], sure["commuters_in_high"], sure["role_also"]) == (None, None, None)


def test_a_node_that_nobody_leaves_or_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DataError, match=r"nobody commutes from the nodes two;"):
        roles(flows({2001: ((80, 10, 10), (0, 80, 0), (0, 20, 80))}))
    with pytest.raises(DataError, match=r"no residents or no jobs for the nodes three 2002;"):
        roles(flows({2001: HAND, 2002: ((90, 10, 0), (10, 90, 0), (5, 5, 0))}))


def test_an_urban_core_is_assumed_and_other_nodes_are_not() -> None:
    found = roles(flows({2001: HAND}), nodes(cores=["two"]))
    assert [found[name]["basis"] for name in NAMES] == ["observed", "assumed", "observed"]
    # Its municipality only stands in for it, so it has no role of its own.
    assert [found[name]["role"] for name in NAMES] == ["regional_centre", None, "residential"]
    assert (found["two"]["role_absent"], found["two"]["role_also"]) == ("not_applicable", None)


# ---- catchment


def test_catchment_at_exactly_5_10_and_20_per_cent() -> None:
    # To the first go 20 % from the second and 10 % from the third; to the third 5 % from the first, 4.9 % …
    matrix = ((900, 50, 50), (200, 751, 49), (100, 199, 701))
    table = NODE_CATCHMENT.check(node_catchment(flows({2001: matrix}), nodes()), maker="node_catchment")
    found = {(row["node"], row["home"]): row["class"] for row in table.iter_rows(named=True)}
    assert found == {
        ("one", "0002"): 20,
        ("one", "0003"): 10,
        ("two", "0001"): 5,
        ("two", "0003"): 10,
        ("three", "0001"): 5,
    }
    row = table.filter(node="two", home="0003").row(0, named=True)
    assert (row["persons"], row["share"]) == (199, 0.199)


# ---- flows


def test_cross_links_by_hand() -> None:
    later = ((800, 150, 50), (150, 300, 50), (100, 50, 250))
    table = NODE_FLOWS.check(
        node_flows(flows({2001: HAND, 2002: later}), nodes(cores=["three"]), points()), maker="node_flows"
    )
    assert table.height == 2 * 6
    found = {(row["origin"], row["destination"], row["year"]): row for row in table.iter_rows(named=True)}
    first, then = found["one", "two", 2001], found["one", "two", 2002]
    # 120 + 150 of 1 000 + 500: 180 per 1 000. A year later 150 + 150: 200.
    assert (first["persons"], first["both_ways"], first["cross_link"]) == (120, 270, 180)
    assert (first["cross_link_change"], first["change_absent"]) == (None, "not_applicable")
    assert (then["cross_link"], then["cross_link_change"]) == (200, pytest.approx(20))
    assert found["two", "one", 2001]["cross_link"] == 180
    # Three east and four north: five kilometres.
    assert first["km"] == pytest.approx(5.0)
    assert (first["basis"], found["one", "three", 2001]["basis"]) == ("observed", "assumed")


def test_pairs_left_out_of_an_observed_matrix_are_nobody() -> None:
    table = node_flows(flows({2001: ((80, 20, 0), (20, 80, 0), (0, 20, 80))}), nodes(), points())
    row = table.filter(origin="one", destination="three").row(0, named=True)
    assert (row["persons"], row["cross_link"], row["cell"]) == (0, 0, "observed")


def test_an_estimate_and_an_observation_are_not_compared() -> None:
    early = flows({2001: HAND}, cell="spread", basis="estimated")
    table = node_flows(pl.concat([early, flows({2002: HAND})]), nodes(), points())
    NODE_FLOWS.check(table, maker="node_flows")
    assert set(table.filter(year=2002)["change_absent"]) == {"not_comparable"}
    assert set(table.filter(year=2002)["basis"]) == {"observed"}
    same = node_flows(flows({2001: HAND, 2002: HAND}, basis="estimated", cell="spread"), nodes(), points())
    assert set(same.filter(year=2002)["cross_link_change"]) == {0.0}


def test_two_nodes_in_one_municipality_have_no_flow_between_them() -> None:
    table = node_flows(flows({2001: HAND}), nodes(("0001", "0002", "0002")), points())
    assert table.filter(origin="two", destination="three").height == 0
    assert table.height == 4


# ---- the system


def system(matrix: Rows, where: pl.DataFrame | None = None, who: pl.DataFrame | None = None) -> Any:
    commuting, home = flows({2001: matrix}), nodes() if who is None else who
    table = node_system(
        commuting, node_roles(commuting, home), home, places(), points() if where is None else where
    )
    return NODE_SYSTEM.check(table, maker="node_system").row(0, named=True)


def test_green_and_the_hub_by_hand() -> None:
    found = system(HAND)
    # In-commuters 250, 170, 130: σ = 49.889; σmax of 0 and 250 = 125. Density 550 of 1 900 residents.
    sigma = math.sqrt((250 - 550 / 3) ** 2 / 3 + (170 - 550 / 3) ** 2 / 3 + (130 - 550 / 3) ** 2 / 3)
    assert sigma == pytest.approx(49.889, abs=1e-3)
    assert found["green"] == pytest.approx((1 - sigma / 125) * 550 / 1900)
    # All but the flows between the second and third touch the first: 450 of 550.
    assert (found["hub"], found["hub_touching"]) == ("one", pytest.approx(450 / 550))
    assert found["basis"] == "observed"


def test_density_is_of_the_residents_of_the_nodes_alone() -> None:
    # 30 of the 100 and 10 of the 50 go to the other: σ of 10 and 30 is 10, σmax of 0 and 30 is 15. Density 40
    # of 150, whoever lives in the third.
    both = flows({2001: [[70, 30, 0], [10, 40, 0], [5, 5, 990]]})
    assert _green(both, ["0001", "0002"]) == pytest.approx((1 - 10 / 15) * 40 / 150)


def test_nodes_between_which_nobody_commutes_are_no_system() -> None:
    # Of the first two, 30 and 20 work in the third alone: there is no spread to divide by.
    alone = flows({2001: [[100, 0, 30], [0, 50, 20], [0, 0, 80]]})
    assert _green(alone, ["0001", "0002"]) == 0.0


def test_the_system_rests_on_the_stand_ins_too() -> None:
    assert system(HAND, who=nodes(cores=["three"]))["basis"] == "assumed"
    table = node_rank_size(node_roles(flows({2001: HAND}), nodes(cores=["three"])))
    assert set(table["basis"]) == {"assumed"}


def centrality(jobs: Sequence[float], where: Sequence[tuple[float, float]]) -> float:
    return _centrality(
        np.array(jobs, float), np.array([x for x, _ in where], float), np.array([y for _, y in where], float)
    )


SQUARE = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)]


def test_the_centrality_index_by_hand() -> None:
    # Evenly spread: 0. All in one place: LC = 1 − 1/5, V = 0, so UCI = 0.8, wherever the place.
    assert centrality([1, 1, 1, 1, 1], SQUARE) == pytest.approx(0.0, abs=1e-12)
    assert centrality([0, 0, 0, 0, 1], SQUARE) == pytest.approx(0.8)
    assert centrality([1, 0, 0, 0, 0], SQUARE) == pytest.approx(0.8)
    # Half in each of two opposite corners: LC = ½(2·0.3 + 3·0.2) = 0.6, V = √2/2; the most spread case is a
    # quarter in each corner, V = (1 + 1 + √2)/4.
    want = 0.6 * (1 - (math.sqrt(2) / 2) / ((2 + math.sqrt(2)) / 4))
    assert centrality([1, 0, 0, 1, 0], SQUARE) == pytest.approx(want, abs=2e-6)
    # As spread as can be: V = Vmax.
    assert centrality([1, 1, 1, 1, 0], SQUARE) == pytest.approx(0.0, abs=2e-6)
    # Two places on a line: the most spread case is a half in each.
    assert centrality([3, 1], [(0, 0), (7, 0)]) == pytest.approx(0.25 * (1 - (2 * 3 / 16) / 0.5), abs=2e-6)
    assert centrality([3, 1], [(2, 2), (2, 2)]) == pytest.approx(0.25)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 9)), min_size=2, max_size=12)
)
def test_centrality_lies_between_0_and_1_and_no_spread_beats_the_largest(
    given_places: list[tuple[int, int, int]],
) -> None:
    where = list({(x, y): (x, y) for x, y, _ in given_places})
    jobs = [weight for _, _, weight in given_places][: len(where)]
    if sum(jobs) == 0 or len(where) < 2:
        return
    found = centrality(jobs, where)
    assert 0 <= found < 1
    # In other units, and moved, the index is the same.
    assert centrality([9 * job for job in jobs], [(1000 * x + 5, 1000 * y) for x, y in where]) == (
        pytest.approx(found, abs=5e-6)
    )


def test_rank_size_slopes_by_hand() -> None:
    # Jobs 1 050, 470, 380 at ranks ½, 3⁄2, 5⁄2. Of the two largest: ln(470/1050) / ln 3.
    table = NODE_RANK_SIZE.check(node_rank_size(node_roles(flows({2001: HAND}), nodes())), maker="slopes")
    assert table["nodes"].to_list() == [2, 3]
    assert table["jobs_slope"][0] == pytest.approx(math.log(470 / 1050) / math.log(3))
    assert table["commuters_slope"][0] == pytest.approx(math.log(170 / 250) / math.log(3))
    x, y = [math.log(rank) for rank in (0.5, 1.5, 2.5)], [math.log(jobs) for jobs in (1050, 470, 380)]
    mx, my = sum(x) / 3, sum(y) / 3
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)
    assert table["jobs_slope"][1] == pytest.approx(slope)


def test_a_smallest_node_that_nobody_commutes_to_has_no_slope() -> None:
    nobody_to_the_third = ((800, 200, 0), (150, 300, 0), (100, 50, 250))
    with pytest.raises(DataError, match="no jobs or no in-commuters"):
        node_rank_size(node_roles(flows({2001: nobody_to_the_third}), nodes()))


# ---- in plain Python on the bundled data


def test_roles_of_the_bundled_group_reckoned_one_cell_at_a_time(bundled: Workspace) -> None:
    year = 2022
    cells = {
        (home, work): (persons, cell)
        for home, work, persons, cell in bundled.table("commuting")
        .filter(year=year)
        .select("home", "work", "persons", "cell")
        .iter_rows()
    }
    everywhere = sorted({home for home, _ in cells})
    where = dict(bundled.table("nodes").select("node", "municipality").rows())
    jobs = {node: math.fsum(cells[home, m][0] for home in everywhere) for node, m in where.items()}
    hub = where[max(jobs, key=lambda node: jobs[node])]
    arriving = {
        node: math.fsum(cells[home, m][0] for home in everywhere if home != m) for node, m in where.items()
    }
    table = bundled.table("node_roles").filter(year=year)
    assert table.height == len(where) == 14
    cores = set(bundled.table("nodes").filter(kind="regional_core")["node"])
    for row in table.iter_rows(named=True):
        m = where[row["node"]]
        out = {work: cells[m, work][0] for work in everywhere if work != m}
        residents = math.fsum(out.values()) + cells[m, m][0]
        leaving = math.fsum(out.values())
        spread = -math.fsum(n / leaving * math.log(n / leaving) for n in out.values() if n > 0)
        comes = [cells[home, m][0] for home in everywhere if home != m]
        spread_in = -math.fsum(
            n / arriving[row["node"]] * math.log(n / arriving[row["node"]]) for n in comes if n > 0
        )
        want = {
            "residents": residents,
            "jobs": jobs[row["node"]],
            "commuters_in": arriving[row["node"]],
            "commuters_out": leaving,
            "commuters_net": arriving[row["node"]] - leaving,
            "contained": cells[m, m][0] / residents,
            "day_night": jobs[row["node"]] / residents,
            "dominance": arriving[row["node"]] / (sum(arriving.values()) / 14),
            "entropy_out": spread / math.log(289),
            "entropy_in": spread_in / math.log(289),
            "largest_share": max(out.values()) / residents,
        }
        for name, value in want.items():
            assert row[name] == pytest.approx(value, rel=1e-9), (row["node"], name)
        if m == hub:
            assert (row["hub_share"], row["hub_absent"]) == (None, "not_applicable")
        else:
            assert row["hub_share"] == pytest.approx(out[hub] / residents)
            assert row["hub_cell"] == cells[m, hub][1]
        assert row["commuters_in_low"] <= row["commuters_in"] <= row["commuters_in_high"]
        busy, own = want["day_night"] >= 1.0, want["contained"] >= 0.7
        assert (row["role"] is None) == (row["node"] in cores)
        assert (
            row["role"] is None
            or row["role"]
            == {
                (True, True): "regional_centre",
                (True, False): "workplace",
                (False, True): "self_contained",
                (False, False): "residential",
            }[busy, own]
        )


def test_the_largest_destination_of_every_node_is_the_published_one(bundled: Workspace) -> None:
    both = (
        bundled.table("node_roles")
        .join(bundled.table("nodes").select("node", "municipality"), on="node")
        .join(bundled.table("labour_market_areas"), on=["municipality", "year"], suffix="_published")
    )
    assert both.height == 14 * 4
    assert both["largest_destination"].equals(both["largest_destination_published"])


def test_the_bundled_system(bundled: Workspace) -> None:
    table = bundled.table("node_system")
    assert set(table["hub"]) == {"stockholm"}
    for name in ("hub_touching", "green", "uci"):
        assert table[name].is_between(0, 1).all()
    assert bundled.table("node_flows").height == 4 * 14 * 13
    assert bundled.table("node_rank_size")["nodes"].unique().sort().to_list() == list(range(2, 15))


@pytest.mark.parametrize(
    "matrix", [[[90, 10, 0], [5, 80, 0], [7, 3, 0]], [[90, 10, 4], [5, 80, 6], [0, 0, 0]]]
)
@pytest.mark.parametrize("zeros", [True, False])
def test_a_node_where_nobody_works_or_lives_is_refused(matrix: Rows, zeros: bool) -> None:
    """Those who live in the third all work elsewhere, or only others work there; as zeros, or left out."""
    with pytest.raises(DataError, match=r"no residents or no jobs for the nodes three 2001;"):
        node_roles(flows({2001: matrix}, zeros=zeros), nodes())
