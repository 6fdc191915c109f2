"""What a baked portal says of itself: every file with its hash, and what each page was made of.

`manifest.json` is for whoever copies or checks a portal: path, bytes and SHA-256 of every file. The file that
marks the folder as a portal holds what the next bake needs: which tables each page read, and their versions.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from storregion.core.reads import Read
from storregion.publish.drafts import MARK

MANIFEST = "manifest.json"


class File(msgspec.Struct, frozen=True, array_like=True):
    """A file of a portal: its path in the folder, and what tells whether it is still the same."""

    path: str
    size: int
    sha256: str
    changed: int
    """When it was written, in nanoseconds; a file of this time and size is taken to be the same."""


class Made(msgspec.Struct, frozen=True):
    """A page with its files, or an open file alone: what was read to make it, and how many files are new."""

    name: str
    files: list[File]
    reads: list[Read]
    new: int = 0


class Contents(msgspec.Struct, frozen=True):
    """What a portal was made of.

    Attributes
    ----------
    beside : the key of what pages may rest on beside tables.
    versions : the version of everything read, when it was read.
    made : every page with its files, and every open file; what they read, as numbers in `versions`.
    """

    beside: str
    versions: list[tuple[Read, str]]
    made: list[tuple[str, list[File], list[int]]]


class _Listed(msgspec.Struct):
    bytes: int
    sha256: str


def write(draft: Path, beside: str, made: Iterable[Made], versions: Mapping[Read, str]) -> None:
    """Write what a portal is made of, and last its manifest.

    Parameters
    ----------
    draft : the folder of the portal.
    beside : the key of what pages may rest on beside tables.
    made : everything in it.
    versions : the version of everything that was read.
    """
    made = sorted(made, key=lambda one: one.name)
    numbers = {read: at for at, read in enumerate(versions)}
    each = [(one.name, one.files, sorted(numbers[read] for read in one.reads)) for one in made]
    contents = Contents(beside, list(versions.items()), each)
    (draft / MARK).write_bytes(msgspec.json.encode(contents))
    files = {file.path: _Listed(file.size, file.sha256) for one in made for file in one.files}
    listed = msgspec.json.encode({"files": dict(sorted(files.items()))})
    (draft / MANIFEST).write_bytes(msgspec.json.format(listed, indent=1))
