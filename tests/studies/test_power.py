"""Electricity: the published figures, bounds of a small country by hand, and figures that cannot be true."""

from dataclasses import dataclass

import msgspec
import numpy as np
import polars as pl
import pytest
from tests.conftest import Built

from storregion.core import group
from storregion.core.errors import DataError
from storregion.core.group import Country, RegionGroup
from storregion.core.language import Text
from storregion.studies.power import Published, _Cells, _marks, power, power_accounts

OMS = RegionGroup.read(group.bundled())
PAIR = msgspec.structs.replace(
    OMS,
    code="pair",
    counties={"01": OMS.counties["01"]},
    country=Country("00", Text("riket", "the country"), 2),
)
COUNTIES = pl.DataFrame({"county": ["01", "02"]})
MUNICIPALITIES = pl.DataFrame({"municipality": ["0101", "0102"], "county": ["01", "01"]})
MEMBERSHIP = pl.DataFrame(
    {
        "place": ["00", "00", "pair", "pair", "01", "01", "0101", "0102", "town"],
        "municipality": ["0101", "0102"] * 3 + ["0101", "0102", "0102"],
        "basis": ["observed"] * 9,
    }
)
PLACES = pl.DataFrame(
    {
        "place": ["00", "pair", "01", "0101", "0102", "town"],
        "kind": ["country", "group", "county", "municipality", "municipality", "node"],
        "county": [None, None, "01", "01", "01", "01"],
    }
)
# What is published for 2020: Swedish county totals of EN0203 in GWh, use and generation.
OFFICIAL = {
    "01": (19_419, 1_540),
    "03": (3_100, 24_022),
    "04": (3_177, 340),
    "05": (6_119, 1_642),
    "18": (3_819, 1_502),
    "19": (2_723, 585),
    "21": (5_011, 5_962),
    "oms": (43_368, 35_593),
}


@dataclass
class Given:
    """The rows of a small country: county 01 with two municipalities, and county 02."""

    use_county: list[tuple[str, str, int]]
    use_municipal: list[tuple[str, str, int]]
    total: float | None = None

    def accounts(self, membership: pl.DataFrame = MEMBERSHIP, mark: str = "observed") -> pl.DataFrame:
        """The study of these rows; nuclear power of 900 in municipality 0101, wind power of 100 in 0102.

        The first municipal row of use is known as `mark` says.
        """
        kinds = {"0101": "ovrig_varmekraft_karn_kondens", "0102": "vindkraft"}
        mwh = {"ovrig_varmekraft_karn_kondens": 900_000, "vindkraft": 100_000}
        counties = [(code, kind, value) for code in ("00", "01") for kind, value in mwh.items()]
        counties += [("02", kind, 0) for kind in mwh]
        cells = [(code, kind, mwh[kind] if own == kind else 0) for code, own in kinds.items() for kind in mwh]
        totals = [("01", 2020, self.total, 1000.0)] if self.total else []
        published = Published(
            table(self.use_municipal, "municipality", "sector").with_columns(
                basis=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(mark)).otherwise("basis")
            ),
            table(self.use_county, "county", "sector"),
            table(cells, "municipality", "kind"),
            table(counties, "county", "kind"),
            pl.DataFrame(
                totals,
                {
                    "county": pl.String,
                    "year": pl.Int64,
                    "use_gwh": pl.Float64,
                    "generation_gwh": pl.Float64,
                },
                orient="row",
            ).with_columns(basis=pl.lit("observed")),
        )
        return power_accounts(PAIR, COUNTIES, MUNICIPALITIES, membership, published)


def table(rows: list[tuple[str, str, int]], place: str, category: str) -> pl.DataFrame:
    """Published cells of 2020."""
    types = {place: pl.String, category: pl.String, "mwh": pl.Float64}
    frame = pl.DataFrame(rows, types, orient="row")
    return frame.with_columns(year=pl.lit(2020, pl.Int64), basis=pl.lit("observed"))


