"""How far documents treat the strategy's focus areas: codes with quotes, what two coders agree on, and gaps.

0 not treated · 1 mentioned · 2 same direction · 3 with place, measure or indicator · C conflict. What nobody
has coded is empty; that is not 0.
"""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.core.lineage import Figure
from storregion.strategy.agreement import alpha, alpha_interval, percent
from storregion.strategy.documents import (
    Fingerprint,
    Identifier,
    Library,
    StatementName,
    happened,
    known_name,
)
from storregion.strategy.editions import Strategy
from storregion.strategy.ends import standing

Code = Literal["0", "1", "2", "3", "C"]
CODES: dict[str, Text] = {
    "0": Text("Behandlas inte", "Not treated"),
    "1": Text("Nämns", "Mentioned"),
    "2": Text("Samma riktning", "Same direction"),
    "3": Text("Med plats, åtgärd eller indikator", "With place, measure or indicator"),
    "C": Text("Motsägelse", "Conflict"),
}
NOT_CODED = Text("Inte kodad; det är inte detsamma som 0.", "Not coded; that is not the same as 0.")
CAVEAT = Text(
    "Matrisen mäter vad texter säger, aldrig vad de leder till. En låg kod kan bero på att bara ett utdrag "
    "lästs. Något sammanlagt betyg finns inte.",
    "The matrix measures what texts say, never what they lead to. A low code may be because only an excerpt "
    "was read. There is no overall score.",
)


class Coding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One coder's code of one document on one element; quoted to the letter from 1 up.

    The fingerprints are of the element's words and of the text coded, as links have them. Only a 0 of a
    document whose text is not kept has none.
    """

    document: Identifier
    element: str
    code: Code
    coder: Identifier
    quote: str = ""
    statement: StatementName | None = None
    because: Text | None = None
    element_fingerprint: Fingerprint | None = None
    other_fingerprint: Fingerprint | None = None


class Coder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who coded, as a role, and when."""

    role: Text
    date: datetime.date


class CoherenceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The documents compared with one edition: `strategy/coherence.toml`.

    `state` says whether the owners of the documents have confirmed the codes.
    """

    edition: int
    documents: tuple[Identifier, ...]
    coders: dict[Identifier, Coder] = {}
    coding: tuple[Coding, ...] = ()
    state: Literal["proposed", "confirmed"] = "proposed"


@dataclass(frozen=True)
class Cell:
    """All codings of one document on one element; none means not coded.

    `suspect` are the coders whose codes rest on a text that has changed since: someone reads it anew.
    """

    codings: tuple[Coding, ...] = ()
    suspect: tuple[str, ...] = ()

    @property
    def code(self) -> Code | None:
        """The code that all coders give; None where nobody has coded, or they differ."""
        codes = {coding.code for coding in self.codings}
        return codes.pop() if len(codes) == 1 else None

    @property
    def disputed(self) -> bool:
        """Whether coders give different codes."""
        return len({coding.code for coding in self.codings}) > 1


@dataclass(frozen=True)
class Coherence:
    """The matrix documents × elements."""

    edition: int
    state: str
    documents: tuple[str, ...]
    elements: tuple[str, ...]
    coders: dict[str, Coder]
    cells: dict[tuple[str, str], Cell]
    library: Library

    def cell(self, document: str, element: str) -> Cell:
        """The codings of a document on an element."""
        return self.cells.get((document, element), Cell())

    def suspects(self) -> list[Coding]:
        """The codings that rest on a text that has changed since."""
        return [
            coding for cell in self.cells.values() for coding in cell.codings if coding.coder in cell.suspect
        ]

    def region(self, organisation: str, element: str) -> dict[str, Cell]:
        """The cells of all documents of an organisation on an element."""
        known = self.library.documents
        mine = [name for name in self.documents if known[name].organisation == organisation]
        return {name: self.cell(name, element) for name in mine}

    def gaps(self, organisations: Iterable[str]) -> list[tuple[str, str]]:
        """Organisation and element where no document is coded 1 or more, not coded included."""
        return [
            (organisation, element)
            for organisation in organisations
            for element in self.elements
            if not any(
                coding.code != "0"
                for cell in self.region(organisation, element).values()
                for coding in cell.codings
            )
        ]

    def agreement(self) -> dict[str, Figure]:
        """How far the coders agree, as figures: `percent`, `alpha`, `low`, `high`, `double_coded`, `coded`.

        Per cent counts all codes; alpha those from 0 to 3, since a conflict has no place in their order.
        Without a cell coded twice they are not applicable.
        """
        codes = [[coding.code for coding in cell.codings] for cell in self.cells.values()]
        twice = [found for found in codes if len(found) > 1]
        ordered = [[int(code) for code in found if code != "C"] for found in twice]
        value, limits = alpha(ordered), alpha_interval(ordered)
        values = {
            "percent": (percent(twice), "percent"),
            "alpha": (value, "coefficient"),
            "low": (limits.low if limits else None, "coefficient"),
            "high": (limits.high if limits else None, "coefficient"),
            "double_coded": (len(twice), "number"),
            "coded": (len(codes), "number"),
        }
        parts = [
            (c.document, c.element, c.coder, c.code) for cell in self.cells.values() for c in cell.codings
        ]
        key = hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:20]
        return {
            name: Figure(
                number,
                unit,
                "coherence",
                name,
                (("edition", self.edition),),
                key,
                "observed",
                None if number is not None else "not_applicable",
            )
            for name, (number, unit) in values.items()
        }


def read(folder: Path, strategy: Strategy) -> Coherence | None:
    """Read the coherence matrix of a group's folder; None where it has none.

    Raises
    ------
    SettingError
        A coding names what is not there, is above 0 without a quote, quotes what never stood in its document,
        has no fingerprint (the message gives it), or is made twice by one coder; a coder's date lies ahead;
        or an adopting organisation has no document.
    """
    path = folder / "strategy" / "coherence.toml"
    if not path.is_file():
        return None
    file, lines = settings.read(path, CoherenceFile), settings.lines(path)
    known_name(str(file.edition), map(str, strategy.editions), "edition", f"{path}: edition")
    for name, coder in file.coders.items():
        happened(coder.date, "coded", lines.at(f"coders.{name}"))
    elements = tuple(f"{file.edition}/{name}" for name in strategy.editions[file.edition].focus)
    owners = {strategy.library.known(name, f"{path}: documents").organisation for name in file.documents}
    for organisation in strategy.forum.adopters:
        if organisation not in owners:
            raise SettingError(f"{path}: {organisation!r} has no document among 'documents'; name one")
    cells: dict[tuple[str, str], Cell] = {}
    for number, coding in enumerate(file.coding, 1):
        place = lines.at("coding", number)
        known_name(coding.document, file.documents, "document among 'documents'", place)
        known_name(coding.element, elements, "focus area", place)
        known_name(coding.coder, file.coders, "coder", place)
        suspect = _suspect(coding, strategy, place)
        there = cells.get((coding.document, coding.element), Cell())
        if coding.coder in {other.coder for other in there.codings}:
            raise SettingError(f"{place}: {coding.coder!r} has coded this already; keep one of the two")
        suspects = (*there.suspect, coding.coder) if suspect else there.suspect
        cells[coding.document, coding.element] = Cell((*there.codings, coding), suspects)
    return Coherence(file.edition, file.state, file.documents, elements, file.coders, cells, strategy.library)


def _suspect(coding: Coding, strategy: Strategy, place: str) -> bool:
    """Whether a coding's texts have changed since; a code without the words it rests on is refused."""
    if coding.code != "0" and not coding.quote.strip():
        raise SettingError(f"{place}: code {coding.code} rests on words; give 'quote'")
    text = strategy.library.text(coding.document, coding.statement)
    if text is None and coding.other_fingerprint is not None:
        return True
    if text is None and not coding.quote:
        return False
    if text is None:
        known = strategy.library.names(coding.document)
        hint = nearest(coding.statement or "", known) if known else "it has none"
        raise SettingError(
            f"{place}: the text of {coding.document!r} is not kept; name a 'statement' of statements.toml; "
            f"{hint}"
        )
    words = strategy.words(coding.element).text
    return bool(standing(coding, words, text, repr(coding.document), place).changed)
