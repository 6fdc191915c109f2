"""Cells: everybody lies somewhere, once, in the own municipality."""

from typing import Any

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.errors import DataError
from storregion.facts.cells import CELLS, POPULATION_GRID, _discs, cells, centred
from storregion.facts.people import POPULATION
from storregion.facts.places import BOUNDARIES, LOCALITIES, MUNICIPALITIES, NODE_LOCALITIES, NODES
from storregion.journeys import projected
from storregion.workspace import Workspace


def one(tiny: Any, latitude: float) -> tuple[float, float]:
    east, north = projected(pl.DataFrame({"latitude": [latitude], "longitude": [15.0]}))
    return float(east[0]), float(north[0])


def spread(tiny: Any, persons: dict[str, int], towns: list[tuple[str, float, int, int]], **more: Any) -> Any:
    """Cells of 0001, south of 59.1, and 0002, north of it, both on the meridian."""
    x, border = one(tiny, 59.1)
    shapes = {
        "0001": shapely.box(x - 4e4, border - 5e4, x + 4e4, border),
        "0002": shapely.box(x - 4e4, border, x + 4e4, border + 5e4),
        "0003": shapely.box(x - 4e4, border + 5e4, x + 4e4, border + 9e4),
    }
    areas = [{"area": a, "geometry": g.wkb, "basis": "observed"} for a, g in shapes.items()]
    points = {"0001": 59.0, "0002": 59.2} | more.pop("points", {})
    homes = [{"municipality": c, "latitude": p, "longitude": 15.0} for c, p in points.items()]
    people = [
        {"municipality": code, "year": year, "persons": number - (2001 - year), "basis": "observed"}
        for code, number in persons.items()
        for year in (2000, 2001)
    ]
    rows = [
        {"locality": f"T{at}", "municipality": c, "latitude": p, "longitude": 15.0}
        | {"population": number, "area_ha": ha, "basis": "observed"}
        for at, (c, p, number, ha) in enumerate(towns)
    ]
    made = cells(
        tiny.table(rows, LOCALITIES),
        tiny.table([], NODES),
        tiny.table([], NODE_LOCALITIES),
        tiny.table(homes, MUNICIPALITIES),
        tiny.table([*areas, {"area": "00", "geometry": shapes["0001"].wkb}], BOUNDARIES),
        tiny.table(people, POPULATION),
        more.pop("grid", tiny.table([], POPULATION_GRID)),
        **more,
    )
    return CELLS.check(made, maker="cells")


def by_home(made: pl.DataFrame) -> dict[str, float]:
    return dict(made.group_by("municipality").agg(pl.col("residents").sum()).iter_rows())


def test_residents_are_as_dense_as_the_discs_by_hand(tiny: Any) -> None:
    # Discs of 100 ha, 564 m of radius, hold one or two centres; two towns of 300 and 100 in a municipality of
    # 1000 share them three to one.
    made = spread(tiny, {"0001": 1000, "0002": 50}, [("0001", 58.9, 300, 100), ("0001", 59.0, 100, 100)])
    south = made.filter(municipality="0001")
    towns = south.with_columns(town=pl.col("north") < one(tiny, 58.95)[1])
    assert dict(towns.group_by("town").agg(pl.col("residents").sum()).iter_rows()) == pytest.approx(
        {True: 750.0, False: 250.0}
    )
    # 0002 has no town: 50 at 2000 to the square kilometre are one cell, where its point lies.
    (row,) = made.filter(municipality="0002").to_dicts()
    x, y = one(tiny, 59.2)
    assert row["residents"] == pytest.approx(50.0)
    assert (abs(row["east"] - x), abs(row["north"] - y)) <= (500.0, 500.0)
    assert row["cell"] == f"{int(x // 1000)}_{int(y // 1000)}"
    assert set(made["basis"]) == {"estimated"}


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
    border = one(tiny, 59.1)[1]
    assert made.filter((pl.col("municipality") == "0001") != (pl.col("north") < border)).is_empty()


def test_a_municipality_beside_a_large_town_is_not_packed_into_its_edge(tiny: Any) -> None:
    # A town of 1 km² at the border reaches into 0001 with one or two cells, which cannot hold 50,000: a disc
    # of 25 km² around the municipality's point holds most of them.
    made = spread(tiny, {"0001": 50_000, "0002": 900}, [("0002", 59.1, 900, 400)])
    south = made.filter(municipality="0001")
    assert south.height > 20
    assert south["residents"].max() < 2_500
    packed = spread(tiny, {"0001": 50_000, "0002": 900}, [("0002", 59.1, 900, 400)], densest=1e9)
    assert packed.filter(municipality="0001")["residents"].max() > 20_000


def test_a_town_over_the_border_of_the_group_stays_in_it(tiny: Any) -> None:
    # 0003 is in no register: what lies there counts to the nearest that is.
    made = spread(tiny, {"0001": 10, "0002": 90}, [("0002", 59.56, 90, 3000)])
    assert by_home(made) == pytest.approx({"0001": 10, "0002": 90})
    assert made.filter(municipality="0002").filter(pl.col("north") > one(tiny, 59.1)[1] + 5e4).height > 0


def test_a_municipality_without_any_cell_is_told(tiny: Any) -> None:
    with pytest.raises(DataError, match="no cell lies within municipality '0002'"):
        spread(tiny, {"0001": 10, "0002": 90}, [], points={"0002": 59.0})


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


@given(x=st.floats(0, 9000), y=st.floats(0, 9000), radius=st.floats(0, 4000))
def test_a_disc_has_the_cells_whose_centre_it_covers(x: float, y: float, radius: float) -> None:
    at, column, row = _discs(np.array([x]), np.array([y]), np.array([radius]))
    wanted = {
        (c, r)
        for c in range(-6, 16)
        for r in range(-6, 16)
        if np.hypot(1000 * c + 500 - x, 1000 * r + 500 - y) <= radius
    } or {(int(x // 1000), int(y // 1000))}
    assert set(zip(column.tolist(), row.tolist(), strict=True)) == wanted
    assert (len(at), set(at.tolist())) == (len(wanted), {0})


def test_everybody_of_the_bundled_group_lies_in_a_cell(bundled: Workspace) -> None:
    made = bundled.table("cells")
    people = bundled.table("population")
    latest = people.filter(pl.col("year") == pl.col("year").max())
    assert by_home(made) == pytest.approx(dict(latest.select("municipality", "persons").iter_rows()))
    # The densest square kilometre of the country has some 20,000 to 30,000.
    assert made.filter(pl.col("residents") > 20_000).is_empty()
