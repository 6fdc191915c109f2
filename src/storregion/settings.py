"""Settings files: TOML read strictly, every misspelt key named with its file and the nearest right one."""

import math
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from storregion.errors import DataError, SettingError, nearest

T = TypeVar("T")

LARGEST_SETTINGS = 2**20
"""Bytes a settings file may hold; a larger one is no settings file."""


def read(path: Path, kind: type[T]) -> T:
    """Read one TOML file into a typed structure.

    Parameters
    ----------
    path : the file.
    kind : the msgspec structure, or a dict type, that it must fit.

    Raises
    ------
    SettingError
        The file is missing, too large, no TOML, has an unknown key or a value of the wrong type.
    """
    try:
        document = tomllib.loads(text(path, LARGEST_SETTINGS))
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path}: not valid TOML: {error}") from None
    if faults := _unknown(document, inspect.type_info(kind), "") + _not_finite(document, ""):
        raise SettingError("\n  ".join([f"{path} holds what it may not:", *faults]))
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise SettingError(f"{path}: {error}") from None


def text(path: Path, most: int) -> str:
    """A text file's content, refused when it is too large or not UTF-8.

    Parameters
    ----------
    path : the file.
    most : bytes it may hold.
    """
    if not path.is_file():
        raise SettingError(f"{path} does not exist, or is no file; create it or name another")
    if (size := path.stat().st_size) > most:
        raise DataError(f"{path} holds {size} bytes; at most {most} are read. Is it the right file?")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}: row {row} is not UTF-8 (byte 0x{raw[error.start]:02x}); save the file as UTF-8"
        ) from None


def _unknown(value: Any, kind: inspect.Type, where: str) -> list[str]:
    """Every key that the type does not know, at any depth."""
    if isinstance(kind, inspect.UnionType):
        inner = [option for option in kind.types if not isinstance(option, inspect.NoneType)]
        return _unknown(value, inner[0], where) if len(inner) == 1 else []
    if isinstance(value, dict) and isinstance(kind, inspect.StructType):
        fields = {field.encode_name: field.type for field in kind.fields}
        faults = [
            f"unknown key {where + key!r}; {nearest(key, fields)}" for key in value if key not in fields
        ]
        for key in [key for key in value if key in fields]:
            faults += _unknown(value[key], fields[key], f"{where}{key}.")
        return faults
    if isinstance(value, dict) and isinstance(kind, inspect.DictType):
        return [fault for key in value for fault in _unknown(value[key], kind.value_type, f"{where}{key}.")]
    if isinstance(value, list) and isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return [fault for item in value for fault in _unknown(item, kind.item_type, where)]
    return []


def _not_finite(value: Any, where: str) -> list[str]:
    """Every number that is none: TOML knows nan and inf, but nothing can be reckoned with them."""
    if isinstance(value, dict):
        return [fault for key in value for fault in _not_finite(value[key], f"{where}{key}.")]
    if isinstance(value, list):
        return [fault for item in value for fault in _not_finite(item, where)]
    if isinstance(value, float) and not math.isfinite(value):
        return [f"{where.rstrip('.')!r} is {value}; give a finite number"]
    return []
