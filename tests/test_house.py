"""The rules of the house. Each is a function of a source text, shown to fail on a text that breaks it."""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin

import polars as pl
import pytest

import storregion
from storregion import facts, studies, timetable
from storregion.core import group, units
from storregion.core.columns import basis
from storregion.core.errors import SettingError
from storregion.core.language import Text
from storregion.core.table import Column, Schema
from storregion.core.words import SHARED, Said, WordFile, word_file
from storregion.journeys.cells import columns

SRC = Path(storregion.__file__).parent
SOURCES = sorted(SRC.rglob("*.py"))


def module_of(path: Path) -> str:
    """The dotted name of a file of ours, without the package's own."""
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


def reported(check: Callable[[str, str], list[str]]) -> list[str]:
    """What a rule has to say of every file."""
    return [
        f"{path.relative_to(SRC)}: {what}"
        for path in SOURCES
        for what in check(module_of(path), path.read_text("utf-8"))
    ]


# ---- imports run one way

ALLOWED = {
    "kernels": {"kernels"},
    "core": {"core"},
    "intake": {"core", "intake"},
    "facts": {"core", "facts"},
    "timetable": {"core", "facts", "timetable"},
    "sources": {"core", "facts", "intake", "sources", "timetable"},
    "journeys": {"core", "facts", "journeys", "kernels", "timetable"},
    "studies": {"core", "facts", "journeys", "kernels", "studies", "timetable"},
    "fetch": {"core", "fetch", "intake", "sources"},
    "strategy": {"core", "strategy"},
    "publish": {"core", "facts", "publish", "strategy", "studies", "timetable"},
    "cli": {
        "core", "facts", "fetch", "intake", "journeys", "kernels", "publish", "sources", "strategy",
        "studies", "timetable", "cli",
    },
    "__main__": {"cli"},
    "": {"core"},
}  # fmt: skip


def room(module: str) -> str:
    """The room of the house that a module lies in."""
    return module.partition(".")[0]


def imported(source: str) -> Iterator[str]:
    """The modules of ours that a source imports, without the package's own name, wherever it does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            names = ["storregion.<relative>"]
        elif isinstance(node, ast.ImportFrom) and node.module == "storregion":
            names = [f"storregion.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (n.partition(".")[2] for n in names if n == "storregion" or n.startswith("storregion."))


def upstream(module: str, source: str) -> list[str]:
    """Imports that run the wrong way."""
    own = room(module)
    if own not in ALLOWED:
        return [f"{own!r} is not a room of the house"]
    wanted = [(name, room(name)) for name in imported(source) if name != "__version__"]
    return [f"imports {name or 'storregion'}" for name, there in wanted if there not in ALLOWED[own]]


def test_imports_run_one_way() -> None:
    assert reported(upstream) == []


def test_the_page_of_the_rooms_says_what_may_be_imported() -> None:
    page = (SRC.parents[1] / "docs" / "explanation" / "rooms.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", page, flags=re.MULTILINE)
    said = {name: {name, *may.strip("– ").split(", ")} - {""} for name, may in rows}
    rooms = ALLOWED.keys() - {"", "__main__"}
    assert said.pop("cli") == {"cli", "all"}
    assert said == {name: ALLOWED[name] for name in rooms - {"cli"}}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernels.reach", "from storregion.core.table import Schema"),
        ("core.table", "from storregion.facts import places"),
        ("core.table", "from storregion import facts"),
        ("core.table", "import storregion.facts.places"),
        ("core.pipeline", "def late():\n    from storregion.studies import growth"),
        ("facts.people", "from storregion.sources import scb"),
        ("facts.people", "from storregion.studies.growth import GROWTH"),
        ("sources.scb", "from storregion.studies import growth"),
        ("sources.scb", "from storregion import cli"),
        ("studies.growth", "from storregion.sources.scb import population"),
        ("studies.growth", "from storregion.publish import pages"),
        ("strategy.editions", "from storregion.facts import places"),
        ("publish.pages.place", "from storregion.sources import scb"),
        ("core.workspace", "from storregion.publish import pages"),
        ("facts.people", "from . import places"),
        ("facts.people", "import storregion"),
        ("attic.things", "import math"),
    ],
)
def test_an_import_the_wrong_way_is_reported(module: str, source: str) -> None:
    assert len(upstream(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernels.reach", "import numpy"),
        ("facts.people", "from storregion.facts.places import county"),
        ("sources.scb", "from storregion.core import figurefile"),
        ("studies.growth", "from storregion.facts.people import Population"),
        ("core.workspace", "from storregion.core import pipeline"),
        ("cli", "from storregion.publish import site"),
        ("core.table", "import storregionlike"),
    ],
)
def test_an_import_the_right_way_is_not_reported(module: str, source: str) -> None:
    assert upstream(module, source) == []


# ---- no circle of imports


def needs(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """The modules that each module imports, inside functions too, by name without the package's own."""
    found: dict[str, set[str]] = {}
    for module, source in sources.items():
        names: set[str] = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        ours = {name.partition(".")[2] for name in names if name.startswith("storregion.")}
        # What is no module itself lies in one.
        found[module] = {
            name if name in sources else name.rpartition(".")[0] for name in ours
        } & sources.keys()
    return found


