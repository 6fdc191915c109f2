"""Relations between amounts of electricity: municipality, county and country, and what people use."""

import polars as pl

from storregion.core.plausibility import Relation, Tables, neighbours, totals
from storregion.facts.relations.people import Numbers, of_county

_COUNTRY = "00"


def _within_county(table: str, other: str, kind: str) -> Numbers:
    """What the municipalities of a county use or make, some of it suppressed, and the county's own figure."""

    def numbers(tables: Tables) -> pl.DataFrame:
        by = ["county", kind, "year"]
        mine = totals(of_county(tables, tables(table)), by, "mwh", "a")
        return mine.join(tables(other).select(*by, b="mwh"), on=by)

    return numbers


def _within_country(table: str, kind: str) -> Numbers:
    def numbers(tables: Tables) -> pl.DataFrame:
        by = [kind, "year"]
        country = tables(table).filter(pl.col("county") == _COUNTRY).select(*by, b="mwh")
        return totals(tables(table).filter(pl.col("county") != _COUNTRY), by, "mwh", "a").join(country, on=by)

    return numbers


def _published_total(table: str, column: str) -> Numbers:
    """The kinds of a county that are not suppressed, in GWh, and the total of the county."""

    def numbers(tables: Tables) -> pl.DataFrame:
        by = ["county", "year"]
        kinds = totals(tables(table), by, pl.col("mwh") / 1000, "a")
        return kinds.join(tables("county_electricity_totals").select(*by, b=column), on=by)

    return numbers


_MOST = {
    "fritidshus": 4.5,
    "flerbostadshus": 4,
    "jordbruk_skogsbruk_fiske": 5,
    "offentlig": 27,
    "ovriga_tjanster": 12,
    "smahus": 7,
    "transporter": 24,
    "industri_bygg": 70,
}
"""MWh a person that a sector uses at most in any municipality: a fifth more than any has."""


def _per_person(tables: Tables) -> pl.DataFrame:
    """The use of a sector, and the most that so many people have used in any municipality."""
    people = tables("population").select("municipality", "year", "persons")
    use = tables("electricity_use").join(people, on=["municipality", "year"])
    most = pl.col("persons") * pl.col("sector").replace_strict(_MOST, default=70, return_dtype=pl.Float64)
    return use.select("municipality", "year", "sector", a="mwh", b=most)


def _of_the_country(table: str, other: str, kind: str) -> Numbers:
    """What one municipality has, and what the country has."""

    def numbers(tables: Tables) -> pl.DataFrame:
        by = [kind, "year"]
        country = tables(other).filter(pl.col("county") == _COUNTRY).select(*by, b="mwh")
        return tables(table).select("municipality", *by, a="mwh").join(country, on=by)

    return numbers


def _homes_per_person(tables: Tables) -> pl.DataFrame:
    """Electricity in homes of the whole country a year, and its people."""
    homes = tables("county_electricity_use").filter(
        (pl.col("county") == _COUNTRY) & pl.col("sector").is_in(["smahus", "flerbostadshus"])
    )
    kinds = (
        homes.group_by("year", maintain_order=True)
        .agg(a=pl.col("mwh").sum(), kinds=pl.len())
        .filter(pl.col("kinds") == 2)
    )
    return kinds.select("year", "a").join(totals(tables("population"), ["year"], "persons", "b"), on="year")


def _jump(table: str, by: list[str], least: float) -> Numbers:
    return lambda tables: neighbours(tables(table), by, "mwh", least)


def _times(tables: Tables) -> pl.DataFrame:
    """A municipality's use of a sector in a year, and the median of its other years."""
    use = tables("electricity_use").with_columns(b=pl.col("mwh").median().over("municipality", "sector"))
    large = pl.max_horizontal("mwh", "b") >= 20_000
    return use.filter(large & (pl.col("b") > 0)).select("municipality", "sector", "year", "b", a="mwh")


_PARTS = ("what the municipalities have", "what the county has")
RELATIONS = (
    Relation(
        "use_in_counties",
        _within_county("electricity_use", "county_electricity_use", "sector"),
        _PARTS,
        0,
        1.01,
    ),
    Relation(
        "generation_in_counties",
        _within_county("electricity_generation", "county_electricity_generation", "kind"),
        _PARTS,
        0,
        1.01,
    ),
    Relation(
        "use_in_the_country",
        _within_country("county_electricity_use", "sector"),
        ("what the counties have", "what the country has"),
        0,
        1.001,
    ),
    Relation(
        "generation_in_the_country",
        _within_country("county_electricity_generation", "kind"),
        ("what the counties have", "what the country has"),
        0,
        1.001,
    ),
    Relation(
        "use_and_total",
        _published_total("county_electricity_use", "use_gwh"),
        ("use by sector", "the total"),
        0.4,
        1.01,
    ),
    Relation(
        "generation_and_total",
        _published_total("county_electricity_generation", "generation_gwh"),
        ("generation by kind", "the total"),
        0,
        1.01,
    ),
    Relation(
        "use_of_the_country",
        _of_the_country("electricity_use", "county_electricity_use", "sector"),
        ("what a municipality has", "what the country has"),
        0,
        0.6,
    ),
    Relation(
        "generation_of_the_country",
        _of_the_country("electricity_generation", "county_electricity_generation", "kind"),
        ("what a municipality has", "what the country has"),
        0,
        0.6,
    ),
    Relation("use_per_person", _per_person, ("MWh", "the most of so many people"), 0, 1),
    Relation("homes_per_person", _homes_per_person, ("MWh in homes", "people"), 2, 7),
    Relation("use_jump", _times, ("MWh", "the median of the series"), 0, 5),
    Relation(
        "county_use_jump",
        _jump("county_electricity_use", ["county", "sector"], 200_000),
        ("MWh", "the year before"),
        0.1,
        5,
    ),
    Relation(
        "county_generation_jump",
        _jump("county_electricity_generation", ["county", "kind"], 1_000_000),
        ("MWh", "the year before"),
        0.1,
        5,
    ),
)
