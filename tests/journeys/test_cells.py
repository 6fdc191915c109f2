import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.oracles import opportunities

from storregion.cli import main
from storregion.core import files
from storregion.core.engine import Engine
from storregion.core.errors import CallError, DataError, StoreError, StorregionError, TableError
from storregion.core.workspace import Workspace
from storregion.journeys.cells import arrays, engines, inputs, networks, parts
from storregion.journeys.cells.call import Call, Feed
from storregion.journeys.cells.columns import CELL_REACH, LIMITS
from storregion.journeys.cells.job import Job
from storregion.journeys.cells.running import Done, run
from storregion.journeys.draws import ClockDraws
from storregion.journeys.from_tables import travel_network
from storregion.journeys.network import TravelNetwork
from storregion.kernels import tally
from storregion.kernels.scan import UNREACHED, arrivals
from storregion.kernels.travel import travel_times
from storregion.kernels.walking import nearest_stops
from storregion.sources import gtfs
from storregion.studies.reach import Reachable, _reach_rows, _searched
from storregion.timetable import travel_rules

HERE = Path(__file__).parents[1]
DAY = date(2026, 6, 3)
CLUSTER = find_spec("distributed") is not None


# ---- a line from A to B and one from B to C, on a plane, by hand

RULES = travel_rules.travel_rules(day="2026-06-03", walking=travel_rules.Walking(3.6, 1.0, 15.0, 100.0))


