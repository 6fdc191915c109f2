"""The tool that puts small faults into the package: what it changes, chooses, tries and reports."""

import os
import textwrap
from pathlib import Path

import pytest
from tools.mutants.choice import AREAS, AcceptanceError, accepted, chosen, every_fault, sample
from tools.mutants.faults import Fault, faults_in, is_code
from tools.mutants.lines import Followed, TestMap, content
from tools.mutants.report import Kept, Tried, report, table
from tools.mutants.trial import Tree, Trials, Verdict, portion

PACKAGE = Path(__file__).parents[1] / "src" / "storregion"


def spoilt(statement: str) -> set[str]:
    """A statement of a function with each of its faults."""
    source = f"def f(a, b):\n    {statement}\n".encode()
    found = (fault.put_into(source) for fault in faults_in("one.py", source))
    return {text.decode().split("\n", 1)[1].strip() for text in found}


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("return a < b", {"return a <= b"}),
        ("return a >= b", {"return a > b"}),
        ("return (a + b) == a", {"return (a - b) == a", "return (a + b) != a"}),
        ("return a is not b", {"return a is b"}),
        ("return a not in b", {"return a in b"}),
        ("return a and not b", {"return a or not b", "return a and  b"}),
        ("return a & ~b", {"return a | ~b", "return a & b"}),
        ("a *= b", {"a /= b"}),
        ("return a / 0.5", {"return a * 0.5", "return a / 1.0"}),
        ("return a[1]", {"return a[2]"}),
        ("return a(60)", {"return a(120)"}),
        ("return a.min()", {"return a.max()"}),
        ("return a.sum()", {"return a.max()"}),
        ("return any(a)", {"return all(a)"}),
        ("return a.filter(b).c()", {"return a.c()"}),
        ("return (a).fill_null(b)", {"return (a)"}),
        ("return a.shift(b)", {"return a.shift(-(b))"}),
        ('return a.join(b, how="left")', {'return a.join(b, how="inner")'}),
        ('return a.search(b, side="left")', {'return a.search(b, side="right")'}),
        ("return a.sort(descending=True)", {"return a.sort(descending=False)"}),
        ('return a.lit("assumed")', {'return a.lit("estimated")'}),
        ("return [c for c in a if c]", {"return [c for c in a if True]"}),
        ("return a if b else None", {"return a if not (b) else None"}),
        ("a(b)", {"pass"}),
    ],
)
def test_each_slip_is_made_where_it_can_be(statement: str, faults: set[str]) -> None:
    assert spoilt(statement) == faults


def test_a_check_is_left_out_and_a_branch_is_turned() -> None:
    assert spoilt("if a:\n        raise ValueError(b + 1)") == {"if False:\n        raise ValueError(b + 1)"}
    assert spoilt("if a:\n        return b") == {"if not (a):\n        return b"}


@pytest.mark.parametrize(
    "statement",
    [
        "raise DataError(1 + 2)",
        "return DataError(a, 3)",
        'return f"{a + 1}"',
        'return "a" + b',
        "c: Annotated[int, 3]",
        '"""Words and 1 + 1."""',
        "return zip(a, b, strict=True)",
        "return a(1e-9)",
    ],
)
def test_what_makes_no_figure_is_passed_over(statement: str) -> None:
    assert spoilt(statement) == set()


def test_decorators_annotations_and_imports_are_passed_over() -> None:
    source = b"from a import b\n@b(1)\ndef f(a: Field[2]) -> Field[3]:\n    return a\nKind = int | str\n"
    assert faults_in("one.py", source) == []


def test_every_fault_changes_its_own_place_alone_and_the_file_stays_code() -> None:
    for name in ("kernels/balance.py", "studies/freight.py", "core/geodesy.py"):
        source = (PACKAGE / name).read_bytes()
        found = faults_in(name, source)
        assert len({fault.id for fault in found}) == len(found) > 15
        for fault in found[::7]:
            put = fault.put_into(source)
            assert put != source
            assert put[: fault.start] == source[: fault.start]
            assert put.endswith(source[fault.end :])
            assert is_code(put)


def test_a_fault_keeps_its_name_when_lines_move() -> None:
    lines = b"def f(a):\n    return a + 1\n"
    names = [{fault.id for fault in faults_in("one.py", more + lines)} for more in (b"", b"import os\n\n\n")]
    assert names[0] == names[1] != set()


def test_two_alike_on_one_line_are_two() -> None:
    found = faults_in("one.py", b"def f(a):\n    return a(1) + a(1)\n")
    assert [fault.at for fault in found if fault.change == "1 -> 2"] == [0, 1]


