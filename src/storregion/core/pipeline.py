"""Find the steps, order them, plan their keys, and run those whose tables are not there yet.

A step is any public function annotated to return a table; `step` says what it may take. The assumptions of
steps may be overridden by `assumptions.toml` and scenarios.
"""

import hashlib
import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec, resolve_name
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from threadpoolctl import threadpool_limits

from storregion.core import scenario, settings
from storregion.core.engine import Engine
from storregion.core.errors import DataError, PipelineError, SettingError, StorregionError, nearest
from storregion.core.group import Portal, RegionGroup
from storregion.core.imports import IMPORTS
from storregion.core.lineage import Edit, Origin, Record
from storregion.core.origins import RawFiles
from storregion.core.step import Step, Wanted
from storregion.core.store import Store

PACKAGE = __name__.partition(".")[0]


ROOMS = ("sources", "facts", "timetable", "studies")
"""The rooms of the house whose public functions make tables."""


def every_step() -> dict[str, Step]:
    """The steps of the whole package, by the table each makes, inputs before users."""
    return steps(*(importlib.import_module(f"{PACKAGE}.{room}") for room in ROOMS))


def steps(*packages: ModuleType) -> dict[str, Step]:
    """The steps of the packages, by the table each makes, inputs before users.

    Raises
    ------
    PipelineError
        Two functions make one table, a needed table is made by none, or tables need each other.
    """
    found: dict[str, Step] = {}
    for package in packages:
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            for step in _steps_in(importlib.import_module(info.name)):
                step.check()
                table = step.schema.name
                if (other := found.get(table)) is not None:
                    raise PipelineError(f"{step.name} and {other.name} both make {table!r}; remove one")
                found[table] = step
    return _ordered(found)


def _steps_in(module: ModuleType) -> Iterator[Step]:
    for name, function in vars(module).items():
        if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_":
            step = Step(function)
            if step.makes is not None:
                yield step


def _ordered(found: Mapping[str, Step]) -> dict[str, Step]:
    order: dict[str, Step] = {}

    def visit(table: str, path: tuple[str, ...]) -> None:
        if table in path:
            circle = path[path.index(table) :]
            makers = ", ".join(found[name].name for name in circle)
            raise PipelineError(f"tables need each other: {' → '.join((*circle, table))} ({makers})")
        if table not in found:
            raise PipelineError(
                f"{found[path[-1]].name} needs table {table!r}, which no step makes; {nearest(table, found)}"
            )
        if table not in order:
            for schema in found[table].tables.values():
                visit(schema.name, (*path, table))
            order[table] = found[table]

    for table in found:
        visit(table, ())
    return order


def available(order: Mapping[str, Step], raws: RawFiles) -> tuple[dict[str, Step], dict[str, str]]:
    """The steps that a group has the raw files for, and why each other table is not made.

    A group need not have every raw file: what `sources.csv` does not name is not there, and the tables that
    rest on it are left out with the reason.

    Raises
    ------
    SettingError
        `sources.csv` names a file that no step reads, or a figure file lies there unnamed.
    """
    every = [raw for step in order.values() for raw in step.raws.values()]
    read = {raw.file for raw in every}
    for origin in raws.origins.values():
        if not any(raw.fits(origin.file) for raw in every):
            raise SettingError(
                f"sources.csv names {origin.file!r}, which no step reads; {nearest(origin.file, read)}"
            )
    for path, sources in raws.unnamed(file for file in read if file.endswith("/")):
        raise SettingError(f"{path} has no line in {sources}; add its origin there")
    missing: dict[str, str] = {}
    for table, step in order.items():
        files = [raw.file for raw in step.raws.values() if not raw.optional and raw.file not in raws.origins]
        needs = [schema.name for schema in step.tables.values() if schema.name in missing]
        if files:
            missing[table] = f"sources.csv names no {files[0]}"
        elif needs:
            missing[table] = f"it rests on {needs[0]}: {missing[needs[0]]}"
    return {table: step for table, step in order.items() if table not in missing}, missing


@dataclass(frozen=True)
class Choices:
    """What a group and a scenario have chosen.

    Attributes
    ----------
    assumptions : their values, each with the file it stands in.
    edits : to fact tables.
    edited_in : the file of the edits.
    """

    assumptions: tuple[tuple[Path, Mapping[str, Mapping[str, object]]], ...] = ()
    edits: tuple[Edit, ...] = ()
    edited_in: Path = Path("scenario")


