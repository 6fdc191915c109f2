"""The how-tos are recipes: each is carried out in a copy of the package, exactly as it is written.

A path in backticks before a block says what file the block is: "`PATH`:" a new file, "Append to `PATH`:" rows
at its end, "In `PATH` replace:" and "with:" a change. Blocks of `sh` are commands. Files are written and
commands run in the order of the page; any other block only shows something.
"""

import csv
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.fetch.faithful import Publisher, Table, Variable

ROOT = Path(__file__).parents[1]
HOW_TO = ROOT / "docs" / "how-to"
_FENCED = re.compile(
    r"(?:^ *(?P<lead>[^\n]+:)\n\n)?^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    flags=re.MULTILINE | re.DOTALL,
)
_LEAD = re.compile(r"(?P<how>Append to |In |)`(?P<path>[^`]+)`(?P<replace> replace|):|with:")


@dataclass(frozen=True)
class Block:
    """A block of a page: what is done with it, to which file, and its text."""

    deed: str
    path: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page that are carried out, in order.

    Parameters
    ----------
    page : its text.
    """
    deeds = {"": "write", "Append to ": "append", "In ": "find"}
    changed = ""
    for fenced in _FENCED.finditer(page):
        text = textwrap.dedent(fenced["text"]) if fenced["indent"] else fenced["text"]
        lead = _LEAD.fullmatch(fenced["lead"] or "")
        if fenced["kind"] == "sh":
            yield Block("run", "", text)
        elif lead and lead["path"]:
            assert bool(lead["replace"]) == (lead["how"] == "In "), lead[0]
            changed = lead["path"]
            yield Block(deeds[lead["how"]], changed, text)
        elif lead:
            yield Block("replace", changed, text)


@dataclass
class Recipe:
    """What a page asks for, carried out in a copy."""

    home: Path
    store: Path
    touched: set[str] = field(default_factory=set)

    def follow(self, page: str) -> list[str]:
        """Write every file and run every command of a page; return what the commands print."""
        printed: list[str] = []
        found, deed = "", ""
        for block in blocks((HOW_TO / page).read_text("utf-8")):
            deed = block.deed
            if deed == "find":
                found = block.text
            elif deed == "run":
                printed += [self.run(line) for line in block.text.splitlines() if line.strip()]
            else:
                self.write(block, found)
        assert self.touched, f"{page} writes no file"
        assert deed == "run", f"{page} does not end in a command"
        return printed

    def write(self, block: Block, found: str) -> None:
        """Write one file as a block says; `found` is what a change takes the place of."""
        file, text = self.home / block.path, block.text
        if block.deed == "append":
            text = file.read_text("utf-8") + text
        elif block.deed == "replace":
            before = file.read_text("utf-8")
            assert before.count(found) == 1, f"{block.path} does not hold once: {found}"
            text = before.replace(found, text)
        else:
            assert not file.exists(), f"{block.path} exists already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        self.touched.add(block.path)

    def run(self, line: str) -> str:
        """What a command prints; it must end well."""
        words = shlex.split(line)
        assert words[0] == "storregion"
        call = [sys.executable, "-W", "error", "-m", "storregion", "--store", str(self.store), *words[1:]]
        done = subprocess.run(
            call,
            cwd=self.home,
            env={**os.environ, "PYTHONPATH": str(self.home / "src")},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout

    def python(self, code: str) -> str:
        """What a program over the copy prints."""
        env = {**os.environ, "PYTHONPATH": str(self.home / "src")}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=self.home, env=env, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def of_the_package(self) -> list[str]:
        """The files of the package that were touched."""
        return sorted(path for path in self.touched if path.startswith("src/"))


@pytest.fixture
def recipe(tmp_path: Path, bundled: object, tables: Path) -> Recipe:
    """A copy of the package and its groups, and the tables that are built already.

    The copy takes a fraction of a second, the tables minutes. Scenarios are left out: `check` builds all.
    """
    assert bundled
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "groups", tmp_path / "groups", ignore=shutil.ignore_patterns("scenarios", "fetched")
    )
    return Recipe(tmp_path, tables)


def test_a_source_takes_three_files_and_its_figures(recipe: Recipe) -> None:
    _, shown, checked = recipe.follow("add-a-source.md")
    assert shown.splitlines() == [
        "municipality,year,minutes,basis",
        "1980,2019,56,observed",
        "1980,2020,40,observed",
    ]
    assert "are as they should be" in checked
    assert recipe.of_the_package == [
        "src/storregion/facts/outages.py",
        "src/storregion/facts/outages.toml",
        "src/storregion/sources/outages.py",
    ]
    assert len(recipe.touched) == 5
    # The new unit is written without an entry in any list.
    page = "from storregion.publish.numbers import with_unit; print(with_unit(40, 'outage_minutes', 'en'))"
    assert recipe.python(page) == "40\u00a0minutes per customer\n"


def test_a_line_takes_one_file_and_a_row_a_stop(recipe: Recipe) -> None:
    _, shown, checked = recipe.follow("add-a-line.md")
    head, first, second = (row.split(",") for row in shown.splitlines())
    assert first[head.index("from_stop")] == "Norrtälje busstation"
    assert [float(row[head.index("minutes")]) for row in (first, second)] == [50, 10]
    assert "are as they should be" in checked
    assert recipe.touched == {"groups/oms/figures/line_stations.csv", "groups/oms/lines/buss-norrtalje.toml"}


def test_a_study_with_its_page_takes_three_files(recipe: Recipe) -> None:
    _, shown, checked = recipe.follow("add-a-study.md")
    row = shown.splitlines()[1].split(",")
    # Persons of the year over land, read from the facts themselves.
    oracle = (
        "import storregion, pathlib\n"
        f"work = storregion.open(store=pathlib.Path({str(recipe.store)!r}))\n"
        "land = work.table('municipalities').filter(municipality='0180')['land_km2'].item()\n"
        "print(work.figure('population', 'persons', municipality='0180', year=2024).value / land)\n"
    )
    assert float(row[2]) == pytest.approx(float(recipe.python(oracle)))
    assert "are as they should be" in checked
    assert recipe.of_the_package == [
        "src/storregion/publish/pages/density.py",
        "src/storregion/studies/density.py",
        "src/storregion/studies/density.toml",
    ]
    page = recipe.python(
        "import storregion, pathlib, sys\n"
        "from storregion.publish.portal import open_site\n"
        f"site = open_site(storregion.open(store=pathlib.Path({str(recipe.store)!r})))\n"
        "print(site.html('sv', 'study/density/'))"
    )
    assert "Hur tätt bor man?" in page
    assert page.index("Sundbyberg") < page.index("Solna")


def test_a_scenario_takes_one_file(recipe: Recipe) -> None:
    _, cells, traced = recipe.follow("add-a-scenario.md")
    rows = list(csv.DictReader(io.StringIO(cells)))
    assert ("2001", "2013", "12") in {
        (row["base_year_a"], row["base_year_b"], row["base_year_difference"]) for row in rows
    }
    assert "assumes base_year = 2013 (later.toml)" in traced
    assert recipe.touched == {"groups/oms/scenarios/later.toml"}


def test_a_project_takes_one_file(recipe: Recipe) -> None:
    (shown,) = recipe.follow("add-a-project.md")
    assert "2025/external-links,project,freight-paths,Paths of freight,planned" in shown.splitlines()
    assert recipe.touched == {"groups/oms/projects/freight-paths.toml"}


def test_an_indicator_takes_one_file(recipe: Recipe) -> None:
    (shown,) = recipe.follow("add-an-indicator.md")
    # From 2023 to 2024 the nodes' municipalities grew from 2 567 137 to 2 583 320: a factor of 1.006304.
    words = "Growth of the node municipalities a year,2024: 0.63% a year"
    assert shown.splitlines()[1:] == [f"2025/settlement,indicator,growth_of_nodes,{words}"]
    assert recipe.touched == {"groups/oms/indicators/growth_of_nodes.toml"}


def test_a_link_takes_one_file(recipe: Recipe) -> None:
    (shown,) = recipe.follow("add-a-link.md")
    assert shown.splitlines()[1:] == [
        "2025/settlement,link,example-stations,supports document/example-plan/stations,proposed"
    ]
    assert recipe.touched == {"groups/oms/strategy/links/example.toml"}


def test_an_edition_takes_one_file(recipe: Recipe) -> None:
    (shown,) = recipe.follow("add-an-edition.md")
    assert shown.splitlines()[1:] == [
        '2026/goal,words,Overall goal,"Man når varandra, och elen räcker.",No adoption is recorded',
        "2026/goal,comes from,2025/goal,reworded,proposed",
        "2026/rail,words,Rail,Fler tåg mellan nodstäderna.,No adoption is recorded",
        "2026/rail,comes from,2025/node-links,reworded,proposed",
    ]
    assert recipe.touched == {"groups/oms/strategy/2026.toml"}


def test_an_employer_takes_one_file(recipe: Recipe) -> None:
    _, cells = recipe.follow("add-an-employer.md")
    rows = {
        (row["place"], row["year"]): row
        for row in csv.DictReader(io.StringIO(cells))
        if row["place"] in ("1861", "00")
    }
    # A hundred of the country's 5.2 million jobs: all others shrink by 0.002 per cent.
    assert float(rows["1861", "2040"]["jobs_difference"]) == pytest.approx(100, abs=0.5)
    # The country has no more jobs than before, and today's are as they were.
    assert all(abs(float(row["jobs_difference"])) < 0.01 for (place, _), row in rows.items() if place == "00")
    assert float(rows["1861", "2024"]["jobs_difference"]) == 0
    assert rows["1861", "2040"]["basis_b"] == "assumed"
    assert recipe.touched == {"groups/oms/scenarios/hundred_jobs.toml"}


def test_an_operation_takes_two_files_and_a_scenario_that_tries_it(recipe: Recipe) -> None:
    listed, differs = recipe.follow("add-an-operation.md")
    assert listed.splitlines()[1].startswith("1,shift,sl-48,")
    rows = list(csv.DictReader(io.StringIO(differs)))
    # Five minutes are 300 seconds, of every call of the line and of no other.
    assert (
        len(rows) == len(recipe.run("storregion show calls --where line=sl-48 --csv").splitlines()[1:]) > 200
    )
    assert {(row["arrival_difference"], row["departure_difference"]) for row in rows} == {("300", "300")}
    assert {row["basis_b"] for row in rows} == {"assumed"}
    assert recipe.of_the_package == [
        "src/storregion/timetable/operation_kinds.py",
        "src/storregion/timetable/operations.py",
    ]
    assert recipe.touched == {*recipe.of_the_package, "groups/oms/scenarios/shifted.toml"}


def test_a_survey_takes_two_files_outside_the_package(recipe: Recipe) -> None:
    counted, shown, _ = recipe.follow("read-a-survey.md")
    assert "Counted 12 respondents" in counted
    rows = {row["answer"]: row for row in csv.DictReader(io.StringIO(shown))}
    # Worked out in tests/intake/test_surveys.py; of the answers that one person gave nothing is shown.
    assert float(rows["0"]["share"]) == pytest.approx(4.5 / 11)
    assert rows["1"]["share_absent"] == "suppressed"
    assert recipe.touched == {"answers.csv", "codebook.toml"}


def test_a_group_takes_a_folder(recipe: Recipe) -> None:
    built, shown = recipe.follow("add-a-group.md")
    assert "Not made: localities (sources.csv names no localities_2020.csv)." in built
    header, row = (line.split(",") for line in shown.splitlines())
    found = dict(zip(header, row, strict=True))
    assert found["persons"] == "60971"
    assert {path.split("/")[1] for path in recipe.touched} == {"gotland"}
    assert recipe.of_the_package == []


@pytest.fixture
def publisher(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A publisher on this machine that has one table, in place of the one that the copy would ask."""
    monkeypatch.setenv("STORREGION_STORE", str(recipe.home / "cache"))
    made = Publisher()
    file = recipe.home / "groups/oms/fetch/publishers.toml"
    text, theirs = file.read_text("utf-8"), '"https://statistikdatabasen.scb.se/api/v2"'
    assert theirs in text
    here = f'"{made.address}"\nprivate = true\nplain = true\npause = 0.01'
    file.write_text(text.replace(theirs, here), "utf-8")
    region, measure = (
        Variable("Region", ["00", "0180", "0380"]),
        Variable("ContentsCode", ["X1"], ["Antal bilar"]),
    )
    years = Variable("Tid", ["2022", "2023", "2024"], time=True)
    # The last two digits of the year, and none where there are none.
    table = Table("TAB0000", [region, measure, years], lambda c: ".." if c[0] == "0380" else int(c[2]) - 2000)
    made.add(table)
    yield made
    made.close()


