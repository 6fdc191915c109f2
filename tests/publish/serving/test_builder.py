"""What is not built yet is built while readers are told, once for all of them."""

import json
import logging
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.calls import changed
from tests.publish.serving.live import WAIT, live
from tests.publish.serving.test_application import until

from storregion.core.errors import DataError, StorregionError
from storregion.core.store import Store
from storregion.core.workspace import Workspace
from storregion.publish.portal import open_site
from storregion.publish.readiness import BuiltOnly, NotBuiltError
from storregion.publish.serving.asked import PROGRESS
from storregion.publish.serving.builder import Builder
from storregion.publish.serving.server import opened

SCENARIO = "ostlanken"


def base_only(work: Workspace, folder: Path) -> Path:
    """A store that holds the base's tables alone."""
    for table, record in work.planned.items():
        (folder / "tables" / table).mkdir(parents=True)
        for ending in ("parquet", "json"):
            shutil.copy(
                work.store.folder / "tables" / table / f"{record.key}.{ending}", folder / "tables" / table
            )
    return folder


def test_a_portal_whose_tables_are_not_built_says_what_is_being_made(small: Path, store: Path) -> None:
    portal, builder = opened(Workspace(small, store))
    assert builder is not None
    with live(portal) as to:
        # Before the builder has begun, each page says what it waits for.
        for path in ("/sv/", "/en/place/1080/"):
            got = to.get(path)
            assert got.status == 202
            assert "Blekinge" in got.text
        # What the page that says so loads is there.
        for address in re.findall(r'(?:href|src)="(/assets/[^"]+)"', got.text):
            assert to.get(address).headers["cache-control"].endswith("immutable")
        # A program that asks for a file is told in an answer that it cannot take for the file.
        assert to.get("/datapackage.json").status == 503
        builder.begin()
        told = [
            json.loads(it.text) for _ in range(3) if (it := to.get("/sv/", accept=PROGRESS)).status == 202
        ]
        assert all(int(it["done"]) < int(it["total"]) for it in told if it["total"])
        assert until(lambda: to.get("/sv/"), 200).text
    assert Workspace(small, store).due() == []


def test_what_cannot_be_built_ends_the_server_with_what_is_wrong(small: Path, store: Path) -> None:
    changed(small / "figures" / "population_totals.csv", "1080", "108X")
    _, builder = opened(Workspace(small, store))
    assert builder is not None
    builder.begin()
    builder.thread.join(WAIT)
    assert isinstance(builder.fault, StorregionError)
    assert "population_totals.csv" in str(builder.fault)


@pytest.mark.long
def test_a_scenario_is_built_when_a_reader_asks_and_the_page_is_then_the_same(
    bundled: Workspace, built: Callable[[str], Workspace], tmp_path: Path
) -> None:
    store = base_only(bundled, tmp_path / "store")
    portal, builder = opened(Workspace(bundled.folder, store))
    assert builder is not None
    builder.begin()
    path = f"/sv/scenario/{SCENARIO}/"
    with live(portal) as to:
        assert until(lambda: to.get("/sv/search/?q=ostl"), 200)
        # Neither the search nor the list of scenarios has any of them calculated.
        assert until(lambda: to.get("/sv/scenario/"), 200)
        scenario = Workspace(bundled.folder, store, SCENARIO)
        assert not scenario.store.whole("access_nodes", scenario.key("access_nodes"))
        assert to.get(path).status == 202
        steps = set()
        while (told := to.get(path, accept=PROGRESS)).status == 202:
            found = json.loads(told.text)
            steps.add((found["done"], found["total"], found["step"]))
        assert len({done for done, total, _ in steps if total}) > 2
        assert any(scenario.schemas["access_nodes"].title.sv in step for *_, step in steps)
        built(SCENARIO)
        direct = open_site(Workspace(bundled.folder, bundled.store.folder), live=True)
        assert to.get(path).text == direct.html("sv", f"scenario/{SCENARIO}/")


def test_a_table_that_cannot_be_built_is_a_fault_and_no_endless_wait(
    bundled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    work = BuiltOnly.of(Workspace(bundled.folder, base_only(bundled, tmp_path / "store")))
    scenario = work.of_scenario(SCENARIO)
    with pytest.raises(NotBuiltError) as missing:
        scenario.table("calls")
    assert missing.value.wanted == ((SCENARIO, "calls"),)

    def fails(self: Workspace, *only: str, **more: object) -> list[str]:
        raise DataError("the line plan is wrong")

    monkeypatch.setattr(Workspace, "build", fails)
    builder = Builder(work)
    with caplog.at_level(logging.ERROR, "storregion.portal"):
        builder.build(SCENARIO, ["calls"])
    assert "the line plan is wrong" in caplog.text
    with pytest.raises(DataError, match="the line plan is wrong"):
        scenario.table("calls")
    # A site that shares its faults lists the scenario among those that cannot be made.
    monkeypatch.undo()
    assert scenario.not_built(["calls", "lines"]) == [(SCENARIO, "lines")]


def test_what_is_tried_is_calculated_in_memory_though_nothing_is_built(
    bundled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = BuiltOnly.of(bundled)
    changed = Workspace(bundled.folder, bundled.store.folder, SCENARIO).scenario
    written: list[Path] = []
    monkeypatch.setattr(Store, "_write", lambda store, path, data: written.append(path))
    tried = work.with_scenario("try", changed).table("calls")
    assert not tried.equals(work.table("calls"))
    assert written == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_damaged_table_of_a_portal_as_built_is_a_page_with_words(
    small: Path, store: Path, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    Workspace(small, store).build()
    portal, builder = opened(Workspace(small, store, as_built=True))
    assert builder is None
    with live(portal) as to:
        assert until(lambda: to.get(f"/{language}/about/"), 200)
        for path in (store / "tables" / "localities").glob("*.parquet"):
            path.write_bytes(b"PAR1" + path.read_bytes()[4:-8] + b"damagedX")
        got = until(lambda: to.get(f"/{language}/data/localities/"), 500)
    assert {"sv": "Något gick fel", "en": "Something went wrong"}[language] in got.text
    assert "parquet" not in got.text
    assert "is not what its record says" in caplog.text
