"""Links between elements of the strategy and statements, projects and indicators, and whether they hold.

What a person writes is `decided`: proposed, confirmed or rejected. What follows from the texts is derived:

covers     confirmed, and both ends are as they were when the link was made
suspect    the text of an end has changed since; someone reads it anew
orphaned   the other end is gone
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.strategy.documents import (
    Fingerprint,
    Identifier,
    Page,
    StatementName,
    happened,
    known_name,
    without_brought,
)
from storregion.strategy.editions import Strategy
from storregion.strategy.ends import End, standing
from storregion.strategy.followup import FollowUp, Indicator
from storregion.strategy.projects import Project

State = Literal["covers", "suspect", "orphaned", "proposed", "rejected"]
Role = Literal["implements", "supports", "mentions", "measures", "conflicts"]

STATES: dict[str, Text] = {
    "covers": Text("Bekräftad", "Confirmed"),
    "suspect": Text("Texten har ändrats; läs om", "The text has changed; read it anew"),
    "orphaned": Text("Andra änden finns inte längre", "The other end is gone"),
    "proposed": Text("Förslag", "Proposed"),
    "rejected": Text("Avvisad", "Rejected"),
}
ROLES: dict[str, Text] = {
    "implements": Text("genomför", "implements"),
    "supports": Text("stöder", "supports"),
    "mentions": Text("nämner", "mentions"),
    "measures": Text("mäter", "measures"),
    "conflicts": Text("strider mot", "conflicts with"),
}


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One link: a section of a file in `strategy/links/`.

    The other end is a `document` (with `statement`, or its whole stored text), a `project` or an `indicator`.
    `owner` is the organisation that owns the other end and decides; `decided_by` is a role.
    """

    element: str
    role: Role
    author: str
    owner: Identifier
    date: datetime.date
    quote: str = ""
    page: Page | None = None
    document: Identifier | None = None
    statement: StatementName | None = None
    project: str | None = None
    indicator: str | None = None
    decided: Literal["proposed", "confirmed", "rejected"] = "proposed"
    decided_by: str | None = None
    decided_on: datetime.date | None = None
    element_fingerprint: Fingerprint | None = None
    other_fingerprint: Fingerprint | None = None
    note: Text | None = None

    @property
    def other(self) -> str:
        """The address of the other end, such as `document/NAME/STATEMENT` or `project/NAME`."""
        ends = {"project": self.project, "indicator": self.indicator}
        document = "/".join(part for part in (self.document, self.statement) if part)
        return next((f"{kind}/{name}" for kind, name in ends.items() if name), f"document/{document}")


@dataclass(frozen=True)
class Held:
    """A link and what is derived of it: its state, which ends have changed, and whether the quote stands."""

    link: Link
    state: State
    changed: tuple[End, ...] = ()
    quote_stands: bool = True


@dataclass(frozen=True)
class Links:
    """All links by name."""

    links: Mapping[str, Held]

    def of(self, element: str) -> dict[str, Held]:
        """The links of one element of the strategy, such as `2025/goal`."""
        return {name: held for name, held in self.links.items() if held.link.element == element}

    def to(self, other: str) -> dict[str, Held]:
        """The links to one other end, such as `document/NAME`, its statements included."""
        return {
            name: held
            for name, held in self.links.items()
            if held.link.other == other or held.link.other.startswith(f"{other}/")
        }


@dataclass(frozen=True)
class Ends:
    """All that links can join."""

    strategy: Strategy
    projects: Mapping[str, Project]
    indicators: Mapping[str, Indicator]

    def other_text(self, link: Link) -> str | None:
        """The text of a link's other end; None where it is gone."""
        if link.project is not None:
            project = self.projects.get(link.project)
            return None if project is None else f"{_both(project.title)}\n{_both(project.about)}"
        if link.indicator is not None:
            found = self.indicators.get(link.indicator)
            return None if found is None else f"{_both(found.title)}\n{_both(found.about)}"
        return self.strategy.library.text(link.document or "", link.statement)