def stops(*places: tuple[str, float, float]) -> pl.DataFrame:
    """Stops at metres in SWEREF 99 TM."""
    import pyproj

    back = pyproj.Transformer.from_crs("EPSG:3006", "EPSG:4326", always_xy=True).transform
    rows = [(code, code, code, *reversed(back(east, north))) for code, east, north in places]
    names = ["stop", "name", "station", "latitude", "longitude"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(basis=pl.lit("observed"))


def calls(*trips: tuple[tuple[str, int], ...]) -> pl.DataFrame:
    """Trips of (stop, minute of the day); one leaves as one comes."""
    rows = [
        (trip, position, "L", stop, 60 * minute, 60 * minute, 1, 1, "observed")
        for trip, made in enumerate(trips)
        for position, (stop, minute) in enumerate(made)
    ]
    names = ["trip", "position", "line", "stop", "arrival", "departure", "board", "alight", "basis"]
    return pl.DataFrame(rows, schema=names, orient="row")


NO_CHANGES = pl.DataFrame(schema={"from_stop": pl.String, "to_stop": pl.String, "seconds": pl.Int64})


def network(made: pl.DataFrame, where: pl.DataFrame, changes: pl.DataFrame = NO_CHANGES) -> TravelNetwork:
    return travel_network(made, where, changes, RULES)


def job(made: TravelNetwork, cells: list[tuple[float, float, float]], **other: object) -> Job:
    points = np.array(cells)[:, :2]
    plain = {
        "network": made,
        "cells": np.array(cells),
        "nodes": (),
        "node_points": np.zeros((0, 2)),
        "codes": tuple(map(str, range(len(cells)))),
        "points": points,
        "start": 7 * 3600,
        "lanes": 60,
        "basis": "estimated",
        "egress_given": np.zeros((0, 3), np.int64),
        "access_given": np.zeros((0, 3), np.int64),
    }
    return Job(**{**plain, **other}).ready()  # type: ignore[arg-type]


X, Y = 600_000.0, 6_600_000.0


def test_one_trip_by_hand() -> None:
    # One walks 1 m/s. The one trip leaves A at 07:30 and is at B at 07:50. Home lies 300 m from A, away 600 m
    # from B, both too far to walk between. Home is left at minute k of 07:00–07:59; one must be at A a minute
    # before 07:30, so minutes 0 to 24 make it (24 + 5 + 1 = 30): 25 of 60 departures. One is away at 08:00:
    # after 60 − k minutes, so 60 at the longest and 36 at the best. Half of 60 departures would be 30, which
    # 25 are not: the median reaches nothing but home, whose 10 residents are there at once. The best reaches
    # the 7 of away within 45 minutes, not within 30.
    made = network(calls((("A", 450), ("B", 470))), stops(("A", X, Y), ("B", X + 20_000, Y)))
    row = job(made, [(X, Y + 300, 10.0), (X + 20_000, Y + 600, 7.0)]).reached(0, 1).row(0, named=True)
    assert row["stops"] == 1
    assert [row[f"residents_{limit}"] for limit in LIMITS] == [10.0] * 4
    assert [row[f"cells_{limit}"] for limit in LIMITS] == [1] * 4
    assert [row[f"fastest_{limit}"] for limit in LIMITS] == [10.0, 17.0, 17.0, 17.0]
    # With 50 departures from 07:00 the 25 are half: the 25th time in order is the longest, 60 minutes.
    node = {"nodes": ("n",), "node_points": np.array([[X + 20_000, Y + 600]])}
    frame = job(made, [(X, Y + 300, 10.0), (X + 20_000, Y + 600, 7.0)], lanes=50, **node).reached(0, 1)
    assert frame.select("residents_45", "residents_60", "node", "node_minutes").row(0) == (
        10.0,
        17.0,
        "n",
        60.0,
    )


def test_a_stops_own_time_to_change_is_not_for_those_who_walk_there() -> None:
    # Changing at A takes 10 minutes; who comes on foot needs the minute of slack alone. The trips leave every
    # minute of 07:00–08:10, 20 minutes to B, so away takes 5 + 1 + 20 + 10 = 36 minutes from every departure.
    trips = [(("A", minute), ("B", minute + 20)) for minute in range(420, 491)]
    own = pl.DataFrame({"from_stop": ["A"], "to_stop": ["A"], "seconds": [600]})
    made = network(calls(*trips), stops(("A", X, Y), ("B", X + 20_000, Y)), own)
    node = {"nodes": ("n",), "node_points": np.array([[X + 20_000, Y + 600]])}
    row = job(made, [(X, Y + 300, 10.0), (X + 20_000, Y + 600, 7.0)], **node).reached(0, 1).row(0, named=True)
    assert row["node_minutes"] == 36.0
    assert [row[f"residents_{limit}"] for limit in LIMITS] == [10.0, 17.0, 17.0, 17.0]


def test_walks_given_take_the_place_of_the_straight_line_at_both_ends() -> None:
    # As in the first case, but home lies 10 minutes from A by the way there is, and away 3 minutes from B:
    # minutes 0 to 19 make the trip, so 20 of 60, and the best takes 60 − 19 + 3 − 10 = 34 minutes.
    made = network(calls((("A", 450), ("B", 470))), stops(("A", X, Y), ("B", X + 20_000, Y)))
    cells = [(X, Y + 300, 10.0), (X + 20_000, Y + 600, 7.0)]
    codes = pl.Series(["home", "away"])
    walks = pl.DataFrame({"cell": ["home", "away"], "station": ["A", "B"], "minutes": [10.0, 3.0]})
    given = made.given(codes, walks)
    row = job(made, cells, egress_given=given, access_given=given).reached(0, 1).row(0, named=True)
    assert [row[f"fastest_{limit}"] for limit in LIMITS] == [10.0, 17.0, 17.0, 17.0]
    # Only the cell is given: to a node there one walks the straight line, 10 minutes from 07:50. Of the
    # 20 minutes, 60 at the longest and 41 at the shortest, the tenth shortest is 50.
    node = {"nodes": ("n",), "node_points": np.array([[X + 20_000, Y + 600]]), "lanes": 20}
    near = job(made, cells, egress_given=given, access_given=given, **node).reached(0, 1)
    assert near["node_minutes"].to_list() == [50.0]
    # The second origin alone, as a batch of its own, has its own walk: to B, not to A.
    assert job(made, cells, access_given=given).reached(1, 2)["stops"].to_list() == [1]
    far = made.given(codes, pl.DataFrame({"cell": ["away"], "station": ["A"], "minutes": [90.0]}))
    assert job(made, cells, access_given=far).reached(1, 2)["stops"].to_list() == [2]


def test_who_has_no_stop_walks_and_a_node_is_not_near_itself() -> None:
    made = network(calls((("A", 450), ("B", 470))), stops(("A", X, Y), ("B", X + 20_000, Y)))
    # 500 m are 8 1/3 minutes; 15 minutes, 900 m, is as far as one walks.
    cells = [(X + 9_000, Y, 3.0), (X + 9_500, Y, 4.0), (X + 9_901, Y, 5.0)]
    nodes = {"nodes": ("0", "far"), "node_points": np.array([[X + 9_000, Y], [X + 9_500, Y]])}
    row = job(made, cells, **nodes).reached(0, 1).row(0, named=True)
    assert (row["stops"], row["residents_30"], row["cells_90"]) == (0, 7.0, 2)
    assert row["node"] == "far"
    assert math.isclose(row["node_minutes"], 500 / 60, abs_tol=1 / 60)
    alone = job(made, cells).reached(0, 1).row(0, named=True)
    assert (alone["node"], alone["node_minutes"], alone["node_absent"]) == (None, None, "not_applicable")


def test_no_journey_is_longer_than_the_rules_allow() -> None:
    trips = [(("A", minute), ("B", minute + 40)) for minute in range(420, 491)]
    short = RULES.with_columns(longest_minutes=pl.lit(30.0))
    made = travel_network(calls(*trips), stops(("A", X, Y), ("B", X + 20_000, Y)), NO_CHANGES, short)
    row = job(made, [(X, Y, 1.0), (X + 20_000, Y, 1.0)]).reached(0, 1).row(0, named=True)
    assert row["residents_90"] == row["fastest_90"] == 1.0


# ---- against a slow way, on random timetables

PLACES = [("A", X, Y), ("B", X + 5_000, Y), ("C", X + 5_000, Y + 4_000), ("D", X, Y + 700)]
TRIP = st.tuples(
    st.lists(st.sampled_from("ABCD"), min_size=2, max_size=4, unique=True),
    st.integers(410, 500),
    st.lists(st.integers(1, 20), min_size=4, max_size=4),
)


def slow(made: TravelNetwork, work: Job, origin: int) -> tuple[list[float], list[int], list[float]]:
    """The same numbers by one search for each minute, with plain sorting."""
    walks = nearest_stops(work.points[origin : origin + 1], made.points, made.reach, factor=1.0, speed=1.0)
    times = []
    for lane in range(work.lanes):
        found = arrivals(
            made.timetable,
            walks.stop,
            walks.seconds,
            work.start + 60 * lane,
            1,
            slack=made.slack,
            cutoff=5400,
        )
        apart = np.hypot(*(work.cells[:, :2] - work.points[origin]).T)
        direct = np.where(apart <= made.reach, np.ceil(apart - 1e-6), -1).astype(np.int32)
        times.append(travel_times(found.by_ride, work.egress, direct, cutoff=5400)[:, 0].astype(int))
    ranked = np.sort(np.array(times), axis=0)
    middle, best = ranked[math.ceil(work.lanes / 2) - 1], ranked[0]
    people = work.cells[:, 2]
    return (
        [float(people[middle <= 60 * limit].sum()) for limit in LIMITS],
        [int((middle <= 60 * limit).sum()) for limit in LIMITS],
        [float(people[best <= 60 * limit].sum()) for limit in LIMITS],
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(TRIP, min_size=1, max_size=12), st.integers(1, 40))
def test_a_slow_search_of_every_minute_finds_the_same(
    trips: list[tuple[list[str], int, list[int]]], lanes: int
) -> None:
    timed = [
        tuple((stop, begin + sum(hops[:at])) for at, stop in enumerate(where)) for where, begin, hops in trips
    ]
    made = network(calls(*timed), stops(*PLACES))
    spots = [
        (east + shift, north + shift, 1.0 + at)
        for at, (_, east, north) in enumerate(PLACES)
        for shift in (0, 300)
    ]
    work = job(made, spots, lanes=lanes)
    shown = work.reached(0, len(spots))
    for origin, row in enumerate(shown.iter_rows(named=True)):
        columns = [[row[f"{what}_{limit}"] for limit in LIMITS] for what in ("residents", "cells", "fastest")]
        assert tuple(columns) == slow(made, work, origin)


def test_the_bundled_group_reaches_from_its_stations_what_the_study_says(
    bundled: Workspace, tmp_path: Path
) -> None:
    """Where no other stop is within a walk, the study's search and this one, written apart, agree.

    Elsewhere one may walk to the other stop first, which the study does not, so one reaches no less.
    """
    done = run(bundled, Call(tmp_path / "out.parquet", origins="stations"))
    found = pl.read_parquet(done.path)
    single = bundled.table("stops").group_by("station").len().filter(len=1)["station"]
    points = bundled.table("access_points").filter(
        pl.col("kind") == "station", pl.col("code").is_in(single.implode())
    )
    # The command searches the line plan on its own clock: one draw.
    own = travel_network(*(bundled.table(name) for name in ("calls", "stops", "changes", "travel_rules")))
    beside = (bundled.table(name) for name in ("cells", "cell_walks", "commuting"))
    study = _reach_rows(_searched(points, ClockDraws((own,)), bundled.table("periods"), Reachable(*beside)))
    both = study.join(found, left_on="code", right_on="origin", suffix="_here")
    assert both.filter(stops=1).height > 400
    for limit in LIMITS:
        rows = both.filter(limit=limit)
        alone = rows.filter(stops=1)
        assert alone["residents"].to_list() == pytest.approx(alone[f"residents_{limit}"].to_list(), rel=1e-12)
        assert (rows[f"residents_{limit}"] > rows["residents"] - 1e-6).all()


# ---- a group, a feed and a grid, small but whole


def feed(path: Path) -> Path:
    """A bus along twenty stops of a line through the county, every ten minutes."""
    names = [f"S{at}" for at in range(20)]
    trips = [f"T{begin}" for begin in range(300, 660, 10)]
    times = [
        f"{trip},{minute // 60:02}:{minute % 60:02}:00,{minute // 60:02}:{minute % 60:02}:00,{stop},{at}"
        for trip in trips
        for at, stop in enumerate(names)
        for minute in [int(trip[1:]) + 3 * at]
    ]
    tables = {
        "agency": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "A,B,https://example.org,Europe/Stockholm",
        ],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon"]
        + [f"{stop},{stop},56.2,{15.0 + 0.03 * at:.2f}" for at, stop in enumerate(names)],
        "routes": ["route_id,agency_id,route_short_name,route_long_name,route_type", "R,A,1,Line,3"],
        "trips": ["route_id,service_id,trip_id"] + [f"R,W,{trip}" for trip in trips],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "W,1,1,1,1,1,1,1,20260101,20261231",
        ],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times],
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in tables.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.txt"), "\n".join(lines) + "\n")
    return path


