"""The words of the field, explained."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from storregion.core import settings
from storregion.core.language import Language, Text, alphabetical
from storregion.publish import words
from storregion.publish.parts import Findable, Page
from storregion.publish.site import Maker, Site
from storregion.publish.words import WORDS


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word, what it means, and the page that says more."""

    term: Text
    meaning: Text
    see: str | None = None


@cache
def entries() -> dict[str, Entry]:
    """The words by the name of their anchor."""
    return settings.read(Path(words.__file__).with_name("glossary.toml"), dict[str, Entry])


def addresses(site: Site) -> dict[str, Maker]:
    """The page of all words."""
    return {"glossary/": glossary}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every word, at its place on the page."""
    for name, entry in entries().items():
        yield Findable(entry.term[language], "kind_word", f"glossary/#{name}", entry.meaning[language], 0.2)


def glossary(site: Site, language: Language) -> Page:
    """All words in alphabetical order; a page that this group does not have is not led to."""
    found = sorted(entries().items(), key=lambda item: alphabetical(item[1].term[language]))
    return Page("glossary.html", WORDS["glossary"][language], {"found": found})
