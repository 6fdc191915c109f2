"""The stops of a feed: stations and their platforms, each with a name and a place or why it has none."""

import polars as pl

from storregion.sources.gtfs.keys import filled, known, unique
from storregion.sources.gtfs.report import Faults

FILE = "stops.txt"
STOP, STATION, BOARDING = 0, 1, 4
_ALONE = ("hållplatsen står för sig", "the stop stands alone")


def places(tables: dict[str, pl.DataFrame], faults: Faults) -> pl.DataFrame:
    """The places of a feed.

    Parameters
    ----------
    tables : the feed's tables.
    faults : what is wrong is added to these.

    Returns
    -------
    A row for each of them, in file order: row, at (its number, from 0), stop_id, name, kind (the standard's
    location_type), parent (the number of the station or platform it belongs to, or null), latitude and
    longitude (its own, else its parent's, else null), and stands (the number of where a vehicle that names it
    stops; null for entrances and nodes, and where `nowhere` says that zeros stand for unknown coordinates).
    """
    frame = unique(FILE, filled(FILE, tables[FILE], ["stop_id"], faults), ["stop_id"], faults)
    # Where the two zeros meet is the sea; who writes them knows no coordinates.
    zeros = (pl.col("stop_lat").abs() < 1) & (pl.col("stop_lon").abs() < 1)
    frame = frame.with_row_index("at").with_columns(
        pl.col("location_type").fill_null(STOP).alias("kind"),
        pl.when(~zeros).then("stop_lat").alias("latitude"),
        pl.when(~zeros).then("stop_lon").alias("longitude"),
        nowhere=zeros.fill_null(False),
    )
    frame = _with_parents(frame, faults).with_columns(pl.col("nowhere") & pl.col("latitude").is_null())
    what = ("koordinaterna är noll", "the coordinates are zero")
    done = ("uppehåll där räknas inte", "calls there do not count")
    faults.add("warning", "point_near_origin", FILE, frame.filter("nowhere")["row"], what, done)
    nameless = frame.filter(pl.col("name").is_null() & (pl.col("kind") <= STATION))
    what = ("stop_name är tomt", "stop_name is empty")
    done = ("koden får stå som namn", "its id stands in for it")
    faults.add("warning", "missing_required_field", FILE, nameless["row"], what, done)
    where = pl.when(pl.col("kind") <= STATION).then("at").when(pl.col("kind") == BOARDING).then("parent")
    return frame.select(
        "row",
        "at",
        "stop_id",
        pl.coalesce("name", "stop_id").alias("name"),
        "kind",
        "parent",
        "latitude",
        "longitude",
        "nowhere",
        pl.when(~pl.col("nowhere")).then(where).alias("stands"),
    )


def _with_parents(frame: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Every place with its parent's number; what is missing is taken from the parent."""
    good = known(FILE, frame, "parent_station", frame["stop_id"], FILE, faults, _ALONE)
    above = frame.select(
        parent_station="stop_id",
        parent="at",
        parent_kind="kind",
        parent_name="stop_name",
        parent_latitude="latitude",
        parent_longitude="longitude",
    )
    frame = frame.with_columns(pl.when(good).then("parent_station").alias("parent_station"))
    frame = frame.join(above, on="parent_station", how="left", maintain_order="left")
    right = pl.col("parent_kind") == pl.when(pl.col("kind") == BOARDING).then(STOP).otherwise(STATION)
    unfit = frame.filter(pl.col("parent").is_not_null() & (~right | (pl.col("kind") == STATION)))
    what = ("parent_station är ingen station", "parent_station is not a station")
    faults.add("warning", "wrong_parent_location_type", FILE, unfit["row"], what, _ALONE)
    has = right & (pl.col("kind") != STATION)
    missing = pl.col("latitude").is_null() | pl.col("longitude").is_null()
    return frame.with_columns(
        pl.when(has).then("parent").alias("parent"),
        pl.coalesce("stop_name", pl.when(has).then("parent_name")).alias("name"),
        pl.when(~missing).then("latitude").when(has).then("parent_latitude").alias("latitude"),
        pl.when(~missing).then("longitude").when(has).then("parent_longitude").alias("longitude"),
    )


def located(frame: pl.DataFrame, used: pl.Series, faults: Faults) -> pl.DataFrame:
    """The stops and stations that have a place.

    Parameters
    ----------
    frame : the places of a feed.
    used : the numbers of those where a vehicle stops; one of them without a place is an error.
    faults : what is wrong is added to these.

    Returns
    -------
    The columns at, stop_id, name, station (a stop_id), latitude and longitude.
    """
    missing = pl.col("latitude").is_null() | pl.col("longitude").is_null()
    stops = frame.filter(pl.col("kind") <= STATION)
    called = pl.col("at").is_in(used.implode())
    what = ("hållplatsen saknar koordinater", "the stop has no coordinates")
    done = ("ange stop_lat och stop_lon", "give stop_lat and stop_lon")
    faults.add("error", "stop_without_location", FILE, stops.filter(missing & called)["row"], what, done)
    done = ("inget fordon stannar där, den används inte", "no vehicle stops there, so it is left out")
    unused = stops.filter(missing & ~called & ~pl.col("nowhere"))["row"]
    faults.add("warning", "stop_without_location", FILE, unused, what, done)
    stops = stops.filter(~missing)
    stations = stops.select(parent="at", station="stop_id")
    return stops.join(stations, on="parent", how="left", maintain_order="left").select(
        "at", "stop_id", "name", pl.coalesce("station", "stop_id").alias("station"), "latitude", "longitude"
    )
