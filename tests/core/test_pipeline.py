"""The pipeline on small throw-away packages, written anew for each test."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Annotated, Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from storregion.core import pipeline
from storregion.core.columns import basis
from storregion.core.engine import Engine
from storregion.core.errors import DataError, PipelineError, SettingError, TableError
from storregion.core.group import Member, RegionGroup
from storregion.core.language import Text
from storregion.core.lineage import OfBaseNote, Record
from storregion.core.origins import ORIGINS, RawFiles
from storregion.core.pipeline import Build, Choices, available, plan, steps
from storregion.core.step import Step
from storregion.core.store import Store
from storregion.core.table import Column, Schema
from storregion.core.words import Said

GROUP = RegionGroup(
    code="lab",
    name=Text("prov", "trial"),
    short=Text("prov", "trial"),
    counties={"99": Member("Ingen")},
    about=Text("", ""),
    contact=Text("", ""),
)
COMMON = """
from pathlib import Path
from typing import Annotated, NamedTuple
import polars as pl
from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.core.columns import basis
from storregion.core.lineage import OfBase, Raw
from storregion.core.table import Column, Schema
from storregion.core.words import Said

T = Text("x", "x")

def kind(name):
    columns = (Column("n", pl.Int64, "number", key=True, least=0), basis())
    return Annotated[pl.DataFrame, Schema(name, columns, lambda: Said(T, T))]

def frame(*numbers):
    return pl.DataFrame({"n": numbers, "basis": "observed"}, schema={"n": pl.Int64, "basis": pl.String})

A, B, C, ALONE = kind("a"), kind("b"), kind("c"), kind("alone")
"""
# a reads a raw file; b rests on a, has an assumption and reaches `deep` through `helper`; c reads the group.
WHOLE = {
    "common": COMMON,
    "deep": "OFFSET = 0\n",
    "helper": "from LAB.deep import OFFSET\n\ndef double(x, factor):\n    return x * factor + OFFSET\n",
    "unreached": "X = 1\n",
    "steps/one": """
from LAB.common import *
def a(raw: Annotated[Path, Raw("numbers.csv")]) -> A:
    return frame(*map(int, raw.read_text().split()))
""",
    "steps/two": """
from LAB import helper
from LAB.common import *
def b(a: A, *, factor: int = 2) -> B:
    return frame(*(helper.double(x, factor) for x in a["n"]))
""",
    "steps/three": """
from LAB.common import *
def c(b: B, group: RegionGroup) -> C:
    return frame(b["n"].sum(), 100_000 + len(group.code))
""",
    "steps/four": """
from LAB.common import *
def alone() -> ALONE:
    return frame(1)
