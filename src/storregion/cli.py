"""The command line: a few verbs, each a few lines that call the package."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storregion import __version__
from storregion.core.errors import CallError, StorregionError, nearest

if TYPE_CHECKING:
    import polars as pl

    from storregion.core.table import Column
    from storregion.core.workspace import Workspace

FINE, DATA_WRONG, CALL_WRONG = 0, 1, 2
# A table wider than this is printed a line a column when it has but few rows.
_WIDE, _FEW = 9, 5


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="storregion",
        description="Build, look up, trace and publish the common geography of a group of regions.",
        epilog="Exit codes: 0 fine, 1 the data is wrong, 2 the call is wrong.",
    )
    top.add_argument("--version", action="version", version=f"storregion {__version__}")
    top.add_argument(
        "--group", type=Path, metavar="DIR", help="the group's folder (default: the bundled group)"
    )
    top.add_argument(
        "--store", type=Path, metavar="DIR", help="the folder of built tables (default: your cache)"
    )
    top.add_argument(
        "--scenario", default="base", metavar="NAME", help="a scenario of the group (default: base)"
    )
    top.add_argument(
        "--as-built", action="store_true", help="read the last finished build, look for nothing newer"
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    build = verbs.add_parser("build", help="make every table that is out of date")
    build.add_argument("--force", action="store_true", help="make tables even if they are up to date")
    build.add_argument("--only", metavar="TABLE", help="make this table and what it rests on")
    build.set_defaults(run=_build)

    _add_import(verbs)
    _add_fetching(verbs)
    _add_plan(verbs)

    check = verbs.add_parser("check", help="check all figures and settings, and that the store is whole")
    check.set_defaults(run=_check)

    show = verbs.add_parser("show", help="print a table")
    show.add_argument("table", metavar="TABLE", help="the table's name, as in the catalogue")
    show.add_argument(
        "--where", action="append", default=[], metavar="K=V", help="only rows with this value; repeatable"
    )
    form = show.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print as CSV")
    form.add_argument("--json", action="store_true", help="print as JSON, one object a row")
    show.set_defaults(run=_show)

    trace = verbs.add_parser("trace", help="print where a table comes from")
    trace.add_argument("table", metavar="TABLE", help="the table's name, as in the catalogue")
    trace.set_defaults(run=_trace)

    diff = verbs.add_parser("diff", help="print where two scenarios differ in a table: A, B and B−A")
    diff.add_argument("a", metavar="A", help="a scenario, or base")
    diff.add_argument("b", metavar="B", help="a scenario, or base")
    diff.add_argument("table", metavar="TABLE", help="the table's name, as in the catalogue")
    diff.add_argument("--csv", action="store_true", help="print as CSV")
    diff.set_defaults(run=_diff)

    _add_gtfs(verbs)
    _add_access(verbs)
    _add_follow_up(verbs)
    _add_publishing(verbs)
    return top


def _add_import(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    take_in = verbs.add_parser("import", help="read a file of your own into the group, by a map")
    take_in.add_argument(
        "file", type=Path, metavar="FILE", help="the file: CSV, XLSX, Parquet, JSON-stat, PX or GeoJSON"
    )
    take_in.add_argument(
        "--as",
        dest="kind",
        required=True,
        metavar="TABLE",
        help="the table it becomes, such as population; or the file, such as commuting",
    )
    take_in.add_argument(
        "--map", type=Path, required=True, metavar="MAP", help="a TOML file that says how to read it"
    )
    take_in.set_defaults(run=_import)


def _add_gtfs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    gtfs = verbs.add_parser("gtfs", help="look over timetables in GTFS")
    inner = gtfs.add_subparsers(dest="inner", required=True, metavar="VERB")
    check = inner.add_parser("check", help="list the faults of a feed, and what is done about each")
    check.add_argument("feed", type=Path, metavar="FEED", help="the feed: a zip, or a folder of its files")
    check.add_argument("--day", type=_day, metavar="YYYY-MM-DD", help="read this day of it, too")
    check.set_defaults(run=_check_gtfs)
    add = inner.add_parser("add", help="put a feed among the group's files; it counts from the next build")
    add.add_argument("feed", type=Path, metavar="FEED", help="the feed, a zip")
    add.add_argument("--licence", required=True, metavar="WORDS", help="the licence it is given out under")
    add.set_defaults(run=_add_feed)


def _add_access(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    access = verbs.add_parser(
        "access", help="reckon whom each cell reaches by timetable; can be killed and resumed"
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
        "--day", type=_day, metavar="YYYY-MM-DD", help="the feed's day (default: that of the rules)"
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
    access.add_argument(
        "--engine", default="threads", metavar="ENGINE", help="threads or dask (default: threads)"
    )
    access.add_argument(
        "--workers", type=_count, metavar="N", help="origins at once (default: one for each processor)"
    )
    access.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask cluster, with --engine dask")
    access.add_argument(
        "--batch", type=_count, default=200, metavar="N", help="origins in a part (default: 200)"
    )
    access.set_defaults(run=_access)

    warmup = verbs.add_parser("warmup", help="compile all kernels, or load them where they are kept")
    warmup.set_defaults(run=_warmup)


def _add_fetching(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    fetch = verbs.add_parser("fetch", help="fetch the publishers' own figures into the group")
    fetch.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help="files of the group's folder fetch (default: all, save those that say only_by_name)",
    )
    how = fetch.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="only tell how many calls it would take")
    how.add_argument("--check", action="store_true", help="only ask what has changed")
    how.add_argument("--offline", action="store_true", help="call no one; make files anew from raw ones")
    how.add_argument("--again", action="store_true", help="fetch also what has not changed")
    fetch.add_argument(
        "--accept", action="store_true", help="take tables that have lost codes or changed variables"
    )
    fetch.set_defaults(run=_fetch)

    status = verbs.add_parser("status", help="print the state of every source")
    status.set_defaults(run=_status)


def _add_plan(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    plan = verbs.add_parser("plan", help="read a plan, and suggest what in it concerns the strategy")
    deeds = plan.add_subparsers(dest="deed", required=True, metavar="VERB")

    add = deeds.add_parser("add", help="read a plan's text into the group, cut into statements")
    add.add_argument("file", type=Path, metavar="FILE", help="the plan: PDF, DOCX or UTF-8 text")
    add.add_argument("--title", metavar="TEXT", help="its title, if documents.toml does not have it")
    add.add_argument("--publisher", metavar="TEXT", help="its publisher, if documents.toml does not have it")
    add.add_argument("--date", metavar="DATE", help="its date, as year, month or day: 2024-06-12")
    add.add_argument("--replace", action="store_true", help="take the place of an earlier reading")
    add.set_defaults(run=_plan_add)

    confirm = deeds.add_parser("confirm", help="record that its statements have been gone through")
    confirm.add_argument(
        "--by", required=True, metavar="WHO", help="the organisation or role that has done so"
    )
    confirm.set_defaults(run=_plan_confirm)

    suggest = deeds.add_parser("suggest", help="print which focus areas its statements may be about")
    suggest.add_argument("--csv", action="store_true", help="print as CSV")
    suggest.set_defaults(run=_plan_suggest)
    for deed in (add, confirm, suggest):
        deed.add_argument("--document", required=True, metavar="KEY", help="the document's key")

    evaluate = deeds.add_parser("evaluate", help="measure the suggestions on labelled statements")
    evaluate.add_argument("file", type=Path, metavar="FILE", help="tab-separated labelled statements")
    evaluate.add_argument(
        "--unseen", action="store_true", help="say that who chose the subject words had not read them"
    )
    evaluate.set_defaults(run=_plan_evaluate)


def _add_follow_up(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    follow_up = verbs.add_parser("followup", help="freeze a follow-up, or compare two frozen ones")
    doing = follow_up.add_subparsers(dest="doing", required=True, metavar="VERB")
    freeze = doing.add_parser(
        "freeze", help="write figures, statuses and words as they stand to a new folder"
    )
    freeze.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write")
    freeze.add_argument(
        "--date", type=_day, metavar="DAY", help="the day it is made, as 2026-01-31 (default: today)"
    )
    freeze.set_defaults(run=_freeze)
    differ = doing.add_parser("diff", help="print what differs between two frozen follow-ups")
    differ.add_argument("a", type=Path, metavar="A", help="the folder of the former")
    differ.add_argument("b", type=Path, metavar="B", help="the folder of the latter")
    differ.set_defaults(run=_frozen_diff)


def _add_publishing(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bake = verbs.add_parser("bake", help="write the portal to a folder that any web server can host")
    bake.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write")
    bake.set_defaults(run=_bake)

    report = verbs.add_parser("report", help="write reports on places, on the state, or for a meeting")
    report.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
        help="municipalities and counties by code or name, 'all' municipalities, 'state', or 'meeting NAME'",
    )
    for form in ("pdf", "docx", "gpkg"):
        report.add_argument(f"--{form}", action="store_true", help=f"write {form.upper()} (default: PDF)")
    report.add_argument("--language", choices=("sv", "en"), default="sv", help="sv (default) or en")
    report.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write")
    report.set_defaults(run=_report)

    serve = verbs.add_parser("serve", help="serve the portal")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=8000, help="port to listen on (default: 8000)")
    serve.set_defaults(run=_serve)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    Parameters
    ----------
    arguments : the words after the program's name; those of the process when None.
    """
    chosen = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        code = run(chosen)
        sys.stdout.flush()
        return code
    except CallError as error:
        print(f"storregion: {error}", file=sys.stderr)
        return CALL_WRONG
    except StorregionError as error:
        print(f"storregion: {error}", file=sys.stderr)
        return DATA_WRONG
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        print("storregion: stopped", file=sys.stderr)
        return 130


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give one from 1 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 999999")
    return int(text)


