"""Scenarios: files of differences from the base, as assumptions and as edits to fact tables."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl

from storregion.core import settings
from storregion.core.errors import CallError, SettingError
from storregion.core.group import named_file
from storregion.core.language import Text
from storregion.core.lineage import Edit
from storregion.core.table import Column, Schema

BASE = "base"

# Larger whole numbers are not exact as floats; no figure comes near.
_LARGEST = 2.0**53


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a scenario changes: `scenarios/NAME.toml`; `caveats` are what readers must know beside it."""

    title: Text
    about: Text
    assumptions: dict[str, dict[str, object]] = {}
    edits: tuple[Edit, ...] = ()
    caveats: tuple[Text, ...] = ()


NOTHING_CHANGED = Scenario(
    Text("Grundläget", "Base"),
    Text("Siffror och antaganden utan ändringar.", "Figures and assumptions without changes."),
)


def names(folder: Path) -> list[str]:
    """The scenarios of a group's folder, in order of name."""
    found = sorted(path.stem for path in (folder / "scenarios").glob("*.toml"))
    return [name for name in found if name != BASE]


def read(folder: Path, name: str) -> Scenario:
    """Read a scenario of a group by name; `base` changes nothing."""
    if name != BASE:
        return settings.read(named_file(folder, "scenarios", name), Scenario)
    if (taken := folder / "scenarios" / f"{BASE}.toml").exists():
        raise SettingError(
            f"{taken} is never read: {BASE!r} is what changes nothing; give the file another name"
        )
    return NOTHING_CHANGED


def apply(frame: pl.DataFrame, edits: Sequence[Edit], schema: Schema) -> pl.DataFrame:
    """A fact table with a scenario's edits made, every touched row marked `assumed`.

    Parameters
    ----------
    frame : the table as its step made it.
    edits : the edits of this table, made in order.
    schema : the table's schema; whole numbers stay whole (products are rounded to the nearest).

    Raises
    ------
    SettingError
        An edit matches no row, names an unknown column or gives a value of the wrong type.
    """
    for edit in edits:
        frame = _insert(frame, edit, schema) if edit.insert else _change(frame, edit, schema)
    return frame


def fit(edit: Edit, schema: Schema) -> None:
    """Refuse an edit that could be made in no table of the schema, before any table is there.

    Parameters
    ----------
    edit : what a scenario changes.
    schema : of the table that it edits.

    Raises
    ------
    SettingError
        It does not do exactly one thing, names an unknown column or gives a value of the wrong type.
    """
    _one_kind(edit)
    for name in [*edit.add, *edit.multiply]:
        if not _column(name, schema).numeric:
            raise SettingError(f"the scenario cannot calculate with {schema.name}.{name}: it holds words")
    for name, value in [*edit.where.items(), *edit.set.items(), *edit.add.items(), *edit.insert.items()]:
        _literal(value, name, schema)


def _one_kind(edit: Edit) -> None:
    """Refuse what would be left undone without a word: an edit either inserts, removes or changes."""
    changes = [*edit.set, *edit.add, *edit.multiply]
    kinds = [bool(edit.insert), edit.remove, bool(changes)]
    if sum(kinds) != 1 or (edit.insert and edit.where):
        raise SettingError(
            f"the scenario's edit of {edit.table!r} must do one thing: insert a row, or remove = true, or "
            "set, add and multiply in the rows of where"
        )
    if twice := sorted({name for name in changes if changes.count(name) > 1}):
        raise SettingError(f"the scenario's edit of {edit.table!r} changes {twice} twice; make it two edits")
    if "basis" in [*changes, *edit.insert]:
        raise SettingError(f"the scenario's edit of {edit.table!r} gives basis; it is always assumed")


def _change(frame: pl.DataFrame, edit: Edit, schema: Schema) -> pl.DataFrame:
    match = [pl.col(name) == _literal(value, name, schema) for name, value in edit.where.items()]
    hit = pl.all_horizontal(pl.lit(True), *match).fill_null(False)
    rows = frame.filter(hit)
    if not edit.where or not rows.height:
        raise SettingError(f"the scenario's edit of {edit.table!r} matches no row: where = {edit.where}")
    if edit.remove:
        return frame.filter(~hit)
    values = _set(edit, schema) | _calculated(edit, rows, schema)
    values["basis"] = pl.lit("assumed")
    return frame.with_columns(
        pl.when(hit).then(value).otherwise(pl.col(name)).alias(name) for name, value in values.items()
    )


def _set(edit: Edit, schema: Schema) -> dict[str, pl.Expr]:
    """The values set; one that was absent is there now, so its reason goes."""
    values: dict[str, pl.Expr] = {}
    for name, value in edit.set.items():
        if (companion := _column(name, schema).absent) is not None:
            values.setdefault(companion, pl.lit(None, pl.String))
        values[name] = _literal(value, name, schema)
    return values


def _calculated(edit: Edit, rows: pl.DataFrame, schema: Schema) -> dict[str, pl.Expr]:
    """The values added to or multiplied; every one must have something to calculate with."""
    values: dict[str, pl.Expr] = {}
    for name in [*edit.add, *edit.multiply]:
        column = _column(name, schema)
        if lost := rows[name].null_count():
            raise SettingError(
                f"the scenario cannot calculate with {schema.name}.{name}: {lost} of the rows of where = "
                f"{edit.where} are empty; narrow where, or set a value"
            )
        if name in edit.add:
            value = pl.col(name) + _literal(edit.add[name], name, schema)
        else:
            value = pl.col(name) * edit.multiply[name]
        limits = rows.select(pl.max_horizontal(value.abs().max(), 0)).item()
        if limits > _LARGEST:
            raise SettingError(f"the scenario makes {schema.name}.{name} as large as {limits:g}")
        whole = column.dtype == pl.Int64
        values[name] = value.round().cast(pl.Int64) if whole and name in edit.multiply else value
    return values


def _insert(frame: pl.DataFrame, edit: Edit, schema: Schema) -> pl.DataFrame:
    given: dict[str, object] = {**edit.insert, "basis": "assumed"}
    row = {name: _literal(value, name, schema) for name, value in given.items()}
    for column in schema.columns:
        row.setdefault(column.name, pl.lit(None, column.dtype))
    return pl.concat([frame, pl.select(row[name].alias(name) for name in frame.columns)])


def _column(name: str, schema: Schema) -> Column:
    """The column of an edit; a misspelt one stands in the scenario file, so it is a setting that is wrong."""
    try:
        return schema[name]
    except CallError as error:
        raise SettingError(f"the scenario's edit cannot be made: {error}") from None


def _literal(value: object, name: str, schema: Schema) -> pl.Expr:
    dtype = _column(name, schema).dtype
    fits: tuple[type, ...] = (str,) if dtype == pl.String else (int,)
    if dtype == pl.Float64:
        fits = (int, float)
    if not isinstance(value, fits) or isinstance(value, bool):
        raise SettingError(f"the scenario gives {schema.name}.{name} the value {value!r}; it takes {dtype}")
    if isinstance(value, int | float) and abs(value) > _LARGEST:
        raise SettingError(f"the scenario gives {schema.name}.{name} the value {value}; that is too large")
    return pl.lit(value, dtype)