""",
}
_names = (f"storregion_lab_{number}" for number in count())


class Lab:
    """A package of steps, a group's figures and a store, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name, self.group = folder, next(_names), GROUP
        (folder / "figures").mkdir()
        (folder / "figures" / "numbers.csv").write_text("1 2 3")
        header = ",".join(column.name for column in ORIGINS.columns)
        line = "numbers.csv,Utgivaren,Tal,Numbers,https://www.example.org/,CC0 1.0,,,,,,,"
        (folder / "figures" / "sources.csv").write_text(f"{header}\n{line}\n")
        self.write("__init__", "")
        self.write("steps/__init__", "")
        self.store = Store(folder / "store")

    def write(self, module: str, source: str) -> None:
        path = self.folder / self.name / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.replace("LAB", self.name))

    def write_all(self, modules: dict[str, str]) -> "Lab":
        for module, source in modules.items():
            self.write(module, source)
        return self

    def loaded(self) -> ModuleType:
        """The package of steps as its files are now."""
        for name in [name for name in sys.modules if name.partition(".")[0] == self.name]:
            del sys.modules[name]
        # A module rewritten within the same second, and as long, would be read from the old bytecode.
        for cached in (self.folder / self.name).rglob("*.pyc"):
            cached.unlink()
        importlib.invalidate_caches()
        pipeline.code_behind.cache_clear()
        pipeline.source_of.cache_clear()
        return importlib.import_module(f"{self.name}.steps")

    def order(self) -> dict[str, Step]:
        return steps(self.loaded())

    def raws(self) -> RawFiles:
        return RawFiles(self.folder, self.folder / "figures")

    def plan(self, *choices: tuple[Path, dict[str, dict[str, object]]]) -> dict[str, Record]:
        return plan(self.order(), self.group, self.raws(), Choices(choices))

    def keys(self, *choices: tuple[Path, dict[str, dict[str, object]]]) -> dict[str, str]:
        return {table: record.key for table, record in self.plan(*choices).items()}

    def run(self, workers: int = 2) -> Build:
        order = self.order()
        return Build(
            order,
            plan(order, self.group, self.raws(), Choices()),
            self.group,
            self.raws(),
            self.store,
            Engine(workers=workers),
        )

    def build(self, workers: int = 2) -> list[str]:
        run = self.run(workers)
        due = run.due(run.order)
        run.run(due)
        return [record.table for record in due]

    def numbers(self, table: str) -> list[int]:
        return self.store.table(table, self.keys()[table])["n"].to_list()


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.syspath_prepend(tmp_path)
    found = Lab(tmp_path)
    yield found
    for name in [name for name in sys.modules if name.partition(".")[0] == found.name]:
        del sys.modules[name]
    pipeline.code_behind.cache_clear()
    pipeline.source_of.cache_clear()


@pytest.fixture
def whole(lab: Lab) -> Lab:
    return lab.write_all(WHOLE)


def test_steps_are_ordered_inputs_before_users(whole: Lab) -> None:
    order = list(whole.order())
    assert sorted(order) == ["a", "alone", "b", "c"]
    assert order.index("a") < order.index("b") < order.index("c")


def test_a_build_makes_every_table_and_a_second_one_nothing(whole: Lab) -> None:
    assert sorted(whole.build()) == ["a", "alone", "b", "c"]
    assert (whole.numbers("a"), whole.numbers("b"), whole.numbers("c")) == (
        [1, 2, 3],
        [2, 4, 6],
        [12, 100_003],
    )
    assert whole.build() == []


# ---- steps that do not fit together: each error names the functions


def test_two_makers_of_one_table_are_both_named(whole: Lab) -> None:
    whole.write("steps/five", "from LAB.common import *\ndef again() -> A:\n    return frame(9)\n")
    with pytest.raises(PipelineError) as error:
        whole.order()
    assert f"{whole.name}.steps.five.again" in str(error.value)
    assert f"{whole.name}.steps.one.a" in str(error.value)
    assert "both make 'a'" in str(error.value)


def test_a_table_that_nobody_makes_is_named_with_its_user_and_the_nearest(whole: Lab) -> None:
    whole.write(
        "steps/five", 'from LAB.common import *\ndef e(x: kind("alnoe")) -> kind("e"):\n    return x\n'
    )
    with pytest.raises(
        PipelineError, match=r"five\.e needs table 'alnoe', which no step makes; did you mean 'alone'"
    ):
        whole.order()


def test_tables_that_need_each_other_are_named_in_a_circle(whole: Lab) -> None:
    whole.write("steps/one", "from LAB.common import *\ndef a(c: C) -> A:\n    return c\n")
    with pytest.raises(PipelineError) as error:
        whole.order()
    message = str(error.value)
    assert "tables need each other" in message
    assert all(f"{whole.name}.steps.{maker}" in message for maker in ("one.a", "two.b", "three.c"))
    assert message.count("→") == 3


def test_a_parameter_that_nothing_can_be_given_for_is_named(whole: Lab) -> None:
    whole.write(
        "steps/five", 'from LAB.common import *\ndef e(a: A, years: int) -> kind("e"):\n    return a\n'
    )
    with pytest.raises(
        PipelineError,
        match=r"five\.e takes 'years', which a step cannot take; annotate it as a table",
    ):
        whole.order()


