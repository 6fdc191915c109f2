"""Timetables: feeds looked over and added, what is within reach, and kernels compiled."""

import argparse
import os
import sys
from pathlib import Path

from storregion.cli.arguments import Verbs, add_engine, add_json, count, day, engine
from storregion.cli.opening import open_group, open_to_make
from storregion.cli.output import DATA_WRONG, FINE, Progress, answer


def add(verbs: Verbs) -> None:
    """Add the verbs gtfs, access and warmup."""
    _add_gtfs(verbs)
    _add_access(verbs)


def _add_gtfs(verbs: Verbs) -> None:
    gtfs = verbs.add_parser("gtfs", help="look over timetables in GTFS")
    inner = gtfs.add_subparsers(dest="inner", required=True, metavar="VERB")
    check = inner.add_parser("check", help="list the faults of a feed, and how each is handled")
    check.add_argument("feed", type=Path, metavar="FEED", help="the feed: a zip, or a folder of its files")
    check.add_argument("--day", type=day, metavar="YYYY-MM-DD", help="read this day of it, too")
    add_json(check, "readable", "faults", "service_days", "day")
    check.set_defaults(run=_check_gtfs)
    add = inner.add_parser("add", help="add a feed to the group's files; the next build uses it")
    add.add_argument("feed", type=Path, metavar="FEED", help="the feed, a zip")
    add.add_argument("--licence", required=True, metavar="WORDS", help="the licence it is published under")
    add_json(add, "file", "trips", "day", "replaced")
    add.set_defaults(run=_add_feed)


def _add_access(verbs: Verbs) -> None:
    access = verbs.add_parser(
        "access", help="compute how many people and jobs each cell can reach; can be stopped and resumed"
    )
    access.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="a .parquet file, or a folder for it"
    )
    access.add_argument(
        "--origins",
        default="cells",
        metavar="KIND",
        help="where to start: cells, nodes, localities or stations (default: cells)",
    )
    access.add_argument(
        "--feed", type=Path, metavar="FEED", help="a timetable in GTFS instead of the group's"
    )
    access.add_argument(
        "--day", type=day, metavar="YYYY-MM-DD", help="the feed's day (default: that of the rules)"
    )
    access.add_argument(
        "--grid", type=Path, metavar="CSV", help="cells in the columns of the table, instead of it"
    )
    access.add_argument(
        "--walks",
        type=Path,
        metavar="CSV",
        help="walking times in the columns of cell_walks, instead of that table",
    )
    access.add_argument(
        "--period",
        default="morning",
        metavar="PERIOD",
        help="when to leave: hours as 06:00-09:00, or a period's name (default: morning)",
    )
    add_engine(access, "origins at once (default: one for each processor)")
    access.add_argument(
        "--share",
        metavar="URL",
        help="where a cluster gets timetable and cells, as s3://bucket/folder (default: --store and --to)",
    )
    access.add_argument(
        "--batch", type=count, default=200, metavar="N", help="origins in a part (default: 200)"
    )
    add_json(access, "file", "origins", "batches_kept", "batches_made", "checksum")
    access.set_defaults(run=_access)

    warmup = verbs.add_parser("warmup", help="compile all kernels, or load them where they are kept")
    add_json(warmup, "seconds")
    warmup.set_defaults(run=_warmup)


def _add_feed(chosen: argparse.Namespace) -> int:
    from storregion.sources.gtfs.adding import add_feed

    workspace = open_to_make(chosen)
    taken = add_feed(workspace, chosen.feed, chosen.licence)
    lines = [f"{'Replaced' if taken.replaced else 'Wrote'} {taken.path}: {taken.trips} trips on {taken.day}."]
    lines.append(
        "Run 'storregion build' to use it; travel_rules says whether it joins the line plan or replaces it."
    )
    found = {"file": taken.path, "trips": taken.trips, "day": taken.day, "replaced": taken.replaced}
    answer(chosen, found, lines)
    return FINE


def _check_gtfs(chosen: argparse.Namespace) -> int:
    from storregion.sources import gtfs

    if sys.stderr.isatty():
        print(f"Reading {chosen.feed} …", file=sys.stderr)
    checked = gtfs.check(chosen.feed, chosen.day)
    lines, days = checked.report.lines(), checked.days
    errors = len(checked.report.of("error"))
    rows = [] if checked.feed is None else checked.feed.days.to_dicts()
    found = {"readable": not errors, "faults": checked.report.lines(), "service_days": days, "day": rows}
    if errors:
        kinds = "kind" if errors == 1 else "kinds"
        lines.append(f"{chosen.feed} cannot be read: errors of {errors} {kinds}.")
    else:
        lines.append(
            f"{chosen.feed} can be read: {len(days)} days with service from {days[0]} to {days[-1]}."
        )
        lines += [f"  {r['day']}: {r['trips']} trips, {r['calls']} calls ({r['publisher']})" for r in rows]
    answer(chosen, found, lines)
    return DATA_WRONG if errors else FINE


def _access(chosen: argparse.Namespace) -> int:
    from storregion.journeys.cells.call import Call, Feed
    from storregion.journeys.cells.running import run
    from storregion.sources import gtfs

    names = ("to", "origins", "day", "grid", "walks", "period", "share", "batch")
    asked = {name: getattr(chosen, name) for name in names}
    feed = Feed(chosen.feed, gtfs.read) if chosen.feed else None
    call = Call(**asked, feed=feed, engine=engine(chosen, os.cpu_count() or 1))
    with Progress("Reaching") as progress:
        done = run(open_group(chosen), call, progress)
    kept = f", {done.kept} batches of them kept from before" if done.kept else ""
    line = f"Wrote {done.rows} origins to {done.path}{kept}."
    if not done.made:
        line = f"Nothing to do: {done.path} is finished, with {done.rows} origins."
    found = {"file": done.path, "origins": done.rows, "batches_kept": done.kept, "batches_made": done.made}
    lines = [line, f"Checksum of the values (SHA-256): {done.checksum}"]
    answer(chosen, {**found, "checksum": done.checksum}, lines)
    return FINE


def _warmup(chosen: argparse.Namespace) -> int:
    from storregion.kernels.warming import warmed

    found = {}
    for family, seconds in warmed():
        found[family] = seconds
        if not chosen.json:
            print(f"{family}: {seconds:.2f} s", flush=True)
    if chosen.json:
        answer(chosen, {"seconds": found}, ())
    return FINE
