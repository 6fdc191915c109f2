"""What became of what between editions: recorded by people, never computed from words that look alike."""

import datetime
import itertools
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError
from storregion.core.language import Text
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


Placed: TypeAlias = tuple[str, Descent]
"""A record and where it is written."""


def read(
    path: Path, of_editions: Mapping[Path, tuple[Descent, ...]], elements: Iterable[str]
) -> tuple[Descent, ...]:
    """Read the lineage of all editions.

    Parameters
    ----------
    path : the file; there need be none.
    of_editions : the records that editions themselves have, by their files.
    elements : the addresses of all goals and focus areas.

    Raises
    ------
    SettingError
        A record names an element that does not exist, has too few or too many ends, stays within one edition,
        runs in a circle or backwards, is there twice, has a date that lies ahead, or calls an element new
        that comes from another.
    """
    own = {path: settings.read(path, LineageFile).lineage} if path.is_file() else {}
    found: list[Placed] = []
    for file, records in {**own, **of_editions}.items():
        lines = settings.lines(file)
        found += [(lines.at("lineage", number), one) for number, one in enumerate(records, 1)]
    known = list(elements)
    for place, descent in found:
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
    _acyclic(found)
    _stated_once(found)
    return tuple(descent for _, descent in found)


def _year(element: str | None) -> str:
    return (element or "").partition("/")[0]


def _acyclic(found: Sequence[Placed]) -> None:
    pairs = [(place, d.of, d.to) for place, d in found if d.of and d.to]
    graph: dict[str, list[str]] = {}
    for _, of, to in pairs:
        graph.setdefault(to, []).append(of)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        steps = set(itertools.pairwise(circle))
        places = [place for place, of, to in pairs if {(of, to), (to, of)} & steps]
        raise SettingError(
            f"{', '.join(places)}: the lineage runs in a circle: {' → '.join(circle)}; take one record out"
        ) from None
    for place, of, to in pairs:
        if _year(of) > _year(to):
            raise SettingError(f"{place}: {to} is older than {of}; turn it round")


def _stated_once(found: Sequence[Placed]) -> None:
    last = {(d.of, d.to): place for place, d in found}
    ancestors = {d.to for _, d in found if d.of is not None}
    heirs = {d.of for _, d in found if d.to is not None}
    for place, d in found:
        if last[d.of, d.to] != place:
            raise SettingError(f"{place}: from {d.of} to {d.to} is there twice")
        if (d.kind == "new" and d.to in ancestors) or (d.kind == "dropped" and d.of in heirs):
            raise SettingError(f"{place}: {d.to or d.of} is called {d.kind}, but another record says else")
