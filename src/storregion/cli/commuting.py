"""The estimate of commuting tried on a matrix that is known."""

import argparse
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storregion.cli.arguments import Verbs, add_json
from storregion.cli.opening import open_group
from storregion.cli.output import FINE, answer

if TYPE_CHECKING:
    from storregion.kernels.trial import Band


def add(verbs: Verbs) -> None:
    """Add the verb commuting."""
    verb = verbs.add_parser("commuting", help="try the estimate of commuting on a matrix that is known")
    actions = verb.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser(
        "check", help="estimate a known matrix from its shares alone, and show the errors by distance"
    )
    check.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="CSV (also .gz) with the columns home, work and persons, home = work included; the first two "
        "digits of a code are the county",
    )
    check.add_argument(
        "--points",
        type=Path,
        metavar="FILE",
        help="CSV with the columns code, x and y in metres (default: the group's municipalities)",
    )
    add_json(check, "near_km", "bands")
    check.set_defaults(run=_check)


def _check(chosen: argparse.Namespace) -> int:
    from storregion.kernels import trial
    from storregion.sources import commuting_matrix

    points = chosen.points or open_group(chosen).table("municipality_points")
    matrix = commuting_matrix.read(chosen.file, points)
    found = trial.trial(matrix.persons, matrix.km, matrix.groups)
    names = [f"{start:g}–{end:g}" for start, end in pairwise(trial.BANDS)]
    names[-1] = f"{trial.BANDS[-2]:g}–"
    bands = dict(zip(names, trial.by_distance(matrix.persons, matrix.km, found), strict=True))
    bands["all"] = trial.band(matrix.persons, found, matrix.km >= 0)
    shown = {"near_km": found.near_km, "bands": {name: _plain(one) for name, one in bands.items()}}
    answer(chosen, shown, [*_lines(found.near_km, bands)])
    return FINE


def _plain(band: "Band") -> dict[str, Any]:
    """A band as JSON has it; what is not a number is null."""
    return {name: None if value != value else value for name, value in band._asdict().items()}


def _lines(near_km: float, bands: dict[str, "Band"]) -> list[str]:
    lines = [f"Nearness falls to a third over {near_km:g} km, the scale that fits the largest shares best."]
    lines.append(f"{'km':>8}{'observed':>11}{'estimated':>11}{'common':>8}{'cells':>8}{'covered':>9}")
    for name, one in bands.items():
        covered = "–" if one.covered != one.covered else f"{one.covered:.0%}"
        lines.append(
            f"{name:>8}{one.observed:>11.0f}{one.estimated:>11.0f}{one.common:>8.3f}{one.cells:>8}{covered:>9}"
        )
    lines.append("common: the part of the flows between places that is right; 1 where all are.")
    lines.append(
        "covered: estimated cells of at least 5 people whose interval holds the observed number; 80% meant."
    )
    return lines
