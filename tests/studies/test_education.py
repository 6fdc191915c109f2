"""Higher education within reach: three places by hand, the bundled totals, and what a new link changes."""

from pathlib import Path

import polars as pl
import pytest
from tests.conftest import Built, Tiny

from storregion.core import geodesy, group
from storregion.core.errors import DataError
from storregion.core.group import RegionGroup
from storregion.core.workspace import Workspace
from storregion.studies import education
from storregion.studies.education import (
    Homes,
    Supply,
    campus_times,
    education_access,
    education_reach,
    education_supply,
    node_education,
    student_sums,
)

OMS = RegionGroup.read(group.bundled())
STUDENTS = pl.DataFrame(
    {
        "institution": ["Hill", "Twin"],
        "counties": ["01", "01"],
        "new_entrants": [0, 0],
        "enrolled": [200, 90],
        "graduates": [0, 0],
        "academic_year": ["2018/19"] * 2,
        "basis": ["observed"] * 2,
    }
)
# Hill has one campus; Twin a main one in the north and in the south, and a small one by the lake.
CAMPUSES = pl.DataFrame(
    [
        ("Hill", "Hill", "0101", 59.0, 17.0, "main"),
        ("Twin", "North", "0102", 59.5, 17.0, "main"),
        ("Twin", "South", "0103", 58.5, 17.0, "main"),
        ("Twin", "Lake", "0101", 59.0, 17.0, "minor"),
    ],
    schema=["institution", "campus", "municipality", "latitude", "longitude", "role"],
    orient="row",
)
SUPPLY = Supply(STUDENTS, CAMPUSES)
PLACES = pl.DataFrame(
    {
        "place": ["0101", "0102", "0103", "0104", "west"],
        "kind": ["municipality"] * 4 + ["node"],
    }
)
NODES = pl.DataFrame({"node": ["west"], "municipality": ["0101"], "latitude": [59.0], "longitude": [17.0]})
# 0104 has no station.
POINTS = pl.DataFrame(
    [("municipality", code) for code in ("0101", "0102", "0103")] + [("node", "west")],
    schema=["kind", "code"],
    orient="row",
)
HOMES = Homes(PLACES, NODES, POINTS)
TIMES = pl.DataFrame(
    [
        ("municipality", "0101", "Hill", "Hill", "main", 10.0),
        ("municipality", "0101", "Twin", "Lake", "minor", 12.0),
        ("municipality", "0102", "Hill", "Hill", "main", 50.0),
        ("municipality", "0102", "Twin", "North", "main", 20.0),
        ("municipality", "0102", "Twin", "South", "main", 44.0),
        ("municipality", "0102", "Twin", "Lake", "minor", 59.0),
        ("municipality", "0103", "Hill", "Hill", "main", 61.0),
        ("node", "west", "Hill", "Hill", "main", 5.0),
        ("node", "west", "Twin", "North", "main", 70.0),
    ],
    schema=["kind", "code", "institution", "campus", "role", "minutes"],
    orient="row",
)
# 100, 300, 200 and 50 people of each of the ages 20 and 29, 7 of 30 who do not count.
PEOPLE = pl.DataFrame(
    [
        (code, 2019, age, "women", persons if age < 30 else 7)
        for code, persons in (("0101", 50), ("0102", 150), ("0103", 100), ("0104", 25))
        for age in (20, 29, 30)
    ],
    schema=["municipality", "year", "age", "sex", "persons"],
    orient="row",
)


def reached(place: str, limit: int) -> dict[str, object]:
    rows = education_reach(TIMES, SUPPLY, HOMES)
    return rows.filter(place=place, limit=limit).row(0, named=True)


def test_an_institution_counts_where_a_main_campus_is_reached() -> None:
    # 0102 within 45: Twin by two of its three campuses; within 60 all three, and Hill.
    within = reached("0102", 45)
    assert (within["institutions"], within["students"]) == (1, 90)
    assert (within["students_least"], within["students_most"]) == (0, 90)
    hour = reached("0102", 60)
    assert (hour["institutions"], hour["students"], hour["students_least"]) == (2, 290, 290)


