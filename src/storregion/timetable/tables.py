"""The timetable of one day: stops, lines, every call of every trip, and how long it takes to change.

A day's calls carry seconds from its midnight. Trips of the day before that run past midnight come with
seconds taken back by a day (so some are negative), trips of the day after with a day added: whoever travels
late meets every vehicle that is there.
"""

from dataclasses import replace
from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis

RAIL_STATIONS = Schema(
    "rail_stations",
    Text("Järnvägsstationer", "Rail stations"),
    Text("Stationer i den öppna fjärrtågstidtabellen.", "Stations in the open long-distance timetable."),
    (
        Column(
            "station",
            pl.String,
            "name",
            Text("Station", "Station"),
            Text("Stationens namn.", "The station's name."),
            key=True,
        ),
        Column(
            "latitude",
            pl.Float64,
            "degrees",
            Text("Latitud", "Latitude"),
            Text("WGS 84.", "WGS 84."),
            least=50.0,
            most=72.0,
        ),
        Column(
            "longitude",
            pl.Float64,
            "degrees",
            Text("Longitud", "Longitude"),
            Text("WGS 84.", "WGS 84."),
            least=5.0,
            most=25.0,
        ),
        basis(),
    ),
)
RailStations = Annotated[pl.DataFrame, RAIL_STATIONS]


def _end(name: str, label: Text) -> Column:
    return Column(name, pl.String, "name", label, label, key=True, refers=("rail_stations", "station"))


def _minutes(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.Float64, "minutes", label, about, least=0.0)


RAIL_SEGMENTS = Schema(
    "rail_segments",
    Text("Tåg mellan närliggande stationer", "Trains between consecutive stops"),
    Text(
        "Tåg och minuter mellan på varandra följande uppehåll vardagen 2023-11-30.",
        "Trains and minutes between consecutive stops on the weekday 2023-11-30.",
    ),
    (
        _end("from_station", Text("Från station", "From station")),
        _end("to_station", Text("Till station", "To station")),
        Column(
            "weekday_trains",
            pl.Int64,
            "trains",
            Text("Tåg", "Trains"),
            Text("Tåg den vardagen.", "Trains on that weekday."),
            least=1,
        ),
        _minutes(
            "median_minutes",
            Text("Restid, median", "Median time"),
            Text("Median i minuter.", "Median in minutes."),
        ),
        _minutes(
            "fastest_minutes",
            Text("Restid, snabbast", "Fastest time"),
            Text("Snabbaste tåget, minuter.", "Fastest train, minutes."),
        ),
        basis(),
    ),
)
RailSegments = Annotated[pl.DataFrame, RAIL_SEGMENTS]

MODES = ("rail", "metro", "tram", "bus", "ferry", "other")


def _line(*, key: bool = False, refers: tuple[str, str] | None = ("lines", "line")) -> Column:
    label = Text("Linje", "Line")
    return Column(
        "line", pl.String, "code", label, Text("Linjens kod.", "The line's code."), key=key, refers=refers
    )


def _stop(name: str, label: Text, *, key: bool = False, optional: bool = False) -> Column:
    about = Text("Hållplatsens kod.", "The stop's code.")
    return Column(name, pl.String, "code", label, about, key=key, optional=optional, refers=("stops", "stop"))


def _feed() -> Column:
    return Column(
        "feed",
        pl.String,
        "name",
        Text("Tidtabell", "Timetable"),
        Text(
            "Vad tidtabellen kommer ur: line_plan (linjeplanen) eller filens namn.",
            "What the timetable comes from: line_plan, or the file's name.",
        ),
    )


