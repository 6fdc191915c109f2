"""Cells: everybody lies somewhere, once, on land of the own municipality, near a locality that reaches it."""

from typing import Any

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core.errors import DataError
from storregion.core.geodesy import projected
from storregion.core.workspace import Workspace
from storregion.facts import settlement
from storregion.facts.cells import (
    CELLS,
    POPULATION_GRID,
    Peopled,
    _arrays,
    _register,
    _shapes,
    cells,
    centred,
)
from storregion.facts.people import POPULATION
from storregion.facts.places import BOUNDARIES, LOCALITIES, MUNICIPALITIES, NODE_LOCALITIES, NODES
from storregion.facts.settlement import Assumed, Ground, Homes, Towns

NOWHERE = float("nan")


def one(tiny: Any, latitude: float) -> tuple[float, float]:
    east, north = projected(pl.DataFrame({"latitude": [latitude], "longitude": [15.0]}))
    return float(east[0]), float(north[0])


def spread(tiny: Any, persons: dict[str, int], towns: list[tuple[str, float, int, int]], **more: Any) -> Any:
    """Cells of 0001, south of 59.1, and 0002, north of it, both on the meridian, each 80 km by 50."""
    x, border = one(tiny, 59.1)
    shapes = {
        "0001": shapely.box(x - 4e4, border - 5e4, x + 4e4, border),
        "0002": shapely.box(x - 4e4, border, x + 4e4, border + 5e4),
        "0003": shapely.box(x - 4e4, border + 5e4, x + 4e4, border + 9e4),
    }
    shapes |= more.pop("shapes", {})
    areas = [{"area": a, "geometry": g.wkb, "basis": "observed"} for a, g in shapes.items()]
    homes = [
        {"municipality": c, "latitude": p, "longitude": 15.0, "land_km2": 4000.0, "basis": "observed"}
        for c, p in {"0001": 59.0, "0002": 59.2}.items()
    ]
    known = more.pop("known", {})
    people = [
        {"municipality": code, "year": year, "persons": number - (2001 - year)}
        | {"basis": known.get((code, year), "observed")}
        for code, number in persons.items()
        for year in (2000, 2001)
    ]
    rows = [
        {"locality": f"T{at}", "municipality": c, "latitude": p, "longitude": 15.0}
        | {"population": number, "area_ha": ha, "basis": "observed"}
        for at, (c, p, number, ha) in enumerate(towns)
    ]
    peopled = Peopled(
        tiny.table(rows, LOCALITIES),
        tiny.table([], NODES),
        tiny.table([], NODE_LOCALITIES),
        tiny.table(homes, MUNICIPALITIES),
        tiny.table([*areas, {"area": "00", "geometry": shapes["0001"].wkb, "basis": "observed"}], BOUNDARIES),
        tiny.table(people, POPULATION),
    )
    made = cells(
        peopled,
        more.pop("grid", tiny.table([], POPULATION_GRID)),
        **more,
    )
    return CELLS.check(made, maker="cells")


def by_home(made: pl.DataFrame) -> dict[str, float]:
    return dict(made.group_by("municipality").agg(pl.col("residents").sum()).iter_rows())


def strip(count: int, border: int, land: float = 1.0) -> Ground:
    """Cells in a row to the east, municipality 0 before the border and 1 from it on."""
    at = np.arange(count)
    return Ground(at, np.zeros(count, np.int64), np.full(count, land), (at >= border).astype(np.int64))


def town(east: float, hectares: float, people: float, home: int) -> Towns:
    """One locality in the middle of the strip."""
    return Towns(
        np.array([east]), np.array([500.0]), np.array([hectares * 1e4]), np.array([people]), np.array([home])
    )


def homes(*people: float, east: float = NOWHERE) -> Homes:
    """Two municipalities of 10 km² each; the second has a point of its own where one is given."""
    return Homes(
        np.array(people),
        np.array([10.0, 10.0]),
        np.array([NOWHERE, east]),
        np.array([NOWHERE, 500.0]),
    )


