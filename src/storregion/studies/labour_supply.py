"""Labour supply: how many of those who will live in each municipality are expected to work."""

from typing import Annotated, NamedTuple

import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError, SettingError, some
from storregion.core.table import weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.employment import EmploymentRates
from storregion.facts.work import Commuting
from storregion.studies.projection_municipal import ProjectionAges

LABOUR_SUPPLY = columns.schema(
    "labour_supply",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.number("people", "persons", least=0.0),
    columns.number("working_age", "persons", least=0.0),
    columns.number("employed_residents", "employed", least=0.0),
    columns.number("jobs_start", "jobs", least=0.0),
    columns.share("participation"),
)
LabourSupply = Annotated[pl.DataFrame, LABOUR_SUPPLY]

WORKING = tuple(f"{first}-{first + 4}" for first in range(15, 75, 5))
"""The classes of people who may be employed: 15 to 74 years."""
PARTS = {"15-19": ("16-19", 0.8)} | {
    f"{first}-{first + 4}": (f"{start}-{end}", 1.0)
    for start, end in ((20, 24), (25, 34), (35, 44), (45, 54), (55, 64))
    for first in range(start, end, 5)
}
"""The published class that each five-year class has its rate from, and the part of it that may work."""


class LabourNow(NamedTuple):
    """Who works where in the latest year that is known, and how many lived there then."""

    commuting: Commuting
    population_yearly: PopulationYearly


def labour_supply(
    projection_ages: ProjectionAges,
    employment_rates: EmploymentRates,
    now: LabourNow,
    *,
    ahead: tuple[int, ...] = (2030, 2035, 2040, 2045, 2050),
    older_rate: float = 0.173,
) -> LabourSupply:
    """The employed residents of every municipality, now and in some years, if rates by age stay.

    A municipality's level is that of the latest commuting, and stays: rates by age and sex only say how much
    a younger or older population adds or takes away.

    Parameters
    ----------
    projection_ages : people by five-year class and sex.
    employment_rates : the share of people who are employed by age and sex, up to 64 years.
    now : employed residents and jobs of the latest year, and population.
    ahead : the years that are kept beside the first of the projection.
    older_rate : the share of those aged 65–74 who are employed, men and women alike; Statistics Sweden's
        labour force survey, third quarter of 2017. The register's rates by age end at 64.

    Raises
    ------
    DataError
        Rates or municipalities are missing, or more people are employed somewhere than are of working age.
    SettingError
        A year is not in the projection, or a rate is not a share.
    """
    start = int(projection_ages.select(pl.col("year").min()).item())
    years = projection_ages["year"].unique(maintain_order=True)
    if late := [year for year in ahead if year <= start or year not in years]:
        last = int(str(years.max()))
        raise SettingError(f"labour_supply.ahead has {late}; projection_ages goes from {start} to {last}")
    if not 0.0 <= older_rate <= 1.0:
        raise SettingError(f"labour_supply.older_rate = {older_rate}; give a share from 0 to 1")
    kept = projection_ages.filter(pl.col("year").is_in([start, *ahead]))
    expected = _expected(kept, _rates(employment_rates, older_rate))
    level = _level(now, start)
    first = expected.filter(year=start).select("municipality", first="expected")
    found = (
        expected.join(first, on="municipality")
        .join(level, on="municipality", how="left", maintain_order="left")
        .with_columns(employed_residents=pl.col("residents") * pl.col("expected") / pl.col("first"))
    )
    lost = found.filter(pl.col("employed_residents").is_null())["municipality"].unique().sort()
    if lost.len():
        raise DataError(
            f"commuting has nobody employed who lives in {some(lost)}; read national matrices whole"
        )
    _check(found)
    known = weakest_of("estimated", kept, employment_rates, *now)
    return (
        found.with_columns(
            participation=pl.col("employed_residents") / pl.col("working_age"), basis=pl.lit(known)
        )
        .select(column.name for column in LABOUR_SUPPLY.columns)
        .sort("municipality", "year")
    )


def _rates(published: pl.DataFrame, older: float) -> pl.DataFrame:
    """The rate of every five-year class and sex, in the latest year that is published."""
    latest = published.filter(pl.col("year") == pl.col("year").max())
    known = {(age, sex): rate for age, sex, rate in latest.select("age_class", "sex", "rate").iter_rows()}
    rows = []
    for sex in columns.SEXES:
        for age in WORKING:
            wide, part = PARTS.get(age, ("65-74", 1.0))
            rate = known.get((wide, sex), older if wide == "65-74" else None)
            if rate is None:
                raise DataError(f"employment_rates has no rate of {sex} aged {wide}; add it")
            rows.append((age, sex, part * rate))
    return pl.DataFrame(rows, schema=["age_class", "sex", "rate"], orient="row")


def _expected(ages: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """People, those of working age, and those whom the country's rates would have at work."""
    worked = ages.join(rates, on=["age_class", "sex"], how="left")
    return (
        worked.group_by("municipality", "year", maintain_order=True)
        .agg(
            people=pl.col("persons").sum(),
            working_age=pl.col("persons").filter(pl.col("rate").is_not_null()).sum(),
            expected=(pl.col("persons") * pl.col("rate")).sum(),
        )
        .sort("municipality", "year")
    )


def _level(now: LabourNow, start: int) -> pl.DataFrame:
    """Employed residents and jobs of the latest commuting, carried to the start by the population."""
    flows = now.commuting.filter(pl.col("sex") == "total", pl.col("year") == pl.col("year").max())
    when = int(flows["year"].to_numpy().max())
    people = now.population_yearly.filter(pl.col("year").is_in([when, start])).pivot(
        on="year", index="municipality", values="persons"
    )
    if lost := [year for year in (when, start) if str(year) not in people.columns]:
        raise DataError(f"population_yearly has no year {lost}, which commuting is carried by; add it")
    living, working = (
        flows.group_by(municipality=end, maintain_order=True).agg(pl.col("persons").sum().alias(name))
        for end, name in (("home", "residents"), ("work", "jobs_start"))
    )
    carried = pl.col("residents") * pl.col(str(start)) / pl.col(str(when))
    found = people.join(living, on="municipality", how="left").join(working, on="municipality", how="left")
    if lost := found.filter(pl.col("jobs_start").is_null())["municipality"].sort().to_list():
        raise DataError(
            f"commuting has no row of anyone who works in {lost} in {when}; read national matrices whole, "
            "and give a municipality where nobody works a row with 0"
        )
    found = found.with_columns(residents=carried)
    total = pl.col("residents").sum() / pl.col("jobs_start").sum()
    return found.select("municipality", "residents", jobs_start=pl.col("jobs_start") * total)


def _check(found: pl.DataFrame) -> None:
    """Refuse more employed people than there are of working age."""
    above = found.filter(pl.col("employed_residents") > pl.col("working_age")).head(5)
    if above.height:
        rows = above.select("municipality", "year", "employed_residents", "working_age").rows()
        named = [f"{code} in {year} ({workers:.0f} of {people:.0f})" for code, year, workers, people in rows]
        raise DataError(
            f"more people are employed than are of working age in {', '.join(named)}: participation is above "
            "1; check commuting and employment_rates"
        )
