"""Samtrafiken's open timetables, condensed to stations and segments."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.lineage import Raw
from storregion.timetable import tables

_OBSERVED = pl.lit("observed").alias("basis")


def rail_stations(raw: Annotated[Path, Raw("rail_stations.csv")]) -> tables.RailStations:
    """The stations of the timetable."""
    return figurefile.read(raw, tables.RAIL_STATIONS).with_columns(_OBSERVED)


def rail_segments(
    raw: Annotated[Path, Raw("rail_segments_sj_2023.csv")], rail_stations: tables.RailStations
) -> tables.RailSegments:
    """Trains and minutes between consecutive stops."""
    known = {("rail_stations", "station"): rail_stations["station"]}
    return figurefile.read(raw, tables.RAIL_SEGMENTS, known=known).with_columns(_OBSERVED)