def test_a_town_over_the_border_houses_both_municipalities_by_hand() -> None:
    # A town of 900 is coded to municipality 0, which has 640 people; 1 has 260 and no town, of whom 4 to
    # the km² may live in the country: 40, on its 10 cells evenly, 4 each. The town has 640 in 0 and
    # 260 - 40 = 220 in 1, whose cells it reaches although it is coded to 0.
    even = Assumed(fall=0.0, edge=0.0, elsewhere=0.1, rural_most=4.0, rural_km=100.0)
    # 1 km across, around the border at 10,000 m, and it ends at two radii: 1,128 m to either side. Of its
    # points, 250 m apart, those between 9,000 and 11,000 m count: one cell in each.
    found, placed = settlement.settled(strip(20, 10), town(10_000, 100, 900, 0), homes(640, 260), even)
    assert found[9] == pytest.approx(640.0)
    assert found[10] == pytest.approx(220.0 + 4.0)
    assert found[11:] == pytest.approx(np.full(9, 4.0))
    assert found[:9] == pytest.approx(np.zeros(9))
    assert placed == pytest.approx([860.0])


def test_density_falls_from_the_point_to_the_edge_and_twice_as_fast_beyond() -> None:
    # e^-2 at the edge of the disc, e^-6 where it ends.
    rule = Assumed(2.0, 4.0, 0.1, 40.0, 3.0)
    away = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    assert settlement._falling(away, rule) == pytest.approx(np.exp([0.0, -1.0, -2.0, -4.0, -6.0]))


def test_people_live_around_the_point_of_a_municipality_that_has_one() -> None:
    # 12,000 of a town of 20,000 on 2,000 ha live in 1, within its reach of two radii of 2.5 km or more; most
    # of them at the border when that is all one knows, most around 1's point when it has one.
    rule = Assumed(2.0, 4.0, 0.1, 4.0, 3.0)
    here = town(18_500, 2_000, 20_000, 0)
    bare, _ = settlement.settled(strip(40, 20), here, homes(8_000, 12_000), rule)
    known, _ = settlement.settled(strip(40, 20), here, homes(8_000, 12_000, east=22_500.0), rule)
    assert bare[20:].argmax() == 0
    assert known[20:].argmax() == 2
    assert bare[20:].sum() == pytest.approx(12_000.0)
    assert known[20:].sum() == pytest.approx(12_000.0)


def test_a_neighbour_without_a_point_does_not_hide_the_point_of_the_next() -> None:
    # A municipality without a point lies between the town and the one whose point is at 23,500 m.
    rule = Assumed(2.0, 4.0, 0.1, 4.0, 3.0)
    at = np.arange(40)
    land = Ground(at, np.zeros(40, np.int64), np.ones(40), (at >= 20).astype(np.int64) + (at >= 22))

    def lived(east: float) -> list[float]:
        three = Homes(
            np.array([8_000.0, 2_000.0, 10_000.0]),
            np.full(3, 10.0),
            np.array([NOWHERE, NOWHERE, east]),
            np.array([NOWHERE, NOWHERE, 500.0]),
        )
        found = settlement.settled(land, town(18_500, 2_000, 20_000, 0), three, rule)
        return [float(persons) for persons in found[0][22:]]

    bare, known = lived(NOWHERE), lived(23_500.0)
    assert bare[0] > bare[1] > 0
    assert known[1] > known[0]
    assert sum(known) == pytest.approx(10_000.0)


def test_a_point_of_its_own_moves_a_towns_weight_in_a_municipality_and_adds_none() -> None:
    rule = Assumed(2.0, 4.0, 0.1, 4.0, 3.0)
    here, missing = town(18_500, 2_000, 20_000, 0), np.array([0.0, 12_000.0])

    def weights(east: float) -> tuple[float, float]:
        """In the town's own municipality, and in the other."""
        land = strip(40, 20)
        cell, weight = settlement._density(land, here, 0, homes(8_000, 12_000, east=east), missing, rule)
        other = land.home[cell] == 1
        return float(weight[~other].sum()), float(weight[other].sum())

    assert weights(22_500.0) == pytest.approx(weights(NOWHERE))


def test_a_disc_is_widened_for_the_water_in_it() -> None:
    # Half the land: the disc is twice as large, so that it ends √2 times as far away.
    def widest(land: float) -> float:
        column, row = (grid.ravel() for grid in np.meshgrid(np.arange(40), np.arange(40)))
        order = np.lexsort((row, column))
        cells = Ground(column[order], row[order], np.full(1600, land), np.zeros(1600, np.int64))
        middle = np.array([20_000.0])
        there = Towns(middle, middle, np.array([7_854e4]), np.array([9.0]), np.array([0]))
        even = Assumed(0.0, 0.0, 0.1, 0.0, 0.0)
        found, _ = settlement.settled(cells, there, homes(9, 0), even)
        lived = found > 0
        return float(np.hypot(cells.column[lived] - 19.5, cells.row[lived] - 19.5).max())

    # 7,854 ha are a disc of 5 km, which ends at 10 km; at 14.1 km with the water.
    assert widest(1.0) == pytest.approx(10.0, abs=0.75)
    assert widest(0.5) == pytest.approx(14.1, abs=0.75)


