"""Work over threads and over processes gives the same bytes, and is taken up where it was left."""

import hashlib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from storregion.core import broadcast
from storregion.core.engine import Engine
from storregion.core.errors import CallError, DataError, PipelineError
from storregion.core.workspace import Workspace

needs_cluster = pytest.mark.skipif(
    find_spec("distributed") is None, reason="distributed is not installed (the extra 'cluster')"
)


def square(number: int) -> int:
    return number * number


def fails_at_three(number: int) -> int:
    if number == 3:
        raise DataError("three cannot be done")
    return number


def test_threads_give_each_block_with_its_result() -> None:
    assert dict(Engine(workers=3).map(square, range(20))) == {n: n * n for n in range(20)}


def test_a_fault_of_one_block_ends_the_work_in_its_own_words() -> None:
    with pytest.raises(DataError, match="three cannot be done"):
        list(Engine(workers=1).map(fails_at_three, range(1000)))


def test_words_that_mean_nothing_are_refused() -> None:
    with pytest.raises(CallError, match="did you mean 'threads'"):
        Engine("thread")
    with pytest.raises(CallError, match="--scheduler goes with --engine dask"):
        Engine("threads", 2, "tcp://x:1")


# ---- over a cluster of processes on this machine


@pytest.fixture(scope="module")
def cluster() -> Iterator[Engine]:
    distributed: Any = import_module("distributed")
    words = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "memory_limit": 0}
    with distributed.LocalCluster(**words, dashboard_address=":0") as made:
        yield Engine("dask", 2, made.scheduler_address)


def content(store: Path) -> dict[str, str]:
    """The digest of every table's bytes, by table and key."""
    return {
        str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in store.rglob("*.parquet")
    }


@needs_cluster
def test_a_build_on_a_cluster_gives_the_same_bytes_and_is_taken_up_again(
    cluster: Engine, small: Path, tmp_path: Path
) -> None:
    alone, far = Workspace(small, tmp_path / "alone"), Workspace(small, tmp_path / "far")
    made = alone.build()
    # Half of the tables stand for a build that was stopped; only the rest is made.
    first = far.build(made[-1], engine=cluster)
    assert 0 < len(first) <= len(made)
    rest = far.build(engine=cluster)
    assert sorted(first + rest) == sorted(made)
    assert far.build(engine=cluster) == []
    assert content(tmp_path / "far") == content(tmp_path / "alone")
    assert content(tmp_path / "far")


@needs_cluster
def test_a_fault_in_a_figure_file_is_reported_from_a_cluster_as_from_threads(
    cluster: Engine, small: Path, tmp_path: Path
) -> None:
    path = small / "figures" / "population_totals.csv"
    path.write_text(path.read_text("utf-8") + "9999,2020,5\n", "utf-8")
    said = []
    for engine in (Engine(), cluster):
        with pytest.raises(DataError) as fault:
            Workspace(small, tmp_path / "store").build("population", engine=engine)
        said.append(str(fault.value))
    assert said[0] == said[1]
    assert "9999" in said[0]


@needs_cluster
def test_a_worker_that_sees_other_files_is_reported(cluster: Engine, small: Path, tmp_path: Path) -> None:
    work = Workspace(small, tmp_path / "store")
    assert work.planned
    (small / "assumptions.toml").write_text("[growth]\nbase_year = 2011\n", "utf-8")
    with pytest.raises(DataError, match="a worker sees another version of storregion or other files"):
        work.build("growth", engine=cluster)


@needs_cluster
def test_what_is_kept_in_memory_is_not_sent_to_a_cluster(
    cluster: Engine, small: Path, tmp_path: Path
) -> None:
    work = Workspace(small, tmp_path / "store")
    with pytest.raises(PipelineError, match="use --engine threads"):
        work.with_scenario("tried", work.scenario).build("growth", engine=cluster)


# ---- large files for many processes


def test_a_file_that_all_see_is_its_own_address(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"abc")
    assert broadcast.here(broadcast.put(path, None)) == path


@pytest.mark.skipif(find_spec("fsspec") is None, reason="fsspec is not installed (the extra 'cluster')")
def test_a_file_in_an_object_store_is_named_by_its_content_and_sent_once(tmp_path: Path) -> None:
    path, url = tmp_path / "large", f"file://{tmp_path}/shared"
    path.write_bytes(b"abc")
    address = broadcast.put(path, url)
    # SHA-256 of "abc", FIPS 180-4's own example.
    assert address == f"{url}/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert [found.name for found in (tmp_path / "shared").iterdir()] == [address.rpartition("/")[2]]
    before = (tmp_path / "shared" / address.rpartition("/")[2]).stat().st_mtime_ns
    assert broadcast.put(path, url) == address
    assert (tmp_path / "shared" / address.rpartition("/")[2]).stat().st_mtime_ns == before
    assert broadcast.here(address).read_bytes() == b"abc"


@pytest.mark.skipif(find_spec("fsspec") is None, reason="fsspec is not installed (the extra 'cluster')")
def test_a_file_damaged_on_its_way_is_reported(tmp_path: Path) -> None:
    path, url = tmp_path / "large", f"file://{tmp_path}/shared"
    path.write_bytes(b"abcd")
    address = broadcast.put(path, url)
    (tmp_path / "shared" / address.rpartition("/")[2]).write_bytes(b"abce")
    with pytest.raises(DataError, match="is not what was put there"):
        broadcast.here(address)
    with pytest.raises(CallError, match="--share nowhere://x cannot be written"):
        broadcast.put(path, "nowhere://x")