def made(text: str, file: str = "studies/one.py") -> list[Fault]:
    """The faults of a text."""
    return faults_in(file, textwrap.dedent(text).encode())


MANY = "\n".join(f"def f{n}(a, b):\n    return a < b or a + {n}" for n in range(20))


def test_the_choice_is_always_the_same_and_spread_over_the_kinds() -> None:
    found = chosen(made(MANY), 8, "1")
    assert found == chosen(list(reversed(made(MANY))), 8, "1")
    assert sorted(fault.kind for fault in found) == sorted(["arithmetic", "border", "constant", "logic"] * 2)
    assert chosen(made(MANY), 8, "2") != found


def test_what_changes_elsewhere_leaves_the_choice_as_it_is() -> None:
    """Of the eight, at most those go for which one of the new file is earlier in the order."""
    before = chosen(made(MANY), 8, "1")
    other = made("def g(a, b):\n    return a < b\n", "studies/other.py")
    after = chosen(made(MANY) + other, 8, "1")
    assert set(before) - set(after) <= {fault for fault in before if fault.kind == "border"}
    assert len(set(before) - set(after)) <= 1


def test_at_least_three_hundred_are_tried_in_every_area() -> None:
    found = sample(PACKAGE, "1")
    assert {area: len(faults) for area, faults in found.items()} == {area: AREAS[area][0] for area in AREAS}
    assert sum(map(len, found.values())) >= 300


def acceptance(folder: Path, reason: str, source: str = "return a < b") -> Path:
    """A file that accepts one survivor."""
    path = folder / "accepted.toml"
    path.write_text(
        f'[[accepted]]\nfile = "studies/one.py"\nfunction = "f"\nsource = "{source}"\n'
        f'change = "< -> <="\nreason = "{reason}"\n'
    )
    return path


def test_a_survivor_is_accepted_with_a_reason_while_it_is_there(tmp_path: Path) -> None:
    faults = made("def f(a, b):\n    return a < b\n")
    assert accepted(acceptance(tmp_path, "never alike"), faults) == {faults[0].id: "never alike"}


@pytest.mark.parametrize(("reason", "source"), [("", "return a < b"), ("never alike", "return a < c")])
def test_a_survivor_that_no_longer_exists_or_has_no_reason_is_refused(
    tmp_path: Path, reason: str, source: str
) -> None:
    with pytest.raises(AcceptanceError, match=r"studies/one\.py, f: .* is not a fault that can be tried"):
        accepted(acceptance(tmp_path, reason, source), made("def f(a, b):\n    return a < b\n"))


def test_of_two_alike_on_one_line_the_one_meant_is_accepted(tmp_path: Path) -> None:
    faults = made("def f(a, b):\n    return a < b < a\n")
    path = acceptance(tmp_path, "never alike", "return a < b < a")
    path.write_text(path.read_text() + "at = 1\n")
    assert accepted(path, faults) == {next(fault.id for fault in faults if fault.at == 1): "never alike"}


def test_what_is_accepted_exists() -> None:
    path = Path(__file__).parents[1] / "tools" / "mutants" / "accepted.toml"
    places = [place for _, places in AREAS.values() for place in places]
    accepted(path, every_fault(PACKAGE, places))


