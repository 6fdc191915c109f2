"""What many tests need: the bundled group built once, and copies of the small group to spoil."""

import shutil
from pathlib import Path

import pytest

from storregion import group
from storregion.workspace import Workspace

SMALL = Path(__file__).parent / "groups" / "blekinge"


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bundled group, built."""
    work = Workspace(group.bundled(), tmp_path_factory.mktemp("store"))
    work.build()
    return work


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder of the small group that a test may change."""
    return Path(shutil.copytree(SMALL, tmp_path / "blekinge"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of a store that is not there yet."""
    return tmp_path / "store"