_STOP_COLUMNS = (
    Column(
        "stop",
        pl.String,
        "code",
        Text("Hållplats", "Stop"),
        Text("Hållplatsens kod, unik i alla tidtabeller.", "The stop's code, unique in all timetables."),
        key=True,
    ),
    Column(
        "name",
        pl.String,
        "name",
        Text("Namn", "Name"),
        Text("Hållplatsens namn.", "The stop's name."),
    ),
    Column(
        "station",
        pl.String,
        "code",
        Text("Station", "Station"),
        Text(
            "Hållplatsen som plattformen hör till; sin egen kod där den står för sig.",
            "The stop that the platform belongs to; its own code where it stands alone.",
        ),
    ),
    Column(
        "latitude",
        pl.Float64,
        "degrees",
        Text("Latitud", "Latitude"),
        Text("WGS 84.", "WGS 84."),
        least=-90.0,
        most=90.0,
    ),
    Column(
        "longitude",
        pl.Float64,
        "degrees",
        Text("Longitud", "Longitude"),
        Text("WGS 84.", "WGS 84."),
        least=-180.0,
        most=180.0,
    ),
    basis(),
)

STOPS = Schema(
    "stops",
    Text("Hållplatser", "Stops"),
    Text("Var fordonen stannar.", "Where the vehicles stop."),
    _STOP_COLUMNS,
)
Stops = Annotated[pl.DataFrame, STOPS]

_LINE_COLUMNS = (
    _line(key=True, refers=None),
    Column(
        "name",
        pl.String,
        "name",
        Text("Namn", "Name"),
        Text("Linjens namn.", "The line's name."),
    ),
    Column(
        "mode",
        pl.String,
        "code",
        Text("Trafikslag", "Mode"),
        Text(
            "rail (tåg), metro (tunnelbana), tram (spårvagn), bus (buss), ferry (båt) eller other (annat).",
            "rail, metro, tram, bus, ferry or other.",
        ),
        choices=MODES,
    ),
    Column(
        "operator",
        pl.String,
        "name",
        Text("Trafikföretag", "Operator"),
        Text("Den som kör.", "Who runs it."),
    ),
    Column(
        "source",
        pl.String,
        "text",
        Text("Källa", "Source"),
        Text(
            "Vad restider och turtäthet vilar på.",
            "What run times and headways rest on.",
        ),
    ),
    _feed(),
    basis(),
)

LINES = Schema(
    "lines",
    Text("Linjer", "Lines"),
    Text(
        "Linjerna i tidtabellen, var och en med källa.", "The lines of the timetable, each with its source."
    ),
    _LINE_COLUMNS,
)
Lines = Annotated[pl.DataFrame, LINES]


def _seconds(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.Int64, "seconds", label, about, least=-172_800, most=345_600)


def _allowed(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.Int64, "number", label, about, least=0, most=1)


_CALL_COLUMNS = (
    Column(
        "trip",
        pl.Int64,
        "number",
        Text("Tur", "Trip"),
        Text("Turens nummer i denna tabell.", "The trip's number in this table."),
        key=True,
        least=0,
    ),
    Column(
        "position",
        pl.Int64,
        "number",
        Text("Ordning", "Position"),
        Text("Uppehållets ordning på turen, från 0.", "The call's place in the trip, from 0."),
        key=True,
        least=0,
    ),
    _line(),
    _stop("stop", Text("Hållplats", "Stop")),
    _seconds(
        "arrival",
        Text("Ankomst", "Arrival"),
        Text("Sekunder efter dagens midnatt.", "Seconds after the day's midnight."),
    ),
    _seconds(
        "departure",
        Text("Avgång", "Departure"),
        Text("Sekunder efter dagens midnatt.", "Seconds after the day's midnight."),
    ),
    _allowed(
        "board",
        Text("Påstigning", "Boarding"),
        Text("1 där resande får stiga på, annars 0.", "1 where travellers may board, else 0."),
    ),
    _allowed(
        "alight",
        Text("Avstigning", "Alighting"),
        Text("1 där resande får stiga av, annars 0.", "1 where travellers may alight, else 0."),
    ),
    basis(),
)

