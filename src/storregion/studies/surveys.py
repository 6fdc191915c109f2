"""A group's own surveys: shares of each answer with intervals, by year and group."""

from typing import Annotated

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.facts.surveys import SURVEY_COUNTS, SurveyCounts
from storregion.kernels import surveys

_KEPT = (
    *("survey", "year", "question", "by", "group", "answer"),
    *("question_sv", "question_en", "by_sv", "by_en", "group_sv", "group_en", "answer_sv", "answer_en"),
    *("respondents", "base"),
)

SURVEY_SHARES = columns.schema(
    "survey_shares",
    __name__,
    *(SURVEY_COUNTS[name] for name in _KEPT),
    columns.share("share", absent="share_absent"),
    columns.share("low", absent="share_absent"),
    columns.share("high", absent="share_absent"),
    SURVEY_COUNTS["respondents_absent"],
    SURVEY_COUNTS["base_absent"],
)
SurveyShares = Annotated[pl.DataFrame, SURVEY_SHARES]


def survey_shares(survey_counts: SurveyCounts, *, deviations: float = 1.96) -> SurveyShares:
    """The weighted share of each answer, with the interval that holds the true one.

    The share of those who gave no answer is of all who were asked; the others are of those who answered.

    Parameters
    ----------
    survey_counts : respondents and weights of each answer; those withheld stay so.
    deviations : standard deviations on each side of a share; 1.96 for nineteen cases in twenty.
    """
    known = pl.col("respondents").is_not_null() & pl.col("base").is_not_null() & (pl.col("base_weight") > 0)
    rows = survey_counts.with_columns(known=known.fill_null(False))
    there = rows.filter("known")
    weights, squares = there["base_weight"].to_numpy(), there["base_squares"].to_numpy()
    share = np.clip(there["weight"].to_numpy() / weights, 0.0, 1.0)
    low, high = surveys.wilson(share, surveys.effective(weights, squares), deviations)
    found = there.with_columns(share=pl.Series(share), low=pl.Series(low), high=pl.Series(high))
    empty = pl.when(pl.col("base") == 0).then(pl.lit("not_applicable")).otherwise(pl.lit("suppressed"))
    whole = pl.concat([found, rows.filter(~pl.col("known"))], how="diagonal").with_columns(
        share_absent=pl.when(~pl.col("known")).then(empty)
    )
    key = ["survey", "year", "question", "by", "group", "answer"]
    return whole.select([column.name for column in SURVEY_SHARES.columns]).sort(key)
