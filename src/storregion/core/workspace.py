"""A group opened for work: its definition, its steps, a scenario and a store, behind a few verbs."""

import hashlib
import re
from collections.abc import Sequence
from copy import copy
from functools import cached_property, lru_cache, partial
from html import escape
from pathlib import Path

import polars as pl
from threadpoolctl import threadpool_limits

from storregion.core import group, scenario
from storregion.core.engine import Engine
from storregion.core.errors import CallError, DataError, ItemError, SettingError, nearest
from storregion.core.group import RegionGroup
from storregion.core.imports import IMPORTS
from storregion.core.lineage import Figure, Origin, Record, Row
from storregion.core.origins import RawFiles
from storregion.core.pipeline import Build, Choices, Report, Timing, available, every_step, plan
from storregion.core.reads import EVERYTHING, Read, note
from storregion.core.scenario import Scenario
from storregion.core.selection import Value, matrix, selected
from storregion.core.step import Step
from storregion.core.store import Overlay, Store, default_folder
from storregion.core.table import Schema


class Workspace:
    """One group, one scenario, one store.

    Parameters
    ----------
    folder : the group's folder; the bundled group when None.
    store : the folder of built tables; the user's own when None.
    scenario_name : the stem of a file in `scenarios/`, or `base`.
    as_built : read the last finished build without looking for anything newer.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        store: str | Path | None = None,
        scenario_name: str = scenario.BASE,
        *,
        as_built: bool = False,
    ) -> None:
        """Open the group; its settings are read and checked, nothing is built."""
        self.folder = Path(folder or group.bundled()).expanduser().resolve()
        self.group = RegionGroup.read(self.folder)
        self.scenario_name = scenario_name
        self.scenario = scenario.read(self.folder, scenario_name)
        self.store = Store(Path(store).expanduser() if store else default_folder())
        self.as_built = as_built
        self.raws = RawFiles(self.folder, self.folder / self.group.figures, self.store.hashes)
        self._frames: dict[tuple[str, str], pl.DataFrame] = {}
        self._records: dict[tuple[str, str], Record] = {}
        self._traces: dict[tuple[str, str], tuple[Record, ...]] = {}

    def __repr__(self) -> str:
        """Which group and scenario are open, how many tables there are, and where they are kept."""
        return (
            f"<storregion: {self.group.code} ({self.group.name.en}), scenario {self.scenario_name}, "
            f"{len(self.steps)} tables in {self.store.folder}; .tables() lists them>"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: the group, the scenario, and every table with its title."""
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code></td><td>{escape(step.schema.title.en)}</td></tr>"
            for name, step in sorted(self.steps.items())
        )
        name, title = escape(self.group.name.en), escape(self.scenario.title.en)
        count = f"{len(self.steps)} tables"
        return (
            f"<p><b>{name}</b>: {escape(self.scenario_name)} ({title})</p>"
            f"<details><summary>{count}</summary><table>{rows}</table></details>"
        )

    def with_scenario(self, name: str, changed: Scenario) -> "Workspace":
        """This group with a scenario that lies in no file; what it makes is kept in memory only.

        Parameters
        ----------
        name : what the scenario is called where a file's name would stand.
        changed : what it changes.
        """
        other = copy(self)
        other.scenario_name, other.scenario = name, changed
        other.store, other.as_built = Overlay(self.store), False
        other._frames, other._records, other._traces = {}, {}, {}
        bare = not self.scenario.assumptions and not self.scenario.edits
        vars(other)["_planned_base"] = self.planned if bare else self._planned_base
        vars(other).pop("planned", None)
        return other

    @cached_property
    def _available(self) -> tuple[dict[str, Step], dict[str, str]]:
        return available(every_step(), self.raws)

    @property
    def steps(self) -> dict[str, Step]:
        """Every step that the group has the raw files for, by the table it makes, inputs before users."""
        return self._available[0]

    @property
    def missing(self) -> dict[str, str]:
        """The tables that are not made because raw files are missing, and which."""
        return self._available[1]

    @property
    def state_name(self) -> str:
        """The name under which the store keeps this group's and scenario's last finished build."""
        place = hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]
        return f"{self.group.code}-{place}-{self.scenario_name}"

    @cached_property
    def planned(self) -> dict[str, Record]:
        """The record that every table has when it is up to date."""
        own = (self.folder / "assumptions.toml", group.assumptions(self.folder))
        different = (self.folder / "scenarios" / f"{self.scenario_name}.toml", self.scenario.assumptions)
        choices = Choices((own, different), self.scenario.edits, different[0])
        IMPORTS.recall(self._imports)
        return plan(self.steps, self.group, self.raws, choices, self._planned_base or None)

    @property
    def _imports(self) -> Path:
        """Where is kept what modules import."""
        return self.store.folder / "imports.json"

    @cached_property
    def _planned_base(self) -> dict[str, Record]:
        """The plan of the group without the scenario; empty where there is no scenario."""
        if not self.scenario.assumptions and not self.scenario.edits:
            return {}
        own = (self.folder / "assumptions.toml", group.assumptions(self.folder))
        return plan(self.steps, self.group, self.raws, Choices((own,)))

    @cached_property
    def schemas(self) -> dict[str, Schema]:
        """The schema of every table."""
        return {table: step.schema for table, step in self.steps.items()}

    def of_scenario(self, name: str) -> "Workspace":
        """The same group and store with another of the group's scenarios."""
        return Workspace(self.folder, self.store.folder, name)

    def due(self, *tables: str) -> list[str]:
        """The tables that are out of date, inputs first: of some and what they rest on, or of all."""
        return [record.table for record in self._run.due([self.known(it) for it in tables] or self.steps)]

    @property
    def _run(self) -> Build:
        run = Build(self.steps, self.planned, self.group, self.raws, self.store, base=self._planned_base)
        if not isinstance(self.store, Overlay):
            opened = (str(self.folder), str(self.store.folder.resolve()), self.scenario_name)
            run.elsewhere = partial(_made_elsewhere, *opened)
        return run

    def record_of(self, key: str) -> Record | None:
        """The record of the table of a key that a build makes here, or takes from the base scenario."""
        plans = (self._planned_base, self.planned)
        return next((one for plan in plans for one in plan.values() if one.key == key), None)

    def make(self, record: Record) -> Timing:
        """Make one table, whose inputs are in the store, and keep it."""
        return self._run.make(record)

    def build(
        self,
        *only: str,
        force: bool = False,
        report: Report | None = None,
        timings: list[Timing] | None = None,
        engine: Engine | None = None,
    ) -> list[str]:
        """Make every table that is out of date; return their names.

        Parameters
        ----------
        only : tables; then only they and what they rest on.
        force : make them even if they are up to date.
        report : called with table, number done and number in all after each table.
        timings : how long each table took is added here.
        engine : where the steps run, two threads when None; a cluster must see the folders of group and
            store.
        """
        tables = [self.known(table) for table in only] or list(self.steps)
        run = self._run
        run.engine = engine or run.engine
        due = run.due(tables, force=force)
        self.store.sweep()
        try:
            run.run(due, report)
        except ItemError as error:
            raise SettingError(f"{self._written(error)}{error}") from None
        except SettingError as error:
            raise SettingError(f"{self._set_in(f'{error}')}{error}") from None
        if timings is not None:
            timings += run.timings
        # A state is one build of everything: a part made anew does not change it.
        keys = {table: self.planned[table].key for table in self.steps}
        if (not only or not run.due(self.steps)) and keys != self.store.state(self.state_name):
            self.store.set_state(self.state_name, keys)
        self.store.hashes.keep()
        IMPORTS.keep(self._imports)
        self._frames.clear()
        return [record.table for record in due]

    def _written(self, error: ItemError) -> str:
        """Where the scenario writes an item: the file, and its line if it has a header of its own."""
        path = self.folder / "scenarios" / f"{self.scenario_name}.toml"
        if not path.is_file():
            return ""
        rows = enumerate(path.read_text("utf-8-sig").splitlines(), 1)
        header = re.compile(rf"\s*\[\[\s*assumptions\.{re.escape(error.assumption)}\s*\]\]")
        headers = [row for row, text in rows if header.match(text)]
        line = f", line {headers[error.number - 1]}" if error.number <= len(headers) else ""
        return f"{path}{line}: "

    def _set_in(self, message: str) -> str:
        """The file that sets the assumption a message begins with; none for what a step assumes by itself."""
        if not (found := re.match(r"(\w+)\.(\w+) = ", message)):
            return ""
        own = group.assumptions(self.folder)
        files = {
            self.folder / "scenarios" / f"{self.scenario_name}.toml": self.scenario.assumptions,
            self.folder / "assumptions.toml": own,
        }
        given = (f"{path}: " for path, values in files.items() if found[2] in values.get(found[1], {}))
        return next(given, "")

    def known(self, table: str) -> str:
        """The table's name, or an error with the nearest one."""
        if table in self.missing:
            raise CallError(f"table {table!r} is not made for this group: {self.missing[table]}")
        if table not in self.steps:
            raise CallError(f"there is no table {table!r}; {nearest(table, self.steps)}")
        return table

    def key(self, table: str) -> str:
        """The content key of the table as it is read here."""
        self.known(table)
        note({EVERYTHING if isinstance(self.store, Overlay) else Read(self.scenario_name, table)})
        if not self.as_built:
            return self.planned[table].key
        state = self.store.state(self.state_name)
        if table not in state:
            raise CallError(f"no finished build holds {table!r}; run 'storregion build' first")
        return state[table]

    def table(self, table: str) -> pl.DataFrame:
        """A table, built first if it is out of date."""
        key = self.key(table)
        if (table, key) not in self._frames:
            if not self.as_built and not self.store.whole(table, key):
                self.build(table)
            self._frames[table, key] = self.store.table(table, key)
        return self._frames[table, key]

    def tables(self) -> list[str]:
        """The names of all tables, in alphabetical order; nothing is built."""
        return sorted(self.steps)

    def frame(self, table: str, /, **where: Value | Sequence[Value]) -> pl.DataFrame:
        """The rows of a table whose columns have the values asked for, built first if it is out of date.

        Parameters
        ----------
        table : its name.
        where : a value by column, or several of which one must hold.

        Raises
        ------
        CallError
            The table or a column does not exist, or no row has a value; the nearest one is named.
        """
        schema = self.steps[self.known(table)].schema
        for name in where:
            schema[name]  # before anything is built
        return selected(schema, self.table(table), where)

    def matrix(
        self, table: str, column: str | None = None, /, **where: Value | Sequence[Value]
    ) -> pl.DataFrame:
        """One column of a table as a matrix, such as commuting from home (down) to work (across).

        Parameters
        ----------
        table : its name.
        column : what stands in the cells; the table's only number when None.
        where : one value for every column of the key but two, and more as in `frame`.

        Returns
        -------
        The codes down in the first column, a column for each code across, in the column's unit. A pair that
        has no row, or no value, is empty: not zero. How each value is known is the matrix of `basis`.

        Raises
        ------
        CallError
            As `frame`; or not exactly two columns of the key are open.
        """
        schema = self.steps[self.known(table)].schema
        return matrix(schema, self.table(table), where, column)

    def record(self, table: str) -> Record:
        """How a table was made."""
        self.table(table)
        record = self._recorded(table, self.key(table))
        if record is None:
            raise CallError(f"the record of {table!r} is gone; run 'storregion build'")
        return record

    def _recorded(self, table: str, key: str) -> Record | None:
        """The record of a table with a key, read once: a key stands for one content."""
        if (table, key) not in self._records:
            record = self.store.record(table, key)
            if record is None:
                return None
            self._records[table, key] = record
        return self._records[table, key]

    def trace(self, table: str) -> tuple[Record, ...]:
        """Every record behind a table, the table's own first."""
        own = self.record(table)
        if (table, own.key) not in self._traces:
            self._traces[table, own.key] = self._behind(own)
        return self._traces[table, own.key]

    def _behind(self, own: Record) -> tuple[Record, ...]:
        found = {own.key: own}
        queue = list(own.behind)
        while queue:
            name, key = queue.pop(0)
            if key not in found:
                record = self._recorded(name, key)
                if record is None:
                    raise DataError(f"{own.table!r} rests on {name!r}, which is gone; run 'storregion build'")
                found[key] = record
                queue += record.behind
        return tuple(found.values())

    def origins(self, table: str) -> list[Origin]:
        """Every raw file behind a table."""
        found = {origin.file: origin for record in self.trace(table) for origin in record.origins}
        return list(found.values())

    def figure(self, table: str, column: str, **where: str | int) -> Figure:
        """Read one cell. Not finding exactly one row is an error."""
        schema = self.steps[self.known(table)].schema
        wanted = schema[column]
        for name, value in where.items():
            if isinstance(value, str) != (schema[name].dtype == pl.String):
                raise CallError(f"{table}.{name} holds {schema[name].dtype}, so it is never {value!r}")
        matches = [pl.col(name) == value for name, value in where.items()]
        rows = self.table(table).filter(*matches)
        if rows.height != 1:
            raise CallError(f"{rows.height} rows of {table!r} match {where}; a figure is one cell")
        return self.cell(schema, wanted.name, rows.row(0, named=True))

    def cell(self, schema: Schema, column: str, row: Row) -> Figure:
        """The figure of one column in a row already read from the table."""
        return figure_of(schema, column, row, self.key(schema.name))