def _both(text: Text) -> str:
    return f"{text.sv}\n{text.en}"


def read(folder: Path, strategy: Strategy, projects: Mapping[str, Project], followup: FollowUp) -> Links:
    """Read the links of a group's folder.

    Raises
    ------
    SettingError
        A link names a missing element, document, project, indicator or owner, has no other end or several,
        quotes what does not stand there, is decided by nobody or by another than the owner, has no
        fingerprint (the message gives it), has a date that lies ahead, or two links have one name.
    """
    ends = Ends(strategy, projects, followup.indicators)
    found: dict[str, Held] = {}
    for path in sorted((folder / "strategy" / "links").glob("*.toml")):
        lines = settings.lines(path)
        written = settings.fitted(without_brought(path), dict[Identifier, Link], str(path), lines)
        for name, link in written.items():
            place = lines.at(name)
            if name in found:
                raise SettingError(f"{place}: another link has this name; give it its own")
            _fits(link, ends, place)
            found[name] = held(link, ends, place)
    return Links(found)


def _fits(link: Link, ends: Ends, place: str) -> None:
    library, organisations = ends.strategy.library, ends.strategy.forum.organisations
    known_name(link.element, ends.strategy.elements(), "element", place)
    known_name(link.owner, organisations, "organisation", f"{place}: owner")
    if len([end for end in (link.document, link.project, link.indicator) if end is not None]) != 1:
        raise SettingError(f"{place}: give one of 'document', 'project' and 'indicator'")
    if link.statement is not None and link.document is None:
        raise SettingError(f"{place}: 'statement' is of a document; give it")
    owned = None
    if link.document is not None:
        owned = library.known(link.document, place).organisation
        if not link.quote.strip():
            raise SettingError(f"{place}: a link to a document quotes it; give 'quote'")
    if link.project is not None:
        known_name(link.project, ends.projects, "project", place)
    if link.indicator is not None:
        known_name(link.indicator, ends.indicators, "indicator", place)
    decided = link.decided != "proposed"
    if decided != (link.decided_by is not None) or decided != (link.decided_on is not None):
        raise SettingError(
            f"{place}: what is confirmed or rejected has 'decided_by' and 'decided_on', a proposal neither"
        )
    happened(link.date, "made", place)
    happened(link.decided_on, "decided", place)
    if link.decided_on and link.decided_on < link.date:
        raise SettingError(f"{place}: decided {link.decided_on}, before it was made ({link.date})")
    if link.decided == "confirmed" and owned is not None and owned != link.owner:
        raise SettingError(f"{place}: {owned!r} owns the document and confirms, not {link.owner!r}")


def held(link: Link, ends: Ends, place: str) -> Held:
    """The derived state of a link.

    Parameters
    ----------
    link : the link as written.
    ends : what it can join.
    place : where it is written, for messages.

    Raises
    ------
    SettingError
        A fingerprint is missing, or the quote does not stand in a text that has not changed since.
    """
    text = ends.other_text(link)
    if text is None:
        if link.other_fingerprint is None:
            raise SettingError(f"{place}: {_missing(link, ends)}")
        return Held(link, "rejected" if link.decided == "rejected" else "orphaned", ("other",), False)
    found = standing(link, ends.strategy.words(link.element).text, text, link.other, place)
    return Held(link, _state(link, found.changed), found.changed, found.quote_stands)


def _state(link: Link, changed: Sequence[str]) -> State:
    if link.decided == "rejected":
        return "rejected"
    if changed:
        return "suspect"
    return "covers" if link.decided == "confirmed" else "proposed"


def _missing(link: Link, ends: Ends) -> str:
    """What to say of an other end that never was there."""
    known = ends.strategy.library.names(link.document or "")
    if link.statement is None:
        return f"texts/{link.document}.txt is not kept; name a 'statement' of statements.toml"
    hint = nearest(link.statement, known) if known else "it has none"
    return f"there is no statement {link.statement!r} of {link.document!r}; {hint}"
