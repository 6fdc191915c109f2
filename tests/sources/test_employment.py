"""Employment: the totals that are published, and the two sources beside each other."""

import polars as pl

from storregion.core.workspace import Workspace


def test_the_register_has_its_published_totals(bundled: Workspace) -> None:
    rows = bundled.table("employment_industry")
    assert rows["employed_residents"].sum() == 4_927_941
    assert rows["jobs"].sum() == 4_920_748
    # Of the 4 971 919 employed, those of unspecified industry are left out: 43 978, 0.9 per cent.
    assert bundled.table("county_commuting")["persons"].sum() == 4_927_941 + 43_978


def test_industries_of_the_national_accounts_add_up_within_rounding(bundled: Workspace) -> None:
    rows = bundled.table("employment_industry_yearly")
    of = pl.col("employed_thousand")
    sums = rows.group_by("county", "year").agg(
        parts=of.filter(pl.col("industry") != "total").sum(),
        total=of.filter(pl.col("industry") == "total").sum(),
    )
    # Ten industries rounded to half a thousand each, and their total.
    assert sums.filter((pl.col("parts") - pl.col("total")).abs() > 5.5).height == 0


def test_remote_work_is_an_estimate(bundled: Workspace) -> None:
    rows = bundled.table("remote_work")
    assert set(rows["basis"]) == {"estimated"}
    assert (
        rows.filter(industry="J62-63")["remote_share"].item()
        > rows.filter(industry="A01")["remote_share"].item()
    )
