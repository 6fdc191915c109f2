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
    return fitted(document, kind, str(path))


def fitted(value: object, kind: type[T], where: str) -> T:
    """A value as TOML gives it, as a typed structure.

    Parameters
    ----------
    value : of dicts, lists, strings, numbers and truth values.
    kind : the type it must fit.
    where : what the value is and where it stands, for the message.

    Raises
    ------
    SettingError
        It has an unknown key, a number that is none, or a value of the wrong type.
    """
    if faults := _unknown(value, inspect.type_info(kind), "") + _not_finite(value, ""):
        raise SettingError("\n  ".join([f"{where}:", *faults]))
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise SettingError(f"{where}: {error}") from None


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
        if len(inner) == 1:
            return _unknown(value, inner[0], where)
        return _unknown_tagged(value, [o for o in inner if isinstance(o, inspect.StructType)], where)
    if isinstance(value, dict) and isinstance(kind, inspect.StructType):
        fields = {field.encode_name: field.type for field in kind.fields}
        known = {*fields, kind.tag_field or ""} - {""}
        faults = [f"unknown key {where + key!r}; {nearest(key, known)}" for key in value if key not in known]
        for key in [key for key in value if key in fields]:
            faults += _unknown(value[key], fields[key], f"{where}{key}.")
        return faults
    if isinstance(value, dict) and isinstance(kind, inspect.DictType):
        return [fault for key in value for fault in _unknown(value[key], kind.value_type, f"{where}{key}.")]
    if isinstance(value, list) and isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return [fault for item in value for fault in _unknown(item, kind.item_type, where)]
    return []


def _unknown_tagged(value: Any, kinds: list[inspect.StructType], where: str) -> list[str]:
    """The unknown keys of a value that is one of several structures, which its tag tells apart."""
    tag_field = kinds[0].tag_field if kinds else None
    if not isinstance(value, dict) or tag_field is None or tag_field not in value:
        return []
    tag, tags = value[tag_field], {str(kind.tag): kind for kind in kinds}
    if tag not in tags:
        return [f"unknown {tag_field} {tag!r}; {nearest(str(tag), tags)}"]
    return _unknown(value, tags[tag], f"{where}{tag}.")


def _not_finite(value: Any, where: str) -> list[str]:
    """Every number that is none: TOML knows nan and inf, but nothing can be reckoned with them."""
    if isinstance(value, dict):
        return [fault for key in value for fault in _not_finite(value[key], f"{where}{key}.")]
    if isinstance(value, list):
        return [fault for item in value for fault in _not_finite(item, where)]
    if isinstance(value, float) and not math.isfinite(value):
        return [f"{where.rstrip('.')!r} is {value}; give a finite number"]
    return []
