"""A publisher on this machine, and small groups that fetch from it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fetch.faithful import Publisher

from storregion.core import group
from storregion.fetch.publishers import Publisher as Settings


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A publisher that takes 30 calls in 10 seconds, and gives 1 000 cells a call."""
    made = Publisher()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone, for the count of calls."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("STORREGION_STORE", str(folder))
    return folder


@pytest.fixture
def asked(publisher: Publisher) -> Settings:
    """How the publisher is asked: without encryption, at an inner address, and with short pauses."""
    return Settings(
        kind="pxweb2",
        name="SCB",
        base=publisher.address,
        licence="CC0 1.0",
        calls=30,
        seconds=10.0,
        private=True,
        plain=True,
        pause=0.01,
        silence=60.0,
        deadline=120.0,
        largest=2**20,
        unpacked=2**21,
        attempts=2,
    )


@pytest.fixture
def country(tmp_path: Path) -> Path:
    """A copy of the bundled group that a test may fetch into, without what it would fetch by itself."""
    folder = Path(
        shutil.copytree(
            group.bundled(), tmp_path / "group", ignore=shutil.ignore_patterns("fetch", "fetched")
        )
    )
    (folder / "fetch").mkdir()
    return folder
