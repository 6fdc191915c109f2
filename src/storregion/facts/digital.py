"""Digital connection: how many households can have it, the goals, and how long the electricity is out."""

import re
from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.facts.key_figures import KEY_FIGURES, KeyFigures

INDICATORS = ("gigabit", "mbit100", "fiber", "mobile_5g")
GROUNDS = ("all", "built_up", "rural")
_TITLES = {"gigabit": r"\b1 ?gbit", "mbit100": r"\b100 ?mbit", "mobile_5g": r"\b5g\b", "fiber": r"\bfiber"}
"""What the title of a key figure says of the indicator; the first that fits counts."""
_RURAL, _BUILT_UP = re.compile("utanför tätort|glesbygd|landsbygd"), re.compile("tätort|tätbebygg")
_OTHERS = re.compile("arbetsställe|företag")
"""Of those the key figures of households alone are told apart."""

DIGITAL_PUBLISHED = columns.schema(
    "digital_published",
    __name__,
    columns.code("indicator", key=True, choices=INDICATORS),
    columns.code("area", key=True, pattern=r"\d{2}|\d{4}"),
    columns.code("ground", key=True, choices=GROUNDS),
    columns.year(),
    columns.share("share"),
    columns.text("source"),
)
DigitalPublished = Annotated[pl.DataFrame, DIGITAL_PUBLISHED]

DIGITAL_IMPORTED = DIGITAL_PUBLISHED.renamed("digital_imported", __name__)
DigitalImported = Annotated[pl.DataFrame, DIGITAL_IMPORTED]

DIGITAL_COVERAGE = DIGITAL_PUBLISHED.renamed("digital_coverage", __name__)
DigitalCoverage = Annotated[pl.DataFrame, DIGITAL_COVERAGE]

DIGITAL_GOALS = columns.schema(
    "digital_goals",
    __name__,
    columns.code("indicator", key=True, choices=INDICATORS),
    columns.year(),
    columns.share("share"),
    columns.text("source"),
)
DigitalGoals = Annotated[pl.DataFrame, DIGITAL_GOALS]

OUTAGES = columns.schema(
    "outages",
    __name__,
    KEY_FIGURES["area"],
    columns.year(),
    columns.number("saidi_minutes", "minutes", least=0, most=525600),
    columns.text("source"),
)
Outages = Annotated[pl.DataFrame, OUTAGES]


def digital_coverage(
    digital_published: DigitalPublished, digital_imported: DigitalImported, key_figures: KeyFigures
) -> DigitalCoverage:
    """Every published share, each cell once: of a table read in, else of the key figures, else as bundled.

    Parameters
    ----------
    digital_published : the figures that come with the group.
    digital_imported : a publisher's table that was read in.
    key_figures : those whose title says one of the indicators; a key figure of workplaces is left out.

    Raises
    ------
    DataError
        Two key figures give the same cell.
    """
    key = DIGITAL_PUBLISHED.key
    names = [column.name for column in DIGITAL_PUBLISHED.columns]
    fetched = _of_titles(key_figures).select(names)
    rows = pl.concat([digital_imported.select(names), fetched, digital_published.select(names)])
    return rows.unique(key, keep="first", maintain_order=True).sort(key)


def _of_titles(key_figures: pl.DataFrame) -> pl.DataFrame:
    """The key figures whose title says an indicator, as shares, in the columns of `digital_coverage`."""
    titles = key_figures["title"].unique().sort().to_list()
    meant = {title: meaning for title in titles if (meaning := _meaning(title))}
    rows = key_figures.filter(
        pl.col("title").is_in(list(meant)), pl.col("value").is_not_null(), sex="total"
    ).with_columns(
        indicator=pl.col("title").replace_strict({t: m[0] for t, m in meant.items()}, return_dtype=pl.String)
        if meant
        else pl.lit(None, pl.String),
        ground=pl.col("title").replace_strict({t: m[1] for t, m in meant.items()}, return_dtype=pl.String)
        if meant
        else pl.lit(None, pl.String),
        share=pl.col("value") / 100.0,
        source=pl.lit("Kolada ") + pl.col("kpi"),
    )
    twice = rows.filter(rows.select(DIGITAL_PUBLISHED.key).is_duplicated()).sort("kpi")
    if twice.height:
        both = " and ".join(twice["kpi"].unique(maintain_order=True).to_list())
        cell = "/".join(str(twice[name][0]) for name in DIGITAL_PUBLISHED.key)
        raise DataError(f"key figures {both} both say {cell}; take one of them out of the fetch")
    return rows


def _meaning(title: str) -> tuple[str, str] | None:
    """The indicator and the ground that a title names; None where it is about something else."""
    words = title.lower()
    if _OTHERS.search(words) and "hushåll" not in words:
        return None
    indicator = next((name for name, sign in _TITLES.items() if re.search(sign, words)), None)
    if indicator is None:
        return None
    ground = "rural" if _RURAL.search(words) else "built_up" if _BUILT_UP.search(words) else "all"
    return indicator, ground