def test_a_smaller_campus_alone_is_only_what_there_is_at_most() -> None:
    within = reached("0101", 30)
    assert (within["students"], within["students_least"], within["students_most"]) == (200, 200, 290)


def test_nothing_within_reach_is_zero_and_no_station_is_missing() -> None:
    assert reached("0103", 60)["students"] == 0
    assert reached("0104", 90)["students"] is None
    assert reached("0104", 90)["reach_absent"] == "missing"


def test_times_to_a_campus_are_those_of_nodes_and_municipalities_that_reach_it(tiny: Tiny) -> None:
    # The campus lies at station C. From B the train of every half-hour takes 29 to 30 minutes with its stop.
    points = pl.DataFrame(
        [("node", "bee", "B"), ("municipality", "0101", "A"), ("county", "01", "A"), ("node", "sea", "C")],
        schema=["kind", "code", "station"],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))
    campuses = CAMPUSES.head(1).with_columns(
        latitude=pl.lit(59.2), longitude=pl.lit(15.0), basis=pl.lit("observed")
    )
    found = campus_times(points, tiny.service(), tiny.periods(), campuses)
    times = {(row["kind"], row["code"]): row["minutes"] for row in found.iter_rows(named=True)}
    assert times.keys() == {("node", "bee"), ("municipality", "0101"), ("node", "sea")}
    assert times["node", "sea"] == 0.0


def access() -> pl.DataFrame:
    return education_access(TIMES, SUPPLY, HOMES, PEOPLE)


def test_access_of_three_places_by_hand() -> None:
    # Hill is reached by 0101 (100 young) and 0102 (300): 200 / 400 = 0.5 each.
    # Twin by 0102 alone, a smaller campus does not count: 90 / 300 = 0.3.
    found = dict(access().select("place", "places_per_young").iter_rows())
    assert found == {
        "0101": pytest.approx(0.5),
        "0102": pytest.approx(0.8),
        "0103": 0.0,
        "0104": None,
        "west": pytest.approx(0.5),
    }


def test_the_nearest_main_campus_is_named() -> None:
    rows = access().select("place", "young", "nearest", "nearest_campus", "nearest_minutes", "nearest_absent")
    assert rows.rows() == [
        ("0101", 100, "Hill", "Hill", 10.0, None),
        ("0102", 300, "Twin", "North", 20.0, None),
        ("0103", 200, "Hill", "Hill", 61.0, None),
        ("0104", 50, None, None, None, "missing"),
        ("west", 100, "Hill", "Hill", 5.0, None),
    ]


def test_a_node_has_the_campuses_by_it_and_the_nearest_elsewhere() -> None:
    row = node_education(TIMES, SUPPLY, NODES).row(0, named=True)
    assert (row["institutions"], row["students"], row["students_most"]) == (2, 200, 290)
    assert (row["elsewhere"], row["elsewhere_minutes"], row["standing"]) == ("Twin", 70.0, "own")


def test_a_campus_just_at_the_limit_lies_by_the_node() -> None:
    # At the node's own point it is no way off; 0.001° farther north it is 111 metres.
    spot = {"latitude": 59.0, "longitude": 15.0}
    campuses = pl.DataFrame([{"campus": "here"} | spot, {"campus": "off"} | spot | {"latitude": 59.001}])
    nodes = pl.DataFrame([{"node": "a"} | spot])
    assert education._placed(campuses, nodes, 0.0).select("campus", "node").rows() == [("here", "a")]
    assert education._placed(campuses, nodes, 0.12)["campus"].to_list() == ["here", "off"]
    assert education._placed(campuses, nodes.clear(), 0.12).is_empty()


@pytest.mark.parametrize(
    ("latitude", "minutes", "standing"),
    [(59.0, 70.0, "own"), (58.0, 60.0, "within_60"), (58.0, 61.0, "beyond_60")],
)
def test_what_a_node_does_not_have_is_said(latitude: float, minutes: float, standing: str) -> None:
    nodes = NODES.with_columns(latitude=pl.lit(latitude))
    times = TIMES.filter(kind="node", institution="Twin").with_columns(minutes=pl.lit(minutes))
    assert node_education(times, SUPPLY, nodes)["standing"].item() == standing


