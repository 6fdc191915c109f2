"""Figures of journeys in a window of the day: by hand, and against a plain calculation of each."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from storregion.kernels.windows import Summary, summaries

Floats = NDArray[np.float64]
Draw = list[tuple[int, int, int]]
"""Journeys of a draw: minute at the stop, minutes under way, rides; leaving a minute after one is there."""


def packed(draws: list[Draw]) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    journeys = [journey for draw in draws for journey in draw]
    ready = np.array([60.0 * at for at, _, _ in journeys])
    arrivals = np.array([60.0 * (at + 1 + took) for at, took, _ in journeys])
    first = np.cumsum([0, *map(len, draws)])
    return first, np.stack([ready, ready + 60.0, arrivals]), np.array([n for *_, n in journeys], np.int64)


def of(draws: list[Draw], start: int, end: int, longest: float = 7200.0) -> Summary:
    windows = np.array([(60 * start, 60 * end)])
    first, times, rides = packed(draws)
    # Two pairs, of which the first has no journeys in any draw.
    begins, ends = (np.stack([np.zeros_like(at), at], axis=1) for at in (first[:-1], first[1:]))
    found = summaries(begins, ends, times, rides, windows, longest, np.array([25, 50, 75]))
    assert not found.journeys[0].any()
    return Summary(*(figure[1] for figure in found))


def test_one_draw_by_hand() -> None:
    # At the stop at minute 4, leaving at 5, there at 25 with one ride; at the stop at 8, leaving at 9, there
    # at 39 with two. The window has minutes 0 to 9.
    made = of([[(4, 20, 1), (8, 30, 2)]], 0, 10)
    assert (made.journeys[0, 0], made.direct[0, 0]) == (2, 1)
    assert (made.fastest[0, 0], made.typical[0, 0]) == (1200, 1200)
    # Of 0 changes and 1 the nearest rank at half is the lower.
    assert made.changes[0, 0] == 0
    # Minutes 0–4 wait for the first and take 25 to 21, 5–8 for the second and take 34 to 31, 9 leads nowhere.
    # In order 21 … 25, 31 … 34, ∞: the 3rd, 5th and 8th.
    assert made.waits[0, 0].tolist() == [60 * 23, 60 * 25, 60 * 33]
    assert made.soon[0, 0] == 0.9
    # Nothing arrives before minute 10.
    assert made.journeys[0, 1] == 0
    assert math.isnan(made.typical[0, 1])
    assert made.changes[0, 1] == -1


def test_counts_are_those_of_the_middle_draw_the_lower_of_two() -> None:
    draws = [[(0, 10, 1)] * 0, [(0, 10, 1), (1, 12, 1)], [(2, 14, 1)], [(0, 10, 1), (1, 11, 1), (2, 12, 1)]]
    made = of(draws, 0, 10)
    # 0, 2, 1 and 3 journeys: in order 0, 1, 2, 3, of which the lower middle is 1.
    assert made.journeys[0, 0] == 1
    # Fastest of each draw: none, 10, 14, 10 minutes: in order 10, 10, 14, none.
    assert made.fastest[0, 0] == 600
    # Medians of the draws that have a journey: 10, 14, 11.
    assert (made.low[0, 0], made.high[0, 0]) == (600, 840)


def ranked(values: Floats, percent: int) -> float:
    return float(np.sort(values)[math.ceil(len(values) * percent / 100) - 1])


def middle(values: list[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2]


def plain(draws: list[Draw], start: int, end: int, longest: float, way: int) -> dict[str, object]:
    """Each figure from its definition, minute by minute and journey by journey."""
    inside: list[list[tuple[float, int]]] = []
    waits = []
    for draw in draws:
        timed = [(60.0 * at, 60.0 * (at + 1), 60.0 * (at + 1 + took), rides) for at, took, rides in draw]
        chosen = [one for one in timed if 60 * start <= one[1 + way] < 60 * end]
        inside.append([(there - leaves, rides) for _, leaves, there, rides in chosen])
        for moment in range(60 * start, 60 * end, 60):
            if way == 0:
                wait = min((there - moment for at, _, there, _ in timed if at >= moment), default=math.inf)
            else:
                wait = min((moment - at for at, _, there, _ in timed if there <= moment), default=math.inf)
            waits.append(wait if wait <= longest else math.inf)
    every = np.array([time for draw in inside for time, _ in draw])
    count = int(middle([len(draw) for draw in inside]))
    medians = [ranked(np.array([time for time, _ in draw]), 50) for draw in inside if draw]
    changes = [max(rides - 1, 0) for draw in inside for _, rides in draw]
    return {
        "journeys": count,
        "direct": int(middle([sum(rides == 1 for _, rides in draw) for draw in inside])),
        "fastest": middle([min((t for t, _ in draw), default=math.inf) for draw in inside])
        if count
        else None,
        "typical": ranked(every, 50) if count else None,
        "changes": int(ranked(np.array(changes), 50)) if count else None,
        "low": min(medians) if count else None,
        "high": max(medians) if count else None,
        "waits": [ranked(np.array(waits), percent) for percent in (25, 50, 75)],
        "soon": sum(wait <= 3600 for wait in waits) / len(waits),
    }


@st.composite
def unbeaten_draws(draw: st.DrawFn) -> list[Draw]:
    """Draws of journeys of which none leaves later and arrives earlier."""
    made = []
    for _ in range(draw(st.integers(1, 5))):
        leaves = sorted(draw(st.sets(st.integers(-30, 90), max_size=12)))
        there, journeys = -math.inf, []
        for at in leaves:
            took = draw(st.integers(0, 150))
            if at + took > there:
                there = at + took
                journeys.append((at, took, draw(st.integers(0, 4))))
        made.append(journeys)
    return made


@given(
    draws=unbeaten_draws(), start=st.integers(0, 40), length=st.integers(1, 50), way=st.sampled_from([0, 1])
)
def test_every_figure_is_as_its_definition_says(draws: list[Draw], start: int, length: int, way: int) -> None:
    made = of(draws, start, start + length, 6000.0)
    wanted = plain(draws, start, start + length, 6000.0, way)
    for name, value in wanted.items():
        found = getattr(made, name)[0, way]
        if value is None:
            assert found == -1 or math.isnan(found), name
        else:
            assert found.tolist() == value, name
