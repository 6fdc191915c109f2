"""What a portal's pages rest on, as one key: the same key, the same pages and files."""

import hashlib
import platform
from collections.abc import Iterator
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
)
"""Packages that decide the bytes of pages and files, beside the tables."""


_PROGRAM = Path(__file__).parents[2]


def content_key(workspace: Workspace) -> str:
    """The key of all that a workspace's portal shows.

    It covers the tables, the files of the group's folder, this program and the packages that write.

    Parameters
    ----------
    workspace : what is shown.
    """
    found = hashlib.sha256()
    for part in _parts(workspace):
        found.update(part.encode() + b"\0")
    return found.hexdigest()[:16]


def _parts(workspace: Workspace) -> Iterator[str]:
    yield from (workspace.scenario_name, platform.python_version(), __version__)
    for package in _WRITERS:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} -"
    for table in workspace.steps:
        yield f"{table} {workspace.key(table)}"
    figures = workspace.folder / workspace.group.figures
    for folder in (workspace.folder, _PROGRAM):
        for path in sorted(folder.rglob("*")):
            # Figures are in the tables' keys; what Python compiles is in its source.
            if path.is_file() and not path.is_relative_to(figures) and "__pycache__" not in path.parts:
                yield f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
