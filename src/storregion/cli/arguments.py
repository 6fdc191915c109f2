"""What several verbs take: types of arguments, --json, and words that the shell can complete."""

import argparse
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from storregion.core.engine import Engine

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_json(parser: argparse.ArgumentParser | Any, *keys: str) -> None:
    """Add --json to a verb.

    Parameters
    ----------
    parser : of the verb, or a group of its options that exclude each other.
    keys : the keys of the object that the verb prints, for its help.
    """
    parser.add_argument(
        "--json", action="store_true", help=f"print one JSON object with the keys {', '.join(keys)}"
    )


def add_engine(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --engine, --workers and --scheduler to a verb.

    Parameters
    ----------
    parser : of the verb.
    what : what so many workers do at once and how many they are by default, for the help.
    """
    parser.add_argument(
        "--engine", default="threads", metavar="ENGINE", help="threads or dask (default: threads)"
    )
    parser.add_argument("--workers", type=count, metavar="N", help=what)
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask cluster, with --engine dask")


def engine(chosen: argparse.Namespace, usual: int) -> "Engine":
    """The engine that a verb was given.

    Parameters
    ----------
    chosen : the arguments.
    usual : workers where nothing says how many.
    """
    from storregion.core.engine import Engine

    return Engine(chosen.engine, chosen.workers or usual, chosen.scheduler)


def completed(action: argparse.Action, words: Callable[..., list[str]]) -> None:
    """Let the shell complete an argument.

    Parameters
    ----------
    action : the argument.
    words : gives the words it may hold; called by argcomplete with `parsed_args`.
    """
    action.completer = words  # type: ignore[attr-defined]


MOST_WORKERS = 16
"""More processes than these would share a portal's limits in parts too small to use."""


def port(text: str) -> int:
    """A port's number, or an error."""
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid port; give one from 1 to 65535")
    return int(text)


def count(text: str) -> int:
    """A number of things, at least one, or an error."""
    if not re.fullmatch("[0-9]{1,6}", text) or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 999999")
    return int(text)


def workers(text: str) -> int:
    """A number of processes that serve, or an error."""
    if not re.fullmatch("[0-9]{1,3}", text) or not 0 < int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_WORKERS}")
    return int(text)


def day(text: str) -> date:
    """A day, or an error."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a valid day; write it as YYYY-MM-DD")


def scenarios(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """The names of a group's scenarios, and base."""
    from storregion.core import group

    folder = getattr(parsed_args, "group", None) or group.bundled()
    return ["base", *sorted(path.stem for path in folder.glob("scenarios/*.toml"))]


def tables(**_: object) -> list[str]:
    """The names of all tables."""
    from storregion.core.pipeline import every_step

    return sorted(every_step())