def plan(
    order: Mapping[str, Step],
    group: RegionGroup,
    raws: RawFiles,
    choices: Choices,
    base: Mapping[str, Record] | None = None,
) -> dict[str, Record]:
    """The record, and so the key, that every table will have; nothing is run.

    Parameters
    ----------
    order : the steps, inputs before users.
    group, raws : the group and its raw files.
    choices : what the group and the scenario have chosen.
    base : the plan of the group without the scenario, whose tables stand where a step asks for those of the
        base; None where this is that plan.

    Raises
    ------
    SettingError
        An assumption or an edit names what does not exist, or gives a value of the wrong type.
    """
    _known_names(order, choices)
    records: dict[str, Record] = {}
    # Where the portal lies changes no table.
    bare = msgspec.structs.replace(group, portal=Portal())
    for table, step in order.items():
        values, overridden = _assumed(step, choices)
        # No scenario changes a raw file.
        origins = base[table].origins if base is not None else _origins(step, raws)
        inputs = _inputs(step, records, records if base is None else base)
        edits = tuple(edit for edit in choices.edits if edit.table == table)
        code = code_behind(step.module)
        parts = {
            "table": table,
            "maker": step.name,
            "code": code,
            "assumptions": values,
            "origins": origins,
            "inputs": inputs,
            "group": bare if step.takes_group else None,
            "edits": edits,
            "libraries": _libraries(),
        }
        key = hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:20]
        records[table] = Record(table, key, step.name, code, values, overridden, inputs, origins, edits)
    return records


def _origins(step: Step, raws: RawFiles) -> tuple[Origin, ...]:
    return tuple(raws.find(one)[1] for raw in step.raws.values() for one in raws.each(raw))


LIBRARIES = ("numba", "numpy", "polars", "pyproj", "shapely")
"""The libraries whose versions can change a result: a table of another version is another table."""


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


def _inputs(step: Step, own: Mapping[str, Record], base: Mapping[str, Record]) -> dict[str, str]:
    """The key of each input by its name.

    A table of the base is named as one only where the scenario's own of that name is another input: a step
    whose inputs a scenario leaves as they are then has the key it has in the base.
    """
    tables = [wanted.schema.name for wanted in step.wanted.values() if not wanted.of_base]
    found = {table: own[table].key for table in tables}
    for wanted in step.wanted.values():
        if wanted.of_base:
            key = base[wanted.schema.name].key
            if found.setdefault(wanted.schema.name, key) != key:
                found[wanted.input] = key
    return found


def _known_names(order: Mapping[str, Step], choices: Choices) -> None:
    for path, chosen in choices.assumptions:
        for table, values in chosen.items():
            if table not in order:
                raise SettingError(
                    f"{path}: there is no table {table!r} to assume of; {nearest(table, order)}"
                )
            known = order[table].assumptions
            for name in values.keys() - known.keys():
                hint = nearest(name, known) if known else "it has none"
                raise SettingError(f"{path}: {order[table].name} has no assumption {name!r}; {hint}")
    for edit in choices.edits:
        facts = [table for table, step in order.items() if ".studies." not in step.name]
        if edit.table not in facts:
            raise SettingError(
                f"{choices.edited_in} edits {edit.table!r}, which is not a fact table; "
                f"{nearest(edit.table, facts)}"
            )
        try:
            scenario.fit(edit, order[edit.table].schema)
        except SettingError as error:
            raise SettingError(f"{choices.edited_in}: {error}") from None


def _assumed(step: Step, choices: Choices) -> tuple[dict[str, Any], dict[str, str]]:
    """A step's assumptions, and the file each overridden one was set in."""
    values, overridden = dict(step.assumptions), dict[str, str]()
    for path, chosen in choices.assumptions:
        for name, value in chosen.get(step.schema.name, {}).items():
            where = f"{path}: {step.name} takes {name!r} otherwise"
            values[name] = settings.fitted(value, step.hints[name], where)
            overridden[name] = path.name
    return values, overridden


Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Timing:
    """How long one table took.

    Attributes
    ----------
    table : its name.
    wall : seconds from start to end; steps run side by side, so these sum to more than the build took.
    processor : seconds of processor time in the step's own thread, without those that a library starts.
    """

    table: str
    wall: float
    processor: float


