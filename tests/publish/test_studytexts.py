import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storregion import studies
from storregion.core.errors import PipelineError
from storregion.publish.studytexts import PARTS, study_texts

WHOLE = '''"""Lakes: how deep they are.

Title       Depth of lakes
Question    How deep is
            every lake?
Method      Measured.
Reads       lakes, depths
Limits      None: known.

Titel       Sjöarnas djup
Fråga       Hur djup är varje sjö?
Metod       Mätt.
Läser       lakes, depths
Gränser     Inga.
"""
'''
NAME = "studies_of_lakes"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of studies to write into."""
    package = tmp_path / NAME
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def test_the_parts_of_a_docstring_are_read_in_both_languages(folder: Path) -> None:
    (folder / "lakes.py").write_text(WHOLE, "utf-8")
    text = study_texts(importlib.import_module(NAME))["lakes"]
    assert (text.title.sv, text.title.en) == ("Sjöarnas djup", "Depth of lakes")
    # A line that goes on is put together again.
    assert text.question.en == "How deep is every lake?"
    assert text.limits.en == "None: known."
    assert (text.reads.sv, text.limits.sv) == ("lakes, depths", "Inga.")


@pytest.mark.parametrize("word", ["Titel", "Title", *(word for pair in PARTS.values() for word in pair)])
def test_a_docstring_that_lacks_a_part_is_refused(folder: Path, word: str) -> None:
    said = "".join(
        line for line in WHOLE.splitlines(keepends=True) if not line.startswith(f"{word} ")
    ).replace("            every lake?\n", "")
    (folder / "lakes.py").write_text(said, "utf-8")
    with pytest.raises(PipelineError, match=rf"the docstring of {NAME}\.lakes lacks .*'{word}'"):
        study_texts(importlib.import_module(NAME))


def test_a_study_without_a_docstring_is_refused(folder: Path) -> None:
    (folder / "lakes.py").write_text("", "utf-8")
    with pytest.raises(PipelineError, match="lacks"):
        study_texts(importlib.import_module(NAME))


def test_every_study_of_ours_has_its_text() -> None:
    texts = study_texts(studies)
    assert "growth" in texts
    for text in texts.values():
        for part in PARTS:
            said = getattr(text, part)
            assert said.sv != said.en or part == "reads"
            assert "  " not in said.sv + said.en
