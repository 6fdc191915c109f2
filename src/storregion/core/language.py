"""The two languages of the portal: texts that exist in both, and their alphabets."""

import unicodedata
from typing import Literal

import msgspec

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "en")

# Swedish sorts å, ä and ö after z; æ and ø as ä and ö. Other accents only break ties.
_AFTER_Z = {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"}


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing said in both languages."""

    sv: str
    en: str

    def __getitem__(self, language: Language) -> str:
        """The words in one language."""
        return self.sv if language == "sv" else self.en


def alphabetical(name: str) -> tuple[str, str]:
    """A key that sorts names as a Swedish register does, also on English pages.

    Examples
    --------
    >>> sorted(["Övertorneå", "Älmhult", "Åmål", "Vimmerby", "Zakrisdal"], key=alphabetical)
    ['Vimmerby', 'Zakrisdal', 'Åmål', 'Älmhult', 'Övertorneå']
    """
    letters = []
    for letter in unicodedata.normalize("NFC", name).casefold():
        plain = unicodedata.normalize("NFD", letter)[0]
        letters.append(_AFTER_Z.get(letter, plain))
    return "".join(letters), name
