"""Units: those in `units.toml`, and those that a theme adds in the file of words beside its module."""

from functools import cache
from pathlib import Path

from storregion.core.errors import CallError, SettingError, nearest
from storregion.core.words import Unit, WordFile, word_file

_PACKAGE = Path(__file__).parents[1]


def unit(name: str) -> Unit:
    """A unit by its name.

    Raises
    ------
    CallError
        No file of words has it.
    SettingError
        Two files have it.
    """
    found = word_file(__name__).units.get(name) or known().get(name)
    if found is None:
        raise CallError(f"there is no unit {name!r}; {nearest(name, known())}")
    return found


@cache
def known() -> dict[str, Unit]:
    """All units by name, in the order of their files.

    Raises
    ------
    SettingError
        Two files have the same unit.
    """
    found = dict(word_file(__name__).units)
    for words in _themes():
        for name, its in words.units.items():
            if name in found:
                raise SettingError(f"{words.path}: there is a unit {name!r} already; choose another name")
            found[name] = its
    return found


def _themes() -> list[WordFile]:
    """The files of words beside the modules of all rooms but the core."""
    paths = sorted(path for path in _PACKAGE.glob("*/*.toml") if path.with_suffix(".py").is_file())
    names = (".".join(path.relative_to(_PACKAGE.parent).with_suffix("").parts) for path in paths)
    return [word_file(name) for name in names if not name.startswith(__name__.rpartition(".")[0])]
