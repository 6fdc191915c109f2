"""Compiled code is kept beside the source, else in the user's cache, else nowhere; it runs in each case."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

import storregion.kernels
from storregion.kernels import compiled as compiling
from storregion.kernels.compiled import announce, compiled

RUN = """
from storregion.kernels.markets import validity
print(validity(20.0, 20.0, 15.0, (1.0, 0.5, 10.0, 0.75)))
"""


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A copy of the kernels alone, with a file where Python would make its folder for compiled code."""
    kernels = tmp_path / "storregion" / "kernels"
    shutil.copytree(
        Path(storregion.kernels.__file__).parent, kernels, ignore=shutil.ignore_patterns("__pycache__")
    )
    (kernels.parent / "__init__.py").touch()
    (kernels / "__pycache__").touch()
    return tmp_path


def run(folder: Path, home: Path) -> str:
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    found = {"HOME": str(home), "XDG_CACHE_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-c", RUN], env=kept | found, check=True, capture_output=True, text=True, cwd=folder
    ).stdout


def test_a_package_that_cannot_be_written_to_uses_the_users_cache(sealed: Path) -> None:
    home = sealed / "home"
    home.mkdir()
    # Self-contained to the target and above the target size: 0.75 / 0.5.
    assert run(sealed, home) == "1.5\n"
    assert list(home.rglob("*.nbi"))


def test_without_any_folder_it_is_compiled_all_the_same(sealed: Path) -> None:
    assert run(sealed, Path(os.devnull)) == "1.5\n"


@compiled
def _plus(number: int, other: int) -> int:
    return number + other


@compiled
def _sums(number: int) -> tuple[int, int]:
    return _plus(number, -1), _plus(number, number)


def test_a_number_that_stands_in_the_code_is_compiled_for_as_any_other() -> None:
    assert _sums(20) == (19, 40)
    assert len(cast("compiling.Kernel[[int, int], int]", _plus).signatures) == 1


def test_compiling_changes_no_result() -> None:
    def twice(number: float) -> float:
        return 2 * number

    assert compiled(twice)(21.0) == 42.0


class AtOnce:
    """A timer that runs out as it starts, if it is set to less than a minute."""

    def __init__(self, seconds: float, function: Callable[[str], None], args: list[str]) -> None:
        self.function, self.args, self.soon = function, args, seconds < 60

    def start(self) -> None:
        if self.soon:
            self.function(*self.args)

    def cancel(self) -> None:
        self.soon = False


def test_what_takes_long_to_compile_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder of its own: what an earlier run has kept is not compiled.
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    said: list[str] = []
    announce(said.append)
    monkeypatch.setattr(compiling, "Timer", AtOnce)
    monkeypatch.setattr(compiling, "LATE", 600.0)

    def halved(number: float) -> float:
        return number / 2

    assert compiled(halved)(21.0) == 10.5
    assert said == []
    monkeypatch.setattr(compiling, "LATE", 2.0)

    def tripled(number: float) -> float:
        return 3 * number

    assert compiled(tripled)(21.0) == 63.0
    assert [name.rpartition(".")[2] for name in said] == ["tripled"]


def test_numba_is_not_loaded_to_name_a_kernel(tmp_path: Path) -> None:
    script = "import sys; from storregion.kernels import scan, profiles; print('numba' in sys.modules)"
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(storregion.kernels.__file__).parents[2])}
    found = subprocess.run(
        [sys.executable, "-c", script], env=kept, check=True, capture_output=True, text=True
    )
    assert found.stdout == "False\n"
