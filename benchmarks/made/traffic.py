"""Stations and lines of a made country: a station a municipality, where a row and a column cross."""

import json
from collections.abc import Iterator
from itertools import pairwise

import polars as pl
from benchmarks.made.country import Made


def stations(made: Made) -> Iterator[tuple[str, pl.DataFrame]]:
    """Stations, one a municipality, and the trains between neighbours."""
    places = made.municipalities
    stations = places.select("latitude", "longitude", station="name")
    yield "rail_stations", stations.select("station", "latitude", "longitude")
    hops = sorted(
        {
            pair
            for _, calls in _runs(made)
            for one, two in pairwise(calls)
            for pair in ((one, two), (two, one))
        }
    )
    yield (
        "rail_segments_sj_2023",
        pl.DataFrame(hops, ["from_station", "to_station"], orient="row").with_columns(
            weekday_trains=18, median_minutes=12.0, fastest_minutes=12.0
        ),
    )


def lines(made: Made) -> Iterator[tuple[str, str]]:
    """Every line of the plan as it is written in `lines/`."""
    for code, calls in _runs(made):
        hops = [f"{{ station = {json.dumps(name, ensure_ascii=False)}, minutes = 12 }}" for name in calls[1:]]
        first = f"{{ station = {json.dumps(calls[0], ensure_ascii=False)} }}"
        yield (
            code,
            (
                f'name = "{code}"\nmode = "rail"\noperator = "Made"\nbasis = "assumed"\ndwell = 0\n'
                f"calls = [{', '.join([first, *hops])}]\n"
                'services = [\n  { days = ["weekday"], from = "05:30", until = "22:30", every = 60 },\n'
                '  { days = ["saturday", "sunday"], from = "05:30", until = "22:30", every = 120 },\n]\n'
                '[source]\npublisher = "Made"\ndocument = "Made"\nminutes = "Made"\n'
            ),
        )


def _runs(made: Made) -> Iterator[tuple[str, list[str]]]:
    """The lines: neighbours along a row or column of the lattice, at most eleven hops each."""
    for along, across in (("line", "column"), ("column", "line")):
        for (at,), row in made.municipalities.sort(along, across).group_by(along, maintain_order=True):
            gap = (pl.col(across).diff() != 1).fill_null(True).cum_sum()
            for number, (_, run) in enumerate(row.group_by(gap.alias("run"), maintain_order=True)):
                names = run["name"].to_list()
                for first in range(0, len(names) - 1, 11):
                    yield f"{along}-{at}-{number}-{first}", names[first : first + 12]
