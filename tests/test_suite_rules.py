"""The rules of the tests themselves: none says how fast the machine was that ran it, and each can fail.

What is about cost is a count (rows read, calls made, steps run), or a ratio in `benchmarks/`. A wait may have
an end, so that a test that hangs is told; it is long enough for a machine with much else to do.
"""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CLOCKS = {"time", "monotonic", "perf_counter", "process_time", "thread_time", "timeit", "default_timer"}
"""What reads a clock, each also in nanoseconds."""
SPANS = {"elapsed", "total_seconds", "ru_utime", "ru_stime"}
"""What is a span of time by its name."""
SHORTEST_WAIT = 120
"""Seconds that a wait must at least have before it is given up."""
IN_MILLISECONDS = {"set_default_timeout", "set_default_navigation_timeout"}


def names(node: ast.AST) -> Iterator[str]:
    """Every name and attribute that a piece of code reads."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def reads_a_clock(node: ast.AST, spans: set[str]) -> bool:
    """Whether code reads a clock, or a name that holds what one said."""
    if spans.intersection(names(node)):
        return True
    called = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return any(next(names(function), "").removesuffix("_ns") in CLOCKS for function in called)


def spans_in(tree: ast.AST) -> set[str]:
    """The names of a file that hold times: assigned from a clock or a span, or functions that return one."""
    found = set(SPANS)
    while True:
        before = len(found)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if node.value is not None and reads_a_clock(node.value, found):
                    found |= {target.id for target in targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.FunctionDef):
                returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return))
                if any(value is not None and reads_a_clock(value, found) for value in returned):
                    found.add(node.name)
        if len(found) == before:
            return found


def compared_times(source: str) -> list[str]:
    """Comparisons of what a clock said, in a test or what it calls."""
    tree = ast.parse(source)
    found = spans_in(tree)
    return [
        f"line {node.lineno}: compares elapsed time; count what is done, or measure it in benchmarks/"
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and reads_a_clock(node, found)
    ]


def short_waits(source: str) -> list[str]:
    """Waits that are given up before a slow machine is done."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = next(names(node.func), "")
        waits = [word.value for word in node.keywords if word.arg == "timeout"]
        least = SHORTEST_WAIT
        if function in IN_MILLISECONDS:
            waits, least = node.args, 1000 * SHORTEST_WAIT
        found += [
            f"line {node.lineno}: waits {wait.value}; give {least} or more, which only ends what hangs"
            for wait in waits
            if isinstance(wait, ast.Constant) and isinstance(wait.value, int | float) and wait.value < least
        ]
    return found


BROAD = {
    "BaseException", "Exception", "StorregionError", "CallError", "DataError", "FetchError", "PipelineError",
    "SettingError", "StoreError", "TableError", "ItemError", "SystemExit", "ValueError", "TypeError",
    "KeyError", "LookupError", "OSError",
}  # fmt: skip
"""Errors that mean many things: a test that takes any of them passes when another thing went wrong."""