def test_two_balances_by_hand() -> None:
    # Rows 3 and 7, columns 4 and 6, from a table of ones but for a zero: the zero leaves one table only.
    seed, row, column = np.ones(3), np.array([0, 1, 1]), np.array([0, 0, 1])
    made = settlement._balanced(seed, row, column, np.array([3.0, 7.0]), np.array([4.0, 6.0]))
    assert made == pytest.approx([3.0, 1.0, 6.0])
    # Where the totals differ, the columns hold.
    made = settlement._balanced(seed, row, column, np.array([3.0, 7.0]), np.array([8.0, 12.0]))
    assert [made[0] + made[1], made[2]] == pytest.approx([8.0, 12.0])


def test_a_municipality_without_a_town_lives_on_all_of_its_land(tiny: Any) -> None:
    made = spread(tiny, {"0001": 1000, "0002": 4000}, [("0001", 58.9, 900, 100)])
    north = made.filter(municipality="0002")
    # 80 km by 50 and cells on its edges; an inner cell has a 4,000th.
    assert 4_000 <= north.height <= 81 * 51
    assert north["residents"].max() == pytest.approx(1.0)
    south = made.filter(municipality="0001")
    # 900 in the town, whose disc of 564 m ends at 1,128 m, and 100 in the country within 3 km of its edge.
    x, y = one(tiny, 58.9)
    away = south.with_columns(away=((pl.col("east") - x) ** 2 + (pl.col("north") - y) ** 2).sqrt())
    assert away["away"].max() <= 3_564
    assert away.filter(pl.col("away") > 1_128 + 707)["residents"].sum() < 100
    assert set(made["basis"]) == {"estimated"}


def test_cells_are_assumed_where_a_latest_population_is(tiny: Any) -> None:
    """Towns reach across borders, so a population that is assumed bears on its neighbours' cells as well."""
    given = {"0001": 1000, "0002": 4000}, [("0001", 58.9, 900, 100)]
    assert set(spread(tiny, *given, known={("0001", 2001): "assumed"})["basis"]) == {"assumed"}
    # Nobody lives where a population of an earlier year says.
    assert set(spread(tiny, *given, known={("0001", 2000): "assumed"})["basis"]) == {"estimated"}


@settings(max_examples=30, deadline=None)
@given(
    towns=st.lists(
        st.tuples(
            st.sampled_from(["0001", "0002"]),
            st.floats(58.9, 59.3),
            st.integers(200, 90_000),
            st.integers(1, 20_000),
        ),
        max_size=5,
    ),
    south=st.integers(1, 500_000),
)
def test_nobody_is_lost_or_moved_out_of_the_municipality(
    tiny: Any, towns: list[tuple[str, float, int, int]], south: int
) -> None:
    made = spread(tiny, {"0001": south, "0002": 777}, towns)
    assert by_home(made) == pytest.approx({"0001": south, "0002": 777})
    # A cell on the border belongs to who has more of it.
    border = one(tiny, 59.1)[1]
    assert made.filter((pl.col("municipality") == "0001") != (pl.col("north") < border)).is_empty()


def test_a_town_outside_the_register_is_housed_on_the_land_that_it_reaches(tiny: Any) -> None:
    # 0003 is in no register: a town of 0002 a kilometre beyond its border lives on this side.
    made = spread(tiny, {"0001": 10, "0002": 90}, [("0002", 59.56, 90, 3000)])
    assert by_home(made) == pytest.approx({"0001": 10, "0002": 90})
    assert made.filter(pl.col("north") > one(tiny, 59.1)[1] + 5e4 + 500).is_empty()


def test_a_municipality_without_any_cell_is_reported(tiny: Any) -> None:
    with pytest.raises(DataError, match="no cell lies within municipality '0002'"):
        spread(tiny, {"0001": 10, "0002": 90}, [], shapes={"0002": shapely.Polygon()})


def test_a_municipality_of_unknown_population_is_reported_and_not_taken_for_empty(tiny: Any) -> None:
    with pytest.raises(DataError, match="municipality '0002' has neither a published population"):
        spread(tiny, {"0001": 10}, [("0001", 59.0, 10, 100)])