def circles(sources: Mapping[str, str]) -> list[list[str]]:
    """Modules that import each other, in whatever number of steps."""
    graph = needs(sources)

    def reached(module: str) -> set[str]:
        seen: set[str] = set()
        queue = [*graph[module]]
        while queue:
            if (name := queue.pop()) not in seen:
                seen.add(name)
                queue += graph[name]
        return seen

    reach = {module: reached(module) for module in graph}
    together = {
        tuple(sorted(other for other in reach[module] if module in reach[other]))
        for module in graph
        if module in reach[module]
    }
    return [list(circle) for circle in sorted(together)]


def test_no_modules_import_each_other() -> None:
    sources = {module_of(path): path.read_text("utf-8") for path in SOURCES}
    assert circles(sources) == []


def test_a_circle_of_imports_is_reported_inside_functions_too() -> None:
    sources = {
        "publish.site": "def page():\n    from storregion.publish.pages import place",
        "publish.pages.place": "from storregion.publish.labels import Label",
        "publish.labels": "import storregion.publish.site",
        "publish.view": "from storregion.publish import site",
        "core.table": "import math",
    }
    assert circles(sources) == [["publish.labels", "publish.pages.place", "publish.site"]]
    assert circles(sources | {"publish.labels": "import math"}) == []
    assert circles({"core.table": "from storregion.core.table import Schema"}) == [["core.table"]]


# ---- a study takes other studies' tables, not their arithmetic


def borrowed(module: str, source: str) -> list[str]:
    """What a study imports from another besides schemas, table types and bundles."""
    if not module.startswith("studies."):
        return []
    return [
        f"imports {alias.name} from {node.module}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("storregion.studies.")
        for alias in node.names
        if not alias.name[0].isupper()
    ]


def test_a_study_takes_only_tables_of_others() -> None:
    assert reported(borrowed) == []


def test_borrowed_arithmetic_is_reported() -> None:
    source = "from storregion.studies.growth import GROWTH, Growth, growth"
    assert borrowed("studies.reach", source) == ["imports growth from storregion.studies.growth"]
    assert borrowed("publish.pages.growth", source) == []


# ---- the bundled group is data


def group_words(folder: Path) -> tuple[set[str], set[str]]:
    """What may not stand in code: words, and codes as whole strings."""
    definition = tomllib.loads((folder / "group.toml").read_text("utf-8"))
    counties = set(definition["counties"])
    figures = folder / definition.get("figures", "figures")
    nodes = pl.read_csv(figures / "nodes.csv", infer_schema=False)
    municipalities = pl.read_csv(figures / "municipalities.csv", infer_schema=False)
    inside = municipalities.filter(pl.col("county").is_in(list(counties)))
    names = {name for name in inside["name"] if len(name) >= 5}
    regions = {member["region"] for member in definition["counties"].values()}
    short = set(definition["short"].values()) | {definition["code"]}
    words = names | regions | short | set(nodes["name"]) | set(nodes["node"]) | set(definition["partners"])
    return words, counties


