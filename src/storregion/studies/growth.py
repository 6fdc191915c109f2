"""Population growth: where the group has grown, how concentrated it is, and whether ages diverge."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest
from storregion.facts.people import POPULATION, MunicipalityChanges, Population, PopulationProfile
from storregion.facts.places import Membership, Places

GROWTH = columns.schema(
    "growth",
    __name__,
    columns.place(),
    columns.year(),
    POPULATION["persons"],
    columns.whole("previous_year", "year", absent="change_absent"),
    columns.whole("change", "persons_of_place", absent="change_absent"),
    columns.number("change_percent", "percent", absent="change_absent"),
    columns.number("annual_percent", "percent_a_year", absent="change_absent"),
    columns.whole("base_year", "year", absent="base_absent"),
    columns.whole("base_change", "persons_of_place", absent="base_absent", cumulative=True),
    columns.number("base_percent", "percent", absent="base_absent", cumulative=True),
    columns.number("base_annual_percent", "percent_a_year", absent="base_absent", cumulative=True),
    columns.number("group_share", "share", least=0, absent="group_share_absent"),
    columns.number("growth_share", "share", absent="growth_share_absent", cumulative=True),
    columns.number("concentration", "ratio", absent="growth_share_absent", cumulative=True),
    columns.number("period_share", "share", absent="period_absent"),
    columns.number("period_concentration", "ratio", absent="period_absent"),
    columns.number("rest_annual_percent", "percent_a_year", absent="rest_absent", cumulative=True),
)
Growth = Annotated[pl.DataFrame, GROWTH]


def growth(
    population: Population,
    municipality_changes: MunicipalityChanges,
    places: Places,
    membership: Membership,
    *,
    base_year: int = 1900,
) -> Growth:
    """Population and its change for every place and year.

    Parameters
    ----------
    population : persons by municipality and year.
    municipality_changes : municipalities formed out of others, which breaks comparison where the figures of
        earlier years are not carried back to the later division.
    places, membership : the places, and the municipalities that each is added up from.
    base_year : the year changes are counted from; the first year at hand when earlier than that.

    Raises
    ------
    DataError
        The base year is later than every year at hand.
    """
    if not population.height:
        raise DataError("growth has no population to follow; put rows into the table")
    if base_year > (last := population["year"].to_list()[population["year"].arg_max() or 0]):
        raise DataError(
            f"growth has base_year = {base_year}, but the last year at hand is {last}; choose an earlier one"
        )
    own = places.filter(pl.col("kind") == "group")["place"].item()
    levels = _levels(population, places, membership)
    pairs = _pairs(levels, _breaks(_shown(municipality_changes, population), membership))
    counted = pairs.filter(pl.col("earlier") >= base_year)
    previous = pairs.filter(pl.col("earlier") == pl.col("earlier").max().over("place", "year"))
    base = counted.filter("comparable").filter(
        pl.col("earlier") == pl.col("earlier").min().over("place", "year")
    )
    frame = levels
    for rates in (_since_previous(previous), _since_base(base), _any_counted(counted)):
        frame = frame.join(rates, on=["place", "year"], how="left")
    frame = _with_group(_reasons(frame), levels, pairs, own).join(_inside(own, membership), on="place")
    frame = _rests_on(_in_period(_compared(frame, own), pairs, own), levels, own)
    return frame.select(GROWTH_COLUMNS).sort("place", "year")


GROWTH_COLUMNS = [column.name for column in GROWTH.columns]


def _of_places(
    observed: pl.DataFrame, absent: str, places: pl.DataFrame, membership: pl.DataFrame
) -> pl.DataFrame:
    """Every municipality and year of each place; a row that is not there is missing, not left out."""
    parts = membership.select("place", "municipality", held="basis")
    grid = (
        places.select("place")
        .join(parts, on="place")
        .join(observed.select("year").unique(maintain_order=True), how="cross")
    )
    return grid.join(
        observed.rename({"basis": "known"}), on=["municipality", "year"], how="left"
    ).with_columns(pl.when(pl.col("known").is_null()).then(pl.lit("missing")).otherwise(absent).alias(absent))


def _levels(population: pl.DataFrame, places: pl.DataFrame, membership: pl.DataFrame) -> pl.DataFrame:
    """Persons of each place and year, or the reason why not: one missing part makes the whole missing."""
    reason = pl.col("persons_absent")
    lost = (
        pl.when((reason == "missing").any())
        .then(pl.lit("missing"))
        .when((reason == "suppressed").any())
        .then(pl.lit("suppressed"))
        .when((reason == "not_comparable").any())
        .then(pl.lit("not_comparable"))
        .when(reason.is_not_null().all())
        .then(pl.lit("not_applicable"))
    )
    return (
        _of_places(population, "persons_absent", places, membership)
        .group_by("place", "year", maintain_order=True)
        .agg(
            pl.col("persons").sum(),
            lost.alias("persons_absent"),
            weakest("known").alias("by_count"),
            weakest("held").alias("by_membership"),
        )
        .with_columns(
            pl.when(pl.col("persons_absent").is_null()).then("persons").alias("persons"),
            basis=_weakest_of("by_count", "by_membership"),
        )
        .drop("by_count", "by_membership")
    )


def _weakest_of(*columns: str) -> pl.Expr:
    """The weakest basis among some columns of a row; empty ones do not count."""
    assumed, estimated = (
        pl.any_horizontal(pl.col(name).eq_missing(pl.lit(basis)) for name in columns)
        for basis in ("assumed", "estimated")
    )
    return (
        pl.when(assumed)
        .then(pl.lit("assumed"))
        .when(estimated)
        .then(pl.lit("estimated"))
        .otherwise(pl.lit("observed"))
    )


def _inside(own: str, membership: pl.DataFrame) -> pl.DataFrame:
    """Which places are parts of the group, by their municipalities."""
    members = membership.filter(pl.col("place") == own)["municipality"]
    return membership.group_by("place", maintain_order=True).agg(
        part=pl.col("municipality").is_in(members.implode()).all()
    )


def _shown(changes: pl.DataFrame, population: pl.DataFrame) -> pl.DataFrame:
    """The changes that the figures show: before them, the new municipality has no figures of its own."""
    formed = changes.select("municipality", formed="year")
    there = population.filter(pl.col("persons").is_not_null()).join(formed, on="municipality")
    carried_back = there.filter(pl.col("year") < pl.col("formed"))
    return changes.join(carried_back, on="municipality", how="anti")


def _breaks(changes: pl.DataFrame, membership: pl.DataFrame) -> pl.DataFrame:
    """The years across which a place cannot be compared: it holds one of parent and offspring, not both."""
    ends = pl.concat(
        [
            changes.select("municipality", change="municipality", broken="year"),
            changes.select(municipality="parent", change="municipality", broken="year"),
        ]
    )
    return (
        membership.join(ends, on="municipality")
        .group_by("place", "change", "broken", maintain_order=True)
        .len()
        .filter(pl.col("len") == 1)
        .select("place", "broken")
        .unique(maintain_order=True)
    )


def _pairs(levels: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """Every two years of a place with a figure each, and whether they can be compared."""
    there = levels.filter(pl.col("persons").is_not_null()).select("place", "year", "persons")
    pairs = there.join(there.rename({"year": "earlier", "persons": "before"}), on="place").filter(
        pl.col("earlier") < pl.col("year")
    )
    between = (
        pairs.join(breaks, on="place")
        .filter(pl.col("earlier") < pl.col("broken"), pl.col("broken") <= pl.col("year"))
        .select("place", "year", "earlier")
        .unique(maintain_order=True)
        .with_columns(comparable=pl.lit(False))
    )
    return pairs.join(between, on=["place", "year", "earlier"], how="left").with_columns(
        pl.col("comparable").fill_null(True), years=pl.col("year") - pl.col("earlier")
    )


def _percent(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """Change in per cent; none from a population of nobody."""
    return pl.when(before > 0).then(100.0 * (now / before - 1.0))


def _annual(now: pl.Expr, before: pl.Expr, years: pl.Expr) -> pl.Expr:
    """Compound change in per cent a year; none from a population of nobody."""
    return pl.when(before > 0).then(100.0 * ((now / before) ** (1.0 / years) - 1.0))


_NOW, _BEFORE, _YEARS = pl.col("persons"), pl.col("before"), pl.col("years")


def _since_previous(pairs: pl.DataFrame) -> pl.DataFrame:
    rates = pairs.select(
        "place",
        "year",
        "comparable",
        previous_year="earlier",
        change=_NOW - _BEFORE,
        change_percent=_percent(_NOW, _BEFORE),
        annual_percent=_annual(_NOW, _BEFORE, _YEARS),
        previous_persons="before",
    )
    values = ["previous_year", "change", "change_percent", "annual_percent"]
    usable = pl.col("comparable") & pl.col("change_percent").is_not_null()
    return rates.with_columns(pl.when(usable).then(pl.col(name)).alias(name) for name in values)


def _since_base(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.filter(_BEFORE > 0).select(
        "place",
        "year",
        base_year="earlier",
        base_change=_NOW - _BEFORE,
        base_percent=_percent(_NOW, _BEFORE),
        base_annual_percent=_annual(_NOW, _BEFORE, _YEARS),
        base_persons="before",
    )


def _any_counted(pairs: pl.DataFrame) -> pl.DataFrame:
    """Where there are earlier years since the base year, whether any of them can be compared."""
    return pairs.group_by("place", "year", maintain_order=True).agg(any_comparable=pl.col("comparable").any())


def _reasons(frame: pl.DataFrame) -> pl.DataFrame:
    """Why a change is not given: the year itself is absent, the border moved, or there is no earlier year."""
    lost = pl.when(pl.col("persons_absent").is_not_null()).then("persons_absent")
    change = lost.when(~pl.col("comparable")).then(pl.lit("not_comparable"))
    base = lost.when(~pl.col("any_comparable")).then(pl.lit("not_comparable"))
    otherwise = pl.lit("not_applicable")
    return frame.with_columns(
        change_absent=pl.when(pl.col("change").is_null()).then(change.otherwise(otherwise)),
        base_absent=pl.when(pl.col("base_change").is_null()).then(base.otherwise(otherwise)),
    )


def _with_group(frame: pl.DataFrame, levels: pl.DataFrame, pairs: pl.DataFrame, own: str) -> pl.DataFrame:
    """Beside each row the group's own figures in the same year and in the row's base year."""
    of_group = pl.col("place") == own
    now = levels.filter(of_group).select("year", group_now="persons", group_lost="persons_absent")
    since = pairs.filter(of_group).select(
        "year", base_year="earlier", group_before="before", group_comparable="comparable"
    )
    return frame.join(now, on="year", how="left").join(since, on=["year", "base_year"], how="left")


def _compared(frame: pl.DataFrame, own: str) -> pl.DataFrame:
    """Each place against its group in the same years."""
    group_now, group_before = pl.col("group_now"), pl.col("group_before")
    growth_share = pl.col("base_change") / (group_now - group_before)
    rest_now, rest_before = group_now - _NOW, group_before - pl.col("base_persons")
    years = pl.col("year") - pl.col("base_year")
    grew = pl.col("part") & pl.col("group_comparable") & (group_now > group_before)
    has_rest = pl.col("part") & pl.col("group_comparable") & (pl.col("place") != own) & (rest_before > 0)
    shares = frame.with_columns(
        group_share=pl.when("part", group_now > 0).then(_NOW / group_now),
        growth_share=pl.when(grew).then(growth_share),
        concentration=pl.when(grew).then(growth_share / (pl.col("base_persons") / group_before)),
        rest_annual_percent=pl.when(has_rest).then(_annual(rest_now, rest_before, years)),
    )
    apart = pl.when(~pl.col("part")).then(pl.lit("not_applicable"))
    level = apart.otherwise(pl.coalesce("persons_absent", "group_lost", pl.lit("not_applicable")))
    moved = (
        apart.when(pl.col("base_absent").is_not_null() | pl.col("group_lost").is_not_null())
        .then(pl.coalesce("base_absent", "group_lost"))
        .when(pl.col("group_comparable").is_null())
        .then(pl.lit("missing"))
        .when(~pl.col("group_comparable"))
        .then(pl.lit("not_comparable"))
        .otherwise(pl.lit("not_applicable"))
    )
    return shares.with_columns(
        group_share_absent=pl.when(pl.col("group_share").is_null()).then(level),
        growth_share_absent=pl.when(pl.col("growth_share").is_null()).then(moved),
        rest_absent=pl.when(pl.col("rest_annual_percent").is_null()).then(moved),
    )


def _in_period(frame: pl.DataFrame, pairs: pl.DataFrame, own: str) -> pl.DataFrame:
    """Each place's part of its group's growth since the previous year at hand."""
    since = pairs.filter(pl.col("place") == own).select(
        "year",
        previous_year="earlier",
        group_then="before",
        group_change=_NOW - _BEFORE,
        group_same="comparable",
    )
    share = pl.col("change") / pl.col("group_change")
    grew = pl.col("part") & pl.col("group_same") & (pl.col("group_change") > 0)
    frame = frame.join(since, on=["year", "previous_year"], how="left").with_columns(
        period_share=pl.when(grew).then(share),
        period_concentration=pl.when(grew).then(share / (pl.col("previous_persons") / pl.col("group_then"))),
    )
    lost = (
        pl.when(~pl.col("part"))
        .then(pl.lit("not_applicable"))
        .when(pl.col("change_absent").is_not_null() | pl.col("group_lost").is_not_null())
        .then(pl.coalesce("change_absent", "group_lost"))
        .when(pl.col("group_same").is_null())
        .then(pl.lit("missing"))
        .when(~pl.col("group_same"))
        .then(pl.lit("not_comparable"))
        .otherwise(pl.lit("not_applicable"))
    )
    return frame.with_columns(period_absent=pl.when(pl.col("period_share").is_null()).then(lost))


def _rests_on(frame: pl.DataFrame, levels: pl.DataFrame, own: str) -> pl.DataFrame:
    """The basis of each row: the weakest of every level that a value in it was calculated from."""
    known = levels.select("place", "year", "basis")
    group = known.filter(pl.col("place") == own).drop("place")
    for when in ("previous_year", "base_year"):
        at = known.rename({"year": when, "basis": f"by_{when}"})
        frame = frame.join(at, on=["place", when], how="left")
    for when in ("year", "previous_year", "base_year"):
        at = group.rename({"year": when, "basis": f"by_group_{when}"})
        frame = frame.join(at, on=when, how="left")
    only_parts = [f"by_group_{when}" for when in ("year", "previous_year", "base_year")]
    frame = frame.with_columns(pl.when("part").then(pl.col(name)).alias(name) for name in only_parts)
    return frame.with_columns(basis=_weakest_of("basis", "by_previous_year", "by_base_year", *only_parts))


AGE_GROUPS = ("0_19", "75_plus")


AGE_STRUCTURE = columns.schema(
    "age_structure",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("share_0_19", "share", least=0, absent="shares_absent"),
    columns.number("share_75_plus", "share", least=0, absent="shares_absent"),
    columns.number("difference_0_19", "points", absent="difference_absent"),
    columns.number("difference_75_plus", "points", absent="difference_absent"),
)
AgeStructure = Annotated[pl.DataFrame, AGE_STRUCTURE]


def age_structure(
    population_profile: PopulationProfile,
    population: Population,
    municipality_changes: MunicipalityChanges,
    places: Places,
    membership: Membership,
) -> AgeStructure:
    """Shares of young and old for every place and year: municipal shares weighted by population.

    Parameters
    ----------
    population_profile : shares by municipality and year.
    population : persons by municipality and year, the weights; every year of the profile must be there.
    municipality_changes : municipalities formed out of others, in whose shares they count before that.
    places, membership : the places, and the municipalities that each is added up from.
    """
    weights = _divided_as(population_profile, population, municipality_changes).rename({"basis": "weighed"})
    parts = _of_places(population_profile, "shares_absent", places, membership).join(
        weights, on=["municipality", "year"], how="left"
    )
    if years := sorted(parts.filter(pl.col("weighed").is_null())["year"].unique()):
        raise DataError(f"shares by age exist for {years}, but no population to weigh all with; add it")
    reason = pl.coalesce("shares_absent", "persons_absent")
    known = pl.when(reason.is_null())
    weight = known.then(pl.col("persons")).sum()
    lost = (
        pl.when((reason == "suppressed").any())
        .then(pl.lit("suppressed"))
        .when(((reason == "missing") | (reason == "not_comparable")).any())
        .then(pl.lit("missing"))
        .when(weight == 0)
        .then(pl.lit("not_applicable"))
    )
    bases = ("known", "weighed", "held")
    shares = (
        parts.group_by("place", "year", maintain_order=True)
        .agg(
            (known.then(pl.col("share_0_19") * pl.col("persons")).sum() / weight).alias("share_0_19"),
            (known.then(pl.col("share_75_plus") * pl.col("persons")).sum() / weight).alias("share_75_plus"),
            *(weakest(name).alias(name) for name in bases),
            shares_absent=lost,
        )
        .with_columns(basis=_weakest_of(*bases))
    )
    there = pl.col("shares_absent").is_null()
    shares = shares.with_columns(
        pl.when(there).then(pl.col(name)).alias(name) for name in ("share_0_19", "share_75_plus")
    )
    return _against_group(shares, places)


def _divided_as(profile: pl.DataFrame, population: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Persons in the division of the shares: who has no shares yet counts in the municipality left later.

    Figures may be carried back to a later division than the shares are published in.
    """
    keys = ["municipality", "year"]
    not_yet = profile.filter(pl.col("shares_absent") == "not_applicable")
    within = (
        population.join(not_yet, on=keys, how="semi")
        .join(changes.select("municipality", "parent"), on="municipality")
        .group_by("year", municipality="parent", maintain_order=True)
        .agg(within=pl.col("persons").sum())
    )
    whole = pl.col("persons") + pl.col("within").fill_null(0)
    return population.join(within, on=keys, how="left").with_columns(persons=whole).drop("within")


