"""The two texts that a reading joins, an element's and another's, and whether either has changed since."""

from dataclasses import dataclass
from typing import Literal, Protocol

from storregion.core.errors import SettingError
from storregion.strategy.documents import fingerprint, stands

End = Literal["element", "other"]


class Reading(Protocol):
    """What a person wrote of both texts: words quoted from the other, and the fingerprints as read."""

    @property
    def quote(self) -> str:
        """Words of the other text, to the letter; empty where none are quoted."""

    @property
    def element_fingerprint(self) -> str | None:
        """The SHA-256 of the element's words as read."""

    @property
    def other_fingerprint(self) -> str | None:
        """The SHA-256 of the other text as read."""


@dataclass(frozen=True)
class Standing:
    """Which ends have changed since they were read, and whether the quote stands in the other text."""

    changed: tuple[End, ...]
    quote_stands: bool


def standing(read: Reading, element: str, other: str, what: str, place: str) -> Standing:
    """Hold a reading to both texts as they are now.

    Parameters
    ----------
    read : what was written.
    element, other : the texts now.
    what : the name of the other end, for messages.
    place : where it is written, for messages.

    Raises
    ------
    SettingError
        A fingerprint is missing (the message gives it), or the quote does not stand in a text that has not
        changed since: it never did.
    """
    now = {"element": fingerprint(element), "other": fingerprint(other)}
    quoted = not read.quote or stands(read.quote, other)
    if not quoted and read.other_fingerprint in (None, now["other"]):
        raise SettingError(f"{place}: {read.quote!r} does not stand in {what}; quote to the letter")
    if read.element_fingerprint is None or read.other_fingerprint is None:
        raise SettingError(
            f"{place}: when both texts have been read, write element_fingerprint = {now['element']!r} and "
            f"other_fingerprint = {now['other']!r}"
        )
    changed: list[End] = ["element"] if now["element"] != read.element_fingerprint else []
    changed += ["other"] if now["other"] != read.other_fingerprint else []
    return Standing(tuple(changed), quoted)
