"""The tables of a timetable feed: their columns, and how bytes become rows, strictly and with every fault."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from storregion.core.csv_rows import BrokenRowError
from storregion.core.errors import nearest
from storregion.sources.gtfs import cells
from storregion.sources.gtfs.report import Faults, shown

MOST_COLUMNS = 200
"""Columns that a table may have; the largest of the standard has about twenty."""

Kind = pl.DataType | type[pl.DataType]


@dataclass(frozen=True)
class Form:
    """How a kind of value is written, and what it becomes.

    `pattern` is what its words look like, `meaning` makes the value out of them, and a value outside `least`
    and `most` is out of range.
    """

    dtype: Kind
    code: str
    pattern: str
    meaning: pl.Expr
    says: tuple[str, str]
    least: float | None = None
    most: float | None = None


_WORD = pl.col("word")


def _part(at: int) -> pl.Expr:
    return _WORD.str.split(":").list.get(at, null_on_oob=True).cast(pl.Int32, strict=False)


def _whole(least: int | None, most: int | None) -> Form:
    # Tables that went through a data frame carry 1.0 for 1, which means nothing else.
    meaning = _WORD.str.strip_suffix(".0").cast(pl.Int64, strict=False)
    words = ("är inget giltigt heltal här", "is not a whole number allowed there")
    return Form(pl.Int64, "invalid_integer", r"^\d{1,9}(\.0)?$", meaning, words, least, most)


LATEST = 72 * 3600
"""Seconds after which no trip may still run, counted from its service day's midnight."""

TIME = Form(
    pl.Int64,
    "invalid_time",
    r"^\d{1,3}:[0-5]\d:[0-5]\d$",
    (_part(0) * 3600 + _part(1) * 60 + _part(2)).cast(pl.Int64),
    ("är ingen tid mellan 0:00:00 och 72:00:00", "is not a time between 0:00:00 and 72:00:00"),
    0,
    LATEST,
)
DAY = Form(
    pl.Date,
    "invalid_date",
    r"^(19|20|21)\d{6}$",
    _WORD.str.to_date("%Y%m%d", strict=False),
    ("är inget datum ÅÅÅÅMMDD", "is not a date YYYYMMDD"),
)
NUMBER = Form(
    pl.Float64,
    "invalid_float",
    r"^[-+]?\d+(\.\d+)?([eE][-+]?\d+)?$",
    _WORD.cast(pl.Float64, strict=False),
    ("är inget giltigt tal här", "is not a number allowed there"),
)
LATITUDE = Form(NUMBER.dtype, NUMBER.code, NUMBER.pattern, NUMBER.meaning, NUMBER.says, -90, 90)
LONGITUDE = Form(NUMBER.dtype, NUMBER.code, NUMBER.pattern, NUMBER.meaning, NUMBER.says, -180, 180)
COUNT = _whole(0, None)
SECONDS = _whole(0, 86_400)


def _choice(most: int) -> Form:
    return _whole(0, most)


WORDS = None
"""The kind of columns that are taken as they are."""


@dataclass(frozen=True)
class Table:
    """One file: the columns used with their kinds, those it must have, and others of the standard."""

    used: Mapping[str, Form | None]
    needed: tuple[str, ...]
    others: str = ""
    required: bool = False


