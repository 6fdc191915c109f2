"""The group's own surveys: answers of everybody over the years, and by group."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.site import Site, StudyPart
from storregion.publish.table_views import view_of
from storregion.publish.words import WORDS

_COUNTED = ("respondents", "base", "share", "low", "high")


def study(site: Site, language: Language) -> StudyPart:
    """Every survey's answers, the years beside each other; what to do where there is none."""
    rows = site.workspace.table("survey_shares")
    if rows.is_empty():
        return StudyPart([], [("survey_none", {})])
    asked, answer, group = f"question_{language}", f"answer_{language}", f"group_{language}"
    everybody = pl.col("by") == "all"
    return StudyPart(
        [
            view_of(
                site,
                language,
                name,
                WORDS[f"survey_{name}"][language],
                (site.workspace, "survey_shares", rows.filter(which)),
                columns=columns,
            )
            for name, which, columns in (
                ("answers", everybody, [asked, answer, "year", *_COUNTED]),
                ("groups", ~everybody, [asked, group, answer, "year", *_COUNTED]),
            )
            if rows.filter(which).height
        ]
    )