def grid(path: Path, columns: int = 38, rows: int = 16) -> Path:
    """Cells around the line, some 600."""
    lines = ["cell,municipality,east,north,residents,basis"]
    for column in range(498, 498 + columns):
        for row in range(6221, 6221 + rows):
            people = 1 + (7 * column + 13 * row) % 97 / 10
            lines.append(f"{column}_{row},1080,{column}500,{row}500,{people},observed")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


class Place:
    """A group with its store, a feed and a grid in one folder, and the command over them."""

    def __init__(self, folder: Path) -> None:
        self.group = Path(shutil.copytree(HERE / "groups" / "blekinge", folder / "group"))
        self.store, self.feed, self.grid = (
            folder / "store",
            feed(folder / "bus.zip"),
            grid(folder / "grid.csv"),
        )
        self.folder = folder

    def words(self, to: Path, *other: object) -> list[str]:
        shown = ("--group", self.group, "--store", self.store, "access", "--to", to, "--feed", self.feed)
        rest = ("--day", DAY, "--grid", self.grid, "--workers", 2, "--batch", 10, *other)
        return [str(word) for word in (*shown, *rest)]

    def process(self, to: Path, *other: object) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "storregion", *self.words(to, *other)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def call(self, to: Path, **other: object) -> Done:
        plain: dict[str, object] = {"feed": Feed(self.feed, gtfs.read), "day": DAY, "grid": self.grid}
        named = {name: other.pop(name) for name in ("kind", "workers", "scheduler") if name in other}
        plain |= {"batch": 50, "engine": Engine(**named)}  # type: ignore[arg-type]
        return run(Workspace(self.group, self.store), Call(to, **{**plain, **other}))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def whole(place: Place) -> Done:
    """A run that nobody disturbed."""
    return place.call(place.folder / "whole.parquet", batch=10)


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    try:
        code = main(words)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_the_file_is_a_table_of_its_schema_and_knows_its_checksum(whole: Done) -> None:
    frame = pl.read_parquet(whole.path)
    CELL_REACH.check(frame, maker="test")
    assert frame.height == whole.rows == 38 * 16
    assert parts.checksum(frame) == whole.checksum
    assert frame["origin"].to_list() == sorted(frame["origin"])
    assert set(frame["basis"]) == {"assumed" if "assumed" in frame["basis"] else "estimated"}
    # On foot alone one reaches little; from somewhere along the line, five times as much.
    on_foot, by_line = frame.filter(stops=0)["cells_60"], frame.filter(pl.col("stops") > 0)["cells_60"]
    assert max(by_line) > 5 * max(on_foot) > 0
    assert not whole.path.with_name("whole.parquet.parts").exists()


