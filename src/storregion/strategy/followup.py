"""Follow-up: an indicator is a TOML file that names cells of a study and says what they are for."""

import datetime
import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import polars as pl
from msgspec import Meta

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.core.lineage import Figure
from storregion.core.table import Schema
from storregion.core.workspace import Workspace
from storregion.strategy import status
from storregion.strategy.documents import Identifier, Page, known_name
from storregion.strategy.editions import Strategy

Year = Annotated[int, Meta(ge=1900, le=2200)]


Setting = Literal["owner", "every", "baseline", "target", "wanted", "interpretation"]
"""What an indicator may leave out, with a reason."""


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be reached when, in the column's unit, and the document that says so."""

    value: float
    year: Year
    document: Identifier
    page: Page | None = None


class Break(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A year from which figures cannot be compared with those before, and why.

    `places` are those whose own figures break, where the first place's go on unbroken.
    """

    year: Year
    why: Text
    places: tuple[str, ...] = ()


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person in a role thinks of an indicator, beside the rule's status and never in its place."""

    role: str
    date: datetime.date
    words: Text
    verdict: status.Verdict | None = None


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is followed, in which cells, for which elements of the strategy: `indicators/NAME.toml`.

    `where` fixes key values of the table; what it leaves open is the year and, for an indicator that can be
    mapped, the place. `place` is then the place whose figure stands first. `classes` are the limits of the
    map's classes, rising, `order` where it stands among the others. `headline` may name the parts that
    `parts()` gives. A `context` indicator describes and carries no target; a `commitment` is what the regions
    have bound themselves to, in a direction they have decided. `unknown` says why a setting is left out, `of`
    names the column of how many a share is of. The unit is the column's.
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
    tier: Literal["context", "commitment"] = "context"
    target: Target | None = None
    baseline: Year | None = None
    natural_limit: float | None = None
    owner: Identifier | None = None
    every: Annotated[int, Meta(ge=1, le=50)] | None = None
    breaks: tuple[Break, ...] = ()
    interpretation: Text | None = None
    judgements: tuple[Judgement, ...] = ()
    unknown: dict[Setting, Text] = {}
    of: str | None = None

    @property
    def aim(self) -> status.Aim:
        """What the indicator's series is judged by."""
        target = status.Point(self.target.year, self.target.value) if self.target else None
        since = max((found.year for found in self.breaks if not found.places), default=None)
        return status.Aim(self.wanted, self.baseline, target, self.natural_limit, since)

    def stale(self, last_year: int, this_year: int) -> bool | None:
        """Whether a newer figure should be there: a year is allowed for publishing it.

        Parameters
        ----------
        last_year : the latest year with a figure.
        this_year : the year it is asked in.

        Returns
        -------
        None where `every` does not say how often there is a new one.
        """
        return None if self.every is None else this_year - last_year > self.every + 1


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One indicator that was adopted with an edition; `indicator` names the file that follows it, if any."""

    label: Text
    indicator: str | None = None
    why: Text | None = None


class AdoptedSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The indicators that were adopted with an edition, and why slots of it are empty."""

    title: Text
    edition: int
    document: Identifier
    why: Text
    slots: dict[Identifier, Slot]
    baseline: Year | None = None


class Earlier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A follow-up that was made elsewhere and is not frozen here: its year, and the project and document.

    What it found is quoted from the project's results in that document.
    """

    year: Year
    project: Identifier
    document: Identifier


class FollowUp(msgspec.Struct, frozen=True):
    """All indicators by name, why elements have none, sets adopted with editions, and earlier follow-ups.

    `unknown` says why settings are left out that no indicator gives a reason of its own for.
    """

    indicators: dict[str, Indicator]
    not_yet: dict[str, Text]
    sets: dict[str, AdoptedSet] = {}
    unknown: dict[Setting, Text] = {}
    earlier: tuple[Earlier, ...] = ()

    def of(self, element: str) -> dict[str, Indicator]:
        """The indicators that follow one element of the strategy, such as `2025/goal`."""
        return {name: found for name, found in self.indicators.items() if element in found.focus}

    def why_not(self, name: str, setting: Setting) -> Text | None:
        """Why an indicator leaves a setting out: its own reason, else that for all; None if it does not."""
        indicator = self.indicators[name]
        given = getattr(indicator, setting)
        if given is not None and given != "undecided":
            return None
        return indicator.unknown.get(setting) or self.unknown.get(setting)


class NotYet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not followed up or decided yet, each with its reason, and what was before: `followup.toml`."""

    reasons: dict[str, Text] = {}
    sets: dict[Identifier, AdoptedSet] = {}
    unknown: dict[Setting, Text] = {}
    earlier: tuple[Earlier, ...] = ()


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
        _aimed(indicator, strategy, path)
        _there(indicator, workspace, path)
        found[path.stem] = indicator
    found = dict(sorted(found.items(), key=lambda pair: (pair[1].order, pair[0])))
    file = workspace.folder / "followup.toml"
    rest = settings.read(file, NotYet) if file.is_file() else NotYet()
    for element in rest.reasons:
        if element not in elements:
            raise SettingError(f"{file}: the strategy has no {element!r}; {nearest(element, elements)}")
    for name, adopted in rest.sets.items():
        place = f"{file}: sets.{name}"
        known_name(str(adopted.edition), map(str, strategy.editions), "edition", place)
        strategy.library.known(adopted.document, place)
        for slot in adopted.slots.values():
            if slot.indicator is not None:
                known_name(slot.indicator, found, "indicator", place)
    for earlier in rest.earlier:
        strategy.library.known(earlier.document, f"{file}: earlier, {earlier.year}")
    return FollowUp(found, rest.reasons, rest.sets, rest.unknown, rest.earlier)


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
    if indicator.of is not None:
        known_name(indicator.of, [c.name for c in schema.columns if c.numeric], "number", f"{path}: of")
        if schema[indicator.column].unit != "share":
            raise SettingError(
                f"{path}: 'of' says how many a share is of; {indicator.column!r} is not a share"
            )
    if schema[indicator.column].cumulative:
        periods = [column.name for column in schema.columns if column.numeric and not column.cumulative]
        raise SettingError(
            f"{path}: each year's {indicator.column!r} counts from one base year, so its points overlap and "
            f"a trend of them would mislead; follow a column of years or periods:  {', '.join(periods)}"
        )
    for name in indicator.where:
        if name not in schema.key:
            hint = nearest(name, schema.key)
            raise SettingError(f"{path}: {name!r} is not in the key of {indicator.table!r}; {hint}")
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


def _aimed(indicator: Indicator, strategy: Strategy, path: Path) -> None:
    """Refuse an aim that nobody decided, or that cannot be judged by."""
    if indicator.owner is not None:
        known_name(indicator.owner, strategy.forum.organisations, "organisation", f"{path}: owner")
    if indicator.tier == "commitment" and indicator.wanted == "undecided":
        raise SettingError(
            f"{path}: a commitment needs a wanted direction; give 'wanted', or call it context"
        )
    if indicator.target is not None:
        if indicator.tier != "commitment":
            raise SettingError(f"{path}: a context indicator carries no target; leave the target out")
        strategy.library.known(indicator.target.document, f"{path}: target")
    years = [found.year for found in indicator.breaks]
    if len(set(years)) < len(years):
        raise SettingError(f"{path}: two breaks are of one year; keep one")
    for setting in indicator.unknown:
        if getattr(indicator, setting) not in (None, "undecided"):
            raise SettingError(f"{path}: {setting!r} is given and has a reason to be left out; keep one")


def _there(indicator: Indicator, workspace: Workspace, path: Path) -> None:
    """Refuse an indicator of which the table has no row."""
    frame = workspace.table(indicator.table)
    for place in (place for found in indicator.breaks for place in found.places):
        known_name(place, workspace.table("places")["place"], "place", f"{path}: breaks")
    first = {} if indicator.place is None else {"place": indicator.place}
    for name, value in {**indicator.where, **first}.items():
        known = frame[name].unique(maintain_order=True).to_list()
        if value not in known:
            hint = nearest(str(value), map(str, known))
            raise SettingError(f"{path}: {indicator.table!r} has no {name} {value!r}; {hint}")
    if series(indicator, workspace).is_empty():
        raise SettingError(f"{path}: no row of {indicator.table!r} is of all that 'where' says; change it")
    used = [point for point in points(indicator, workspace) if point.year >= indicator.aim.start]
    target = indicator.target
    if target is not None and used:
        start = used[0]
        rise = target.value - start.value
        if target.year <= start.year or rise == 0 or (rise > 0) != (indicator.wanted == "up"):
            raise SettingError(
                f"{path}: from {start.value:g} in {start.year} to {target.value:g} in {target.year} is not "
                f"{indicator.wanted!r}; correct target, baseline or 'wanted'"
            )


def parts(indicator: Indicator, schema: Schema) -> dict[str, str]:
    """The parts that an indicator's headline may name, and the column that each is read from."""
    names = [column.name for column in schema.columns]
    years = ("year", "previous_year", "base_year")
    return {"value": indicator.column} | {name: name for name in years if name in names}


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


def points(indicator: Indicator, workspace: Workspace) -> list[status.Point]:
    """The years of an indicator that have a value, in order."""
    rows = series(indicator, workspace).filter(pl.col(indicator.column).is_not_null())
    return [status.Point(*row) for row in rows.select("year", indicator.column).iter_rows()]


def cells(indicator: Indicator, workspace: Workspace) -> list[Figure]:
    """The figures of an indicator's first place, one a year, those without a value included."""
    schema, rows = workspace.schemas[indicator.table], series(indicator, workspace)
    return [workspace.cell(schema, indicator.column, row) for row in rows.iter_rows(named=True)]


def statuses(found: FollowUp, workspace: Workspace) -> dict[str, status.Status]:
    """The status of every indicator by the rule of `status`."""
    return {name: _status(indicator, workspace) for name, indicator in found.indicators.items()}


def status_figures(found: FollowUp, workspace: Workspace, name: str) -> dict[str, Figure]:
    """The numbers of one indicator's status as figures, by column."""
    indicator = found.indicators[name]
    row = status.table({name: _judged(indicator, workspace)}).row(0, named=True)
    return status.figures(row, cells(indicator, workspace), indicator.aim)


def _judged(indicator: Indicator, workspace: Workspace) -> tuple[status.Status, str]:
    """An indicator's status, and the basis of the cells that it rests on."""
    bases = [cell.basis for cell in cells(indicator, workspace) if cell.value is not None]
    return _status(indicator, workspace), status.worst(bases)


def _status(indicator: Indicator, workspace: Workspace) -> status.Status:
    """An indicator's status by the rule, with the interval of its last value where that rests on few."""
    found = status.judge(points(indicator, workspace), indicator.aim)
    column = workspace.schemas[indicator.table][indicator.column]
    rows = series(indicator, workspace).filter(pl.col(indicator.column).is_not_null())
    counted = column.dtype == pl.Int64 and column.unit not in ("year", "years")
    if rows.is_empty() or not (counted or indicator.of):
        return found
    last = rows.row(-1, named=True)
    of = last[indicator.of] if indicator.of else None
    if indicator.of and of is None:
        return found
    chance = status.by_chance(last[indicator.column], of)
    return replace(found, low=chance.low, high=chance.high) if chance else found
