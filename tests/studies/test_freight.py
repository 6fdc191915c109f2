"""Goods in ports: two sets of counties worked out by hand, the published total, and sets that cannot be."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
import polars as pl
import pytest
from tests.conftest import Built

from storregion.core import group
from storregion.core.errors import DataError
from storregion.core.group import Country, Geography, RegionGroup
from storregion.core.language import Text
from storregion.facts.places import geographies
from storregion.studies.freight import freight

OMS = RegionGroup.read(group.bundled())
COUNTIES = pl.DataFrame({"county": ["01", "02", "03"]})
TRIO = msgspec.structs.replace(
    OMS,
    code="trio",
    counties=dict.fromkeys(("01", "02"), OMS.counties["01"]),
    country=Country("00", Text("riket", "the country"), 290),
    geographies={"coast": Geography(Text("Kusten", "The coast"), ("01", "03"), "hand-made")},
)
TOTALS = MappingProxyType({(2022, "00"): 400, (2022, "01"): 60, (2022, "02"): 20, (2022, "03"): 20})


def goods(totals: Mapping[tuple[int, str], int]) -> pl.DataFrame:
    """Totals in 2022 by direction, half of them domestic; later years with sums only."""
    rows = []
    for (year, county), total in totals.items():
        half = total // 2
        directions = (half, 0, half, 0) if year == 2022 else (None,) * 4
        sums = (None, None) if year == 2022 else (half, half)
        rows.append((year, county, *directions, *sums, total, "observed"))
    names = ["year", "county", "domestic_unloaded_kt", "domestic_loaded_kt", "foreign_unloaded_kt"]
    names += ["foreign_loaded_kt", "domestic_kt", "foreign_kt", "total_kt", "basis"]
    types = {name: pl.Int64 for name in names if name.endswith("_kt")}
    return pl.DataFrame(rows, names, schema_overrides=types, orient="row")


def found(totals: Mapping[tuple[int, str], int]) -> pl.DataFrame:
    """The study of these totals for the group of two counties, and for the coast."""
    return freight(TRIO, goods(totals), geographies(TRIO, COUNTIES))


def test_two_sets_of_counties_by_hand() -> None:
    # The group: 60 + 20 = 80 of the country's 400, 60 of it in 01. The coast: 60 + 20 = 80, the same.
    # 2024: the group 30 + 30 = 60 of 300, a quarter less; of two counties alike the first is named.
    later = {(2024, "00"): 300, (2024, "01"): 30, (2024, "02"): 30, (2024, "03"): 90}
    rows = found(dict(TOTALS) | later)
    own = rows.filter(geography="trio")
    assert own["total_kt"].to_list() == [80, 60]
    assert own["domestic_kt"].to_list() == [40, 30]
    assert own["foreign_kt"].to_list() == [40, 30]
    assert own["country_share"].to_list() == pytest.approx([0.2, 0.2])
    assert own["county"].to_list() == ["01", "01"]
    assert own["largest_share"].to_list() == pytest.approx([0.75, 0.5])
    assert own["previous_year"].to_list() == [None, 2022]
    assert own["change_percent"].to_list() == [None, pytest.approx(-25)]
    assert own["change_absent"].to_list() == ["not_applicable", None]
    coast = rows.filter(geography="coast")
    assert coast["total_kt"].to_list() == [80, 120]
    assert coast["county"].to_list() == ["01", "03"]


def test_a_county_without_a_port_is_not_counted() -> None:
    rows = found({key: value for key, value in TOTALS.items() if key[1] != "02"})
    assert rows.filter(geography="trio")["counties"].to_list() == [1]


def test_without_the_countrys_total_there_is_no_share_of_it() -> None:
    rows = found({key: value for key, value in TOTALS.items() if key[1] != "00"})
    assert rows["country_share"].to_list() == [None, None]
    assert rows["country_absent"].to_list() == ["missing", "missing"]


def test_ports_that_stand_still_have_no_largest_county() -> None:
    rows = found({key: 0 if key[1] != "00" else value for key, value in TOTALS.items()})
    assert rows["largest_share"].to_list() == [None, None]
    assert set(rows["largest_absent"]) == {"not_applicable"}


def test_ports_that_open_again_have_no_change_in_per_cent() -> None:
    # Nothing in 2022 and 30 in 2024: no per cent of nothing. 2025 has 45, half as much again.
    later = {(2024, "00"): 300, (2024, "01"): 30, (2025, "00"): 300, (2025, "01"): 45}
    rows = found({(2022, "00"): 400, (2022, "01"): 0} | later).filter(geography="trio")
    assert rows["change_percent"].to_list() == [None, None, pytest.approx(50)]
    assert rows["change_absent"].to_list() == ["not_applicable", "not_applicable", None]


def test_a_change_from_an_assumed_year_is_assumed() -> None:
    # Only 2022's goods of 01 are assumed; 2024 is compared with them, 2025 is not.
    later = {(year, county): 30 for year in (2024, 2025) for county in ("00", "01")}
    first = (pl.col("year") == 2022) & (pl.col("county") == "01")
    guessed = goods(dict(TOTALS) | later).with_columns(
        basis=pl.when(first).then(pl.lit("assumed")).otherwise("basis")
    )
    rows = freight(TRIO, guessed, geographies(TRIO, COUNTIES)).filter(geography="trio")
    assert rows["basis"].to_list() == ["assumed", "assumed", "observed"]


def test_the_bundled_series_is_that_of_the_ports_alone(built: Built) -> None:
    # Sveriges Hamnar 2024, thousand tonnes: 7 948 + 656 + 4 133 + 3 736 + 2 535 + 6 246 = 25 254 of 127 563.
    # With Gotland's 1 742 and without Gävleborg's 6 246 the other collaboration has 20 750.
    rows = built("base").table("freight").filter(year=2024)
    totals = dict(rows.select("geography", "total_kt").iter_rows())
    assert totals == {"oms": 25_254, "en-battre-sits": 20_750}
    assert rows.filter(geography="oms")["country_share"].item() == pytest.approx(25_254 / 127_563)
    # Trafikanalys has 160 million tonnes for the country, a fifth more: a figure that is quoted, and that no
    # step takes in beside this series.
    facts = built("base").table("published_facts")
    quoted = facts.filter(pl.col("source").str.starts_with("Trafikanalys"))["value"].cast(pl.Float64).item()
    assert quoted * 1000 == pytest.approx(160_000)
    assert 127_563 / (quoted * 1000) == pytest.approx(0.8, abs=0.01)
    inputs = built("base").record("freight").inputs
    assert set(inputs) == {"port_goods", "geographies"}


@pytest.mark.parametrize(
    ("code", "counties", "said"),
    [
        ("trio", ("01",), "has the group's own code"),
        ("coast", ("01", "04"), r"names the counties \['04'\], which do not exist; there is '01'"),
        ("coast", ("01", "03", "01"), "names a county twice"),
    ],
)
def test_a_set_of_counties_that_cannot_be_is_refused(code: str, counties: tuple[str, ...], said: str) -> None:
    wrong = msgspec.structs.replace(
        TRIO, geographies={code: Geography(Text("Fel", "Wrong"), counties, "hand-made")}
    )
    with pytest.raises(DataError, match=said):
        geographies(wrong, COUNTIES)