def _day(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as YYYY-MM-DD")


def _open(chosen: argparse.Namespace, scenario: str | None = None) -> "Workspace":
    from storregion.core.workspace import Workspace

    name = chosen.scenario if scenario is None else scenario
    return Workspace(chosen.group, chosen.store, name, as_built=chosen.as_built)


class _Progress:
    """A bar on a terminal, plain lines elsewhere."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.bar: Any = None

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done: int, total: int, what: str = "") -> None:
        from tqdm import tqdm

        if sys.stderr.isatty():
            if self.bar is None:
                # What was done before counts for nothing in the time that is left.
                self.bar = tqdm(total=total, initial=done, desc=self.doing, file=sys.stderr, leave=False)
            self.bar.set_postfix_str(what, refresh=False)
            self.bar.update(done - self.bar.n)
        elif done == total or done * 10 // total > (done - 1) * 10 // total:
            print(f"{self.doing}: {done} of {total}{f' ({what})' if what else ''}", file=sys.stderr)


def _makes(chosen: argparse.Namespace) -> "Workspace":
    """The group opened to make tables, which --as-built would forbid."""
    if chosen.as_built:
        raise CallError(f"{chosen.verb} makes what is out of date; leave --as-built out")
    return _open(chosen)


def _build(chosen: argparse.Namespace) -> int:
    workspace = _makes(chosen)
    with _Progress("Building") as progress:
        made = workspace.build(
            chosen.only, force=chosen.force, report=lambda table, done, total: progress(done, total, table)
        )
    for table, reason in workspace.lacking.items():
        print(f"Not made: {table} ({reason}).")
    if made:
        print(f"Built {len(made)} of {len(workspace.steps)} tables: {', '.join(made)}.")
    else:
        print("Nothing to build: all tables are up to date.")
    return FINE


def _import(chosen: argparse.Namespace) -> int:
    from storregion.intake.importing import import_file

    taken = import_file(_makes(chosen), chosen.file, chosen.kind, chosen.map)
    print(f"Read {taken.rows} rows from {chosen.file}{f'; {taken.note}' if taken.note else ''}.")
    print(f"{'Replaced' if taken.replaced else 'Wrote'} {taken.path}. Run 'storregion build' to use it.")
    return FINE


def _needs_fetch() -> None:
    from importlib.util import find_spec

    if lacking := [name for name in ("httpcore2", "stamina") if find_spec(name) is None]:
        raise CallError(f"fetching needs {', '.join(lacking)}; install with: pip install 'storregion[fetch]'")


def _fetch(chosen: argparse.Namespace) -> int:
    _needs_fetch()
    from storregion.fetch.outcome import told
    from storregion.fetch.run import Fetch, Wishes

    wishes = Wishes(
        accept=chosen.accept,
        again=chosen.again,
        dry=chosen.dry_run,
        check=chosen.check,
        offline=chosen.offline,
    )
    with _Progress("Fetching") as progress:
        fetch = Fetch(_makes(chosen), lambda line: print(line, file=sys.stderr), progress)
        outcomes = fetch.run(chosen.targets, wishes)
    for outcome in outcomes:
        print(told(outcome))
    if not outcomes:
        print("Nothing to fetch: the group has no folder fetch with targets.")
    if any(outcome.word == "fetched" for outcome in outcomes):
        print("Run 'storregion build' to use what was fetched.")
    return DATA_WRONG if any(outcome.fault for outcome in outcomes) else FINE


def _status(chosen: argparse.Namespace) -> int:
    from storregion.fetch import status

    workspace = _open(chosen)
    for line in status.lines(workspace):
        print(f"{line.file:<42} {line.state}{f' ({line.more})' if line.more else ''}")
    for budget in status.budgets(workspace):
        print(budget)
    return FINE


def _plan_add(chosen: argparse.Namespace) -> int:
    from storregion.strategy import plans
    from storregion.strategy.documents import Document

    said = None
    if chosen.title or chosen.publisher or chosen.date:
        if not (chosen.title and chosen.publisher):
            raise CallError("--title and --publisher go together; give both, or neither and no --date")
        said = Document(chosen.title, chosen.publisher, chosen.date)
    folder = _makes(chosen).folder
    plan = plans.add(folder, chosen.file, chosen.document, said, replace=chosen.replace)
    print(f"Read {plan.head.title}: pages {len(plan.pages)}, statements {len(plan.statements)}.")
    for line in plans.noticed(plan.head):
        print(f"  {line}")
    print(f"Wrote {plans.place(folder, plan.document)}. Go through its statements, then run 'plan confirm'.")
    return FINE


def _plan_confirm(chosen: argparse.Namespace) -> int:
    from storregion.strategy import plans

    plan = plans.confirm(_makes(chosen).folder, chosen.document, chosen.by)
    print(f"{len(plan.statements)} statements of {plan.head.title} are confirmed.")
    return FINE


def _plan_suggest(chosen: argparse.Namespace) -> int:
    from storregion.strategy import evaluation, plans, suggestions

    folder = _open(chosen).folder
    plan = plans.one(folder, chosen.document)
    ready = suggestions.index(folder)
    found = suggestions.suggested(folder, plan, ready)
    told = evaluation.told(evaluation.read(folder), ready)
    if chosen.csv:
        _print(suggestions.table(plan, found), csv=True)
        print(told, file=sys.stderr)
        return FINE
    for one in found:
        print(f"p. {one.statement.page}  {one.statement.text}")
        for hint in one.suggestions:
            print(f"    {hint.element}  {hint.score:.2f}  ({', '.join(hint.because)})")
    if not plan.confirmed:
        print("How the plan was cut into statements has not been confirmed.")
    print(told)
    return FINE


def _plan_evaluate(chosen: argparse.Namespace) -> int:
    from storregion.strategy import evaluation, suggestions

    folder = _makes(chosen).folder
    found = evaluation.measured(folder, chosen.file, seen=not chosen.unseen)
    evaluation.keep(folder, found)
    print(evaluation.told(found, suggestions.index(folder)))
    return FINE


def _check(chosen: argparse.Namespace) -> int:
    from storregion.publish.files import dcat
    from storregion.strategy import evaluation, whole

    workspace = _makes(chosen)
    workspace.build()
    suspects = whole.read(workspace).suspects()
    evaluation.check(workspace.folder)
    for path in sorted((workspace.folder / "scenarios").glob("*.toml")):
        _open(chosen, path.stem).build()
    count = len(workspace.steps)
    but = f", but for {len(suspects)} suspect" if suspects else ""
    parts = f"{count} tables, the strategy, the plans, the indicators and the scenarios"
    print(f"{parts} are as they should be{but}.")
    for said in dcat.unset(workspace.group.portal):
        print(f"Of the catalogue: in group.toml, {said}.")
    if suspects:
        print("A text that these rest on has changed since. They are shown as suspect until read anew:")
        print("".join(f"  {name}\n" for name in suspects), end="")
    return FINE


def _show(chosen: argparse.Namespace) -> int:
    workspace = _open(chosen)
    schema = workspace.steps[workspace.known(chosen.table)].schema
    frame = workspace.table(chosen.table)
    for condition in chosen.where:
        name, equals, value = condition.partition("=")
        if not equals:
            raise CallError(f"--where {condition!r} has no '='; write it as column=value")
        frame = _having(frame, schema[name], value, schema.name)
    if chosen.where and frame.is_empty():
        raise CallError(f"no row of {chosen.table!r} has {' and '.join(chosen.where)}; try fewer conditions")
    _print(frame, csv=chosen.csv, as_json=chosen.json)
    return FINE


def _having(frame: "pl.DataFrame", column: "Column", value: str, table: str) -> "pl.DataFrame":
    """The rows that have a value in a column, given as the words of a call; no words mean empty cells."""
    import polars as pl

    values = frame[column.name]
    if values.dtype == pl.Binary:
        raise CallError(f"{table}.{column.name} holds shapes; choose another column for --where")
    if not value:
        return frame.filter(values.is_null())
    if column.numeric:
        if not re.fullmatch(r"[-\u2212]?\d{1,15}(\.\d+)?", value):
            raise CallError(f"{table}.{column.name} holds numbers, so it is never {value!r}")
        return frame.filter(values == float(value.replace("\u2212", "-")))
    chosen = frame.filter(values == value)
    if chosen.is_empty() and not frame.is_empty():
        known = values.drop_nulls().unique()
        raise CallError(f"no {column.name} of {table!r} is {value!r}; {nearest(value, known)}")
    return chosen


def _harmless(text: str) -> str:
    """Words that no spreadsheet takes for a formula; a number with its sign is none."""
    from storregion.core.figurefile import harmless

    return text if re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", text) else harmless(text)


def _print(frame: "pl.DataFrame", *, csv: bool, as_json: bool = False) -> None:
    import polars as pl

    frame = frame.with_columns(pl.col(pl.Binary).bin.encode("hex"))
    if csv:
        sys.stdout.write(frame.with_columns(pl.col(pl.String).map_elements(_harmless, pl.String)).write_csv())
    elif as_json:
        rows: list[dict[str, Any]] = frame.to_dicts()
        sys.stdout.write("[" + ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows) + "]\n")
    elif frame.width > _WIDE and frame.height <= _FEW:
        for row in frame.iter_rows(named=True):
            sys.stdout.write(
                "".join(f"{name:<28} {value}\n" for name, value in row.items() if value is not None)
            )
            sys.stdout.write("\n")
    else:
        # A column of reasons that gives none says nothing here.
        shown = [
            name
            for name in frame.columns
            if not name.endswith("_absent") or frame[name].null_count() < frame.height
        ]
        # As wide as it needs: made to fit a terminal, numbers would be broken into several.
        with pl.Config(
            tbl_rows=60,
            tbl_cols=-1,
            tbl_hide_column_data_types=True,
            tbl_width_chars=-1,
            fmt_str_lengths=200,
        ):
            sys.stdout.write(f"{frame.select(shown)}\n")


def _trace(chosen: argparse.Namespace) -> int:
    workspace = _open(chosen)
    for record in workspace.trace(chosen.table):
        print(f"{record.table}  key {record.key}  made by {record.maker}")
        for name, value in record.assumptions.items():
            print(f"  assumes {name} = {value!r} ({record.overridden.get(name, 'default')})")
        for edit in record.edits:
            print(f"  edited by the scenario: {edit.because.en}")
        for name in record.inputs:
            print(f"  from {name}")
        for origin in record.origins:
            print(
                f"  from {origin.file} ({'fetched' if origin.fetched else 'bundled'})  sha256 {origin.sha256}"
            )
            print(f"       {origin.producer}: {origin.title.en}; {origin.licence} {origin.url}".rstrip())
            if origin.defects.en:
                print(f"       {origin.defects.en}")
    return FINE


def _diff(chosen: argparse.Namespace) -> int:
    from storregion.core.comparison import compared
    from storregion.core.scenario import BASE

    if chosen.scenario != BASE:
        raise CallError("diff takes its two scenarios after the verb; leave --scenario out")
    frame = compared(_open(chosen, chosen.a), _open(chosen, chosen.b), chosen.table)
    if frame.is_empty():
        print(f"{chosen.table} is the same in {chosen.a} and {chosen.b}.")
    else:
        _print(frame, csv=chosen.csv)
    return FINE


def _add_feed(chosen: argparse.Namespace) -> int:
    from storregion.sources.gtfs.adding import add_feed

    workspace = _makes(chosen)
    taken = add_feed(workspace, chosen.feed, chosen.licence)
    print(f"{'Replaced' if taken.replaced else 'Wrote'} {taken.path}: {taken.trips} trips on {taken.day}.")
    print(
        "Run 'storregion build' to use it; whether it joins the line plan or replaces it, travel_rules says."
    )
    return FINE


def _check_gtfs(chosen: argparse.Namespace) -> int:
    from storregion.sources import gtfs

    checked = gtfs.check(chosen.feed, chosen.day)
    for line in checked.report.lines():
        print(line)
    if errors := len(checked.report.of("error")):
        print(f"{chosen.feed} cannot be read: errors of {errors} {'kind' if errors == 1 else 'kinds'}.")
        return DATA_WRONG
    days = checked.days
    print(f"{chosen.feed} can be read: {len(days)} days with service from {days[0]} to {days[-1]}.")
    if checked.feed is not None:
        for row in checked.feed.days.iter_rows(named=True):
            print(f"  {row['day']}: {row['trips']} trips, {row['calls']} calls ({row['publisher']})")
    return FINE


def _access(chosen: argparse.Namespace) -> int:
    from storregion.journeys.cells.inputs import Feed
    from storregion.journeys.cells.running import Call, run
    from storregion.sources import gtfs

    names = ("to", "origins", "day", "grid", "walks", "period", "engine", "scheduler", "batch")
    asked = {name: getattr(chosen, name) for name in names}
    feed = Feed(chosen.feed, gtfs.read) if chosen.feed else None
    call = Call(**asked, feed=feed, workers=chosen.workers or os.cpu_count() or 1)
    with _Progress("Reaching") as progress:
        done = run(_open(chosen), call, progress)
    if not done.made:
        print(f"Nothing to do: {done.path} is finished, with {done.rows} origins.")
    else:
        kept = f", {done.kept} batches of them kept from before" if done.kept else ""
        print(f"Wrote {done.rows} origins to {done.path}{kept}.")
    print(f"Checksum of the values (SHA-256): {done.checksum}")
    return FINE


def _warmup(_: argparse.Namespace) -> int:
    from storregion.kernels.warming import warmed

    for family, seconds in warmed():
        print(f"{family}: {seconds:.2f} s", flush=True)
    return FINE


def _freeze(chosen: argparse.Namespace) -> int:
    from storregion.strategy import freeze, whole

    workspace = _open(chosen)
    files = freeze.package(workspace, whole.read(workspace), chosen.date or date.today())
    freeze.write(files, chosen.to)
    print(f"Froze the follow-up in {chosen.to}: {', '.join(files)}.")
    return FINE


def _frozen_diff(chosen: argparse.Namespace) -> int:
    from storregion.strategy import freeze

    changes = freeze.difference(freeze.read(chosen.a), freeze.read(chosen.b))
    for change in changes:
        line = f"{change.kind:<8} {'/'.join(change.where)}: {change.before or '–'} → {change.after or '–'}"
        # A package comes from elsewhere: what a terminal would obey is shown, not sent.
        print("".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in line))
    if not changes:
        print(f"{chosen.a} and {chosen.b} say the same.")
    return FINE


def _needs_portal() -> None:
    from importlib.util import find_spec

    lacking = [
        name
        for name in ("jinja2", "starlette", "uvicorn", "vl_convert", "xlsxwriter")
        if find_spec(name) is None
    ]
    if lacking:
        raise CallError(
            f"the portal needs {', '.join(lacking)}; install with: pip install 'storregion[portal]'"
        )


def _bake(chosen: argparse.Namespace) -> int:
    _needs_portal()
    from storregion.publish.bake import bake

    with _Progress("Baking") as progress:
        count = bake(_open(chosen), chosen.to, progress)
    print(f"Wrote {count} files to {chosen.to}. Open {chosen.to / 'index.html'} through any web server.")
    return FINE


def _report(chosen: argparse.Namespace) -> int:
    _needs_portal()
    from storregion.publish.reports import batch

    workspace = _open(chosen)
    if not chosen.as_built:
        workspace.build()
    jobs = batch.jobs(workspace, chosen.what)
    forms = [form for form in ("pdf", "docx", "gpkg") if getattr(chosen, form)] or ["pdf"]
    with _Progress("Writing reports") as progress:
        found = batch.write(workspace, jobs, forms, chosen.language, chosen.to, progress)
    if len(found) == 1:
        print(f"Wrote {found[0]}.")
    else:
        print(f"Wrote {len(found)} files to {chosen.to}.")
    return FINE


def _serve(chosen: argparse.Namespace) -> int:
    _needs_portal()
    from storregion.publish.portal import open_site
    from storregion.publish.server import listening, serve

    with listening(chosen.host, chosen.port) as door:
        workspace = _open(chosen)
        if not chosen.as_built:
            workspace.build()
        host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
        site = open_site(workspace, live=True)
        print(f"The portal is at http://{host}:{chosen.port}/ (stop with Ctrl-C)", flush=True)
        serve(site, door)
    return FINE
