"""Building all tables, checking everything that a group holds, and cleaning the store."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from storregion.cli.arguments import Verbs, add_engine, add_json, completed, count, engine, tables
from storregion.cli.opening import open_to_make
from storregion.cli.output import FINE, Progress, answer
from storregion.core.garbage import collect_rarely

if TYPE_CHECKING:
    from storregion.core.pipeline import Timing
    from storregion.core.workspace import Workspace

KEPT = 10
"""Builds that are kept where a call does not say how many."""


def add(verbs: Verbs) -> None:
    """Add the verbs build, check and clean."""
    build = verbs.add_parser("build", help="make every table that is out of date")
    build.add_argument("--force", action="store_true", help="make tables even if they are up to date")
    only = build.add_argument("--only", metavar="TABLE", help="make this table and what it rests on")
    completed(only, tables)
    build.add_argument("--timings", action="store_true", help="say how long each table took, slowest first")
    add_engine(build, "tables at once (default: 2)")
    add_json(build, "made", "tables", "not_made", "timings")
    build.set_defaults(run=_build)
    check = verbs.add_parser("check", help="check all figures and settings, and that the store is whole")
    add_json(check, "tables", "relations", "made", "scenarios", "suspects", "catalogue")
    check.set_defaults(run=_check)
    clean = verbs.add_parser("clean", help="remove tables from the store that no recent build rests on")
    clean.add_argument(
        "--keep",
        type=count,
        default=KEPT,
        metavar="N",
        help=f"the builds to keep, each of one group and scenario, newest first (default: {KEPT})",
    )
    add_json(clean, "states", "tables", "size")
    clean.set_defaults(run=_clean)


def _clean(chosen: argparse.Namespace) -> int:
    from storregion.core.store import Store, default_folder

    store = Store(chosen.store or default_folder())
    removed = store.clean(chosen.keep)
    line = f"Removed {removed} from {store.folder}; it holds {store.held()}."
    answer(chosen, {"states": removed.states, "tables": removed.tables, "size": removed.size}, [line])
    return FINE


def _build(chosen: argparse.Namespace) -> int:
    from storregion.kernels.compiled import announce

    collect_rarely()
    workspace = open_to_make(chosen)
    timings: list[Timing] = []
    announce(lambda kernel: print(f"Compiling {kernel}, once for this machine", file=sys.stderr))
    with Progress("Building") as progress:
        made = workspace.build(
            *([chosen.only] if chosen.only else []),
            force=chosen.force,
            report=lambda table, done, total: progress(done, total, table),
            timings=timings,
            engine=engine(chosen, 2),
        )
    timings.sort(key=lambda one: -one.wall)
    missing, total = workspace.missing, len(workspace.steps)
    lines = [f"Not made: {table} ({reason})." for table, reason in missing.items()]
    if made:
        lines.append(f"Built {len(made)} of {total} tables: {', '.join(made)}.")
    else:
        lines.append("Nothing to build: all tables are up to date.")
    if chosen.timings:
        lines += _timed(timings)
    found = {"made": made, "tables": total, "not_made": missing, "timings": [asdict(one) for one in timings]}
    answer(chosen, found, lines)
    return FINE


def _timed(timings: list["Timing"]) -> Iterator[str]:
    """The time of each table in lines, and the sum; seconds."""
    yield f"{'table':<28}{'wall':>8}{'processor':>11}  seconds"
    for one in timings:
        yield f"{one.table:<28}{one.wall:>8.2f}{one.processor:>11.2f}"
    wall, processor = sum(one.wall for one in timings), sum(one.processor for one in timings)
    yield f"{'sum (steps run side by side)':<28}{wall:>8.2f}{processor:>11.2f}"


def _check(chosen: argparse.Namespace) -> int:
    from storregion.publish.files import dcat

    workspace = open_to_make(chosen)
    scenarios = sorted(path.stem for path in (workspace.folder / "scenarios").glob("*.toml"))
    others = [open_to_make(chosen, name) for name in scenarios if name != chosen.scenario]
    # What is fast to find comes first: settings, then figures, then what takes a whole build.
    for opened in (workspace, *others):
        opened.store.hashes.forget()  # nothing is taken for unchanged
        opened.due()
    facts = [table for table, step in workspace.steps.items() if ".studies." not in step.name]
    made = _build_to_check(workspace, *facts)
    relations = _ask(workspace)
    suspects = _read(workspace)
    for opened in (workspace, *others):
        made += _build_to_check(opened)
    total, catalogue = len(workspace.steps), dcat.unset(workspace.group.portal)
    but = f", except for {len(suspects)} suspect" if suspects else ""
    parts = f"{total} tables, {relations} relations between them, the strategy, the plans, the indicators"
    lines = [f"{parts}, the checklist, the frozen follow-ups and the scenarios are as they should be{but}."]
    if made:
        lines.append(f"Made anew, since they were out of date or damaged: {', '.join(dict.fromkeys(made))}.")
    lines += [f"Of the catalogue: in group.toml, {said}." for said in catalogue]
    if suspects:
        lines.append(
            "A text that these rest on has changed since. They are shown as suspect until read anew:"
        )
        lines += [f"  {name}" for name in suspects]
    found = {
        "tables": total,
        "relations": relations,
        "made": list(dict.fromkeys(made)),
        "scenarios": scenarios,
        "suspects": suspects,
        "catalogue": catalogue,
    }
    answer(chosen, found, lines)
    return FINE


def _build_to_check(workspace: "Workspace", *tables: str) -> list[str]:
    """Build some tables or all, and say how far it has come; what had to be made."""
    with Progress(f"Checking {workspace.scenario_name}") as progress:
        return workspace.build(*tables, report=lambda table, done, total: progress(done, total, table))


def _ask(workspace: "Workspace") -> int:
    """How many relations the figures keep to; what does not, and is not accepted, is asked about."""
    from storregion.core import plausibility
    from storregion.core.errors import DataError
    from storregion.facts.relations import RELATIONS

    kept = plausibility.accepted(workspace.folder, RELATIONS)
    with Progress("Comparing figures") as progress:
        found = plausibility.compared(RELATIONS, workspace.table, workspace.steps, kept, progress)
    if found.questions:
        asked = "\n  ".join(found.questions)
        raise DataError(f"are these figures right?\n  {asked}")
    return found.compared


def _read(workspace: "Workspace") -> list[str]:
    """Read all that pages and reports will read; the links and codings whose text has changed since."""
    from storregion.fetch import publishers
    from storregion.publish.reports import checklist
    from storregion.strategy import evaluation, freeze, whole

    read = whole.read(workspace)
    evaluation.check(workspace.folder)
    checklist.read(workspace.folder, read.strategy)
    for manifest in sorted(workspace.folder.glob(f"followups/*/{freeze.MANIFEST}")):
        freeze.read(manifest.parent)
    if (workspace.folder / "fetch").is_dir():
        publishers.read(workspace.folder)
    return read.suspects()
