"""The checklist for plans: questions by element of the strategy, in the group's `checklist.toml`."""

from pathlib import Path

import msgspec

from storregion.core import settings
from storregion.core.language import Text
from storregion.strategy.documents import known_name
from storregion.strategy.editions import Strategy


class Checklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions to a plan: `checklist.toml`.

    `about` says whose questions they are; `general` are asked of every plan, `elements` by the address of a
    goal or focus area.
    """

    about: Text
    general: tuple[Text, ...] = ()
    elements: dict[str, tuple[Text, ...]] = {}


def read(folder: Path, strategy: Strategy) -> Checklist | None:
    """Read the checklist of a group's folder; None where it has none.

    Raises
    ------
    SettingError
        The file is not as it should be, or asks about an element that the strategy does not have.
    """
    path = folder / "checklist.toml"
    if not path.is_file():
        return None
    found = settings.read(path, Checklist)
    for element in found.elements:
        known_name(element, strategy.elements(), "element", str(path))
    return found
