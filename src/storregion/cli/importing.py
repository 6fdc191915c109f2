"""A file of one's own read into the group."""

import argparse
from pathlib import Path

from storregion.cli.arguments import Verbs, add_json
from storregion.cli.opening import open_to_make
from storregion.cli.output import FINE, answer


def add(verbs: Verbs) -> None:
    """Add the verb import."""
    take_in = verbs.add_parser("import", help="read your own file into the group, using a map")
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
    add_json(take_in, "file", "rows", "note", "replaced")
    take_in.set_defaults(run=_import)


def _import(chosen: argparse.Namespace) -> int:
    from storregion.intake.importing import import_file

    taken = import_file(open_to_make(chosen), chosen.file, chosen.kind, chosen.map)
    lines = [
        f"Read {taken.rows} rows from {chosen.file}{f'; {taken.note}' if taken.note else ''}.",
        f"{'Replaced' if taken.replaced else 'Wrote'} {taken.path}. Run 'storregion build' to use it.",
    ]
    found = {"file": taken.path, "rows": taken.rows, "note": taken.note, "replaced": taken.replaced}
    answer(chosen, found, lines)
    return FINE
