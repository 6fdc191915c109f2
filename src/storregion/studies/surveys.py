"""A group's own surveys: shares of each answer with intervals by group, and how they have changed."""

from typing import Annotated

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.facts.surveys import SURVEY_COUNTS, SurveyCounts
from storregion.kernels import surveys

_KEPT = (
    *("survey", "year", "question", "by", "group", "answer", "place"),
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

_WORDS = tuple(name for name in _KEPT if name.endswith(("_sv", "_en")))
VERDICTS = ("more", "fewer", "unclear")

SURVEY_CHANGES = columns.schema(
    "survey_changes",
    __name__,
    *(SURVEY_COUNTS[name] for name in _KEPT if name not in ("respondents", "base")),
    columns.whole("since", "year", least=1749, most=2100),
    columns.number("change", "share_points", absent="change_absent"),
    columns.number("change_low", "share_points", absent="change_absent"),
    columns.number("change_high", "share_points", absent="change_absent"),
    columns.code("verdict", choices=VERDICTS, absent="change_absent"),
    columns.absence("change_absent"),
)
SurveyChanges = Annotated[pl.DataFrame, SURVEY_CHANGES]


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


def survey_changes(survey_shares: SurveyShares) -> SurveyChanges:
    """How each share has changed since the same survey was made the time before.

    Two years are compared where question, group and answer have the same words in both languages.

    Parameters
    ----------
    survey_shares : shares with intervals, by year.
    """
    key = ["survey", "question", "by", "group", "answer"]
    kept = ["year", "share", "low", "high", "share_absent", *_WORDS]
    rows = survey_shares.sort(*key, "year")
    then = rows.select(pl.col(kept).shift(1).over(key).name.suffix("_then"))
    both = pl.concat([rows, then], how="horizontal").filter(pl.col("year_then").is_not_null())
    same = pl.all_horizontal(pl.col(word) == pl.col(f"{word}_then") for word in _WORDS)
    unknown = pl.coalesce("share_absent", "share_absent_then")
    why = pl.when(~same).then(pl.lit("not_comparable")).otherwise(unknown)
    both = both.with_columns(change_absent=why, since="year_then")
    there = both.filter(pl.col("change_absent").is_null())
    after, before = (
        surveys.Shares(*(there[f"{name}{end}"].to_numpy() for name in ("share", "low", "high")))
        for end in ("", "_then")
    )
    found = surveys.difference(before, after)
    changes = dict(zip(("change", "change_low", "change_high"), map(pl.Series, found), strict=True))
    more, fewer = pl.col("change_low") > 0, pl.col("change_high") < 0
    verdict = (
        pl.when(more).then(pl.lit("more")).when(fewer).then(pl.lit("fewer")).otherwise(pl.lit("unclear"))
    )
    known = there.with_columns(**changes).with_columns(verdict=verdict)
    rest = both.filter(pl.col("change_absent").is_not_null())
    names = [column.name for column in SURVEY_CHANGES.columns]
    return pl.concat([known, rest], how="diagonal").select(names).sort(*key, "year")
