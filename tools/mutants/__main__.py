"""Try small faults, one at a time, and report how many the tests catch: `make mutants`.

`python -m tools.mutants [--area AREA] [--wide] [--list]` prints a table by area and the survivors. Verdicts
are kept in `build/mutants`, so that a run that is stopped goes on where it was: a fault is tried again when
it survived, or when its file or the test that caught it has changed.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

import msgspec
from tools.mutants.choice import ACCEPTED, AREAS, accepted, every_fault, sample
from tools.mutants.faults import Fault
from tools.mutants.lines import MAP, Followed, TestMap
from tools.mutants.report import Kept, Tried, report
from tools.mutants.trial import CAUGHT, Tree, Trials, Verdict, portion

ROOT = Path(__file__).parents[2]
PACKAGE, WORK = ROOT / "src" / "storregion", ROOT / "build" / "mutants"
SEED = "1"
ROOMS = ("studies", "facts", "sources", "timetable", "journeys", "core", "strategy", "fetch", "kernels")
MAPPED = {room: [f"tests/{room}"] for room in ROOMS} | {
    "publish": ["tests/publish/test_numbers.py", "tests/publish/test_answers.py"]
}
"""The tests that are followed, by room."""
LEAST_SECONDS, WIDE_SECONDS = 120, 900
"""Of processor time before a trial is ended, on top of ten times what its tests take; of a wide one."""
NEAREST, OTHERS = 2000, 60
"""How many tests of a module's own files, and how many others, are run at most."""


def test_map() -> TestMap:
    """The map of tests and lines, followed anew for rooms whose tests have changed."""
    found = TestMap(PACKAGE)
    for room, tests in MAPPED.items():
        target = WORK / "lines" / f"{room}-{_tests_stamp(tests)}.json"
        if not target.is_file():
            print(f"following the tests of {room}", flush=True)
            _follow(tests, target)
        found.add(msgspec.json.decode(target.read_bytes(), type=Followed))
    found.read_imports(ROOT)
    return found


def _tests_stamp(tests: Sequence[str]) -> str:
    paths = (path for one in tests for path in [ROOT / one, *sorted((ROOT / one).rglob("*.py"))])
    return sha256(b"".join(path.read_bytes() for path in paths if path.is_file())).hexdigest()[:12]


def _follow(tests: Sequence[str], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    plugins = ["-p", "no:cacheprovider", "-p", "tools.mutants.lines"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *tests],
        cwd=ROOT,
        env=os.environ | {MAP: str(target), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    if not target.is_file():
        raise SystemExit(
            f"the tests for {target.name} cannot be followed:\n{done.stdout[-2000:]}{done.stderr}"
        )


class Run:
    """Tries faults one after another."""

    def __init__(self, wide: bool) -> None:
        """Prepare to try faults; `wide` tries survivors with the whole group's tables too."""
        self.tests, self.wide = test_map(), wide
        self.tree = Tree(ROOT, WORK / "tree")
        self.trials = Trials(self.tree)

    def tried(self, fault: Fault, before: str) -> Verdict:
        """Try a fault with the test that caught it before, those near it, others, and any wide ones."""
        near, others = self.tests.tests_of(fault)
        again = [before] if before in self.tests.seconds else []
        with self.tree.with_fault(fault) as compiled:
            verdict = Verdict("no test")
            for tests, most in ((again, 1), (near, NEAREST), (others, OTHERS)):
                if some := portion(tests, self.tests.seconds, most):
                    limit = LEAST_SECONDS + 10 * sum(self.tests.seconds[test] for test in some)
                    verdict = self.trials.run(some, compiled, limit)
                if verdict.verdict in CAUGHT:
                    return verdict
            return self.widely(fault, compiled, verdict) if self.wide else verdict

    def check(self, tests: Iterable[str]) -> None:
        """Refuse verdicts by a test that fails without a fault too: it is not the fault that it catches."""
        narrow = sorted({test for test in tests if test in self.tests.seconds})
        if narrow and (found := self.trials.run(narrow, self.tree.numba, WIDE_SECONDS)).verdict != "survived":
            raise SystemExit(f"{found.by} fails without a fault too; see {self.trials.log}")

    def widely(self, fault: Fault, compiled: Path, verdict: Verdict) -> Verdict:
        """Try the tests of a fault's module that take the whole group's tables, in a store of their own."""
        files = self.tests.files_of(fault)
        if not files:
            return verdict
        store = WORK / "store"
        if (chosen := os.environ.get("STORREGION_TEST_STORE")) and not store.is_dir():
            shutil.copytree(chosen, store)
        found = self.trials.run(files, compiled, WIDE_SECONDS, wide=store)
        return found if found.verdict == "caught" else verdict


def trials(areas: Mapping[str, Sequence[Fault]], kept: Kept, run: Run) -> Iterator[Tried]:
    """Try every fault that has no verdict yet, the areas in turn."""
    rows = zip_longest(*([(area, fault) for fault in faults] for area, faults in areas.items()))
    order = [one for row in rows for one in row if one is not None]
    for number, (area, fault) in enumerate(order, 1):
        verdict = kept.verdict(fault)
        if verdict is None:
            verdict = run.tried(fault, kept.caught_by(fault))
            kept.keep(Tried(fault, area, verdict))
            said = f"{number}/{len(order)} {fault.file}:{fault.line} {fault.kind} {fault.change[:60]}"
            print(said, verdict.verdict, verdict.by, sep="  ", flush=True)
        yield Tried(fault, area, verdict)


def main() -> int:
    """Try the faults and print what became of them."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description="Try small faults.")
    parser.add_argument("--area", choices=list(AREAS), action="append", help="try these areas only")
    parser.add_argument("--wide", action="store_true", help="try survivors with the whole group's tables too")
    parser.add_argument("--list", action="store_true", help="only list the faults that would be tried")
    asked = parser.parse_args()
    areas = {area: faults for area, faults in sample(PACKAGE, SEED).items() if area in (asked.area or AREAS)}
    if asked.list:
        for area, faults in areas.items():
            for fault in faults:
                print(area, f"{fault.file}:{fault.line}", fault.kind, fault.change, sep="\t")
        return 0
    every = every_fault(PACKAGE, [place for _, places in AREAS.values() for place in places])
    reasons = accepted(ACCEPTED, every)
    WORK.mkdir(parents=True, exist_ok=True)
    kept, run = Kept(WORK / "verdicts.jsonl", ROOT, PACKAGE), Run(asked.wide)
    tried = list(trials(areas, kept, run))
    run.check(one.verdict.by for one in tried)
    return report(tried, reasons)


if __name__ == "__main__":
    sys.exit(main())