def test_an_assumption_without_a_default_is_named(whole: Lab) -> None:
    whole.write(
        "steps/five", 'from LAB.common import *\ndef e(a: A, *, years: int) -> kind("e"):\n    return a\n'
    )
    with pytest.raises(PipelineError, match=r"five\.e assumes 'years' without a default"):
        whole.order()


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"b": {"facto": 3}}, r"two\.b has no assumption 'facto'; did you mean 'factor'"),
        ({"a": {"factor": 3}}, r"one\.a has no assumption 'factor'; it has none"),
        ({"bb": {"factor": 3}}, "there is no table 'bb' to assume of; did you mean 'b'|there is 'a'"),
        ({"b": {"factor": "3"}}, r"two\.b takes 'factor' otherwise: Expected `int`, got `str`"),
        ({"b": {"factor": 2.5}}, r"two\.b takes 'factor' otherwise: Expected `int`, got `float`"),
        ({"b": {"factor": True}}, r"two\.b takes 'factor' otherwise: Expected `int`, got `bool`"),
    ],
)
def test_a_wrong_assumption_is_named_with_function_and_file(
    whole: Lab, chosen: dict[str, dict[str, object]], expected: str
) -> None:
    with pytest.raises(SettingError, match=expected) as error:
        whole.plan((whole.folder / "assumptions.toml", chosen))
    assert str(whole.folder / "assumptions.toml") in str(error.value)


def test_a_later_file_overrides_an_earlier_and_the_record_says_which(whole: Lab) -> None:
    own, other = whole.folder / "assumptions.toml", whole.folder / "faster.toml"
    record = whole.plan((own, {"b": {"factor": 3}}), (other, {"b": {"factor": 4}}))["b"]
    assert record.assumptions == {"factor": 4}
    assert record.overridden == {"factor": "faster.toml"}
    assert whole.plan()["b"].overridden == {}


# ---- keys: they change with everything that could change the table, and with nothing else


def numbers(lab: Lab) -> None:
    (lab.folder / "figures" / "numbers.csv").write_text("1 2 4")


def own_code(lab: Lab) -> None:
    lab.write("steps/two", WHOLE["steps/two"] + "# another word\n")


def reached_code(lab: Lab) -> None:
    lab.write("deep", "OFFSET = 1\n")


def unreached_code(lab: Lab) -> None:
    lab.write("unreached", "X = 2\n")


def group(lab: Lab) -> None:
    lab.group = msgspec.structs.replace(GROUP, partners=("En till",))


def words_about_a_source(lab: Lab) -> None:
    path = lab.folder / "figures" / "sources.csv"
    path.write_text(path.read_text().replace("Utgivaren", "En annan"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (numbers, {"a", "b", "c"}),
        (own_code, {"b", "c"}),
        (reached_code, {"b", "c"}),
        (unreached_code, set()),
        (group, {"c"}),
        (words_about_a_source, {"a", "b", "c"}),
    ],
)
def test_a_change_reaches_what_rests_on_it_and_nothing_else(
    whole: Lab, change: Callable[[Lab], None], expected: set[str]
) -> None:
    before = whole.keys()
    assert whole.keys() == before
    change(whole)
    after = whole.keys()
    assert {table for table in before if before[table] != after[table]} == expected


def test_an_assumption_reaches_its_step_and_what_rests_on_it(whole: Lab) -> None:
    before, after = whole.keys(), whole.keys((Path("x.toml"), {"b": {"factor": 3}}))
    assert {table for table in before if before[table] != after[table]} == {"b", "c"}
    assert whole.keys((Path("x.toml"), {"b": {"factor": 2}})) == before


@pytest.mark.parametrize(
    "written",
    [
        "from LAB.helper import double",
        "import LAB.helper\nfrom LAB.helper import double",
        "from ..helper import double",
        "from .. import helper\ndouble = helper.double",
        "def double(x, factor):\n    from LAB.helper import double\n    return double(x, factor)",
    ],
)
def test_a_module_is_reached_however_it_is_imported(whole: Lab, written: str) -> None:
    body = "from LAB.common import *\ndef b(a: A) -> B:\n    return frame(*(double(x, 2) for x in a['n']))\n"
    whole.write("steps/two", f"{written}\n{body}")
    assert whole.build()
    before = whole.keys()
    reached_code(whole)
    assert whole.keys()["b"] != before["b"]
    whole.build()
    assert whole.numbers("b") == [3, 5, 7]


