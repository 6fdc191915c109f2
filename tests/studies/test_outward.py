"""Links outward: a made day worked out by hand, and two journeys of the bundled register."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Built, Tiny

from storregion.core.errors import SettingError
from storregion.facts.outward import (
    OUTWARD_CRITERIA,
    OUTWARD_LINKS,
    OUTWARD_STATIONS,
    OUTWARD_TARGETS,
)
from storregion.facts.places import PLACES
from storregion.journeys.profiles import Profile
from storregion.journeys.returns import Asked, Day, stay
from storregion.studies.outward import (
    OUTWARD_GROUP,
    OUTWARD_TIMES,
    Ends,
    _met,
    _times,
    outward_group,
    outward_times,
)
from storregion.studies.travel_times import ACCESS_POINTS
from storregion.timetable.outward import OUTWARD_JOINED, Register, outward_joined

H = 3600


def made(schema: Any, *rows: Mapping[str, object]) -> pl.DataFrame:
    return Tiny.table([{"basis": "observed"} | dict(row) for row in rows], schema)


def register(**link: object) -> Register:
    """A target D of the timetable, and North: a link leads there from C in 30 minutes at 07, 12 and 17."""
    targets = [("d", "city"), ("north", "city")]
    lines = {"link": "c-north", "mode": "rail", "start": "C", "end": "north", "minutes": 30.0}
    lines |= {"minutes_back": 30.0, "departures": 3, "first": 420, "last": 1020, "source": "made"}
    lines |= {"valid_from": "2020-01-01"} | link
    level = {"target": "north", "source": "made", "stay": 180.0}
    return Register(
        made(
            OUTWARD_TARGETS,
            *(
                {
                    "target": code,
                    "name_sv": code,
                    "name_en": code,
                    "kind": kind,
                    "latitude": 61.0,
                    "longitude": 15.0,
                }
                for code, kind in targets
            ),
        ),
        made(OUTWARD_STATIONS, {"target": "d", "name": "D"}),
        made(OUTWARD_LINKS, lines),
        made(
            OUTWARD_CRITERIA,
            level | {"level": "green", "longest": 60.0, "arrive_before": "10:00", "leave_after": "16:00"},
            level | {"level": "yellow", "longest": 240.0},
        ),
    )


PLACE_ROWS = [
    {"place": code, "kind": "municipality", "name_sv": code, "name_en": code}
    for code in ("0001", "0002", "0003")
]


def found(tiny: Tiny, known: Register, trips: Any = None, **assumed: float) -> pl.DataFrame:
    """From 0001 at A and 0002 at C; 0003 has no station."""
    service = tiny.service(trips)
    joined = OUTWARD_JOINED.check(outward_joined(known, service), maker="the test")
    points = made(
        ACCESS_POINTS,
        {"kind": "municipality", "code": "0001", "station": "A", "how": "busiest"},
        {"kind": "municipality", "code": "0002", "station": "C", "how": "busiest"},
    )
    table = outward_times(Ends(made(PLACES, *PLACE_ROWS), points, *known, joined), service, **assumed)
    return OUTWARD_TIMES.check(table, maker="the test")


# Out: A 06:30 – C 07:20 by train, C 12:00 – North 12:30 by the link: 360 minutes; the train at 07:00 or later
# needs the link at 12:00 too, and the last, at 08:30, is there at 12:30 as well: 240 minutes, one change.
# Back: North 07:00 – C 07:30, and nothing runs from C to A, so nobody is home.
TRIPS = [[("A", at), ("C", at + 50)] for at in range(390, 511, 30)]
BACK = [[("C", at), ("A", at + 50)] for at in (760, 1080)]


def test_a_day_at_a_target_by_hand(tiny: Tiny) -> None:
    rows = found(tiny, register(), [*TRIPS, *BACK], door_minutes=20)
    one = rows.filter(place="0002", target="north").row(0, named=True)
    # A link's clock is drawn within its gap, but it always takes 30 minutes, and 20 to the doors.
    assert (one["fastest"], one["typical"], one["transfers"]) == (50, 50, 0)
    assert one["arrives"] == "same_day"
    assert one["departures"] == 3
    # Between the first there and the last back lie two gaps less a ride out and ten minutes at either door.
    assert one["stay"] == pytest.approx(600 - 30 - 20, abs=300)
    away = rows.filter(place="0001", target="north").row(0, named=True)
    # At least 50 minutes of train, a minute to change, 30 of the link and 20 of doors.
    assert away["fastest"] >= 50 + 1 + 30 + 20
    assert away["transfers"] == 1


def test_who_has_no_station_has_no_time_and_that_is_said(tiny: Tiny) -> None:
    one = found(tiny, register()).filter(place="0003", target="north").row(0, named=True)
    assert one["times_absent"] == one["day_trip_absent"] == one["standard_absent"] == "missing"
    # D has no criterion, so there is nothing to be missing.
    other = found(tiny, register()).filter(place="0003", target="d").row(0, named=True)
    assert other["standard_absent"] == "not_applicable"


def test_without_a_way_home_there_is_no_day_trip_and_the_standard_is_red(tiny: Tiny) -> None:
    one = found(tiny, register(), TRIPS).filter(place="0001", target="north").row(0, named=True)
    assert one["day_trip"] == "no"
    assert one["last_return"] is None
    assert one["standard"] == "red"


@pytest.mark.parametrize(
    ("link", "joined"),
    [
        ({}, "joined"),
        ({"start": "Nowhere"}, "no_station"),
        ({"valid_from": "2100-01-01"}, "not_valid"),
        ({"valid_to": "2020-02-01"}, "not_valid"),
    ],
)
def test_a_link_is_part_of_the_day_or_the_reason_is_given(
    tiny: Tiny, link: dict[str, object], joined: str
) -> None:
    known = register(**link)
    assert outward_joined(known, tiny.service())["joined"].to_list() == [joined]
    one = found(tiny, known).filter(place="0002", target="north").row(0, named=True)
    assert (one["typical"] is None) == (joined != "joined")


def profile(*journeys: tuple[float, float]) -> Profile:
    """Journeys by the hours when they leave and arrive."""
    leaves, arrives = (H * np.array(column, float) for column in zip(*journeys, strict=True))
    return Profile(leaves - 60, leaves, arrives, np.ones(len(journeys), np.int64))


DAY = Day(5 * H, 24 * H, 600, 600)


def test_a_day_holds_what_leaves_and_comes_exactly_at_its_ends() -> None:
    # Ten minutes at each door: who leaves home at 05:00 or 24:00 boards at 05:10 and 24:10.
    minute = 1 / 60
    leaves = (5 + 9 * minute, 5 + 10 * minute, 24 + 9 * minute, 24 + 10 * minute)
    # The window ends before the second given.
    assert DAY.outward == DAY.homeward == tuple(round(leaves[at] * H) for at in (1, 3))
    # Who is home at 24:00 arrives at 23:50.
    ways = [(leaves[0], 8), (leaves[1], 9), (20, 24 - 10 * minute), (21, 24 - 9 * minute)]
    assert DAY.is_home(profile(*ways)).tolist() == [True, True, True, False]


def test_the_stay_by_hand() -> None:
    # From home 05:50 for 06:00, at the door 09:10; back from the door 16:50 for 17:00, home 20:10.
    out, back = profile((6, 9), (8, 11)), profile((15, 18), (17, 20))
    assert stay(out, back, DAY, Asked()) == (16 * 60 + 50 - 9 * 60 - 10) * 60
    # Each way takes 3 h 20 min from door to door.
    assert stay(out, back, DAY, Asked(longest=3 * H)) == -np.inf
    assert stay(out, back, DAY, Asked(longest=3 * H + 1200)) > 0
    # There before 09:10 exactly is not before; and no way back after 17.
    assert stay(out, back, DAY, Asked(arrive_before=9 * H + 600)) == -np.inf
    assert stay(out, back, DAY, Asked(leave_after=17 * H)) == -np.inf
    # Away from the door at 16:50 exactly is not after it.
    assert stay(out, back, DAY, Asked(leave_after=16 * H + 3000)) == -np.inf
    assert stay(out, back, DAY, Asked(leave_after=16 * H + 2999)) > 0


def test_who_arrives_home_or_there_just_at_the_end_of_the_day_is_there_the_same_day() -> None:
    # Ten minutes to the door: a train at 23:50 is the last of the day, one at 23:51 is of the next.
    for minutes, arrives in ((50, "same_day"), (51, "next_day")):
        fastest, typical, changes, count, when, why = _times((profile((20, 23 + minutes / 60)),), DAY)
        # 20 minutes to the doors beside the ride, which is 3 hours and those minutes.
        assert fastest == typical == pytest.approx(180 + minutes + 20)
        assert (changes, count, when, why) == (0, 1, arrives, None)


def test_a_stay_of_just_as_long_as_a_day_trip_takes_is_one() -> None:
    # At the door 09:10, away from it 16:50: 460 minutes.
    out, back = profile((6, 9)), profile((17, 20))
    for least, said in ((460, "yes"), (461, "no")):
        cells = _met((out,), (back,), DAY, 60 * least, ())
        assert cells[8:11] == (460.0, None, said)


hours = st.floats(4, 20).map(lambda at: round(at * 60) / 60)
ways = st.lists(st.tuples(hours, st.floats(0.5, 6)), min_size=1, max_size=6)


@given(ways, ways, st.floats(1, 8))
def test_the_stay_is_the_longest_of_every_pair_of_journeys(
    there: list[tuple[float, float]], home: list[tuple[float, float]], longest: float
) -> None:
    out, back = (sorted((at, at + ride) for at, ride in one) for one in (there, home))
    pairs = [
        (b - 1 / 6) * H - (a + 1 / 6) * H
        for leave, a in out
        for b, back_home in back
        if leave - 1 / 6 >= 5
        and leave - 1 / 6 < 24
        and b - 1 / 6 >= 5
        and back_home + 1 / 6 <= 24
        and a - leave + 1 / 3 <= longest
        and back_home - b + 1 / 3 <= longest
    ]
    gone, come = (
        made.where((made.departures >= first) & (made.departures < end))
        for made, (first, end) in ((profile(*out), DAY.outward), (profile(*back), DAY.homeward))
    )
    value = stay(gone, come.where(DAY.is_home(come)), DAY, Asked(longest=longest * H))
    assert value == (pytest.approx(max(pairs), abs=1e-3) if pairs else -np.inf)


def test_inhabitants_are_counted_by_their_municipality(tiny: Tiny) -> None:
    # From 0002, of 300, North is within a day; from 0001, of 100, it is not; 0003, of 600, has no station.
    rows = found(tiny, register(), [*TRIPS], stay_minutes=120)
    assert rows.filter(place="0002", target="north")["day_trip"].item() == "yes"
    people = pl.DataFrame(
        [("0001", 2023, 100), ("0002", 2023, 300), ("0003", 2023, 600), ("0002", 2019, 999)],
        schema={"municipality": pl.String, "year": pl.Int64, "persons": pl.Int64},
        orient="row",
    )
    targets = register().targets
    table = OUTWARD_GROUP.check(outward_group(rows, targets, people, tiny.service()), maker="the test")
    north = table.filter(target="north").row(0, named=True)
    # Half of those who have a time live in 0002 and are there in 50 minutes, so that is the middle; with more
    # in 0001 it is theirs. The timetable is of 2025: that year's people count, and none later.
    for one, first in ((300, True), (301, False)):
        later = [("0001", 2025, one), ("0002", 2025, 300), ("0001", 2026, 9), ("0002", 2026, 99)]
        counted = pl.concat([people, pl.DataFrame(later, schema=people.schema, orient="row")])
        made = outward_group(rows, targets, counted, tiny.service()).filter(target="north")
        assert made["year"].item() == 2025
        assert (made["median_minutes"].item() == 50) is first
    assert (north["municipalities"], north["day_trip_municipalities"]) == (2, 1)
    assert north["day_trip_share"] == pytest.approx(300 / 400)
    assert north["covered_share"] == pytest.approx(400 / 1000)
    assert north["median_minutes"] == 50


def test_who_lives_in_the_target_counts_with_those_who_have_the_best_standard(tiny: Tiny) -> None:
    # Of 1 000 people 600 live in North itself, and of the others the 100 in 0001 have a green standard.
    there = pl.col("place") == "0003"
    rows = found(tiny, register(), [*TRIPS], stay_minutes=120).filter(target="north").with_columns(
        times_absent=pl.when(there).then(pl.lit("not_applicable")).otherwise("times_absent"),
        day_trip_absent=pl.when(there).then(pl.lit("not_applicable")).otherwise("day_trip_absent"),
        standard=pl.col("place").replace_strict({"0001": "green", "0002": "yellow"}, default=None),
    )  # fmt: skip
    people = pl.DataFrame(
        {"municipality": ["0001", "0002", "0003"], "year": [2023] * 3, "persons": [100, 300, 600]}
    )
    north = outward_group(rows, register().targets, people, tiny.service()).row(0, named=True)
    assert (north["municipalities"], north["day_trip_municipalities"]) == (3, 2)
    assert north["green_share"] == pytest.approx(700 / 1000)
    assert north["day_trip_share"] == pytest.approx(900 / 1000)


def test_where_no_municipality_has_a_station_no_share_is_said(tiny: Tiny) -> None:
    rows = found(tiny, register(), [*TRIPS], stay_minutes=120).filter(place="0003")
    people = pl.DataFrame({"municipality": ["0003"], "year": [2023], "persons": [600]})
    table = outward_group(rows, register().targets, people, tiny.service())
    north = OUTWARD_GROUP.check(table, maker="the test").filter(target="north").row(0, named=True)
    assert (north["municipalities"], north["covered_share"]) == (0, 0.0)
    assert (north["day_trip_share"], north["day_trip_absent"]) == (None, "missing")


@pytest.mark.parametrize("assumed", [{"longest_minutes": 30.0}, {"door_minutes": -1.0}])
def test_settings_that_cannot_be_are_refused(tiny: Tiny, assumed: dict[str, float]) -> None:
    with pytest.raises(SettingError, match=next(iter(assumed))):
        found(tiny, register(), **assumed)


def test_linkoping_to_kobenhavn_by_hand(built: Built) -> None:
    # 52.5 + 33 + 38 + 28 + 13 = 164.5 minutes to Malmö, 29 + 15 = 44 on to Köbenhavn H; a change of a minute
    # at least and of the 20 between trains at most; 20 minutes at the doors: 229.5 to 248.5, and rounding.
    (row,) = (
        built("base").table("outward_times").filter(place="linkoping", target="kobenhavn").rows(named=True)
    )
    assert 229.5 <= row["fastest"] <= row["typical"] <= 249.5
    assert row["transfers"] == 1
    assert row["day_trip"] == "yes"


def test_orebro_to_oslo_by_hand_and_with_the_new_line(built: Built) -> None:
    # To Hallsberg 18 + 8 or so, a minute to change, then 30.5 + 15 + 23 + 39 + 118 = 225.5 to Oslo; 20 at the
    # doors. Five trains a day from Stockholm, so five journeys at most.
    (row,) = built("base").table("outward_times").filter(place="orebro", target="oslo").rows(named=True)
    assert row["fastest"] >= 8 + 225.5 + 1 + 20
    assert row["fastest"] < 300
    assert row["departures"] <= 5
    assert row["transfers"] == 1
    assert row["day_trip"] == "no"
    # The new line: 20 + 13 + 59 minutes, two stops of a minute: 94, and 20 at the doors.
    work = built("base").of_scenario("oslo-sthlm")
    work.build("outward_times")
    (new,) = work.table("outward_times").filter(place="orebro", target="oslo").rows(named=True)
    assert new["fastest"] == new["typical"] == 94 + 20
    assert new["transfers"] == 0
    assert new["day_trip"] == "yes"


def test_the_night_train_is_about_as_long_as_published(built: Built) -> None:
    # SJ 2022–23: Stockholm–Hamburg 12–13 hours. Ours has a change in Malmö and no fixed clock: an hour off.
    (row,) = built("base").table("outward_times").filter(place="stockholm", target="hamburg").rows(named=True)
    assert 11 * 60 <= row["fastest"] <= 14 * 60
    assert row["arrives"] == "next_day"
    assert row["day_trip"] == "no"
