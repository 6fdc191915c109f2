"""Places by hand: what a group reports on, which municipalities each is made of, and a point of every one."""

from collections.abc import Callable

import msgspec
import polars as pl
import pytest
import shapely
from tests.conftest import SMALL, Tiny

from storregion.core.errors import DataError
from storregion.core.geodesy import projected
from storregion.core.group import Country, Geography, RegionGroup
from storregion.core.language import Text
from storregion.facts.places import (
    GEOGRAPHIES,
    MEMBERSHIP,
    MUNICIPALITIES,
    MUNICIPALITY_POINTS,
    PLACES,
    geographies,
    membership,
    municipality_points,
    places,
)

SMALL_GROUP = RegionGroup.read(SMALL)
ONE = msgspec.structs.replace(
    SMALL_GROUP,
    code="one",
    counties={"01": SMALL_GROUP.counties["10"]},
    country=Country("00", Text("riket", "the country"), 4),
    geographies={},
)
COUNTIES = pl.DataFrame(
    {"county": ["01", "02"], "name_sv": ["Ett län", "Två län"], "name_en": ["County One", "County Two"]}
)
REGISTER = pl.DataFrame(
    {
        "municipality": ["0101", "0102", "0103", "0201"],
        "name": ["Ask", "Bok", "Cypress", "Druva"],
        "county": ["01", "01", "01", "02"],
        "basis": ["observed", "assumed", "observed", "observed"],
    }
)
NODES = pl.DataFrame(
    {"node": ["ask", "core"], "name": ["Ask", "Kärnan"], "municipality": ["0101", "0103"]}
).with_columns(kind=pl.Series(["node", "regional_core"]))
NO_NODES = NODES.clear()


def test_a_group_reports_on_its_counties_municipalities_and_nodes_and_on_the_country() -> None:
    found = PLACES.check(places(ONE, COUNTIES, REGISTER, NODES), maker="places")
    assert list(found.select("place", "kind", "county").rows()) == [
        ("00", "country", None),
        ("one", "group", None),
        ("one-nodes", "nodes", None),
        ("one-rest", "rest", None),
        ("01", "county", "01"),
        ("0101", "municipality", "01"),
        ("0102", "municipality", "01"),
        ("0103", "municipality", "01"),
        ("ask", "node", "01"),
        ("core", "node", "01"),
    ]
    assert dict(found.select("place", "name_sv").iter_rows())["core"] == "Kärnan"
    bare = places(msgspec.structs.replace(ONE, country=None), COUNTIES, REGISTER, NO_NODES)
    assert bare["kind"].to_list() == ["group", "county", *["municipality"] * 3]


def test_a_place_is_made_of_its_municipalities() -> None:
    found = MEMBERSHIP.check(membership(ONE, COUNTIES, REGISTER, NODES), maker="membership")
    parts = {
        place: part["municipality"].to_list()
        for (place,), part in found.group_by("place", maintain_order=True)
    }
    every = ["0101", "0102", "0103"]
    assert parts == {
        "one": every,
        "01": every,
        **{code: [code] for code in every},
        "ask": ["0101"],
        "core": ["0103"],
        "one-nodes": ["0101", "0103"],
        "one-rest": ["0102"],
        "00": [*every, "0201"],
    }
    # What a scenario moved is assumed; so is a municipality that stands in for a core inside it.
    basis = {
        (place, code): known for place, code, known in found.select("place", "municipality", "basis").rows()
    }
    assert {pair for pair, known in basis.items() if known == "assumed"} == {
        ("core", "0103"),
        *((place, "0102") for place in ("one", "01", "0102", "one-rest", "00")),
    }


LOST = msgspec.structs.replace(ONE, counties={"03": SMALL_GROUP.counties["10"]})


@pytest.mark.parametrize("make", [places, membership])
def test_counties_that_the_registers_do_not_have_are_refused(make: Callable[..., pl.DataFrame]) -> None:
    with pytest.raises(DataError, match=r"names the counties \['03'\], which do not exist in the register"):
        make(LOST, COUNTIES, REGISTER, NODES)
    with pytest.raises(DataError, match=r"no municipality in the counties \['01'\]"):
        make(ONE, COUNTIES, REGISTER.tail(1), NODES)


def test_a_country_has_all_its_municipalities() -> None:
    with pytest.raises(
        DataError, match=r"holds 3 municipalities, but group.toml says that the country has 4"
    ):
        membership(ONE, COUNTIES, REGISTER.head(3), NODES)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"municipality": "0201"}, "the nodes ask have a municipality outside"),
        *(
            ({"node": code}, f"the group's own codes {code} are nodes' too")
            for code in ("one", "one-nodes", "one-rest")
        ),
    ],
)
def test_nodes_that_cannot_be_are_refused(node: dict[str, str], said: str) -> None:
    changed = NODES.head(1).with_columns(**{name: pl.lit(value) for name, value in node.items()})
    with pytest.raises(DataError, match=said):
        places(ONE, COUNTIES, REGISTER, changed)


def test_sets_of_counties_by_hand() -> None:
    def with_set(code: str, *counties: str) -> RegionGroup:
        return msgspec.structs.replace(
            ONE, geographies={code: Geography(Text("alla", "all"), counties, "A test")}
        )

    found = GEOGRAPHIES.check(geographies(with_set("all", "02", "01"), COUNTIES), maker="geographies")
    assert found.select("geography", "county").rows() == [("one", "01"), ("all", "01"), ("all", "02")]
    for group, said in (
        (with_set("one", "01"), "has the group's own code"),
        (with_set("all", "01", "03"), r"names the counties \['03'\], which do not exist"),
        (with_set("all", "01", "01"), "names a county twice"),
    ):
        with pytest.raises(DataError, match=said):
            geographies(group, COUNTIES)


def squares(tiny: Tiny, *away: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Municipalities at 59° N 15° E, and squares that begin so many metres to the east of there."""
    codes = [f"010{at}" for at in range(1, len(away) + 1)]
    rows = [
        {"municipality": code, "latitude": 59.0, "longitude": 15.0} | {"basis": "observed"} for code in codes
    ]
    register = tiny.table(rows, MUNICIPALITIES)
    east, north = (float(part[0]) for part in projected(register))
    shapes = [shapely.box(east + by, north - 1e4, east + by + 2e4, north + 1e4).wkb for by in away]
    return register, pl.DataFrame({"area": codes, "geometry": shapes})


def test_a_point_outside_its_municipality_is_moved_inside(tiny: Tiny) -> None:
    # 2,000 m is what a simplified shape may be off.
    register, shapes = squares(tiny, -1e4, 1999.0, 2001.0)
    found = MUNICIPALITY_POINTS.check(municipality_points(register, shapes), maker="points")
    east, north = (float(part[0]) for part in projected(register))
    assert found.select("east", "north").rows()[:2] == [(east, north)] * 2
    assert found["east"][2] > east + 2001
    assert found["basis"].to_list() == ["observed", "observed", "estimated"]


def test_a_municipality_without_a_boundary_is_named(tiny: Tiny) -> None:
    register, shapes = squares(tiny, 0.0, 0.0)
    with pytest.raises(DataError, match="the municipalities 0102 have no boundary"):
        municipality_points(register, shapes.head(1))