WORDS, CODES = group_words(group.bundled())
# A whole word, in any case; a letter, digit or hyphen on either side makes it another word.
_ANY = re.compile(
    rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(WORDS, key=len, reverse=True)))})(?![\w-])", re.I
)


def group_bound(_: str, source: str) -> list[str]:
    """Strings (texts about the code included) and names in code that are true of the bundled group only."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            hits = _ANY.findall(node.value) + ([node.value] if node.value in CODES else [])
            found += [f"line {node.lineno}: the string holds {hit!r}" for hit in hits]
        for field in ("id", "name", "attr", "arg"):
            name = getattr(node, field, None)
            parts = re.split(r"_+", name) if isinstance(name, str) else []
            found += [
                f"line {getattr(node, 'lineno', 0)}: the name {name!r}"
                for part in parts
                if _ANY.fullmatch(part)
            ]
    return found


def test_nothing_true_of_the_bundled_group_only_stands_in_code() -> None:
    assert reported(group_bound) == []


def test_the_words_looked_for_are_those_of_the_group() -> None:
    members = group.RegionGroup.read(group.bundled()).counties
    assert members.keys() == CODES
    assert {member.region for member in members.values()} <= WORDS
    assert len(WORDS) > 70


@pytest.mark.parametrize(
    "source",
    [
        "x = '{code}'",
        "x = 'the plan of {code} today'",
        "x = '{municipality}s län'.replace('s', '{municipality}')",
        "x = '{region}'",
        "x = '{county}'",
        "x = {{'{county}': 1}}",
        "x = f'in {municipality} {{1}}'",
        "def f():\n    '''As in {municipality}.'''",
        "{node} = 1",
        "def at_{node}(): pass",
        "x.{node} = 2",
        "def f({node}): pass",
        "class {code}: pass",
        "f({code}=1)",
    ],
)
def test_a_word_of_the_bundled_group_is_reported(source: str) -> None:
    definition = tomllib.loads((group.bundled() / "group.toml").read_text("utf-8"))
    plain = [w for w in WORDS if w.isascii() and w.islower() and w.isidentifier() and w != definition["code"]]
    filled = source.format(
        code=definition["code"],
        county=min(CODES),
        region=next(iter(definition["counties"].values()))["region"],
        municipality=next(w for w in sorted(WORDS) if w.isalpha() and len(w) > 5 and w[0].isupper()),
        node=min(plain),
    )
    assert group_bound("x", filled)


def test_a_word_that_only_looks_like_one_is_not_reported() -> None:
    code = next(w for w in WORDS if w in ("oms", group.RegionGroup.read(group.bundled()).code))
    source = f"x = 'c{code}t', '{min(CODES)}0', 'län', 'county'\nb{code}b = 1\n"
    assert group_bound("x", source) == []


# ---- schemas say what they mean


def schemas_in(module: ModuleType) -> dict[str, Schema]:
    """The schemas written in a module, by the name they stand under."""
    return {name: value for name, value in vars(module).items() if isinstance(value, Schema)}


def annotated(module: ModuleType) -> set[str]:
    """The schemas that a module gives a table type for."""
    types = (value for value in vars(module).values() if get_origin(value) is Annotated)
    return {note.name for value in types for note in get_args(value)[1:] if isinstance(note, Schema)}


def unsaid(schema: Schema) -> list[str]:
    """What a schema leaves out."""
    texts = {"title": schema.title, "about": schema.about}
    for column in schema.columns:
        texts |= {f"{column.name}.label": column.label, f"{column.name}.about": column.about}
    found = [
        f"{name}has no words" for name, text in texts.items() if not (text.sv.strip() and text.en.strip())
    ]
    found += [] if schema.key else ["no key"]
    found += [] if any(column.name == "basis" for column in schema.columns) else ["no basis"]
    found += [
        f"{column.name} has the unit {column.unit!r}, which no file of words has"
        for column in schema.columns
        if column.unit not in units.known()
    ]
    names = [column.name for column in schema.columns]
    found += [
        f"{c.name} is absent by {c.absent}" for c in schema.columns if c.absent and c.absent not in names
    ]
    return found + [f"{name} stands twice" for name in set(names) if names.count(name) > 1]


def table_modules() -> list[ModuleType]:
    found = [
        importlib.import_module(info.name)
        for package in (facts, studies, timetable)
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + ".")
    ]
    return [*found, columns]


def test_every_schema_says_what_it_means_in_both_languages() -> None:
    found = {
        (m.__name__, name): unsaid(schema) for m in table_modules() for name, schema in schemas_in(m).items()
    }
    assert len(found) > 20
    assert {place: what for place, what in found.items() if what} == {}


def test_every_schema_has_a_table_type() -> None:
    for module in table_modules():
        own = {s.name for s in schemas_in(module).values() if s.module == module.__name__}
        assert own <= annotated(module), module.__name__


def test_no_two_schemas_share_a_name() -> None:
    schemas = {id(s): s.name for m in table_modules() for s in schemas_in(m).values()}
    assert len(set(schemas.values())) == len(schemas)


def _column(name: str = "n", unit: str = "number", **more: Any) -> Column:
    fields: dict[str, Any] = {"key": True, "said": lambda: Said(WORD, WORD)} | more
    return Column(name, pl.Int64, unit, **fields)


def _schema(*columns: Column, title: Text | None = None, about: Text | None = None) -> Schema:
    return Schema("x", columns, lambda: Said(title or WORD, about or WORD))


WORD = Text("ord", "word")
BASIS = replace(basis(), said=lambda: Said(WORD, WORD))


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        (_schema(_column(), BASIS, title=Text("ord", "")), "titlehas no words"),
        (_schema(_column(), BASIS, about=Text(" ", "word")), "abouthas no words"),
        (_schema(_column(said=lambda: Said(Text("", "n"), WORD)), BASIS), "n.labelhas no words"),
        (_schema(_column(said=lambda: Said(WORD, Text("n", ""))), BASIS), "n.abouthas no words"),
        (_schema(_column(key=False), BASIS), "no key"),
        (_schema(_column()), "no basis"),
        (_schema(_column(unit=""), BASIS), "n has the unit '', which no file of words has"),
        (_schema(_column(unit="furlongs"), BASIS), "n has the unit 'furlongs', which no file of words has"),
        (_schema(_column(), _column("m", key=False, absent="gone"), BASIS), "m is absent by gone"),
        (_schema(_column(), _column(), BASIS), "n stands twice"),
    ],
)
def test_a_schema_that_leaves_something_out_is_reported(schema: Schema, fault: str) -> None:
    assert unsaid(schema) == [fault]


def test_a_schema_without_a_table_type_is_reported() -> None:
    module = ModuleType("x")
    module.X = _schema(_column(), BASIS)  # type: ignore[attr-defined]
    assert schemas_in(module).keys() == {"X"}
    assert annotated(module) == set()
    module.Table = Annotated[pl.DataFrame, module.X]  # type: ignore[attr-defined]
    assert annotated(module) == {"x"}


# ---- words lie beside the modules, each once


def word_modules() -> dict[str, list[Schema]]:
    """Every module with a file of words, and the schemas that are written in it."""
    found: dict[str, list[Schema]] = {}
    for path in SOURCES:
        if path.with_suffix(".toml").is_file() and (name := module_of(path)) != "core.columns":
            module = importlib.import_module(f"storregion.{name}")
            found[module.__name__] = [s for s in schemas_in(module).values() if s.module == module.__name__]
    return found


def own_columns(schemas: Iterable[Schema]) -> dict[str, list[str]]:
    """The columns whose words lie in the file of their table, by table."""
    return {s.name: [column.name for column in s.columns] for s in schemas}


def test_every_word_beside_a_module_is_used_and_in_both_languages() -> None:
    modules = word_modules()
    assert len(modules) > 25
    assert [
        fault for name, own in modules.items() for fault in word_file(name).faults(own_columns(own))
    ] == []


def test_no_two_columns_have_the_same_words() -> None:
    said: dict[object, list[str]] = {}
    for name in (SHARED, *word_modules()):
        for where, words in word_file(name).columns():
            said.setdefault(words, []).append(f"{name} {where}")
    assert [places for places in said.values() if len(places) > 1] == []


def test_words_that_nothing_uses_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ponds.py").write_text("", "utf-8")
    (tmp_path / "ponds.toml").write_text(
        """[table.ponds]
        title = { sv = "Dammar", en = "Ponds" }
        about = { sv = "Alla dammar.", en = " " }
        [table.ponds.column.depht]
        label = { sv = "Djup", en = "Depth" }
        [table.pond]
        title = { sv = "Dammar", en = "Ponds" }
        [column.area]
        label = { sv = "Yta", en = "Area" }
        """,
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "ponds.toml"
    assert list(WordFile("ponds").faults({"ponds": ["pond", "depth"]})) == [
        f"{path}: table 'ponds' has no column 'depht'; did you mean 'depth'?",
        f"{path}: there is no table 'pond' in ponds; did you mean 'ponds'?",
        f"{path}: no table of ponds has a column 'area'; there is 'depth', 'pond'",
        f"{path}: table.ponds.about is empty in one of the languages",
    ]


def test_words_that_are_missing_are_reported_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weirs.py").write_text("", "utf-8")
    (tmp_path / "weirs.toml").write_text(
        """[table.weirs]
        title = { sv = "Dämmen", en = "Weirs" }
        [column.height]
        label = { sv = "Höjd", en = "Height" }
        """,
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    words = WordFile("weirs")
    for call, message in (
        (lambda: words.table("wiers"), "table 'wiers' has no words; did you mean 'weirs'?"),
        (lambda: words.table("weirs"), "[table.weirs] says no 'about'; write what the table holds"),
        (
            lambda: words.column("weirs", "hieght"),
            "column 'hieght' of table 'weirs' has no words; did you mean 'height'?",
        ),
        (lambda: words.study, "[study] is missing; write its title, question, method, limits"),
    ):
        with pytest.raises(SettingError, match=re.escape(f"{tmp_path / 'weirs.toml'}: {message}")):
            call()


# ---- schemas are short


MOST_LINES_A_COLUMN = 1.5


def schema_lines(source: str) -> int:
    """The lines of a source that write schemas, columns and table types, without empty ones."""
    made = ("columns.schema(", ".renamed(", "Annotated[pl.DataFrame,")
    parts = [ast.get_source_segment(source, node) or "" for node in ast.parse(source).body]
    return sum(
        len(part.splitlines()) for part in parts if any(word in part.partition("def ")[0] for word in made)
    )


def test_a_schema_takes_hardly_more_lines_than_it_has_columns() -> None:
    count = sum(len(schema.columns) for module in word_modules().values() for schema in module)
    written = [path for path in SOURCES if "columns.schema(" in path.read_text("utf-8")]
    lines = sum(schema_lines(path.read_text("utf-8")) for path in written)
    assert count > 600
    assert lines / count <= MOST_LINES_A_COLUMN


def test_the_lines_of_a_schema_are_counted() -> None:
    source = """from x import y

