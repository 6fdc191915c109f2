"""What relations between people compare, by hand on few rows."""

import polars as pl

from storregion.facts.relations import people, work

AGES = pl.DataFrame(
    [
        # Of a cohort: 400 of 79, then 390 of 80, then 370 of 81, which is too old to be compared.
        ("01", "men", 79, 2020, 400),
        ("01", "men", 80, 2021, 390),
        ("01", "men", 81, 2022, 370),
        ("01", "men", 92, 2022, 30),
        ("01", "women", 95, 2022, 70),
        ("01", "women", 89, 2022, 500),
    ],
    schema=["county", "sex", "age", "year", "persons"],
    orient="row",
)


def test_a_cohort_is_followed_until_it_is_80() -> None:
    found = people._cohort({"population_age_sex": AGES}.__getitem__)
    assert found.select("born", "year", "a", "b").rows() == [(1941, 2021, 390, 400)]


def test_the_old_are_compared_by_sex() -> None:
    # From 90 on: 30 men and 70 women; the women of 89 do not count.
    found = people._old_men({"population_age_sex": AGES}.__getitem__)
    assert found.rows() == [("01", 2022, 30, 70)]
    # From 85 on, in municipalities: 500 women more.
    places = AGES.rename({"county": "municipality"}).filter(pl.col("year") == 2022)
    found = people._old_men_of_places({"municipality_age_sex": places}.__getitem__)
    assert found.rows() == [("01", 2022, 30, 570)]


def test_counties_are_compared_since_their_borders_are_those_of_today() -> None:
    tables = {
        "municipalities": pl.DataFrame({"municipality": ["0101", "0102"], "county": ["01", "01"]}),
        "population": pl.DataFrame(
            [("0101", 2006, 9), ("0101", 2007, 10), ("0102", 2007, 5), ("0101", 2008, 11)],
            schema=["municipality", "year", "persons"],
            orient="row",
        ),
    }
    assert people.county_persons(tables.__getitem__).rows() == [("01", 2007, 15), ("01", 2008, 11)]


def test_deaths_are_set_against_people_below_90() -> None:
    tables = {
        "population_age_sex": AGES.filter(pl.col("year") == 2022),
        "deaths_age_sex": pl.DataFrame(
            [("01", "women", 89, 2022, 40), ("01", "women", 90, 2022, 7), ("01", "men", 81, 2022, 20)],
            schema=["county", "sex", "age", "year", "deaths"],
            orient="row",
        ),
    }
    found = people._deaths_of_people(tables.__getitem__).sort("sex")
    assert found.rows() == [(2022, "men", 80, 20, 370), (2022, "women", 80, 40, 500)]


def test_boys_are_set_against_girls() -> None:
    births = pl.DataFrame(
        [("01", 2022, "30", "men", 60), ("03", 2022, "31", "men", 46), ("01", 2022, "30", "women", 100)],
        schema=["county", "year", "mother_age", "sex", "births"],
        orient="row",
    )
    assert people._boys({"births_age": births}.__getitem__).rows() == [(2022, 106, 100)]


def test_ages_are_put_in_classes_of_five_years_below_90() -> None:
    tables = {
        # 40 of 85 and 3 of 89 are one class; those of 90 and older are not compared.
        "population_age_sex": pl.DataFrame(
            [("01", "men", age, 2022, persons) for age, persons in ((84, 50), (85, 40), (89, 3), (90, 2))],
            schema=["county", "sex", "age", "year", "persons"],
            orient="row",
        ),
        "population_age_class": pl.DataFrame(
            [("01", "men", name, 2022, 1) for name in ("80-84", "85-89", "90-94")],
            schema=["county", "sex", "age_class", "year", "persons"],
            orient="row",
        ),
    }
    found = people._classes(tables.__getitem__).select("age_class", "b").sort("age_class")
    assert found.rows() == [("80-84", 50), ("85-89", 43)]


# One municipality with 200 people: 15 of 15, 5 of 16, 30 of 19, 80 of 20, 20 of 74, 50 of 75.
PLACE_AGES = pl.DataFrame(
    [
        ("0101", 2022, age, persons)
        for age, persons in ((15, 15), (16, 5), (19, 30), (20, 80), (74, 20), (75, 50))
    ],
    schema=["municipality", "year", "age", "persons"],
    orient="row",
)


