"""What a scenario does to the timetable: operations in order, as a pure function on the trip table.

A scenario writes them as `[[assumptions.timetable_operations.made]]`, each with its `kind`; what each kind
says stands in `operation_kinds`. They are made one after the other, each on what the former ones left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.errors import ItemError, SettingError, nearest
from storregion.timetable import trip_edits
from storregion.timetable.operation_kinds import (
    KINDS,
    AddLine,
    AddStop,
    Dwell,
    Headway,
    Operation,
    RemoveLine,
    Reroute,
    SkipStop,
    Speed,
    kind,
)
from storregion.timetable.tables import Calls, Lines, Stops

FEED = "scenario"
"""What a line that an operation adds is said to come from."""

_MOST_SLICES = 1000


TIMETABLE_OPERATIONS = columns.schema(
    "timetable_operations",
    __name__,
    columns.whole("number", "number", key=True, least=1),
    columns.code("kind", choices=tuple(KINDS)),
    columns.text("lines"),
    columns.text("because_sv"),
    columns.text("because_en"),
    columns.text("source"),
    columns.text("payload"),
)
TimetableOperations = Annotated[pl.DataFrame, TIMETABLE_OPERATIONS]


def timetable_operations(*, made: tuple[Operation, ...] = ()) -> TimetableOperations:
    """The operations of a scenario, in order.

    Parameters
    ----------
    made : the operations.

    Raises
    ------
    ItemError
        One contradicts itself; the message names its number, kind and the remedy.
    """
    for number, operation in enumerate(made, 1):
        _well_written(number, operation)
    rows = [
        (
            number,
            kind(operation),
            ", ".join(operation.touches),
            operation.because.sv,
            operation.because.en,
            operation.source,
            msgspec.json.encode(operation).decode(),
            "assumed",
        )
        for number, operation in enumerate(made, 1)
    ]
    schema = {column.name: column.dtype for column in TIMETABLE_OPERATIONS.columns}
    return pl.DataFrame(rows, schema=schema, orient="row")


def parsed(timetable_operations: TimetableOperations) -> tuple[Operation, ...]:
    """The operations that a table holds, in order.

    Raises
    ------
    SettingError
        A payload is not a valid operation.
    """
    found: list[Operation] = []
    for number, payload in timetable_operations.sort("number").select("number", "payload").rows():
        try:
            found.append(msgspec.json.decode(payload, type=Operation))
        except msgspec.DecodeError as error:
            raise SettingError(
                f"timetable operation {number} cannot be read: {error}; give it in the scenario's assumptions"
            ) from None
    return tuple(found)


class Operated(NamedTuple):
    """A timetable after operations, and how its calls differ from those before."""

    calls: pl.DataFrame
    """Every call, in the order of trip and position; rows made or changed are `assumed`."""
    lines: pl.DataFrame
    """Every line; those touched are `assumed`, with the operations' sources added to theirs."""
    removed: pl.Series
    """The trips before of which any call is gone or changed, in order."""
    added: pl.DataFrame
    """All calls of trips that are new or changed; a changed trip keeps its number."""


def operated(calls: Calls, lines: Lines, stops: Stops, operations: Sequence[Operation]) -> Operated:
    """A timetable with operations made on it, in order. What is handed in is left as it is.

    Lines and departures that are added run yesterday, today and tomorrow. Of trips that are there, those of
    yesterday and tomorrow that the calls hold are changed like today's; one of yesterday that would run past
    midnight only by the change is not there to be changed, and so is not met.

    Parameters
    ----------
    calls, lines, stops : the timetable of a day.
    operations : what to do; none leaves everything the same.

    Returns
    -------
    Calls and lines after, and the trips removed and calls added, as an edit of a routing network wants
    them. New trips are numbered after the largest number there is, all others keep theirs.

    Raises
    ------
    ItemError
        An operation contradicts itself, names an unknown line or stop, touches no trip, adds a line that is
        there, or makes a run that no vehicle can run; the message names its number and kind.
    """
    if not calls["trip"].is_sorted():
        calls = calls.sort("trip", "position")
    named = {line for operation in operations for line in operation.touches}
    before = calls.filter(pl.col("line").is_in(named)).sort("trip", "position")
    last = calls["trip"][-1] if calls.height else -1
    day = _Day(trip_edits.runs(before), lines, stops, dict(stops.select("stop", "station").rows()), last + 1)
    for number, operation in enumerate(operations, 1):
        _well_written(number, operation)
        try:
            day = _made(day, operation)
        except SettingError as error:
            raise ItemError(_MADE, number, f"{_place(number, operation)}: {error}") from None
    removed, added = _difference(before, trip_edits.times(day.rows))
    if not len(removed) and added.is_empty():
        return Operated(calls, day.lines, removed, added)
    return Operated(_spliced(calls, removed, added), day.lines, removed, added)


@dataclass(frozen=True)
class _Day:
    """The trips of the lines that operations name, and all else they need to know."""

    rows: pl.DataFrame
    lines: pl.DataFrame
    stops: pl.DataFrame
    stations: dict[str, str]
    next_trip: int


_MADE = "timetable_operations.made"


def _place(number: int, operation: Operation) -> str:
    return f"timetable operation {number} ({kind(operation)} {', '.join(operation.touches)})"


