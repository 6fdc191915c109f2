"""Areas behind a feed-in: what the file may say, and what is refused, with file and place."""

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import SettingError
from storregion.facts.power_capacity import CAPACITY_AREAS, CAPACITY_MEMBERS, CAPACITY_PARTS
from storregion.sources.power_capacity import capacity_areas, capacity_members, capacity_parts

MUNICIPALITIES = pl.DataFrame({"municipality": ["0101", "0102", "0103"]})
PEOPLE = pl.DataFrame(
    {"municipality": ["0101", "0102", "0103"], "year": 2024, "persons": [30_000, 10_000, 500]}
)
FILE = """
[[areas]]
code = "north"
name = { sv = "Norr", en = "North" }
about = { sv = "Prov.", en = "Trial." }
municipalities = ["0101"]
use_gwh = 400
use_source = "Made up"

[[areas.feed_ins]]
name = "First"
mw = 60
from = 2020
basis = "observed"
source = "Made up"

[[areas.local]]
name = "Old"
mw = 10
from = 1990
until = 2024
derating = 0.9
in_use = true
source = "Made up"

[[areas.local]]
name = "New"
mw = 20
from = 2026
derating = 0.8
source = "Made up"

[[areas.flexibility]]
name = "Heat"
mw = 5
from = 2022
until = 2030
source = "Made up"

[[areas.requests]]
name = "Mill"
mw = 12
from = 2028
probability = 0.25
source = "Made up"

[[areas]]
code = "south"
name = { sv = "Syd", en = "South" }
about = { sv = "Plats.", en = "A place." }
municipalities = ["0102"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "areas.toml").write_text(FILE, "utf-8")
    return tmp_path


def test_every_part_becomes_a_row(folder: Path) -> None:
    parts = CAPACITY_PARTS.check(capacity_parts(folder, MUNICIPALITIES, PEOPLE), maker="parts")
    shown = parts.select("number", "capacity_part", "mw", "factor", "from_year", "until_year", "basis")
    # What the use is net of counts from the year after it closes, as MW that are gone.
    assert shown.rows() == [
        (1, "feed_in", 60.0, 1.0, 2020, None, "observed"),
        (2, "local", -10.0, 0.9, 2025, None, "assumed"),
        (3, "local", 20.0, 0.8, 2026, None, "assumed"),
        (4, "flexibility", 5.0, 1.0, 2022, 2030, "assumed"),
        (5, "request", 12.0, 0.25, 2028, None, "assumed"),
    ]
    assert set(parts["capacity_area"]) == {"north"}


def test_a_part_may_be_there_for_one_winter_alone(folder: Path) -> None:
    file = folder / "areas.toml"
    file.write_text(file.read_text("utf-8").replace("until = 2030", "until = 2022"), "utf-8")
    parts = capacity_parts(folder, MUNICIPALITIES, PEOPLE).filter(capacity_part="flexibility")
    assert parts.select("from_year", "until_year").rows() == [(2022, 2022)]


def test_an_area_without_a_feed_in_is_a_place_for_one(folder: Path) -> None:
    areas = CAPACITY_AREAS.check(capacity_areas(folder, MUNICIPALITIES, PEOPLE), maker="areas")
    assert areas.select("capacity_area", "use_gwh", "use_absent").rows() == [
        ("north", 400.0, None),
        ("south", None, "not_applicable"),
    ]
    members = CAPACITY_MEMBERS.check(capacity_members(folder, MUNICIPALITIES, PEOPLE), maker="members")
    assert members.select("capacity_area", "municipality").rows() == [("north", "0101"), ("south", "0102")]


REFUSED = [
    (
        '["0102"]',
        '["0109"]',
        r"line 47 \(areas 2\): the municipality '0109' of south does not exist; did you",
    ),
    ('["0102"]', '["0101"]', r"line 47 \(areas 2\): the municipality '0101' stands in north and in south"),
    ('["0102"]', "[]", r"line 47 \(areas 2\): south has no municipalities"),
    ('"south"', '"north"', r"line 47 \(areas 2\): the code 'north' stands twice"),
    # 60 MW in kW: 30 000 inhabitants at 100 kW are 3 000 MW.
    (
        "mw = 60",
        "mw = 60000",
        r"line 10 \(areas.feed_ins 1\): 'First' of north has mw = 60000; at most 3000 MW",
    ),
    ("mw = 12", "mw = 12000", r"\(areas.requests 1\): 'Mill' of north has mw = 12000; .* Is it in kW\?"),
    ("mw = 20", "mw = 20000", r"\(areas.local 2\): 'New' of north has mw = 20000; at most 5000 MW"),
    ("mw = 5\n", "mw = -5\n", r"\(areas.flexibility 1\): 'Heat' of north has mw = -5"),
    ("until = 2030", "until = 2020", r"'Heat' of north ends in 2020, before it begins in 2022"),
    ("use_gwh = 400\n", "", r"north must have both use_gwh and use_source, or neither"),
    ("probability = 0.25", "probability = 25", "probability"),
    ("derating", "deratng", r"unknown key .*deratng.*did you mean 'derating'"),
]


@pytest.mark.parametrize(("old", "new", "said"), REFUSED)
@pytest.mark.parametrize("step", [capacity_areas, capacity_members, capacity_parts])
def test_what_cannot_be_is_refused_with_its_place(
    folder: Path, old: str, new: str, said: str, step: Callable[..., pl.DataFrame]
) -> None:
    path = folder / "areas.toml"
    path.write_text(FILE.replace(old, new, 1), "utf-8")
    with pytest.raises(SettingError, match=said) as refused:
        step(folder, MUNICIPALITIES, PEOPLE)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("people", [PEOPLE.filter(pl.col("municipality") != "0101"),
                                    PEOPLE.with_columns(persons=pl.lit(None, pl.Int64))])  # fmt: skip
def test_a_municipality_whose_people_are_missing_has_not_none(folder: Path, people: pl.DataFrame) -> None:
    """Counted as 0, no feed-in at all would be plausible there."""
    missing = r"\(areas 1\): population_yearly has no figure of '0101' of north, .* add it"
    with pytest.raises(SettingError, match=missing) as refused:
        capacity_parts(folder, MUNICIPALITIES, people)
    assert "at most 0 MW" not in str(refused.value)


def test_a_plant_that_nothing_is_net_of_is_refused(folder: Path) -> None:
    path = folder / "areas.toml"
    path.write_text(re.sub(r"use_(gwh|source) = .*\n", "", FILE), "utf-8")
    with pytest.raises(SettingError, match="'Old' of north has in_use, but north has no use_gwh"):
        capacity_parts(folder, MUNICIPALITIES, PEOPLE)
