"""Digital connection: how far it is to the goals, for whom, and how it stands when the electricity is out."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.table import weaker, weakest, weakest_of
from storregion.facts.digital import DIGITAL_PUBLISHED, DigitalCoverage, DigitalGoals, Outages
from storregion.facts.housing import HouseholdsDwelling
from storregion.facts.places import PLACES, Membership, Places

POINTS = 3
"""Years with a figure from which the pace is read."""
CELL = ["place", "indicator", "ground"]

DIGITAL_LATEST = columns.schema(
    "digital_latest",
    __name__,
    columns.place(),
    DIGITAL_PUBLISHED["indicator"],
    DIGITAL_PUBLISHED["ground"],
    PLACES["kind"],
    columns.whole("latest_year", "year", least=1990, most=2100),
    DIGITAL_PUBLISHED["share"],
    columns.number("pace", "share_points", absent="pace_absent"),
)
DigitalLatest = Annotated[pl.DataFrame, DIGITAL_LATEST]

DIGITAL_GAP = columns.schema(
    "digital_gap",
    __name__,
    columns.place(),
    DIGITAL_PUBLISHED["indicator"],
    DIGITAL_PUBLISHED["ground"],
    columns.whole("goal_year", "year", key=True, least=1990, most=2100),
    PLACES["kind"],
    columns.whole("latest_year", "year", least=1990, most=2100),
    columns.share("goal"),
    columns.number("gap", "share_points", least=0.0),
    columns.number("gap_households", "households", least=0.0, absent="households_absent"),
    columns.number("years_to_goal", "years_to_goal", least=0.0, absent="years_absent"),
)
DigitalGap = Annotated[pl.DataFrame, DIGITAL_GAP]

DIGITAL_DIVIDE = columns.schema(
    "digital_divide",
    __name__,
    columns.place(),
    DIGITAL_PUBLISHED["indicator"],
    columns.year(),
    columns.share("built_up"),
    columns.share("rural"),
    columns.number("divide", "share_points"),
)
DigitalDivide = Annotated[pl.DataFrame, DIGITAL_DIVIDE]

DIGITAL_OUTAGES = columns.schema(
    "digital_outages",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("outage", "minutes", least=0.0),
    columns.number("of_built_up", "ratio", least=0.0),
    columns.number("of_rural", "ratio", least=0.0),
)
DigitalOutages = Annotated[pl.DataFrame, DIGITAL_OUTAGES]


def digital_latest(
    digital_coverage: DigitalCoverage,
    places: Places,
    membership: Membership,
    households_dwelling: HouseholdsDwelling,
) -> DigitalLatest:
    """The latest share of every place, and its pace over the last three years with a figure.

    Parameters
    ----------
    digital_coverage : published shares. A place that has none of its own gets the mean of its municipalities,
        weighted by households, where every one of them has a figure that year.
    places, membership : the places, and the municipalities of each.
    households_dwelling : the households that shares are weighted by.
    """
    own = digital_coverage.rename({"area": "place"}).drop("source")
    rows = pl.concat([own, _joint(own, membership, households_dwelling).select(own.columns)])
    rows = rows.unique([*CELL, "year"], keep="first", maintain_order=True).sort(*CELL, "year")
    last = rows.group_by(CELL, maintain_order=True).tail(POINTS)
    spans = last.group_by(CELL, maintain_order=True).agg(
        latest_year=pl.col("year").last(),
        share=pl.col("share").last(),
        pace=pl.when(pl.len() == POINTS).then(
            (pl.col("share").last() - pl.col("share").first())
            / (pl.col("year").last() - pl.col("year").first())
        ),
        basis=weakest(),
    )
    return (
        spans.join(places.select("place", "kind"), on="place", maintain_order="left")
        .with_columns(pace_absent=pl.when(pl.col("pace").is_null()).then(pl.lit("missing")))
        .select(column.name for column in DIGITAL_LATEST.columns)
    )


def digital_gap(
    digital_latest: DigitalLatest,
    digital_goals: DigitalGoals,
    membership: Membership,
    households_dwelling: HouseholdsDwelling,
) -> DigitalGap:
    """How far it is to each goal, in points and households, and the years it takes at the pace of today.

    Parameters
    ----------
    digital_latest : the latest shares, and their pace.
    digital_goals : the goals by indicator and year.
    membership, households_dwelling : the households of each place; they are not divided by kind of ground.
    """
    goals = digital_goals.select("indicator", goal_year="year", goal="share", basis_goal="basis")
    households = _households(membership, households_dwelling)
    gap = pl.max_horizontal(pl.col("goal") - pl.col("share"), pl.lit(0.0)).round(9)
    rows = (
        digital_latest.join(goals, on="indicator", maintain_order="left")
        .join(households, on="place", how="left", maintain_order="left")
        .with_columns(gap=gap)
        .with_columns(
            gap_households=pl.when(pl.col("ground") == "all").then(
                (pl.col("gap") * pl.col("households")).round()
            ),
            years_to_goal=pl.when(pl.col("gap") == 0)
            .then(0.0)
            .when(pl.col("pace") > 0)
            .then(pl.col("gap") / pl.col("pace")),
        )
    )
    # A pace that is not known is missing; one that leads away from the goal never gets there.
    why = pl.when(pl.col("pace").is_null()).then(pl.lit("missing")).otherwise(pl.lit("not_applicable"))
    return rows.with_columns(
        households_absent=pl.when(pl.col("gap_households").is_null()).then(pl.lit("missing")),
        years_absent=pl.when(pl.col("years_to_goal").is_null()).then(why),
        # What remains in households and years is an estimate at best.
        basis=weaker("basis", "basis_goal", "basis_households").replace("observed", "estimated"),
    ).select(column.name for column in DIGITAL_GAP.columns)


def digital_divide(digital_coverage: DigitalCoverage, places: Places) -> DigitalDivide:
    """The shares in built-up areas and outside them, where both are published of the same year.

    Parameters
    ----------
    digital_coverage : published shares.
    places : the places that the group reports on.
    """
    own = digital_coverage.rename({"area": "place"}).join(places.select("place"), on="place", how="semi")
    both = (
        own.filter(ground=ground).select("place", "indicator", "year", pl.col("share").alias(ground), "basis")
        for ground in ("built_up", "rural")
    )
    built_up, rural = both
    return (
        built_up.join(rural, on=["place", "indicator", "year"])
        .with_columns(basis=weaker("basis", "basis_right"))
        .with_columns(divide=pl.col("built_up") - pl.col("rural"))
        .sort("place", "indicator", "year")
        .select(column.name for column in DIGITAL_DIVIDE.columns)
    )


def digital_outages(
    outages: Outages, places: Places, *, reserve_built_up: float = 60.0, reserve_rural: float = 240.0
) -> DigitalOutages:
    """Minutes without electricity a year, against the minutes that a mobile base station must stand alone.

    Parameters
    ----------
    outages : minutes a year per customer.
    places : the places that the group reports on.
    reserve_built_up : minutes of reserve power that the regulation asks for in built-up areas.
    reserve_rural : minutes that it asks for elsewhere.
    """
    rows = outages.rename({"area": "place"}).join(places.select("place"), on="place", how="semi")
    return (
        rows.with_columns(
            outage="saidi_minutes",
            of_built_up=pl.col("saidi_minutes") / reserve_built_up,
            of_rural=pl.col("saidi_minutes") / reserve_rural,
        )
        .sort("place", "year")
        .select(column.name for column in DIGITAL_OUTAGES.columns)
    )


def _households(membership: pl.DataFrame, dwellings: pl.DataFrame) -> pl.DataFrame:
    """The households of every place in the latest year."""
    latest = dwellings.filter(pl.col("year") == pl.col("year").max())
    rows = membership.select("place", "municipality").join(latest, on="municipality")
    return rows.group_by("place", maintain_order=True).agg(
        pl.col("households").sum(), basis_households=weakest()
    )


def _joint(own: pl.DataFrame, membership: pl.DataFrame, dwellings: pl.DataFrame) -> pl.DataFrame:
    """The mean of the municipalities of a place, where every one of them has a figure."""
    latest = dwellings.filter(pl.col("year") == pl.col("year").max())
    weights = latest.group_by("municipality", maintain_order=True).agg(pl.col("households").sum())
    members = membership.select("place", "municipality").with_columns(members=pl.len().over("place"))
    return (
        own.rename({"place": "municipality"})
        .join(members, on="municipality")
        .join(weights, on="municipality")
        .group_by("place", "indicator", "ground", "year", maintain_order=True)
        .agg(
            share=(pl.col("share") * pl.col("households")).sum() / pl.col("households").sum(),
            all=pl.len() == pl.col("members").first(),
            basis=pl.lit(weakest_of("estimated", own, latest)),
        )
        .filter("all")
    )
