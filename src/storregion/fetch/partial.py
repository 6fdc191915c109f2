"""Of several tables one that fails leaves the others: what it gave before stays, and the rest is renewed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
from msgspec import structs

from storregion.core.errors import DataError
from storregion.core.table import Schema
from storregion.fetch import trial
from storregion.fetch.lock import Locked, TableLock, recipe
from storregion.fetch.outcome import differences
from storregion.fetch.publishers import Target
from storregion.fetch.sources import Made, Seen


def tried(
    target: Target, seen: Sequence[Seen], schema: Schema, known: Mapping[tuple[str, str], pl.Series]
) -> list[Seen]:
    """The tables, those with a fault whose codes would be refused once their cells were there.

    Parameters
    ----------
    target : what the file is to hold.
    seen : its tables as they are now.
    schema : the table that the file is read into.
    known : the allowed values of columns that refer to another table, by (table, column).

    Raises
    ------
    DataError
        No table would be taken.
    """
    found = []
    for table in seen:
        wrong = [] if table.fault else trial.faults(target, table, schema, known)
        found.append(replace(table, fault=trial.refuse(target, wrong)) if wrong else table)
    if all(table.fault for table in found):
        raise DataError(found[0].fault)
    return found


def unspoilt(locked: Locked | None, seen: Sequence[Seen]) -> list[Seen]:
    """The tables, those with a fault that have lost codes or changed their variables.

    Parameters
    ----------
    locked : what the lock has; None when nothing was fetched.
    seen : the tables as they are now.

    Raises
    ------
    DataError
        No table is as it was.
    """
    lost = [[] if table.fault else differences(locked, [table])[1] for table in seen]
    what = (
        "the publisher has taken away what was there before ({}); nothing was overwritten. Look at it, "
        "correct the target if need be, then fetch with --accept"
    )
    found = [
        replace(table, fault=what.format("; ".join(gone[:3]))) if gone else table
        for table, gone in zip(seen, lost, strict=True)
    ]
    if any(lost) and all(table.fault for table in found):
        raise DataError(what.format("; ".join([one for gone in lost for one in gone][:3])))
    return found


def with_before(
    target: Target, locked: Locked | None, faults: Mapping[int, str], came: Sequence[TableLock]
) -> tuple[TableLock, ...]:
    """The tables in their order; where one did not come, as it was before.

    Parameters
    ----------
    target : what the file is to hold.
    locked : what the lock has; None when nothing was fetched.
    faults : why tables do not come, by their place in the target.
    came : the tables that came.

    Raises
    ------
    DataError
        The file has had a table that does not come, and the target was changed since.
    """
    had = [t for t in locked.tables if not t.fault] if locked else []
    same = locked is not None and locked.recipe == recipe(target)
    tables = {table.place: table for table in came}
    for place, fault in faults.items():
        name = target.tables[place].id
        if not same and any(table.id == name for table in had):
            raise DataError(f"{name} does not come, and the target was changed since it did: {fault}")
        old = next((table for table in had if same and table.place == place), None)
        tables[place] = old or TableLock(name, place=place, fault=fault)
    return tuple(tables[place] for place in sorted(tables))


def read(made: Made, tables: Sequence[TableLock], locked: Locked | None) -> tuple[TableLock, ...]:
    """The tables, those that could not be read with the reason.

    Parameters
    ----------
    made : the file, with what could not be read.
    tables : what it was made of.
    locked : what the lock has; None when nothing was fetched.

    Raises
    ------
    DataError
        The file that is there has one of them.
    """
    had = {table.id for table in locked.tables if not table.fault} if locked else set()
    found = []
    for table in tables:
        fault = made.unread.get(table.place, "" if table.kept else table.fault)
        if table.place in made.unread and table.id in had:
            raise DataError(f"{table.id} can no longer be read: {fault}")
        found.append(structs.replace(table, fault=fault))
    return tuple(found)
