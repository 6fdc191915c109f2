"""Relations between numbers of people: parts and wholes, balances, rates, and neighbouring years."""

from collections.abc import Callable

import polars as pl

from storregion.core.plausibility import Relation, Tables, neighbours, present, totals

Numbers = Callable[[Tables], pl.DataFrame]
_PLACE = ["municipality", "year"]
_COUNTY = ["county", "year"]
_MOST_YEARS = 0.7
BORDERS = 2007
"""Since then no municipality has changed county; before, those of today are not the counties of then."""


def of_county(tables: Tables, frame: pl.DataFrame) -> pl.DataFrame:
    """A table of municipalities with the county of each.

    Parameters
    ----------
    tables : gives a table.
    frame : has the column municipality.
    """
    return frame.join(tables("municipalities").select("municipality", "county"), on="municipality")


def county_persons(tables: Tables) -> pl.DataFrame:
    """The population of every county and year, `a`, since its borders are those of today."""
    whole = totals(of_county(tables, tables("population")), _COUNTY, "persons", "a")
    return whole.filter(pl.col("year") >= BORDERS)


def _same_county(other: str, column: str = "persons") -> Numbers:
    """The population of counties, and that of another table."""
    return lambda tables: county_persons(tables).join(totals(tables(other), _COUNTY, column, "b"), on=_COUNTY)


def _same_place(other: str) -> Numbers:
    """The population of municipalities, and that of another table."""
    return lambda tables: (
        tables("population")
        .select(*_PLACE, a="persons")
        .join(totals(tables(other), _PLACE, "persons", "b"), on=_PLACE)
    )


def _whole_country(tables: Tables) -> pl.DataFrame:
    """The country's population by municipality and by age: the same also where counties have changed."""
    return totals(tables("population"), ["year"], "persons", "a").join(
        totals(tables("population_age_sex"), ["year"], "persons", "b"), on="year"
    )


def _both_sexes(tables: Tables) -> pl.DataFrame:
    by = [*_COUNTY, "sex"]
    return totals(tables("population_age_class"), by, "persons", "a").join(
        totals(tables("population_age_sex"), by, "persons", "b"), on=by
    )


def _old_men(tables: Tables) -> pl.DataFrame:
    """Men and women of 90 and older; in no county and year have there been as many men."""
    old = tables("population_age_sex").filter(pl.col("age") >= 90)
    men = totals(old.filter(pl.col("sex") == "men"), _COUNTY, "persons", "a")
    return men.join(totals(old.filter(pl.col("sex") == "women"), _COUNTY, "persons", "b"), on=_COUNTY)


def _cohort(tables: Tables) -> pl.DataFrame:
    """Those of one year of birth, and as many as they were the year before."""
    by = ["county", "sex", "born"]
    people = tables("population_age_sex").filter(pl.col("age") <= 80)
    return neighbours(people.with_columns(born=pl.col("year") - pl.col("age")), by, "persons", 200)