def test_a_statistic_takes_one_file(recipe: Recipe, publisher: Publisher) -> None:
    checked, asked, fetched, shown = recipe.follow("add-a-statistic.md")
    assert "cars: never fetched" in checked
    assert "cars" in asked
    assert "cars" in fetched
    assert publisher.asked("TAB0000/data")
    assert shown.splitlines() == [
        "statistic,area,period,sex,age,category,measure,value,value_absent,basis",
        "cars,0180,2023,total,total,total,Antal bilar,23.0,,observed",
        "cars,0180,2024,total,total,total,Antal bilar,24.0,,observed",
    ]
    assert recipe.touched == {"groups/oms/fetch/cars.toml"}


def test_blocks_are_read_with_what_is_done_with_them() -> None:
    page = (
        "In `x` replace:\n\n```\na\n```\n\nwith:\n\n```\nb\n```\n\nShown only:\n\n```toml\nc\n```\n"
        "1. Indented:\n\n   Append to `y`:\n\n   ```toml\n   d\n     e\n   ```\n\n"
        "   ```sh\n   storregion f\n   ```\n"
    )
    assert list(blocks(page)) == [
        Block("find", "x", "a\n"),
        Block("replace", "x", "b\n"),
        Block("append", "y", "d\n  e\n"),
        Block("run", "", "storregion f\n"),
    ]
