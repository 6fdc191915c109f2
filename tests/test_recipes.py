"""The how-tos are recipes: each is carried out in a copy of the package, exactly as it is written.

A path in backticks before a block says what file the block is: "`PATH`:" a new file, "Append to `PATH`:" rows
at its end, "In `PATH` replace:" and "with:" a change. Blocks of `sh` are commands.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOW_TO = ROOT / "docs" / "how-to"
_BLOCK = re.compile(
    r"^ *(?:(?P<how>Append to |In )?`(?P<path>[^`]+)`(?: (?P<change>replace))?:|(?P<with>with:))\n\n"
    r"^ *```\w*\n(?P<text>.*?)^ *```$",
    flags=re.MULTILINE | re.DOTALL,
)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@dataclass
class Recipe:
    """What a page asks for, carried out in a copy."""

    home: Path
    store: Path
    touched: set[str] = field(default_factory=set)

    def follow(self, page: str) -> list[str]:
        """Write every file and run every command of a page; return what the commands print."""
        text = (HOW_TO / page).read_text("utf-8")
        old = ""
        for block in _BLOCK.finditer(text):
            path, words = block["path"], block["text"]
            if block["change"]:
                old, self.changed = words, path
                continue
            if block["with"]:
                file = self.home / self.changed
                before = file.read_text("utf-8")
                assert before.count(old) == 1, f"{page}: {self.changed} does not hold once: {old}"
                file.write_text(before.replace(old, words), "utf-8")
                self.touched.add(self.changed)
                continue
            file = self.home / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if block["how"]:
                words = file.read_text("utf-8") + words
            else:
                assert not file.exists(), f"{page}: {path} exists already"
            file.write_text(words, "utf-8")
            self.touched.add(path)
        parts = _COMMANDS.findall(text)
        lines = [line for part in parts for line in part.splitlines() if line.strip()]
        assert self.touched, f"{page} writes no file"
        assert lines, f"{page} runs no command"
        return [self.run(line) for line in lines]

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
    """A copy of the package and its groups, and the tables that are built already."""
    assert bundled
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignore)
    shutil.copytree(ROOT / "groups", tmp_path / "groups")
    return Recipe(tmp_path, tables)


def test_a_source_takes_three_files_and_its_figures(recipe: Recipe) -> None:
    _, shown, checked = recipe.follow("add-a-source.md")
    assert shown.splitlines() == [
        "municipality,year,dwellings,basis",
        "0180,2023,5239,observed",
        "0180,2024,4959,observed",
    ]
    assert "are as they should be" in checked
    assert recipe.of_the_package == [
        "src/storregion/facts/housing.py",
        "src/storregion/facts/housing.toml",
        "src/storregion/sources/housing.py",
    ]
    assert len(recipe.touched) == 5
    # The new unit is written without an entry in any list.
    page = "from storregion.publish.numbers import with_unit; print(with_unit(4959, 'dwellings', 'en'))"
    assert recipe.python(page) == "4,959\u00a0dwellings\n"


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
    assert "base_year,2001,2013" in cells
    assert "assumes base_year = 2013 (later.toml)" in traced
    assert recipe.touched == {"groups/oms/scenarios/later.toml"}


def test_a_change_is_read_as_two_blocks() -> None:
    text = "In `x` replace:\n\n```\na\n```\n\nwith:\n\n```\nb\n```\n"
    assert [block["path"] for block in _BLOCK.finditer(text)] == ["x", None]
