"""Who takes part in the collaboration, what each decides, and the meetings where it was decided."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError
from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.strategy.documents import Gap, Identifier, Library, happened, known_name, optional


class Organisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation or a body of the collaboration, and what it decides.

    `adopts` says that an edition is put before it; `document` is where what is said here was read.
    """

    name: Text
    kind: Literal["region", "council", "steering_group", "working_group", "political_meeting"]
    adopts: bool = False
    county: str | None = None
    decides: Text | None = None
    members: Text | None = None
    document: Identifier | None = None
    why: Text | None = None


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing decided at a meeting; `case` is its number in the register of the body."""

    what: Text
    case: str | None = None
    elements: tuple[str, ...] = ()


class Meeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One meeting: `strategy/meetings/NAME.toml`. Only meetings that a document names are recorded."""

    date: datetime.date
    body: Identifier
    title: Text
    document: Identifier
    decisions: tuple[Decision, ...] = ()
    why: Text | None = None


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organisations by name, and what is not known of them: `strategy/organisations.toml`."""

    organisations: dict[Identifier, Organisation] = {}
    unknown: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Forum:
    """The organisations by name, the meetings by file name in order of date, and what is not known."""

    organisations: dict[str, Organisation]
    meetings: dict[str, Meeting]
    unknown: tuple[Gap, ...] = ()

    @property
    def adopters(self) -> list[str]:
        """The organisations that an edition is put before."""
        return [name for name, found in self.organisations.items() if found.adopts]

    @property
    def decisions(self) -> list[tuple[Meeting, Decision]]:
        """Every decision with its meeting, the oldest first."""
        return [(meeting, decision) for meeting in self.meetings.values() for decision in meeting.decisions]


def read(folder: Path, library: Library) -> Forum:
    """Read who takes part and the meetings of a group's folder.

    Raises
    ------
    SettingError
        An organisation is of a county outside the group, decides nothing without a reason, or a meeting is
        of an unknown body or document, tells neither a decision nor why not, or of decisions although it lies
        ahead.
    """
    path = folder / "strategy" / "organisations.toml"
    register = optional(path, Register)
    if register.organisations:
        _fits(register, library, RegionGroup.read(folder), path)
    described = path.with_name("documents.toml")
    lines = settings.lines(described)
    for name, document in library.documents.items():
        if document.organisation is not None:
            place = f"{lines.at(name)}: organisation"
            known_name(document.organisation, register.organisations, "organisation", place)
    meetings: dict[str, Meeting] = {}
    for file in sorted((folder / "strategy" / "meetings").glob("*.toml")):
        meeting = settings.read(file, Meeting)
        known_name(meeting.body, register.organisations, "organisation", f"{file}: body")
        library.known(meeting.document, f"{file}: document")
        if not meeting.decisions and meeting.why is None:
            raise SettingError(f"{file}: no decision, and no 'why'; give one of them")
        if meeting.decisions:
            happened(meeting.date, "decided", settings.lines(file).saying("date"))
        meetings[file.stem] = meeting
    ordered = dict(sorted(meetings.items(), key=lambda pair: (pair[1].date, pair[0])))
    return Forum(register.organisations, ordered, register.unknown)


def _fits(register: Register, library: Library, group: RegionGroup, path: Path) -> None:
    lines = settings.lines(path)
    for name, found in register.organisations.items():
        place = lines.at(f"organisations.{name}")
        if found.county is not None:
            known_name(found.county, group.counties, "county of the group", f"{place}: county")
        if found.document is not None:
            library.known(found.document, f"{place}: document")
        if found.decides is None and found.why is None:
            raise SettingError(f"{place}: says neither what it decides nor why that is not known; give 'why'")
