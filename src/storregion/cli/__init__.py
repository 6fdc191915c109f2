"""The command line: a few verbs, each a few lines that call the package."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from storregion import __version__
from storregion.cli import (
    building,
    commuting,
    fetching,
    importing,
    power,
    publishing,
    routes,
    strategy,
    surveys,
    tables,
    timetables,
)
from storregion.cli.arguments import completed, scenarios
from storregion.cli.output import CALL_WRONG, DATA_WRONG, FINE
from storregion.core.errors import CallError, StorregionError

__all__ = ["CALL_WRONG", "DATA_WRONG", "FINE", "main", "parser"]


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
    scenario = top.add_argument(
        "--scenario", default="base", metavar="NAME", help="a scenario of the group (default: base)"
    )
    completed(scenario, scenarios)
    top.add_argument(
        "--as-built", action="store_true", help="read the last finished build without checking for changes"
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for family in (
        building,
        tables,
        importing,
        surveys,
        commuting,
        routes,
        fetching,
        timetables,
        power,
        strategy,
        publishing,
    ):
        family.add(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    Parameters
    ----------
    arguments : the words after the program's name; those of the process when None.
    """
    top = parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(top)
    chosen = top.parse_args(arguments)
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