CALLS = Schema(
    "calls",
    Text("Uppehåll", "Calls"),
    Text("Varje uppehåll för varje tur en dag.", "Every call of every trip of one day."),
    _CALL_COLUMNS,
)
Calls = Annotated[pl.DataFrame, CALLS]

_CHANGE_COLUMNS = (
    _stop("from_stop", Text("Från hållplats", "From stop"), key=True),
    _stop("to_stop", Text("Till hållplats", "To stop"), key=True),
    Column(
        "seconds",
        pl.Int64,
        "seconds",
        Text("Bytestid", "Time to change"),
        Text(
            "Minsta tid mellan ankomst och avgång.",
            "The least time between arrival and departure.",
        ),
        least=0,
        most=86_400,
        absent="seconds_absent",
    ),
    absence("seconds_absent", Text("bytestid (byte är inte möjligt)", "time to change (no change possible)")),
    basis(),
)

CHANGES = Schema(
    "changes",
    Text("Byten", "Changes"),
    Text(
        "Bytestider som tidtabellen anger; övriga byten går till fots.",
        "Times to change that the timetable states; all other changes are walked.",
    ),
    _CHANGE_COLUMNS,
)
Changes = Annotated[pl.DataFrame, CHANGES]

WALKING_TIMES = Schema(
    "walking_times",
    Text("Gångtider", "Walking times"),
    Text(
        "Gångtid mellan två hållplatser, i stället för rak linje gånger en faktor; en rad är åt ett håll.",
        "Time to walk between two stops, in place of the straight line times a factor; a row is for one way.",
    ),
    (
        _stop("from_stop", Text("Från hållplats", "From stop"), key=True),
        _stop("to_stop", Text("Till hållplats", "To stop"), key=True),
        Column(
            "minutes",
            pl.Float64,
            "minutes",
            Text("Gångtid", "Time on foot"),
            Text("Minuter till fots.", "Minutes on foot."),
            least=0.0,
            most=120.0,
        ),
        Column(
            "source",
            pl.String,
            "text",
            Text("Källa", "Source"),
            Text("Vad gångtiden vilar på.", "What the time rests on."),
        ),
        basis(),
    ),
)
WalkingTimes = Annotated[pl.DataFrame, WALKING_TIMES]

CELL_WALKS = Schema(
    "cell_walks",
    Text("Gångtider till kilometerrutor", "Walking times to square kilometres"),
    Text(
        "Gångtid mellan en station och en kilometerruta, i stället för rak linje gånger en faktor; en rad är "
        "åt båda håll.",
        "Time to walk between a station and a square kilometre, in place of the straight line times a "
        "factor; a row is for both ways.",
    ),
    (
        Column(
            "cell",
            pl.String,
            "code",
            Text("Ruta", "Cell"),
            Text("Kilometerrutans kod.", "The code of the square kilometre."),
            key=True,
            refers=("cells", "cell"),
        ),
        Column(
            "station",
            pl.String,
            "code",
            Text("Station", "Station"),
            Text(
                "Stationens kod; tiden gäller alla dess hållplatser.",
                "The station's code, for all its stops.",
            ),
            key=True,
            refers=("stops", "station"),
        ),
        *WALKING_TIMES.columns[2:],
    ),
)
CellWalks = Annotated[pl.DataFrame, CELL_WALKS]

