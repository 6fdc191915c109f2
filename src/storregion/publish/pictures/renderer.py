"""The renderer of charts and of pixels, with type of its own, so that every machine draws the same."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import msgspec

MEASURED = "Liberation Sans"
"""The type that comes with the renderer. Its letters are as wide as those of Arial."""
_EMPTY = '<?xml version="1.0"?><fontconfig><dir>{folder}</dir></fontconfig>'


_TURN = Lock()


@contextmanager
def renderer() -> Iterator[ModuleType]:
    """The renderer, for one thread at a time; it knows none of the machine's fonts.

    Notes
    -----
    It has a lock of its own, and while it makes Python objects under it, the interpreter may let another
    thread run. If that one called the renderer, both would wait for each other, and all others for them.

    It opens the file of a font of the machine anew for every letter it measures; that took a third of the
    time of a bake. The type inside it is in memory.
    """
    with _TURN:
        yield _started()


@cache
def _started() -> ModuleType:
    import vl_convert

    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "fonts.conf"
        settings.write_text(_EMPTY.format(folder=folder), encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(settings)
        try:  # it looks for fonts when it first draws, and never again
            vl_convert.svg_to_png('<svg xmlns="http://www.w3.org/2000/svg"/>')
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before
    return vl_convert


def compiled(spec: str) -> str:
    """A Vega-Lite specification in Vega; charts that differ only in their rows are compiled once.

    Parameters
    ----------
    spec : the specification as JSON.
    """
    rows: list[Any] = []
    form = _without_rows(msgspec.json.decode(spec), rows)
    document = msgspec.json.decode(_compiled_once(msgspec.json.encode(form)))
    for data in document["data"]:
        match data.get("values"):
            case [{"rows": int(at)}]:
                data["values"] = rows[at]
    return msgspec.json.encode(document).decode()


@lru_cache(maxsize=256)
def _compiled_once(spec: bytes) -> bytes:
    with renderer() as started:
        return msgspec.json.encode(started.vegalite_to_vega(spec.decode()))


def _without_rows(part: Any, rows: list[Any]) -> Any:
    """A part of a specification with a number in place of each list of rows, which are collected."""
    if isinstance(part, list):
        return [_without_rows(one, rows) for one in part]
    if not isinstance(part, dict):
        return part
    found = {}
    for name, one in part.items():
        if name == "values" and isinstance(one, list) and one and isinstance(one[0], dict):
            rows.append(one)
            found[name] = [{"rows": len(rows) - 1}]
        else:
            found[name] = _without_rows(one, rows)
    return found
