"""Relations between numbers of work, schooling, homes and the economy."""

import polars as pl

from storregion.core.plausibility import Relation, Tables, neighbours, present, totals
from storregion.facts.relations.people import Numbers, county_persons

_PLACE = ["municipality", "year"]
_COUNTY = ["county", "year"]
_LEVELS = ["primary", "secondary", "post_secondary_short", "post_secondary_long", "unknown"]
_SHARES = ["share_primary_education", "share_secondary_education", "share_tertiary_education"]


def _per_person(table: str, column: str) -> Numbers:
    return lambda tables: totals(tables(table), _COUNTY, column, "a").join(
        county_persons(tables).rename({"a": "b"}), on=_COUNTY
    )


def _schooled(tables: Tables) -> pl.DataFrame:
    adults = tables("municipality_age_sex").filter(pl.col("age") >= 16)
    return totals(tables("education_age"), _PLACE, pl.sum_horizontal(_LEVELS), "a").join(
        totals(adults, _PLACE, "persons", "b"), on=_PLACE
    )


def _university(tables: Tables) -> pl.DataFrame:
    """The share with higher education by the profile, and by the table by age in a year next to it."""
    grown = tables("education_age").filter(pl.col("age_class").is_in(["25-34", "35-44", "45-54", "55-64"]))
    sums = grown.group_by(_PLACE, maintain_order=True).agg(pl.col(_LEVELS[:4]).sum())
    share = pl.sum_horizontal(_LEVELS[2:4]) / pl.sum_horizontal(_LEVELS[:4])
    near = sums.select("municipality", "year", b=share).sort("year")
    profile = tables("population_profile").select(*_PLACE, a=_SHARES[2]).drop_nulls().sort("year")
    found = profile.join_asof(
        near.rename({"year": "other"}), left_on="year", right_on="other", by="municipality",
        strategy="nearest", tolerance=3, check_sortedness=False,
    )  # fmt: skip
    return found.select(*_PLACE, "a", "b")


def _young_and_old(tables: Tables) -> pl.DataFrame:
    """The shares of young and old by the profile, and by the population by age in a year next to it."""
    age, persons = pl.col("age"), pl.col("persons")
    ages = tables("municipality_age_sex").group_by(_PLACE, maintain_order=True).agg(
        share_0_19=persons.filter(age < 20).sum() / persons.sum(),
        share_75_plus=persons.filter(age >= 75).sum() / persons.sum(),
    )  # fmt: skip
    profile = tables("population_profile").select(*_PLACE, "share_0_19", "share_75_plus")
    both = (
        frame.unpivot(index=_PLACE, variable_name="share", value_name=name).drop_nulls().sort("year")
        for frame, name in ((profile, "a"), (ages, "b"))
    )
    mine, theirs = both
    found = mine.join_asof(
        theirs.rename({"year": "other"}), left_on="year", right_on="other", by=["municipality", "share"],
        strategy="nearest", tolerance=3, check_sortedness=False,
    )  # fmt: skip
    return found.select(*_PLACE, "share", "a", "b")


def _profile_jump(tables: Tables) -> pl.DataFrame:
    """Every share of the profile, and that of the year before; one cannot change by half in four years."""
    shares = ["share_0_19", "share_75_plus", *_SHARES]
    long = tables("population_profile").unpivot(
        shares, index=_PLACE, variable_name="share", value_name="value"
    )
    return neighbours(long, ["municipality", "share"], "value")


def _households(tables: Tables) -> pl.DataFrame:
    people = tables("population").select(*_PLACE, a="persons")
    return people.join(totals(tables("households_dwelling"), _PLACE, "households", "b"), on=_PLACE)


def _kind_of_home(tables: Tables) -> pl.DataFrame:
    """Households of one kind of home, and all in the municipality."""
    homes = tables("households_dwelling")
    return homes.select(*_PLACE, "dwelling", a="households").join(
        totals(homes, _PLACE, "households", "b"), on=_PLACE
    )


def _completed(tables: Tables) -> pl.DataFrame:
    people = tables("population").select(*_PLACE, b="persons")
    return tables("housing").select(*_PLACE, a="dwellings_completed").join(people, on=_PLACE)


