"""A part of one county's growth that goes to the others, by hand."""

import polars as pl
import pytest

from storregion.core import group
from storregion.core.group import RegionGroup
from storregion.studies.projection_operations import growth_moves

GROUP = RegionGroup.read(group.bundled())


def test_growth_goes_to_the_others_by_their_people_of_the_latest_year() -> None:
    first, *others = sorted(GROUP.counties)
    counties = pl.DataFrame({"county": [*sorted(GROUP.counties), "99"]})
    # 2024: 200 and 100 in the second and 100 in the third; outside the group and in the first nobody counts.
    rows = [
        (f"{others[0]}01", 2023, 900),
        (f"{others[0]}01", 2024, 200),
        (f"{others[0]}02", 2024, 100),
        (f"{others[1]}01", 2023, 100),
        (f"{others[1]}01", 2024, 100),
        (f"{first}01", 2024, 5000),
        ("9901", 2024, 700),
    ]
    people = pl.DataFrame(rows, schema=["municipality", "year", "persons"], orient="row")
    found = growth_moves(people, counties, GROUP, growth_from=first, growth_part=0.5)
    assert found.select("to_county", "from_county").rows() == [(others[0], first), (others[1], first)]
    assert found["part"].to_list() == pytest.approx([0.375, 0.125])
    assert set(found["basis"]) == {"assumed"}
