"""Find the steps, order them, plan their keys, and run those whose tables are not there yet.

A step is any public function annotated to return a table. What it needs is read from its annotations:
tables, raw files and the region group. Keyword-only parameters with defaults are its assumptions, which
`assumptions.toml` and scenarios may override.
"""

import ast
import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec, resolve_name
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import polars as pl

from storregion.core import scenario, settings
from storregion.core.errors import DataError, PipelineError, SettingError, StorregionError, nearest
from storregion.core.group import Portal, RegionGroup
from storregion.core.lineage import Edit, Raw, Record
from storregion.core.origins import RawFiles
from storregion.core.store import Store
from storregion.core.table import Schema

T = TypeVar("T")
PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class Step:
    """A plain function, and what its signature says about it."""

    function: Callable[..., pl.DataFrame]

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The function's annotations."""
        return get_type_hints(self.function, include_extras=True)

    @property
    def module(self) -> str:
        """The module the function is written in."""
        return self.function.__module__

    @property
    def name(self) -> str:
        """The function's full name."""
        return f"{self.module}.{self.function.__qualname__}"

    @cached_property
    def makes(self) -> Schema | None:
        """The table the function returns, if it returns one."""
        return _noted(self.hints.get("return"), Schema)

    @property
    def schema(self) -> Schema:
        """The table the step makes."""
        if self.makes is None:
            raise PipelineError(f"{self.name} is no step: it is not annotated to return a table")
        return self.makes

    @cached_property
    def tables(self) -> dict[str, Schema]:
        """The tables the function takes, by parameter."""
        return {name: schema for name, hint in self._inputs() if (schema := _noted(hint, Schema))}

    @cached_property
    def raws(self) -> dict[str, Raw]:
        """The raw files the function takes, by parameter."""
        return {name: raw for name, hint in self._inputs() if (raw := _noted(hint, Raw))}

    @property
    def takes_group(self) -> bool:
        """Whether the function reads the group's definition."""
        return RegionGroup in self.hints.values()

    @cached_property
    def assumptions(self) -> dict[str, Any]:
        """The function's assumptions with their defaults."""
        parameters = inspect.signature(self.function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    def _inputs(self) -> Iterator[tuple[str, Any]]:
        return ((name, hint) for name, hint in self.hints.items() if name != "return")


def _noted(hint: Any, kind: type[T]) -> T | None:
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((note for note in notes if isinstance(note, kind)), None)


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
                _understood(step)
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


def _understood(step: Step) -> None:
    """Refuse a step with a parameter that nothing can be given for, or an assumption without a default."""
    for name, parameter in inspect.signature(step.function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                raise PipelineError(f"{step.name} assumes {name!r} without a default; give one")
        elif name not in step.tables and name not in step.raws and step.hints.get(name) is not RegionGroup:
            raise PipelineError(
                f"{step.name} takes {name!r}, which is no table, raw file or region group; annotate it as "
                "one, or make it a keyword-only assumption with a default"
            )


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
    read = {raw.file for step in order.values() for raw in step.raws.values()}
    for origin in raws.origins.values():
        if origin.file not in read:
            raise SettingError(
                f"sources.csv names {origin.file!r}, which no step reads; {nearest(origin.file, read)}"
            )
    for path, sources in raws.unnamed(file for file in read if file.endswith("/")):
        raise SettingError(f"{path} has no line in {sources}; add its origin there")
    lacking: dict[str, str] = {}
    for table, step in order.items():
        files = [raw.file for raw in step.raws.values() if not raw.optional and raw.file not in raws.origins]
        needs = [schema.name for schema in step.tables.values() if schema.name in lacking]
        if files:
            lacking[table] = f"sources.csv names no {files[0]}"
        elif needs:
            lacking[table] = f"it rests on {needs[0]}: {lacking[needs[0]]}"
    return {table: step for table, step in order.items() if table not in lacking}, lacking


@dataclass(frozen=True)
class Choices:
    """What a group and a scenario have chosen: values of assumptions, each with the file it stands in."""

    assumptions: tuple[tuple[Path, Mapping[str, Mapping[str, object]]], ...] = ()
    edits: tuple[Edit, ...] = ()


def plan(
    order: Mapping[str, Step], group: RegionGroup, raws: RawFiles, choices: Choices
) -> dict[str, Record]:
    """The record, and so the key, that every table will have; nothing is run.

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
        origins = tuple(raws.find(raw)[1] for raw in step.raws.values() if raws.has(raw))
        inputs = {schema.name: records[schema.name].key for schema in step.tables.values()}
        edits = tuple(edit for edit in choices.edits if edit.table == table)
        code = code_behind(step.module)
        parts = {
            "table": table,
            "maker": step.name,
            "code": code,
            "assumptions": values,
            "origins": [(origin.file, origin.sha256) for origin in origins],
            "inputs": inputs,
            "group": bare if step.takes_group else None,
            "edits": edits,
        }
        key = hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:20]
        records[table] = Record(table, key, step.name, code, values, overridden, inputs, origins, edits)
    return records


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
                f"a scenario edits {edit.table!r}, which is no fact table; {nearest(edit.table, facts)}"
            )


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


@dataclass
class Build:
    """One run over a plan: what is to be made, and how."""

    order: Mapping[str, Step]
    records: dict[str, Record]
    group: RegionGroup
    raws: RawFiles
    store: Store
    workers: int = 2

    def due(self, tables: Iterable[str], *, force: bool = False) -> list[str]:
        """Of some tables and all that they rest on, those that are not in the store whole."""
        wanted: set[str] = set()
        queue = list(tables)
        while queue:
            if (table := queue.pop()) not in wanted:
                wanted.add(table)
                queue += self.records[table].inputs
        return [
            table
            for table in self.order
            if table in wanted and (force or not self.store.whole(table, self.records[table].key))
        ]

    def run(self, due: list[str], report: Report | None = None) -> None:
        """Make the tables that are due, independent ones side by side.

        Parameters
        ----------
        due : names of tables, as `due()` gives them.
        report : called with table, number done and number in all after each table.

        Raises
        ------
        StorregionError
            One or more steps failed; a single error with the messages of all. What depends on them is
            not made.
        """
        waiting, done, errors = list(due), set[str](), list[StorregionError]()
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(self.workers) as pool:
            while waiting or running:
                for table in [t for t in waiting if not (self.records[t].inputs.keys() & due) - done]:
                    waiting.remove(table)
                    running[pool.submit(self._make, table)] = table
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    table = running.pop(future)
                    error = future.exception()
                    if isinstance(error, StorregionError):
                        errors.append(error)
                    elif error is not None:
                        raise error
                    else:
                        done.add(table)
                        if report is not None:
                            report(table, len(done), len(due))
        # Steps that read the same files find the same faults; each is told once.
        told = {str(error): error for error in errors}
        if len(told) == 1:
            raise errors[0]
        if told:
            raise PipelineError("\n".join(told))

    def _make(self, table: str) -> None:
        step, record = self.order[table], self.records[table]
        inputs = {
            name: self.store.table(schema.name, record.inputs[schema.name])
            for name, schema in step.tables.items()
        }
        arguments: dict[str, Any] = inputs | {
            name: self.raws.find(raw)[0] if self.raws.has(raw) else None for name, raw in step.raws.items()
        }
        arguments |= {name: self.group for name, hint in step.hints.items() if hint is RegionGroup}
        known = {
            (schema.name, column.name): inputs[name][column.name]
            for name, schema in step.tables.items()
            for column in schema.columns
        }
        self._unchanged(table)
        frame = step.schema.check(
            step.function(**arguments, **record.assumptions), maker=step.name, known=known
        )
        if record.edits:
            frame = scenario.apply(frame, record.edits, step.schema)
            frame = step.schema.check(frame, maker=f"the scenario's edits after {step.name}", known=known)
        self._unchanged(table)
        self.store.keep(frame, record)

    def _unchanged(self, table: str) -> None:
        """Refuse to keep a table under the hash of a raw file that has changed since the plan was made."""
        there = [raw for raw in self.order[table].raws.values() if self.raws.has(raw)]
        for raw, planned in zip(there, self.records[table].origins, strict=True):
            path, now = self.raws.find(raw)
            if now.sha256 != planned.sha256:
                raise DataError(
                    f"{path} changed while {table!r} was to be made; open the group anew and build"
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
        if name in found:
            continue
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise PipelineError(f"the source of {name} cannot be found; steps must lie in files")
        source = Path(spec.origin).read_bytes()
        found[name] = hashlib.sha256(source).hexdigest()[:16]
        home = name if spec.submodule_search_locations is not None else name.rpartition(".")[0]
        queue += _imports(source, home)
    return dict(sorted(found.items()))


@cache
def _imports(source: bytes, home: str) -> tuple[str, ...]:
    """The modules that a source, which lies in the package `home`, imports from there or from ours."""
    return tuple(_imported(source, home))


def _imported(source: bytes, home: str) -> Iterator[str]:
    ours = {home.partition(".")[0], PACKAGE}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in ours)
        elif isinstance(node, ast.ImportFrom):
            written = "." * node.level + (node.module or "")
            origin = resolve_name(written, home) if node.level else written
            if origin.partition(".")[0] not in ours:
                continue
            inner = [f"{origin}.{alias.name}" for alias in node.names]
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