def any_error_passes(source: str) -> list[str]:
    """Broad errors that are waited for without a look at what they say."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.With):
            continue
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.raises":
                said = any(word.arg in ("match", "check") for word in call.keywords)
                broad = BROAD.intersection(name for kind in call.args for name in names(kind))
                if broad and not said and item.optional_vars is None:
                    found.append(f"line {node.lineno}: any {min(broad)} passes; give match, or look at it")
    return found


def compared_with_itself(source: str) -> list[str]:
    """Assertions in which both sides are the same words."""
    return [
        f"line {node.lineno}: compares a thing with itself, which cannot fail"
        for assertion in ast.walk(ast.parse(source))
        if isinstance(assertion, ast.Assert)
        for node in ast.walk(assertion)
        if isinstance(node, ast.Compare)
        for sign, (one, other) in zip(node.ops, pairwise([node.left, *node.comparators]), strict=True)
        # What differs from itself is not a number.
        if ast.dump(one) == ast.dump(other) and not isinstance(sign, ast.NotEq)
    ]


FILES = sorted(
    path for path in TESTS.rglob("*.py") if path.name == "conftest.py" or path.name.startswith("test_")
)
"""A server of the tests that keeps a rate, as a publisher does, has a clock as its subject and is none."""


def test_no_test_compares_elapsed_time() -> None:
    said = {str(path.relative_to(TESTS)): compared_times(path.read_text("utf-8")) for path in FILES}
    assert {path: faults for path, faults in said.items() if faults} == {}


def test_no_wait_is_given_up_early() -> None:
    said = {str(path.relative_to(TESTS)): short_waits(path.read_text("utf-8")) for path in FILES}
    assert {path: faults for path, faults in said.items() if faults} == {}
    assert len(FILES) > 60


def test_no_test_takes_any_error() -> None:
    said = {str(path.relative_to(TESTS)): any_error_passes(path.read_text("utf-8")) for path in FILES}
    assert {path: faults for path, faults in said.items() if faults} == {}


def test_no_test_compares_a_thing_with_itself() -> None:
    said = {str(path.relative_to(TESTS)): compared_with_itself(path.read_text("utf-8")) for path in FILES}
    assert {path: faults for path, faults in said.items() if faults} == {}


@pytest.mark.parametrize(
    ("waited", "faults"),
    [
        ("pytest.raises(DataError)", 1),
        ("pytest.raises(errors.StorregionError)", 1),
        ("pytest.raises((NarrowError, SettingError))", 1),
        ("open('x'), pytest.raises(ValueError)", 1),
        ("pytest.raises(DataError, match='no year')", 0),
        ("pytest.raises(DataError) as found", 0),
        ("pytest.raises(NoSuchPageError)", 0),
    ],
)
def test_any_error_that_passes_is_found(waited: str, faults: int) -> None:
    assert len(any_error_passes(f"def test_it():\n    with {waited}:\n        work()\n")) == faults


@pytest.mark.parametrize(
    ("check", "faults"),
    [
        ("assert total == total", 1),
        ("assert rows['a'].sum() == pytest.approx(1) == pytest.approx(1)", 1),
        ("assert all(x >= x for x in rows)", 1),
        ("assert rows['a'].sum() == rows['b'].sum()", 0),
        ("assert value != value", 0),
    ],
)
def test_what_is_compared_with_itself_is_found(check: str, faults: int) -> None:
    assert len(compared_with_itself(check)) == faults


CLOCKED = "import time\ndef test_it():\n    start = time.{clock}()\n    work()\n    {check}\n"


@pytest.mark.parametrize("clock", ["time", "monotonic", "perf_counter", "process_time", "perf_counter_ns"])
@pytest.mark.parametrize(
    "check",
    [
        "assert time.monotonic() - start < 5",
        "assert 0.1 < time.process_time() - start",
        "took = time.time() - start\n    assert took < 5",
        "took = time.time() - start\n    ratio = took / 2\n    assert ratio <= 3",
        "if time.time() - start > 5:\n        raise AssertionError",
        "assert max(start, 1) < 5",
    ],
)
def test_a_test_that_compares_elapsed_time_is_found(clock: str, check: str) -> None:
    assert len(compared_times(CLOCKED.format(clock=clock, check=check))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from time import perf_counter\ndef test_it():\n    assert perf_counter() < 5",
        "def took():\n    return time.monotonic() - began\ndef test_it():\n    assert took() < 1",
        "def test_it(answer):\n    assert answer.elapsed.total_seconds() < 1",
        "def test_it():\n    assert timeit.timeit(work, number=3) < 1",
    ],
)
def test_elapsed_time_by_another_name_is_found(source: str) -> None:
    assert compared_times(source)


@pytest.mark.parametrize(
    "source",
    [
        # To kill at a moment of its work, one must know how long that lasts.
        "began = time.monotonic()\nwork()\nlasts = time.monotonic() - began\ntime.sleep(lasts / 2)",
        "books.execute('INSERT INTO calls VALUES (?)', (time.time() - 5000,))",
        "assert seconds < 5\nassert row['time'] == 3\nassert table.time < 3",
        "process.wait(timeout=300)",
    ],
)
def test_what_compares_no_elapsed_time_is_let_be(source: str) -> None:
    assert compared_times(source) == []


@pytest.mark.parametrize(
    "source",
    ["process.wait(timeout=60)", "urlopen(address, timeout=5.0)", "page.set_default_timeout(20_000)"],
)
def test_a_short_wait_is_found(source: str) -> None:
    assert len(short_waits(source)) == 1


@pytest.mark.parametrize(
    "source",
    ["process.wait(timeout=120)", "process.wait(timeout=lasts / 2)", "page.set_default_timeout(120_000)"],
)
def test_a_long_wait_is_let_be(source: str) -> None:
    assert short_waits(source) == []
