import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.strategy.status import INDICATOR_STATUS, Aim, Point, by_chance, figures, judge, table, worst

RISING = [Point(2015 + place, value) for place, value in enumerate([100, 102, 104, 106, 108, 110])]
UP, DOWN = Aim("up"), Aim("down")


def grown(rate: float, years: int = 6) -> list[Point]:
    """A series that grows by a rate, per cent a year."""
    return [Point(2015 + n, 100 * (1 + rate / 100) ** n) for n in range(years)]


@pytest.mark.parametrize(
    ("rate", "wanted", "verdict"),
    [
        (1.6, "up", "substantial"),
        (1.4, "up", "moderate"),
        (0.6, "up", "moderate"),
        (0.4, "up", "little"),
        (-0.1, "up", "moving_away"),
        (-1.6, "down", "substantial"),
        (-0.6, "down", "moderate"),
        (-0.4, "down", "little"),
        (0.1, "down", "moving_away"),
        (3.0, "undecided", "undecided"),
    ],
)
def test_without_a_target_the_rate_decides(rate: float, wanted: str, verdict: str) -> None:
    found = judge(grown(rate), Aim(wanted))  # type: ignore[arg-type]
    assert found.verdict == verdict
    assert found.actual == pytest.approx(rate)
    assert (found.required, found.ratio) == (None, None)
    assert found.trend == ("rising" if rate > 0 else "falling")


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [
        (2.0, "on_track"),
        (1.91, "on_track"),
        (1.89, "needs_acceleration"),
        (1.21, "needs_acceleration"),
        (1.19, "limited"),
        (0.01, "limited"),
        (-0.01, "moving_away"),
    ],
)
def test_with_a_target_the_ratio_decides(rate: float, verdict: str) -> None:
    # 100 in 2015 to 100·1.02¹⁰ in 2025 asks for 2 % a year; 95 % of that is 1.9, 60 % is 1.2.
    aim = Aim("up", baseline=2015, target=Point(2025, 100 * 1.02**10))
    found = judge(grown(rate), aim)
    assert found.verdict == verdict
    assert found.required == pytest.approx(2)
    assert found.ratio == pytest.approx(rate / 2)


def test_a_series_that_ends_where_it_began_is_just_on_the_border() -> None:
    # From 9 to 9, rising for certain in between (S = 36 − 8 = 28): 0 % a year.
    values = [9, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    points = [Point(2015 + n, value) for n, value in enumerate(values)]
    assert judge(points, UP).actual == 0
    assert judge(points, UP).verdict == "little"
    found = judge(points, Aim("up", target=Point(2030, 18)))
    assert (found.ratio, found.verdict) == (0, "limited")


def test_a_target_to_fall_to() -> None:
    # From 100 to 100·0.98¹⁰ asks for −2 % a year; −1 % a year is half of that.
    found = judge(grown(-1), Aim("down", target=Point(2025, 100 * 0.98**10)))
    assert found.verdict == "limited"
    assert found.ratio == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1, 2, 3], "few"),
        ([5, 1, 4, 2, 3], "uncertain"),
        ([0, 1, 2, 3, 4], "no_rate"),
        # S = 28 − 8 = 20, z = 19/√92 = 1.98, p = 0.048: certainly rising, yet from 9 to 8.
        ([9, 1, 2, 3, 4, 5, 6, 7, 8], "contrary"),
    ],
)
def test_no_certain_sign_no_verdict(values: list[float], reason: str) -> None:
    points = [Point(2000 + place, value) for place, value in enumerate(values)]
    found = judge(points, UP)
    assert (found.verdict, found.reason) == ("unclear", reason)
    assert found.why is not None


def test_four_points_in_a_row_are_just_enough() -> None:
    # S = 6, variance 4·3·13/18 = 8.6667, z = 5/2.94392 = 1.69842, p = 0.0894 < 0.10.
    found = judge(RISING[:4], UP)
    assert found.p == pytest.approx(0.0894, abs=1e-4)
    assert found.verdict == "substantial"


