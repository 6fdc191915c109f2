"""The register of links outward: what it holds, and each way of writing it wrong, with file and line."""

import re
from pathlib import Path

import pytest

from storregion.core import group
from storregion.core.errors import SettingError
from storregion.facts.outward import OUTWARD_CRITERIA, OUTWARD_GAPS, OUTWARD_LINKS, OUTWARD_TARGETS
from storregion.sources import outward

BUNDLED = group.bundled() / "figures" / "outward.toml"
SMALL = """
[[targets]]
code = "north"
name = { sv = "Norr", en = "North" }
kind = "city"
latitude = 61.0
longitude = 15.0

[[links]]
code = "a-north"
mode = "rail"
from = "A"
to = "north"
minutes = 60
departures = 4
valid_from = "2023-01-01"
source = "made"
"""


def read(folder: Path, text: str) -> Path:
    path = folder / "outward.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_bundled_register_has_only_links_with_minutes_and_a_source() -> None:
    links = OUTWARD_LINKS.check(outward.outward_links(BUNDLED), maker="the test")
    targets = OUTWARD_TARGETS.check(outward.outward_targets(BUNDLED), maker="the test")
    assert set(links["end"]) <= set(targets["target"])
    assert set(targets["basis"]) == {"observed"}
    assert all(len(source) > 10 for source in links["source"])
    gaps = OUTWARD_GAPS.check(outward.outward_gaps(BUNDLED), maker="the test")
    # Six cities by air from the one airport, one from the other, and two buses.
    assert gaps.group_by("mode").len().sort("mode").rows() == [("air", 7), ("bus", 2)]
    assert set(gaps["basis"]) == {"observed"}


def test_the_published_criterion_is_as_published() -> None:
    # Trafikverket's first criterion: green within 4 hours, there before 10, home after 16, 6 hours there;
    # yellow within 5 hours and 6 hours there.
    rows = OUTWARD_CRITERIA.check(outward.outward_criteria(BUNDLED), maker="the test")
    found = rows.select("level", "longest", "stay", "arrive_before", "leave_after").rows()
    assert found == [("green", 240, 360, "10:00", "16:00"), ("yellow", 300, 360, None, None)]


def test_back_takes_as_long_as_there_and_hours_are_assumed_where_nothing_else_is_said(tmp_path: Path) -> None:
    (row,) = outward.outward_links(read(tmp_path, SMALL)).iter_rows(named=True)
    assert (row["minutes"], row["minutes_back"], row["first"], row["last"]) == (60, 60, 360, 1320)
    assert row["basis"] == "estimated"


@pytest.mark.parametrize(("minutes", "departures"), [(1, 1), (1440, 200)])
def test_a_link_takes_a_minute_to_a_day_once_to_two_hundred_times(
    tmp_path: Path, minutes: int, departures: int
) -> None:
    text = SMALL.replace("minutes = 60", f"minutes = {minutes}")
    (row,) = outward.outward_links(
        read(tmp_path, text.replace("departures = 4", f"departures = {departures}"))
    ).iter_rows(named=True)
    assert (row["minutes"], row["departures"]) == (minutes, departures)


TARGET = SMALL[: SMALL.index("[[links]]")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            SMALL.replace("minutes = 60\n", ""),
            "line 9 (links 1): the link A–north has no minutes; give the published",
        ),
        (SMALL + TARGET, "line 19 (targets 2): the target 'north' stands twice, as number 1 too"),
        (SMALL + SMALL[SMALL.index("[[links]]") :], "links 2): the link 'a-north' stands twice"),
        (
            SMALL.replace('to = "north"', 'to = "nrth"'),
            "leads to 'nrth', which is not a target; did you mean 'north'",
        ),
        (SMALL.replace("minutes = 60", "minutes = 0"), "minutes = 0; give 1 to 1440"),
        (SMALL.replace("minutes = 60", "minutes = 1441"), "minutes = 1441; give 1 to 1440"),
        (SMALL.replace("departures = 4", "departures = 0"), "departures = 0; give 1 to 200"),
        (SMALL.replace("departures = 4", "departures = 201"), "departures = 201; give 1 to 200"),
        (SMALL + 'first = "8:00"\n', "has the hour '8:00'; write it as 06:00"),
        (SMALL + 'first = "23:00"\n', "begins at 23:00, after its last departure at 22:00"),
        (SMALL.replace("2023-01-01", "2023-13-01"), "valid_from = '2023-13-01' is not a valid day"),
        (SMALL.replace('source = "made"', 'source = " "'), "has no source; name publisher"),
        (SMALL.replace('from = "A"', 'from = "north"'), "ends where it begins"),
        (
            SMALL + '[[gaps]]\nmode = "air"\nfrom = "A"\nto = ["south"]\nwhy = { sv = "s", en = "e" }\n',
            "(gaps 1): 'south' is not a target",
        ),
        (
            SMALL
            + '[[criteria]]\ntarget = "north"\nsource = "made"\n'
            + "green = { longest = 240, stay = 360 }\nyellow = { longest = 200, stay = 360 }\n",
            "(criteria 1): yellow asks for more than green",
        ),
    ],
)
def test_a_register_that_cannot_be_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = read(tmp_path, text)
    with pytest.raises(SettingError, match=re.escape(said)) as error:
        outward.outward_targets(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(("longest", "stay"), [(240, 300), (300, 360), (240, 360)])
def test_yellow_may_ask_for_as_much_as_green(tmp_path: Path, longest: int, stay: int) -> None:
    asked = (
        '[[criteria]]\ntarget = "north"\nsource = "made"\ngreen = { longest = 240, stay = 360 }\n'
        f"yellow = {{ longest = {longest}, stay = {stay} }}\n"
    )
    rows = outward.outward_criteria(read(tmp_path, SMALL + asked))
    assert rows.select("longest", "stay").rows() == [(240, 360), (longest, stay)]


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("minutes = 60\n", "").replace("departures = 4", "departures = 0")
    with pytest.raises(SettingError, match=r"(?s)has no minutes.*departures = 0"):
        outward.outward_links(read(tmp_path, text))


def test_a_station_stands_for_one_target(tmp_path: Path) -> None:
    text = BUNDLED.read_text("utf-8").replace('stations = ["Malmö Centralstation"]', 'stations = ["Oslo S"]')
    with pytest.raises(SettingError, match="the station 'Oslo S' stands for another target too"):
        outward.outward_targets(read(tmp_path, text))


@pytest.mark.parametrize(
    ("written", "right"), [("23:59", True), ("00:00", True), ("24:00", False), ("10:60", False)]
)
def test_hours_end_before_midnight_and_minutes_before_60(tmp_path: Path, written: str, right: bool) -> None:
    asked = (
        '[[criteria]]\ntarget = "north"\nsource = "made"\nyellow = { longest = 300, stay = 360 }\n'
        f'green = {{ longest = 240, stay = 360, arrive_before = "{written}" }}\n'
    )
    path = read(tmp_path, SMALL + asked)
    if right:
        assert outward.outward_criteria(path).height == 2
    else:
        with pytest.raises(SettingError, match=f"'{written}' is not an hour; write it as 10:00"):
            outward.outward_criteria(path)
