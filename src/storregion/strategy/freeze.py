"""A follow-up frozen: figures, statuses and words as they stood, in files that say when they were changed."""

import datetime
import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from storregion import __version__
from storregion.core.errors import CallError, DataError
from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.strategy import followup, formats
from storregion.strategy.followup import Indicator
from storregion.strategy.status import Status
from storregion.strategy.whole import Whole

MANIFEST = "manifest.json"
LARGEST_FILE = 32 * 2**20
"""Bytes that one file of a frozen follow-up may hold."""
MOST_FILES = 200


class FrozenCell(msgspec.Struct, frozen=True):
    """One figure: its value, why it is absent if it is, and how it is known."""

    value: float | int | None
    absent: str | None
    basis: str


class FrozenIndicator(msgspec.Struct, frozen=True):
    """An indicator as it stood: its settings, unit, content key, figures by year and status.

    The cell of a year is `TABLE/COLUMN?KEY=VALUE,…#key`, of the indicator's table, column, place and `where`.
    """

    indicator: Indicator
    unit: str
    key: str
    cells: dict[str, FrozenCell]
    status: Status


class FrozenFollowUp(msgspec.Struct, frozen=True):
    """What `followup.json` holds."""

    format: Literal["storregion-followup-1"]
    group: str
    indicators: dict[str, FrozenIndicator]
    not_yet: dict[str, Text]
    sets: dict[str, followup.AdoptedSet]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a frozen follow-up is made of: every file's SHA-256, when and by which version it was made."""

    format: Literal["storregion-frozen-1"]
    created: datetime.date
    group: str
    version: str
    files: dict[str, str]


@dataclass(frozen=True)
class Change:
    """One thing that differs: where, and how it was and is; None where it was or is not there."""

    where: tuple[str, ...]
    before: str | None
    after: str | None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What happened to it."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def package(workspace: Workspace, found: Whole, created: datetime.date) -> dict[str, bytes]:
    """The files of a frozen follow-up by name; the same state and date give the same bytes.

    Parameters
    ----------
    workspace : where the figures are read.
    found : the strategy and its indicators.
    created : the day that the manifest gives.
    """
    statuses = followup.statuses(found.followup, workspace)
    indicators = {
        name: _frozen(workspace, indicator, statuses[name])
        for name, indicator in found.followup.indicators.items()
    }
    code = workspace.group.code
    whole = FrozenFollowUp(
        "storregion-followup-1", code, indicators, found.followup.not_yet, found.followup.sets
    )
    files = {
        "followup.json": formats.pretty(whole),
        "strategy.json": formats.as_json(workspace, found),
        "strategy.schema.json": formats.schema(),
    }
    for year in found.strategy.editions:
        files[f"strategy-{year}.xml"] = formats.as_stratml(workspace, found, year)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = Manifest("storregion-frozen-1", created, code, __version__, hashes)
    return files | {MANIFEST: formats.pretty(manifest)}


def _frozen(workspace: Workspace, indicator: Indicator, status: Status) -> FrozenIndicator:
    cells = {
        str(dict(cell.where)["year"]): FrozenCell(cell.value, cell.absent, cell.basis)
        for cell in followup.cells(indicator, workspace)
    }
    unit = workspace.schemas[indicator.table][indicator.column].unit
    return FrozenIndicator(indicator, unit, workspace.key(indicator.table), cells, status)


def write(files: Mapping[str, bytes], to: Path) -> None:
    """Write a frozen follow-up to a new folder; it is there whole or not at all.

    Raises
    ------
    CallError
        The folder is there already, or cannot be made.
    """
    if to.exists():
        raise CallError(f"{to} is there already; what is frozen is never overwritten, name a new folder")
    draft = to.with_name(f".{to.name}.draft")
    try:
        draft.mkdir(parents=True)
        for name, content in files.items():
            (draft / name).write_bytes(content)
        draft.rename(to)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise CallError(f"cannot write {to}: {error.strerror}; name another folder") from None


