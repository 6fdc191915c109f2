"""What places can be compared by: measures of any table, the places that have them, and the group behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from storregion.core.language import Language
from storregion.core.spread import Spread
from storregion.core.table import Column, Schema
from storregion.publish.site import Site
from storregion.publish.words import WORDS

_PLACES = ("place", "municipality", "node")
"""Columns of a key that hold a place, by the code that the table of places has for it."""
_KINDS = {"municipality": "municipality", "node": "node"}


@dataclass(frozen=True)
class Measure:
    """A number of each place, of each year where its table has years.

    Attributes
    ----------
    schema, column : where it lies.
    fixed : the cells of the rest of the key.
    words : the name of its words, if they are not the column's label.
    """

    schema: Schema
    column: Column
    fixed: Mapping[str, str | int] = field(default_factory=dict)
    words: str | None = None

    @property
    def name(self) -> str:
        """How an address names it."""
        return ".".join([self.schema.name, self.column.name, *map(str, self.fixed.values())])

    @property
    def by(self) -> str:
        """The column of its table that holds the place."""
        return next(name for name in self.schema.key if name in _PLACES)

    @property
    def yearly(self) -> bool:
        """Whether it has years."""
        return "year" in self.schema.key

    def label(self, language: Language) -> str:
        """What it is called."""
        return WORDS[self.words][language] if self.words else self.column.label[language]


def measures(site: Site) -> dict[str, Measure]:
    """Every number that is known of places, by the name that addresses have for it.

    Those of tables with one row a place and year, and those that the modules of pages offer.
    """
    schemas = site.workspace.schemas
    found = [
        Measure(schema, column)
        for schema in schemas.values()
        if set(schema.key) in [{by, "year"} for by in _PLACES]
        for column in schema.columns
        if column.numeric and not column.key and column.unit != "year"
    ]
    offered = (one for part in site.parts.measured for one in part(site) if one.table in schemas)
    found += [
        Measure(schemas[one.table], schemas[one.table][one.column], one.fixed, one.words) for one in offered
    ]
    return {measure.name: measure for measure in found}


def codes(site: Site, measure: Measure, places: Sequence[str]) -> dict[str, str]:
    """The code by which a measure's table knows each place.

    A node's municipality stands in for it in statistics by municipality, unless the node is a core within
    one.
    """
    if measure.by != "municipality":
        return {place: place for place in places}
    nodes = site.workspace.table("nodes").filter(pl.col("kind") == "city")
    stands_in = dict(zip(nodes["node"], nodes["municipality"], strict=True))
    return {place: stands_in.get(place, place) for place in places}


def rows_of(site: Site, measure: Measure, places: Sequence[str]) -> pl.DataFrame:
    """The rows of some places by place and year, all columns of the table."""
    wanted = list(codes(site, measure, places).values())
    rows = site.workspace.table(measure.schema.name).filter(**measure.fixed)
    return rows.filter(pl.col(measure.by).is_in(wanted)).sort(
        [measure.by, "year"] if measure.yearly else measure.by
    )


def latest_year(rows: pl.DataFrame, measure: Measure) -> int | None:
    """The latest year in which as many places as possible have a value; None without years or values."""
    if not measure.yearly:
        return None
    there = (
        rows.drop_nulls(measure.column.name).group_by("year", maintain_order=True).len().sort("len", "year")
    )
    return None if there.is_empty() else int(there["year"][-1])


def group_behind(site: Site, measure: Measure, places: Sequence[str]) -> Spread:
    """The group's places of the kind that is compared: municipalities where any is among them.

    Parameters
    ----------
    site : the portal.
    measure : what is compared; one by municipality or by node says the kind itself.
    places : those compared.
    """
    rows = site.workspace.table("places")
    chosen = rows.filter(pl.col("place").is_in(places))["kind"].to_list()
    kind = next((kind for kind in ("municipality", "node", "county") if kind in chosen), "municipality")
    kind = _KINDS.get(measure.by, kind)
    every = frozenset(rows.filter(kind=kind)["place"])
    table, column = measure.schema.name, measure.column.name
    return Spread(site.workspace, table, column, measure.by, kind, every, measure.fixed)