def _commuters(end: str, column: str) -> Numbers:
    def numbers(tables: Tables) -> pl.DataFrame:
        flows = tables("county_commuting").rename({end: "county"})
        return totals(flows, _COUNTY, "persons", "a").join(
            totals(tables("employment_industry"), _COUNTY, column, "b"), on=_COUNTY
        )

    return numbers


def _country_industries(tables: Tables) -> pl.DataFrame:
    """The industries of the counties that are there, and those of the country."""
    by = ["industry", "year"]
    every = tables("employment_industry_yearly")
    country = every.filter(pl.col("county") == "00").select(*by, b="employed_thousand")
    return totals(every.filter(pl.col("county") != "00"), by, "employed_thousand", "a").join(country, on=by)


def _industries_of(tables: Tables) -> pl.DataFrame:
    """Residents in all industries in the country, and the jobs."""
    every = tables("employment_industry")
    return totals(every, ["year", "industry"], "employed_residents", "a").join(
        totals(every, ["year", "industry"], "jobs", "b"), on=["year", "industry"]
    )


def _euro(tables: Tables) -> pl.DataFrame:
    """The rate of a county's two figures, and that of the country in the same year."""
    product = tables("gross_regional_product")
    rate = pl.col("gdp_million_sek") / pl.col("gdp_million_eur")
    return product.select(*_COUNTY, a=rate, b=rate.median().over("year"))


def _prices(tables: Tables) -> pl.DataFrame:
    """The change of a county's price and of its index."""
    years = tables("county_house_prices").sort(*_COUNTY)
    changes = {
        name: pl.col(column) / pl.col(column).shift(1).over("county")
        for name, column in (("a", "tenant_owned_price_sek"), ("b", "house_price_index_1990"))
    }
    return years.select(*_COUNTY, **changes)


def _jump(table: str, by: list[str], column: str, least: float = 0) -> Numbers:
    return lambda tables: neighbours(tables(table), by, column, least)


def _of_row(table: str, key: list[str], a: str | pl.Expr, b: str | pl.Expr) -> Numbers:
    return lambda tables: tables(table).select(*key, a=a, b=b)


def _rates(tables: Tables) -> pl.DataFrame:
    """The employment of men and women of one age."""
    rates = tables("employment_rates").pivot("sex", index=["year", "age_class"], values="rate")
    return rates.select("year", "age_class", a="men", b="women")


def _industries(tables: Tables) -> pl.DataFrame:
    return present(tables("employment_industry"), ["county", "year", "industry"])


def _foreign(tables: Tables) -> pl.DataFrame:
    parts = pl.sum_horizontal(
        "domestic_unloaded_kt", "domestic_loaded_kt", "foreign_unloaded_kt", "foreign_loaded_kt"
    )
    given = pl.col("directions_absent").is_null()
    return tables("port_goods").filter(given).select(*_COUNTY, a=parts, b="total_kt")


def _port_sums(tables: Tables) -> pl.DataFrame:
    given = pl.col("sums_absent").is_null()
    return tables("port_goods").filter(given).select(
        *_COUNTY, a=pl.sum_horizontal("domestic_kt", "foreign_kt"), b="total_kt"
    )  # fmt: skip