def cell(accounts: pl.DataFrame, place: str, category: str) -> tuple[float, float | None, str]:
    """At least, at most, and how it is known."""
    row = accounts.filter(place=place, category=category, side="use")
    return row["least_mwh"].item(), row["most_mwh"].item(), row["known"].item()


def complete() -> Given:
    """Homes and industry of everyone, in MWh."""
    return Given(
        [
            *(("00", "smahus", 90_000), ("00", "industri_bygg", 410_000)),
            *(("01", "smahus", 60_000), ("01", "industri_bygg", 300_000)),
            *(("02", "smahus", 30_000), ("02", "industri_bygg", 110_000)),
        ],
        [
            *(("0101", "smahus", 40_000), ("0102", "smahus", 20_000)),
            *(("0101", "industri_bygg", 250_000), ("0102", "industri_bygg", 50_000)),
        ],
    )


def without(given: Given, *hidden: tuple[str, str]) -> Given:
    """The rows but for some cells."""
    county, municipal = (
        [row for row in part if row[:2] not in hidden] for part in (given.use_county, given.use_municipal)
    )
    return Given(county, municipal, given.total)


def test_published_cells_are_shown_as_they_are() -> None:
    accounts = complete().accounts()
    assert cell(accounts, "0101", "smahus") == (40_000, 40_000, "published")
    assert cell(accounts, "pair", "total") == (360_000, 360_000, "published")
    assert cell(accounts, "town", "total") == (70_000, 70_000, "published")


def test_what_is_bounded_or_added_up_is_no_better_known_than_anything_of_its_year() -> None:
    # Four cells in two years: given, suppressed, given as an estimate, and added up from the others.
    given = np.array([[0, 2], [-1, -1], [1, 0], [-1, -1]])
    known = np.array([[True, True], [False, False], [True, True], [True, True]])
    cells = _Cells({}, [], [2020, 2021], np.zeros((4, 2)), np.zeros((4, 2)), given)
    observed, estimated, assumed = range(3)
    assert _marks(cells, known).tolist() == [
        [observed, assumed], [estimated, assumed], [estimated, observed], [estimated, assumed],
    ]  # fmt: skip
    # Where all is observed, bounds are estimates, and sums are observed.
    sure = _marks(cells._replace(basis=np.minimum(given, 0)), known)
    assert sure[:, 0].tolist() == [observed, estimated, observed, observed]


def test_an_assumed_cell_marks_its_year() -> None:
    hidden = [(place, "industri_bygg") for place in ("01", "0101", "0102")]
    given = without(complete(), *hidden)
    rows = given.accounts(mark="assumed").filter(side="use")
    marks = {(row["place"], row["category"]): row["basis"] for row in rows.iter_rows(named=True)}
    # The first row, of homes in 0101, is said to be assumed.
    assert (marks["0101", "smahus"], marks["0102", "smahus"]) == ("assumed", "observed")
    assert marks["0102", "industri_bygg"] == marks["01", "industri_bygg"] == "assumed"
    assert set(given.accounts().filter(side="generation")["basis"]) == {"observed"}


def test_suppressed_cells_are_bounded_through_a_suppressed_county() -> None:
    # Industry in 01 is 410 − 110 = 300 GWh, give or take half a MWh a figure.
    hidden = [(place, "industri_bygg") for place in ("01", "0101", "0102")]
    accounts = without(complete(), *hidden).accounts()
    assert cell(accounts, "01", "industri_bygg") == (299_999, 300_001, "bounded")
    assert cell(accounts, "0101", "industri_bygg") == (0, 300_001, "bounded")
    assert cell(accounts, "town", "total") == (19_999, 320_002, "bounded")


def test_the_group_bounds_a_place_of_two_municipalities_by_its_others() -> None:
    # Neither municipality's use is published: each has 0 to 300 GWh. Both together have the group's 300, give
    # or take half a MWh of each figure.
    both = MEMBERSHIP.filter(place="pair").with_columns(place=pl.lit("both"))
    hidden = [(place, "industri_bygg") for place in ("0101", "0102")]
    accounts = without(complete(), *hidden).accounts(pl.concat([MEMBERSHIP, both]))
    assert cell(accounts, "0102", "industri_bygg") == (0, 300_001, "bounded")
    assert cell(accounts, "both", "industri_bygg") == (299_999, 300_001, "bounded")


