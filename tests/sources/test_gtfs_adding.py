"""A feed of the user's own in a group: it takes the line plan's place, or is refused."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from storregion.core import group
from storregion.core.errors import CallError, DataError
from storregion.core.workspace import Workspace
from storregion.publish.portal import open_site
from storregion.sources.gtfs.adding import add_feed


@pytest.fixture
def shared_feed() -> Path:
    """An open feed of long-distance trains, where the shared data is at hand."""
    shared = Path(os.environ.get("STORREGION_SHARED", Path(__file__).parents[3] / "shared"))
    feed = shared / "data" / "gtfs" / "sj_2022-12_2023-12.zip"
    if not feed.is_file():
        pytest.skip(f"{feed} is not here")
    return feed


def test_a_feed_takes_the_line_plans_place_and_scenarios_of_lines_not_in_it_say_so(
    shared_feed: Path, tmp_path: Path, store: Path
) -> None:
    folder = Path(shutil.copytree(group.bundled(), tmp_path / "own"))
    taken = add_feed(Workspace(folder, store), shared_feed, "CC0 1.0")
    # As many as run on the Thursday that the rules of travel name.
    assert taken.trips == 508
    work = Workspace(folder, store)
    assert set(work.table("lines")["feed"]) == {"sj_2022-12_2023-12"}
    row = work.table("access_nodes").filter(
        origin="uppsala", destination="stockholm", period="morning", way="depart_at"
    )
    # The published table of the feed has a median of 39 minutes over the day.
    assert row["typical"].item() == 39
    assert row["basis"].item() == "observed"
    missing = work.table("access_nodes").filter(origin="eskilstuna", times_absent="missing")
    # No train of the feed calls at Eskilstuna that day.
    assert missing.height == 13 * 3 * 2
    site = open_site(work)
    assert "ostlanken" in site.lost_scenarios
    assert "malartag-nykoping" in site.lost_scenarios["ostlanken"]
    assert "malartag-nykoping" in site.html("sv", "scenario/")


def test_a_feed_without_service_on_the_day_is_refused_and_nothing_is_written(
    shared_feed: Path, tmp_path: Path, store: Path
) -> None:
    folder = Path(shutil.copytree(group.bundled(), tmp_path / "own"))
    rules = (folder / "assumptions.toml").read_text("utf-8").replace("2023-11-30", "2027-01-04")
    asked = rules.replace("[travel_rules]", '[travel_rules]\nday_without_service = "refuse"')
    (folder / "assumptions.toml").write_text(asked, "utf-8")
    with pytest.raises(DataError, match="2027-01-04"):
        add_feed(Workspace(folder, store), shared_feed, "CC0 1.0")
    assert not (folder / "fetched").exists()
    (folder / "assumptions.toml").write_text(rules, "utf-8")
    taken = add_feed(Workspace(folder, store), shared_feed, "CC0 1.0")
    # A Thursday of full service; of the days long gone when the feed was made it has few trips left.
    assert date.fromisoformat(taken.day).weekday() == 3
    assert Workspace(folder, store).table("travel_rules")["day"].item() == taken.day
    assert taken.trips > 400


def test_what_is_no_zip_is_no_feed(small: Path, store: Path) -> None:
    with pytest.raises(CallError, match="is not a zip"):
        add_feed(Workspace(small, store), small / "group.toml", "CC0 1.0")
