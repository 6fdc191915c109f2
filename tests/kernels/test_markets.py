"""Labour markets: cases worked by hand, slow exact reckonings of the same rules, and published areas."""

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storregion.core import group
from storregion.kernels import markets
from storregion.kernels.intramax import intramax
from storregion.kernels.markets import NotFlowsError, centres, euro, shares, validity

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]
Partition = set[frozenset[int]]

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("STORREGION_SHARED", ROOT.parent / "shared"))
SIZED: dict[str, Any] = {
    "least_size": 30.0,
    "least_contained": 0.6667,
    "target_size": 300.0,
    "target_contained": 0.75,
}
RULE = (30.0, 0.6667, 300.0, 0.75)


def parts(labels: Iterable[object]) -> Partition:
    """Who are together, whatever their area is called."""
    found = defaultdict(set)
    for place, label in enumerate(labels):
        found[label].add(place)
    return {frozenset(members) for members in found.values()}


def matrix(*rows: Sequence[float]) -> Matrix:
    return np.array(rows, np.float64)


# Many zeros, many equal numbers: what makes ties, islands and places where nobody lives or works.
@st.composite
def counts(draw: st.DrawFn, most: int = 12) -> Matrix:
    n = draw(st.integers(0, most))
    cell = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 60))
    flows = draw(hnp.arrays(np.int64, (n, n), elements=cell))
    home = draw(hnp.arrays(np.int64, n, elements=st.integers(0, 200)))
    return (flows + np.diag(home)).astype(np.float64)


@st.composite
def distinct(draw: st.DrawFn) -> tuple[Matrix, Numbers]:
    """A fractional matrix without ties, and an order for its places."""
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(1, 20))
    flows = source.gamma(0.4, 40, (n, n)) + np.diag(source.gamma(1, 150, n))
    return flows, source.permutation(n)


# ---- shares


def test_shares_by_hand() -> None:
    # 100 live in the first place, 30 of them leave, 20 to the last; from the second nobody leaves; in the
    # third nobody lives; the fourth sends 5 of 20 to each of two: the first of them counts.
    flows = matrix([70, 10, 0, 20], [0, 40, 0, 0], [0, 0, 0, 0], [5, 5, 0, 10])
    out, to_largest, destination = shares(flows)
    assert out.tolist() == [0.3, 0, 0, 0.5]
    assert to_largest.tolist() == [0.2, 0, 0, 0.25]
    assert destination.tolist() == [3, 1, 2, 0]
    assert flows[0, 0] == 70  # the matrix given is left as it was


# ---- the centre rule


def follow(out: Sequence[float], to: Sequence[float], where: Sequence[int], links: int = 0) -> list[int]:
    return list(centres(np.array(out), np.array(to), np.array(where), most_links=links))


@pytest.mark.parametrize(
    ("out", "to_one", "centre"),
    [
        (0.20, 0.075, True),  # both exactly at the border
        (0.20001, 0.075, False),
        (0.20, 0.07501, False),
        (0.19, 0.05, True),
        (1 - 0.8, 0.05, True),  # 0.19999999999999996
        (0.1 + 0.1 + 1e-16, 0.025 * 3, True),  # 0.07500000000000001: rounding decides nothing
    ],
)
def test_a_centre_is_at_or_below_both_thresholds(out: float, to_one: float, centre: bool) -> None:
    assert follow([out, 0.1], [to_one, 0.05], [1, 0]) == [0 if centre else 1, 1]


def test_counts_exactly_at_the_border_make_a_centre() -> None:
    # 200 of 1 000 leave (20 %), 75 to one place (7.5 %).
    flows = np.zeros((5, 5))
    flows[0] = [800, 75, 75, 50, 0]
    flows[[1, 2, 3, 4], 0] = 100
    assert centres(*shares(flows)).tolist() == [0] * 5
    flows[0] = [799, 76, 75, 50, 0]  # 20.1 % leave: the second place, which it leads to, leads back
    assert centres(*shares(flows)).tolist() == [0] * 5
    assert shares(flows)[0][0] == 0.201


def test_two_that_lead_to_each_other_are_a_joint_centre_headed_by_the_one_that_fewer_leave() -> None:
    # 2 leads to 1, so to the pair.
    assert follow([0.5, 0.4, 0.3], [0.3, 0.3, 0.3], [1, 0, 1]) == [1, 1, 1]
    assert follow([0.4, 0.4, 0.3], [0.3, 0.3, 0.3], [1, 0, 1]) == [0, 0, 0]  # a tie: the lower index


