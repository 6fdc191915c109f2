"""What the regions do together: studies and other joint efforts, one TOML file each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.strategy.documents import DatePart, Identifier, Wording, known_name, possible, stands
from storregion.strategy.editions import Strategy

MAY_BE_UNKNOWN = ("owner", "state", "start", "end", "results")
STATES: dict[str, Text] = {
    "planned": Text("Planerat", "Planned"),
    "ongoing": Text("Pågår", "Ongoing"),
    "done": Text("Genomfört", "Done"),
    "recurring": Text("Återkommande", "Recurring"),
}


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One joint effort: `projects/NAME.toml`. What is not known is left out, with a reason in `unknown`.

    `focus` are the elements it serves; `focus_state` says whether the working group has said so. `sources`
    quote where it is named, `results` what came out of it. `tables` and `indicators` are ours on the subject.
    """

    title: Text
    about: Text
    focus: tuple[str, ...]
    sources: tuple[Wording, ...]
    focus_state: Literal["proposed", "confirmed"] = "proposed"
    owner: Identifier | None = None
    state: Literal["planned", "ongoing", "done", "recurring"] | None = None
    start: DatePart | None = None
    end: DatePart | None = None
    results: tuple[Wording, ...] = ()
    tables: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    unknown: dict[str, Text] = {}


@dataclass(frozen=True)
class Projects:
    """All projects by name."""

    projects: Mapping[str, Project]

    def of(self, element: str) -> dict[str, Project]:
        """The projects that serve one element of the strategy, such as `2025/goal`."""
        return {name: found for name, found in self.projects.items() if element in found.focus}

    def timeline(self) -> list[tuple[str, Project]]:
        """All projects with their names, in order of start and end; those without dates last, by name."""
        return sorted(
            self.projects.items(),
            key=lambda pair: (pair[1].start or pair[1].end or "9999", pair[1].end or "9999", pair[0]),
        )


def read(folder: Path, strategy: Strategy, indicators: Iterable[str], tables: Iterable[str]) -> Projects:
    """Read the projects of a group's folder.

    Parameters
    ----------
    folder : the group's folder.
    strategy : the elements, documents and organisations that projects name.
    indicators, tables : the names that projects may point at.

    Raises
    ------
    SettingError
        A project names what is not there, leaves something empty without a reason, gives a reason for what
        is filled, or ends before it starts.
    """
    known = {"indicator": list(indicators), "table": list(tables)}
    found: dict[str, Project] = {}
    for path in sorted((folder / "projects").glob("*.toml")):
        if not re.fullmatch(r"[a-z][a-z0-9-]*", path.stem):
            raise SettingError(f"{path}: the name is part of an address; use a–z, 0–9 and - only")
        project = settings.read(path, Project)
        _fits(project, strategy, path)
        for name in project.indicators:
            known_name(name, known["indicator"], "indicator", f"{path}: indicators")
        for name in project.tables:
            known_name(name, known["table"], "table", f"{path}: tables")
        found[path.stem] = project
    return Projects(found)


def _fits(project: Project, strategy: Strategy, path: Path) -> None:
    for element in project.focus:
        known_name(element, strategy.elements(), "element", f"{path}: focus")
    if project.owner is not None:
        known_name(project.owner, strategy.forum.organisations, "organisation", f"{path}: owner")
    if not project.sources:
        raise SettingError(f"{path}: no source; quote where the project is named")
    lines = settings.lines(path)
    for quote in (*project.sources, *project.results):
        strategy.library.known(quote.document, lines.saying(f'"{quote.document}"'))
        text = strategy.library.text(quote.document)
        if text is not None and not stands(quote.text, text):
            place = lines.saying(quote.text)
            raise SettingError(f"{place}: {quote.text!r} does not stand in texts/{quote.document}.txt")
    for key in ("start", "end"):
        possible(getattr(project, key), f"{path}: {key}")
    if project.start and project.end and project.end < project.start[: len(project.end)]:
        raise SettingError(f"{path}: it ends {project.end}, before it starts ({project.start})")
    for key in project.unknown:
        if key not in MAY_BE_UNKNOWN:
            raise SettingError(f"{path}: unknown.{key} is not a field; {nearest(key, MAY_BE_UNKNOWN)}")
    for key in MAY_BE_UNKNOWN:
        if bool(getattr(project, key)) == (key in project.unknown):
            raise SettingError(
                f"{path}: {key!r} is either given, or has a reason under [unknown]; it has both or neither"
            )