def test_the_checksum_is_that_of_the_values_alone(whole: Done, tmp_path: Path) -> None:
    frame = pl.read_parquet(whole.path)
    frame.write_parquet(tmp_path / "other.parquet", compression="uncompressed", row_group_size=7)
    assert parts.checksum(pl.read_parquet(tmp_path / "other.parquet")) == whole.checksum
    assert parts.checksum(frame.reverse()) != whole.checksum
    assert parts.checksum(frame.with_columns(pl.col("cells_30") + 1)) != whole.checksum
    assert parts.checksum(frame.with_columns(node=pl.lit(""))) != parts.checksum(
        frame.with_columns(node=pl.lit(None, pl.String))
    )


@pytest.mark.parametrize(("workers", "batch"), [(1, 7), (2, 50), (5, 1000)])
def test_workers_and_batches_change_no_bit(
    place: Place, whole: Done, tmp_path: Path, workers: int, batch: int
) -> None:
    done = place.call(tmp_path / "out.parquet", workers=workers, batch=batch)
    assert done.checksum == whole.checksum
    assert pl.read_parquet(done.path).equals(pl.read_parquet(whole.path))


@pytest.mark.long
@pytest.mark.skipif(not CLUSTER, reason="distributed is not installed (the extra 'cluster')")
def test_a_cluster_gives_the_same_bits(place: Place, whole: Done, tmp_path: Path) -> None:
    ended = place.process(tmp_path / "out.parquet", "--engine", "dask", "--batch", 100)
    out, err = ended.communicate(timeout=600)
    assert ended.returncode == 0, err
    assert whole.checksum in out
    assert (tmp_path / "out.parquet").read_bytes() != b""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet"]


