"""Goods in the ports of the counties, and how much of them passes one county."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.group import RegionGroup
from storregion.core.table import weaker, weakest
from storregion.facts.economy import PortGoods
from storregion.facts.places import GEOGRAPHIES, Geographies

FREIGHT = columns.schema(
    "freight",
    __name__,
    GEOGRAPHIES["geography"],
    columns.year(),
    columns.whole("counties", "counties", least=1),
    columns.whole("total_kt", "kilotonnes", least=0),
    columns.whole("domestic_kt", "kilotonnes", least=0),
    columns.whole("foreign_kt", "kilotonnes", least=0),
    columns.share("country_share", absent="country_absent"),
    columns.county(),
    columns.share("largest_share", absent="largest_absent"),
    columns.whole("previous_year", "year", optional=True),
    columns.number("change_percent", "percent", absent="change_absent"),
)
Freight = Annotated[pl.DataFrame, FREIGHT]


def freight(group: RegionGroup, port_goods: PortGoods, geographies: Geographies) -> Freight:
    """Goods in the ports of each set of counties, with the share of the country's and of its largest county.

    Parameters
    ----------
    group : names the country, whose goods may stand in the series as a row of their own.
    port_goods : goods by county, of one series: those of two publishers do not add up.
    geographies : which counties are taken together; a county without ports has no row in the series.
    """
    goods = port_goods.select(
        "year",
        "county",
        "total_kt",
        "basis",
        domestic_kt=pl.coalesce("domestic_kt", pl.col("domestic_unloaded_kt") + pl.col("domestic_loaded_kt")),
        foreign_kt=pl.coalesce("foreign_kt", pl.col("foreign_unloaded_kt") + pl.col("foreign_loaded_kt")),
    )
    most = pl.struct("total_kt", "county").sort_by("total_kt", "county", descending=[True, False]).first()
    found = (
        geographies.select("geography", "county")
        .join(goods, on="county")
        .group_by("geography", "year", maintain_order=True)
        .agg(
            counties=pl.len().cast(pl.Int64),
            total_kt=pl.col("total_kt").sum(),
            domestic_kt=pl.col("domestic_kt").sum(),
            foreign_kt=pl.col("foreign_kt").sum(),
            most=most,
            basis=weakest(),
        )
        .sort("geography", "year")
    )
    return _compared(found, goods, group.country.code if group.country else None)


def _compared(found: pl.DataFrame, goods: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """The rows beside the country's, and beside the year before in the series."""
    whole = goods.filter(pl.col("county") == country).select(
        "year", country_kt="total_kt", basis_country="basis"
    )
    before = pl.col("total_kt").shift(1).over("geography", order_by="year")
    # Nothing handled at all has no largest county, and no change from it.
    share = pl.when(pl.col("total_kt") > 0).then(pl.col("most").struct.field("total_kt") / pl.col("total_kt"))
    return (
        found.join(whole, on="year", how="left", maintain_order="left")
        .with_columns(basis_before=pl.col("basis").shift(1).over("geography", order_by="year"))
        .with_columns(
            country_share=pl.col("total_kt") / pl.col("country_kt"),
            county=pl.col("most").struct.field("county"),
            largest_share=share,
            basis=weaker("basis", "basis_country", "basis_before"),
            previous_year=pl.col("year").shift(1).over("geography", order_by="year"),
            change_percent=pl.when(before > 0).then((pl.col("total_kt") / before - 1) * 100),
        )
        .with_columns(
            country_absent=pl.when(pl.col("country_share").is_null()).then(pl.lit("missing")),
            largest_absent=pl.when(pl.col("largest_share").is_null()).then(pl.lit("not_applicable")),
            change_absent=pl.when(pl.col("change_percent").is_null()).then(pl.lit("not_applicable")),
        )
        .drop("most", "country_kt", "basis_country", "basis_before")
    )
