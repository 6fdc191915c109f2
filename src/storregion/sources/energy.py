"""Energy statistics: SCB/Energimyndigheten's municipal energy account, and a public register of plants."""

from pathlib import Path
from typing import Annotated

from storregion.core.group import RegionGroup
from storregion.core.lineage import Raw
from storregion.facts import power
from storregion.facts.places import Counties, Municipalities
from storregion.sources import areas


def electricity_use(
    raw: Annotated[Path, Raw("electricity_use_municipality.csv")], municipalities: Municipalities
) -> power.ElectricityUse:
    """Electricity use by municipality, sector and year."""
    return areas.observed(raw, power.ELECTRICITY_USE, municipalities)


def electricity_generation(
    raw: Annotated[Path, Raw("electricity_generation_municipality.csv")], municipalities: Municipalities
) -> power.ElectricityGeneration:
    """Electricity generation by municipality, kind and year."""
    return areas.observed(raw, power.ELECTRICITY_GENERATION, municipalities)


def county_electricity_use(
    raw: Annotated[Path, Raw("electricity_use_county.csv")], counties: Counties, group: RegionGroup
) -> power.CountyElectricityUse:
    """Electricity use by county (and the country), sector and year."""
    return areas.observed(raw, power.COUNTY_ELECTRICITY_USE, counties, group)


def county_electricity_generation(
    raw: Annotated[Path, Raw("electricity_generation_county.csv")], counties: Counties, group: RegionGroup
) -> power.CountyElectricityGeneration:
    """Electricity generation by county (and the country), kind and year."""
    return areas.observed(raw, power.COUNTY_ELECTRICITY_GENERATION, counties, group)


def county_electricity_totals(
    raw: Annotated[Path, Raw("electricity_totals_county.csv")], counties: Counties
) -> power.CountyElectricityTotals:
    """Electricity use and generation by county and year, all sectors and kinds."""
    return areas.observed(raw, power.COUNTY_ELECTRICITY_TOTALS, counties)


def power_plants(raw: Annotated[Path, Raw("power_plants.csv")], counties: Counties) -> power.PowerPlants:
    """Larger power plants."""
    return areas.observed(raw, power.POWER_PLANTS, counties)