@dataclass
class Build:
    """One run over a plan: what is to be made, and how.

    Attributes
    ----------
    order : the steps, inputs before users.
    records : the plan.
    engine : where steps run.
    base : the plan of the base scenario, if the plan is another one's.
    elsewhere : makes the table of a key in another process, which an engine of such needs.
    timings : of each table made.
    """

    order: Mapping[str, Step]
    records: dict[str, Record]
    group: RegionGroup
    raws: RawFiles
    store: Store
    engine: Engine = field(default_factory=Engine)
    base: Mapping[str, Record] = field(default_factory=dict)
    elsewhere: Callable[[str], Timing] | None = None
    timings: list[Timing] = field(default_factory=list)

    def due(self, tables: Iterable[str], *, force: bool = False) -> list[Record]:
        """Of some tables and all that they rest on, those that are not in the store whole, inputs first."""
        # The base first: no table of it rests on one that a scenario has changed.
        known = {record.key: record for plan in (self.base, self.records) for record in plan.values()}
        wanted: set[str] = set()
        queue = [self.records[table].key for table in tables]
        while queue:
            if (key := queue.pop()) not in wanted:
                wanted.add(key)
                queue += known[key].inputs.values()
        return [
            record
            for key, record in known.items()
            if key in wanted and (force or not self.store.whole(record.table, key))
        ]

    def run(self, due: list[Record], report: Report | None = None) -> None:
        """Make the tables that are due, independent ones side by side.

        Parameters
        ----------
        due : the records of tables, as `due()` gives them.
        report : called with table, number done and number in all after each table.

        Raises
        ------
        StorregionError
            One or more steps failed; a single error with the messages of all. What depends on them is
            not made.
        """
        if not due:  # starting a cluster takes seconds
            return
        waiting, done, errors = list(due), set[str](), list[StorregionError]()
        keys = {record.key for record in due}
        running: dict[Future[Timing], Record] = {}
        # Steps run side by side: threads of the linear algebra would only wait for each other, and sums would
        # depend on their number. Only what is loaded can be limited.
        import numpy as np  # noqa: F401

        with threadpool_limits(1, "blas"), self.engine.pool() as pool:
            while waiting or running:
                for record in [r for r in waiting if not ({*r.inputs.values()} & keys) - done]:
                    waiting.remove(record)
                    running[self._submitted(pool, record)] = record
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    record = running.pop(future)
                    error = future.exception()
                    if isinstance(error, StorregionError):
                        errors.append(error)
                    else:
                        self.timings.append(self.engine.result(future))
                        done.add(record.key)
                        if report is not None:
                            report(record.table, len(done), len(due))
        # Steps that read the same files find the same faults; each is reported once.
        messages = {str(error): error for error in errors}
        if len(messages) == 1:
            raise errors[0]
        if messages:
            raise PipelineError("\n".join(messages))

    def _submitted(self, pool: Executor, record: Record) -> "Future[Timing]":
        if not self.engine.far:
            return pool.submit(self.make, record)
        if self.elsewhere is None:
            raise PipelineError("what is kept in memory cannot be made by a cluster; use --engine threads")
        return pool.submit(self.elsewhere, record.key)

    def make(self, record: Record) -> Timing:
        """Make one table, whose inputs are in the store, and keep it."""
        wall, processor = time.perf_counter(), time.thread_time()
        self._made(record)
        return Timing(record.table, time.perf_counter() - wall, time.thread_time() - processor)

    def _made(self, record: Record) -> None:
        step = self.order[record.table]
        inputs = {
            name: self.store.table(wanted.schema.name, self._key(record, wanted))
            for name, wanted in step.wanted.items()
        }
        files = {name: self.raws.given(raw) for name, raw in step.raws.items()}
        known = step.columns(inputs)
        self._unchanged(record)
        frame = step.run(inputs, files, self.group, record.assumptions)
        frame = step.schema.check(frame, maker=step.name, known=known)
        if record.edits:
            frame = scenario.apply(frame, record.edits, step.schema)
            frame = step.schema.check(frame, maker=f"the scenario's edits after {step.name}", known=known)
        self._unchanged(record)
        self.store.keep(frame, record)

    @staticmethod
    def _key(record: Record, wanted: Wanted) -> str:
        """The key of an input; a base's table stands under its plain name where there is no other of it."""
        return record.inputs.get(wanted.input) or record.inputs[wanted.schema.name]

    def _unchanged(self, record: Record) -> None:
        """Refuse to keep a table under the hash of a raw file that has changed since the plan was made."""
        there = [one for raw in self.order[record.table].raws.values() for one in self.raws.each(raw)]
        for raw, planned in zip(there, record.origins, strict=True):
            path, now = self.raws.find(raw)
            if now.sha256 != planned.sha256:
                raise DataError(
                    f"{path} changed while {record.table!r} was to be made; open the group anew and build"
                )


@cache
def code_behind(module: str) -> dict[str, str]:
    """The hash of a module and of every module of ours that it imports, by name.

    Parameters
    ----------
    module : its full name.
    """
    found: dict[str, str] = {}
    queue = [module]
    while queue:
        name = queue.pop()
        if name not in found:
            found[name], imported = source_of(name)
            queue += imported
    return dict(sorted(found.items()))


@cache
def source_of(module: str) -> tuple[str, tuple[str, ...]]:
    """The hash of a module's source, and the modules of ours that it imports.

    Parameters
    ----------
    module : its full name.
    """
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise PipelineError(f"the source of {module} cannot be found; steps must lie in files")
    source = Path(spec.origin).read_bytes()
    home = module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
    return hashlib.sha256(source).hexdigest()[:16], tuple(_imports(source, home))


def _imports(source: bytes, home: str) -> Iterator[str]:
    """The modules that a source, which lies in the package `home`, imports from there or from ours."""
    ours = {home.partition(".")[0], PACKAGE}
    for named in IMPORTS.of(source):
        if named.module is None:
            yield from (name for name in named.names if name.partition(".")[0] in ours)
            continue
        written = "." * named.level + named.module
        origin = resolve_name(written, home) if named.level else written
        if origin.partition(".")[0] in ours:
            inner = [f"{origin}.{name}" for name in named.names]
            modules = [name for name in inner if _is_module(name)]
            yield from modules
            if len(modules) < len(inner):
                yield origin


def _is_module(name: str) -> bool:
    """Whether a name is a module; only its package is loaded to find out, not the module itself."""
    package, _, inner = name.rpartition(".")
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:
        return False
    folders = (spec.submodule_search_locations if spec else None) or ()
    return any(
        Path(folder, f"{inner}.py").is_file() or Path(folder, inner, "__init__.py").is_file()
        for folder in folders
    )
