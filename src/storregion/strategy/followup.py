"""Follow-up: an indicator is a TOML file that names cells of a study and says what they are for."""

import itertools
import re
from pathlib import Path
from typing import Literal

import msgspec
import polars as pl

from storregion import settings
from storregion.errors import SettingError, nearest
from storregion.language import Text
from storregion.strategy.editions import Strategy
from storregion.table import Schema
from storregion.workspace import Workspace


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is followed, in which cells, for which elements of the strategy: `indicators/NAME.toml`.

    `where` fixes key values of the table; what it leaves open is the year and, for an indicator that can be
    mapped, the place. `place` is then the place whose figure stands first. `classes` are the limits of the
    map's classes, rising, `order` where it stands among the others. There is no target: none has been
    adopted. `headline` may name the parts that `parts()` gives.
    """

    title: Text
    about: Text
    headline: Text
    table: str
    column: str
    focus: tuple[str, ...]
    wanted: Literal["up", "down", "undecided"] = "undecided"
    where: dict[str, str | int] = {}
    place: str | None = None
    classes: tuple[float, ...] = ()
    caution: Text | None = None
    order: int = 100


class FollowUp(msgspec.Struct, frozen=True):
    """All indicators by name, and why elements of the strategy have none."""

    indicators: dict[str, Indicator]
    not_yet: dict[str, Text]

    def of(self, element: str) -> dict[str, Indicator]:
        """The indicators that follow one element of the strategy, such as `2025/goal`."""
        return {name: found for name, found in self.indicators.items() if element in found.focus}


class NotYet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The elements of the strategy that are not followed up yet, each with its reason: `followup.toml`."""

    reasons: dict[str, Text]


def read(workspace: Workspace, strategy: Strategy) -> FollowUp:
    """Read the indicators of a group.

    Raises
    ------
    SettingError
        An indicator names an unknown table, column, key value, element or part of its headline, or fixes too
        little or too much.
    """
    elements = strategy.elements()
    found: dict[str, Indicator] = {}
    for path in sorted((workspace.folder / "indicators").glob("*.toml")):
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", path.stem):
            raise SettingError(f"{path}: the name is part of an address; use a–z, 0–9, _ and - only")
        indicator = settings.read(path, Indicator)
        _fits(indicator, workspace.schemas, path)
        _said(indicator, workspace.schemas[indicator.table], elements, path)
        _there(indicator, workspace, path)
        found[path.stem] = indicator
    found = dict(sorted(found.items(), key=lambda pair: (pair[1].order, pair[0])))
    reasons: dict[str, Text] = {}
    file = workspace.folder / "followup.toml"
    if file.is_file():
        reasons = settings.read(file, NotYet).reasons
        for element in reasons:
            if element not in elements:
                raise SettingError(f"{file}: the strategy has no {element!r}; {nearest(element, elements)}")
    return FollowUp(found, reasons)


def _fits(indicator: Indicator, schemas: dict[str, Schema], path: Path) -> None:
    """Refuse an indicator that does not select the cells of one column, a year each."""
    if indicator.table not in schemas:
        raise SettingError(
            f"{path}: there is no table {indicator.table!r}; {nearest(indicator.table, schemas)}"
        )
    schema = schemas[indicator.table]
    names = [column.name for column in schema.columns]
    if indicator.column not in names:
        hint = nearest(indicator.column, names)
        raise SettingError(f"{path}: {indicator.table!r} has no column {indicator.column!r}; {hint}")
    if not schema[indicator.column].numeric:
        raise SettingError(f"{path}: {indicator.column!r} holds no numbers; an indicator is a number")
    for name in indicator.where:
        if name not in schema.key:
            hint = nearest(name, schema.key)
            raise SettingError(f"{path}: {name!r} is no part of the key of {indicator.table!r}; {hint}")
    open_keys = [name for name in schema.key if name not in indicator.where]
    wanted = ["place", "year"] if indicator.place is not None else ["year"]
    if sorted(open_keys) != wanted:
        raise SettingError(f"{path}: 'where' leaves {open_keys} open; an indicator leaves {wanted} open")


def _said(indicator: Indicator, schema: Schema, elements: dict[str, Text], path: Path) -> None:
    """Refuse what the indicator's page could not say or show."""
    for element in indicator.focus:
        if element not in elements:
            raise SettingError(f"{path}: the strategy has no {element!r}; {nearest(element, elements)}")
    known = parts(indicator, schema)
    for words in (indicator.headline.sv, indicator.headline.en):
        for name in re.findall(r"\{(\w+)\}", words):
            if name not in known:
                raise SettingError(f"{path}: the headline names {{{name}}}; {nearest(name, known)}")
    if indicator.classes and indicator.place is None:
        raise SettingError(
            f"{path}: 'classes' are a map's, which needs a 'place'; give it, or leave them out"
        )
    if any(high <= low for low, high in itertools.pairwise(indicator.classes)):
        raise SettingError(f"{path}: the limits {list(indicator.classes)} of 'classes' must rise")


def _there(indicator: Indicator, workspace: Workspace, path: Path) -> None:
    """Refuse an indicator of which the table has no row."""
    frame = workspace.table(indicator.table)
    first = {} if indicator.place is None else {"place": indicator.place}
    for name, value in {**indicator.where, **first}.items():
        known = frame[name].unique().to_list()
        if value not in known:
            hint = nearest(str(value), map(str, known))
            raise SettingError(f"{path}: {indicator.table!r} has no {name} {value!r}; {hint}")
    if series(indicator, workspace).is_empty():
        raise SettingError(f"{path}: no row of {indicator.table!r} is of all that 'where' says; change it")


def parts(indicator: Indicator, schema: Schema) -> dict[str, str]:
    """The parts that an indicator's headline may name, and the column that each is read from."""
    names = [column.name for column in schema.columns]
    return {"value": indicator.column} | {name: name for name in ("year", "base_year") if name in names}


def series(indicator: Indicator, workspace: Workspace, place: str | None = None) -> pl.DataFrame:
    """The table's rows that an indicator follows, by year. It selects cells and computes nothing.

    Parameters
    ----------
    indicator : what is followed.
    workspace : where the table is read.
    place : the place, for an indicator that has one; its own first place when None.
    """
    where = dict(indicator.where)
    if indicator.place is not None:
        where["place"] = place or indicator.place
    return workspace.table(indicator.table).filter(**where).sort("year")
