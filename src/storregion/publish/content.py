"""What a portal's pages rest on, as one key: the same key, the same pages and files."""

import hashlib
import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from storregion import __version__
from storregion.core.workspace import Workspace

_WRITERS = (
    "brotli",
    "jinja2",
    "msgspec",
    "polars",
    "python-docx",
    "python-pptx",
    "typst",
    "vl-convert-python",
    "xlsxwriter",
)
"""Packages that decide the bytes of pages and files, beside the tables."""


_PROGRAM = Path(__file__).parents[1]


def content_key(workspace: Workspace) -> str:
    """The key of all that a workspace's portal shows.

    It covers the tables, the files of the group's folder, this program and the packages that write.

    Parameters
    ----------
    workspace : what is shown.
    """
    tables = (f"{table} {workspace.key(table)}" for table in workspace.steps)
    # Figures are in the tables' keys.
    return _digest([*_around(workspace, [workspace.raws.folders[False]]), *tables])


def key_beside_tables(workspace: Workspace) -> str:
    """The key of what every page of a portal may rest on beside the tables.

    It covers which tables there are, the files of the group's folder but the raw files of tables, this
    program and the packages that write.

    Parameters
    ----------
    workspace : what is shown.
    """
    known = [*workspace.steps, *(f"{table}: {why}" for table, why in sorted(workspace.missing.items()))]
    return _digest([*_around(workspace, workspace.raws.folders.values()), *known])


def _digest(parts: Iterable[str]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part.encode() + b"\0")
    return found.hexdigest()[:16]


def _around(workspace: Workspace, figures: Iterable[Path]) -> Iterator[str]:
    """Program, packages, and the files of the group's folder outside some folders of figures."""
    yield from (workspace.scenario_name, platform.python_version(), __version__)
    for package in _WRITERS:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} -"
    apart = tuple(figures)
    for folder in (workspace.folder, _PROGRAM):
        for path in sorted(folder.rglob("*")):
            # What Python compiles is in its source.
            if not path.is_file() or "__pycache__" in path.parts or any(map(path.is_relative_to, apart)):
                continue
            yield f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
