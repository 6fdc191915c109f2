"""Labour markets: which municipalities form one market for work, by several rules, year by year.

Title       Labour market areas
Question    Which municipalities form one market for work, how self-contained are they, and how do they grow
            together over the years?
Method      Three rules on national commuting. la: Statistics Sweden's centres and followers; a municipality
            is a centre when at most 20 % of its employed residents leave it and at most 7.5 % go to any
            single other one, every other follows its largest destination, and two that lead to each other
            form a joint centre. euro: areas that are large and self-contained enough (Coombes & Bond 2008),
            with the parameters that Istat uses. The tree of fusions (INTRAMAX, Masser & Brown 1975) joins
            the pair of the group's municipalities with the strongest ties, measured against the sizes of
            both, again and again.
Reads       commuting, labour_market_areas, places
Limits      In a year whose commuting is estimated, la uses the published shares alone, and so gives the
            published areas; sizes, self-containment, euro and the tree then rest on the estimate. The tree
            leaves out commuting across the group's border.

Titel       Lokala arbetsmarknader
Fråga       Vilka kommuner bildar en gemensam arbetsmarknad, hur självförsörjande är de, och hur växer de
            ihop över åren?
Metod       Tre regler på hela landets pendling. la: SCB:s centrum och följare; en kommun är centrum när
            högst 20 % av dess sysselsatta invånare pendlar ut och högst 7,5 % till någon enskild kommun,
            alla andra följer sitt största mål, och två som leder till varandra bildar ett gemensamt
            centrum. euro: områden som är stora och självförsörjande nog (Coombes & Bond 2008), med Istats
            parametrar. Trädet av sammanslagningar (INTRAMAX, Masser & Brown 1975) förenar om och om igen de
            två av gruppens kommuner som har starkast band, mätt mot bådas storlek.
Läser       commuting, labour_market_areas, places
Gränser     Ett år vars pendling är uppskattad använder la bara de publicerade andelarna och ger därför de
            publicerade områdena; storlek, självförsörjning, euro och trädet vilar då på uppskattningen.
            Trädet utelämnar pendling över gruppens gräns.
"""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.errors import DataError
from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis, weakest
from storregion.facts.people import year
from storregion.facts.places import Places
from storregion.facts.work import Commuting, LabourMarketAreas, matrices

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
RULES = ("la", "euro")


def _rule() -> Column:
    return Column(
        "rule",
        pl.String,
        "code",
        Text("Regel", "Rule"),
        Text(
            "la (SCB:s regel) eller euro (Coombes & Bond).",
            "la (Statistics Sweden's) or euro (Coombes & Bond).",
        ),
        key=True,
        choices=RULES,
    )


def _municipality(name: str, label: Text, about: Text, *, key: bool = False) -> Column:
    return Column(name, pl.String, "code", label, about, key=key, pattern=r"\d{4}")


LABOUR_MARKETS = Schema(
    "labour_markets",
    Text("Arbetsmarknad per kommun", "Labour market of each municipality"),
    Text(
        "Området som varje kommun i landet hör till, per år och regel, och om det ändrats sedan året före.",
        "The area that each municipality of the country belongs to, by year and rule, and "
        "whether it changed.",
    ),
    (
        year(),
        _rule(),
        _municipality(
            "municipality", Text("Kommun", "Municipality"), Text("Kommunkod.", "Municipality code."), key=True
        ),
        _municipality(
            "centre",
            Text("Område", "Area"),
            Text("Kommunen som området heter efter.", "The municipality that names the area."),
        ),
        Column(
            "moved",
            pl.String,
            "code",
            Text("Ändrat", "Moved"),
            Text(
                "yes om kommunens område bytt centrum och medlemmar sedan föregående år, annars no; tomt "
                "första året, och där det föregående året är känt på annat sätt.",
                "yes where the municipality's area changed centre and members since the previous year, else "
                "no; empty in the first, and where the previous year is known in another way.",
            ),
            choices=("yes", "no"),
            optional=True,
        ),
        basis(),
    ),
)
LabourMarkets = Annotated[pl.DataFrame, LABOUR_MARKETS]


def _contained(name: str, label: Text, about: Text) -> Column:
    return Column(
        name, pl.Float64, "share", label, about, least=0.0, most=1.0 + 1e-9, absent="contained_absent"
    )


