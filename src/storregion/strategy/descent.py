"""What became of what between editions: recorded by people, never computed from words that look alike."""

import datetime
import itertools
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError
from storregion.core.language import Text
from storregion.core.settings import Lines
from storregion.strategy.documents import happened, known_name


class Descent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"of": "from"}):
    """One element that comes from one of an earlier edition, or is new, or was dropped.

    What was merged or split has one record for every pair. `author` is who recorded it, by role.
    """

    kind: Literal["kept", "reworded", "merged", "split", "new", "dropped"]
    author: str
    of: str | None = None
    to: str | None = None
    state: Literal["proposed", "confirmed"] = "proposed"
    date: datetime.date | None = None
    note: Text | None = None


class LineageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the elements of editions descend from each other: `strategy/lineage.toml`."""

    lineage: tuple[Descent, ...] = ()


def read(path: Path, elements: Iterable[str]) -> tuple[Descent, ...]:
    """Read the lineage of all editions.

    Parameters
    ----------
    path : the file.
    elements : the addresses of all goals and focus areas.

    Raises
    ------
    SettingError
        A record names an element that does not exist, has too few or too many ends, stays within one edition,
        runs in a circle or backwards, is there twice, has a date that lies ahead, or calls an element new
        that comes from another.
    """
    if not path.is_file():
        return ()
    found, known = settings.read(path, LineageFile).lineage, list(elements)
    lines = settings.lines(path)
    for number, descent in enumerate(found, 1):
        place = lines.at("lineage", number)
        happened(descent.date, "recorded", place)
        for element in (descent.of, descent.to):
            if element is not None:
                known_name(element, known, "element", place)
        if (descent.of is None) != (descent.kind == "new") or (descent.to is None) != (
            descent.kind == "dropped"
        ):
            raise SettingError(
                f"{place}: what is new has no 'from', what is dropped has no 'to', all else has both"
            )
        if _year(descent.of) == _year(descent.to):
            raise SettingError(f"{place}: {descent.of} and {descent.to} are of one edition")
    _acyclic(found, lines)
    _stated_once(found, lines)
    return found


def _year(element: str | None) -> str:
    return (element or "").partition("/")[0]


def _acyclic(found: tuple[Descent, ...], lines: Lines) -> None:
    pairs = [(number, d.of, d.to) for number, d in enumerate(found, 1) if d.of and d.to]
    graph: dict[str, list[str]] = {}
    for _, of, to in pairs:
        graph.setdefault(to, []).append(of)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        steps = set(itertools.pairwise(circle))
        places = [lines.at("lineage", number) for number, of, to in pairs if {(of, to), (to, of)} & steps]
        raise SettingError(
            f"{', '.join(places)}: the lineage runs in a circle: {' → '.join(circle)}; take one record out"
        ) from None
    for number, of, to in pairs:
        if _year(of) > _year(to):
            raise SettingError(f"{lines.at('lineage', number)}: {to} is older than {of}; turn it round")


def _stated_once(found: tuple[Descent, ...], lines: Lines) -> None:
    pairs: Mapping[tuple[str | None, str | None], int] = {
        (d.of, d.to): number for number, d in enumerate(found, 1)
    }
    ancestors = {d.to for d in found if d.of is not None}
    heirs = {d.of for d in found if d.to is not None}
    for number, d in enumerate(found, 1):
        place = lines.at("lineage", number)
        if pairs[d.of, d.to] != number:
            raise SettingError(f"{place}: from {d.of} to {d.to} is there twice")
        if (d.kind == "new" and d.to in ancestors) or (d.kind == "dropped" and d.of in heirs):
            raise SettingError(f"{place}: {d.to or d.of} is called {d.kind}, but another record says else")