def test_a_place_that_is_one_municipality_has_its_figures() -> None:
    accounts = without(complete(), *[(place, "industri_bygg") for place in ("0101", "0102")]).accounts()
    own, same = (accounts.filter(place=place).drop("place") for place in ("0102", "town"))
    assert same.equals(own)
    assert cell(accounts, "town", "industri_bygg") == (0, 300_001, "bounded")


def test_a_countys_total_bounds_what_its_sectors_do_not() -> None:
    # Without industry in the country there is no bound but the total of 01: 359.5 to 360.5 GWh, less homes.
    given = without(complete(), ("00", "industri_bygg"), ("01", "industri_bygg"), ("0101", "industri_bygg"))
    assert cell(given.accounts(), "0101", "industri_bygg") == (0, None, "bounded")
    given.total = 360.0
    accounts = given.accounts()
    assert cell(accounts, "01", "total") == (360_000, 360_000, "published")
    assert cell(accounts, "01", "industri_bygg") == (299_499, 300_501, "bounded")
    assert cell(accounts, "0101", "industri_bygg") == (249_499, 250_501, "bounded")


def test_a_county_below_its_municipalities_is_left_out_and_said() -> None:
    # 01 has 60 GWh in homes, but 0101 alone is given 70.
    given = without(complete(), ("0101", "smahus"), ("0102", "smahus"))
    given.use_municipal.append(("0101", "smahus", 70_000))
    accounts = given.accounts()
    assert cell(accounts, "0102", "smahus") == (0, None, "contradicted")
    assert cell(accounts, "01", "smahus") == (60_000, 60_000, "published")


def test_a_total_that_its_suppressed_parts_cannot_reach_is_refused() -> None:
    # Industry in 01 is 410 − 110 = 300 GWh by the country, and at most 310 − 60 = 250 by the total.
    given = without(complete(), ("01", "industri_bygg"), ("0101", "industri_bygg"))
    given.total = 310.0
    with pytest.raises(
        DataError, match=r"electricity, use: the published figures around .* cannot all be true"
    ):
        given.accounts()


def plants(fuel: str) -> pl.DataFrame:
    """Two plants, the larger one of a fuel."""
    return pl.DataFrame(
        {
            "unit": [1, 2],
            "name": ["Vind", "Stora"],
            "fuel": ["Wind", fuel],
            "mw": [40.0, 400.0],
            "year_in": [2000, 1980],
            "year_out": [None, None],
            "county": ["01", "01"],
            "basis": "observed",
        },
        schema_overrides={"year_out": pl.Int64},
    )


def balance(fuel: str = "Nuclear", **changed: pl.Expr) -> pl.DataFrame:
    """The balance of the complete small country with 30 and 10 thousand people."""
    people = pl.DataFrame({"municipality": ["0101", "0102"], "year": 2020, "persons": [30_000, 10_000]})
    people = people.with_columns(basis=pl.lit("observed"))
    given = plants(fuel).with_columns(**changed)
    return power(complete().accounts(), PLACES, given, people, MEMBERSHIP)


def test_balance_by_hand() -> None:
    # 01 uses 360 GWh and generates 1 000: 277.8 %. Without the nuclear 900 it is 100 of 360: 27.8 %.
    # 0102 uses 70 and generates 100, none of it nuclear. 360 000 MWh for 40 000 people are 9 each.
    rows = balance()
    county = rows.filter(place="01").row(0, named=True)
    assert county["self_sufficiency"] == pytest.approx(1000 / 360 * 100)
    assert county["without_largest"] == pytest.approx(100 / 360 * 100)
    assert county["balance_least"] == county["balance_most"] == 640
    assert county["balance_without_least"] == -260
    assert county["use_per_person_least"] == pytest.approx(9)
    assert county["largest_plant"] == "Stora"
    town = rows.filter(place="town").row(0, named=True)
    assert town["without_largest"] == town["self_sufficiency"] == pytest.approx(100 / 70 * 100)
    assert rows.filter(place="0101")["without_largest"].item() == 0
    assert rows.filter(place="pair")["without_largest"].item() == pytest.approx(100 / 360 * 100)


