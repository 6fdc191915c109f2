"""What was read: whoever uses something rests on what it was made of, also where another had it made."""

import ast
from pathlib import Path

import storregion
from storregion.core import reads
from storregion.core.reads import EVERYTHING, Kept, Read, note, noted, once, once_for_each, unnoted
from storregion.core.workspace import Workspace

A, B = Read("base", "a"), Read("base", "b")


class Thing:
    """Two properties, of which one is made of the other."""

    times = 0

    @once
    def inner(self) -> str:
        """Made of A."""
        note({A})
        self.times += 1
        return "inner"

    @once
    def outer(self) -> str:
        """Made of B and of what `inner` is."""
        note({B})
        return f"outer of {self.inner}"


def test_a_property_is_made_once_and_every_use_notes_what_it_was_made_of() -> None:
    thing = Thing()
    with noted() as first:
        assert thing.outer == "outer of inner"
    with noted() as second:
        assert thing.outer == "outer of inner"
    with noted() as third:
        assert thing.inner == "inner"
    assert (first, second, third) == ({A, B}, {A, B}, {A})
    assert thing.times == 1
    assert Thing.inner.__doc__ == "Made of A."


def test_what_is_made_where_nobody_notes_is_still_noted_later() -> None:
    thing = Thing()
    assert thing.inner == "inner"
    with noted() as found:
        assert thing.inner == "inner"
    assert found == {A}


def test_a_value_put_in_its_place_rests_on_nothing() -> None:
    thing = Thing()
    thing.inner = "other"
    with noted() as found:
        assert thing.inner == "other"
    assert found == set()


def test_a_function_notes_at_every_call_what_its_answer_was_made_of() -> None:
    calls = []

    @once_for_each(8)
    def square(of: int) -> int:
        calls.append(of)
        note({Read("base", str(of))})
        return of * of

    assert [square(2), square(3), square(2)] == [4, 9, 4]
    with noted() as found:
        assert square(2) == 4
    assert found == {Read("base", "2")}
    assert calls == [2, 3]


def test_what_is_kept_notes_at_every_use() -> None:
    def made() -> int:
        note({A})
        return 7

    kept = Kept(made)
    for _ in range(2):
        with noted() as found:
            assert kept.made == 7
        assert found == {A}


def test_collecting_inside_tells_outside_too_unless_it_is_kept_apart() -> None:
    with noted() as outer:
        with noted() as inner:
            note({A})
        with unnoted():
            note({B})
    assert (outer, inner) == ({A}, {A})
    note({A})  # nobody collects: nothing happens


def test_asking_for_a_table_the_day_or_the_year_is_noted(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    with noted() as found:
        work.origins("counties")
        reads.today()
        reads.this_year()
    assert found == {Read("base", "counties"), reads.DAY, reads.YEAR}
    with noted() as found:
        work.with_scenario("try", work.scenario).key("counties")
    # What is tried has no key that could be asked for at the next bake.
    assert found == {EVERYTHING}


# These keep what is made of no table: of words, colours and files of the program, or of specifications that
# they are given; `site` keeps objects that note by themselves. What `serving` keeps is never baked.
_OF_NO_TABLE = {
    "publish/bake.py": "the site of a process",
    "publish/files/geoparquet.py": "a reference system",
    "publish/numbers.py": "signs of the program",
    "publish/pages/glossary.py": "words of the program",
    "publish/pictures/charts.py": "by the whole specification",
    "publish/pictures/renderer.py": "by the specification without its rows",
    "publish/pictures/framed.py": "by the whole picture",
    "publish/portal.py": "the modules of pages",
    "publish/rendering.py": "files of the program",
    "publish/reports/batch.py": "the site of a process",
    "publish/reports/geopackage.py": "a reference system",
    "publish/reports/pdf.py": "fonts and templates",
    "publish/reports/references.py": "by the whole text and all names",
    "publish/searching.py": "words, and texts by themselves",
    "publish/site.py": "scenarios, offers, pages, and templates",
    "strategy/stems.py": "words by themselves",
}


def test_nothing_keeps_what_is_made_of_tables_without_noting_them() -> None:
    """A page that finds a value in a plain cache would not be known to rest on the tables behind it."""
    root = Path(storregion.__file__).parent
    found = set()
    for folder in ("publish", "strategy"):
        for path in (root / folder).rglob("*.py"):
            imports = [
                it for it in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(it, ast.ImportFrom)
            ]
            names = {alias.name for it in imports if it.module == "functools" for alias in it.names}
            live = "serving" in path.parts
            if not live and names & {"cache", "cached_property", "lru_cache"}:
                found.add(path.relative_to(root).as_posix())
    assert found == set(_OF_NO_TABLE)


def test_the_clock_is_asked_where_that_is_noted() -> None:
    """A page that shows the day of today is made anew on another day; whoever asks elsewhere would not be."""
    root = Path(storregion.__file__).parent / "publish"
    asking = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if ".now(" in path.read_text("utf-8") or "date.today(" in path.read_text("utf-8")
    }
    assert {path for path in asking if not path.startswith("serving/")} == set()
