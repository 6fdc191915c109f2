"""The verdicts of a run: kept in a file from run to run, and printed as a table by area."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.mutants.choice import AREAS
from tools.mutants.faults import Fault
from tools.mutants.lines import content
from tools.mutants.trial import CAUGHT, LATE, Verdict

LEAST_CAUGHT = 0.92
"""The share of the faults tried that tests must catch."""


@dataclass(frozen=True)
class Tried:
    """A fault and what became of it."""

    fault: Fault
    area: str
    verdict: Verdict

    @property
    def caught(self) -> bool:
        """Whether a test failed, or did not end."""
        return self.verdict.verdict in CAUGHT


class Kept:
    """The verdicts of earlier runs, a line each."""

    def __init__(self, path: Path, root: Path, package: Path) -> None:
        """Read the verdicts that a file holds on a package and the tests of a repository."""
        self.path, self.root, self.package = path, root, package
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        self.found: dict[str, dict[str, str]] = {one["id"]: one for one in map(json.loads, lines)}

    def verdict(self, fault: Fault) -> Verdict | None:
        """What became of a fault, if neither its file nor the test that caught it has changed since."""
        one = self.found.get(fault.id)
        if one is None or one["verdict"] not in CAUGHT or one["stamp"] != self.stamp(fault, one["by"]):
            return None
        return Verdict(one["verdict"], one["by"])

    def caught_by(self, fault: Fault) -> str:
        """The test that caught a fault when it was last tried; no words where none did."""
        one = self.found.get(fault.id)
        return one["by"] if one is not None and one["verdict"] in CAUGHT else ""

    def keep(self, tried: Tried) -> None:
        """Add a verdict."""
        fault, verdict = tried.fault, tried.verdict
        line = {"id": fault.id, "area": tried.area, "verdict": verdict.verdict, "by": verdict.by}
        line |= {"stamp": self.stamp(fault, verdict.by), "file": fault.file, "function": fault.function}
        line |= {"line": str(fault.line), "kind": fault.kind, "source": fault.source, "change": fault.change}
        line["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def stamp(self, fault: Fault, by: str) -> str:
        """A hash of a fault's file and of the file of the test that caught it."""
        test = self.root / by.partition("::")[0]
        return content(self.package / fault.file)[:16] + (content(test)[:16] if test.is_file() else "")


def table(tried: Sequence[Tried], reasons: Mapping[str, str]) -> Iterator[str]:
    """A table by area: what was tried, caught, accepted and not caught, and the share caught.

    Parameters
    ----------
    tried : the faults and their verdicts.
    reasons : why a survivor is accepted, by the fault's name.
    """
    yield "| area | tried | caught | of these out of time | accepted | not caught | caught, of all tried |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for area in [*AREAS, "all"]:
        if here := [one for one in tried if area in {one.area, "all"}]:
            caught = sum(one.caught for one in here)
            late = sum(one.verdict.verdict == LATE for one in here)
            excused = sum(not one.caught and one.fault.id in reasons for one in here)
            numbers = (len(here), caught, late, excused, len(here) - caught - excused)
            yield f"| {area} | {' | '.join(map(str, numbers))} | {caught / len(here):.1%} |"


def report(tried: Sequence[Tried], reasons: Mapping[str, str]) -> int:
    """Print the table and the survivors; 1 when too few are caught, or one that is accepted."""
    print("\n" + "\n".join(table(tried, reasons)))
    for one in tried:
        fault, verdict = one.fault, one.verdict
        if not one.caught:
            print(f"\n{fault.file}:{fault.line} {fault.function} ({verdict.verdict})")
            print(f"  {fault.source}\n  {fault.change}   (at = {fault.at})")
            print(f"  {reasons.get(fault.id, 'NOT CAUGHT')}")
        elif fault.id in reasons:
            print(f"\n{fault.file}:{fault.line}: accepted, but {verdict.by} catches it; remove the entry")
    outdated = any(one.caught and one.fault.id in reasons for one in tried)
    return int(outdated or sum(one.caught for one in tried) < LEAST_CAUGHT * len(tried))
