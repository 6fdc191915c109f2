"""A line in a row of a table says what it shows."""

import re

from hypothesis import given
from hypothesis import strategies as st

from storregion.publish.pictures.sparkline import HEIGHT, WIDTH, sparkline


def test_first_last_and_trend_in_words() -> None:
    drawn = sparkline([(2002, 1.0), (2010, -1.0), (2024, 3.0)], "percent", "en", "Trend: rising")
    assert 'aria-label="2002: 1.0%. 2024: 3.0%. Trend: rising."' in drawn
    # Edge 5, 110 wide, 24 high; 2010 lies 8/22 of the way, and zero 3/4 down.
    assert 'points="5.0,17.0 45.0,29.0 115.0,5.0"' in drawn
    assert 'y1="23.0" y2="23.0"' in drawn
    assert '<circle cx="115.0" cy="5.0"' in drawn


def test_one_point_is_a_dot_without_a_trend() -> None:
    drawn = sparkline([(2023, 90.0)], "minutes", "sv", "Trend: oklar")
    assert 'aria-label="2023: 90\u00a0minuter."' in drawn
    assert '<circle cx="115.0" cy="17.0"' in drawn


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_the_line_stays_within_its_frame(values: list[float]) -> None:
    drawn = sparkline(list(enumerate(values, 1990)), "persons", "sv", "")
    points = re.search('points="([^"]*)"', drawn)
    assert points is not None
    for point in points[1].split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
