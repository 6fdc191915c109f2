"""Who lives where and works where: commuting between municipalities, and the areas they form."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest
from storregion.facts.people import SEXES
from storregion.facts.places import Municipalities
from storregion.facts.regional_statistics import RegionalStatistics

LABOUR_MARKET_AREAS = columns.schema(
    "labour_market_areas",
    __name__,
    columns.municipality(key=True),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.code("la_code", pattern=r"LA\d{4}"),
    columns.text("la_name", "name"),
    columns.code("largest_destination", refers=("municipalities", "municipality")),
    columns.share("out_share"),
    columns.share("out_share_largest"),
)
LabourMarketAreas = Annotated[pl.DataFrame, LABOUR_MARKET_AREAS]

SEX_OR_TOTAL = ("total", *SEXES)
CELLS = ("observed", "published_share", "carried", "spread")


COMMUTING_OBSERVED = columns.schema(
    "commuting_observed",
    __name__,
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.code("home", key=True, refers=("municipalities", "municipality")),
    columns.code("work", key=True, refers=("municipalities", "municipality")),
    columns.code("sex", key=True, choices=SEX_OR_TOTAL),
    columns.number("persons", "employed", least=0.0),
)
CommutingObserved = Annotated[pl.DataFrame, COMMUTING_OBSERVED]

COMMUTING_KNOWN = columns.schema(
    "commuting_known",
    __name__,
    COMMUTING_OBSERVED["year"],
    COMMUTING_OBSERVED["home"],
    COMMUTING_OBSERVED["work"],
    COMMUTING_OBSERVED["persons"],
)
CommutingKnown = Annotated[pl.DataFrame, COMMUTING_KNOWN]

EMPLOYED = columns.schema(
    "employed",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.code("side", key=True, choices=("night", "day")),
    columns.number("persons", "employed", least=0.0),
)
Employed = Annotated[pl.DataFrame, EMPLOYED]

COUNTY_COMMUTING = columns.schema(
    "county_commuting",
    __name__,
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.code("home_county", key=True, refers=("counties", "county")),
    columns.code("work_county", key=True, refers=("counties", "county")),
    columns.whole("persons", "employed", least=0),
)
CountyCommuting = Annotated[pl.DataFrame, COUNTY_COMMUTING]

COMMUTING = columns.schema(
    "commuting",
    __name__,
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.code("home", key=True, refers=("municipalities", "municipality")),
    columns.code("work", key=True, refers=("municipalities", "municipality")),
    columns.code("sex", key=True, choices=SEX_OR_TOTAL),
    columns.number("persons", "employed", least=0.0),
    columns.number("low", "employed", least=0.0, optional=True),
    columns.number("high", "employed", least=0.0, optional=True),
    columns.code("cell", choices=CELLS),
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


_SIDES = {"night": "nattbefolkning", "day": "dagbefolkning"}
"""Words in the publisher's labels by which employed people are counted where they live or work."""
_EVERYBODY = r"(?i)^(total|samtliga)"


def employed(regional_statistics: RegionalStatistics, municipalities: Municipalities) -> Employed:
    """Employed people by municipality of residence (night) and of work (day), once they are fetched.

    Parameters
    ----------
    regional_statistics : the series of employment, the final one before the preliminary one.
    municipalities : which there are.

    Raises
    ------
    DataError
        A series counts day or night population, but not in all industries together.
    """
    series = ("employment", "employment_preliminary")
    rows = regional_statistics.filter(
        pl.col("statistic").is_in(series), pl.col("sex") == "total", pl.col("value").is_not_null()
    ).join(municipalities.select(area="municipality"), on="area", how="semi")
    label = pl.col("measure").str.to_lowercase()
    side = pl.coalesce(pl.when(label.str.contains(word)).then(pl.lit(name)) for name, word in _SIDES.items())
    rows = rows.with_columns(side=side).drop_nulls("side")
    whole = rows.filter(pl.col("category").str.contains(_EVERYBODY))
    if rows.height and whole.is_empty():
        raise DataError(
            f"employment is counted in {rows['category'].unique().sort().to_list()[:6]}, but not in all "
            "industries together; fetch the total, too"
        )
    return (
        whole.sort("statistic")
        .group_by("area", "period", "side", maintain_order=True)
        .first()
        .select(
            "basis",
            "side",
            municipality="area",
            year=pl.col("period").str.head(4).cast(pl.Int64),
            persons=pl.col("value"),
        )
        .select([column.name for column in EMPLOYED.columns])
        .sort("municipality", "year", "side")
    )


SERIES_BREAKS = columns.schema(
    "series_breaks",
    __name__,
    columns.code("series", key=True),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.text("about_sv"),
    columns.text("about_en"),
)
SeriesBreaks = Annotated[pl.DataFrame, SERIES_BREAKS]