def _size(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.Float64, "jobs" if name == "jobs" else "employed", label, about, least=0.0)


LABOUR_MARKET_AREAS_MADE = Schema(
    "labour_market_sizes",
    Text("Arbetsmarknadernas storlek", "Size of labour markets"),
    Text(
        "Storlek och självförsörjning för varje område, per år och regel.",
        "Size and self-containment of every area, by year and rule.",
    ),
    (
        year(),
        _rule(),
        _municipality(
            "centre",
            Text("Område", "Area"),
            Text("Kommunen som området heter efter.", "The municipality that names the area."),
            key=True,
        ),
        Column(
            "municipalities",
            pl.Int64,
            "municipalities",
            Text("Kommuner", "Municipalities"),
            Text("Antal kommuner i området.", "Number of municipalities."),
            least=1,
        ),
        _size(
            "residents",
            Text("Sysselsatta invånare", "Employed residents"),
            Text("Nattbefolkning.", "Night population."),
        ),
        _size("jobs", Text("Arbetstillfällen", "Jobs"), Text("Dagbefolkning.", "Day population.")),
        _size(
            "within",
            Text("Bor och arbetar där", "Live and work there"),
            Text(
                "Sysselsatta som både bor och arbetar i området.",
                "Employed people who both live and work in the area.",
            ),
        ),
        _contained(
            "resident_contained",
            Text("Andel som stannar", "Share who stay"),
            Text(
                "Andel av de sysselsatta invånarna som arbetar i området.",
                "Share of employed residents who work in the area.",
            ),
        ),
        _contained(
            "job_contained",
            Text("Andel arbeten med egna", "Share of jobs held locally"),
            Text(
                "Andel av arbetstillfällena som innehas av områdets egna invånare.",
                "Share of jobs held by the area's own residents.",
            ),
        ),
        absence("contained_absent", Text("självförsörjning", "self-containment")),
        basis(),
    ),
)
LabourMarketSizes = Annotated[pl.DataFrame, LABOUR_MARKET_AREAS_MADE]

LABOUR_MARKET_AGREEMENT = Schema(
    "labour_market_agreement",
    Text("Överensstämmelse med SCB:s områden", "Agreement with the published areas"),
    Text(
        "Hur många kommuner som hör ihop med samma kommuner som i SCB:s publicerade områden, per år.",
        "How many municipalities share an area with the same others as in the published areas, by year.",
    ),
    (
        year(),
        Column(
            "municipalities",
            pl.Int64,
            "municipalities",
            Text("Kommuner", "Municipalities"),
            Text("Antal kommuner.", "Number of municipalities."),
            least=1,
        ),
        Column(
            "agreeing",
            pl.Int64,
            "municipalities",
            Text("Lika", "Agreeing"),
            Text("Kommuner vars område är detsamma.", "Municipalities whose area is the same."),
            least=0,
        ),
        Column(
            "areas",
            pl.Int64,
            "areas",
            Text("Områden här", "Areas here"),
            Text("Antal områden enligt regeln la.", "Number of areas by the rule la."),
            least=1,
        ),
        Column(
            "published_areas",
            pl.Int64,
            "areas",
            Text("Publicerade områden", "Published areas"),
            Text("Antal publicerade områden.", "Number of published areas."),
            least=1,
        ),
        basis(),
    ),
)
LabourMarketAgreement = Annotated[pl.DataFrame, LABOUR_MARKET_AGREEMENT]

