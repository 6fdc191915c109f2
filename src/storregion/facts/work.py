"""Who lives where and works where: commuting between municipalities, and the areas they form."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.language import Text
from storregion.core.table import Column, Schema, basis, weakest
from storregion.facts.people import SEXES, year
from storregion.facts.places import municipality

LABOUR_MARKET_AREAS = Schema(
    "labour_market_areas",
    Text("Lokala arbetsmarknader", "Local labour market areas"),
    Text(
        "SCB:s lokala arbetsmarknader per år: området, kommunen man pendlar mest till, och andelar som "
        "pendlar ut.",
        "Statistics Sweden's local labour market areas by year: area, largest destination and shares "
        "commuting out.",
    ),
    (
        municipality(key=True),
        year(about=Text("Årets indelning.", "The year of the delineation.")),
        Column(
            "la_code",
            pl.String,
            "code",
            Text("Områdeskod", "Area code"),
            Text("Områdets kod.", "The area's code."),
            pattern=r"LA\d{4}",
        ),
        Column(
            "la_name", pl.String, "name", Text("Område", "Area"), Text("Områdets namn.", "The area's name.")
        ),
        Column(
            "largest_destination",
            pl.String,
            "code",
            Text("Länkad till", "Linked to"),
            Text("Kommunen som SCB länkar kommunen till.", "The municipality it is linked to."),
            refers=("municipalities", "municipality"),
        ),
        Column(
            "out_share",
            pl.Float64,
            "share",
            Text("Andel utpendlare", "Share commuting out"),
            Text(
                "Andel av de sysselsatta invånarna som arbetar i en annan kommun.",
                "Share of employed residents who work in another municipality.",
            ),
            least=0.0,
            most=1.0,
        ),
        Column(
            "out_share_largest",
            pl.Float64,
            "share",
            Text("Andel till största mål", "Share to largest destination"),
            Text(
                "Andel av de sysselsatta invånarna som arbetar i den största målkommunen.",
                "Share of employed residents who work in the largest single destination.",
            ),
            least=0.0,
            most=1.0,
        ),
        basis(),
    ),
)
LabourMarketAreas = Annotated[pl.DataFrame, LABOUR_MARKET_AREAS]

SEX_OR_TOTAL = ("total", *SEXES)
CELLS = ("observed", "published_share", "spread")


def _end(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.String, "code", label, about, key=True, refers=("municipalities", "municipality"))


def _commuting_columns() -> tuple[Column, ...]:
    return (
        year(about=Text("Året, i november eller december.", "The year, in November or December.")),
        _end(
            "home",
            Text("Bostadskommun", "Home"),
            Text("Kommunen man bor i.", "The municipality of residence."),
        ),
        _end(
            "work", Text("Arbetskommun", "Work"), Text("Kommunen man arbetar i.", "The municipality of work.")
        ),
        Column(
            "sex",
            pl.String,
            "code",
            Text("Kön", "Sex"),
            Text(
                "total (alla), men (män) eller women (kvinnor); från 2022 kan män och kvinnor "
                "avvika från total.",
                "total, men or women; from 2022 men and women may differ from the total.",
            ),
            key=True,
            choices=SEX_OR_TOTAL,
        ),
        Column(
            "persons",
            pl.Float64,
            "employed",
            Text("Sysselsatta", "Employed"),
            Text(
                "Sysselsatta som bor i den ena och arbetar i den andra; inte hela tal där de är uppskattade.",
                "Employed people who live in one and work in the other; no whole numbers where estimated.",
            ),
            least=0.0,
        ),
    )


COMMUTING_OBSERVED = Schema(
    "commuting_observed",
    Text("Observerad pendling", "Observed commuting"),
    Text(
        "Pendling mellan kommuner som utgivaren redovisar den; tom tills någon fil är inläst.",
        "Commuting between municipalities as the publisher has it; empty until a file is read in.",
    ),
    (*_commuting_columns(), basis()),
)
CommutingObserved = Annotated[pl.DataFrame, COMMUTING_OBSERVED]

COMMUTING = Schema(
    "commuting",
    Text("Pendling mellan kommuner", "Commuting between municipalities"),
    Text(
        "Sysselsatta efter bostadskommun och arbetskommun i hela landet: observerade år, annars "
        "en uppskattning.",
        "Employed people by municipality of home and of work, nationwide: observed years, else an estimate.",
    ),
    (
        *_commuting_columns(),
        Column(
            "cell",
            pl.String,
            "code",
            Text("Hur talet är känt", "How it is known"),
            Text(
                "observed (observerad), published_share (följer av en publicerad andel) eller "
                "spread (utspridd "
                "resterande pendling i uppskattningen).",
                "observed, published_share (follows from a published share) or spread (the rest "
                "of commuting, "
                "spread by the estimate).",
            ),
            choices=CELLS,
        ),
        basis(),
    ),
)
Commuting = Annotated[pl.DataFrame, COMMUTING]


@dataclass(frozen=True)
class Matrix:
    """One year's commuting as an array.

    Attributes
    ----------
    year : the year.
    codes : (n,) municipalities in order of code, those of home and of work.
    persons : (n, n) array, employed people living in i and working in j.
    known : (n, n) cells that are observed or follow from a published share.
    basis : the weakest basis among the year's rows.
    """

    year: int
    codes: list[str]
    persons: NDArray[np.float64]
    known: NDArray[np.bool_]
    basis: str


def matrices(commuting: pl.DataFrame) -> list[Matrix]:
    """The commuting of each year, both sexes together, as an array.

    Parameters
    ----------
    commuting : rows of the table `commuting`.
    """
    found = []
    total = commuting.filter(pl.col("sex") == "total").sort("year")
    for (when,), flows in total.group_by("year", maintain_order=True):
        codes = sorted(set(flows["home"]) | set(flows["work"]))
        index = {code: at for at, code in enumerate(codes)}
        home, work = (
            flows[end].replace_strict(index, return_dtype=pl.Int64).to_numpy() for end in ("home", "work")
        )
        persons = np.zeros((len(codes), len(codes)))
        persons[home, work] = flows["persons"].to_numpy()
        # A pair that an observed matrix leaves out is known to be nobody.
        known = np.full(persons.shape, flows["cell"].first() == "observed")
        known[home, work] = (flows["cell"] != "spread").to_numpy()
        basis_found = str(flows.select(weakest()).item())
        found.append(Matrix(int(str(when)), codes, persons, known, basis_found))
    return found


SERIES_BREAKS = Schema(
    "series_breaks",
    Text("Tidsseriebrott", "Series breaks"),
    Text(
        "År då en källa har ändrats så att serien bryts.",
        "Years in which a source changed so that the series breaks.",
    ),
    (
        Column(
            "series",
            pl.String,
            "code",
            Text("Serie", "Series"),
            Text("Tabellen som bryts.", "The table that breaks."),
            key=True,
        ),
        year(about=Text("Första året efter brottet.", "The first year after the break.")),
        Column(
            "about_sv",
            pl.String,
            "text",
            Text("Vad som ändrats", "What changed, in Swedish"),
            Text("Vad som ändrats.", "What changed, in Swedish."),
        ),
        Column(
            "about_en",
            pl.String,
            "text",
            Text("Vad som ändrats, på engelska", "What changed"),
            Text("Vad som ändrats, på engelska.", "What changed."),
        ),
        basis(),
    ),
)
SeriesBreaks = Annotated[pl.DataFrame, SERIES_BREAKS]
