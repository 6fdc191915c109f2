"""Who has adopted an edition. Its status follows from these records and is never typed."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError
from storregion.core.language import Text
from storregion.strategy.documents import DatePart, Fingerprint, Identifier, Library, happened, known_name
from storregion.strategy.forum import Forum


class Adoption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One organisation's decision to adopt. Where date or case number is not known, `why` says so."""

    organisation: Identifier
    document: Identifier
    date: datetime.date | None = None
    case: str | None = None
    why: Text | None = None


class AdoptionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that were adopted, as a fingerprint, and by whom: `strategy/adoptions/YEAR.toml`."""

    fingerprint: Fingerprint
    adoption: tuple[Adoption, ...] = ()
    why: Text | None = None


class Adoptable(Protocol):
    """What an adoption needs to know of an edition."""

    @property
    def year(self) -> int:
        """The year it was agreed on."""

    @property
    def published(self) -> DatePart | None:
        """When it was published."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its words."""


@dataclass(frozen=True)
class Adopted:
    """The adoptions of one edition, the organisations it is put before, and why there are none."""

    adoptions: tuple[Adoption, ...]
    adopters: tuple[str, ...]
    why: Text | None = None

    @property
    def missing(self) -> list[str]:
        """The organisations of which no adoption is recorded."""
        there = {adoption.organisation for adoption in self.adoptions}
        return [name for name in self.adopters if name not in there]

    @property
    def said(self) -> Text:
        """The edition's status in words, counted from the records."""
        if not self.adoptions:
            return Text("Inget antagande är dokumenterat", "No adoption is recorded")
        k, n = len(self.adoptions), len(self.adopters)
        return Text(f"Antagen av {k} av {n}", f"Adopted by {k} of {n}")


def read(
    folder: Path, editions: Mapping[int, Adoptable], library: Library, forum: Forum
) -> dict[int, Adopted]:
    """Read the adoptions of every edition.

    Raises
    ------
    SettingError
        An edition's words are not those adopted, an organisation adopts twice or before the edition was
        published or on a day that lies ahead, is unknown or adopts nothing, or something is left empty
        without a reason.
    """
    found = {year: Adopted((), tuple(forum.adopters)) for year in editions}
    for path in sorted((folder / "strategy" / "adoptions").glob("*.toml")):
        known_name(path.stem, map(str, editions), "edition", str(path))
        file, edition = settings.read(path, AdoptionFile), editions[int(path.stem)]
        if file.fingerprint != edition.fingerprint:
            written = settings.lines(path).saying("fingerprint =")
            raise SettingError(
                f"{path.parent.parent / path.name}: the words are not those adopted; adopted words are never "
                f"edited. Put them back, or make a new edition. (If {written} is new, its words have the "
                f"fingerprint {edition.fingerprint}.)"
            )
        if not file.adoption and file.why is None:
            raise SettingError(f"{path}: no adoption, and no 'why'; give one of them")
        _fit(file.adoption, edition, library, forum, path)
        found[int(path.stem)] = Adopted(file.adoption, tuple(forum.adopters), file.why)
    return found


def _fit(
    adoptions: tuple[Adoption, ...], edition: Adoptable, library: Library, forum: Forum, path: Path
) -> None:
    there: dict[str, str] = {}
    lines = settings.lines(path)
    for number, adoption in enumerate(adoptions, 1):
        place = lines.at("adoption", number)
        known_name(adoption.organisation, forum.adopters, "organisation that adopts", place)
        library.known(adoption.document, place)
        if adoption.organisation in there:
            raise SettingError(
                f"{place}: {adoption.organisation!r} has adopted already, at {there[adoption.organisation]}; "
                "keep one of the two"
            )
        there[adoption.organisation] = place
        happened(adoption.date, "adopted", place)
        if (adoption.date is None or adoption.case is None) and adoption.why is None:
            raise SettingError(f"{place}: date or case number is empty; say in 'why' why")
        earliest = edition.published or str(edition.year)
        if adoption.date and adoption.date.isoformat() < earliest:
            raise SettingError(
                f"{place}: adopted {adoption.date}, before the edition's own date ({earliest})"
            )
