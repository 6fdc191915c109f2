"""What a projection assumes: the country's rates by age, and how far each municipality is from them."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest_of
from storregion.facts.demography import (
    BirthsAge,
    ComponentsMunicipality,
    DeathsAgeSex,
    MigrationAgeClass,
    MunicipalityAgeSex,
    PopulationAgeSex,
    PopulationYearly,
)

Floats = NDArray[np.float64]
SEXES = columns.SEXES

NATIONAL_RATES = columns.schema(
    "national_rates",
    __name__,
    columns.age(),
    columns.sex(),
    columns.number("deaths", "per_person_year", least=0.0),
    columns.number("births", "per_person_year", least=0.0),
    columns.number("moves", "per_person_year", least=0.0),
    columns.number("emigration", "per_person_year", least=0.0),
    columns.share("immigrants"),
)
NationalRates = Annotated[pl.DataFrame, NATIONAL_RATES]

LOCAL_LEVELS = columns.schema(
    "local_levels",
    __name__,
    columns.municipality(key=True),
    columns.whole("year", "year"),
    columns.number("mortality", "ratio", least=0.0),
    columns.number("mortality_alone", "ratio", least=0.0),
    columns.number("fertility", "ratio", least=0.0),
    columns.number("fertility_alone", "ratio", least=0.0),
    columns.number("moves", "ratio", least=0.0),
    columns.number("emigration", "ratio", least=0.0),
    columns.whole("moved_in", "persons", least=0),
    columns.whole("immigrated", "persons", least=0),
)
LocalLevels = Annotated[pl.DataFrame, LOCAL_LEVELS]


def national_rates(
    population_age_sex: PopulationAgeSex,
    deaths_age_sex: DeathsAgeSex,
    births_age: BirthsAge,
    migration_age_class: MigrationAgeClass,
    *,
    years: int = 5,
) -> NationalRates:
    """The country's rates by single age and sex, in each statistic's last years.

    Parameters
    ----------
    population_age_sex : persons, which the events are divided by.
    deaths_age_sex, births_age : events; a mother of unknown age counts in proportion to the others.
    migration_age_class : moves by five-year class, of both sexes.
    years : how many of the last years are averaged.
    """
    from storregion.kernels import cohort_rates

    people = population_age_sex.group_by("year", "age", "sex", maintain_order=True).agg(
        pl.col("persons").sum()
    )
    dead = deaths_age_sex.group_by("year", "age", "sex", maintain_order=True).agg(
        events=pl.col("deaths").sum()
    )
    deaths = np.stack([_rate(dead.filter(sex=sex), people.filter(sex=sex), years) for sex in SEXES])
    ages = pl.col("mother_age").replace({"<15": "14", "49+": "49"}).cast(pl.Int64, strict=False)
    born = births_age.group_by("year", age=ages, maintain_order=True).agg(events=pl.col("births").sum())
    known = born.filter(pl.col("age").is_not_null())
    every, those = (int(_last(rows, years)["events"].sum()) for rows in (born, known))
    births = every / those * _rate(known, people.filter(sex="women"), years)
    moves, emigration, immigrants = _migration(migration_age_class, people, years)
    found = {
        "age": np.tile(np.arange(101), 2),
        "sex": np.repeat(SEXES, 101),
        "deaths": cohort_rates.at_end(deaths).ravel(),
        "births": np.concatenate([np.zeros(101), cohort_rates.at_end(births)]),
        "moves": np.tile(moves, 2),
        "emigration": np.tile(emigration, 2),
        "immigrants": np.tile(immigrants, 2),
    }
    events = (population_age_sex, deaths_age_sex, births_age, migration_age_class)
    return pl.DataFrame(found).with_columns(basis=pl.lit(weakest_of("estimated", *events)))


def _last(frame: pl.DataFrame, years: int) -> pl.DataFrame:
    newest = frame["year"].unique().sort()[-years:]
    return frame.filter(pl.col("year").is_in(newest.implode()))


def _rate(events: pl.DataFrame, people: pl.DataFrame, years: int) -> Floats:
    """Events per person in the middle of the year, by age 0 to 100, over the last years of the events."""
    last = _last(events, years)
    there = sorted(last["year"].unique())
    missing = {*there, there[0] - 1} - set(people["year"])
    if missing:
        raise DataError(
            f"population_age_sex has no year {sorted(missing)}, which events are divided by; add it"
        )
    lived = pl.concat(
        people.with_columns(pl.col("year") + shift, pl.col("persons") / 2) for shift in (0, 1)
    ).filter(pl.col("year").is_in(there))
    by_age = pl.DataFrame({"age": range(101)})
    for frame, name in ((last, "events"), (lived, "persons")):
        by_age = by_age.join(
            frame.group_by("age", maintain_order=True).agg(pl.col(name).sum()), on="age", how="left"
        )
    return by_age.select(pl.col("events").fill_null(0) / pl.col("persons")).to_series().to_numpy()


def _migration(moves: pl.DataFrame, people: pl.DataFrame, years: int) -> tuple[Floats, Floats, Floats]:
    """Rates of moving between counties and of emigrating, and the share of immigrants, at each single age."""
    from storregion.kernels import cohort_rates

    lowest = pl.col("age_class").str.extract(r"^(\d+)").cast(pl.Int64)
    last = _last(moves, years).filter(pl.col("age_class") != "unknown")
    events = last.group_by(age=lowest, maintain_order=True).agg(
        pl.col("domestic_out", "immigration", "emigration").sum()
    )
    years_there = last["year"].unique(maintain_order=True)
    if missing := sorted(set(years_there) - set(people["year"])):
        raise DataError(f"population_age_sex has no year {missing}, which moves are divided by; add it")
    there = people.filter(pl.col("year").is_in(years_there.implode()))
    lived = there.group_by(age=pl.col("age") // 5 * 5, maintain_order=True).agg(pl.col("persons").sum())
    both = events.join(lived, on="age").sort("age")
    first, persons = both["age"].to_numpy().astype(np.float64), both["persons"].to_numpy()
    out, gone, come = (
        cohort_rates.at_end(cohort_rates.by_single_age(both[name].to_numpy() / persons, first))
        for name in ("domestic_out", "emigration", "immigration")
    )
    ages = people.group_by("year", maintain_order=True).agg(pl.col("age").n_unique())
    whole = ages.filter(pl.col("age") == pl.col("age").max())["year"].max()
    stock = (
        people.filter(pl.col("year") == whole)
        .group_by("age", maintain_order=True)
        .agg(pl.col("persons").sum())
        .sort("age")["persons"]
        .to_numpy()
    )
    immigrants = come * stock
    return out, gone, immigrants / immigrants.sum() / 2


def local_levels(
    national_rates: NationalRates,
    municipality_age_sex: MunicipalityAgeSex,
    components_municipality: ComponentsMunicipality,
    population_yearly: PopulationYearly,
) -> LocalLevels:
    """How far each municipality is from the country's rates, in the year whose components are known.

    Mortality and fertility are drawn towards the county's level the more, the smaller the municipality is.

    Parameters
    ----------
    national_rates : the country's rates.
    municipality_age_sex : people by age, scaled to the population at the beginning of that year.
    components_municipality : births, deaths and moves of the last year that it has.
    population_yearly : population at the beginning of the year.

    Raises
    ------
    DataError
        A municipality of one table is not in the others, or lived by nobody.
    """
    from storregion.kernels.cohorts import shrunk_levels

    parts = _last(components_municipality, 1).sort("municipality")
    codes, year = parts["municipality"].to_list(), parts["year"][0]
    ages = _last(municipality_age_sex, 1).sort("municipality", "sex", "age")
    before = population_yearly.filter(year=year - 1).sort("municipality")
    if not codes == ages["municipality"].unique().sort().to_list() == before["municipality"].to_list():
        raise DataError(
            f"components, ages and the population of {year - 1} differ in municipalities; add the rest"
        )
    people = ages["persons"].to_numpy().reshape(len(codes), 2, 101).astype(np.float64)
    people *= (before["persons"].to_numpy() / people.sum(axis=(1, 2)))[:, None, None]
    rates = {
        name: national_rates.sort("sex", "age")[name].to_numpy().reshape(2, 101)
        for name in ("deaths", "births", "moves", "emigration")
    }
    expected = {name: (people * rate).sum(axis=(1, 2)) for name, rate in rates.items()}
    county = np.unique([code[:2] for code in codes], return_inverse=True)[1]
    out = parts["out_rest_of_sweden"] + parts["out_same_county"].fill_null(0)
    into = parts["in_rest_of_sweden"] + parts["in_same_county"].fill_null(0)
    levels = {}
    for name, events in (("mortality", "deaths"), ("fertility", "births")):
        counted, mean = parts[events].to_numpy().astype(np.float64), expected[events]
        # Levels are against the country of that year: its own total is the frame's.
        mean = mean * (counted.sum() / mean.sum())
        levels[name] = shrunk_levels(counted, mean, county)
        levels[f"{name}_alone"] = counted / mean
    return parts.select("municipality", "year").with_columns(
        **{name: pl.Series(level) for name, level in levels.items()},
        moves=pl.Series(out.to_numpy() / expected["moves"]),
        emigration=pl.Series(parts["emigration"].to_numpy() / expected["emigration"]),
        moved_in=into,
        immigrated=parts["immigration"],
        basis=pl.lit(weakest_of("estimated", national_rates, ages, parts, before)),
    )
