"""Shift-share of counties: a group of two counties worked out by hand, and faults that stop it."""

import msgspec
import polars as pl
import pytest

from storregion.core import group
from storregion.core.errors import DataError, SettingError
from storregion.core.group import RegionGroup
from storregion.core.workspace import Workspace
from storregion.facts.employment import WIDE_INDUSTRIES
from storregion.studies.shift_share import shift_share

OMS = RegionGroup.read(group.bundled())


def figures(cells: dict[tuple[str, str], tuple[int, int]]) -> pl.DataFrame:
    """Thousands of jobs in 2000 and 2001 by county and industry; none in industries that are not given."""
    rows = [
        (county, year, industry, cells.get((county, industry), (0, 0))[year - 2000], "observed")
        for county in ("00", "01", "03")
        for year in (2000, 2001)
        for industry in WIDE_INDUSTRIES
    ]
    names = ["county", "year", "industry", "employed_thousand", "basis"]
    return pl.DataFrame(rows, schema=names, orient="row")


TWO = {
    ("00", "F"): (400, 360),
    ("00", "K"): (600, 740),
    ("01", "F"): (50, 55),
    ("01", "K"): (50, 60),
    ("03", "F"): (100, 90),
    ("03", "K"): (100, 130),
}


def test_two_counties_by_hand() -> None:
    # As in the kernel's test: all jobs grow by a tenth, factories shrink by a tenth, services
    # grow by 140/600.
    # County 01: 15 = 10 national + (−10 + 6⅔) mix + (10 − 1⅔) own. County 03: 20 = 20 + (−20 + 13⅓) + 6⅔.
    found = shift_share(figures(TWO), OMS, years=(2000, 2001)).filter(industry="total").sort("county")
    assert found["county"].to_list() == ["01", "03"]
    assert found["jobs"].to_list() == [100, 200]
    assert found["growth"].to_list() == [15, 20]
    assert found["national"].to_list() == pytest.approx([10, 20])
    assert found["mix"].to_list() == pytest.approx([-10 / 3, -20 / 3])
    assert found["regional"].to_list() == pytest.approx([25 / 3, 20 / 3])
    assert found["regional_percent"].to_list() == pytest.approx([25 / 3, 10 / 3])
    assert set(found["basis"]) == {"observed"}


def test_an_industry_that_a_county_does_not_have_has_no_per_cent() -> None:
    found = shift_share(figures(TWO), OMS, years=(2000, 2001)).filter(county="01", industry="A")
    assert found["growth_percent"].to_list() == [None]
    assert found["percent_absent"].to_list() == ["not_applicable"]


@pytest.mark.parametrize(("years", "said"), [((2001, 2000), "rising order"), ((2000, 2009), r"has \[2009\]")])
def test_years_that_are_not_there_are_refused(years: tuple[int, ...], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        shift_share(figures(TWO), OMS, years=years)


def test_a_table_without_the_country_or_with_too_little_of_it_is_refused() -> None:
    rows = figures(TWO)
    with pytest.raises(DataError, match="no rows of the country, '00'"):
        shift_share(rows.filter(pl.col("county") != "00"), OMS, years=(2000, 2001))
    with pytest.raises(DataError, match="every county, industry and year"):
        shift_share(
            rows.filter((pl.col("county") != "03") | (pl.col("industry") != "F")), OMS, years=(2000, 2001)
        )
    with pytest.raises(DataError, match="more jobs in its counties than in the country"):
        shift_share(figures(TWO | {("00", "F"): (100, 360)}), OMS, years=(2000, 2001))
    with pytest.raises(DataError, match=r"its code to group\.toml"):
        shift_share(rows, msgspec.structs.replace(OMS, country=None), years=(2000, 2001))


def test_parts_of_the_bundled_group_add_up(bundled: Workspace) -> None:
    rows = bundled.table("shift_share")
    parts = pl.col("national") + pl.col("mix") + pl.col("regional")
    assert rows.select((parts - pl.col("growth")).abs().max()).item() < 1e-9
    # 1 313 thousand in 2017 less 1 059 in 2000 in the publisher's total; industries are rounded one by one.
    stockholm = rows.filter(county="01", since=2000, until=2017, industry="total")
    assert stockholm["growth"].item() == pytest.approx(1313 - 1059, abs=2)
