"""Which modules a source names in its imports, remembered by the text's hash, as parsing takes long."""

import ast
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import msgspec

from storregion.core import files


class Named(msgspec.Struct, frozen=True, array_like=True):
    """What one statement imports.

    Attributes
    ----------
    level : dots before the module's name.
    module : its name; None where modules are imported by themselves.
    names : what is imported from it, or the modules.
    """

    level: int
    module: str | None
    names: tuple[str, ...]


class Imports:
    """What sources import, by the hash of the source and of this way of reading it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[str, tuple[Named, ...]] = {}
        self._kept: set[str] = set()

    @cached_property
    def _way(self) -> bytes:
        return Path(__file__).read_bytes()

    def of(self, source: bytes) -> tuple[Named, ...]:
        """The imports of a source, those inside functions too."""
        key = hashlib.sha256(self._way + source).hexdigest()
        if key not in self._known:
            self._known[key] = tuple(_named(source))
        return self._known[key]

    def recall(self, path: Path) -> None:
        """Take what an earlier process kept; a file that cannot be read is as good as none."""
        with suppress(OSError, msgspec.DecodeError):
            found = msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[Named, ...]])
            self._known = found | self._known
            self._kept = set(found)

    def keep(self, path: Path) -> None:
        """Write what is known, if it is more than was there."""
        if self._known.keys() - self._kept:
            with suppress(OSError):
                files.write(path, [msgspec.json.encode(self._known)])
            self._kept = set(self._known)


IMPORTS = Imports()
"""Of this process."""


def _named(source: bytes) -> Iterator[Named]:
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield Named(0, None, tuple(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            yield Named(node.level, node.module or "", tuple(alias.name for alias in node.names))


def _statements(module: ast.Module) -> Iterator[ast.AST]:
    """Every statement of a source, those inside others too; imports are nothing else."""
    queue: list[ast.AST] = [*module.body]
    while queue:
        node = queue.pop()
        yield node
        for inside in ("body", "orelse", "finalbody", "handlers", "cases"):
            queue += getattr(node, inside, ())
