"""Labour markets: which municipalities form one market for work, by several rules, year by year."""

from typing import Annotated

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest
from storregion.facts.places import Places
from storregion.facts.work import Commuting, LabourMarketAreas, matrices

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
RULES = ("la", "euro")


LABOUR_MARKETS = columns.schema(
    "labour_markets",
    __name__,
    columns.year(),
    columns.code("rule", key=True, choices=RULES),
    columns.code("municipality", key=True, pattern=r"\d{4}"),
    columns.code("centre", pattern=r"\d{4}"),
    columns.code("moved", choices=("yes", "no"), optional=True),
)
LabourMarkets = Annotated[pl.DataFrame, LABOUR_MARKETS]


LABOUR_MARKET_AREAS_MADE = columns.schema(
    "labour_market_sizes",
    __name__,
    columns.year(),
    columns.code("rule", key=True, choices=RULES),
    columns.code("centre", key=True, pattern=r"\d{4}"),
    columns.whole("municipalities", "municipalities", least=1),
    columns.number("residents", "employed", least=0.0),
    columns.number("jobs", "jobs", least=0.0),
    columns.number("within", "employed", least=0.0),
    columns.number("resident_contained", "share", least=0.0, most=1.000000001, absent="contained_absent"),
    columns.number("job_contained", "share", least=0.0, most=1.000000001, absent="contained_absent"),
)
LabourMarketSizes = Annotated[pl.DataFrame, LABOUR_MARKET_AREAS_MADE]

LABOUR_MARKET_AGREEMENT = columns.schema(
    "labour_market_agreement",
    __name__,
    columns.year(),
    columns.whole("municipalities", "municipalities", least=1),
    columns.whole("agreeing", "municipalities", least=0),
    columns.whole("areas", "areas", least=1),
    columns.whole("published_areas", "areas", least=1),
)
LabourMarketAgreement = Annotated[pl.DataFrame, LABOUR_MARKET_AGREEMENT]

LABOUR_MARKET_TREE = columns.schema(
    "labour_market_tree",
    __name__,
    columns.year(),
    columns.whole("step", "number", key=True, least=1),
    columns.code("one"),
    columns.code("two"),
    columns.number("tie", "tie", least=0.0),
    columns.number("within_share", "share", least=0.0, most=1.000000001),
)
LabourMarketTree = Annotated[pl.DataFrame, LABOUR_MARKET_TREE]


class CentreRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a municipality is a centre, by shares of its employed residents."""

    most_out: float = 0.20
    most_to_one: float = 0.075
    most_links: int = 0


class SizeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When an area stands, by employed residents and the share of them who work there."""

    least_size: float = 1000.0
    least_contained: float = 0.6667
    target_size: float = 10000.0
    target_contained: float = 0.75
    reaggregate: bool = True


def labour_markets(
    commuting: Commuting,
    labour_market_areas: LabourMarketAreas,
    *,
    la: CentreRule = CentreRule(),  # noqa: B008 - frozen
    euro: SizeRule = SizeRule(),  # noqa: B008 - frozen
) -> LabourMarkets:
    """The area of every municipality, by year and rule.

    Parameters
    ----------
    commuting : national flows by year.
    labour_market_areas : published shares, used alone for `la` in estimated years.
    la : when a municipality is a centre: at most `most_out` of its employed residents leave it, and at most
        `most_to_one` for any single other municipality. A municipality may be `most_links` from its centre;
        0 cuts no chain.
    euro : when an area stands: it has at least `least_size` employed residents, and the share of them who
        work there is at least `least_contained`, or `target_contained` where they are fewer than
        `target_size`. With `reaggregate` the worst area is chosen anew after each municipality that
        leaves one; without, it is dissolved wholly, as Istat's program in R (3.4) does.

    Raises
    ------
    DataError
        Those who work where they live are missing from a year, or its numbers or the parameters are
        impossible.
    """
    from storregion.kernels import markets

    observed = set(commuting.filter(pl.col("cell") == "observed")["year"])
    parts = []
    for when, codes, flows, known in _years(commuting):
        published = None if when in observed else _published(labour_market_areas, when, codes)
        try:
            shares = published[:3] if published else markets.shares(flows)
            by_centre = markets.centres(*shares, **msgspec.structs.asdict(la))
            by_size = markets.euro(flows, **msgspec.structs.asdict(euro))
        except markets.NotFlowsError as error:
            raise DataError(f"labour markets of {when} cannot be formed: {error}") from None
        residents = flows.sum(axis=1)
        by_la = published[3] if published else known
        parts.append(_membership(when, "la", codes, _named(by_centre, residents), by_la))
        parts.append(_membership(when, "euro", codes, _named(by_size, residents), known))
    return _moved(pl.concat(parts))


