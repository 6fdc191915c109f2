"""What sources import, and what is kept of it."""

import ast
from pathlib import Path

import pytest

import storregion
from storregion.core import imports
from storregion.core.imports import Imports, Named

SOURCE = b"""
import a.b, c
from . import d
if c:
    from ..e import f as g
else:
    try:
        import h
    except ImportError:
        from i import j
    finally:
        import k
def x():
    class Y:
        match c:
            case 1:
                with c: from l import m, n
"import o"
"""


def test_imports_are_found_wherever_they_stand_and_in_no_words() -> None:
    assert set(Imports().of(SOURCE)) == {
        Named(0, None, ("a.b", "c")),
        Named(1, "", ("d",)),
        Named(2, "e", ("f",)),
        Named(0, None, ("h",)),
        Named(0, "i", ("j",)),
        Named(0, None, ("k",)),
        Named(0, "l", ("m", "n")),
    }


def test_every_import_of_ours_is_found() -> None:
    for path in sorted(Path(storregion.__file__).parent.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
        found = sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)
        assert len(Imports().of(path.read_bytes())) == found, path


def test_what_is_kept_is_not_read_from_the_source_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Imports()
    found = first.of(SOURCE)
    first.keep(tmp_path / "imports.json")
    then = Imports()
    then.recall(tmp_path / "imports.json")
    monkeypatch.setattr(imports, "_named", lambda _: ())
    assert then.of(SOURCE) == found
    # Another source has another hash.
    assert then.of(SOURCE + b"#") == ()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": [[1]]}'])
def test_a_damaged_memory_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "imports.json").write_bytes(content)
    then = Imports()
    then.recall(tmp_path / "imports.json")
    assert len(then.of(SOURCE)) == 7
    then.recall(tmp_path / "gone.json")
