"""Remote work by link, on four stations in a row and in the bundled group."""

import polars as pl
import pytest
from tests.conftest import Tiny
from tests.studies.test_remote_work import rows

from storregion.core.geodesy import projected
from storregion.core.workspace import Workspace
from storregion.facts.cells import CELLS
from storregion.facts.work import COMMUTING
from storregion.studies.remote_commuting import REMOTE_FLOWS, WEEKDAYS
from storregion.studies.remote_links import (
    RELATION_LINKS,
    REMOTE_LINKS,
    REMOTE_STATIONS,
    Relations,
    relation_links,
    remote_links,
    remote_stations,
)
from storregion.studies.remote_work import REMOTE_WEEKDAYS
from storregion.studies.travel_times import ACCESS_POINTS
from storregion.timetable.travel_rules import periods

STATIONS = {"0101": "A", "0102": "B", "0103": "C", "0104": "D"}


def relations(**persons: float) -> Relations:
    """Commuters from A to another place, by its station."""
    codes = {station: code for code, station in STATIONS.items()}
    commuting = rows(
        COMMUTING,
        *(
            (2023, "0101", codes[station], "total", count, None, None, "spread", "estimated")
            for station, count in persons.items()
        ),
    )
    points = [("municipality", code, station, "named", "observed") for code, station in STATIONS.items()]
    return Relations(commuting, rows(ACCESS_POINTS, *points), periods())


def links(tiny: Tiny, made: Relations, **chosen: float) -> pl.DataFrame:
    found = relation_links(made, tiny.service(), **chosen)
    return RELATION_LINKS.check(found, maker="relation_links")


def test_a_journey_goes_over_the_links_between_the_stations_that_it_passes(tiny: Tiny) -> None:
    found = links(tiny, relations(C=200.0, D=500.0))
    # To C all trains go by B. To D one changes in C, or takes the train of 07:10 that passes B and C without
    # stopping: it goes over the same three links.
    assert {(row["work"], row["one"], row["two"]): row["share"] for row in found.iter_rows(named=True)} == {
        ("0103", "A", "B"): 1.0, ("0103", "B", "C"): 1.0,
        ("0104", "A", "B"): 1.0, ("0104", "B", "C"): 1.0, ("0104", "C", "D"): 1.0,
    }  # fmt: skip
    assert set(found["mode"]) == {"rail"}


def test_few_commuters_and_short_ways_have_no_rows(tiny: Tiny) -> None:
    # A and B are 11 km apart, A and C 22.
    assert links(tiny, relations(B=900.0, C=99.0)).is_empty()
    assert set(links(tiny, relations(B=900.0, C=99.0), least_km=10.0)["work"]) == {"0102"}
    assert set(links(tiny, relations(B=900.0, C=99.0), least_persons=99.0)["work"]) == {"0103"}


def test_the_commuters_of_all_relations_over_a_link_add_up(tiny: Tiny) -> None:
    made = relations(C=200.0, D=500.0)
    flows = rows(
        REMOTE_FLOWS,
        *(
            ("weak", 2023, "0101", work, without, persons, 0.0, *home, "assumed")
            for work, without, persons, home in (
                ("0103", 180.0, 200.0, (40.0, 30.0, 30.0, 20.0, 50.0)),
                ("0104", 450.0, 500.0, (90.0, 80.0, 80.0, 60.0, 100.0)),
                ("0102", 900.0, 900.0, (9.0,) * 5),
            )
        ),
    )
    found = REMOTE_LINKS.check(remote_links(flows, links(tiny, made)), maker="remote_links")
    friday = {(row["one"], row["two"]): row for row in found.filter(weekday="friday").iter_rows(named=True)}
    # To B it is too short, so nobody of those 900 counts. Over A–B 200 + 500 commute, of whom 50 + 100 stay:
    # 550 travel, against 630 without remote work.
    assert friday["A", "B"]["persons"] == 700.0
    assert friday["A", "B"]["avoided_share"] == pytest.approx(150 / 700)
    assert friday["A", "B"]["travelling_change"] == pytest.approx(550 - 630)
    assert friday["C", "D"]["avoided"] == 100.0
    assert found.filter(one="A", two="B")["weekday"].to_list() == [
        "monday", "tuesday", "wednesday", "thursday", "friday",
    ]  # fmt: skip


def test_in_the_bundled_group_no_link_has_more_than_all_commuters(bundled: Workspace) -> None:
    found = bundled.table("remote_links").filter(response="weak")
    assert found["avoided_share"].is_between(0.05, 0.4).all()
    # Between Knivsta and Uppsala there is one line, which all from Uppsala to the south go over.
    flows = bundled.table("remote_flows").filter(response="weak")
    south = flows.filter(pl.col("home") == "0380", pl.col("work").is_in(["0180", "0191", "0330", "0184"]))
    knivsta = found.filter(one_name="Knivsta station", two_name="Uppsala Centralstation", weekday="monday")
    assert knivsta["persons"].item() > south["persons"].sum() > 0


def test_near_a_station_lives_a_part_of_those_at_home(tiny: Tiny) -> None:
    east, north = (metres.tolist() for metres in projected(tiny.stops()))
    # At A 300 of the 400 of 0101 and all 50 of 0102 live within 1.5 km; at D somebody from beyond the group.
    cells = rows(
        CELLS,
        ("1_1", "0101", east[0] + 500.0, north[0], 300.0, "estimated"),
        ("1_2", "0102", east[0], north[0] + 1499.0, 50.0, "estimated"),
        ("1_3", "0101", east[0] - 1501.0, north[0], 100.0, "estimated"),
        ("1_4", "9999", east[3], north[3], 10.0, "estimated"),
        ("1_5", "0101", east[3], north[3], 0.0, "estimated"),
    )
    week = [
        ("weak", place, day, 0.0, 0.0, home, home, home, None, "not_applicable", "assumed")
        for place, home in (("0101", 80.0), ("0102", 20.0))
        for day in WEEKDAYS
    ]
    points = rows(ACCESS_POINTS, *(("station", at, at, "itself", "observed") for at in "ABCD"))
    found = remote_stations(rows(REMOTE_WEEKDAYS, *week), points, tiny.stops(), cells)
    found = REMOTE_STATIONS.check(found, maker="remote_stations")
    assert found["station"].unique().to_list() == ["A"]
    assert found["weekday"].to_list() == list(WEEKDAYS)
    # Three quarters of 80, and 20.
    assert set(found["at_home"]) == {80.0}
    assert set(found["residents_near"]) == {350.0}