SOURCE = """
def below(a, b):
    return a < b

def longer(a):
    while a != 3:
        a += 1
    return a * 1
"""
TESTS = """
from storregion.studies import one

def test_below():
    assert not one.below(1, 1)

def test_longer():
    assert one.longer(1) == 3
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of two functions, of which one is tested at its border."""
    root = tmp_path / "repository"
    files = {
        "src/storregion/__init__.py": "",
        "src/storregion/studies/__init__.py": "",
        "src/storregion/studies/one.py": SOURCE,
        "tests/studies/test_one.py": TESTS,
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = ['--import-mode=importlib']\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_line_leads_to_the_tests_that_run_it(repository: Path) -> None:
    package = repository / "src" / "storregion"
    one = package / "studies" / "one.py"
    below, longer, far = (f"tests/studies/test_one.py::test_{name}" for name in ("below", "longer", "far"))
    far = far.replace("one", "other")
    lines = {"studies/one.py": {3: [0, 2]}}
    followed = Followed([below, longer, far], [0.1, 0.2, 0.3], {"studies/one.py": content(one)}, lines)
    found = TestMap(package)
    found.add(followed)
    (border,) = [fault for fault in faults_in("studies/one.py", one.read_bytes()) if fault.line == 3]
    assert found.tests_of(border) == ([below], [far])
    # The file has changed since, so that its lines are others; what imports it is near.
    one.write_text("\n" + one.read_text())
    later = TestMap(package)
    later.add(followed)
    later.read_imports(repository)
    assert later.tests_of(border) == ([below, longer], [])


def test_a_portion_ends_where_the_time_does() -> None:
    seconds = {"a": 10.0, "b": 4.0, "c": 2.0}
    assert portion(["a", "b", "c"], seconds, 9) == ["a", "b"]
    assert portion(["a", "b", "c"], seconds, 1) == ["a"]
    assert portion(["long"], {"long": 99.0}, 9) == ["long"]


def test_a_fault_is_put_in_and_taken_out(repository: Path, tmp_path: Path) -> None:
    kernels = repository / "src" / "storregion" / "kernels"
    kernels.mkdir()
    (kernels / "called.py").write_text("def f(a):\n    return a + 1\n")
    (kernels / "caller.py").write_text("from storregion.kernels.called import f\n")
    (kernels / "alone.py").write_text("")
    tree = Tree(repository, tmp_path / "tree")
    names = ("called", "caller", "alone")

    def times() -> list[int]:
        return [(tree.package / "kernels" / f"{name}.py").stat().st_mtime_ns for name in names]

    before = times()
    fault = faults_in("kernels/called.py", (kernels / "called.py").read_bytes())[0]
    with tree.with_fault(fault) as compiled:
        assert (tree.package / "kernels" / "called.py").read_text() == "def f(a):\n    return a - 1\n"
        # The caller was compiled with the code of the called: it must be compiled anew, and kept elsewhere.
        assert [one == other for one, other in zip(times(), before, strict=True)] == [False, False, True]
        assert compiled != tree.numba
    assert times() == before
    assert (tree.package / "kernels" / "called.py").read_text() == (kernels / "called.py").read_text()


def test_faults_are_caught_survive_or_never_end(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PYTHONPATH", "")
    tree = Tree(repository, tmp_path / "tree")
    trials = Trials(tree)
    source = (repository / "src" / "storregion" / "studies" / "one.py").read_bytes()
    found = {fault.change: fault for fault in faults_in("studies/one.py", source)}
    tests = ["tests/studies/test_one.py"]

    def verdict(change: str) -> Verdict:
        with tree.with_fault(found[change]) as compiled:
            return trials.run(tests, compiled, 8)

    assert trials.run(tests, tree.numba, 60) == Verdict("survived")
    assert verdict("< -> <=") == Verdict("caught", "tests/studies/test_one.py::test_below")
    assert verdict("* -> /") == Verdict("survived")
    assert verdict("+ -> -") == Verdict("out of time")
    assert trials.run(tests, tree.numba, 60, wide=tmp_path) == Verdict("no test")


def test_a_verdict_is_kept_until_its_file_or_test_changes(repository: Path, tmp_path: Path) -> None:
    package = repository / "src" / "storregion"
    fault, other = faults_in("studies/one.py", (package / "studies" / "one.py").read_bytes())[:2]
    path = tmp_path / "verdicts.jsonl"
    caught = Verdict("caught", "tests/studies/test_one.py::test_below")
    for one, verdict in ((fault, caught), (other, Verdict("survived"))):
        Kept(path, repository, package).keep(Tried(one, "studies", verdict))
    assert Kept(path, repository, package).verdict(fault) == caught
    assert Kept(path, repository, package).verdict(other) is None
    (repository / "tests" / "studies" / "test_one.py").write_text("def test_below(): pass\n")
    assert Kept(path, repository, package).verdict(fault) is None
    # It is tried again, first with the test that caught it.
    assert Kept(path, repository, package).caught_by(fault) == caught.by
    assert Kept(path, repository, package).caught_by(other) == ""


def test_the_table_counts_and_an_accepted_one_that_is_caught_is_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    faults = made(MANY)[:20]
    said = [Verdict("caught", "t")] * 17 + [Verdict("out of time")] + [Verdict("survived")] * 2
    tried = [Tried(fault, "studies", verdict) for fault, verdict in zip(faults, said, strict=True)]
    reasons = {faults[18].id: "alike"}
    assert list(table(tried, reasons))[-1] == "| all | 20 | 18 | 1 | 1 | 1 | 90.0% |"
    assert report(tried, reasons) == 1
    enough = tried[:18] + tried[18:19]
    assert report(enough, reasons) == 0
    assert report(enough, {faults[0].id: "alike"}) == 1
    assert "accepted, but t catches it" in capsys.readouterr().out