def test_a_plant_whose_first_year_is_not_known_counts_until_it_closes() -> None:
    unknown = pl.lit(None, pl.Int64)
    assert set(balance(year_in=unknown)["largest_plant"]) == {"Stora"}
    # That it runs is assumed, and so is what is left without it; with its year all is observed.
    assert set(balance(year_in=unknown)["basis"]) == {"assumed"}
    assert set(balance()["basis"]) == {"observed"}
    # Closed the year before, the larger is gone.
    closed = pl.when(pl.col("mw") == 400).then(pl.lit(2019, pl.Int64))
    assert set(balance(year_in=unknown, year_out=closed)["largest_plant"]) == {"Vind"}


def test_a_largest_plant_of_no_single_kind_is_refused() -> None:
    with pytest.raises(
        DataError, match="Stora is the largest in 2020, but plants of Oil are of no single kind"
    ):
        balance("Oil")


def test_the_published_figures_of_the_counties(built: Built) -> None:
    # Energimyndigheten and SCB, EN0203, 2020, as quoted in published_facts: seven counties and their sums,
    # 43 368 and 35 593 GWh. All but Forsmark's 22 595 GWh are 12 998, 29.97 % of the use.
    rows = built("base").table("power").filter(year=2020)
    found = {
        place: (use, generation)
        for place, use, generation in rows.select("place", "use", "generation_least").iter_rows()
        if place in OFFICIAL
    }
    assert found == OFFICIAL
    assert rows.filter(place="oms")["generation_most"].item() == 35_593
    assert rows.filter(place="oms")["self_sufficiency"].item() == pytest.approx(35_593 / 43_368 * 100)
    assert rows.filter(place="oms")["without_largest"].item() == pytest.approx(29.97, abs=0.01)
    facts = built("base").table("published_facts").filter(theme="kraft", year="2020", unit="GWh")
    use = facts.filter(indicator="elanvändning slutlig")["value"].cast(pl.Int64)
    generation = facts.filter(indicator="elproduktion")["value"].cast(pl.Int64)
    assert sorted(use) == sorted(value for place, (value, _) in OFFICIAL.items() if place != "oms")
    assert sorted(generation) == sorted(value for place, (_, value) in OFFICIAL.items() if place != "oms")


def test_bounds_agree_with_every_published_cell(built: Built) -> None:
    # Every published cell of a county lies between the sums of its municipalities' bounds, within half a MWh
    # a figure; all but the one that is below its published municipalities by 12 GWh.
    accounts = built("base").table("power_accounts")
    places = built("base").table("places")
    parents = places.filter(kind="municipality").select("place", "county")
    sums = (
        accounts.join(parents, on="place")
        .group_by("county", "side", "category", "year")
        .agg(
            least=pl.col("least_mwh").sum(),
            most=pl.when(pl.col("most_mwh").is_not_null().all()).then(pl.col("most_mwh").sum()),
            parts=pl.len(),
        )
    )
    whole = accounts.filter(pl.col("category") != "total", known="published")
    compared = whole.join(
        sums, left_on=["place", "side", "category", "year"], right_on=["county", "side", "category", "year"]
    )
    room = pl.col("parts") + 1
    outside = compared.filter(
        (pl.col("least_mwh") < pl.col("least") - room) | (pl.col("most_mwh") > pl.col("most") + room)
    )
    assert compared.height > 400
    assert outside.select("place", "category", "year").rows() == [("01", "flerbostadshus", 2019)]
    assert accounts.filter(known="contradicted")["year"].unique().to_list() == [2019]
