"""Timetables as they are published, read from a folder that may be absent, against a slow reading of them."""

import csv
import io
import math
import os
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median_high

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.sources import gtfs

SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")
FEEDS = SHARED / "data" / "gtfs"
SJ, DIRTY = FEEDS / "sj_2022-12_2023-12.zip", FEEDS / "trains_2025-05-29_dirty.zip"
DAY = date(2023, 11, 30)
pytestmark = pytest.mark.skipif(
    not FEEDS.is_dir(),
    reason="no published timetables: STORREGION_SHARED names no folder with data/gtfs in it",
)


def table(path: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def seconds(text: str) -> int:
    hours, minutes, rest = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + rest


Call = tuple[str, int, int, int, int]


def slow_trips(path: Path, day: date) -> Iterator[list[Call]]:
    """The trips of one service day of a feed that has its days in calendar_dates, read row by row."""
    stops = {row["stop_id"]: row for row in table(path, "stops.txt")}
    running = {
        row["service_id"]
        for row in table(path, "calendar_dates.txt")
        if row["date"] == f"{day:%Y%m%d}" and row["exception_type"] == "1"
    }
    calls: dict[str, list[tuple[int, Call]]] = {}
    for row in table(path, "stop_times.txt"):
        if float(stops[row["stop_id"]]["stop_lat"]) == 0:
            continue
        call = (
            row["stop_id"],
            seconds(row["arrival_time"]),
            seconds(row["departure_time"]),
            int(row["pickup_type"] != "1"),
            int(row["drop_off_type"] != "1"),
        )
        calls.setdefault(row["trip_id"], []).append((int(row["stop_sequence"]), call))
    for trip in table(path, "trips.txt"):
        if trip["service_id"] in running:
            yield [call for _, call in sorted(calls[trip["trip_id"]])]


def metres(a: dict[str, str], b: dict[str, str]) -> float:
    north = float(a["stop_lat"]) - float(b["stop_lat"])
    east = (float(a["stop_lon"]) - float(b["stop_lon"])) * math.cos(math.radians(float(a["stop_lat"])))
    return math.hypot(north, east) * 111_195


def moved(trip: list[Call], by: int) -> list[Call]:
    return [(stop, arrival + by, departure + by, on, off) for stop, arrival, departure, on, off in trip]


@pytest.mark.parametrize(("path", "day"), [(SJ, DAY), (DIRTY, date(2025, 6, 5))], ids=["sj", "dirty"])
def test_a_day_is_that_of_a_slow_reading(path: Path, day: date) -> None:
    before = [moved(trip, -86_400) for trip in slow_trips(path, day - timedelta(1))]
    after = [moved(trip, 86_400) for trip in slow_trips(path, day + timedelta(1))]
    expected = [
        *(trip for trip in before if trip[-1][1] >= 0),
        *slow_trips(path, day),
        *(trip for trip in after if trip[0][2] < 86_400 + 43_200),
    ]
    calls = gtfs.read(path, day).calls
    found: dict[int, list[Call]] = {}
    for trip, *call in calls.select("trip", "stop", "arrival", "departure", "board", "alight").iter_rows():
        found.setdefault(trip, []).append(tuple(call))
    assert list(found.values()) == expected
    assert len(expected) > 100


@pytest.mark.parametrize(
    ("origin", "destination", "departures", "least", "most", "middle"),
    [
        ("Uppsala", "Stockholm", 35, 37, 46, 39),
        ("Västerås", "Stockholm", 26, 56, 64, 56),
        ("Gävle", "Uppsala", 25, 43, 67, 46),
        ("Örebro", "Västerås", 19, 49, 59, 49),
        ("Linköping", "Stockholm", 30, 95, 165, 104),
    ],
)
def test_trains_are_those_published(
    origin: str, destination: str, departures: int, least: int, most: int, middle: int
) -> None:
    feed = gtfs.read(SJ, DAY)
    # Those published are of one service day: the trips between yesterday's and tomorrow's.
    own = feed.days["trips"].item()
    first = sum(trip[-1][1] >= 86_400 for trip in slow_trips(SJ, DAY - timedelta(1)))
    names = dict(feed.stops.select("stop", "name").iter_rows())
    stations = feed.stops.select("stop", place=pl.col("station").replace_strict(names))
    calls = feed.calls.filter(pl.col("trip").is_between(first, first + own - 1)).join(stations, on="stop")
    leaving = calls.filter((pl.col("place") == f"{origin} Centralstation") & (pl.col("board") == 1))
    coming = calls.filter((pl.col("place") == f"{destination} Centralstation") & (pl.col("alight") == 1))
    both = leaving.join(coming, on="trip", suffix="_to").filter(pl.col("position") < pl.col("position_to"))
    minutes = [(to - start) / 60 for start, to in both.select("departure", "arrival_to").iter_rows()]
    assert (len(minutes), min(minutes), max(minutes)) == (departures, least, most)
    # Of an even number the published one is the upper of the two in the middle.
    assert median_high(minutes) == middle


def test_a_dirty_feed_is_read_with_its_faults_told() -> None:
    report = gtfs.read(DIRTY, date(2025, 6, 5)).report
    shown = [(f.severity, f.code, f.file, f.count) for f in report.faults if f.severity != "info"]
    assert shown == [
        ("warning", "empty_column_name", "trips.txt", 1),
        ("warning", "empty_column_name", "transfers.txt", 1),
        ("warning", "foreign_key_violation", "transfers.txt", 24),
        ("warning", "foreign_key_violation", "transfers.txt", 24),
        ("warning", "foreign_key_violation", "transfers.txt", 1357),
        ("warning", "foreign_key_violation", "transfers.txt", 1357),
    ]
    assert report.count("unknown_column") == 5


def test_stations_of_old_codes_and_new_are_the_same_places() -> None:
    from storregion.sources.gtfs.overlaps import same_places

    old = [{**row, "feed": "old"} for row in table(DIRTY, "stops.txt")]
    new = [{**row, "feed": "new"} for row in table(SJ, "stops.txt") if row["location_type"] == "1"]
    both = pl.DataFrame([*old, *new]).select(
        "feed",
        "stop_id",
        name="stop_name",
        latitude=pl.col("stop_lat").cast(float),
        longitude=pl.col("stop_lon").cast(float),
    )
    placed = both.with_columns(place=same_places(both))
    pairs = placed.filter(pl.col("feed") == "old").join(placed.filter(pl.col("feed") == "new"), on="place")
    assert ("740000001", "9021074000001000") in pairs.select("stop_id", "stop_id_right").rows()
    assert pairs["name"].to_list() == pairs["name_right"].to_list()
    # 63 of the 94 stations have their names in both feeds; one of them has moved, the rest lie within 250 m.
    near = [
        row["stop_id"]
        for row in old
        if any(row["stop_name"] == other["stop_name"] and metres(row, other) <= 250 for other in new)
    ]
    assert sorted(set(pairs["stop_id"])) == sorted(near)
    assert len(near) == 62


def test_a_feed_without_calls_is_refused() -> None:
    with pytest.raises(DataError, match=r"missing_required_file: .*/stop_times\.txt"):
        gtfs.read(FEEDS / "xtrafik_2025-06-01_without_stop_times.zip", date(2025, 6, 3))


def test_the_small_sample_is_read() -> None:
    feed = gtfs.read(FEEDS / "sample.zip", date(2007, 1, 6))
    # STBA from 6:00 to 22:00 every 30 minutes: 32. CITY1 and CITY2 each 4 + 12 + 12 + 18 + 6 = 52. Four
    # others daily; Saturday the 6th has the four of the weekend, too: 32 + 104 + 4 + 4 = 144.
    assert feed.days["trips"].item() == 144
    own = feed.calls.filter((pl.col("position") == 0) & pl.col("departure").is_between(0, 86_399))
    assert own.group_by("line").len().sort("line").rows() == [
        ("AAMV", 4),
        ("AB", 1),
        ("BFC", 1),
        ("CITY", 104),
        ("STBA", 32),
    ]
    assert own["basis"].value_counts().sort("basis").rows() == [("assumed", 136), ("observed", 6)]