_BEFORE = "the year before"
RELATIONS = (
    Relation("schooled_people", _schooled, ("people by education", "people of 16 and older")),
    Relation(
        "higher_education",
        _university,
        ("the share with higher education", "that of the table by age"),
        0.75,
        1.1,
    ),
    Relation(
        "young_and_old", _young_and_old, ("a share of an age", "that of the population by age"), 0.75, 1.3
    ),
    Relation("profile_jump", _profile_jump, ("a share", _BEFORE), 0.72, 1.5),
    Relation(
        "shares_of_education",
        _of_row("population_profile", _PLACE, pl.sum_horizontal(_SHARES, ignore_nulls=False), pl.lit(1.0)),
        ("the shares of education together", "1"),
        0.999,
        1.001,
    ),
    Relation(
        "shares_of_age",
        _of_row("population_profile", _PLACE, pl.col("share_75_plus"), pl.col("share_0_19")),
        ("the share of 75 and older", "that of 0–19"),
        0.05,
        1.5,
    ),
    Relation("persons_per_household", _households, ("people", "households"), 1.6, 3.2),
    Relation("kind_of_home", _kind_of_home, ("households of one kind of home", "all"), 0, 0.95),
    Relation("homes_completed", _completed, ("homes completed", "people"), 0, 0.05),
    Relation(
        "house_price_jump",
        _jump("housing", ["municipality"], "house_price_sek"),
        ("the price of houses", _BEFORE),
        0.5,
        2,
    ),
    Relation(
        "assessed_value_jump",
        _jump("housing", ["municipality"], "price_to_assessed_value"),
        ("price to assessed value", _BEFORE),
        0.5,
        1.8,
    ),
    Relation(
        "assessed_value",
        _of_row("housing", _PLACE, "price_to_assessed_value", pl.lit(1.0)),
        ("price to assessed value", "1"),
        0.8,
        4,
    ),
    Relation(
        "county_price_jump",
        _jump("county_house_prices", ["county"], "tenant_owned_price_sek"),
        ("the price of homes", _BEFORE),
        0.7,
        1.5,
    ),
    Relation(
        "county_index_jump",
        _jump("county_house_prices", ["county"], "house_price_index_1990"),
        ("the index of prices", _BEFORE),
        0.8,
        1.3,
    ),
    Relation("price_and_index", _prices, ("the change of the price", "that of the index"), 0.75, 1.35),
    Relation(
        "commuters_from_counties",
        _commuters("home_county", "employed_residents"),
        ("commuters by home", "employed residents"),
        0.97,
        1.05,
    ),
    Relation(
        "commuters_to_counties", _commuters("work_county", "jobs"), ("commuters by work", "jobs"), 0.97, 1.05
    ),
    Relation(
        "employed_people",
        _per_person("employment_industry", "employed_residents"),
        ("employed residents", "people"),
        0.35,
        0.6,
    ),
    Relation(
        "jobs_and_residents",
        _of_row("employment_industry", [*_COUNTY, "industry"], "jobs", "employed_residents"),
        ("jobs", "employed residents"),
        0.4,
        1.3,
    ),
    Relation(
        "jobs_of_the_country",
        _industries_of,
        ("employed residents of an industry in the country", "its jobs"),
        0.97,
        1.03,
    ),
    Relation("every_industry", _industries, ("rows", "expected")),
    Relation(
        "industry_jump",
        _jump("employment_industry_yearly", ["county", "industry"], "employed_thousand", 8),
        ("employed", _BEFORE),
        0.65,
        1.5,
    ),
    Relation(
        "industries_of_the_country",
        _country_industries,
        ("employed in the counties", "those of the country"),
        0,
        1,
    ),
    Relation("employment_of_sexes", _rates, ("the employment of men", "that of women"), 0.7, 1.6),
    Relation(
        "product_in_two_currencies",
        _euro,
        ("kronor a euro", "those of the other counties that year"),
        0.999,
        1.001,
    ),
    Relation(
        "kronor_a_euro",
        _of_row("gross_regional_product", _COUNTY, "gdp_million_sek", "gdp_million_eur"),
        ("the product in kronor", "that in euros"),
        7,
        13,
    ),
    Relation(
        "product_per_person",
        _per_person("gross_regional_product", "gdp_million_sek"),
        ("the product in million kronor", "people"),
        0.15,
        1,
    ),
    Relation(
        "product_jump",
        _jump("gross_regional_product", ["county"], "gdp_million_sek"),
        ("the product", _BEFORE),
        0.8,
        1.35,
    ),
    Relation(
        "largest_destination",
        _of_row("labour_market_areas", _PLACE, "out_share_largest", "out_share"),
        ("the share to the largest destination", "the share that commutes out"),
        0,
        1,
    ),
    Relation(
        "out_commuting_jump",
        _jump("labour_market_areas", ["municipality"], "out_share"),
        ("the share that commutes out", _BEFORE),
        0.7,
        1.35,
    ),
    Relation(
        "largest_destination_jump",
        _jump("labour_market_areas", ["municipality"], "out_share_largest", 0.1),
        ("the share to the largest destination", _BEFORE),
        0.5,
        2,
    ),
    Relation("port_directions", _foreign, ("goods by direction", "all goods"), 0.99, 1.01),
    Relation("port_parts", _port_sums, ("domestic and foreign goods", "all goods"), 0.99, 1.01),
    Relation(
        "port_jump",
        _jump("port_goods", ["county"], "total_kt", 1000),
        ("goods", "the year before in the table"),
        0.4,
        2.5,
    ),
)
