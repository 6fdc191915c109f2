"""One process at a time builds in a store, and says how far it has come to those that wait."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from storregion.core import files
from storregion.core.language import Text

_ROOM = 2000
"""Bytes that what is said fills, so that less never leaves a rest of more behind it."""


@dataclass(frozen=True)
class Progress:
    """How far a build has come.

    Attributes
    ----------
    scenario : the title of the scenario being built.
    step : the title of the table being made; None before the first.
    done, total : tables made, and to be made.
    """

    scenario: Text
    step: Text | None
    done: int
    total: int


class Turn:
    """The right to build in a store."""

    def __init__(self, store: Path) -> None:
        """Take nothing yet.

        Parameters
        ----------
        store : the folder of the store.
        """
        self._path = store / "serving.building"

    @contextmanager
    def taken(self) -> Iterator["Turn"]:
        """Have the turn, once those before have had it."""
        with files.alone(self._path):
            self._path.write_bytes(b"")
            try:
                yield self
            finally:
                self._path.write_bytes(b"")

    def say(self, progress: Progress) -> None:
        """Say how far the build has come; only who has the turn says it.

        Parameters
        ----------
        progress : of the build.
        """
        door = os.open(self._path, os.O_WRONLY)
        try:
            os.pwrite(door, msgspec.json.encode(progress).ljust(_ROOM), 0)
        finally:
            os.close(door)

    def said(self) -> Progress | None:
        """How far the build of whoever has the turn has come; None where nobody has it."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Progress)
        except (OSError, msgspec.DecodeError):
            return None
