"""Who lives where and works where: commuting between municipalities, and the areas they form."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, some
from storregion.core.table import weakest
from storregion.facts.employment import INDUSTRIES
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

EMPLOYED_INDUSTRY = columns.schema(
    "employed_industry",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.code("side", key=True, choices=("night", "day")),
    columns.code("industry", key=True, choices=INDUSTRIES),
    columns.number("persons", "employed", least=0.0),
)
EmployedIndustry = Annotated[pl.DataFrame, EMPLOYED_INDUSTRY]

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
    total = commuting.filter(pl.col("sex") == "total")
    return [_matrix(flows) for flows in total.sort("year").partition_by("year", maintain_order=True)]


def latest_matrix(commuting: pl.DataFrame) -> Matrix:
    """The commuting of the latest year, as of `matrices`.

    Parameters
    ----------
    commuting : rows of the table `commuting`.
    """
    total = commuting.filter(pl.col("sex") == "total")
    return _matrix(total.filter(pl.col("year") == pl.col("year").max()))


def _matrix(flows: pl.DataFrame) -> Matrix:
    """The rows of one year as an array."""
    codes = (
        pl.concat([flows["home"].unique(maintain_order=True), flows["work"].unique(maintain_order=True)])
        .unique()
        .sort()
    )
    at = pl.int_range(codes.len(), eager=True)
    home, work = (flows[end].replace_strict(codes, at).to_numpy() for end in ("home", "work"))
    persons = np.zeros((len(codes), len(codes)))
    persons[home, work] = flows["persons"].to_numpy()
    # A pair that an observed matrix leaves out is known to be nobody.
    known = np.full(persons.shape, flows["cell"].first() == "observed")
    known[home, work] = (flows["cell"] != "spread").to_numpy()
    basis = str(flows.select(weakest()).item())
    return Matrix(int(flows["year"].item(0)), codes.to_list(), persons, known, basis)


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
    rows = _counted(regional_statistics, municipalities)
    whole = rows.filter(pl.col("category").str.contains(_EVERYBODY))
    if rows.height and whole.is_empty():
        raise DataError(
            f"employment is counted in {some(rows['category'].unique().sort())}, but not in all "
            "industries together; fetch the total, too"
        )
    return (
        _final(whole, ["municipality", "year", "side"])
        .select([column.name for column in EMPLOYED.columns])
        .sort("municipality", "year", "side")
    )


def employed_industry(
    regional_statistics: RegionalStatistics, municipalities: Municipalities
) -> EmployedIndustry:
    """Employed people by municipality of residence or of work, and by industry, once they are fetched.

    Parameters
    ----------
    regional_statistics : the series of employment, the final one before the preliminary one.
    municipalities : which there are.

    Raises
    ------
    DataError
        The publisher's label of an industry is none of those that are known, or could be two.
    """
    rows = _counted(regional_statistics, municipalities)
    rows = rows.filter(~pl.col("category").str.contains(_EVERYBODY))
    labels = {label: _industry(label) for label in set(rows["category"])}
    keys = ["municipality", "year", "side", "industry"]
    named = rows.with_columns(industry=pl.col("category").replace_strict(labels, return_dtype=pl.String))
    return (
        _final(named.drop_nulls("industry"), keys)
        .select([column.name for column in EMPLOYED_INDUSTRY.columns])
        .sort(keys)
    )


def _counted(statistics: pl.DataFrame, municipalities: pl.DataFrame) -> pl.DataFrame:
    """Rows of employed people of both sexes by municipality, with the side that they are counted on."""
    series = ("employment", "employment_preliminary")
    rows = statistics.filter(
        pl.col("statistic").is_in(series), pl.col("sex") == "total", pl.col("value").is_not_null()
    ).join(municipalities.select(area="municipality"), on="area", how="semi")
    label = pl.col("measure").str.to_lowercase()
    side = pl.coalesce(pl.when(label.str.contains(word)).then(pl.lit(name)) for name, word in _SIDES.items())
    return rows.with_columns(
        municipality="area",
        year=pl.col("period").str.head(4).cast(pl.Int64),
        persons=pl.col("value"),
        side=side,
    ).drop_nulls("side")


def _final(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """One row a key: that of the final series where both have it."""
    return rows.sort("statistic").group_by(keys, maintain_order=True).first()


_INDUSTRY_WORDS = {
    "A": "jordbruk", "B+C": "tillverkning", "D+E": "energi", "F": "bygg", "G": "handel", "H": "transport",
    "I": "hotell", "J": "kommunikation", "K": "finans", "L": "fastighet", "M+N": "företagstjänst",
    "O": "förvaltning", "P": "utbildning", "Q": "vård", "R+S+T+U": "kultur", None: "okän",
}  # fmt: skip
"""A word of the publisher's label of each industry, and of that of people whose industry is not known."""


def _industry(label: str) -> str | None:
    """The industry that a publisher's label stands for; None where it says that it is not known."""
    found = [code for code, word in _INDUSTRY_WORDS.items() if word in label.lower()]
    if len(found) != 1:
        raise DataError(
            f"the industry {label!r} of the fetched employment is {'more than one' if found else 'none'} "
            "of those that are known; choose the fifteen industries in fetch/employment.toml"
        )
    return found[0]


SERIES_BREAKS = columns.schema(
    "series_breaks",
    __name__,
    columns.code("series", key=True),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.text("about_sv"),
    columns.text("about_en"),
)
SeriesBreaks = Annotated[pl.DataFrame, SERIES_BREAKS]
