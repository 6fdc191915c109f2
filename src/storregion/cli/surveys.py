"""A survey of the group's own, counted."""

import argparse
from pathlib import Path

from storregion.cli.arguments import Verbs, add_json
from storregion.cli.opening import open_to_make
from storregion.cli.output import FINE, answer
from storregion.core.errors import CallError

_YEARS = range(1900, 2101)


def add(verbs: Verbs) -> None:
    """Add the verb survey."""
    verb = verbs.add_parser("survey", help="count the answers to your own survey, using a codebook")
    verb.add_argument("file", type=Path, metavar="FILE", help="the answers: CSV, a row a respondent")
    verb.add_argument(
        "--codebook",
        type=Path,
        required=True,
        metavar="CODEBOOK",
        help="a TOML file that names the questions and what each code means",
    )
    verb.add_argument("--year", type=int, required=True, metavar="YEAR", help="when the answers were given")
    add_json(verb, "file", "respondents", "cells", "withheld", "replaced")
    verb.set_defaults(run=_survey)


def _survey(chosen: argparse.Namespace) -> int:
    from storregion.intake.surveys import take_survey

    if chosen.year not in _YEARS:
        raise CallError(f"--year {chosen.year} is not a year of a survey; give one such as 2026")
    taken = take_survey(open_to_make(chosen), chosen.file, chosen.codebook, chosen.year)
    lines = [
        f"Counted {taken.respondents} respondents in {taken.cells} cells; {taken.withheld} are withheld, as "
        "few gave these answers.",
        f"{'Replaced' if taken.replaced else 'Wrote'} {taken.path}; the answers themselves are kept nowhere. "
        "Run 'storregion build' to use it.",
    ]
    found = {
        "file": taken.path,
        "respondents": taken.respondents,
        "cells": taken.cells,
        "withheld": taken.withheld,
        "replaced": taken.replaced,
    }
    answer(chosen, found, lines)
    return FINE
