"""Statistics by area and period, each series a figure file as its publisher divides it."""

from pathlib import Path
from typing import Annotated, NamedTuple

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts import regional_statistics as facts
from storregion.facts.places import Counties, Municipalities

_COUNTRY = "00"


class SeriesFiles(NamedTuple):
    """The file of each series, by the name of the series."""

    population: Annotated[Path | None, Raw("statistics_population.csv", optional=True)]
    components_of_change: Annotated[Path | None, Raw("statistics_components_of_change.csv", optional=True)]
    migration: Annotated[Path | None, Raw("statistics_migration.csv", optional=True)]
    migration_origin: Annotated[Path | None, Raw("statistics_migration_origin.csv", optional=True)]
    regional_projection: Annotated[Path | None, Raw("statistics_regional_projection.csv", optional=True)]
    employment: Annotated[Path | None, Raw("statistics_employment.csv", optional=True)]
    labour_status: Annotated[Path | None, Raw("statistics_labour_status.csv", optional=True)]
    education: Annotated[Path | None, Raw("statistics_education.csv", optional=True)]
    income: Annotated[Path | None, Raw("statistics_income.csv", optional=True)]
    gross_regional_product: Annotated[
        Path | None, Raw("statistics_gross_regional_product.csv", optional=True)
    ]
    dwellings: Annotated[Path | None, Raw("statistics_dwellings.csv", optional=True)]
    dwellings_completed: Annotated[Path | None, Raw("statistics_dwellings_completed.csv", optional=True)]
    dwelling_stock: Annotated[Path | None, Raw("statistics_dwelling_stock.csv", optional=True)]
    house_prices: Annotated[Path | None, Raw("statistics_house_prices.csv", optional=True)]
    energy_use: Annotated[Path | None, Raw("statistics_energy_use.csv", optional=True)]
    electricity_production: Annotated[
        Path | None, Raw("statistics_electricity_production.csv", optional=True)
    ]
    district_heating: Annotated[Path | None, Raw("statistics_district_heating.csv", optional=True)]
    wind_power: Annotated[Path | None, Raw("statistics_wind_power.csv", optional=True)]
    solar_power: Annotated[Path | None, Raw("statistics_solar_power.csv", optional=True)]


def regional_statistics(
    files: SeriesFiles, municipalities: Municipalities, counties: Counties
) -> facts.RegionalStatistics:
    """Every series that was fetched or read in, under each other; no rows before that.

    Raises
    ------
    DataError
        A file holds another series than its name says, or areas that do not exist.
    """
    known = [*municipalities["municipality"], *counties["county"], _COUNTRY]
    frames = [
        pl.DataFrame(schema={column.name: column.dtype for column in facts.REGIONAL_STATISTICS.columns})
    ]
    frames += [_series(name, file, known) for name, file in files._asdict().items() if file is not None]
    return pl.concat(frames)


def _series(name: str, raw: Path, known: list[str]) -> pl.DataFrame:
    """One series; what looks ahead is estimated."""
    frame = figurefile.read(raw, facts.REGIONAL_STATISTICS, optional=("value_absent",))
    if other := set(frame["statistic"]) - {name}:
        raise DataError(f"{raw} holds {sorted(other)}; it is the file of {name!r}")
    if strange := sorted(set(frame["area"]) - set(known)):
        raise DataError(f"{raw} has the areas {strange[:8]}, which do not exist in the country")
    return frame.with_columns(basis=pl.lit("estimated" if name in facts.PROJECTIONS else "observed"))
