"""A group's own surveys: how many gave each answer, with what few gave withheld."""

from typing import Annotated

import polars as pl

from storregion.core import columns

ALL, NO_ANSWER = "all", "no_answer"
NAME = r"[a-z][a-z0-9_-]*"

SURVEY_COUNTS = columns.schema(
    "survey_counts",
    __name__,
    columns.code("survey", key=True, pattern=NAME),
    columns.year(),
    columns.code("question", key=True, pattern=NAME),
    columns.code("by", key=True, pattern=NAME),
    columns.code("group", key=True),
    columns.code("answer", key=True),
    columns.code("place", optional=True),
    *(
        columns.text(f"{name}_{language}")
        for name in ("question", "by", "group", "answer")
        for language in ("sv", "en")
    ),
    columns.whole("respondents", "respondents", least=0, absent="respondents_absent"),
    columns.number("weight", "number", least=0.0, absent="respondents_absent"),
    columns.whole("base", "respondents", least=0, absent="base_absent"),
    columns.number("base_weight", "number", least=0.0, absent="base_absent"),
    columns.number("base_squares", "number", least=0.0, absent="base_absent"),
)
SurveyCounts = Annotated[pl.DataFrame, SURVEY_COUNTS]
