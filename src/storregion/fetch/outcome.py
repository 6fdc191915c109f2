"""What becomes of a target: what changed at its publisher, how much it takes, and the words for both."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from storregion.core.errors import some
from storregion.fetch.lock import Locked
from storregion.fetch.sources import Seen
from storregion.fetch.turnstile import Limits

# What a cell takes in JSON-stat, with its share of the codes: a number of one to six digits and a comma.
BYTES_A_CELL = 5
SECONDS_A_CELL = 7e-6
"""What it takes to read, check, write and try a cell; measured by benchmarks/fetch.py."""


@dataclass
class Outcome:
    """What became of one target: a word, what changed at the publisher, and how much was asked for.

    `without` are the tables that failed while others came. `size` are bytes, and `seconds` those that it
    takes; None where no one knows. `least` says that it takes at least so many seconds.
    """

    target: str
    word: str = ""
    changes: list[str] = field(default_factory=list)
    calls: int = 0
    cells: int = 0
    features: int = 0
    size: int | None = None
    seconds: float = 0.0
    least: bool = False
    fault: str = ""
    without: list[str] = field(default_factory=list)
    timetable: bool = False
    gone: bool = False


def summary(outcome: Outcome) -> str:
    """An outcome in one line.

    Parameters
    ----------
    outcome : what became of one target.
    """
    if outcome.word == "would be fetched":
        parts = [_counted(outcome.calls, "call")]
        parts += [_counted(outcome.cells, "cell")] * bool(outcome.cells)
        parts += [_counted(outcome.features, "feature")] * bool(outcome.features)
        parts.append("size unknown" if outcome.size is None else f"about {outcome.size / 1e6:.1f} MB")
        parts.append(f"{'at least' if outcome.least else 'about'} {max(1.0, outcome.seconds):.0f} seconds")
        return f"{outcome.target}: would take {', '.join(parts)}"
    if outcome.fault:
        return f"{outcome.target}: not fetched; what was there stays"
    calls = f" in {_counted(outcome.calls, 'call')}" if outcome.word == "fetched" else ""
    without = f", without what is new of {', '.join(outcome.without)}" if outcome.without else ""
    return f"{outcome.target}: {outcome.word}{calls}{without}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def estimate(calls: int, limits: Limits, each: float | None) -> float:
    """Seconds that calls take: as long as each lasts, and no faster than the publisher allows.

    Parameters
    ----------
    calls : how many.
    limits : pairs of how many calls the publisher takes in how many seconds.
    each : seconds that one call lasts; None when no one knows, and then the pace alone counts.
    """
    lasts = each or 0.0
    waits = [max(0, (calls - 1) // most) * (seconds + lasts) for most, seconds in limits]
    return max(calls * lasts, *waits)


def differences(locked: Locked | None, seen: Sequence[Seen]) -> tuple[list[str], list[str]]:
    """What is other at the publisher than in the lock, in words; and of that, what is gone.

    Parameters
    ----------
    locked : what the lock has; None when nothing was fetched.
    seen : the tables as they are now.
    """
    if locked is None:
        return [], []
    before = {table.id: table for table in locked.tables}
    changes: list[str] = []
    lost: list[str] = []
    for table in {table.id: table for table in seen if not table.fault}.values():
        old = before.get(table.id)
        if old is None or old.fault:
            continue
        if old.updated != table.updated:
            changes.append(f"{table.id} was updated {table.updated} (fetched as of {old.updated})")
        changes += [f"{table.id} says anew: {note}" for note in table.notes if note not in old.notes]
        fresh = [name for name in table.variables if name not in old.variables]
        lost += [f"{table.id} has a new variable {name!r}" for name in fresh]
        for name, codes in old.variables.items():
            if name not in table.variables:
                lost.append(f"{table.id} has no variable {name!r} any more")
                continue
            new = [code for code in table.variables[name] if code not in set(codes)]
            gone = [code for code in codes if code not in set(table.variables[name])]
            if new:
                changes.append(f"{table.id}: new codes of {name}: {some(new)}")
            if gone:
                lost.append(f"{table.id}: codes of {name} are gone: {some(gone)}")
    return changes + lost, lost
