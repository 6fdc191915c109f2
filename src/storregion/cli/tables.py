"""Tables: listed, shown, traced and compared."""

import argparse
import re
from typing import TYPE_CHECKING

from storregion.cli.arguments import Verbs, add_json, completed, scenarios, tables
from storregion.cli.opening import open_group
from storregion.cli.output import FINE, answer, print_table, rows
from storregion.core.errors import CallError, nearest

if TYPE_CHECKING:
    import polars as pl

    from storregion.core.comparison import Comparison
    from storregion.core.lineage import Record
    from storregion.core.table import Column
    from storregion.core.workspace import Workspace

NAMES = ("name", "name_sv", "name_en")
"""The columns that hold the names of what a table lists."""
MOST_ROWS = 12
"""Rows of a comparison that are printed for the eye, for each measure."""


def add(verbs: Verbs) -> None:
    """Add the verbs tables, show, trace and diff."""
    listing = verbs.add_parser("tables", help="list the tables: title, maker, rows, and when built")
    listing.add_argument("word", nargs="?", default="", metavar="WORD", help="only tables named so in part")
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print as CSV")
    add_json(form, "tables")
    listing.set_defaults(run=_tables)

    show = verbs.add_parser("show", help="print a table")
    _add_table(show)
    show.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="K=V",
        help="only rows with this value, or with the code of what is named so; repeatable",
    )
    form = show.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print as CSV")
    add_json(form, "table", "scenario", "rows")
    show.set_defaults(run=_show)

    trace = verbs.add_parser("trace", help="print where a table comes from")
    _add_table(trace)
    add_json(trace, "records")
    trace.set_defaults(run=_trace)

    diff = verbs.add_parser("diff", help="print where two scenarios differ in a table: A, B and B−A")
    for name in ("a", "b"):
        completed(diff.add_argument(name, metavar=name.upper(), help="a scenario, or base"), scenarios)
    _add_table(diff)
    form = diff.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print as CSV")
    add_json(form, "table", "a", "b", "rows")
    diff.set_defaults(run=_diff)


def _add_table(parser: argparse.ArgumentParser) -> None:
    action = parser.add_argument(
        "table", metavar="TABLE", help="the table's name, as 'storregion tables' has it"
    )
    completed(action, tables)


def _tables(chosen: argparse.Namespace) -> int:
    import polars as pl

    workspace, word = open_group(chosen), chosen.word.casefold()
    found = []
    for name, step in workspace.steps.items():
        title = step.schema.title
        if word in f"{name}\n{title.en}\n{title.sv}".casefold():
            when, rows_made = _built(workspace, name)
            maker = step.name.removeprefix("storregion.")
            found.append({"table": name, "title": title.en, "maker": maker, "rows": rows_made, "built": when})
    if not found:
        raise CallError(f"no table is named like {chosen.word!r}; {nearest(chosen.word, workspace.steps)}")
    if chosen.json:
        answer(chosen, {"tables": found}, ())
    else:
        print_table(
            pl.DataFrame(found, schema_overrides={"rows": pl.Int64, "built": pl.String}), csv=chosen.csv
        )
    return FINE


def _built(workspace: "Workspace", table: str) -> tuple[str | None, int | None]:
    """When a table was built as it is read here, and its rows; neither where it was not."""
    try:
        key = workspace.key(table)
    except CallError:
        return None, None
    record, when = workspace.store.record(table, key), workspace.store.made(table, key)
    return (when, record.rows) if record and when else (None, None)


def _show(chosen: argparse.Namespace) -> int:
    workspace = open_group(chosen)
    schema = workspace.steps[workspace.known(chosen.table)].schema
    frame = workspace.table(chosen.table)
    for condition in chosen.where:
        name, equals, value = condition.partition("=")
        if not equals:
            raise CallError(f"--where {condition!r} has no '='; write it as column=value")
        frame = _having(frame, schema[name], _code(workspace, frame, schema[name], value), schema.name)
    if chosen.where and frame.is_empty():
        raise CallError(f"no row of {chosen.table!r} has {' and '.join(chosen.where)}; try fewer conditions")
    if chosen.json:
        answer(chosen, {"table": schema.name, "scenario": chosen.scenario, "rows": rows(frame)}, ())
    else:
        print_table(frame, csv=chosen.csv)
    return FINE


