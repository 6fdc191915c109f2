"""The words of the portal and its reports, in TOML files; here those of the pages."""

import tomllib
from pathlib import Path

import msgspec

from storregion.core.errors import SettingError
from storregion.core.language import Text

HERE = Path(__file__).parent


def read(*names: str) -> dict[str, Text]:
    """The words in some files of this folder, by name; no name may stand in two of them.

    Parameters
    ----------
    names : of the files.

    Raises
    ------
    SettingError
        A name stands in two files.
    """
    found: dict[str, Text] = {}
    for name in names:
        words = msgspec.convert(tomllib.loads((HERE / name).read_text("utf-8")), dict[str, Text])
        if twice := found.keys() & words.keys():
            raise SettingError(
                f"{sorted(twice)} stand in {name} and in another file of words; keep one of each"
            )
        found |= words
    return found


WORDS = read("portal.toml", "strategy.toml")