def _decades(tables: Tables) -> pl.DataFrame:
    people = tables("population_age_sex").with_columns(decade=pl.col("age") // 10 * 10)
    by = ["county", "sex", "decade"]
    summed = people.group_by(*by, "year", maintain_order=True).agg(pl.col("persons").sum())
    return neighbours(summed, by, "persons", 200)


def _end_of_year(tables: Tables) -> pl.DataFrame:
    """Persons at the end of the year, and those at its beginning with every change added."""
    gains = ["births", "in_same_county", "in_rest_of_sweden", "immigration", "adjustment"]
    losses = ["deaths", "out_same_county", "out_rest_of_sweden", "emigration"]
    start = pl.col("persons") - pl.col("change")
    return tables("components_municipality").select(
        *_PLACE, a="persons", b=start + pl.sum_horizontal(gains) - pl.sum_horizontal(losses)
    )


def _county_balance(tables: Tables) -> pl.DataFrame:
    parts = pl.col("births") - pl.col("deaths") + pl.col("net_migration") + pl.col("adjustment").fill_null(0)
    start = pl.col("persons") - pl.col("change")
    return tables("components_county").select(*_COUNTY, a="persons", b=start + parts)


def _net_moves(tables: Tables) -> pl.DataFrame:
    """The net of all moves, from abroad too, with what moved out added: the same as what moved in."""
    net = pl.col("net_migration") + pl.col("out_moves")
    return tables("components_county").select(*_COUNTY, a=net, b="in_moves")


def _moves(column: str, domestic: str, abroad: str) -> Numbers:
    """Moves over a county's border, and those within the country and abroad by age class."""

    def numbers(tables: Tables) -> pl.DataFrame:
        ages = tables("migration_age_class").rename({"county_then": "county"})
        parts = totals(ages, _COUNTY, pl.col(domestic) + pl.col(abroad), "b")
        return tables("components_county").select(*_COUNTY, a=column).join(parts, on=_COUNTY)

    return numbers


def _classes(tables: Tables) -> pl.DataFrame:
    """The population by age class, and by age, put in classes of five years."""
    start = pl.col("age") // 5 * 5
    ages = tables("population_age_sex").filter(pl.col("age") < 90)
    classed = ages.with_columns(age_class=pl.format("{}-{}", start, start + 4))
    by = [*_COUNTY, "sex", "age_class"]
    mine = tables("population_age_class").select(*by, a="persons")
    return mine.join(totals(classed, by, "persons", "b"), on=by)


def _old_men_of_places(tables: Tables) -> pl.DataFrame:
    old = tables("municipality_age_sex").filter(pl.col("age") >= 85)
    men = totals(old.filter(pl.col("sex") == "men"), _PLACE, "persons", "a")
    return men.join(totals(old.filter(pl.col("sex") == "women"), _PLACE, "persons", "b"), on=_PLACE)


def _deaths_of_an_age(tables: Tables) -> pl.DataFrame:
    return neighbours(tables("deaths_age_sex"), ["county", "sex", "age"], "deaths", 80)


def _published_shares(tables: Tables) -> pl.DataFrame:
    """Whether the shares of a place are there, in the years in which the file has those of others."""
    gone = pl.col("shares_absent").eq_missing("missing")
    return tables("population_profile").select(*_PLACE, a=(~gone).cast(pl.Int64), b=pl.lit(1))


def _every_year(table: str) -> Numbers:
    """Whether a table has a row of every year from its first to its last.

    A group may hold every fourth year only; years are missed where most are there.
    """

    def numbers(tables: Tables) -> pl.DataFrame:
        years = tables(table)["year"].unique(maintain_order=True)
        every = pl.DataFrame({"year": range(min(years, default=0), max(years, default=-1) + 1)})
        every = every if years.len() >= _MOST_YEARS * every.height else every.clear()
        return every.with_columns(a=pl.col("year").is_in(years.implode()).cast(pl.Int64), b=pl.lit(1))

    return numbers


def _county_change(tables: Tables) -> pl.DataFrame:
    years = tables("components_county").sort(*_COUNTY)
    before = pl.col("persons").shift(1).over("county") + pl.col("change")
    return years.select(*_COUNTY, a="persons", b=before)


def _component(table: str, column: str, theirs: str) -> Numbers:
    """A component of change in counties, and the sum of it in a table by age."""

    def numbers(tables: Tables) -> pl.DataFrame:
        other = tables(table).rename({"county_then": "county"}, strict=False)
        # The components of 1990 are published in tens.
        components = tables("components_county").filter(pl.col("year") != 1990)
        return components.select(*_COUNTY, a=column).join(totals(other, _COUNTY, theirs, "b"), on=_COUNTY)

    return numbers


def _jump(table: str, by: str, column: str, least: float = 0) -> Numbers:
    return lambda tables: neighbours(tables(table), [by], column, least)


def _rate(table: str, events: str, exposed: str, by: list[str]) -> Numbers:
    return lambda tables: tables(table).select(*by, a=events, b=exposed)


def _deaths_of_people(tables: Tables) -> pl.DataFrame:
    """Deaths of the country in ten years of age, and the people of that age."""
    by = ["year", "sex", "decade"]
    deaths, people = (
        tables(name).filter(pl.col("age") < 90).with_columns(decade=pl.col("age") // 10 * 10)
        for name in ("deaths_age_sex", "population_age_sex")
    )
    return totals(deaths, by, "deaths", "a").join(totals(people, by, "persons", "b"), on=by)


def _crude_deaths(tables: Tables) -> pl.DataFrame:
    return totals(tables("deaths_age_sex"), _COUNTY, "deaths", "a").join(
        totals(tables("population_age_sex"), _COUNTY, "persons", "b"), on=_COUNTY
    )


def _boys(tables: Tables) -> pl.DataFrame:
    births = tables("births_age")
    boys = totals(births.filter(pl.col("sex") == "men"), ["year"], "births", "a")
    return boys.join(totals(births.filter(pl.col("sex") == "women"), ["year"], "births", "b"), on="year")


def _balance_ahead(tables: Tables) -> pl.DataFrame:
    years = tables("national_projection").sort("variant", "year")
    before = pl.col("persons").shift(1).over("variant")
    change = pl.col("births") - pl.col("deaths") + pl.col("net_migration")
    return years.select("variant", "year", a="persons", b=before + change)


def _every_place(table: str) -> Numbers:
    return lambda tables: present(tables(table), _PLACE, tables("municipalities").select("municipality"))


def _every_county(table: str, column: str = "county") -> Numbers:
    return lambda tables: present(tables(table), [column, "year"])


_YEAR_BEFORE = ("persons", "the year before")
RELATIONS = (
    Relation("population_jump", _jump("population", "municipality", "persons"), _YEAR_BEFORE, 0.92, 1.4),
    Relation(
        "population_of_counties_by_age_class",
        _same_county("population_age_class"),
        ("the population of the municipalities", "that by age class"),
    ),
    Relation(
        "population_of_counties_by_age",
        _same_county("population_age_sex"),
        ("the population of the municipalities", "that by age"),
    ),
    Relation(
        "population_of_the_country_by_age",
        _whole_country,
        ("the population of all municipalities", "that by age"),
        0.999,
        1.001,
    ),
    Relation(
        "population_of_places_by_age", _same_place("municipality_age_sex"), ("the population", "that by age")
    ),
    Relation(
        "population_of_places_yearly",
        _same_place("population_yearly"),
        ("the population", "that of every year"),
    ),
    Relation(
        "population_of_places_with_components",
        _same_place("components_municipality"),
        ("the population", "that with its components of change"),
    ),
    Relation(
        "population_of_counties_with_components",
        _same_county("components_county"),
        ("the population of the municipalities", "that with the components of change"),
    ),
    Relation(
        "balance_of_places",
        _end_of_year,
        ("the population at the end of the year", "that at its beginning with births, deaths and moves"),
    ),
    Relation(
        "balance_of_counties",
        _county_balance,
        ("the population at the end of the year", "that at its beginning with births, deaths and moves"),
    ),
    Relation(
        "change_of_counties", _county_change, ("the population", "that of the year before with its change")
    ),
    Relation(
        "births_of_counties",
        _component("births_age", "births", "births"),
        ("births", "those by age of the mother"),
    ),
    Relation(
        "deaths_of_counties", _component("deaths_age_sex", "deaths", "deaths"), ("deaths", "those by age")
    ),
    Relation(
        "deaths_of_counties_by_class",
        _component("deaths_age_class", "deaths", "deaths"),
        ("deaths", "those by age class"),
    ),
    Relation(
        "immigration_of_counties",
        _component("migration_age_class", "immigration", "immigration"),
        ("immigration", "that by age class"),
    ),
    Relation(
        "emigration_of_counties",
        _component("migration_age_class", "emigration", "emigration"),
        ("emigration", "that by age class"),
    ),
    Relation(
        "moves_in_of_counties",
        _moves("in_moves", "domestic_in", "immigration"),
        ("moves in", "those by age class"),
    ),
    Relation(
        "moves_out_of_counties",
        _moves("out_moves", "domestic_out", "emigration"),
        ("moves out", "those by age class"),
    ),
    Relation("net_moves_of_counties", _net_moves, ("net moves and those out", "moves in")),
    Relation("age_classes", _classes, ("people of an age class", "those of its ages")),
    Relation("old_men_of_places", _old_men_of_places, ("men of 85 and older", "women"), 0, 1.05),
    Relation("deaths_of_an_age", _deaths_of_an_age, ("deaths", "the year before"), 0.33, 3),
    Relation("published_shares", _published_shares, ("shares that are there", "expected")),
    *(
        Relation(f"every_year_of_{table}", _every_year(table), ("years", "expected"))
        for table in (
            "population",
            "population_yearly",
            "components_county",
            "population_age_sex",
            "population_age_class",
            "deaths_age_sex",
            "deaths_age_class",
            "births_age",
            "migration_age_class",
            "gross_regional_product",
            "housing",
            "county_house_prices",
            "employment_industry_yearly",
            "labour_market_areas",
            "electricity_use",
            "county_electricity_use",
            "national_projection",
        )
    ),
    Relation("sexes_by_age_class", _both_sexes, ("the population of a sex by age class", "that by age")),
    Relation("old_men", _old_men, ("men of 90 and older", "women"), 0.05, 1.1),
    Relation("cohort", _cohort, ("those born in a year", "the year before"), 0.7, 1.3),
    Relation("decade_of_age", _decades, _YEAR_BEFORE, 0.8, 1.3),
    Relation(
        "age_class_jump",
        lambda tables: neighbours(
            tables("population_age_class"), ["county", "age_class", "sex"], "persons", 100
        ),
        _YEAR_BEFORE,
        0.8,
        1.25,
    ),
    Relation(
        "deaths_per_person_year",
        _rate("deaths", "deaths", "person_years", ["age", "sex"]),
        ("deaths", "person-years"),
        0,
        0.8,
    ),
    Relation(
        "births_per_woman_year",
        _rate("births", "births", "women_years", ["mother_age"]),
        ("births", "women's years"),
        0,
        0.2,
    ),
    Relation("deaths_of_people", _deaths_of_people, ("deaths", "people"), 0, 0.25),
    Relation("crude_deaths", _crude_deaths, ("deaths", "people"), 0.005, 0.02),
    Relation("boys_per_girl", _boys, ("boys born", "girls born"), 1, 1.12),
    Relation(
        "births_jump",
        _jump("components_county", "county", "births", 100),
        ("births", "the year before"),
        0.7,
        1.4,
    ),
    Relation(
        "deaths_jump",
        _jump("components_county", "county", "deaths", 100),
        ("deaths", "the year before"),
        0.7,
        1.4,
    ),
    Relation(
        "moves_in_jump",
        _jump("components_county", "county", "in_moves", 100),
        ("moves in", "the year before"),
        0.5,
        2,
    ),
    Relation(
        "moves_out_jump",
        _jump("components_county", "county", "out_moves", 100),
        ("moves out", "the year before"),
        0.5,
        2,
    ),
    Relation(
        "immigration_jump",
        _jump("components_county", "county", "immigration", 100),
        ("immigration", "the year before"),
        0.2,
        5,
    ),
    Relation(
        "emigration_jump",
        _jump("components_county", "county", "emigration", 100),
        ("emigration", "the year before"),
        0.4,
        2.5,
    ),
    Relation(
        "balance_of_the_projection",
        _balance_ahead,
        ("the population", "that of the year before with births, deaths and moves"),
    ),
    Relation("projection_jump", _jump("national_projection", "variant", "persons"), _YEAR_BEFORE, 0.97, 1.03),
    *(
        Relation(f"every_place_in_{table}", _every_place(table), ("rows", "expected"))
        for table in (
            "population",
            "population_yearly",
            "components_municipality",
            "municipality_age_sex",
            "housing",
            "households_dwelling",
            "population_profile",
            "labour_market_areas",
            "education_age",
        )
    ),
    *(
        Relation(f"every_county_in_{table}", _every_county(table), ("rows", "expected"))
        for table in (
            "components_county",
            "population_age_sex",
            "population_age_class",
            "deaths_age_sex",
            "deaths_age_class",
            "births_age",
            "gross_regional_product",
            "county_house_prices",
            "employment_industry",
            "employment_industry_yearly",
            "port_goods",
        )
    ),
)
