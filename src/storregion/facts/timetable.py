"""Trains between stations, as an open timetable has them on one weekday."""

from typing import Annotated

import polars as pl

from storregion.language import Text
from storregion.table import Column, Schema, basis

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
