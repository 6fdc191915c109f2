"""Which tests run which lines: a plugin of pytest that follows each test by itself, and the map it writes."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import process_time

import coverage
import msgspec
import pytest
from tools.mutants.faults import Fault

MAP = "STORREGION_MUTANTS_MAP"
"""Names the file that the map is written to."""
SLOW_FIXTURES = {"bundled", "built"}
"""What takes the whole group's tables: too dear to make anew for each fault."""
NOT_IN_A_COPY = {"test_warming_leaves_nothing_to_compile"}
"""Tests that look at where compiled kernels lie, which a copy of the package keeps elsewhere."""


def is_wide(item: pytest.Item) -> bool:
    """Whether a test takes the tables of the whole bundled group, which any fault makes anew."""
    return bool(SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())))


def content(path: Path) -> str:
    """A hash of a file."""
    return sha256(path.read_bytes()).hexdigest()


class Followed(msgspec.Struct, frozen=True):
    """What was followed: tests, their seconds, a hash of each source, and the tests' numbers by line."""

    tests: list[str]
    seconds: list[float]
    sources: dict[str, str]
    lines: dict[str, dict[int, list[int]]]


class Follower:
    """Notes the lines of the package that each test runs, and the processor time it takes."""

    def __init__(self, package: Path, target: Path) -> None:
        """Follow the lines of a package; the map is written to `target`."""
        self.package, self.target = package, target
        self.cover = coverage.Coverage(data_file=None, source=[str(package)], config_file=False)
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what the tables of the whole group are needed for, and what fails in any copy."""
        items[:] = [item for item in items if not is_wide(item) and item.name not in NOT_IN_A_COPY]

    def pytest_sessionstart(self) -> None:
        """Follow from before the package is imported."""
        self.cover.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Let what is run from now on be this test's."""
        self.cover.switch_context(item.nodeid)
        begun = process_time()
        found = yield
        self.seconds[item.nodeid] = process_time() - begun
        self.cover.switch_context("")
        return found

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what catches nothing: a test that fails or is left out."""
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the map."""
        self.cover.stop()
        data = self.cover.get_data()
        tests = sorted(self.seconds.keys() - self.failed)
        number = {test: at for at, test in enumerate(tests)}
        lines = {}
        for file in sorted(data.measured_files()):
            found = {
                line: sorted(number[one] for one in contexts if one in number)
                for line, contexts in data.contexts_by_lineno(file).items()
            }
            name = Path(file).relative_to(self.package).as_posix()
            lines[name] = {line: run for line, run in found.items() if run}
        seconds = [round(self.seconds[test], 3) for test in tests]
        sources = {name: content(self.package / name) for name in lines}
        self.target.write_bytes(msgspec.json.encode(Followed(tests, seconds, sources, lines)))


def pytest_configure(config: pytest.Config) -> None:
    """Follow the tests of a run whose map is asked for."""
    if target := os.environ.get(MAP):
        package = config.rootpath / "src" / "storregion"
        config.pluginmanager.register(Follower(package, Path(target)), "storregion-follower")


def module_of(file: str) -> str:
    """The module that a file of the package holds."""
    return "storregion." + file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass
class TestMap:
    """Which tests there are, how long each takes, and which run a line."""

    __test__ = False

    package: Path
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)

    def add(self, followed: Followed) -> None:
        """Add what was followed; lines of a file that has changed since say nothing."""
        self.seconds |= dict(zip(followed.tests, followed.seconds, strict=True))
        for file, run in followed.lines.items():
            path = self.package / file
            if path.is_file() and content(path) == followed.sources[file]:
                for line, numbers in run.items():
                    found = self.lines.setdefault((file, line), set())
                    found.update(followed.tests[number] for number in numbers)

    def read_imports(self, root: Path) -> None:
        """Note which modules of the package each of its files and each file of tests imports."""
        for path in sorted(self.package.rglob("*.py")):
            for module in set(_imported(ast.parse(path.read_bytes()))):
                self.users.setdefault(module, []).append(path.relative_to(self.package).as_posix())
        for room in sorted({test.partition("::")[0].rpartition("/")[0] for test in self.seconds}):
            for path in sorted((root / room).rglob("test_*.py")):
                file = path.relative_to(root).as_posix()
                self.imports[file] = set(_imported(ast.parse(path.read_bytes())))

    def files_of(self, fault: Fault) -> list[str]:
        """The files of tests that import a fault's module or bear its name."""
        module = module_of(fault.file)
        own = f"/test_{module.rpartition('.')[2]}"
        return [file for file, modules in self.imports.items() if module in modules or own in file]

    def tests_of(self, fault: Fault) -> tuple[list[str], list[str]]:
        """The tests that may see a fault: those of the module's own files, then others, nearest first.

        Near is what imports the module, then what lies in its room, then what takes least time.

        Where a line is compiled, or run in another process or by importing its file, no test is seen to run
        it: then those count that run anything in the file or in one that imports it, or import either.
        """
        run = set[str]()
        for line in range(fault.line, fault.last + 1):
            run |= self.lines.get((fault.file, line), set())
        module = module_of(fault.file)
        if not run:
            near = {fault.file, *self.users.get(module, [])}
            run = set().union(*(found for (file, _), found in self.lines.items() if file in near))
            names = set(map(module_of, near))
            files = {file for file, modules in self.imports.items() if names & modules}
            run |= {test for test in self.seconds if test.partition("::")[0] in files}
        room, stem = fault.file.split("/")[0], module.rpartition(".")[2]
        own = {test for test in run if f"/test_{stem}" in test.partition("::")[0]}

        def by_nearness(test: str) -> tuple[bool, bool, float, str]:
            imported = module in self.imports.get(test.partition("::")[0], ())
            return (not imported, not test.startswith(f"tests/{room}/"), self.seconds[test], test)

        return sorted(own, key=by_nearness), sorted(run - own, key=by_nearness)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
