"""Remote work: who gains residents, which trips to work are not made, and who is where on which weekday."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.table import Schema, weakest
from storregion.facts.places import Membership, Places
from storregion.studies.remote_commuting import REMOTE_FLOWS, WEEKDAYS, RemoteFlows

REMOTE_EFFECT = columns.schema(
    "remote_effect",
    __name__,
    REMOTE_FLOWS["response"],
    columns.place(),
    REMOTE_FLOWS["year"],
    columns.number("residents", "employed", least=0.0),
    columns.share("remote_share", absent="share_absent"),
    columns.number("gained", "employed"),
    columns.number("gained_percent", "percent", absent="share_absent"),
    columns.number("avoided", "employed", least=0.0),
    columns.share("avoided_share", absent="share_absent"),
    columns.number("avoided_across", "employed", least=0.0),
)
RemoteEffect = Annotated[pl.DataFrame, REMOTE_EFFECT]

REMOTE_WEEKDAYS = columns.schema(
    "remote_weekdays",
    __name__,
    REMOTE_FLOWS["response"],
    columns.place(),
    columns.code("weekday", key=True, choices=WEEKDAYS),
    columns.number("jobs", "employed", least=0.0),
    columns.number("at_work", "employed", least=0.0),
    columns.number("at_home", "employed", least=0.0),
    columns.number("present", "employed", least=0.0),
    columns.number("present_change", "employed"),
    columns.number("present_percent", "percent", absent="percent_absent"),
)
RemoteWeekdays = Annotated[pl.DataFrame, REMOTE_WEEKDAYS]

REMOTE_PAIRS = columns.schema(
    "remote_pairs",
    __name__,
    REMOTE_FLOWS["response"],
    columns.code("one", key=True, refers=("municipalities", "municipality")),
    columns.code("two", key=True, refers=("municipalities", "municipality")),
    REMOTE_WEEKDAYS["weekday"],
    columns.number("without", "commuters", least=0.0),
    columns.number("persons", "commuters", least=0.0),
    columns.number("avoided", "commuters", least=0.0),
    columns.number("travelling_change", "commuters"),
)
RemotePairs = Annotated[pl.DataFrame, REMOTE_PAIRS]

REMOTE_AREAS = columns.schema(
    "remote_areas",
    __name__,
    REMOTE_FLOWS["response"],
    columns.municipality(key=True),
    columns.code("before", refers=("municipalities", "municipality")),
    columns.code("after", refers=("municipalities", "municipality")),
    columns.code("moved", choices=("yes", "no")),
)
RemoteAreas = Annotated[pl.DataFrame, REMOTE_AREAS]


def remote_effect(remote_flows: RemoteFlows, places: Places, membership: Membership) -> RemoteEffect:
    """What remote work means for every place: who lives there, and the trips to work that are not made.

    Parameters
    ----------
    remote_flows : people by home and workplace.
    places, membership : which municipalities a place consists of; nodes are left out.
    """
    counted = ["persons", "remote", "without", "avoided", "avoided_across"]
    stay = pl.mean_horizontal(WEEKDAYS)
    across = pl.col("home") != pl.col("work")
    homes = (
        remote_flows.with_columns(avoided=stay, avoided_across=pl.when(across).then(stay).otherwise(0.0))
        .group_by("response", "year", municipality="home", maintain_order=True)
        .agg(pl.col(counted).sum(), weakest())
    )
    there = (pl.col("persons") > 0) & (pl.col("without") > 0)
    gained = pl.col("persons") - pl.col("without")
    found = (
        homes.join(_wide(places, membership), on="municipality")
        .group_by("response", "place", "year", maintain_order=True)
        .agg(pl.col(counted).sum(), weakest())
        .with_columns(
            residents="persons",
            remote_share=pl.when(there).then(pl.col("remote") / pl.col("persons")),
            gained=gained,
            gained_percent=pl.when(there).then(100 * gained / pl.col("without")),
            avoided_share=pl.when(there).then(pl.col("avoided") / pl.col("persons")),
            share_absent=pl.when(~there).then(pl.lit("not_applicable")),
        )
    )
    return _ordered(found, REMOTE_EFFECT, "response", "place")


def remote_weekdays(remote_flows: RemoteFlows, places: Places, membership: Membership) -> RemoteWeekdays:
    """The employed people who are in a place on each weekday: at its workplaces, and at home.

    Parameters
    ----------
    remote_flows : people by home and workplace.
    places, membership : which municipalities a place consists of; nodes are left out.
    """
    long = remote_flows.unpivot(
        index=["response", "home", "work", "persons", "basis"],
        on=list(WEEKDAYS),
        variable_name="weekday",
        value_name="stay",
    )
    key, there = ["response", "weekday", "municipality"], pl.col("jobs") > 0
    by_work = long.group_by("response", "weekday", municipality="work", maintain_order=True).agg(
        weakest(), jobs=pl.col("persons").sum(), away=pl.col("stay").sum()
    )
    by_home = long.group_by("response", "weekday", municipality="home", maintain_order=True).agg(
        at_home=pl.col("stay").sum()
    )
    found = (
        by_work.join(by_home, on=key)
        .join(_wide(places, membership), on="municipality")
        .group_by("response", "place", "weekday", maintain_order=True)
        .agg(pl.col("jobs", "away", "at_home").sum(), weakest())
        .with_columns(
            at_work=pl.col("jobs") - pl.col("away"), present_change=pl.col("at_home") - pl.col("away")
        )
        .with_columns(
            present=pl.col("at_work") + pl.col("at_home"),
            present_percent=pl.when(there).then(100 * pl.col("present_change") / pl.col("jobs")),
            percent_absent=pl.when(~there).then(pl.lit("not_applicable")),
        )
        .with_columns(pl.col("weekday").cast(pl.Enum(WEEKDAYS)))
        .sort("response", "place", "weekday", descending=[True, False, False])
        .with_columns(pl.col("weekday").cast(pl.String))
    )
    return found.select([column.name for column in REMOTE_WEEKDAYS.columns])


def remote_pairs(remote_flows: RemoteFlows, places: Places, *, least_persons: float = 200.0) -> RemotePairs:
    """Trips to work between two of the group's municipalities that are not made, by weekday.

    Both ways are counted together.

    Parameters
    ----------
    remote_flows : people by home and workplace.
    places : the municipalities of the group.
    least_persons : pairs with fewer commuters than this, both ways together, have no rows.
    """
    own = places.filter(kind="municipality")["place"].implode()
    ends = {"one": pl.min_horizontal("home", "work"), "two": pl.max_horizontal("home", "work")}
    pairs = (
        remote_flows.filter(
            pl.col("home").is_in(own), pl.col("work").is_in(own), pl.col("home") != pl.col("work")
        )
        .group_by(pl.col("response"), *(end.alias(name) for name, end in ends.items()), maintain_order=True)
        .agg(pl.col("without", "persons", *WEEKDAYS).sum(), weakest())
        .filter(pl.col("persons") >= least_persons)
    )
    found = pairs.unpivot(
        index=["response", "one", "two", "without", "persons", "basis"],
        on=list(WEEKDAYS),
        variable_name="weekday",
        value_name="avoided",
    ).with_columns(
        travelling_change=pl.col("persons") - pl.col("avoided") - pl.col("without"),
        order=pl.col("weekday").cast(pl.Enum(WEEKDAYS)),
    )
    return found.sort("response", "one", "two", "order", descending=[True, False, False, False]).select(
        [column.name for column in REMOTE_PAIRS.columns]
    )


def remote_areas(remote_flows: RemoteFlows) -> RemoteAreas:
    """The labour market area of every municipality without and with remote work, by the rule `la`.

    Parameters
    ----------
    remote_flows : people by home and workplace.
    """
    from storregion.kernels import markets

    parts = []
    for (response,), rows in remote_flows.group_by("response", maintain_order=True):
        ordered = rows.sort("home", "work")
        codes = ordered["home"].unique().sort()
        size = (
            ordered.group_by("home", maintain_order=True)
            .agg(pl.col("without").sum())
            .sort("home")["without"]
            .to_numpy()
        )
        areas = {}
        for when, name in (("before", "without"), ("after", "persons")):
            flows = ordered[name].to_numpy().reshape(len(codes), len(codes))
            area = markets.centres(*markets.shares(flows))
            # An area goes by its largest municipality, so that it keeps its name when it grows.
            areas[when] = codes.gather(_largest(area, size))
        parts.append(pl.DataFrame({"municipality": codes, **areas}).with_columns(response=pl.lit(response)))
    moved = pl.when(pl.col("before") == pl.col("after")).then(pl.lit("no")).otherwise(pl.lit("yes"))
    found = pl.concat(parts).with_columns(moved=moved, basis=pl.lit("assumed"))
    return found.select([column.name for column in REMOTE_AREAS.columns])


def _largest(area: NDArray[np.int64], size: NDArray[np.float64]) -> NDArray[np.int64]:
    """The largest place of each place's area."""
    order = np.lexsort((np.arange(len(area)), -size))
    first = {area[place]: place for place in order[::-1]}
    return np.array([first[one] for one in area])


def _wide(places: pl.DataFrame, membership: pl.DataFrame) -> pl.DataFrame:
    """The municipalities of every place that is made of whole ones."""
    wide = places.filter(pl.col("kind") != "node").select("place")
    return membership.select("place", "municipality").join(wide, on="place", how="semi")


def _ordered(rows: pl.DataFrame, schema: Schema, *by: str) -> pl.DataFrame:
    """A table's columns, the weak response first."""
    down = [True] + [False] * (len(by) - 1)
    return rows.select([column.name for column in schema.columns]).sort(*by, descending=down)