def _code(workspace: "Workspace", frame: "pl.DataFrame", column: "Column", value: str) -> str:
    """The code that a value of a call stands for: itself, or that of the one thing named so."""
    import polars as pl

    if not value or frame[column.name].dtype != pl.String or value in frame[column.name]:
        return value
    table, code = _list_of(workspace, column)
    if not table:
        return value
    listed = workspace.table(table)
    if value in listed[code]:
        return value
    named = [pl.col(name).str.to_lowercase() == value.lower() for name in NAMES if name in listed.columns]
    found = listed.filter(pl.any_horizontal(named))[code].drop_nulls().unique().sort().to_list()
    if len(found) > 1:
        raise CallError(f"{value!r} is the name of {', '.join(found)} in {table!r}; give one of these codes")
    return found[0] if found else value


def _list_of(workspace: "Workspace", column: "Column") -> tuple[str, str]:
    """The table that names what a column holds codes of, and its column of codes; empty if there is none."""
    naming = {
        name: step.schema
        for name, step in workspace.steps.items()
        if any(one.name in NAMES for one in step.schema.columns)
    }
    if column.refers and column.refers[0] in naming:
        return column.refers
    own = [name for name, schema in naming.items() if schema.key == [column.name]]
    return (own[0], column.name) if len(own) == 1 else ("", "")


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
        known = values.drop_nulls().unique(maintain_order=True)
        raise CallError(f"no {column.name} of {table!r} is {value!r}; {nearest(value, known)}")
    return chosen


def _trace(chosen: argparse.Namespace) -> int:
    import msgspec

    records = open_group(chosen).trace(chosen.table)
    lines = [line for record in records for line in _traced(record)]
    answer(chosen, {"records": msgspec.to_builtins(records)}, lines)
    return FINE


def _traced(record: "Record") -> list[str]:
    """A record in lines."""
    lines = [f"{record.table}  key {record.key}  made by {record.maker}"]
    for name, value in record.assumptions.items():
        lines.append(f"  assumes {name} = {value!r} ({record.overridden.get(name, 'default')})")
    lines += [f"  edited by the scenario: {edit.because.en}" for edit in record.edits]
    lines += [f"  from {name}" for name in record.inputs]
    for origin in record.origins:
        how = "fetched" if origin.fetched else "bundled"
        lines.append(f"  from {origin.file} ({how})  sha256 {origin.sha256}")
        whose, terms = origin.published_by("en"), origin.terms("en")
        lines.append(f"       {whose}: {origin.title.en}; {terms} {origin.url}".rstrip())
        lines += [f"       {origin.defects.en}"] if origin.defects.en else []
    return lines


def _diff(chosen: argparse.Namespace) -> int:
    from storregion.core.comparison import Comparison
    from storregion.core.scenario import BASE

    if chosen.scenario != BASE:
        raise CallError("diff takes its two scenarios after the verb; leave --scenario out")
    found = Comparison(open_group(chosen, chosen.a), open_group(chosen, chosen.b), chosen.table)
    frame = found.differing()
    if chosen.json:
        answer(chosen, {"table": chosen.table, "a": chosen.a, "b": chosen.b, "rows": rows(frame)}, ())
    elif frame.is_empty():
        print(f"{chosen.table} is the same in {chosen.a} and {chosen.b}.")
    elif chosen.csv:
        print_table(frame, csv=True)
    else:
        _print_changes(found, frame)
    return FINE


def _print_changes(found: "Comparison", differing: "pl.DataFrame") -> None:
    """How much differs, then a table a measure, and last the rows that are only known in another way."""
    changed = {it.name: found.changed(it.name).height for it in found.measures}
    every = found.frame.height
    print(f"{found.table} differs in {differing.height:,} of {every:,} rows.")
    for column in found.measures:
        if not (count := changed[column.name]):
            continue
        rows = found.changed(column.name)
        print(f"{column.name}: {column.label.en}{_of_many(count)}")
        print_table(found.most_changed(column.name, MOST_ROWS) if count > MOST_ROWS else rows, csv=False)
        differing = differing.join(rows, on=found.of.key, how="anti", nulls_equal=True)
    if differing.height:
        print(f"basis: how the row is known, where nothing else differs{_of_many(differing.height)}")
        known = differing.select(*found.of.key, "present", "basis_a", "basis_b")
        print_table(known.head(MOST_ROWS), csv=False)
    if max(*changed.values(), differing.height) > MOST_ROWS:
        print("Every row: the same command with --csv.")


def _of_many(count: int) -> str:
    """What stands after a heading whose table has not all rows."""
    return f", {count:,} rows; where it differs most" if count > MOST_ROWS else ""