def test_a_ring_of_three_is_a_joint_centre() -> None:
    # 0 → 1 → 2 → 0, and 3 → 2; fewest leave 2.
    assert follow([0.5, 0.6, 0.4, 0.9], [0.3] * 4, [1, 2, 0, 2]) == [2, 2, 2, 2]


def test_a_long_chain_is_cut_at_its_weakest_link() -> None:
    # 3 → 2 → 1 → 0, and 0 is a centre. 2 → 1 is the weakest link of three.
    chain = [0.1, 0.5, 0.5, 0.5], [0.05, 0.3, 0.1, 0.2], [1, 0, 1, 2]
    assert follow(*chain) == [0, 0, 0, 0]
    assert follow(*chain, links=3) == [0, 0, 0, 0]
    assert follow(*chain, links=2) == [0, 0, 2, 2]
    # One link: after the cut 3 → 2 and 1 → 0 are short enough.
    assert follow(*chain, links=1) == [0, 0, 2, 2]


def test_the_weakest_of_all_longest_chains_is_cut_first() -> None:
    # 3 → 2 → 1 → 0 and 4 → 2 → 1 → 0. The weakest links are 4's (0.1) and, of the first chain, 2's
    # (0.2): once 4 stands alone, the first is still too long and is cut at 2. However they are numbered.
    out, to = np.array([0.1, 0.5, 0.5, 0.5, 0.5]), np.array([0.05, 0.3, 0.2, 0.25, 0.1])
    where = np.array([1, 0, 1, 2, 2])
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(5)  # place k of the new order is order[k]
        new = np.argsort(order)
        found = follow(out[order].tolist(), to[order].tolist(), new[where[order]].tolist(), links=2)
        assert [int(order[found[new[place]]]) for place in range(5)] == [0, 0, 2, 2, 4]


def test_links_are_counted_from_the_joint_centre_which_is_never_cut() -> None:
    # 3 → 2 → 1 ↔ 0 (headed by 0): two links to the joint centre, though 1 leads on to 0.
    joint = [0.3, 0.5, 0.5, 0.5], [0.2, 0.1, 0.3, 0.4], [1, 0, 1, 2]
    assert follow(*joint, links=2) == [0, 0, 0, 0]
    assert follow(*joint, links=1) == [0, 0, 2, 2]


@pytest.mark.parametrize(
    ("out", "to", "where", "what"),
    [
        ([1.1, 0.5], [0.3, 0.3], [1, 0], r"\[0\]"),
        ([0.5, 0.5], [0.3, 0.6], [1, 0], r"\[1\]"),
        ([0.5, 0.5], [0.3, 0.3], [1, 2], r"\[1\]"),
        ([0.5, 0.5], [0.3, 0.3], [-1, 1], r"\[0, 1\]"),  # 1 is left by half, but leads to itself
        ([float("nan"), 0.5], [0.3, 0.3], [1, 0], r"\[0\]"),
        ([0.5], [0.3, 0.3], [1, 0], "equal length"),
    ],
)
def test_shares_that_cannot_be_are_reported(
    out: list[float], to: list[float], where: list[int], what: str
) -> None:
    with pytest.raises(NotFlowsError, match=what):
        follow(out, to, where)


@given(counts(), st.integers(0, 4))
def test_every_centre_is_its_own(flows: Matrix, links: int) -> None:
    found = centres(*shares(flows), most_links=links)
    assert found.shape == (len(flows),)
    assert np.array_equal(found[found], found)


@given(distinct(), st.integers(0, 3))
def test_centres_do_not_depend_on_the_order_of_places(case: tuple[Matrix, Numbers], links: int) -> None:
    flows, order = case
    before = centres(*shares(flows), most_links=links)
    after = centres(*shares(flows[np.ix_(order, order)]), most_links=links)
    assert np.array_equal(order[after], before[order])