_DAY_COLUMNS = (
    Column(
        "feed",
        pl.String,
        "name",
        Text("Tidtabell", "Timetable"),
        Text(
            "line_plan (linjeplanen) eller filens namn.",
            "line_plan, or the file's name.",
        ),
        key=True,
    ),
    Column(
        "publisher",
        pl.String,
        "name",
        Text("Utgivare", "Publisher"),
        Text("Den som ger ut tidtabellen.", "Who publishes the timetable."),
    ),
    Column(
        "day",
        pl.String,
        "text",
        Text("Dag", "Day"),
        Text("Dagen som räknas.", "The day that is reckoned."),
        pattern=r"\d{4}-\d{2}-\d{2}",
    ),
    Column(
        "first_day",
        pl.String,
        "text",
        Text("Gäller från", "Valid from"),
        Text("Första dagen med trafik.", "The first day with service."),
        pattern=r"\d{4}-\d{2}-\d{2}",
    ),
    Column(
        "last_day",
        pl.String,
        "text",
        Text("Gäller till", "Valid until"),
        Text("Sista dagen med trafik.", "The last day with service."),
        pattern=r"\d{4}-\d{2}-\d{2}",
    ),
    Column(
        "trips",
        pl.Int64,
        "trips",
        Text("Turer", "Trips"),
        Text("Turer som går den dagen.", "Trips that run that day."),
        least=0,
    ),
    Column(
        "calls",
        pl.Int64,
        "number",
        Text("Uppehåll", "Calls"),
        Text("Uppehåll den dagen.", "Calls that day."),
        least=0,
    ),
    basis(),
)

TIMETABLE_DAYS = Schema(
    "timetable_days",
    Text("Tidtabellernas dag och giltighet", "Day and validity of the timetables"),
    Text(
        "Vilken dag som räknas, och när tidtabellen gäller.",
        "Which day is reckoned, and when the timetable is valid.",
    ),
    _DAY_COLUMNS,
)
TimetableDays = Annotated[pl.DataFrame, TIMETABLE_DAYS]


def _from_feeds(schema: Schema) -> Schema:
    """The same table, as the feeds among the group's files alone give it."""
    title = Text(f"{schema.title.sv} i inlästa tidtabeller", f"{schema.title.en} of the feeds read")
    return replace(schema, name=f"feed_{schema.name.removeprefix('timetable_')}", title=title)


FEED_STOPS = _from_feeds(STOPS)
FeedStops = Annotated[pl.DataFrame, FEED_STOPS]
FEED_LINES = _from_feeds(LINES)
FeedLines = Annotated[pl.DataFrame, FEED_LINES]
FEED_CALLS = _from_feeds(CALLS)
FeedCalls = Annotated[pl.DataFrame, FEED_CALLS]
FEED_CHANGES = _from_feeds(CHANGES)
FeedChanges = Annotated[pl.DataFrame, FEED_CHANGES]
FEED_DAYS = _from_feeds(TIMETABLE_DAYS)
FeedDays = Annotated[pl.DataFrame, FEED_DAYS]

FEED_SERVICE = Schema(
    "feed_service",
    Text("Turer per dag i inlästa tidtabeller", "Trips by day of the feeds read"),
    Text(
        "Dagarna som varje inläst tidtabell har trafik, med antalet turer.",
        "The days on which each feed has service, with the number of trips.",
    ),
    (
        replace(_feed(), key=True),
        Column(
            "day",
            pl.String,
            "text",
            Text("Dag", "Day"),
            Text("Trafikdygnet.", "The service day."),
            key=True,
            pattern=r"\d{4}-\d{2}-\d{2}",
        ),
        Column(
            "trips",
            pl.Int64,
            "trips",
            Text("Turer", "Trips"),
            Text(
                "Turer i trips.txt som går den dagen; en som upprepas med intervall räknas en gång.",
                "Trips in trips.txt that run that day; one repeated by a headway counts once.",
            ),
            least=1,
        ),
        basis(),
    ),
)
FeedService = Annotated[pl.DataFrame, FEED_SERVICE]


def _before(schema: Schema) -> Schema:
    """The same table, before any scenario's operations."""
    title = Text(f"{schema.title.sv} före scenariot", f"{schema.title.en} before the scenario")
    return replace(schema, name=f"timetable_{schema.name}", title=title)


TIMETABLE_LINES = _before(LINES)
TimetableLines = Annotated[pl.DataFrame, TIMETABLE_LINES]
TIMETABLE_CALLS = _before(CALLS)
TimetableCalls = Annotated[pl.DataFrame, TIMETABLE_CALLS]