def labour_market_sizes(commuting: Commuting, labour_markets: LabourMarkets) -> LabourMarketSizes:
    """Size and self-containment of every area.

    Parameters
    ----------
    commuting : national flows by year.
    labour_markets : the area of every municipality, by year and rule.
    """
    area = labour_markets.select("year", "rule", "municipality", "centre")
    flows = commuting.filter(pl.col("sex") == "total")
    homes = flows.join(area, left_on=["year", "home"], right_on=["year", "municipality"])
    both = homes.join(
        area.rename({"centre": "centre_work"}),
        left_on=["year", "rule", "work"],
        right_on=["year", "rule", "municipality"],
    )
    key = ["year", "rule", "centre"]
    stays = pl.col("centre") == pl.col("centre_work")
    sent = both.group_by(key, maintain_order=True).agg(
        residents=pl.col("persons").sum(), within=pl.col("persons").filter(stays).sum()
    )
    held = both.group_by("year", "rule", centre="centre_work", maintain_order=True).agg(
        jobs=pl.col("persons").sum()
    )
    count = labour_markets.group_by(key, maintain_order=True).agg(municipalities=pl.len().cast(pl.Int64))
    # An area rests on who belongs to it, and on how many they are.
    bases = pl.concat(
        [
            labour_markets.select(*key, "basis"),
            flows.group_by("year", maintain_order=True)
            .agg(weakest())
            .join(count.select(key), on="year")
            .select(*key, "basis"),
        ]
    )
    known = bases.group_by(key, maintain_order=True).agg(weakest())
    empty = (pl.col("residents") == 0) | (pl.col("jobs") == 0)
    return (
        # A matrix may leave out places where nobody lives, or nobody works.
        count.join(sent, on=key, how="left")
        .join(held, on=key, how="left")
        .with_columns(pl.col("residents", "within", "jobs").fill_null(0.0))
        .join(known, on=key)
        .with_columns(
            resident_contained=pl.when(~empty).then(pl.col("within") / pl.col("residents")),
            job_contained=pl.when(~empty).then(pl.col("within") / pl.col("jobs")),
            contained_absent=pl.when(empty).then(pl.lit("not_applicable")),
        )
        .sort(key)
    )


def labour_market_agreement(
    labour_markets: LabourMarkets, labour_market_areas: LabourMarketAreas
) -> LabourMarketAgreement:
    """How far the rule la reproduces the published areas.

    Parameters
    ----------
    labour_markets : the area of every municipality here.
    labour_market_areas : the published areas.
    """
    ours = labour_markets.filter(pl.col("rule") == "la").select("year", "municipality", "centre", "basis")
    both = ours.join(
        labour_market_areas.select("year", "municipality", "la_code", published_basis="basis"),
        on=["year", "municipality"],
    )
    assumed = ((pl.col("basis") == "assumed") | (pl.col("published_basis") == "assumed")).any()
    # An area is the same when it holds as many as the published one, and all of them together.
    size = pl.len().over("year", "centre") == pl.len().over("year", "la_code")
    together = pl.len().over("year", "centre", "la_code") == pl.len().over("year", "centre")
    return (
        both.with_columns(same=size & together)
        .group_by("year", maintain_order=True)
        .agg(
            municipalities=pl.len().cast(pl.Int64),
            agreeing=pl.col("same").sum().cast(pl.Int64),
            areas=pl.col("centre").n_unique().cast(pl.Int64),
            published_areas=pl.col("la_code").n_unique().cast(pl.Int64),
            basis=pl.when(assumed).then(pl.lit("assumed")).otherwise(weakest()),
        )
        .sort("year")
    )