_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TABLES = {
    "agency.txt": Table(
        {"agency_id": WORDS, "agency_name": WORDS, "agency_timezone": WORDS},
        ("agency_name", "agency_timezone"),
        "agency_url agency_lang agency_phone agency_fare_url agency_email cemv_support",
        required=True,
    ),
    "stops.txt": Table(
        {
            "stop_id": WORDS,
            "stop_name": WORDS,
            "stop_lat": LATITUDE,
            "stop_lon": LONGITUDE,
            "location_type": _choice(4),
            "parent_station": WORDS,
        },
        ("stop_id",),
        "stop_code tts_stop_name stop_desc zone_id stop_url stop_timezone wheelchair_boarding level_id "
        "platform_code stop_access",
        required=True,
    ),
    "routes.txt": Table(
        {
            "route_id": WORDS,
            "agency_id": WORDS,
            "route_short_name": WORDS,
            "route_long_name": WORDS,
            "route_type": _choice(9999),
        },
        ("route_id", "route_type"),
        "route_desc route_url route_color route_text_color route_sort_order continuous_pickup "
        "continuous_drop_off network_id cemv_support",
        required=True,
    ),
    "trips.txt": Table(
        {"route_id": WORDS, "service_id": WORDS, "trip_id": WORDS, "block_id": WORDS},
        ("route_id", "service_id", "trip_id"),
        "trip_headsign trip_short_name direction_id shape_id wheelchair_accessible bikes_allowed "
        "cars_allowed safe_duration_factor safe_duration_offset",
        required=True,
    ),
    "stop_times.txt": Table(
        {
            "trip_id": WORDS,
            "arrival_time": TIME,
            "departure_time": TIME,
            "stop_id": WORDS,
            "stop_sequence": COUNT,
            "pickup_type": _choice(3),
            "drop_off_type": _choice(3),
            "shape_dist_traveled": NUMBER,
            "timepoint": _choice(1),
        },
        ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
        "stop_headsign continuous_pickup continuous_drop_off location_group_id location_id "
        "start_pickup_drop_off_window end_pickup_drop_off_window pickup_booking_rule_id "
        "drop_off_booking_rule_id",
        required=True,
    ),
    "calendar.txt": Table(
        {
            "service_id": WORDS,
            **dict.fromkeys(_WEEK, _choice(1)),
            "start_date": DAY,
            "end_date": DAY,
        },
        ("service_id", *_WEEK, "start_date", "end_date"),
    ),
    "calendar_dates.txt": Table(
        {"service_id": WORDS, "date": DAY, "exception_type": _whole(1, 2)},
        ("service_id", "date", "exception_type"),
    ),
    "frequencies.txt": Table(
        {
            "trip_id": WORDS,
            "start_time": TIME,
            "end_time": TIME,
            "headway_secs": _whole(1, 86_400),
            "exact_times": _choice(1),
        },
        ("trip_id", "start_time", "end_time", "headway_secs"),
    ),
    "transfers.txt": Table(
        {
            "from_stop_id": WORDS,
            "to_stop_id": WORDS,
            "transfer_type": _choice(5),
            "min_transfer_time": SECONDS,
            "from_trip_id": WORDS,
            "to_trip_id": WORDS,
            "from_route_id": WORDS,
            "to_route_id": WORDS,
        },
        (),
    ),
    "feed_info.txt": Table(
        {"feed_publisher_name": WORDS},
        (),
        "feed_id feed_publisher_url feed_lang default_lang feed_start_date feed_end_date feed_version "
        "feed_contact_email feed_contact_url",
    ),
}
"""The tables that are read, by file name."""
WEEK = _WEEK
"""The columns of the days of the week, Monday first."""


def typed(files: dict[str, bytes], faults: Faults) -> dict[str, pl.DataFrame]:
    """Every table of a feed, its values as what they mean.

    Parameters
    ----------
    files : the bytes of each file; they are taken out one by one, so that none is held twice.
    faults : what is wrong is added to these.

    Returns
    -------
    Each table that can be read: a column `row` with the row in the file, and every column used, null where
    empty, where the file does not have the column, or where a fault says so. A file that is not there is a
    table without rows.
    """
    tables = {}
    for name, table in TABLES.items():
        data = files.pop(name, None)
        words = _nothing(table) if data is None else _words(name, table, data, faults)
        if data is None and table.required:
            what = ("filen saknas", "the file is missing")
            faults.add(
                "error", "missing_required_file", name, (), what, ("lägg till den", "add it to the feed"), 1
            )
        if words is not None:
            tables[name] = _meant(name, table, words, faults)
    return tables


def _nothing(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, **dict.fromkeys(table.used, pl.String)})


def _words(name: str, table: Table, data: bytes, faults: Faults) -> pl.DataFrame | None:
    """The cells of the columns used as words, tidy; None, and a fault, when the file is not a table."""
    if not data.strip():
        what = ("filen är tom", "the file is empty")
        faults.add("error", "empty_file", name, (), what, ("hämta den igen", "fetch it again"), 1)
        return None
    header = _header(name, table, data.partition(b"\n")[0], faults)
    if header is None:
        return None
    there = [column for column in table.used if column in header]
    frame = _cells(name, data, header, there, faults)
    if frame is None:
        return None
    if any(sign in data for sign in (b" ", b"\t", b'"', b"\xc2\xa0")):
        frame = frame.with_columns(pl.col(pl.String).str.strip_chars()).with_columns(
            pl.col(there).replace("", None)
        )
    blank = frame.select(pl.all_horizontal(pl.col(there).is_null())).to_series()
    if blank.any():
        frame = frame.filter(~blank)
    absent = [pl.lit(None, pl.String).alias(column) for column in table.used if column not in there]
    return frame.with_columns(absent).select("row", *table.used)