def _well_written(number: int, operation: Operation) -> None:
    if fault := operation.fault:
        raise ItemError(_MADE, number, f"{_place(number, operation)}: {fault}")


def _made(day: _Day, operation: Operation) -> _Day:
    """The day after one operation."""
    _known(day, operation)
    rows = _rows(replace(day, rows=day.rows.with_columns(made=pl.lit(False))), operation)
    trip_edits.check(rows, day.stops)
    if rows.drop("made").equals(day.rows.drop("made")):
        return day
    trips = rows["trip"].max()
    later = max(day.next_trip, trips + 1 if isinstance(trips, int) else 0)
    return replace(day, rows=rows, lines=_lines(day.lines, operation), next_trip=later)


def _known(day: _Day, operation: Operation) -> None:
    """Refuse lines and stops that do not exist, and a new line that does."""
    for stop in operation.places:
        if stop not in day.stations:
            raise SettingError(f"there is no stop {stop!r}; {nearest(stop, day.stations)}")
    known, running = set(day.lines["line"]), set(day.rows["line"].unique())
    for line in operation.touches:
        if isinstance(operation, AddLine):
            if line in known:
                raise SettingError(
                    f"there is a line {line!r} already; give another code, or remove that line first"
                )
        elif line not in known:
            raise SettingError(f"there is no line {line!r}; {nearest(line, known)}")
        elif line not in running:
            raise SettingError(
                f"the line {line!r} has no trip on this day; name one that runs, or add one of another code"
            )


def _rows(day: _Day, operation: Operation) -> pl.DataFrame:
    """The trips after one operation."""
    rows, stations = day.rows, day.stations
    match operation:
        case AddLine():
            return pl.concat([rows, trip_edits.added_line(operation, day.stops, day.next_trip)])
        case RemoveLine():
            return rows.filter(pl.col("line") != operation.line)
        case Headway():
            return trip_edits.with_headway(rows, operation, stations, day.next_trip)
        case Speed():
            return trip_edits.with_speed(rows, operation, stations)
        case Dwell():
            return trip_edits.with_dwell(rows, operation, stations)
        case Reroute():
            return trip_edits.rerouted(rows, operation, stations)
        case AddStop():
            return trip_edits.with_stop(rows, operation, stations)
        case SkipStop():
            return trip_edits.skipped(rows, operation, stations)


def _lines(lines: pl.DataFrame, operation: Operation) -> pl.DataFrame:
    """The lines after one operation."""
    if isinstance(operation, AddLine):
        new = {
            "line": operation.line,
            "name": operation.name,
            "mode": operation.mode,
            "operator": operation.operator,
            "source": operation.source,
            "feed": FEED,
            "basis": "assumed",
        }
        return pl.concat([lines, pl.DataFrame(new).select(lines.columns)])
    hit = pl.col("line").is_in(operation.touches)
    if isinstance(operation, RemoveLine):
        return lines.filter(~hit)
    return lines.with_columns(
        source=pl.when(hit).then(pl.col("source") + f"; {operation.source}").otherwise("source"),
        basis=pl.when(hit).then(pl.lit("assumed")).otherwise("basis"),
    )


def _difference(before: pl.DataFrame, after: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """The trips of which any call is gone or changed, and all calls of trips that are new or changed."""
    values = after.columns
    changed = pl.concat(
        [
            before.join(after, on=values, how="anti")["trip"],
            after.join(before, on=values, how="anti")["trip"],
        ]
    ).unique(maintain_order=True)
    removed = before.filter(pl.col("trip").is_in(changed.implode()))["trip"].unique().sort()
    # A call is known as it was where the same trip made it at the same times before, whatever its place now.
    same = [name for name in values if name != "position"]
    added = (
        after.filter(pl.col("trip").is_in(changed.implode()))
        .join(
            before.select(*same, "basis").unique(same, maintain_order=True),
            on=same,
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("basis").fill_null("assumed"))
        .select(before.columns)
    )
    return removed, added


def _spliced(calls: pl.DataFrame, removed: pl.Series, added: pl.DataFrame) -> pl.DataFrame:
    """The calls with some trips taken out and others put in their places, in the order of trip.

    All that stands between is taken over in slices, unread: of millions of calls an edit touches few.
    """
    gone, trips, new = removed.to_numpy(), calls["trip"].to_numpy(), added["trip"].to_numpy()
    first, after = np.searchsorted(trips, gone, "left"), np.searchsorted(trips, gone, "right")
    # Trips that follow each other go as one block.
    opens = np.flatnonzero(np.concatenate([[True], first[1:] != after[:-1]])[: len(gone)])
    closes = np.append(opens[1:], len(gone)) - 1 if len(gone) else opens
    from_new, to_new = np.searchsorted(new, gone[opens]), np.searchsorted(new, gone[closes], "right")
    if len(opens) > _MOST_SLICES:
        kept = calls.filter(~pl.col("trip").is_in(removed.implode()))
        return kept.merge_sorted(added, key="trip")
    parts, here = [], 0
    blocks = zip(first[opens], after[closes], from_new, to_new, strict=True)
    for start, end, new_start, new_end in (tuple(map(int, block)) for block in blocks):
        parts += [calls[here:start], added[new_start:new_end]]
        here = end
    parts += [calls[here:], added[int(to_new[-1]) if len(to_new) else 0 :]]
    return pl.concat(parts)
