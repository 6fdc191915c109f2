"""Population growth: where the group has grown, how concentrated it is, and whether ages diverge.

Title       Population growth
Question    How has each place's population changed, what share of the group's growth did it have, is
            growth concentrated to the node municipalities, and do the shares of young and old diverge?
Method      Municipal totals on 31 December are added up to places. A change is given since the previous
            year at hand and since a base year. Years are unevenly spaced, so rates are annualised:
            100·((P₁/P₀)^(1/years) − 1), per cent a year. Share of growth is the place's change over the
            group's change in the same years; concentration is that share over the place's share of the
            group's population when those years begin, so 1 is growth in proportion to size. Both are given
            since the base year and for each period, from the previous year at hand; only periods, which do
            not overlap, tell a trend. Divergence is the standard
            deviation, in percentage points, of the municipalities' shares aged 0–19 and 75+.
Reads       population, population_profile, municipality_changes, places, membership
Limits      A node's figures are those of its municipality, which stands in for the city. A municipality
            that another was formed out of is not compared across that year; its base year is then the
            first one after. Shares by age end three years before the totals. Registered population only.
            A row's basis is the weakest of all that any figure in it rests on, the group's own included.

Titel       Befolkningstillväxt
Fråga       Hur har varje plats folkmängd ändrats, hur stor del av gruppens tillväxt stod den för, är
            tillväxten koncentrerad till nodkommunerna, och går andelarna unga och äldre isär?
Metod       Kommunernas folkmängd den 31 december räknas ihop till platser. Ändringen ges sedan föregående
            år i serien och sedan ett basår. Åren ligger olika långt isär, så takten räknas om till år:
            100·((P₁/P₀)^(1/antal år) − 1), procent per år. Andel av tillväxten är platsens ändring delad
            med gruppens under samma år; koncentration är den andelen delad med platsens andel av gruppens
            folkmängd när åren börjar, så 1 är tillväxt i proportion till storleken. Båda ges sedan basåret
            och för varje period, från föregående år i serien; bara perioderna, som inte överlappar
            varandra, visar en trend. Spridningen är
            standardavvikelsen, i procentenheter, mellan kommunernas andelar 0–19 år och 75 år och äldre.
Läser       population, population_profile, municipality_changes, places, membership
Gränser     En nods siffror är dess kommuns, som står för staden. En kommun som en annan har bildats ur
            jämförs inte över det året; dess basår är då det första året efter. Andelarna efter ålder
            slutar tre år före folkmängden. Bara folkbokförda. En rads grund är den svagaste av allt som
            någon siffra i raden vilar på, också gruppens egna siffror.
"""

from typing import Annotated

import polars as pl

from storregion.core.errors import DataError
from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis, weakest
from storregion.facts.people import MunicipalityChanges, Population, PopulationProfile, year
from storregion.facts.places import Membership, Places


def _place() -> Column:
    return Column(
        "place",
        pl.String,
        "code",
        Text("Plats", "Place"),
        Text("Platsens kod.", "The place's code."),
        key=True,
        refers=("places", "place"),
    )


def _value(
    name: str,
    unit: str,
    label: Text,
    about: Text,
    absent: str,
    *,
    least: float | None = None,
    whole: bool = False,
    cumulative: bool = False,
) -> Column:
    kind = pl.Int64 if whole else pl.Float64
    return Column(name, kind, unit, label, about, least=least, absent=absent, cumulative=cumulative)


