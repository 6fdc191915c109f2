"""Which faults are tried, and which survivors are accepted with a reason."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path

from tools.mutants.faults import Fault, faults_in, is_code

AREAS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "kernels": (52, ("kernels",)),
    "studies": (80, ("studies",)),
    "facts": (28, ("facts",)),
    "sources": (40, ("sources",)),
    "timetable": (28, ("timetable",)),
    "journeys": (20, ("journeys",)),
    "core": (32, ("core",)),
    "strategy": (24, ("strategy",)),
    "publish": (12, ("publish/numbers.py", "publish/answers.py")),
    "fetch": (24, ("fetch",)),
}
"""How many faults each area gets, and the rooms or files of the package it is made of."""
ACCEPTED = Path(__file__).with_name("accepted.toml")


class AcceptanceError(ValueError):
    """A survivor is accepted that is not there, or twice."""


@dataclass(frozen=True)
class Accepted:
    """A fault that no test can or need see, and why; `at` counts those alike on one line, from 0."""

    file: str
    function: str
    source: str
    change: str
    reason: str
    at: int = 0

    def names(self, fault: Fault) -> bool:
        """Whether this is the fault it means."""
        mine = (self.file, self.function, self.source, self.change, self.at)
        return mine == (fault.file, fault.function, fault.source, fault.change, fault.at)


def every_fault(package: Path, places: Iterable[str]) -> list[Fault]:
    """The faults that rooms and files of the package can have.

    Parameters
    ----------
    package : the package's folder.
    places : rooms or files, as paths inside it.
    """
    paths = chain.from_iterable(
        [package / place] if place.endswith(".py") else sorted((package / place).rglob("*.py"))
        for place in places
    )
    return [
        fault
        for path in paths
        for fault in faults_in(path.relative_to(package).as_posix(), path.read_bytes())
    ]


def chosen(faults: Sequence[Fault], number: int, seed: str) -> list[Fault]:
    """As many faults, spread over the kinds, always the same.

    A fault's place in the order is a hash of the seed and of what it is, so that a change elsewhere leaves
    the others as they are.

    Parameters
    ----------
    faults : those to choose from.
    number : how many.
    seed : another seed is another choice.
    """
    kinds: dict[str, list[Fault]] = {}
    for fault in sorted(faults, key=lambda one: sha256(f"{seed} {one.id}".encode()).digest()):
        kinds.setdefault(fault.kind, []).append(fault)
    turns = zip_longest(*(kinds[kind] for kind in sorted(kinds)))
    return [fault for fault in chain.from_iterable(turns) if fault is not None][:number]


def sample(package: Path, seed: str) -> dict[str, list[Fault]]:
    """The faults to try, by area: only those after which the file is still code."""
    found = {}
    for area, (number, places) in AREAS.items():
        order = chosen(every_fault(package, places), 2 * number, seed)
        sound = (one for one in order if is_code(one.put_into((package / one.file).read_bytes())))
        found[area] = list(sound)[:number]
    return found


def accepted(path: Path, faults: Iterable[Fault]) -> dict[str, str]:
    """The reasons of the survivors that are accepted, by the fault's name.

    Parameters
    ----------
    path : the file of `[[accepted]]`.
    faults : every fault there can be.

    Raises
    ------
    AcceptanceError
        An entry names no fault: the line has changed, so that the reason must be thought through anew.
    """
    every = list(faults)
    reasons: dict[str, str] = {}
    for entry in tomllib.loads(path.read_text("utf-8")).get("accepted", []):
        one = Accepted(**entry)
        named = [fault for fault in every if one.names(fault)]
        if not named or not one.reason.strip():
            raise AcceptanceError(
                f"{path.name}: {one.file}, {one.function}: {one.source!r} with {one.change!r} is not a fault "
                "that can be tried; remove the entry, or write it as the list of survivors does"
            )
        reasons |= {fault.id: one.reason for fault in named}
    return reasons