def read(folder: Path) -> dict[str, bytes]:
    """The files of a frozen follow-up, each checked against the manifest.

    Raises
    ------
    CallError
        There is none.
    DataError
        A file is missing, is too large, is not what the manifest says, or is not named by it.
    """
    if not (folder / MANIFEST).is_file():
        raise CallError(f"{folder} holds no {MANIFEST}; name a folder that 'followup freeze' has written")
    found = {MANIFEST: _bytes(folder / MANIFEST)}
    manifest = _manifest(found[MANIFEST], folder)
    if len(manifest.files) > MOST_FILES:
        many = len(manifest.files)
        raise DataError(f"{folder / MANIFEST} names {many} files; at most {MOST_FILES} are read")
    for name, wanted in manifest.files.items():
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
            raise DataError(f"{folder / MANIFEST} names {name!r}, which is not a plain file name")
        found[name] = _bytes(folder / name)
        if hashlib.sha256(found[name]).hexdigest() != wanted:
            raise DataError(
                f"{folder / name} is not what {MANIFEST} says; it was changed since it was frozen"
            )
    if more := sorted({path.name for path in folder.iterdir()} - found.keys()):
        raise DataError(f"{folder / more[0]} is not in {MANIFEST}; take it away")
    return found


def _bytes(path: Path) -> bytes:
    if not path.is_file() or path.is_symlink():
        raise DataError(f"{path} is named by {MANIFEST} but is not a file; the package is not complete")
    if path.stat().st_size > LARGEST_FILE:
        raise DataError(f"{path} is larger than {LARGEST_FILE} bytes; it is not read")
    return path.read_bytes()


def _manifest(content: bytes, folder: Path) -> Manifest:
    try:
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(f"{folder / MANIFEST}: {error}") from None


def latest(folder: Path) -> Path | None:
    """The last frozen follow-up that a group keeps in `followups/`, by its manifest's date, then its name."""
    there = sorted(path.parent for path in folder.glob(f"followups/*/{MANIFEST}"))
    dates = {path: _manifest(_bytes(path / MANIFEST), path).created for path in there}
    return max(there, key=lambda path: (dates[path], path.name), default=None)


def difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[Change]:
    """What differs between two frozen follow-ups: figures, statuses, words, adoptions, links, projects.

    Parameters
    ----------
    before, after : the files, as `package` or `read` gives them.

    Returns
    -------
    In order of place; `where` begins with `followup` or `strategy`. Dates and versions of the manifests are
    no changes.

    Raises
    ------
    DataError
        A file is not as a frozen follow-up's, or the two are of different groups.
    """
    found: list[Change] = []
    for name in ("followup", "strategy"):
        one, two = (_leaves(_decoded(files, f"{name}.json")) for files in (before, after))
        if one.get(("group",)) != two.get(("group",)):
            raise DataError(f"{name}.json: the follow-ups are of two groups; compare those of one")
        found += [
            Change((name, *where), one.get(where), two.get(where))
            for where in sorted(one.keys() | two.keys())
            if one.get(where) != two.get(where)
        ]
    return found


def _decoded(files: Mapping[str, bytes], name: str) -> Any:
    if name not in files:
        raise DataError(f"the frozen follow-up has no {name}; is it whole?")
    try:
        return msgspec.json.decode(files[name])
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(f"{name}: {error}") from None


def _leaves(value: Any) -> dict[tuple[str, ...], str]:
    """Every single value of a JSON document by its place, as JSON; what is null is left out."""
    try:
        return dict(_walk(value, ()))
    except RecursionError:
        raise DataError(
            "the frozen follow-up is nested too deeply to be one; is it the right folder?"
        ) from None


def _walk(value: Any, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*where, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _walk(inner, (*where, str(number)))
    elif value is not None:
        yield where, msgspec.json.encode(value).decode()