def test_the_sum_over_institutions_is_set_against_the_net_total() -> None:
    totals = pl.DataFrame({"academic_year": ["2018/19"], "students": [250], "basis": ["observed"]})
    row = student_sums(STUDENTS, totals).row(0, named=True)
    assert (row["country_sum"], row["country_net"], row["counted_twice"]) == (290, 250, 40)
    with pytest.raises(DataError, match=r"more students in \['2018/19'\] than all institutions together"):
        student_sums(STUDENTS, totals.with_columns(students=pl.lit(291)))


def test_only_institutions_with_a_main_campus_in_the_group_count() -> None:
    # South of Twin lies in county 01 of the group; moved out of it, only a small campus is left there.
    nodes = node_education(TIMES, SUPPLY, NODES)
    assert education_supply(OMS, SUPPLY, nodes)["group_sum"].item() == 290
    away = CAMPUSES.with_columns(
        municipality=pl.when(role="main", institution="Twin").then(pl.lit("2480")).otherwise("municipality")
    )
    row = education_supply(OMS, Supply(STUDENTS, away), nodes).row(0, named=True)
    assert (row["group_sum"], row["group_share"]) == (200, pytest.approx(200 / 290))
    assert (row["nodes"], row["nodes_without"]) == (1, 0)


def test_the_bundled_totals_are_the_published_ones(bundled: Workspace) -> None:
    row = bundled.table("student_sums").row(0, named=True)
    # UKÄ, status report 2020: 410 230 students; its table of institutions adds up to 471 610.
    assert (row["country_sum"], row["country_net"], row["counted_twice"]) == (471_610, 410_230, 61_380)
    nodes = dict(bundled.table("node_education").select("node", "students").iter_rows())
    assert nodes["gavle"] == 11_270
    assert nodes["uppsala"] == 40_090 + 5_460


def test_every_campus_lies_in_its_municipality(bundled: Workspace) -> None:
    """Within two kilometres of the simplified shape: water and shores are drawn roughly."""
    import shapely

    campuses = bundled.table("campuses")
    shapes = dict(bundled.table("boundaries").select("area", "geometry").iter_rows())
    points = shapely.points(*geodesy.projected(campuses))
    away = [
        shapely.from_wkb(shapes[code]).distance(point)
        for code, point in zip(campuses["municipality"], points, strict=True)
    ]
    assert max(away) < 2_100


def test_times_to_a_campus_are_longer_than_to_its_town(bundled: Workspace) -> None:
    """The campus of 0380 lies by the town: the time there is that between the towns and some minutes more."""
    between = bundled.table("access_nodes").filter(period="morning", way="depart_at", destination="uppsala")
    to_town = dict(between.select("origin", "with_wait").iter_rows())
    campus = bundled.table("campus_times").filter(kind="node", campus="Uppsala")
    found = dict(campus.select("code", "minutes").iter_rows())
    for origin in ("gavle", "stockholm", "arlanda-marsta"):
        # At 15 km/h and 1.3 times the crow's way, one kilometre takes five minutes.
        assert 0 < found[origin] - to_town[origin] < 12


def test_a_faster_line_gives_the_nodes_along_it_more_study_places(built: Built) -> None:
    """The new line shortens the way between the hub and the south; nobody reaches less than before."""
    before, then = (built(name).table("education_reach") for name in ("base", "ostlanken"))
    both = before.join(then, on=["place", "limit"], suffix="_then").drop_nulls(["students", "students_then"])
    gain = both.with_columns(gain=pl.col("students_then") - pl.col("students"))
    gained = set(gain.filter(pl.col("gain") > 0)["place"])
    assert {"nykoping", "norrkoping"} & gained
    assert gain["gain"].min() == 0


def test_flows_are_empty_until_they_are_read_in(bundled: Workspace) -> None:
    assert bundled.table("student_flows").height == 0
    assert Path(group.bundled(), "figures", "student_flows.csv").exists() is False