def test_a_change_of_ours_that_a_step_reaches_changes_its_key(whole: Lab) -> None:
    code = whole.plan()["a"].code
    assert {"storregion.core.table", "storregion.core.language", "storregion.core.lineage"} <= code.keys()
    assert "storregion.core.store" not in code


# ---- running


def test_another_version_of_a_library_makes_other_tables(whole: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {table: record.key for table, record in whole.plan().items()}
    monkeypatch.setattr(pipeline, "_libraries", lambda: {"numpy": "0.1"})
    after = {table: record.key for table, record in whole.plan().items()}
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


def test_a_failing_step_leaves_independent_tables_kept_and_dependent_ones_unmade(whole: Lab) -> None:
    whole.write("steps/two", "from storregion.core.errors import DataError\nfrom LAB.common import *\n"
        "def b(a: A) -> B:\n    raise DataError('b is wrong')\n")  # fmt: skip
    with pytest.raises(DataError, match=r"^b is wrong$"):
        whole.build()
    keys = whole.keys()
    assert {table for table in keys if whole.store.whole(table, keys[table])} == {"a", "alone"}


def test_the_errors_of_several_steps_are_all_reported(whole: Lab) -> None:
    for module, table, returned in (("one", "a", "A"), ("four", "alone", "ALONE")):
        whole.write(f"steps/{module}",
            "from storregion.core.errors import DataError\nfrom LAB.common import *\n"
            f"def {table}() -> {returned}:\n    raise DataError('{table} is wrong')\n")  # fmt: skip
    (whole.folder / "figures" / "sources.csv").write_text(
        (whole.folder / "figures" / "sources.csv").read_text().splitlines(True)[0]
    )
    with pytest.raises(PipelineError) as error:
        whole.build()
    assert sorted(str(error.value).splitlines()) == ["a is wrong", "alone is wrong"]


def test_a_table_that_breaks_its_schema_names_the_function_and_is_not_kept(whole: Lab) -> None:
    whole.write("steps/four", "from LAB.common import *\ndef alone() -> ALONE:\n    return frame(-1, 5, 5)\n")
    with pytest.raises(TableError) as error:
        whole.build()
    message = str(error.value)
    assert f"{whole.name}.steps.four.alone does not make a valid table 'alone'" in message
    assert "row 1, column 'n': -1 is below 0" in message
    assert "rows 2, 3: the key" in message
    assert not whole.store.whole("alone", whole.keys()["alone"])


def test_a_table_is_not_kept_when_its_raw_file_changes_while_it_is_read(whole: Lab) -> None:
    whole.write("steps/one", WHOLE["steps/one"].replace("return", "raw.write_text('7'); return"))
    with pytest.raises(DataError, match=r"numbers\.csv changed while 'a' was to be made"):
        whole.build()
    assert not list((whole.folder / "store" / "tables").glob("a/*"))


def test_an_unexpected_error_is_let_through_as_it_is(whole: Lab) -> None:
    whole.write("steps/four", "from LAB.common import *\ndef alone() -> ALONE:\n    return 1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        whole.build()


def test_side_by_side_or_one_by_one_gives_the_same(whole: Lab, tmp_path: Path) -> None:
    def made(workers: int) -> dict[str, tuple[str, str]]:
        whole.store = Store(tmp_path / f"store{workers}")
        whole.build(workers)
        records = {table: whole.store.record(table, key) for table, key in whole.keys().items()}
        return {table: (record.key, record.sha256) for table, record in records.items() if record}

    one, four = made(1), made(4)
    assert one == four
    assert one.keys() == whole.order().keys()


def test_only_what_a_table_rests_on_is_due_and_force_makes_it_anyway(whole: Lab) -> None:
    run = whole.run()

    def due(tables: Iterable[str], *, force: bool = False) -> list[str]:
        return [record.table for record in run.due(tables, force=force)]

    assert due(["b"]) == ["a", "b"]
    run.run(run.due(["b"]))
    assert due(["b"]) == []
    assert due(["b"], force=True) == ["a", "b"]
    assert sorted(due(run.order)) == ["alone", "c"]


def test_progress_is_reported_after_each_table(whole: Lab) -> None:
    shown: list[tuple[str, int, int]] = []
    run = whole.run(workers=1)
    run.run(run.due(run.order), lambda table, done, of: shown.append((table, done, of)))
    assert [(done, of) for _, done, of in shown] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {table for table, _, _ in shown} == {"a", "b", "c", "alone"}


def test_every_table_made_has_its_time(whole: Lab) -> None:
    whole.write_all(
        {
            "steps/four": WHOLE["steps/four"].replace(
                "    return", "    import time; time.sleep(0.2)\n    return"
            )
        }
    )
    run = whole.run()
    run.run(run.due(run.order))
    spent = {one.table: one for one in run.timings}
    assert spent.keys() == run.order.keys()
    # To sleep takes time and no processor.
    assert spent["alone"].wall >= 0.2
    assert 0 <= spent["alone"].processor < 0.2


def test_a_step_has_one_thread_for_its_linear_algebra(whole: Lab) -> None:
    def threads() -> set[int]:
        return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}

    before = threads()
    whole.write_all(
        {
            "steps/four": """
from LAB.common import *
from threadpoolctl import threadpool_info
def alone() -> ALONE:
    return frame(*{one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})
"""
        }
    )
    whole.build()
    assert whole.numbers("alone") == [1]
    assert threads() == before


def test_what_a_group_has_no_raw_file_for_is_left_out_with_all_that_rests_on_it(whole: Lab) -> None:
    sources = whole.folder / "figures" / "sources.csv"
    sources.write_text(sources.read_text().splitlines(True)[0])
    (whole.folder / "figures" / "numbers.csv").unlink()
    there, missing = available(whole.order(), whole.raws())
    assert list(there) == ["alone"]
    assert missing["c"] == "it rests on b: it rests on a: sources.csv names no numbers.csv"


def test_a_function_without_a_table_is_no_step(whole: Lab) -> None:
    whole.write("steps/five", "from LAB.common import *\ndef plain(a: A) -> pl.DataFrame:\n    return a\n"
        "def _private(a: A) -> B:\n    return a\n")  # fmt: skip
    assert sorted(whole.order()) == ["a", "alone", "b", "c"]
    with pytest.raises(PipelineError, match="plain is not a step"):
        _ = Step(sys.modules[f"{whole.name}.steps.five"].plain).schema


def test_the_frame_kept_is_the_frame_made(whole: Lab) -> None:
    whole.build()
    frame = whole.store.table("b", whole.keys()["b"])
    assert frame.schema == {"n": pl.Int64, "basis": pl.String}


# ---- bundles of tables, and tables of the base scenario

BUNDLE = """
from LAB.common import *
class Pair(NamedTuple):
    one: A
    other: B
"""


def test_a_bundle_is_filled_with_its_tables_which_count_as_inputs(whole: Lab) -> None:
    whole.write("bundles", BUNDLE)
    whole.write(
        "steps/five",
        "from LAB.bundles import Pair\nfrom LAB.common import *\n"
        'def e(pair: Pair, alone: ALONE) -> kind("e"):\n'
        '    tens = [10 * n for n in pair.other["n"]]\n'
        '    return frame(*pair.one["n"], *tens, 100 * len(alone) + len(pair))\n',
    )
    whole.build()
    assert whole.numbers("e") == [1, 2, 3, 20, 40, 60, 102]
    order = whole.order()
    assert list(order["e"].tables) == ["pair.one", "pair.other", "alone"]
    assert list(order).index("b") < list(order).index("e")
    assert set(whole.plan()["e"].inputs) == {"a", "b", "alone"}


def test_a_change_behind_a_bundle_reaches_the_step(whole: Lab) -> None:
    whole.write("bundles", BUNDLE)
    whole.write(
        "steps/five",
        "from LAB.bundles import Pair\nfrom LAB.common import *\n"
        'def e(pair: Pair) -> kind("e"):\n    return pair.one\n',
    )
    before, after = whole.keys(), whole.keys((Path("x.toml"), {"b": {"factor": 3}}))
    assert before["e"] != after["e"]
    whole.write("bundles", BUNDLE + "    third: ALONE\n")
    assert set(whole.plan()["e"].inputs) == {"a", "b", "alone"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "class Pair(NamedTuple):\n    one: A\n    many: int\n",
            "bundle 'pair', whose field 'many' is neither a table nor a raw file",
        ),
        ("Pair = tuple[A, B]\n", "takes 'pair', which a step cannot take; annotate it as a table"),
        ("Pair = OfBase[int]\n", "takes 'pair', which a step cannot take; annotate it as a table"),
    ],
)
def test_a_wrong_bundle_is_named_with_step_parameter_and_remedy(
    whole: Lab, written: str, expected: str
) -> None:
    whole.write(
        "steps/five",
        f'from LAB.common import *\n{written}def e(pair: Pair) -> kind("e"):\n    return pair.one\n',
    )
    with pytest.raises(
        PipelineError, match=rf"steps\.five\.e {'takes ' * (expected[:5] != 'takes')}.*{expected}"
    ):
        whole.order()