def test_points_before_a_break_or_the_baseline_do_not_count() -> None:
    early = [Point(2000 + n, 900 - 100 * n) for n in range(6)]
    for aim in (Aim("up", since=2015), Aim("up", baseline=2015)):
        found = judge([*RISING, *early], aim)
        assert (found.points, found.first_year, found.last_year) == (6, 2015, 2020)
        assert found == judge(RISING, UP)
    assert judge(RISING, Aim("up", baseline=2014)).reason == "no_baseline"
    assert judge(RISING, Aim("up", baseline=2010, since=2015)).verdict == "substantial"


def test_borders_shrink_near_a_natural_limit() -> None:
    # From 90 of at most 100 a tenth of the way is left: 0.15 % a year is as much as 1.5 % from far away.
    points = [Point(2015 + n, 90 * 1.002**n) for n in range(6)]
    assert judge(points, UP).verdict == "little"
    assert judge(points, Aim("up", limit=100)).verdict == "substantial"
    # Nothing is too near to nothing: a limit at 0 leaves the borders as they are.
    assert judge(grown(-0.6), Aim("down", limit=0)).verdict == judge(grown(-0.6), DOWN).verdict


@given(st.lists(st.integers(1, 500), max_size=10))
def test_the_verdict_is_turned_by_the_wanted_direction(values: list[int]) -> None:
    points = [Point(2000 + place, value) for place, value in enumerate(values)]
    up, down = judge(points, UP), judge(points, DOWN)
    assert (up.reason, up.actual, up.slope) == (down.reason, down.actual, down.slope)
    assert judge(points[::-1], UP) == up
    if up.reason is None and up.actual:
        assert (up.verdict == "moving_away") != (down.verdict == "moving_away")


def test_statuses_are_a_table_and_its_numbers_figures() -> None:
    frame = table({"rise": (judge(RISING, UP), "estimated"), "none": (judge([], UP), "observed")})
    assert frame.columns == [column.name for column in INDICATOR_STATUS.columns]
    assert frame["verdict"].to_list() == ["substantial", "unclear"]
    assert frame["slope_absent"].to_list() == [None, "not_applicable"]
    row = frame.row(0, named=True)
    found = figures(row, [], UP)
    assert found["slope"].value == 2
    assert (found["slope"].basis, found["ratio"].absent) == ("estimated", "not_applicable")
    # Another aim is another figure, even with the same number.
    assert figures(row, [], DOWN)["slope"].key != found["slope"].key
    assert worst(["observed", "assumed", "estimated"]) == "assumed"
    assert worst([]) == "observed"


def test_what_rests_on_few_has_the_interval_of_chance() -> None:
    # Byar for 10: 10·(1 − 1/90 − 1.95996/(3·√10))³ = 10·0.782291³ = 4.7874 and
    # 11·(1 − 1/99 + 1.95996/(3·√11))³ = 11·1.186884³ = 18.3912.
    count = by_chance(10, None)
    assert count is not None
    assert [count.low, count.high] == pytest.approx([4.787, 18.391], abs=1e-3)
    # Wilson for 0.25 of 40: z² = 3.8415; (0.25 + 0.04802) / 1.09604 = 0.27190, and
    # 1.95996·√(0.25·0.75/40 + 3.8415/6400) / 1.09604 = 0.13003: from 0.1419 to 0.4019.
    share = by_chance(0.25, 40)
    assert share is not None
    assert [share.low, share.high] == pytest.approx([0.1419, 0.4019], abs=1e-4)
    # Few on either side are few: 3 of 4 000 are outside.
    assert by_chance(3997 / 4000, 4000) is not None
    assert by_chance(100, None) is None
    assert by_chance(0.5, 1000) is None
    assert by_chance(0.5, 0) is None
