"""The timetable of one day: stops, lines, every call of every trip, and how long it takes to change.

A day's calls carry seconds from its midnight. Trips of the day before that run past midnight come with
seconds taken back by a day (so some are negative), trips of the day after with a day added: whoever travels
late meets every vehicle that is there.
"""

from typing import Annotated

import polars as pl

from storregion.core import columns

RAIL_STATIONS = columns.schema(
    "rail_stations",
    __name__,
    columns.text("station", "name", key=True),
    columns.latitude(least=50.0, most=72.0),
    columns.longitude(least=5.0, most=25.0),
)
RailStations = Annotated[pl.DataFrame, RAIL_STATIONS]


RAIL_SEGMENTS = columns.schema(
    "rail_segments",
    __name__,
    columns.text("from_station", "name", key=True, refers=("rail_stations", "station")),
    columns.text("to_station", "name", key=True, refers=("rail_stations", "station")),
    columns.whole("weekday_trains", "trains", least=1),
    columns.duration("median_minutes"),
    columns.duration("fastest_minutes"),
)
RailSegments = Annotated[pl.DataFrame, RAIL_SEGMENTS]

MODES = ("rail", "metro", "tram", "bus", "ferry", "other")


STOPS = columns.schema(
    "stops",
    __name__,
    columns.code("stop", key=True),
    columns.text("name", "name"),
    columns.code("station"),
    columns.latitude(),
    columns.longitude(),
)
Stops = Annotated[pl.DataFrame, STOPS]


LINES = columns.schema(
    "lines",
    __name__,
    columns.line(key=True, refers=None),
    columns.text("name", "name"),
    columns.code("mode", choices=MODES),
    columns.text("operator", "name"),
    columns.text("source"),
    columns.text("feed", "name"),
)
Lines = Annotated[pl.DataFrame, LINES]


CALLS = columns.schema(
    "calls",
    __name__,
    columns.whole("trip", "number", key=True, least=0),
    columns.whole("position", "number", key=True, least=0),
    columns.line(),
    columns.code("stop", refers=("stops", "stop")),
    columns.whole("arrival", "seconds", least=-172800, most=345600),
    columns.whole("departure", "seconds", least=-172800, most=345600),
    columns.whole("board", "number", least=0, most=1),
    columns.whole("alight", "number", least=0, most=1),
)
Calls = Annotated[pl.DataFrame, CALLS]


CHANGES = columns.schema(
    "changes",
    __name__,
    columns.code("from_stop", key=True, refers=("stops", "stop")),
    columns.code("to_stop", key=True, refers=("stops", "stop")),
    columns.whole("seconds", "seconds", least=0, most=86400, absent="seconds_absent"),
)
Changes = Annotated[pl.DataFrame, CHANGES]

WALKING_TIMES = columns.schema(
    "walking_times",
    __name__,
    columns.code("from_stop", key=True, refers=("stops", "stop")),
    columns.code("to_stop", key=True, refers=("stops", "stop")),
    columns.duration("minutes", most=120.0),
    columns.text("source"),
)
WalkingTimes = Annotated[pl.DataFrame, WALKING_TIMES]

CELL_WALKS = columns.schema(
    "cell_walks",
    __name__,
    columns.code("cell", key=True, refers=("cells", "cell")),
    columns.code("station", key=True, refers=("stops", "station")),
    columns.duration("minutes", most=120.0),
    columns.text("source"),
)
CellWalks = Annotated[pl.DataFrame, CELL_WALKS]


TIMETABLE_DAYS = columns.schema(
    "timetable_days",
    __name__,
    columns.text("feed", "name", key=True),
    columns.text("publisher", "name"),
    columns.text("day", pattern=r"\d{4}-\d{2}-\d{2}"),
    columns.text("first_day", pattern=r"\d{4}-\d{2}-\d{2}"),
    columns.text("last_day", pattern=r"\d{4}-\d{2}-\d{2}"),
    columns.whole("trips", "trips", least=0),
    columns.whole("calls", "number", least=0),
)
TimetableDays = Annotated[pl.DataFrame, TIMETABLE_DAYS]


FEED_STOPS = STOPS.renamed("feed_stops", __name__)
FeedStops = Annotated[pl.DataFrame, FEED_STOPS]
FEED_LINES = LINES.renamed("feed_lines", __name__)
FeedLines = Annotated[pl.DataFrame, FEED_LINES]
FEED_CALLS = CALLS.renamed("feed_calls", __name__)
FeedCalls = Annotated[pl.DataFrame, FEED_CALLS]
FEED_CHANGES = CHANGES.renamed("feed_changes", __name__)
FeedChanges = Annotated[pl.DataFrame, FEED_CHANGES]
FEED_DAYS = TIMETABLE_DAYS.renamed("feed_days", __name__)
FeedDays = Annotated[pl.DataFrame, FEED_DAYS]

FEED_SERVICE = columns.schema(
    "feed_service",
    __name__,
    columns.text("feed", "name", key=True),
    columns.text("day", key=True, pattern=r"\d{4}-\d{2}-\d{2}"),
    columns.whole("trips", "trips", least=1),
)
FeedService = Annotated[pl.DataFrame, FEED_SERVICE]


TIMETABLE_LINES = LINES.renamed("timetable_lines", __name__)
TimetableLines = Annotated[pl.DataFrame, TIMETABLE_LINES]
TIMETABLE_CALLS = CALLS.renamed("timetable_calls", __name__)
TimetableCalls = Annotated[pl.DataFrame, TIMETABLE_CALLS]