CHANGED = """
from LAB.common import *
def c(then: B, before: OfBase[B]) -> C:
    return frame(*(then["n"] - before["n"] + 1000 * then["n"]))
"""


def trial(lab: Lab, chosen: dict[str, dict[str, object]]) -> Build:
    """The plan of a scenario over that of the base."""
    order, raws = lab.order(), lab.raws()
    base = plan(order, lab.group, raws, Choices())
    records = plan(order, lab.group, raws, Choices(((Path("x.toml"), chosen),)), base)
    return Build(order, records, lab.group, raws, lab.store, base=base)


def test_a_scenario_reads_the_table_of_the_base_which_is_built_for_it(whole: Lab) -> None:
    whole.write("steps/three", CHANGED)
    run = trial(whole, {"b": {"factor": 5}})
    assert run.records["c"].inputs == {"b": run.records["b"].key, "b@base": run.base["b"].key}
    due = run.due(["c"])
    assert [record.table for record in due] == ["a", "b", "b", "c"]
    run.run(due)
    made = whole.store.table("c", run.records["c"].key)["n"].to_list()
    assert made == [5 - 2 + 5000, 10 - 4 + 10_000, 15 - 6 + 15_000]
    # The base's own build finds its table made.
    assert sorted(whole.build()) == ["alone", "c"]
    assert whole.numbers("c") == [2000, 4000, 6000]