GROWTH = Schema(
    "growth",
    Text("Befolkningstillväxt", "Population growth"),
    Text(
        "Folkmängd och dess ändring för varje plats och år, sedan föregående år i serien och sedan basåret.",
        "Population and its change by place and year, since the previous year in the series and since the "
        "base year.",
    ),
    (
        _place(),
        year(),
        _value(
            "persons",
            "persons",
            Text("Folkmängd", "Population"),
            Text("Folkbokförda den 31 december.", "Registered residents on 31 December."),
            "persons_absent",
            least=0,
            whole=True,
        ),
        absence("persons_absent", Text("folkmängd", "population")),
        _value(
            "previous_year",
            "year",
            Text("Föregående år", "Previous year"),
            Text("Närmast föregående år i serien.", "The previous year in the series."),
            "change_absent",
            whole=True,
        ),
        _value(
            "change",
            "persons",
            Text("Ändring", "Change"),
            Text(
                "Ändring sedan föregående år i serien, personer.",
                "Change since the previous year in the series, persons.",
            ),
            "change_absent",
            whole=True,
        ),
        _value(
            "change_percent",
            "percent",
            Text("Ändring, %", "Change, %"),
            Text(
                "Ändring sedan föregående år i serien, procent.",
                "Change since the previous year in the series, per cent.",
            ),
            "change_absent",
        ),
        _value(
            "annual_percent",
            "percent_a_year",
            Text("Ändring per år, %", "Change a year, %"),
            Text(
                "Årlig takt sedan föregående år i serien, procent per år.",
                "Annual rate since the previous year in the series, per cent a year.",
            ),
            "change_absent",
        ),
        absence("change_absent", Text("ändring", "change")),
        _value(
            "base_year",
            "year",
            Text("Basår", "Base year"),
            Text("Första året som går att jämföra med.", "The first year that can be compared with."),
            "base_absent",
            whole=True,
        ),
        _value(
            "base_change",
            "persons",
            Text("Ändring sedan basåret", "Change since base year"),
            Text("Ändring sedan basåret, personer.", "Change since the base year, persons."),
            "base_absent",
            whole=True,
            cumulative=True,
        ),
        _value(
            "base_percent",
            "percent",
            Text("Ändring sedan basåret, %", "Change since base year, %"),
            Text("Ändring sedan basåret, procent.", "Change since the base year, per cent."),
            "base_absent",
            cumulative=True,
        ),
        _value(
            "base_annual_percent",
            "percent_a_year",
            Text("Per år sedan basåret, %", "A year since base year, %"),
            Text(
                "Årlig takt sedan basåret, procent per år.",
                "Annual rate since the base year, per cent a year.",
            ),
            "base_absent",
            cumulative=True,
        ),
        absence("base_absent", Text("ändring sedan basåret", "change since base year")),
        _value(
            "group_share",
            "share",
            Text("Andel av gruppens folkmängd", "Share of the group's population"),
            Text("Platsens andel av gruppens folkmängd.", "The place's share of the group's population."),
            "group_share_absent",
            least=0,
        ),
        absence("group_share_absent", Text("andel av gruppen", "share of the group")),
        _value(
            "growth_share",
            "share",
            Text("Andel av gruppens tillväxt sedan basåret", "Share of the group's growth since base year"),
            Text(
                "Platsens ändring sedan basåret delad med gruppens under samma år; finns bara när gruppen "
                "växt.",
                "The place's change since the base year over the group's in the same years; only where the "
                "group grew.",
            ),
            "growth_share_absent",
            cumulative=True,
        ),
        _value(
            "concentration",
            "ratio",
            Text("Koncentration", "Concentration"),
            Text(
                "Andel av tillväxten delad med andel av folkmängden basåret; 1 är tillväxt i proportion till "
                "storleken.",
                "Share of growth over share of population in the base year; 1 is growth in proportion to "
                "size.",
            ),
            "growth_share_absent",
            cumulative=True,
        ),
        absence("growth_share_absent", Text("andel av tillväxten", "share of growth")),
        _value(
            "period_share",
            "share",
            Text("Andel av gruppens tillväxt i perioden", "Share of the group's growth in the period"),
            Text(
                "Platsens ändring sedan föregående år i serien delad med gruppens under samma år; finns bara "
                "när gruppen växt.",
                "The place's change since the previous year in the series over the group's in the same "
                "years; only where the group grew.",
            ),
            "period_absent",
        ),
        _value(
            "period_concentration",
            "ratio",
            Text("Koncentration i perioden", "Concentration in the period"),
            Text(
                "Andel av tillväxten i perioden delad med andel av folkmängden när den började; 1 är "
                "tillväxt i proportion till storleken.",
                "Share of growth in the period over share of population when it began; 1 is growth in "
                "proportion to size.",
            ),
            "period_absent",
        ),
        absence("period_absent", Text("andel av periodens tillväxt", "share of the period's growth")),
        _value(
            "rest_annual_percent",
            "percent_a_year",
            Text("Övriga gruppen per år, %", "Rest of the group a year, %"),
            Text(
                "Årlig takt under samma år i gruppen utom platsen, procent per år.",
                "Annual rate in the same years in the group without the place, per cent a year.",
            ),
            "rest_absent",
            cumulative=True,
        ),
        absence("rest_absent", Text("övriga gruppen", "rest of the group")),
        basis(),
    ),
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
    municipality_changes : municipalities formed out of others, which breaks comparison.
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
    pairs = _pairs(levels, _breaks(municipality_changes, membership))
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
    grid = places.select("place").join(parts, on="place").join(observed.select("year").unique(), how="cross")
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
        .group_by("place", "year")
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
    return membership.group_by("place").agg(part=pl.col("municipality").is_in(members.implode()).all())


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
        .group_by("place", "change", "broken")
        .len()
        .filter(pl.col("len") == 1)
        .select("place", "broken")
        .unique()
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
        .unique()
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
    return pairs.group_by("place", "year").agg(any_comparable=pl.col("comparable").any())


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
    """The basis of each row: the weakest of every level that a value in it was reckoned from."""
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


def _points(name: str, label: Text, about: Text, absent: str) -> Column:
    return Column(name, pl.Float64, "points", label, about, absent=absent)


AGE_STRUCTURE = Schema(
    "age_structure",
    Text("Andel unga och äldre", "Shares of young and old"),
    Text(
        "Andelen unga och äldre för varje plats och år, och skillnaden mot gruppen.",
        "The shares of young and old by place and year, and the difference from the group.",
    ),
    (
        _place(),
        year(),
        _value(
            "share_0_19",
            "share",
            Text("Andel 0–19 år", "Share aged 0–19"),
            Text("Andel av folkmängden som är 0–19 år.", "Share of the population aged 0–19."),
            "shares_absent",
            least=0,
        ),
        _value(
            "share_75_plus",
            "share",
            Text("Andel 75 år–", "Share aged 75+"),
            Text(
                "Andel av folkmängden som är 75 år eller äldre.", "Share of the population aged 75 or more."
            ),
            "shares_absent",
            least=0,
        ),
        absence("shares_absent", Text("andelar", "shares")),
        _points(
            "difference_0_19",
            Text("0–19 år mot gruppen", "Aged 0–19 against the group"),
            Text(
                "Andelen 0–19 år minus gruppens, procentenheter.",
                "Share aged 0–19 minus the group's, percentage points.",
            ),
            "difference_absent",
        ),
        _points(
            "difference_75_plus",
            Text("75 år– mot gruppen", "Aged 75+ against the group"),
            Text(
                "Andelen 75 år och äldre minus gruppens, procentenheter.",
                "Share aged 75+ minus the group's, percentage points.",
            ),
            "difference_absent",
        ),
        absence("difference_absent", Text("skillnad", "difference")),
        basis(),
    ),
)
AgeStructure = Annotated[pl.DataFrame, AGE_STRUCTURE]


def age_structure(
    population_profile: PopulationProfile, population: Population, places: Places, membership: Membership
) -> AgeStructure:
    """Shares of young and old for every place and year: municipal shares weighted by population.

    Parameters
    ----------
    population_profile : shares by municipality and year.
    population : persons by municipality and year, the weights; every year of the profile must be there.
    places, membership : the places, and the municipalities that each is added up from.
    """
    weights = population.rename({"basis": "weighed"})
    parts = _of_places(population_profile, "shares_absent", places, membership).join(
        weights, on=["municipality", "year"], how="left"
    )
    if lacking := sorted(parts.filter(pl.col("weighed").is_null())["year"].unique()):
        raise DataError(f"shares by age exist for {lacking}, but no population to weigh all with; add it")
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
        parts.group_by("place", "year")
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


AGE_DIVERGENCE = Schema(
    "age_divergence",
    Text("Går åldrarna isär?", "Do ages diverge?"),
    Text(
        "Spridningen mellan gruppens kommuner i andelen unga och äldre, per år.",
        "The spread between the group's municipalities in the shares of young and old, by year.",
    ),
    (
        Column(
            "age_group",
            pl.String,
            "code",
            Text("Åldersgrupp", "Age group"),
            Text(
                "0_19 (0–19 år) eller 75_plus (75 år och äldre).",
                "0_19 (aged 0–19) or 75_plus (aged 75 or more).",
            ),
            key=True,
            choices=AGE_GROUPS,
        ),
        year(),
        Column(
            "municipalities",
            pl.Int64,
            "municipalities",
            Text("Kommuner", "Municipalities"),
            Text("Antal kommuner med uppgift.", "Number of municipalities with a figure."),
            least=1,
        ),
        Column(
            "deviation",
            pl.Float64,
            "points",
            Text("Standardavvikelse", "Standard deviation"),
            Text(
                "Standardavvikelse mellan kommunerna, oviktad, procentenheter.",
                "Standard deviation between municipalities, unweighted, percentage points.",
            ),
            least=0,
        ),
        Column(
            "lowest",
            pl.Float64,
            "share",
            Text("Lägsta andel", "Lowest share"),
            Text("Lägsta andelen i någon kommun.", "The lowest share in any municipality."),
            least=0,
            most=1,
        ),
        Column(
            "highest",
            pl.Float64,
            "share",
            Text("Högsta andel", "Highest share"),
            Text("Högsta andelen i någon kommun.", "The highest share in any municipality."),
            least=0,
            most=1,
        ),
        _points(
            "deviation_change",
            Text("Ändrad spridning", "Change in spread"),
            Text(
                "Standardavvikelsens ändring sedan första året, procentenheter.",
                "Change of the standard deviation since the first year, percentage points.",
            ),
            "change_absent",
        ),
        absence("change_absent", Text("ändring", "change")),
        Column(
            "direction",
            pl.String,
            "code",
            Text("Riktning", "Direction"),
            Text(
                "diverging (isär), converging (ihop) eller unchanged (oförändrat) efter tröskeln "
                "unchanged_points; tomt första året.",
                "diverging, converging or unchanged by the threshold unchanged_points; empty in the first "
                "year.",
            ),
            choices=("diverging", "converging", "unchanged"),
            optional=True,
        ),
        basis(),
    ),
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
    unchanged_points : percentage points; a smaller change of the standard deviation counts as none.
    """
    own = places.filter(pl.col("kind") == "municipality")
    shares = age_structure.join(own.select("place"), on="place").filter(pl.col("shares_absent").is_null())
    long = pl.concat(
        shares.select("year", pl.lit(group).alias("age_group"), "basis", share=f"share_{group}")
        for group in AGE_GROUPS
    )
    spread = (
        long.group_by("age_group", "year")
        .agg(
            municipalities=pl.len().cast(pl.Int64),
            deviation=100.0 * pl.col("share").std(ddof=0),
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