LABOUR_MARKET_TREE = Schema(
    "labour_market_tree",
    Text("Hur kommunerna växer ihop", "How municipalities grow together"),
    Text(
        "Trädet av sammanslagningar av gruppens kommuner, per år: starkast band först.",
        "The tree of fusions of the group's municipalities, by year: strongest ties first.",
    ),
    (
        year(),
        Column(
            "step",
            pl.Int64,
            "number",
            Text("Steg", "Step"),
            Text("Sammanslagningens nummer.", "Number of the fusion."),
            key=True,
            least=1,
        ),
        Column(
            "one",
            pl.String,
            "code",
            Text("Den ena", "One"),
            Text(
                "Kommunkod, eller s och numret på ett tidigare steg.",
                "Municipality code, or s and the number of an earlier step.",
            ),
        ),
        Column(
            "two",
            pl.String,
            "code",
            Text("Den andra", "Other"),
            Text(
                "Kommunkod, eller s och numret på ett tidigare steg.",
                "Municipality code, or s and the number of an earlier step.",
            ),
        ),
        Column(
            "tie",
            pl.Float64,
            "tie",
            Text("Band", "Tie"),
            Text(
                "Bandets styrka, C/(E·J) i båda riktningar; 0 där inget förenar dem.",
                "Strength of the tie, C/(E·J) both ways; 0 where nothing ties them.",
            ),
            least=0.0,
        ),
        Column(
            "within_share",
            pl.Float64,
            "share",
            Text("Inom", "Within"),
            Text(
                "Andel av all pendling i gruppen som ryms inom sammanslagningarna efter steget.",
                "Share of all commuting in the group that lies within fusions after the step.",
            ),
            least=0.0,
            most=1.0 + 1e-9,
        ),
        basis(),
    ),
)
LabourMarketTree = Annotated[pl.DataFrame, LABOUR_MARKET_TREE]


def labour_markets(
    commuting: Commuting,
    labour_market_areas: LabourMarketAreas,
    *,
    most_out: float = 0.20,
    most_to_one: float = 0.075,
    most_links: int = 0,
    least_size: float = 1000.0,
    least_contained: float = 0.6667,
    target_size: float = 10000.0,
    target_contained: float = 0.75,
    reaggregate: bool = True,
) -> LabourMarkets:
    """The area of every municipality, by year and rule.

    Parameters
    ----------
    commuting : national flows by year.
    labour_market_areas : published shares, used alone for `la` in estimated years.
    most_out : the share that may leave a centre, for `la`.
    most_to_one : the share that may go from a centre to any single other municipality, for `la`.
    most_links : links that a municipality may be from its centre, for `la`; 0 cuts no chain.
    least_size : employed residents that an area must have, for `euro`.
    least_contained : the share who live and work there that a large area must have, for `euro`.
    target_size : employed residents from which an area may be less self-contained, for `euro`.
    target_contained : the share who live and work there that a small area must have, for `euro`.
    reaggregate : look at an area anew after each municipality that leaves it, for `euro`; false dissolves it
        wholly, as Istat's program in R (3.4) does.

    Raises
    ------
    DataError
        A year lacks those who work where they live, or its numbers or the parameters cannot be.
    """
    from storregion.kernels import markets

    observed = set(commuting.filter(pl.col("cell") == "observed")["year"])
    parts = []
    for when, codes, flows, known in _years(commuting):
        published = None if when in observed else _published(labour_market_areas, when, codes)
        try:
            shares = published[:3] if published else markets.shares(flows)
            la = markets.centres(*shares, most_out=most_out, most_to_one=most_to_one, most_links=most_links)
            euro = markets.euro(
                flows,
                least_size=least_size,
                least_contained=least_contained,
                target_size=target_size,
                target_contained=target_contained,
                reaggregate=reaggregate,
            )
        except markets.NotFlowsError as error:
            raise DataError(f"labour markets of {when} cannot be formed: {error}") from None
        residents = flows.sum(axis=1)
        by_la = published[3] if published else known
        parts.append(_membership(when, "la", codes, _named(la, residents), by_la))
        parts.append(_membership(when, "euro", codes, _named(euro, residents), known))
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
    sent = both.group_by(key).agg(
        residents=pl.col("persons").sum(), within=pl.col("persons").filter(stays).sum()
    )
    held = both.group_by("year", "rule", centre="centre_work").agg(jobs=pl.col("persons").sum())
    count = labour_markets.group_by(key).agg(municipalities=pl.len().cast(pl.Int64))
    # An area rests on who belongs to it, and on how many they are.
    bases = pl.concat(
        [
            labour_markets.select(*key, "basis"),
            flows.group_by("year").agg(weakest()).join(count.select(key), on="year").select(*key, "basis"),
        ]
    )
    known = bases.group_by(key).agg(weakest())
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
        .group_by("year")
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
    from storregion.kernels import markets

    inside = places.filter(pl.col("kind") == "municipality")["place"].implode()
    parts = []
    for when, codes, flows, known in _years(
        commuting.filter(pl.col("home").is_in(inside), pl.col("work").is_in(inside))
    ):
        fused, ties, within = markets.intramax(flows)
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
                f"commuting {one.year} lacks those who live and work in the same municipality; without them "
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