POND = columns.schema(
    "pond",
    __name__,
    columns.code("pond", key=True),
)
Pond = Annotated[pl.DataFrame, POND]


def f():
    return 1
"""
    assert schema_lines(source) == 6


# ---- functions

LONGEST = 60
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> Iterator[tuple[str, FunctionNode]]:
    """Every function of a source with its full name; those inside functions are part of them."""

    def inside(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, FunctionNode]]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield prefix + node.name, node
            elif isinstance(node, ast.ClassDef):
                yield from inside(node.body, f"{prefix}{node.name}.")

    yield from inside(ast.parse(source).body, "")


def too_long(_: str, source: str) -> list[str]:
    """Functions of more lines than one can take in."""
    lengths = [(name, (node.end_lineno or 0) - node.lineno + 1) for name, node in functions(source)]
    return [f"{name} has {lines} lines" for name, lines in lengths if lines > LONGEST]


MOST_PARAMETERS, MOST_OF_FEW, MANY = 8, 15, 5


def parameters(node: FunctionNode) -> int:
    """How many parameters a function has, its own object not counted."""
    given = node.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")]) + (given.vararg is not None)


def with_many_parameters(module: str, source: str) -> list[str]:
    """Functions of more than five parameters; kernels take arrays, many of them, and are left out."""
    if module.partition(".")[0] == "kernels":
        return []
    found = [(name, parameters(node)) for name, node in functions(source)]
    return [f"{name} has {count} parameters" for name, count in found if count > MANY]


def unexplained(module: str, source: str) -> list[str]:
    """Public modules, classes and functions without a word on what they are for."""
    found = (
        [] if ast.get_docstring(ast.parse(source)) else [f"{module or 'the package'} says nothing of itself"]
    )
    for name, node in functions(source):
        private = any(part.startswith("_") and not part.endswith("__") for part in name.split("."))
        overloaded = any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)
        if not (private or overloaded or name.endswith("__")) and not ast.get_docstring(node):
            found.append(f"{name} says nothing of itself")
    return found


def test_no_function_is_too_long() -> None:
    assert reported(too_long) == []


def test_few_functions_have_many_parameters_and_none_very_many() -> None:
    found = reported(with_many_parameters)
    assert [one for one in found if int(one.split()[-2]) > MOST_PARAMETERS] == []
    assert len(found) <= MOST_OF_FEW, found


def test_a_function_of_many_parameters_is_reported() -> None:
    source = "def f(a, b, c, d, e, *more): pass\nclass C:\n    def g(self, a, b, c, d, e): pass\n"
    assert with_many_parameters("facts.x", source) == ["f has 6 parameters"]
    assert with_many_parameters("kernels.x", source) == []


def test_every_public_function_says_what_it_does() -> None:
    assert reported(unexplained) == []


@pytest.mark.parametrize("head", ["def f():\n", "async def f():\n", "class C:\n    def f(self):\n"])
def test_a_function_that_is_too_long_is_reported(head: str) -> None:
    indent = "        " if head.startswith("class") else "    "
    assert too_long("x", head + f"{indent}x = 1\n" * (LONGEST - 1)) == []
    assert len(too_long("x", head + f"{indent}x = 1\n" * LONGEST)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "'''M.'''\ndef f(): pass",
        "'''M.'''\nclass C:\n    '''C.'''\n    def f(self): pass",
        "'''M.'''\nasync def f(): pass",
    ],
)
def test_what_says_nothing_of_itself_is_reported(source: str) -> None:
    assert len(unexplained("x", source)) == 1
    assert unexplained("x", "'''M.'''\ndef _f(): pass\nclass C:\n    def __len__(self): pass") == []


# ---- the same tables to the byte


_NEEDS_NO_ORDER = {"sort", "len", "height", "implode", "is_empty"}


def _unordered(node: ast.Call, parent: ast.AST | None) -> bool:
    """Whether a call groups, or drops duplicates, in an order that another run will not have."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("group_by", "unique"):
        return False
    if any(keyword.arg == "maintain_order" for keyword in node.keywords):
        return False
    owner = node.func.value
    if isinstance(owner, ast.Name) and owner.id == "np":
        return False
    if node.func.attr == "group_by" or not isinstance(parent, ast.Attribute | ast.Call):
        return True
    if isinstance(parent, ast.Attribute):
        return parent.attr not in _NEEDS_NO_ORDER
    called = parent.func.id if isinstance(parent.func, ast.Name) else getattr(parent.func, "attr", "")
    return called not in ("set", "frozenset", "sorted", "len", "is_in")


