"""A made country: which municipalities it has, which real one each copies, and where each lies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import geodesy, group

Indices = NDArray[np.int64]
Numbers = NDArray[np.float64]

REAL = group.bundled() / "figures"
MERGED = (
    ("01",),
    ("03", "04", "05"),
    ("18", "19", "21"),
    ("08",),
    ("20", "24"),
    ("14",),
    ("12",),
    ("06", "07", "09", "10", "13"),
    ("17", "22", "23", "25"),
)
"""Real counties that are one in the largest groups, as there are at most 99; the bundled group's come first.

They have 26, 30, 32, 12, 30, 49, 33, 33 and 45 municipalities.
"""


SIDE = 17_000.0
"""Metres."""
AGAIN = pl.when(pl.col("copy") > 0).then(pl.format(" {}", pl.col("copy") + 1)).otherwise(pl.lit(""))
"""What a copy's names end in."""


@dataclass(frozen=True)
class Made:
    """A group to be made.

    Attributes
    ----------
    size : municipalities; a sum of whole made counties, as 26, 88, 290, 1000 or 3000.
    """

    size: int

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The real counties that a made one consists of: one alone as long as there are codes."""
        alone = tuple((county,) for part in MERGED for county in part)
        return alone if self.size <= 1000 else MERGED

    @property
    def part_of(self) -> dict[str, int]:
        """The number of the part that a real county belongs to."""
        return {county: at for at, part in enumerate(self.parts) for county in part}

    @cached_property
    def counties(self) -> pl.DataFrame:
        """Made counties: code, copy of the country, and which part of it."""
        real = dict(read("municipalities").group_by("county").len().iter_rows())
        sizes = [sum(real[county] for county in part) for part in self.parts]
        rows: list[tuple[str, int, int]] = []
        left = self.size
        while left > 0:
            copy, part = divmod(len(rows), len(self.parts))
            left -= sizes[part]
            rows.append((f"{len(rows) + 1:02d}", copy, part))
        if left or len(rows) > 99:
            raise ValueError(
                f"{self.size} municipalities are not a sum of whole made counties; try 88 or 290"
            )
        return pl.DataFrame(rows, ["county", "copy", "part"], orient="row")

    @cached_property
    def municipalities(self) -> pl.DataFrame:
        """Made municipalities, those of a county side by side, with the real one that each copies."""
        parts = pl.DataFrame(list(self.part_of.items()), ["real_county", "part"], orient="row")
        real = read("municipalities").rename({"municipality": "real", "county": "real_county"})
        rows = (
            self.counties.join(parts, on="part", maintain_order="left")
            .join(real, on="real_county", maintain_order="left")
            .with_columns(number=pl.int_range(1, pl.len() + 1).over("county"))
        )
        columns, lines = _lattice(self.size)
        east, north = geodesy.degrees(*metres(columns, lines))
        return rows.select(
            "real",
            "copy",
            "county",
            municipality=pl.col("county") + pl.col("number").cast(pl.String).str.zfill(2),
            name=pl.col("name") + AGAIN,
            real_latitude=pl.col("latitude").cast(float),
            real_longitude=pl.col("longitude").cast(float),
            latitude=pl.Series(north),
            longitude=pl.Series(east),
            column=pl.Series(columns),
            line=pl.Series(lines),
        )

    @cached_property
    def people(self) -> float:
        """Times as many people as the real country has."""
        totals = read("population_totals").select("municipality", "year", pl.col("persons").cast(float))
        last = totals.filter(pl.col("year") == pl.col("year").max())
        made = self.municipalities.join(last, left_on="real", right_on="municipality")
        return float(made["persons"].sum()) / float(last["persons"].sum())


def read(name: str) -> pl.DataFrame:
    """A figure file of the bundled group, every value as it is written."""
    return pl.read_csv(REAL / f"{name}.csv", infer_schema=False)


def _lattice(size: int) -> tuple[Indices, Indices]:
    """Columns and rows of the first squares along a Z-order curve, which keeps those of a county together."""
    bits = np.arange(1 << 16)
    column, line = np.zeros_like(bits), np.zeros_like(bits)
    for bit in range(8):
        column |= ((bits >> 2 * bit) & 1) << bit
        line |= ((bits >> (2 * bit + 1)) & 1) << bit
    east, north = metres(column, line)
    longitude, latitude = geodesy.degrees(east, north)
    inside = (longitude > 10.2) & (longitude < 24.8) & (latitude < 69.5) & (east < 980_000)
    return column[inside][:size], line[inside][:size]


def metres(column: Indices, line: Indices) -> tuple[Numbers, Numbers]:
    """East and north in metres of the middle of squares."""
    return np.float64(305_000) + SIDE * column, np.float64(6_130_000) + SIDE * line