def test_what_a_scenario_leaves_as_it_is_has_the_keys_of_the_base(whole: Lab) -> None:
    whole.write("steps/three", CHANGED)
    nothing: list[dict[str, dict[str, object]]] = [{}, {"b": {"factor": 2}}]
    for chosen in nothing:
        run = trial(whole, chosen)
        assert {table: record.key for table, record in run.records.items()} == whole.keys()
        assert set(run.records["c"].inputs) == {"b"}


def test_a_table_of_the_base_may_stand_in_a_bundle(whole: Lab) -> None:
    whole.write(
        "steps/three",
        "from LAB.common import *\nclass Pair(NamedTuple):\n    before: OfBase[B]\n    then: B\n"
        'def c(pair: Pair) -> C:\n    return frame(pair.before["n"].sum(), 100 * pair.then["n"].sum())\n',
    )
    run = trial(whole, {"b": {"factor": 3}})
    run.run(run.due(["c"]))
    assert whole.store.table("c", run.records["c"].key)["n"].to_list() == [12, 1800]


def test_what_changes_the_base_changes_what_compares_with_it(whole: Lab) -> None:
    whole.write("steps/three", CHANGED)
    before = trial(whole, {"b": {"factor": 5}}).records["c"].key
    whole.write("steps/two", WHOLE["steps/two"].replace("factor: int = 2", "factor: int = 4"))
    run = trial(whole, {"b": {"factor": 5}})
    assert run.records["b"].assumptions == {"factor": 5}
    assert run.records["c"].key != before