def figure_of(schema: Schema, column: str, row: Row, key: str) -> Figure:
    """The figure of one column in a row.

    Parameters
    ----------
    schema : of the table.
    column : the column's name.
    row : the row, with every column of the schema.
    key : the table's content key.
    """
    wanted = schema[column]
    value, absent = row[column], row[wanted.absent] if wanted.absent else None
    if isinstance(value, str):
        raise CallError(f"{schema.name}.{column} holds words, not a figure")
    where = tuple((name, _part(row[name])) for name in schema.key)
    basis = str(row["basis"]) if "basis" in row else "observed"
    reason = str(absent) if absent is not None else ("missing" if value is None else None)
    return Figure(value, wanted.unit, schema.name, column, where, key, basis, reason)


def _part(value: str | int | float | None) -> str | int:
    return value if isinstance(value, str | int) else str(value)


@lru_cache(maxsize=1)
def _opened(folder: str, store: str, scenario_name: str) -> Workspace:
    return Workspace(folder, store, scenario_name)


def _made_elsewhere(folder: str, store: str, scenario_name: str, key: str) -> Timing:
    """Make one table in a process of a cluster, which opens the group once while its files stay the same."""
    opened = (folder, store, scenario_name)
    if _opened(*opened).record_of(key) is None:
        _opened.cache_clear()
    work = _opened(*opened)
    if (record := work.record_of(key)) is None:
        raise DataError(
            f"a worker sees another version of storregion or other files in {folder} than the build; "
            "install and share the same everywhere, and start the workers anew"
        )
    # As in a build of threads: sums must not depend on how many there are.
    with threadpool_limits(1, "blas"):
        return work.make(record)
