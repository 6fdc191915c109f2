"""Energy statistics: SCB/Energimyndigheten's municipal energy account, and a public register of plants."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.group import RegionGroup
from storregion.core.lineage import Raw
from storregion.core.table import Schema
from storregion.facts import power
from storregion.facts.places import Counties, Municipalities

_OBSERVED = pl.lit("observed").alias("basis")


def electricity_use(
    raw: Annotated[Path, Raw("electricity_use_municipality.csv")], municipalities: Municipalities
) -> power.ElectricityUse:
    """Electricity use by municipality, sector and year."""
    return _by_municipality(raw, power.ELECTRICITY_USE, municipalities)


def electricity_generation(
    raw: Annotated[Path, Raw("electricity_generation_municipality.csv")], municipalities: Municipalities
) -> power.ElectricityGeneration:
    """Electricity generation by municipality, kind and year."""
    return _by_municipality(raw, power.ELECTRICITY_GENERATION, municipalities)


def county_electricity_use(
    raw: Annotated[Path, Raw("electricity_use_county.csv")], counties: Counties, group: RegionGroup
) -> power.CountyElectricityUse:
    """Electricity use by county (and the country), sector and year."""
    return _by_county(raw, power.COUNTY_ELECTRICITY_USE, counties, group)


def county_electricity_generation(
    raw: Annotated[Path, Raw("electricity_generation_county.csv")], counties: Counties, group: RegionGroup
) -> power.CountyElectricityGeneration:
    """Electricity generation by county (and the country), kind and year."""
    return _by_county(raw, power.COUNTY_ELECTRICITY_GENERATION, counties, group)


def power_plants(raw: Annotated[Path, Raw("power_plants.csv")], counties: Counties) -> power.PowerPlants:
    """Larger power plants."""
    known = {("counties", "county"): counties["county"]}
    return figurefile.read(raw, power.POWER_PLANTS, known=known).with_columns(_OBSERVED)


def _by_municipality(raw: Path, schema: Schema, municipalities: pl.DataFrame) -> pl.DataFrame:
    known = {("municipalities", "municipality"): municipalities["municipality"]}
    return figurefile.read(raw, schema, known=known).with_columns(_OBSERVED)


def _by_county(raw: Path, schema: Schema, counties: pl.DataFrame, group: RegionGroup) -> pl.DataFrame:
    country = [group.country.code] if group.country else []
    known = {
        ("counties and country", "county"): pl.concat(
            [counties["county"], pl.Series(country, dtype=pl.String)]
        )
    }
    return figurefile.read(raw, schema, known=known).with_columns(_OBSERVED)