def test_a_table_may_not_rest_on_its_own_in_the_base(whole: Lab) -> None:
    whole.write("steps/one", "from LAB.common import *\ndef a(before: OfBase[A]) -> A:\n    return before\n")
    with pytest.raises(PipelineError, match=r"tables need each other: a → a"):
        whole.order()
    whole.write("steps/one", "from LAB.common import *\ndef a(later: OfBase[C]) -> A:\n    return later\n")
    with pytest.raises(PipelineError, match="tables need each other"):
        whole.order()


@given(
    of_base=st.lists(st.sets(st.integers(0, 3)), min_size=4, max_size=4),
    own=st.lists(st.sets(st.integers(0, 3)), min_size=4, max_size=4),
    changed=st.sets(st.integers(0, 3)),
)
@settings(max_examples=40, deadline=None)
def test_a_scenario_changes_just_what_it_reaches_in_any_house_of_tables(
    of_base: list[set[int]], own: list[set[int]], changed: set[int]
) -> None:
    """Table i may rest on earlier ones, of the scenario and of the base; each adds up what it rests on."""
    with TemporaryDirectory() as folder:
        order = {}
        types = [_type(f"t{i}") for i in range(4)]
        for i in range(4):
            kept = sorted(j for j in own[i] if j < i)
            order[f"t{i}"] = Step(_adding(types, i, kept, sorted(j for j in of_base[i] if j < i)))
        raws = RawFiles(Path(folder), Path(folder))
        chosen = {f"t{i}": {"plus": 10} for i in changed}
        base = plan(order, GROUP, raws, Choices())
        records = plan(order, GROUP, raws, Choices(((Path("x.toml"), chosen),)), base)
        store = Store(Path(folder) / "store")
        run = Build(order, records, GROUP, raws, store, base=base)
        run.run(run.due(order))
        plain: list[int] = []
        then: list[int] = []
        for i in range(4):
            earlier = [j for j in own[i] if j < i]
            based = sum(plain[j] for j in of_base[i] if j < i)
            plain.append(sum(plain[j] for j in earlier) + based + 1)
            then.append(sum(then[j] for j in earlier) + based + (10 if i in changed else 1))
        made = [store.table(f"t{i}", records[f"t{i}"].key)["n"].item() for i in range(4)]
        assert made == then
        reached: set[int] = set()
        for i in range(4):
            if i in changed or any(j in reached for j in own[i] if j < i):
                reached.add(i)
        assert {i for i in range(4) if records[f"t{i}"].key != base[f"t{i}"].key} == reached


def _type(name: str) -> Any:
    columns = (Column("n", pl.Int64, "number", key=True), basis())
    return Annotated[pl.DataFrame, Schema(name, columns, lambda: Said(Text("x", "x"), Text("x", "x")))]


def _adding(types: list[Any], at: int, own: list[int], of_base: list[int]) -> Callable[..., pl.DataFrame]:
    """A step that adds up tables of one number, and one assumption."""

    def added(*, plus: int = 1, **frames: pl.DataFrame) -> pl.DataFrame:
        total = plus + sum(frame["n"].item() for frame in frames.values())
        return pl.DataFrame({"n": [total], "basis": ["observed"]}, schema={"n": pl.Int64, "basis": pl.String})

    given = {f"own{j}": types[j] for j in own} | {
        f"base{j}": Annotated[types[j], OfBaseNote()] for j in of_base
    }
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind) for name in given]
    parameters.append(inspect.Parameter("plus", inspect.Parameter.KEYWORD_ONLY, default=1))
    added.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    added.__annotations__ = given | {"plus": int, "return": types[at]}
    return added