def test_without_the_extra_the_cluster_is_refused_in_words(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storregion.core.engine.find_spec", lambda name: None)
    with pytest.raises(CallError, match=r"pip install 'storregion\[cluster\]'"):
        place.call(tmp_path / "out.parquet", kind="dask")


# ---- killed at any moment

KILLS = int(os.environ.get("STORREGION_KILLS", "30"))


@pytest.mark.long
def test_killed_at_random_moments_the_result_is_the_same(place: Place, whole: Done, tmp_path: Path) -> None:
    """The real command, killed for good again and again, then left in peace, writes the same bytes."""
    chance = random.Random(1)
    to = tmp_path / "out.parquet"
    began = time.monotonic()
    calm = place.process(tmp_path / "calm.parquet")
    out, err = calm.communicate(timeout=600)
    assert calm.returncode == 0, err
    assert whole.checksum in out
    lasts = time.monotonic() - began
    killed, seen = 0, set[int]()
    while killed < KILLS:
        began = time.monotonic()
        running = place.process(to)
        try:
            running.communicate(timeout=chance.uniform(0.3, 1.0) * lasts)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.communicate()
        if running.returncode == -signal.SIGKILL:
            seen.add(len(list((tmp_path / "out.parquet.parts").glob("*.parquet"))))
            killed += 1
            continue
        # It was done before it could be killed, so the machine has less to do than before: begin anew.
        lasts = min(lasts, time.monotonic() - began)
        assert running.returncode == 0
        assert to.read_bytes() == (tmp_path / "calm.parquet").read_bytes()
        to.unlink()
    last = place.process(to)
    out, err = last.communicate(timeout=600)
    assert last.returncode == 0, err
    assert whole.checksum in out
    assert to.read_bytes() == (tmp_path / "calm.parquet").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calm.parquet", "out.parquet"]
    print(f"killed {killed} times, with {sorted(seen)} parts there")  # noqa: T201


def halted(place: Place, to: Path, monkeypatch: pytest.MonkeyPatch, after: int = 5, **other: object) -> Path:
    """A run that ends after some parts; gives the folder of parts."""
    keep, count = parts.Folder.keep, iter(range(after))

    def failing(self: parts.Folder, batch: int, frame: pl.DataFrame) -> None:
        next(count)
        keep(self, batch, frame)

    with monkeypatch.context() as patched:
        patched.setattr(parts.Folder, "keep", failing)
        with pytest.raises((StopIteration, RuntimeError)):
            place.call(to, **other)
    return to.with_name(f"{to.name}.parts")


def test_a_second_run_makes_only_what_is_not_there_whole(
    place: Place, whole: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = halted(place, tmp_path / "out.parquet", monkeypatch)
    made = sorted(folder.glob("*.parquet"))
    assert len(made) == 5
    made[0].write_bytes(made[0].read_bytes()[:-1] + b"x")  # damaged
    made[1].unlink()  # gone
    (folder / ".000099.parquet.1.0.tmp").write_bytes(b"half")  # of a run that was killed
    done = place.call(tmp_path / "out.parquet")
    assert (done.kept, done.made) == (3, 10)
    assert done.checksum == whole.checksum
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet"]
    again = place.call(tmp_path / "out.parquet")
    assert (again.made, again.checksum) == (0, whole.checksum)


def test_parts_of_another_run_are_reported_and_kept(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "out.parquet"
    folder = halted(place, to, monkeypatch)
    before = {path.name for path in folder.iterdir()}
    with pytest.raises(
        CallError, match=r"parts of another run, which differs in\n  period: 360 to 540"
    ) as shown:
        place.call(to, period="07:00-08:00")
    assert "Finish that run with its own words, or remove" in str(shown.value)
    with pytest.raises(CallError, match="batch: 50 there, 40 now"):
        place.call(to, batch=40)
    assert {path.name for path in folder.iterdir()} == before
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(CallError, match="holds something else than the parts"):
        place.call(to)
    assert (folder / "thesis.txt").read_text() == "mine"


def test_a_finished_file_is_replaced_by_another_run_and_mended_when_damaged(
    place: Place, whole: Done, tmp_path: Path
) -> None:
    to = Path(shutil.copy(whole.path, tmp_path / "out.parquet"))
    other = place.call(to, period="10:45-11:15")
    assert other.made > 0
    assert other.checksum != whole.checksum
    frame = pl.read_parquet(to)
    note = pl.read_parquet_metadata(to)["storregion.cell_reach"]
    frame.with_columns(pl.col("cells_30") + 1).write_parquet(to, metadata={"storregion.cell_reach": note})
    mended = place.call(to, period="10:45-11:15")
    assert (mended.checksum, mended.made) == (other.checksum, other.made)


# ---- what can be wrong


@pytest.mark.parametrize(
    ("other", "error", "hint"),
    [
        ({"origins": "cels"}, CallError, "--origins 'cels' is unknown; did you mean 'cells'"),
        ({"kind": "thread"}, CallError, "did you mean 'threads'"),
        ({"scheduler": "tcp://x:1"}, CallError, "--scheduler goes with --engine dask"),
        ({"share": "s3://x"}, CallError, "--share goes with --engine dask"),
        ({"feed": None}, CallError, "--day goes with --feed"),
        ({"feed": Feed(Path("none.zip"), gtfs.read)}, CallError, "none.zip does not exist; --feed takes"),
        ({"day": date(2031, 1, 1)}, DataError, "has no service on 2031-01-01; it has from 2026-01-01"),
        ({"grid": Path("none.csv")}, CallError, "none.csv does not exist or is not a file; --grid takes"),
        ({"walks": Path("none.csv")}, CallError, "none.csv does not exist or is not a file; --walks takes"),
        ({"period": "mornin"}, CallError, "did you mean 'morning'"),
        ({"period": "09:00-06:00"}, CallError, "ends before it begins"),
        ({"period": "00:00-20:00"}, CallError, "1200 minutes long; at most 900"),
        ({"to": Path("/proc/none/out.parquet")}, StoreError, "choose another place with --to"),
    ],
)
def test_a_wrong_call_is_reported_in_words(
    place: Place, tmp_path: Path, other: dict[str, object], error: type[StorregionError], hint: str
) -> None:
    to = other.pop("to", tmp_path / "out.parquet")
    with pytest.raises(error) as shown:
        place.call(to, **other)  # type: ignore[arg-type]
    assert hint in str(shown.value)
    assert not (tmp_path / "out.parquet").exists()


def test_the_command_tells_wrong_words(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "out.parquet"
    code, shown = said(place.words(to, "--workers", 0), capsys)
    assert (code, "'0' is not a number from 1" in shown) == (2, True)
    code, shown = said(place.words(to, "--day", "june"), capsys)
    assert (code, "'june' is not a valid day" in shown) == (2, True)
    code, shown = said(place.words(to, "--origins", "stations", "--period", "07:00-07:05"), capsys)
    assert (code, "Wrote 20 origins" in shown) == (0, True)
    code, shown = said(place.words(to, "--origins", "stations", "--period", "07:00-07:05"), capsys)
    assert (code, "is finished, with 20 origins" in shown) == (0, True)


def test_what_is_not_ours_is_not_written_over(place: Place, tmp_path: Path) -> None:
    mine = tmp_path / "mine.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(mine)
    (tmp_path / "words.parquet").write_text("mine")
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "file").touch()
    before = mine.read_bytes()
    for name, hint in (
        ("mine.parquet", "is not a result of access and is left as it is"),
        ("words.parquet", "is not a result of access and is left as it is"),
        ("folder.parquet", "is a folder"),
    ):
        with pytest.raises(CallError, match=hint):
            place.call(tmp_path / name)
    with pytest.raises(StoreError, match="choose another place with --to"):
        place.call(tmp_path / "file" / "out.parquet")
    assert mine.read_bytes() == before


def test_every_fault_of_a_grid_is_reported(place: Place, tmp_path: Path) -> None:
    lines = place.grid.read_text("utf-8").splitlines()
    lines[1] = lines[1].replace(",1080,", ",9999,")
    lines[2] = lines[2].rsplit(",", 2)[0] + ",-4,observed"
    lines[3] = lines[3].replace("observed", "guessed")
    lines[4] = lines[5]
    path = tmp_path / "grid.csv"
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(DataError) as shown:
        place.call(tmp_path / "out.parquet", grid=path)
    for hint in (
        "'9999' is unknown",
        "-4.0 is below 0",
        "'guessed' is not one of",
        "the key ['cell'] is repeated",
    ):
        assert hint in str(shown.value)
    path.write_text("\n".join([lines[0], "498_6221,1080,15.1,56.2,3,observed"]), "utf-8")
    with pytest.raises(DataError, match="row 2: the centre is not that of 498_6221"):
        place.call(tmp_path / "out.parquet", grid=path)
    path.write_text(lines[0] + "\n", "utf-8")
    with pytest.raises(CallError, match="there is no cell to reach"):
        place.call(tmp_path / "out.parquet", grid=path)


def test_walking_times_of_a_file_count_and_its_faults_are_reported(
    place: Place, whole: Done, tmp_path: Path
) -> None:
    path = tmp_path / "walks.csv"

    def called(row: str, **other: object) -> pl.DataFrame:
        path.write_text(f"cell,station,minutes,source,basis\n{row},paced,observed\n", "utf-8")
        done = place.call(tmp_path / f"{len(other)}.parquet", walks=path, **other)
        return pl.read_parquet(done.path).sort("origin")

    before = pl.read_parquet(whole.path).sort("origin")
    alone = before.filter(stops=0)["origin"][0]
    station = sorted(networks_of(place).stations)[10]
    then = called(f"{alone},{station},4")
    assert then.filter(pl.col("origin") == alone)["stops"].to_list() == [1]
    more = then["cells_90"] - before["cells_90"]
    # From there one comes to where the line goes, and from there back: no cell reaches less.
    assert more.min() == 0
    assert (more > 0).sum() > 50
    if CLUSTER:
        clustered = called(f"{alone},{station},4", kind="dask", batch=200, share=f"file://{tmp_path}/shared")
        assert clustered.equals(then)
    with pytest.raises(DataError, match=r"walks.csv has a time for 'nowhere', which is not a station"):
        called(f"{alone},nowhere,3")
    with pytest.raises(DataError, match=r"walks.csv has a time for '1_1', which is not a square kilometre"):
        called(f"1_1,{station},3")
    with pytest.raises(TableError, match=r"130"):
        called(f"{alone},{station},130")


def test_walking_times_of_the_group_are_not_silently_left_out(place: Place, tmp_path: Path) -> None:
    group = Path(shutil.copytree(place.group, tmp_path / "group"))
    head = "cell,station,minutes,source,basis\n"
    (group / "figures" / "cell_walking_times.csv").write_text(f"{head}1_1,s,3,paced,observed\n", "utf-8")
    sources = group / "figures" / "sources.csv"
    sources.write_text(
        f"{sources.read_text('utf-8').rstrip()}\n"
        + "cell_walking_times.csv,P,Gångtider,Walks,https://example.org,CC0 1.0,x,x,,,\n",
        "utf-8",
    )
    work, none = Workspace(group, tmp_path / "store"), tmp_path / "none.csv"
    asked = Call(tmp_path / "out.parquet", feed=Feed(place.feed, gtfs.read), day=DAY, grid=place.grid)
    with pytest.raises(CallError, match="name those that count with --walks"):
        run(work, asked)
    none.write_text(head, "utf-8")
    assert run(work, replace(asked, walks=none)).rows > 0


def networks_of(place: Place) -> TravelNetwork:
    """The network that a run over the place keeps."""
    (kept, *_) = sorted((place.store / networks.FOLDER).glob("*.arrays"))
    made = networks.load(kept)
    assert made is not None
    return made


def test_nowhere_to_start_is_reported(
    bundled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = bundled.table

    def emptied(name: str) -> pl.DataFrame:
        return table(name).clear() if name == "localities" else table(name)

    monkeypatch.setattr(bundled, "table", emptied)
    with pytest.raises(CallError, match="the group has no localities; choose another of --origins"):
        run(bundled, Call(tmp_path / "out.parquet", origins="localities"))


def test_too_little_memory_is_reported_before_anything_is_calculated(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enough to read the timetable with, and less than the search takes.
    monkeypatch.setattr(files, "free_memory", lambda: 300_000)
    with pytest.raises(
        DataError, match=r"take about \d+ MiB of memory, and 0 MiB are free; take fewer --workers"
    ):
        place.call(tmp_path / "out.parquet")
    assert not list(tmp_path.glob("**/*.parquet"))


@pytest.mark.parametrize("origins", ["nodes", "localities", "stations"])
def test_one_can_start_from_other_places(place: Place, tmp_path: Path, origins: str) -> None:
    done = place.call(tmp_path / "new" / "folder", origins=origins, period="07:00-07:10")
    assert done.path == tmp_path / "new" / "folder" / "access.parquet"
    frame = pl.read_parquet(done.path)
    assert done.rows == frame.height > 0
    if origins == "nodes":
        assert (frame["node"].is_null() | (frame["node"] != frame["origin"])).all()


# ---- arrays and networks in files


def test_a_network_is_kept_to_the_bit_and_a_damaged_one_is_made_again(
    bundled: Workspace, tmp_path: Path
) -> None:
    made = travel_network(*(bundled.table(name) for name in ("calls", "stops", "changes", "travel_rules")))
    path = tmp_path / "net.arrays"
    networks.save(path, made)
    kept = networks.load(path)
    assert kept is not None
    pairs = list(zip(networks._leaves(made.timetable), networks._leaves(kept.timetable), strict=True))
    assert len(pairs) > 30
    for one, other in pairs:
        assert one.dtype == other.dtype
        assert type(other) is np.ndarray
        assert other.flags.writeable
        assert np.array_equal(one, other)
    assert {code: found.tolist() for code, found in kept.stations.items()} == {
        code: found.tolist() for code, found in made.stations.items()
    }
    assert replace(kept, timetable=made.timetable, stations=made.stations, points=made.points) == made
    data = path.read_bytes()
    for spoilt in (
        data[:-64],  # the last array ends within the last 64 bytes
        data[: len(data) // 2],
        data[:-200] + b"\1" * 100 + data[-100:],
        b"",
        b"storregion",
    ):
        path.write_bytes(spoilt)
        assert networks.load(path) is None


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_the_loader_fail(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.arrays"
    path.write_bytes(arrays.MAGIC + data)
    assert arrays.load(path) is None


def test_only_numbers_are_loaded(tmp_path: Path) -> None:
    arrays.save(tmp_path / "a.arrays", {}, [np.array(["word"])])
    assert arrays.load(tmp_path / "a.arrays") is None


def test_only_the_latest_networks_are_kept(tmp_path: Path) -> None:
    made = network(calls((("A", 450), ("B", 470))), stops(("A", X, Y), ("B", X + 20_000, Y)))
    rules = (calls((("A", 450), ("B", 470))), stops(("A", X, Y), ("B", X + 20_000, Y)), NO_CHANGES, RULES)
    for number in range(7):
        path, found = networks.found(tmp_path, f"{number}", lambda: rules, lambda *_: None)
        os.utime(path, (number, number))
        assert found.points.tolist() == made.points.tolist()
    assert sorted(path.stem for path in (tmp_path / "networks").iterdir()) == ["3", "4", "5", "6"]


# ---- the tally


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, UNREACHED), st.integers(0, 10_000)), min_size=1, max_size=60),
    st.lists(st.integers(0, UNREACHED - 1), min_size=1, max_size=4),
)
def test_the_tally_adds_up_what_is_within(places: list[tuple[int, int]], cutoffs: list[int]) -> None:
    seconds = np.array([one for one, _ in places], np.uint16)
    weights = np.array([float(other) for _, other in places])
    sums, counts = tally.tally(seconds, weights, cutoffs)
    assert sums.tolist() == opportunities(seconds, weights, cutoffs).tolist()
    assert counts.tolist() == [sum(one <= most for one, _ in places if one != UNREACHED) for most in cutoffs]


@pytest.mark.parametrize(
    ("weights", "cutoffs"), [([1.0], [60]), ([1.0, 2.0], [-1]), ([1.0, 2.0], [UNREACHED])]
)
def test_a_wrong_tally_is_refused(weights: list[float], cutoffs: list[int]) -> None:
    with pytest.raises(ValueError, match=r"there must be one weight|cutoffs must be 0 to"):
        tally.tally(np.zeros(2, np.uint16), np.array(weights), cutoffs)


def test_warming_leaves_nothing_to_compile(place: Place, tmp_path: Path) -> None:
    """After `warmup` each module's kernels are there, in the one form that real work takes."""
    script = (
        "import importlib, pkgutil, sys\n"
        "from storregion import cli, kernels\n"
        "def forms():\n"
        "    names = [i.name for i in pkgutil.iter_modules(kernels.__path__, 'storregion.kernels.')]\n"
        "    found = [(m, n, f) for m in names for n, f in vars(importlib.import_module(m)).items()]\n"
        "    made = [it for it in found if hasattr(it[2], 'signatures') and not isinstance(it[2], type)]\n"
        "    return {(m, n): len(f.signatures) for m, n, f in made}\n"
        "cli.main(['warmup'])\n"
        "before = forms()\n"
        "assert cli.main(sys.argv[1:]) == 0\n"
        "print({m for m, _ in before} - {m for (m, _), count in before.items() if count})\n"
        "print([name for name, count in forms().items() if count != before[name]])\n"
    )
    words = place.words(tmp_path / "out.parquet", "--period", "07:00-07:10")
    ended = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    lines = ended.stdout.splitlines()
    assert lines[-2:] == ["set()", "[]"], ended.stdout
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "journeys and travel times",
        "journeys between places",
        "what is within reach",
    ]
    assert all(line.endswith(" s") for line in lines[:4])


def test_as_much_memory_as_is_free_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "free_memory", lambda: 300_000)
    inputs._affordable(300_000, "cells", "take fewer")
    with pytest.raises(DataError, match="take fewer, or close other programs"):
        inputs._affordable(300_001, "cells", "take fewer")


def test_a_worker_names_the_file_that_it_cannot_read(tmp_path: Path) -> None:
    lost = engines.Shared(str(tmp_path / "network"), str(tmp_path / "job"), "key", "code")
    with pytest.raises(DataError, match=re.escape(f"a worker cannot read {lost.network};")):
        engines._loaded(lost)
