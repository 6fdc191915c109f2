"""A step: a plain function that returns a table, and what its annotations say that it takes.

A parameter may be a table, a raw file, a bundle of them (a `NamedTuple`), a table of the base scenario
(`OfBase[...]`), or the group's definition. Keyword-only parameters are assumptions.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import polars as pl

from storregion.core.errors import PipelineError
from storregion.core.group import RegionGroup
from storregion.core.lineage import OF_BASE, OfBaseNote, Raw
from storregion.core.table import Schema

T = TypeVar("T")
REMEDY = (
    "annotate it as a table, a raw file, a bundle of them (a NamedTuple), a table of the base scenario "
    "(OfBase[...]) or the region group, or make it a keyword-only assumption with a default"
)


@dataclass(frozen=True)
class Wanted:
    """A table that a step takes: of the scenario that is built, or of the base scenario."""

    schema: Schema
    of_base: bool = False

    @property
    def input(self) -> str:
        """The name under which a record lists the table among its inputs."""
        return self.schema.name + (OF_BASE if self.of_base else "")


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
            raise PipelineError(f"{self.name} is not a step: it is not annotated to return a table")
        return self.makes

    @cached_property
    def wanted(self) -> dict[str, Wanted]:
        """The tables the function takes, by parameter; those of a bundle by `parameter.field`."""
        found: dict[str, Wanted] = {}
        for name, hint in self._inputs():
            if (one := _wanted(hint)) is not None:
                found[name] = one
            for field, inner in _fields(hint).items():
                if (one := _wanted(inner)) is not None:
                    found[f"{name}.{field}"] = one
        return found

    @property
    def tables(self) -> dict[str, Schema]:
        """The schemas of `wanted`."""
        return {name: wanted.schema for name, wanted in self.wanted.items()}

    @cached_property
    def raws(self) -> dict[str, Raw]:
        """The raw files the function takes, by parameter; those of a bundle by `parameter.field`."""
        found: dict[str, Raw] = {}
        for name, hint in self._inputs():
            named = {name: hint} | {f"{name}.{field}": inner for field, inner in _fields(hint).items()}
            found |= {where: raw for where, one in named.items() if (raw := _noted(one, Raw))}
        return found

    @property
    def takes_group(self) -> bool:
        """Whether the function reads the group's definition."""
        return RegionGroup in self.hints.values()

    @cached_property
    def assumptions(self) -> dict[str, Any]:
        """The function's assumptions with their defaults."""
        parameters = inspect.signature(self.function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    def filled(self, given: Mapping[str, object]) -> dict[str, Any]:
        """The arguments that are tables and raw files, those of a bundle put into it.

        Parameters
        ----------
        given : frames by the names of `wanted`, paths by those of `raws`.
        """
        found: dict[str, Any] = {}
        for name, hint in self._inputs():
            if name in given:
                found[name] = given[name]
            elif fields := _fields(hint):
                found[name] = hint(**{field: given[f"{name}.{field}"] for field in fields})
        return found

    def run(
        self,
        frames: Mapping[str, pl.DataFrame],
        files: Mapping[str, Path | tuple[Path, ...] | None],
        group: RegionGroup,
        assumptions: Mapping[str, Any],
    ) -> pl.DataFrame:
        """What the step makes, not checked yet.

        Parameters
        ----------
        frames : the tables that it takes, as `wanted` names them.
        files : where its raw files lie, as `raws` names them; None for one that is not there, several paths
            for a name that stands for several files.
        group : the group, for a step that takes it.
        assumptions : the values of its assumptions.
        """
        groups = {name: group for name, hint in self.hints.items() if hint is RegionGroup}
        return self.function(**self.filled({**frames, **files}), **groups, **assumptions)

    def columns(self, frames: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str], pl.Series]:
        """Every column of the tables taken, by table and column, for the columns that refer to them.

        Parameters
        ----------
        frames : by the names of `wanted`.
        """
        ranked = sorted(self.wanted.items(), key=lambda item: not item[1].of_base)
        return {
            (wanted.schema.name, column.name): frames[name][column.name]
            for name, wanted in ranked
            for column in wanted.schema.columns
        }

    def check(self) -> None:
        """Refuse a parameter that nothing can be given for, and an assumption without a default.

        Raises
        ------
        PipelineError
            Names the step, the parameter and the remedy.
        """
        for name, parameter in inspect.signature(self.function).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY:
                if parameter.default is parameter.empty:
                    raise PipelineError(f"{self.name} assumes {name!r} without a default; give one")
            elif fields := _fields(self.hints.get(name)):
                if wrong := [field for field in fields if f"{name}.{field}" not in self._known]:
                    raise PipelineError(
                        f"{self.name} takes the bundle {name!r}, whose field {wrong[0]!r} is neither a table "
                        "nor a raw file; annotate every field of the NamedTuple as one"
                    )
            elif name not in self._known and self.hints.get(name) != RegionGroup:
                raise PipelineError(f"{self.name} takes {name!r}, which a step cannot take; {REMEDY}")

    @property
    def _known(self) -> set[str]:
        return {*self.wanted, *self.raws}

    def _inputs(self) -> Iterator[tuple[str, Any]]:
        assumed = self.assumptions
        return ((name, hint) for name, hint in self.hints.items() if name != "return" and name not in assumed)


def _noted(hint: Any, kind: type[T]) -> T | None:
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((note for note in notes if isinstance(note, kind)), None)


def _wanted(hint: Any) -> Wanted | None:
    schema = _noted(hint, Schema)
    return None if schema is None else Wanted(schema, _noted(hint, OfBaseNote) is not None)


def _fields(hint: Any) -> dict[str, Any]:
    """The annotations of a bundle's fields; none where the hint is not a bundle."""
    bundle = isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields")
    return get_type_hints(hint, include_extras=True) if bundle else {}