def test_a_published_grid_is_taken_as_it_is(tiny: Any) -> None:
    grid = tiny.table(
        [{"cell": "1_2", "municipality": "0001", "east": 1500.0, "north": 2500.0, "residents": 3.0}],
        POPULATION_GRID,
    ).with_columns(basis=pl.lit("observed"))
    assert spread(tiny, {"0001": 10, "0002": 90}, [], grid=grid).equals(grid)


def test_a_city_has_its_node_for_a_point(tiny: Any) -> None:
    towns = tiny.table([{"locality": c, "latitude": 1.0, "longitude": 2.0} for c in ("T1", "T2")], LOCALITIES)
    nodes = tiny.table([{"node": "n", "kind": "city", "latitude": 59.0, "longitude": 15.0}], NODES)
    named = tiny.table([{"node": "n", "locality": "T1", "basis": "observed"}], NODE_LOCALITIES)
    assert centred(towns, nodes, named).select("latitude", "longitude").rows() == [(59.0, 15.0), (1.0, 2.0)]


# ---- the bundled group


def test_everybody_of_the_bundled_group_lies_in_a_cell(bundled: Workspace) -> None:
    made = bundled.table("cells")
    people = bundled.table("population")
    latest = people.filter(pl.col("year") == pl.col("year").max())
    assert by_home(made) == pytest.approx(dict(latest.select("municipality", "persons").iter_rows()))
    # The densest square kilometre of the country has some 20,000 to 30,000.
    assert made.filter(pl.col("residents") > 20_000).is_empty()


def test_localities_have_the_people_they_are_published_with(bundled: Workspace) -> None:
    names = ("localities", "nodes", "node_localities", "municipalities", "boundaries", "population")
    towns, nodes, named, register, shapes, people = (bundled.table(name) for name in names)
    known = _register(register, towns, people)
    towns = centred(towns, nodes, named)
    there, homes = _arrays(towns, known)
    found = settlement.ground(there, _shapes(known, shapes), 3.0)
    _, placed = settlement.settled(found, there, homes, Assumed(2.0, 4.0, 0.1, 40.0, 3.0))
    share = placed / there.people
    # Municipalities are counted in 2024 and localities in 2020, and the country grew by 2 % between: nearly
    # all have their people within 5 %, those that reach over a dozen municipalities too.
    assert (abs(share - 1.0) < 0.05).mean() > 0.98
    by_name = dict(zip(towns["name"], share, strict=True))
    for name in ("Stockholm", "Upplands Väsby och Sollentuna", "Tumba", "Göteborg"):
        assert by_name[name] == pytest.approx(1.0, abs=0.05), name
    # Some on islands, or beside a border, have no cell of their municipality's: 10,845 of 9,088,367 people.
    lost = there.people[placed == 0]
    assert lost.sum() < 0.0015 * there.people.sum()
    assert lost.max() < 3_000


@pytest.mark.parametrize(
    ("station", "least"),
    [
        ("Upplands Väsby station", 10_000),
        ("Barkarby station", 10_000),
        ("Jakobsberg station", 10_000),
        ("Flemingsberg station", 5_000),
        ("Handen station", 5_000),
        ("Tullinge station", 5_000),
        ("Skogås station", 5_000),
        ("Sollentuna station", 3_000),
        ("Tumba station", 3_000),
    ],
)
def test_people_live_within_a_walk_of_stations_in_large_suburbs(
    bundled: Workspace, station: str, least: int
) -> None:
    # 30 minutes at 4.8 km/h and 1.3 times the straight line are 1.85 km.
    stop = bundled.table("stops").filter(name=station).head(1)
    (x,), (y,) = projected(stop)
    away = ((pl.col("east") - x) ** 2 + (pl.col("north") - y) ** 2).sqrt()
    assert bundled.table("cells").filter(away <= 1_846)["residents"].sum() > least


def test_the_squares_around_a_point_are_those_whose_middles_are_near() -> None:
    # Squares of 10 with a middle at most 10 from (5, 5): its own, and one on each side.
    found = set(zip(*(side.tolist() for side in settlement._lattice(5.0, 5.0, 10.0, 10.0)), strict=True))
    assert found == {(5.0, 5.0), (-5.0, 5.0), (15.0, 5.0), (5.0, -5.0), (5.0, 15.0)}
    # None is so near, but the point's own always counts.
    assert [side.tolist() for side in settlement._lattice(1.0, 9.0, 2.0, 10.0)] == [[5.0], [5.0]]