def _against_group(shares: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    own = places.filter(pl.col("kind") == "group")["place"].item()
    whole = shares.filter(pl.col("place") == own).select(
        "year", young="share_0_19", old="share_75_plus", group_lost="shares_absent", group_basis="basis"
    )
    return (
        shares.join(whole, on="year", how="left")
        .with_columns(
            difference_0_19=100.0 * (pl.col("share_0_19") - pl.col("young")),
            difference_75_plus=100.0 * (pl.col("share_75_plus") - pl.col("old")),
            difference_absent=pl.coalesce("shares_absent", "group_lost"),
            basis=_weakest_of("basis", "group_basis"),
        )
        .select([column.name for column in AGE_STRUCTURE.columns])
        .sort("place", "year")
    )


AGE_DIVERGENCE = columns.schema(
    "age_divergence",
    __name__,
    columns.code("age_group", key=True, choices=AGE_GROUPS),
    columns.year(),
    columns.whole("municipalities", "municipalities", least=1),
    columns.number("deviation", "points", least=0),
    columns.share("lowest"),
    columns.share("highest"),
    columns.number("deviation_change", "points", absent="change_absent"),
    columns.code("direction", choices=("diverging", "converging", "unchanged"), optional=True),
)
AgeDivergence = Annotated[pl.DataFrame, AGE_DIVERGENCE]


def age_divergence(
    age_structure: AgeStructure, places: Places, *, unchanged_points: float = 0.1
) -> AgeDivergence:
    """How far the municipalities of the group lie from each other in the shares of young and old.

    Parameters
    ----------
    age_structure : shares by place and year.
    places : the places; those of kind municipality are compared.
    unchanged_points : percentage points; a smaller change of the mean difference counts as none.
    """
    own = places.filter(pl.col("kind") == "municipality")
    shares = age_structure.join(own.select("place"), on="place").filter(pl.col("shares_absent").is_null())
    long = pl.concat(
        shares.select("year", pl.lit(group).alias("age_group"), "basis", share=f"share_{group}")
        for group in AGE_GROUPS
    )
    spread = (
        long.group_by("age_group", "year", maintain_order=True)
        .agg(
            municipalities=pl.len().cast(pl.Int64),
            deviation=100.0 * (pl.col("share") - pl.col("share").mean()).abs().mean(),
            lowest=pl.col("share").min(),
            highest=pl.col("share").max(),
            known=weakest(),
        )
        .rename({"known": "basis"})
        .sort("age_group", "year")
    )
    change = pl.col("deviation") - pl.col("deviation").first().over("age_group")
    first = pl.col("year") == pl.col("year").first().over("age_group")
    word = (
        pl.when(change > unchanged_points)
        .then(pl.lit("diverging"))
        .when(change < -unchanged_points)
        .then(pl.lit("converging"))
        .otherwise(pl.lit("unchanged"))
    )
    spread = spread.with_columns(first_basis=pl.col("basis").first().over("age_group"))
    return spread.with_columns(
        deviation_change=pl.when(~first).then(change),
        change_absent=pl.when(first).then(pl.lit("not_applicable")),
        direction=pl.when(~first).then(word),
        basis=_weakest_of("basis", "first_basis"),
    ).drop("first_basis")