def test_the_schooled_are_set_against_everybody_of_16_and_older() -> None:
    schooled = pl.DataFrame(
        [("0101", 2022, "16-74", 60, 40, 20, 10, 5), ("0101", 2022, "75+", 30, 10, 5, 3, 2)],
        schema=["municipality", "year", "age_class", *work._LEVELS],
        orient="row",
    )
    tables = {"municipality_age_sex": PLACE_AGES, "education_age": schooled}
    # 135 and 50 by level; 200 less the 15 who are 15.
    assert work._schooled(tables.__getitem__).rows() == [("0101", 2022, 185, 185)]


def test_the_young_are_below_20_and_the_old_75_and_older() -> None:
    profile = pl.DataFrame(
        [
            # Within three years of 2022, and one year too far away; 2020 has no share of the old.
            ("0101", 2019, 0.24, 0.26),
            ("0101", 2020, 0.25, None),
            ("0101", 2018, 0.3, 0.3),
        ],
        schema=["municipality", "year", "share_0_19", "share_75_plus"],
        orient="row",
    )
    tables = {"municipality_age_sex": PLACE_AGES, "population_profile": profile}
    # Of 200: 15, 5 and 30 are young, 50 are old.
    found = work._young_and_old(tables.__getitem__).sort("year", "share")
    assert found.rows() == [
        ("0101", 2018, "share_0_19", 0.3, None),
        ("0101", 2018, "share_75_plus", 0.3, None),
        ("0101", 2019, "share_0_19", 0.24, 0.25),
        ("0101", 2019, "share_75_plus", 0.26, 0.25),
        ("0101", 2020, "share_0_19", 0.25, 0.25),
    ]


def test_the_share_with_higher_education_is_of_those_from_25_to_64_whose_schooling_is_known() -> None:
    schooled = pl.DataFrame(
        [
            # 30 short and 10 long of 100 known; 900 unknown, and those of 65, do not count.
            ("0101", 2022, "25-34", 20, 20, 20, 0, 500),
            ("0101", 2022, "55-64", 10, 10, 10, 10, 400),
            ("0101", 2022, "65-74", 0, 0, 0, 1000, 0),
        ],
        schema=["municipality", "year", "age_class", *work._LEVELS],
        orient="row",
    )
    profile = pl.DataFrame(
        [("0101", 2025, 0.5), ("0101", 2026, 0.6)],
        schema=["municipality", "year", "share_tertiary_education"],
        orient="row",
    )
    tables = {"education_age": schooled, "population_profile": profile}
    found = work._university(tables.__getitem__).sort("year")
    assert found.rows() == [("0101", 2025, 0.5, 0.4), ("0101", 2026, 0.6, None)]


def test_households_homes_and_the_euro_by_hand() -> None:
    homes = pl.DataFrame(
        [("0101", 2022, "flats", 30), ("0101", 2022, "houses", 20), ("0102", 2022, "flats", 7)],
        schema=["municipality", "year", "dwelling", "households"],
        orient="row",
    )
    people_there = pl.DataFrame({"municipality": ["0101", "0102"], "year": [2022, 2022], "persons": [99, 9]})
    tables = {"population": people_there, "households_dwelling": homes}
    assert work._households(tables.__getitem__).rows() == [("0101", 2022, 99, 50), ("0102", 2022, 9, 7)]
    assert work._kind_of_home(tables.__getitem__).sort("municipality", "dwelling").rows() == [
        ("0101", 2022, "flats", 30, 50),
        ("0101", 2022, "houses", 20, 50),
        ("0102", 2022, "flats", 7, 7),
    ]
    # Three counties at 10, 11 and 12 kronor a euro: the median is 11.
    product = pl.DataFrame(
        [("01", 2022, 100.0, 10.0), ("03", 2022, 110.0, 10.0), ("04", 2022, 240.0, 20.0)],
        schema=["county", "year", "gdp_million_sek", "gdp_million_eur"],
        orient="row",
    )
    assert work._euro({"gross_regional_product": product}.__getitem__).rows() == [
        ("01", 2022, 10.0, 11.0), ("03", 2022, 11.0, 11.0), ("04", 2022, 12.0, 11.0)
    ]  # fmt: skip