def _cells(
    name: str, data: bytes, header: list[str], wanted: list[str], faults: Faults
) -> pl.DataFrame | None:
    """The cells of some columns, every row of them; None, and a fault, where rows cannot be told apart."""
    positions = [header.index(column) for column in wanted]
    try:
        frame = cells.words(data, len(header), positions)
    except cells.UnevenRowsError as error:
        what = (
            "raden har inte lika många celler som rubriken",
            "the row does not have as many cells as the header",
        )
        faults.add("error", "invalid_row_length", name, error.rows, what, ("rätta raden", "correct the row"))
        return None
    except BrokenRowError as error:
        what = (
            "går inte att läsa som CSV: citattecknen visar inte var cellerna slutar",
            f"cannot be read as CSV: {error.why}",
        )
        done = ("rätta citattecknen", "correct the quotation marks")
        faults.add("error", "csv_parsing_failed", name, [error.row], what, done)
        return None
    return frame.rename({str(at): column for at, column in zip(positions, wanted, strict=True)})


def _header(name: str, table: Table, line: bytes, faults: Faults) -> list[str] | None:
    """The names of the columns; None when they are unusable."""
    text = line.decode("utf-8").rstrip("\r")
    if "\r" in text:
        what = ("raderna slutar med bara en vagnretur", "lines end in a carriage return alone")
        done = ("spara filen med vanliga radslut", "save it with the usual line ends")
        faults.add("error", "csv_parsing_failed", name, [1], what, done)
        return None
    row = next(csv.reader([text]), [])
    header = [word.strip() for word in row]
    if len(header) > MOST_COLUMNS:
        what = (f"{len(header)} kolumner", f"{len(header)} columns")
        done = (f"högst {MOST_COLUMNS} läses", f"at most {MOST_COLUMNS} are read")
        faults.add("error", "too_many_columns", name, [1], what, done)
        return None
    known = {*table.used, *table.others.split()}
    twice = [word for word in dict.fromkeys(header) if word in table.used and header.count(word) > 1]
    for word in twice:
        what = (f"kolumnen {word} finns flera gånger", f"the column {word} stands more than once")
        faults.add("error", "duplicated_column", name, [1], what, ("ta bort en", "take one out"))
    missing = [word for word in table.needed if word not in header]
    for word in missing:
        hint = nearest(word, [word for word in header if word]) if any(header) else ""
        what = (f"kolumnen {word} saknas", f"the column {word} is missing; {hint}")
        faults.add("error", "missing_required_column", name, [1], what, ("lägg till den", "add it"), count=1)
    ignored = ("den används inte", "it is not used")
    if unnamed := header.count(""):
        what = ("en kolumn utan namn", "a column without a name")
        faults.add("warning", "empty_column_name", name, [1], what, ignored, count=unnamed)
    for word in dict.fromkeys(header):
        if word and word not in known:
            what = (f"kolumnen {shown(word)} hör inte hit", f"the column {shown(word)} does not belong here")
            faults.add("info", "unknown_column", name, [1], what, ignored)
    return None if twice or missing else header


def _meant(name: str, table: Table, words: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Words as values; those that are not valid are reported and become null."""
    columns = []
    for column, form in table.used.items():
        if form is None:
            continue
        given = words[column]
        meant = _value(given, form)
        columns.append(meant.alias(column))
        wrong = words.filter(given.is_not_null() & meant.is_null())
        if wrong.height:
            first = shown(wrong[column][0])
            what = (f"{column} {first} {form.says[0]}", f"{column} {first} {form.says[1]}")
            faults.add("error", form.code, name, wrong["row"], what, ("rätta värdet", "correct the value"))
    return words.with_columns(columns)


def _value(given: pl.Series, form: Form) -> pl.Series:
    """The values of a column's words; each different word is looked at once."""
    if given.null_count() == given.len():
        return given.cast(form.dtype)
    words = given.drop_nulls().unique(maintain_order=True).alias("word").to_frame()
    meant = words.with_columns(pl.when(_WORD.str.contains(form.pattern)).then(form.meaning).alias("value"))
    if form.least is not None:
        meant = meant.with_columns(pl.when(pl.col("value") >= form.least).then(pl.col("value")))
    if form.most is not None:
        meant = meant.with_columns(pl.when(pl.col("value") <= form.most).then(pl.col("value")))
    return given.replace_strict(meant["word"], meant["value"], default=None, return_dtype=form.dtype)
