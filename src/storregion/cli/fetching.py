"""Fetching from publishers, and the state of every source."""

import argparse
import sys
from dataclasses import asdict

from storregion.cli.arguments import Verbs, add_json
from storregion.cli.opening import FETCH, needs, open_group, open_to_make
from storregion.cli.output import DATA_WRONG, FINE, Progress, answer


def add(verbs: Verbs) -> None:
    """Add the verbs fetch and status."""
    fetch = verbs.add_parser("fetch", help="fetch the publishers' own figures into the group")
    fetch.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help="files of the group's folder fetch (default: all except those marked only_by_name)",
    )
    how = fetch.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="only say how many calls it would take")
    how.add_argument("--check", action="store_true", help="only ask what has changed")
    how.add_argument(
        "--offline", action="store_true", help="make no calls; remake the files from the raw ones"
    )
    how.add_argument("--again", action="store_true", help="fetch also what has not changed")
    fetch.add_argument(
        "--accept", action="store_true", help="take tables that have lost codes or changed variables"
    )
    add_json(fetch, "outcomes")
    fetch.set_defaults(run=_fetch)

    status = verbs.add_parser("status", help="print the state of every source, and the size of the store")
    add_json(status, "sources", "calls", "store")
    status.set_defaults(run=_status)


def _fetch(chosen: argparse.Namespace) -> int:
    needs(FETCH, "fetch")
    from storregion.fetch.outcome import summary
    from storregion.fetch.run import Fetch, Wishes

    wishes = Wishes(
        accept=chosen.accept,
        again=chosen.again,
        dry=chosen.dry_run,
        check=chosen.check,
        offline=chosen.offline,
    )
    with Progress("Fetching") as progress:
        fetch = Fetch(open_to_make(chosen), lambda line: print(line, file=sys.stderr), progress)
        outcomes = fetch.run(chosen.targets, wishes)
    lines = [summary(outcome) for outcome in outcomes]
    if not outcomes:
        lines.append("Nothing to fetch: the group has no folder fetch with targets.")
    if any(outcome.word == "fetched" for outcome in outcomes):
        lines.append("Run 'storregion build' to use what was fetched.")
    answer(chosen, {"outcomes": [asdict(outcome) for outcome in outcomes]}, lines)
    return DATA_WRONG if any(outcome.fault or outcome.without for outcome in outcomes) else FINE


def _status(chosen: argparse.Namespace) -> int:
    from storregion.fetch import status

    workspace = open_group(chosen)
    sources, budgets = status.lines(workspace), status.budgets(workspace)
    lines = [f"{one.file:<42} {one.state}{f' ({one.more})' if one.more else ''}" for one in sources]
    held = workspace.store.held()
    size = {"folder": workspace.store.folder, "tables": held.tables, "states": held.states, "size": held.size}
    found = {"sources": [asdict(one) for one in sources], "calls": budgets, "store": size}
    answer(chosen, found, [*lines, *budgets, f"The store in {workspace.store.folder} holds {held}."])
    return FINE
