"""Words beside a module: read when asked for, found in the table, the file or the core, in both languages."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storregion import studies
from storregion.core import units
from storregion.core.errors import CallError, SettingError
from storregion.core.words import StudyWords, WordFile, study_words, word_file

LAKES = """
[study]
title = { sv = "Sjöarnas djup", en = "Depth of lakes" }
question.sv = "Hur djup är varje sjö?"
question.en = \"\"\"
How deep is
every lake?\"\"\"
method = { sv = "Mätt.", en = "Measured." }
limits = { sv = "Inga.", en = "None." }

[table.lakes]
title = { sv = "Sjöar", en = "Lakes" }
about = { sv = "Alla sjöar.", en = "All lakes." }

[table.lakes.column.depth]
label = { sv = "Djup", en = "Depth" }
about = { sv = "På djupaste stället.", en = "Where it is deepest." }

[table.ponds]
title = { sv = "Dammar", en = "Ponds" }

[column.depth]
label = { sv = "Medeldjup", en = "Mean depth" }

[column.depth_absent]
empty = { sv = "djup", en = "depth" }

[unit.fathoms]
about = { sv = "famnar", en = "fathoms" }
one = { sv = "famn", en = "fathom" }
many = { sv = "famnar", en = "fathoms" }
"""
NAME = "studies_of_lakes"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with one study."""
    package = tmp_path / NAME
    package.mkdir()
    for file in ("__init__.py", "lakes.py"):
        (package / file).touch()
    (package / "lakes.toml").write_text(LAKES, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    word_file.cache_clear()
    yield package
    word_file.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


@pytest.fixture
def lakes(folder: Path) -> WordFile:
    """The words of that study."""
    return WordFile(f"{NAME}.lakes")


def test_a_study_says_what_it_asks_in_both_languages(folder: Path) -> None:
    said = study_words(importlib.import_module(NAME))["lakes"]
    assert (said.title.sv, said.title.en) == ("Sjöarnas djup", "Depth of lakes")
    # A line that the file breaks is put together again.
    assert said.question.en == "How deep is every lake?"


def test_a_column_has_the_words_of_its_table_before_those_of_the_file(lakes: WordFile) -> None:
    assert lakes.column("lakes", "depth").title.en == "Depth"
    assert lakes.column("ponds", "depth").title.en == "Mean depth"


def test_a_label_that_says_it_all_is_the_meaning_too(lakes: WordFile) -> None:
    assert lakes.column("ponds", "depth").about.sv == "Medeldjup"


def test_a_column_of_reasons_says_what_is_absent(lakes: WordFile) -> None:
    label, about = lakes.column("ponds", "depth_absent")
    assert (label.sv, label.en) == ("Varför tomt: djup", "Why empty: depth")
    assert about.en.startswith("missing, suppressed")


def test_what_no_file_says_is_said_by_the_core(lakes: WordFile) -> None:
    assert lakes.column("lakes", "municipality").title.sv == "Kommun"


def test_a_table_may_have_the_meaning_of_another(lakes: WordFile) -> None:
    assert lakes.table("ponds", like=lambda: lakes.table("lakes")).about.en == "All lakes."
    assert lakes.table("ponds", like=lambda: lakes.table("lakes")).title.en == "Ponds"


@pytest.mark.parametrize("part", StudyWords.__struct_fields__)
def test_a_study_without_one_of_its_parts_is_refused(folder: Path, part: str) -> None:
    short = LAKES.replace('"""\nHow deep is\nevery lake?"""', '"How deep?"')
    rest = [line for line in short.splitlines() if not line.startswith(part)]
    (folder / "lakes.toml").write_text("\n".join(rest), "utf-8")
    with pytest.raises(SettingError, match=rf"lakes\.toml:.*{part}"):
        study_words(importlib.import_module(NAME))


def test_a_study_without_words_is_refused(folder: Path) -> None:
    (folder / "lakes.toml").unlink()
    with pytest.raises(SettingError, match=r"lakes\.toml"):
        study_words(importlib.import_module(NAME))


def test_a_misspelt_key_is_reported_with_the_nearest(folder: Path, lakes: WordFile) -> None:
    (folder / "lakes.toml").write_text(LAKES.replace("[table.ponds]", "[tabel.ponds]"), "utf-8")
    with pytest.raises(SettingError, match=r"lakes\.toml:\s+unknown key 'tabel'; did you mean 'table'"):
        lakes.table("lakes")


def test_every_study_of_ours_differs_in_its_languages() -> None:
    found = study_words(studies)
    assert "growth" in found
    for name, said in found.items():
        for part in StudyWords.__struct_fields__:
            assert getattr(said, part).sv != getattr(said, part).en, (name, part)


def test_a_unit_that_does_not_exist_is_refused_with_the_nearest() -> None:
    assert units.unit("minutes").several.en == "minutes"
    with pytest.raises(CallError, match="there is no unit 'minute'; did you mean 'minutes'"):
        units.unit("minute")


def test_every_word_that_nothing_uses_is_named(lakes: WordFile) -> None:
    faults = list(lakes.faults({}))
    said = " ".join(faults)
    assert len(faults) == 4
    assert all(name in said for name in ("'lakes'", "'ponds'", "'depth'", "'depth_absent'"))
