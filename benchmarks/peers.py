"""The engine beside public ones, on the same timetable in one run, and whether they agree.

Run with `make bench`, or `python -m benchmarks.peers` once that has made the timetable. nigiri, a RAPTOR in
C++, is compared where its Python package is installed (`pip install pynigiri`); what is not compared is named
with the reason. Times are processor seconds, the least of several runs, so that others on the machine count
for little.

Both search the same day with the same walks: whole minutes to the first stop, from the last, and between the
stops of one place, where a change takes two minutes. nigiri is asked anew for each of 60 minutes and looks
for one place, which lets it stop early; the engine finds all stops from all minutes at once.
"""

import importlib
import shutil
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from benchmarks.access import DAY, FAR, FEED, REACH, START, STOCKHOLM, UPPSALA, Day, plane, read
from numpy.typing import NDArray

from storregion.kernels import rounds
from storregion.kernels.network import Network, network
from storregion.kernels.walking import Links, nearest_stops, walking_links

MINUTES = 60
CHANGE = 120  # seconds, to a stop of the same place or at one stop
TOGETHER = 60.0  # metres between stops of one place, or from one to the next
LONGEST = 36_000
COPY = FEED / "peers"

Best = tuple[int, int] | None  # minutes after the start at the place, and rides

NOT_COMPARED = {
    "ULTRA-RAPTOR": "its sources, and the tools that make its binary networks, are in no registry",
    "R5": "its Java archive and the timetable of its published task are in no registry",
}


def least(work: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of a call, the least of several."""
    work()
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def together(day: Day) -> Links:
    """Between any two stops of one place: a change, which takes no time beyond the slack."""
    size = len(day.stops)
    walks = walking_links(day.stops, TOGETHER)
    starts, place, before = np.repeat(np.arange(size), np.diff(walks.first)), np.arange(size), None
    while before is None or (before != place).any():
        before = place.copy()
        np.minimum.at(place, starts, before[walks.stop])
    order = np.argsort(place, kind="stable")
    own = np.split(order, np.flatnonzero(np.diff(place[order])) + 1)
    pairs = np.array(sorted((one, two) for stops in own for one in stops for two in stops if one != two))
    first = np.searchsorted(pairs[:, 0], np.arange(size + 1)).astype(np.int64)
    return Links(first, pairs[:, 1].astype(np.int32), np.zeros(len(pairs), np.int32))


def written(links: Links, codes: list[str]) -> None:
    """Copy the timetable, with the changes between stops as its transfers."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir()
    for path in FEED.glob("*.txt"):
        shutil.copy(path, COPY)
    starts = np.repeat(np.arange(len(codes)), np.diff(links.first)).tolist()
    rows = {
        "from_stop_id": [codes[at] for at in starts],
        "to_stop_id": [codes[at] for at in links.stop.tolist()],
    }
    table = pl.DataFrame(rows).with_columns(transfer_type=pl.lit(2), min_transfer_time=pl.lit(CHANGE))
    table.write_csv(COPY / "transfers.txt")


def asked_of_nigiri(nigiri: Any, codes: list[str], home: Links, goal: Links) -> Callable[[], list[Best]]:
    """A search for each minute by itself, the timetable once loaded."""
    options = nigiri.LoaderConfig()
    options.link_stop_distance, options.default_tz = 0, "Europe/Stockholm"
    source = nigiri.TimetableSource("made", str(COPY), options)
    timetable = nigiri.load_timetable([source], DAY.isoformat(), DAY.replace(day=DAY.day + 1).isoformat())
    begin = datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZoneInfo("Europe/Stockholm"))
    first = (int(begin.timestamp()) + START) // 60
    query = nigiri.Query()
    query.start, query.destination = (
        [
            nigiri.Offset(timetable.find_location(codes[stop]), seconds // 60, 0)
            for stop, seconds in zip(near.stop.tolist(), near.seconds.tolist(), strict=True)
        ]
        for near in (home, goal)
    )
    query.start_match_mode = query.dest_match_mode = nigiri.LocationMatchMode.INTERMODAL

    def best(minute: int) -> Best:
        query.start_time = minute
        found = nigiri.route(timetable, query)
        return min(((_minute(one.dest_time) - first, one.transfers + 1) for one in found), default=None)

    return lambda: [best(first + minute) for minute in range(MINUTES)]


def _minute(moment: Any) -> int:
    return int(moment.timestamp()) // 60 if isinstance(moment, datetime) else int(moment)


def searched(day: Network, home: Links) -> rounds.Rounds:
    """All minutes to all stops; the first boarding takes a change too, so that one begins as much sooner."""
    return rounds.rraptor(day, home.stop, home.seconds, START - CHANGE, MINUTES, slack=CHANGE, cutoff=LONGEST)


def come(found: rounds.Rounds, goal: Links) -> list[Best]:
    """When one comes to a place from each minute, and with how few rides."""
    best: list[Best] = []
    for lane in range(MINUTES):
        times = [
            ((int(found.by_ride[stop, lane]) + seconds - CHANGE) // 60, int(found.rides[stop, lane]))
            for stop, seconds in zip(goal.stop.tolist(), goal.seconds.tolist(), strict=True)
            if found.by_ride[stop, lane] == found.earliest[stop, lane] != rounds.NO_RIDES
        ]
        best.append(min(times, default=None))
    return best


def minutes_on_foot(point: tuple[float, float], stops: NDArray[np.float64], reach: float) -> Links:
    """The stops around a place, and whole minutes to each, in seconds."""
    near = nearest_stops(plane(*np.array(point)[:, None]), stops, reach)
    return near._replace(seconds=(-(-near.seconds // 60) * 60).astype(np.int32))


def main() -> None:
    """Compare with what is installed, and name the rest."""
    for name, reason in NOT_COMPARED.items():
        print(f"{name}: not compared, for {reason}")
    if not (FEED / "stop_times.txt").exists():
        print("nigiri: not compared, for there is no timetable: run make bench first")
        return
    try:
        nigiri = importlib.import_module("pynigiri")
    except ImportError:
        print("nigiri: not compared, for it is not installed (pip install pynigiri)")
        return
    day = read()
    used = pl.scan_csv(FEED / "stop_times.txt").select(pl.col("stop_id").unique().sort()).collect()
    codes = used["stop_id"].cast(pl.String).to_list()
    links = together(day)
    written(links, codes)
    home = minutes_on_foot(STOCKHOLM, day.stops, REACH)
    goal = minutes_on_foot(UPPSALA, day.stops, FAR)
    ask = asked_of_nigiri(nigiri, codes, home, goal)
    made = network(day.made, links, np.zeros(len(day.stops), np.int32))
    theirs, ours = ask(), come(searched(made, home), goal)
    alike = sum(one == other for one, other in zip(ours, theirs, strict=True))
    took, needed = least(ask), least(lambda: searched(made, home))
    print(
        f"nigiri, {MINUTES} minutes to one place: {took * 1000:.0f} ms; the engine, to {made.stops} stops: "
        f"{needed * 1000:.0f} ms, 1/{took / needed:.0f}; arrival and rides alike in {alike} of {MINUTES}"
    )
    if alike < MINUTES:
        sys.exit("the two do not agree")


if __name__ == "__main__":
    main()