def test_the_counties_of_an_industry_are_set_against_the_country() -> None:
    rows = pl.DataFrame(
        [("00", "A", 2022, 9.0), ("01", "A", 2022, 5.0), ("03", "A", 2022, 3.0), ("01", "B", 2022, 1.0)],
        schema=["county", "industry", "year", "employed_thousand"],
        orient="row",
    )
    found = work._country_industries({"employment_industry_yearly": rows}.__getitem__)
    assert found.rows() == [("A", 2022, 8.0, 9.0)]


def test_prices_are_compared_with_the_year_before_of_the_same_county() -> None:
    prices = pl.DataFrame(
        [("03", 2021, 50, 10.0), ("01", 2021, 100, 20.0), ("01", 2022, 110, 30.0)],
        schema=["county", "year", "tenant_owned_price_sek", "house_price_index_1990"],
        orient="row",
    )
    found = work._prices({"county_house_prices": prices}.__getitem__)
    assert found.rows() == [("01", 2021, None, None), ("01", 2022, 1.1, 1.5), ("03", 2021, None, None)]


def test_changes_of_counties_add_up_by_hand() -> None:
    components = pl.DataFrame(
        [
            # 1000 at the end after a change of 20: 12 born less 7 dead, 16 by moves, 1 taken off.
            ("01", 2021, 980, 5, 8, 9, 1, 0, 30, 29),
            ("01", 2022, 1000, 20, 12, 7, 16, -1, 50, 34),
            ("01", 1990, 900, 0, 10, 10, 0, None, 20, 20),
        ],
        schema=["county", "year", "persons", "change", "births", "deaths", "net_migration", "adjustment",
                "in_moves", "out_moves"],
        orient="row",
    )  # fmt: skip
    tables = {"components_county": components}.__getitem__
    assert people._county_balance(tables).rows() == [
        ("01", 2021, 980, 975), ("01", 2022, 1000, 1000), ("01", 1990, 900, 900)
    ]  # fmt: skip
    assert people._net_moves(tables).rows() == [
        ("01", 2021, 30, 30), ("01", 2022, 50, 50), ("01", 1990, 20, 20)
    ]  # fmt: skip
    assert people._county_change(tables).rows() == [
        ("01", 1990, 900, None), ("01", 2021, 980, 905), ("01", 2022, 1000, 1000)
    ]  # fmt: skip


def test_a_component_is_compared_in_every_year_but_1990_which_is_in_tens() -> None:
    tables = {
        "components_county": pl.DataFrame(
            {"county": ["01", "01"], "year": [1990, 1991], "births": [120, 118]}
        ),
        "births_age": pl.DataFrame(
            [("01", 1990, "30", 118), ("01", 1991, "30", 60), ("01", 1991, "31", 58)],
            schema=["county", "year", "mother_age", "births"],
            orient="row",
        ),
    }
    found = people._component("births_age", "births", "births")(tables.__getitem__)
    assert found.rows() == [("01", 1991, 118, 118)]


def test_everything_that_changes_a_municipality_is_counted_once() -> None:
    gains = {"births": 1, "in_same_county": 2, "in_rest_of_sweden": 4, "immigration": 8, "adjustment": 16}
    losses = {"deaths": 32, "out_same_county": 64, "out_rest_of_sweden": 128, "emigration": 256}
    row = {"municipality": "0101", "year": 2022, "persons": 1000, "change": -449} | gains | losses
    found = people._end_of_year({"components_municipality": pl.DataFrame([row])}.__getitem__)
    # 1449 at the beginning, 31 more and 480 fewer.
    assert found.rows() == [("0101", 2022, 1000, 1000)]


def test_years_are_missed_only_where_most_are_there() -> None:
    every = people._every_year("x")
    gap = pl.DataFrame({"year": [2019, 2020, 2022, 2022]})
    assert every({"x": gap}.__getitem__).rows() == [(2019, 1, 1), (2020, 1, 1), (2021, 0, 1), (2022, 1, 1)]
    assert every({"x": pl.DataFrame({"year": [2014, 2018, 2022]})}.__getitem__).height == 0