def labour_market_tree(commuting: Commuting, places: Places) -> LabourMarketTree:
    """The tree of fusions of the group's municipalities.

    Parameters
    ----------
    commuting : national flows by year.
    places : the places; those of kind municipality take part.
    """
    from storregion.kernels.intramax import intramax

    inside = places.filter(pl.col("kind") == "municipality")["place"].implode()
    parts = []
    for when, codes, flows, known in _years(
        commuting.filter(pl.col("home").is_in(inside), pl.col("work").is_in(inside))
    ):
        fused, ties, within = intramax(flows)
        names = pl.Series([*codes, *(f"s{step}" for step in range(1, len(ties) + 1))], dtype=pl.String)
        parts.append(
            pl.DataFrame(
                {
                    "year": np.full(len(ties), when),
                    "step": np.arange(1, len(ties) + 1),
                    "one": names.gather(fused[:, 0]),
                    "two": names.gather(fused[:, 1]),
                    "tie": ties,
                    "within_share": within,
                }
            ).with_columns(basis=pl.lit(known))
        )
    return pl.concat(parts)


def _years(commuting: pl.DataFrame) -> list[tuple[int, list[str], Floats, str]]:
    """Each year's codes, persons[home, work], and basis; a matrix without its diagonal is refused."""
    found = matrices(commuting)
    for one in found:
        if not np.diag(one.persons).any():
            raise DataError(
                f"commuting {one.year} has nobody who lives and works in the same municipality; without them "
                "no share of commuters is right. Read a matrix that has its diagonal"
            )
    return [(one.year, one.codes, one.persons, one.basis) for one in found]


def _published(
    areas: pl.DataFrame, when: int, codes: list[str]
) -> tuple[Floats, Floats, Indices, str] | None:
    """The published shares in the order of the codes and their basis, if the year has them for all."""
    rows = areas.filter(pl.col("year") == when).sort("municipality")
    if rows["municipality"].to_list() != codes:
        return None
    index = {code: at for at, code in enumerate(codes)}
    destination = rows["largest_destination"].replace_strict(index, return_dtype=pl.Int64).to_numpy()
    out, to_largest = rows["out_share"].to_numpy(), rows["out_share_largest"].to_numpy()
    return out, to_largest, destination, str(rows.select(weakest()).item())


def _named(area: Indices, residents: Floats) -> Indices:
    """Each place's area by the index of its largest place."""
    order = np.lexsort((np.arange(len(area)), -residents))
    leader = np.full(len(area), -1)
    for place in order[::-1]:
        leader[area[place]] = place
    return leader[area]


def _membership(when: int, rule: str, codes: list[str], centre: Indices, known: str) -> pl.DataFrame:
    names = pl.Series(codes)
    return pl.DataFrame({"municipality": names, "centre": names.gather(centre)}).select(
        year=pl.lit(when, pl.Int64),
        rule=pl.lit(rule),
        municipality="municipality",
        centre="centre",
        basis=pl.lit(known),
    )


def _moved(rows: pl.DataFrame) -> pl.DataFrame:
    """Say of each municipality whether its area changed since the previous year that it has."""
    members = pl.col("municipality").sort().str.join(",").over("year", "rule", "centre")
    rows = rows.with_columns(members=members).sort("rule", "municipality", "year")

    def before(name: str) -> pl.Expr:
        return pl.col(name).shift(1).over("rule", "municipality")

    # The same members under another name have not moved.
    same = (pl.col("centre") == before("centre")) | (pl.col("members") == before("members"))
    # An observation against an estimate shows what the estimate got wrong, and no change.
    comparable = (pl.col("basis") == before("basis")) | (pl.col("basis") == "assumed")
    comparable |= before("basis") == "assumed"
    word = pl.when(same & comparable).then(pl.lit("no")).when(~same & comparable).then(pl.lit("yes"))
    known = pl.when(comparable & (before("basis") == "assumed")).then(pl.lit("assumed")).otherwise("basis")
    return rows.with_columns(moved=word, basis=known).drop("members").sort("year", "rule", "municipality")