def swedish(year: str) -> tuple[Matrix, Matrix, Numbers, list[str]]:
    """What Statistics Sweden publishes of each municipality in a year, and the area it lies in."""
    with (group.bundled() / "figures" / "labour_market_areas.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["year"] == year]
    at = {row["municipality"]: number for number, row in enumerate(rows)}
    return (
        np.array([float(row["out_share"]) for row in rows]),
        np.array([float(row["out_share_largest"]) for row in rows]),
        np.array([at[row["largest_destination"]] for row in rows]),
        [row["la_code"] for row in rows],
    )


@pytest.mark.parametrize(("year", "areas"), [("2020", 69), ("2021", 67), ("2022", 67), ("2023", 67)])
def test_the_rule_without_cuts_gives_the_published_areas(year: str, areas: int) -> None:
    out, to_largest, destination, published = swedish(year)
    assert len(published) == 290
    found = parts(centres(out, to_largest, destination).tolist())
    assert found == parts(published)
    assert len(found) == areas


@pytest.mark.parametrize("year", ["2020", "2021", "2022", "2023"])
@pytest.mark.parametrize(("links", "least"), [(2, 0.92), (3, 0.98), (4, 1.0)])
def test_cutting_chains_moves_some_municipalities(year: str, links: int, least: float) -> None:
    # No municipality is more than four links from its centre in these years.
    given_shares = swedish(year)[:3]
    cut = centres(*given_shares, most_links=links)
    assert np.mean(cut == centres(*given_shares)) >= least


# ---- EURO


HAND = (1000.0, 0.6, 10000.0, 0.75)  # target over least self-containment: 1.25; 1 - 0.6 / 0.75 = 0.2


@pytest.mark.parametrize(
    ("residents", "jobs", "within", "expected"),
    [
        # Large and self-contained: the most there is, 1 · 1 · 1.25.
        (20_000, 18_000, 16_000, 1.25),
        # Large, 12 000 of 20 000 = 0.6 contained: 0.6 / 0.75 · 1.25 = 1, exactly at the border.
        (20_000, 18_000, 12_000, 1.0),
        # Half way between the sizes, self-contained: (1 - 0.2 · 0.5) · 1.25.
        (5_500, 5_000, 4_400, 1.125),
        # Half way, and 0.5 contained: 0.5 / 0.75 · 0.9 · 1.25.
        (5_500, 5_000, 2_750, 0.75),
        # At the least size with the target self-containment: 0.8 · 1.25 = 1, again at the border.
        (1_000, 900, 750, 1.0),
        # Jobs decide when they are the many: 6 000 of 16 000 = 0.375, half the target.
        (10_000, 16_000, 6_000, 0.625),
        # Below the least size: s = 9 900 / 9 000 = 1.1; (1 - 0.22) · 1.25.
        (100, 100, 80, 0.975),
        # Wholly self-contained, however small; and with nobody or no job.
        (5, 5, 5, 1.0),
        (0, 0, 0, 0.0),
        (50, 0, 0, 0.0),
        (0, 50, 0, 0.0),
    ],
)
def test_validity_by_hand(residents: float, jobs: float, within: float, expected: float) -> None:
    assert validity(float(residents), float(jobs), float(within), HAND) == pytest.approx(expected, abs=1e-14)


def test_a_small_dismantling_by_hand() -> None:
    # Least 50 and 0.6, target 200 and 0.75. Residents 100, 100, 50; jobs 90, 140, 20.
    # 0: contained 0.8; s = 100 / 150; (1 - 0.2 · 2/3) · 1.25 = 1.083: valid.
    # 1: 90 / 140 = 0.643; 0.857 · 0.867 · 1.25 = 0.929. 2: 20 / 50 = 0.4; 0.533 · 0.8 · 1.25 = 0.533: worst.
    # 2 is tied to 1 by 30² / (50 · 140); together 140 of 160 jobs = 0.875,
    # (1 - 0.2 / 3) · 1.25 = 1.167: valid.
    flows = matrix([80, 20, 0], [10, 90, 0], [0, 30, 20])
    rule: dict[str, Any] = {
        "least_size": 50,
        "least_contained": 0.6,
        "target_size": 200,
        "target_contained": 0.75,
    }
    for reaggregate in (True, False):
        assert euro(flows, **rule, reaggregate=reaggregate).tolist() == [0, 1, 1]


def test_a_place_that_is_refused_waits_and_joins_at_the_end() -> None:
    # 0 is large, 200 of its 210 jobs are its own people's: 1.25. 1 has no job: 0. Together nobody leaves or
    # enters, for which the formula gives 1, below 1.25: refused. At the end it joins 0 all the same.
    rule: dict[str, Any] = {
        "least_size": 50,
        "least_contained": 0.6,
        "target_size": 200,
        "target_contained": 0.75,
    }
    assert euro(matrix([200, 0], [10, 0]), **rule).tolist() == [0, 0]


# Least 50 and 0.6, target 200 and 0.75, as in the small dismantling.
SMALL: dict[str, Any] = {
    "least_size": 50,
    "least_contained": 0.6,
    "target_size": 200,
    "target_contained": 0.75,
}


def test_the_least_valid_area_is_chosen_anew_after_every_move() -> None:
    # Residents 40, 80, 140, 110, 110, 10; jobs 10, 60, 190, 0, 190, 40. Validities at first
    # 0: 0, 1: 0.350, 2: 1.130, 3: 0, 4: 0.849, 5: 0.311.
    # 0 is worst and joins 3, from where alone somebody comes to it (0.104). {0, 3} is worst: 3 has most ties
    # and joins 1 (0.519); {0} is worst and tied to 1, which would fall to 0.507: it waits. 5 joins 1 (0.833).
    # {1, 3, 5} is worst, and 3, with 110 ties against 60 and 0, joins 2 (1.133). Now {1, 5} has 0.853, and 4
    # is the worst with 0.849: it joins {1, 5}, which is valid with 1.149. At the end 0 joins {2, 3}.
    # An area that is dissolved until it is valid goes on with {1, 5}: 1 and 5 leave for 2, then 4, then 0.
    flows = matrix(
        [0, 0, 20, 0, 20, 0],
        [0, 20, 0, 0, 30, 30],
        [0, 0, 140, 0, 0, 0],
        [10, 40, 30, 0, 30, 0],
        [0, 0, 0, 0, 110, 0],
        [0, 0, 0, 0, 0, 10],
    )
    assert euro(flows, **SMALL).tolist() == [0, 1, 0, 0, 1, 1]
    assert euro(flows, **SMALL, reaggregate=False).tolist() == [0, 0, 0, 0, 0, 0]


def test_the_program_in_r_seats_the_last_place_first() -> None:
    # Residents 120, 40, 120, 10; jobs 90, 30, 140, 30; validities 1.117, 0, 1.117, 0.
    # 1 joins 3 (0.667), but {1, 3} is still worst. 1 is most tied to 0 and 3 to 2, which would fall from
    # 1.117 to 1.085 and 1.067: both wait, 1 before 3.
    # In that order 1 joins 0 by 20² / (120 · 30) = 0.111, against 20² / (40 · 140) = 0.071 for 2; then 3
    # joins {0, 1} by 10² / (10 · 120) + 20² / (160 · 30) = 0.167, against 10² / (120 · 30) = 0.028 for 2.
    # The last first: 3 has only 2 to join; then 1 joins {2, 3} by 40² / (40 · 170) + 10² / (130 · 30) =
    # 0.261, against 0.111 for 0.
    flows = matrix([90, 20, 10, 0], [0, 0, 20, 20], [0, 0, 110, 10], [0, 10, 0, 0])
    assert euro(flows, **SMALL).tolist() == [0, 0, 2, 0]
    assert euro(flows, **SMALL, reaggregate=False).tolist() == [0, 1, 1, 1]


def test_places_tied_only_to_each_other_are_an_area_however_small() -> None:
    # 1 and 2 exchange people with each other only; nobody lives or works in 3.
    flows = np.zeros((4, 4))
    flows[0, 0], flows[1, 2], flows[2, 1] = 500, 3, 4
    assert euro(flows).tolist() == [0, 1, 1, 3]


@pytest.mark.parametrize("reaggregate", [True, False])
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_without_commuting_every_place_is_an_area(n: int, reaggregate: bool) -> None:
    for home in (np.zeros(n), np.arange(n) * 100.0):
        flows = np.diag(home)
        assert euro(flows, reaggregate=reaggregate).tolist() == list(range(n))
        assert centres(*shares(flows)).tolist() == list(range(n))


@pytest.mark.parametrize(
    "rule",
    [
        {"least_size": 10_000.0},
        {"least_size": -1.0},
        {"least_contained": 0.8},
        {"least_contained": 0.0},
        {"target_contained": 1.1},
        {"target_size": float("nan")},
    ],
)
def test_a_rule_that_cannot_be_is_reported(rule: dict[str, Any]) -> None:
    with pytest.raises(NotFlowsError, match="must rise"):
        euro(np.eye(2), **rule)


Exact = tuple[Fraction, Fraction, Fraction, Fraction]
Rows = list[list[int]]


def exact_validity(flows: Rows, area: Collection[int], rule: Exact) -> Fraction:
    least_size, least, target_size, target = rule
    everyone = range(len(flows))
    residents = sum(flows[i][j] for i in area for j in everyone)
    jobs = sum(flows[i][j] for i in everyone for j in area)
    within = sum(flows[i][j] for i in area for j in area)
    if not residents or not jobs:
        return Fraction(0)
    contained = min(Fraction(within, residents), Fraction(within, jobs))
    if contained == 1:
        return Fraction(1)
    small = max(Fraction(0), (target_size - residents) / (target_size - least_size))
    return min(Fraction(1), contained / target) * (1 - (1 - least / target) * small) * target / least


def exact_best(flows: Rows, place: int, areas: Mapping[int, Collection[int]]) -> int | None:
    """The area that a place is most tied to, the lowest number first."""
    everyone = range(len(flows))
    residents, jobs = sum(flows[place]), sum(flows[i][place] for i in everyone)
    best, most = None, Fraction(0)
    for number in sorted(areas):
        area = areas[number]
        to, back = sum(flows[place][i] for i in area), sum(flows[i][place] for i in area)
        ties = Fraction(0)
        if to:
            ties += Fraction(to * to, residents * sum(flows[i][j] for i in everyone for j in area))
        if back:
            ties += Fraction(back * back, sum(flows[i][j] for i in area for j in everyone) * jobs)
        if ties > most:
            best, most = number, ties
    return best


def exact_euro(flows: Rows, rule: Exact, reaggregate: bool) -> tuple[Partition, set[int]]:
    """The areas by the rule as it is written, in fractions; and the places that had to wait."""
    everyone = range(len(flows))
    areas = {place: {place} for place in everyone}
    reserve: list[int] = []

    def leaves_first(members: set[int], whole: set[int]) -> int:
        def ties(place: int) -> int:
            inflow = sum(flows[i][place] for i in everyone if i not in whole)
            return inflow + sum(flows[place]) - flows[place][place]

        return max(sorted(members), key=ties)

    while areas:
        worst = min(areas, key=lambda number: (exact_validity(flows, areas[number], rule), number))
        if exact_validity(flows, areas[worst], rule) >= 1:
            break
        members = areas.pop(worst)
        whole = set(members)
        while members:
            place = leaves_first(members, whole)
            members = members - {place}
            best = exact_best(flows, place, areas)
            if best is not None and exact_validity(flows, areas[best] | {place}, rule) >= exact_validity(
                flows, areas[best], rule
            ):
                areas[best] = areas[best] | {place}
            else:
                reserve.append(place)
            if reaggregate:
                if members:
                    areas[worst] = members
                break
    seat(flows, areas, reserve if reaggregate else sorted(reserve, reverse=True))
    return {frozenset(area) for area in areas.values()}, set(reserve)


def seat(flows: Rows, areas: dict[int, set[int]], reserve: Sequence[int]) -> None:
    everyone = range(len(flows))
    waiting = list(reserve)
    while waiting:
        later = []
        for place in waiting:
            best = exact_best(flows, place, areas)
            alone = not any((flows[place][i] or flows[i][place]) and i != place for i in everyone)
            if best is not None:
                areas[best] = areas[best] | {place}
            elif alone:
                areas[place if place not in areas else min(set(everyone) - set(areas))] = {place}
            else:
                later.append(place)
        if later == waiting:
            place = later.pop(0)
            areas[place if place not in areas else min(set(everyone) - set(areas))] = {place}
        waiting = later


@given(counts(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_euro_is_what_the_rule_says_in_fractions(flows: Matrix, reaggregate: bool) -> None:
    rows = flows.astype(int).tolist()
    least_size, least, target_size, target = map(Fraction, RULE)
    expected, waited = exact_euro(rows, (least_size, least, target_size, target), reaggregate)
    found = euro(flows, **SIZED, reaggregate=reaggregate)
    assert parts(found.tolist()) == expected
    assert all(label == min(np.flatnonzero(found == label)) for label in found)
    # Every area meets the rule, is tied to nobody else, or took in places that had found no other.
    for area in expected:
        valid = exact_validity(rows, area, (least_size, least, target_size, target)) >= 1
        assert valid or area & waited


@given(distinct())
@settings(deadline=None)
def test_euro_does_not_depend_on_the_order_of_places(case: tuple[Matrix, Numbers]) -> None:
    flows, order = case
    before = euro(flows, **SIZED)
    after = euro(flows[np.ix_(order, order)], **SIZED)
    assert {frozenset(order[list(area)].tolist()) for area in parts(after.tolist())} == parts(before.tolist())


@given(counts(), st.sampled_from([1 / 3, 0.1, 1e-9, 7e12]))
@settings(deadline=None)
def test_rounding_decides_nothing(flows: Matrix, unit: float) -> None:
    # The same flows in another unit: their sums are rounded, but the areas stay, and so does the tree.
    for reaggregate in (True, False):
        sized = {name: size * unit if "size" in name else size for name, size in SIZED.items()}
        assert np.array_equal(
            euro(flows * unit, **sized, reaggregate=reaggregate),
            euro(flows, **SIZED, reaggregate=reaggregate),
        )
    assert np.array_equal(intramax(flows * unit)[0], intramax(flows)[0])


def italian(name: str) -> tuple[Matrix, list[str], dict[str, str]]:
    """Commuting in a part of Italy in 2001, and the areas that Istat's program makes of it."""
    folder = SHARED / "data" / "labour_markets"
    if not (folder / f"{name}_flows.csv").is_file():
        pytest.skip(f"no reference areas: STORREGION_SHARED names no folder with the flows of {name} in it")
    areas = {row["community"]: row["cluster"] for row in read(folder / f"{name}_areas_reference.csv")}
    codes = sorted(areas)
    flows = np.zeros((len(codes), len(codes)))
    for row in read(folder / f"{name}_flows.csv"):
        flows[codes.index(row["community_live"]), codes.index(row["community_work"])] += float(row["amount"])
    return flows, codes, areas


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


ISTAT: dict[str, Any] = {
    "least_size": 1000,
    "least_contained": 0.6667,
    "target_size": 10000,
    "target_contained": 0.75,
}


@pytest.mark.parametrize("reaggregate", [True, False])
def test_areas_are_those_of_istats_program(reaggregate: bool) -> None:
    flows, codes, areas = italian("brindisi")
    found = euro(flows, **ISTAT, reaggregate=reaggregate)
    assert parts(found.tolist()) == parts([areas[code] for code in codes])
    sums = {
        row["cluster"]: (float(row["amount_live"]), float(row["amount_work"]))
        for row in read(SHARED / "data" / "labour_markets" / "brindisi_marginals_reference.csv")
    }
    for label in np.unique(found):
        within = found == label
        expected = sums[areas[codes[label]]]
        assert (flows[within].sum(), flows[:, within].sum()) == expected


def test_areas_of_sardinia_tell_the_documented_rule_from_the_program() -> None:
    flows, codes, areas = italian("sardinia")
    expected = parts([areas[code] for code in codes])
    assert len(expected) == 36
    assert parts(euro(flows, **ISTAT, reaggregate=False).tolist()) == expected
    assert len(parts(euro(flows, **ISTAT).tolist())) == 37


# ---- INTRAMAX


def test_two_fusions_by_hand() -> None:
    # Residents 14, 14, 10, 10; jobs 12, 16, 6, 14.
    # 2 and 3: 5 / (10 · 14) + 1 / (10 · 6) = 0.0524; 0 and 1: 4 / (14 · 16) + 2 / (14 · 12) = 0.0298.
    # Of 48 flows 36 stay at home; then 42 within, then all; what is left is tied by nothing.
    flows = matrix([10, 4, 0, 0], [2, 12, 0, 0], [0, 0, 5, 5], [0, 0, 1, 9])
    fused, ties, within = intramax(flows)
    assert fused.tolist() == [[2, 3], [0, 1], [4, 5]]
    assert ties == pytest.approx([5 / 140 + 1 / 60, 4 / 224 + 2 / 168, 0])
    assert within.tolist() == [42 / 48, 1, 1]


def test_islands_are_fused_last_without_a_tie() -> None:
    # 1 and 3 exchange people; 0 keeps to itself, and in 2 is nobody.
    flows = np.zeros((4, 4))
    flows[0, 0], flows[1, 3], flows[3, 1] = 9, 1, 2
    fused, ties, within = intramax(flows)
    # Residents and jobs of 1 are 1 and 2, of 3 the other way round: 1 / (1 · 1) + 2 / (2 · 2).
    assert fused.tolist() == [[1, 3], [0, 4], [2, 5]]
    assert ties.tolist() == [1.5, 0, 0]
    assert within.tolist() == [1, 1, 1]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_smallest_trees(n: int) -> None:
    fused, ties, within = intramax(np.zeros((n, n)))
    assert fused.tolist() == [[0, 1]] * (n == 2)
    assert ties.tolist() == within.tolist() == [0.0] * (n == 2)


def exact_intramax(flows: Rows) -> tuple[list[list[int]], list[Fraction], list[Fraction]]:
    """The tree by the rule as it is written, in fractions."""
    n = len(flows)
    groups = [(place, frozenset([place])) for place in range(n)]  # number and members, lowest member first
    total = sum(map(sum, flows))
    fused, ties, within = [], [], []

    def tie(one: Collection[int], two: Collection[int]) -> Fraction:
        found = Fraction(0)
        for here, there in ((one, two), (two, one)):
            if flow := sum(flows[i][j] for i in here for j in there):
                residents = sum(sum(flows[i]) for i in here)
                found += Fraction(flow, residents * sum(flows[i][j] for i in range(n) for j in there))
        return found

    for step in range(n - 1):
        pairs = [(a, b) for at, a in enumerate(groups) for b in groups[at + 1 :]]
        one, two = max(pairs, key=lambda pair: tie(pair[0][1], pair[1][1]))
        fused.append(sorted([one[0], two[0]]))
        ties.append(tie(one[1], two[1]))
        kept = [g for g in groups if g not in (one, two)]
        groups = sorted([*kept, (n + step, one[1] | two[1])], key=lambda g: min(g[1]))
        inside = sum(flows[i][j] for _, members in groups for i in members for j in members)
        within.append(Fraction(inside, total) if total else Fraction(0))
    return fused, ties, within


@given(counts(most=9))
@settings(max_examples=60, deadline=None)
def test_intramax_is_what_the_rule_says_in_fractions(flows: Matrix) -> None:
    fused, ties, within = intramax(flows)
    expected = exact_intramax(flows.astype(int).tolist())
    assert fused.tolist() == expected[0]
    assert ties.tolist() == pytest.approx([float(tie) for tie in expected[1]], rel=1e-12)
    assert within.tolist() == pytest.approx([float(share) for share in expected[2]], rel=1e-12)


def members(fused: Numbers, n: int) -> list[frozenset[int]]:
    """What each fusion holds."""
    held = [frozenset([place]) for place in range(n)]
    for one, two in fused:
        held.append(held[one] | held[two])
    return held[n:]


@given(distinct())
@settings(deadline=None)
def test_the_tree_does_not_depend_on_the_order_of_places(case: tuple[Matrix, Numbers]) -> None:
    flows, order = case
    n = len(flows)
    fused, ties, within = intramax(flows)
    again, ties_again, within_again = intramax(flows[np.ix_(order, order)])
    assert [frozenset(order[list(held)].tolist()) for held in members(again, n)] == members(fused, n)
    assert ties_again == pytest.approx(ties, rel=1e-12)
    assert np.array_equal(within_again, within)
    assert (np.diff(within) >= 0).all()


# ---- what no flows can be


@pytest.mark.parametrize("kernel", [shares, euro, intramax])
@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_flows_that_cannot_be_are_named(kernel: Callable[[Matrix], object], wrong: float) -> None:
    flows = np.ones((3, 3))
    flows[1, 2] = wrong
    with pytest.raises(NotFlowsError, match=r"\[\[1, 2\]\]"):
        kernel(flows)
    with pytest.raises(NotFlowsError, match=r"\(2, 3\)"):
        kernel(np.ones((2, 3)))


def test_sums_on_the_grid_are_exact() -> None:
    flows = np.random.default_rng(5).gamma(0.3, 1000, (50, 50))
    grid = markets.gridded(flows)
    assert np.abs(grid - flows).max() <= flows.sum() * 2.0**-52
    exact = sum(map(Fraction, grid.ravel().tolist()))
    assert Fraction(float(grid.sum())) == exact == Fraction(float(grid.ravel()[::-1].cumsum()[-1]))
    counted = np.rint(flows)
    assert np.array_equal(markets.gridded(counted), counted)
