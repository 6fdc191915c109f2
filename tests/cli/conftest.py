"""The command line in this process, and groups and stores to run it on."""

import shutil
from pathlib import Path

import pytest
from tests.cli.calls import Run
from tests.conftest import SMALL

from storregion.cli import main
from storregion.core import group
from storregion.core.workspace import Workspace


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process; give its exit code, what it printed and what it complained of."""

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def oms(bundled: Workspace) -> tuple[str, str]:
    """The words that name a store in which the bundled group is built."""
    return ("--store", str(bundled.store.folder))


@pytest.fixture(scope="session")
def small_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which the small group is built; copied, never changed."""
    folder = tmp_path_factory.mktemp("small") / "store"
    Workspace(SMALL, folder).build()
    return folder


@pytest.fixture
def stocked(small_tables: Path, tmp_path: Path) -> Path:
    """A store with the small group's tables that a test may change."""
    return Path(shutil.copytree(small_tables, tmp_path / "stocked"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the bundled group that a test may spoil."""
    return Path(shutil.copytree(group.bundled(), tmp_path / "copy"))
