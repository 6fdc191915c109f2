"""Compiled code is kept beside the source, else in the user's cache, else nowhere; it runs in each case."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import storregion.kernels
from storregion.kernels.compiled import compiled

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


def test_compiling_changes_no_result() -> None:
    def twice(number: float) -> float:
        return 2 * number

    assert compiled(twice)(21.0) == 42.0
