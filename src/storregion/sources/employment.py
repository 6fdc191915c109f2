"""Employment as Statistics Sweden, Eurostat and the Public Employment Service publish it, and remote work."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core.group import RegionGroup
from storregion.core.lineage import Raw
from storregion.facts import employment as facts
from storregion.facts.places import Counties, Municipalities
from storregion.sources import areas


def employment_industry(
    raw: Annotated[Path, Raw("employment_industry.csv")], counties: Counties
) -> facts.EmploymentIndustry:
    """Employed residents and jobs by county and industry, as the register has them."""
    return areas.observed(raw, facts.EMPLOYMENT_INDUSTRY, counties)


def employment_industry_yearly(
    raw: Annotated[Path, Raw("employment_industry_yearly.csv")], counties: Counties, group: RegionGroup
) -> facts.EmploymentIndustryYearly:
    """Employment by county and wide industry, as the national accounts have it."""
    return areas.observed(raw, facts.EMPLOYMENT_INDUSTRY_YEARLY, counties, group)


def employment_rates(raw: Annotated[Path, Raw("employment_rates.csv")]) -> facts.EmploymentRates:
    """The share of the country's people who are employed, by age and sex."""
    return areas.observed(raw, facts.EMPLOYMENT_RATES)


def unemployment(
    raw: Annotated[Path, Raw("unemployment.csv")], municipalities: Municipalities
) -> facts.Unemployment:
    """Registered unemployment by municipality."""
    return areas.observed(raw, facts.UNEMPLOYMENT, municipalities)


def remote_work(raw: Annotated[Path, Raw("remote_work.csv")]) -> facts.RemoteWork:
    """Work that can be done from home, as researchers estimate it."""
    return areas.observed(raw, facts.REMOTE_WORK).with_columns(basis=pl.lit("estimated"))