def unordered(_: str, source: str) -> list[str]:
    """Groups and values in no stated order: what is summed of them later differs in its last digits."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [f"line {node.lineno}: maintain_order" for node in calls if _unordered(node, parents.get(node))]


def test_groups_and_values_have_an_order() -> None:
    assert reported(unordered) == []


def test_what_has_no_order_is_reported() -> None:
    assert unordered("x", "rows.group_by('place').agg(pl.col('persons').sum())")
    assert unordered("x", "for place in rows['place'].unique(): pass")
    assert unordered("x", "rows.unique('place').join(other, on='place')")
    assert unordered("x", "rows.group_by('place', maintain_order=True).agg(pl.col('persons').sum())") == []
    assert unordered("x", "set(rows['place'].unique()), rows['place'].unique().sort()") == []


# ---- publishing computes nothing

SUMMARIES = {
    "mean", "median", "quantile", "sum", "cum_sum", "std", "var", "corr", "rolling_mean",
}  # fmt: skip


def computed(module: str, source: str) -> list[str]:
    """Values made of many in what only shows: rows of a study table that are missing."""
    if room(module) != "publish":
        return []
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [(node.lineno, node.func.attr) for node in calls if isinstance(node.func, ast.Attribute)]
    return [f"line {line}: .{name}()" for line, name in names if name in SUMMARIES]


def test_publishing_computes_nothing() -> None:
    assert reported(computed) == []


def test_a_summary_in_publishing_is_reported() -> None:
    source = "rows.group_by('node').agg(pl.col('minutes').mean())"
    assert computed("publish.pages.place", source) == ["line 1: .mean()"]
    assert computed("studies.growth", source) == []
    assert computed("publish.pages.place", "rows.filter(year=2024).sort('node')") == []


# ---- names and paths

VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "tools", "base"}


def vague(path: Path) -> bool:
    """Whether a file's or folder's name says nothing of what lies in it."""
    return any(part in VAGUE for name in (path.stem, *path.parent.parts) for part in name.split("_"))


def test_every_file_is_named_after_what_lies_in_it() -> None:
    assert [path for path in SOURCES if vague(path.relative_to(SRC))] == []


@pytest.mark.parametrize("path", ["utils.py", "facts/helpers.py", "common/places.py", "store_manager.py"])
def test_a_vague_name_is_reported(path: str) -> None:
    assert vague(Path(path))
    assert not vague(Path("facts/people.py"))


# A path from the root of some machine: /home/…, /Users/…, C:\…; an address on the web is none.
_MACHINE = re.compile(r"(?<![\w:/.<])/(?:home|root|Users|tmp|var|opt|mnt|usr|srv)(?:/|\b)|\b[A-Za-z]:\\\w")


def machine_bound(_: str, source: str) -> list[str]:
    """Paths that exist on one machine only, in strings, words about the code or comments."""
    lines = enumerate(source.splitlines(), 1)
    return [f"line {number}: {hit.group()!r}" for number, line in lines for hit in _MACHINE.finditer(line)]


def test_no_path_of_one_machine_stands_in_code() -> None:
    assert reported(machine_bound) == []


@pytest.mark.parametrize("path", ["/home/me", "/opt/data", "/Users/me/x", "C:\\data"])
def test_a_path_of_one_machine_is_reported(path: str) -> None:
    assert machine_bound("x", f"x = '{path}'")
    assert machine_bound("x", f"# see {path}")
    assert machine_bound("x", f"x = 'https://www.example.org{path}'") == [] or path.startswith("C:")


# ---- what nothing uses is deleted


UNUSED_ON_PURPOSE = {
    "__all__",  # read by the language
    "__getattr__",  # called by the language
    "CellReach",  # the table type of a schema
    # The textbook forms that the yearly cohorts are checked against, and paths with chance, which are timed.
    "women_on",
    "growth_matrices",
    "regions_on",
    "drawn_shocks",
    "simulated",
    "StartAges",
}


def unused(sources: Iterable[str]) -> set[str]:
    """Top-level names that no source reads, nor names in a string as tables, verbs and modules are."""
    made, used = set[str](), set[str]()
    for tree in map(ast.parse, sources):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                made.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                made |= {target.id for target in targets if isinstance(target, ast.Name)}
        for part in ast.walk(tree):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                used.add(part.id)
            elif isinstance(part, ast.Attribute):
                used.add(part.attr)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                used |= set(re.findall(r"\w+", part.value)) if len(part.value) < 80 else set()
    return made - used


def test_everything_is_used() -> None:
    found = unused(path.read_text("utf-8") for path in SOURCES)
    assert found - UNUSED_ON_PURPOSE == set()


def test_what_nothing_uses_is_reported() -> None:
    one = "A = 1\nB: int = A\ndef f(): ...\nclass C: ...\n"
    assert unused([one, "from one import f, C\nC()\n"]) == {"B", "f"}


def test_the_rules_were_read_from_files_of_ours() -> None:
    assert len(SOURCES) > 20
    assert "core.table" in {module_of(path) for path in SOURCES}
    assert inspect.getsourcefile(sys.modules["storregion.core.table"]) == str(SRC / "core" / "table.py")
