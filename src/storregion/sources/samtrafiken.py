"""Samtrafiken's open timetables, condensed to stations and segments."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion import figurefile
from storregion.facts import timetable
from storregion.lineage import Raw

_OBSERVED = pl.lit("observed").alias("basis")


def rail_stations(raw: Annotated[Path, Raw("rail_stations.csv")]) -> timetable.RailStations:
    """The stations of the timetable."""
    return figurefile.read(raw, timetable.RAIL_STATIONS).with_columns(_OBSERVED)


def rail_segments(
    raw: Annotated[Path, Raw("rail_segments_sj_2023.csv")], rail_stations: timetable.RailStations
) -> timetable.RailSegments:
    """Trains and minutes between consecutive stops."""
    known = {("rail_stations", "station"): rail_stations["station"]}
    return figurefile.read(raw, timetable.RAIL_SEGMENTS, known=known).with_columns(_OBSERVED)
