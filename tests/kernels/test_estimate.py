"""The estimate keeps what is published, is as even as that allows, and says when it cannot be."""

import csv
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storregion.core import group
from storregion.kernels.estimate import NoEstimateError, Observed, matrix_from_shares

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Published(NamedTuple):
    """What the estimate starts from."""

    workers: Matrix
    out: Matrix
    to_largest: Matrix
    destination: Numbers
    weight: Matrix


def rows(name: str) -> list[dict[str, str]]:
    with (group.bundled() / "figures" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def swedish() -> Published:
    """290 municipalities in 2021, half of their people at work, a decay of 25 km between their points."""
    markets = [row for row in rows("labour_market_areas") if row["year"] == "2021"]
    codes = [row["municipality"] for row in markets]
    people = {
        row["municipality"]: float(row["persons"])
        for row in rows("population_totals")
        if row["year"] == "2021"
    }
    points = {row["municipality"]: row for row in rows("municipalities")}
    north = np.radians([float(points[code]["latitude"]) for code in codes])
    east = np.radians([float(points[code]["longitude"]) for code in codes])
    across = np.cos((north[:, None] + north) / 2) * (east[:, None] - east)
    kilometres = 6371 * np.hypot(north[:, None] - north, across)
    return Published(
        np.array([people[code] / 2 for code in codes]),
        np.array([float(row["out_share"]) for row in markets]),
        np.array([float(row["out_share_largest"]) for row in markets]),
        np.array([codes.index(row["largest_destination"]) for row in markets]),
        np.exp(-kilometres / 25),
    )


@pytest.fixture(scope="module")
def estimated(swedish: Published) -> Matrix:
    return matrix_from_shares(*swedish)


def check(given_shares: Published, flows: Matrix) -> None:
    """All that is kept."""
    workers, out, to_largest, destination, _ = given_shares
    here = np.arange(len(workers))
    assert flows.shape == (len(workers), len(workers))
    assert (flows >= 0).all()
    assert flows.sum(axis=1) == pytest.approx(workers, rel=1e-9)
    assert flows[here, here] == pytest.approx((1 - out) * workers, rel=1e-12)
    moves = destination != here
    largest = flows[here, destination][moves]
    assert largest == pytest.approx((to_largest * workers)[moves], rel=1e-12)
    away = flows - np.diag(flows.diagonal())
    assert (away.max(axis=1, initial=0)[moves] <= largest).all()


def test_every_published_share_is_kept(swedish: Published, estimated: Matrix) -> None:
    workers, out, to_largest, destination, _ = swedish
    here = np.arange(290)
    assert len(workers) == 290
    check(swedish, estimated)
    assert np.abs(1 - estimated.diagonal() / workers - out).max() < 1e-12
    assert np.abs(estimated[here, destination] / workers - to_largest).max() < 1e-12


def open_cells(given_shares: Published) -> NDArray[np.bool_]:
    """The cells that the rest of each row is spread over."""
    here = np.arange(len(given_shares.workers))
    found = given_shares.weight > 0
    found[here, here] = found[here, given_shares.destination] = False
    return found


def check_spread(given_shares: Published, flows: Matrix) -> None:
    """Cells below the ceiling have one rate per row over weight times jobs; those at it would have more."""
    pull = given_shares.weight * flows.sum(axis=0)
    ceiling = given_shares.to_largest * given_shares.workers
    for i, free in enumerate(open_cells(given_shares)):
        rates = flows[i, free] / pull[i, free]
        under = flows[i, free] < ceiling[i]
        if under.any():
            assert rates[under] == pytest.approx(rates[under].mean(), rel=1e-6)
            assert (rates[~under] <= rates[under].mean() * (1 + 1e-6)).all()


def test_jobs_are_the_column_sums_that_the_spread_rests_on(swedish: Published, estimated: Matrix) -> None:
    check_spread(swedish, estimated)


def test_any_other_spread_is_less_even(swedish: Published, estimated: Matrix) -> None:
    # Σ -p ln(p / w) over the spread cells, w = weight · jobs: smaller after any small step that keeps the
    # row's sum and the ceiling.
    pull = swedish.weight * estimated.sum(axis=0)
    ceiling = swedish.to_largest * swedish.workers
    source = np.random.default_rng(3)
    capped = 0
    for i, free in enumerate(open_cells(swedish)):
        p, w = estimated[i, free] / swedish.workers[i], pull[i, free]
        full = estimated[i, free] >= ceiling[i]
        capped += int(full.sum())
        for _ in range(5):
            step = source.normal(size=len(p)) * p
            step[full] = -np.abs(step[full])
            step[~full] -= step.sum() * p[~full] / p[~full].sum()
            after = p + 1e-3 * step
            assert after.sum() == pytest.approx(p.sum())
            assert -(after * np.log(after / w)).sum() < -(p * np.log(p / w)).sum()
    assert capped > 20  # the ceiling binds


def hand(
    weight: float, n: int = 4, to_largest: float = 0.2, out: float = 0.5, others: float = 40
) -> Published:
    """Half of the 100 in the first place leave it, 20 to the second; the others stay at home."""
    nearness = np.ones((n, n))
    nearness[0, 2] = weight
    stay = np.zeros(n - 1)
    return Published(
        np.array([100.0, *[others] * (n - 1)]),
        np.array([out, *stay]),
        np.array([to_largest, *stay]),
        np.array([1, *range(1, n)]),
        nearness,
    )


def test_two_equal_places_share_the_rest() -> None:
    # 100 · (0.5 - 0.2) = 30 for the third and fourth, as near and as large.
    flows = matrix_from_shares(*hand(weight=1))
    assert flows[0] == pytest.approx([50, 20, 15, 15])
    assert flows[1:] == pytest.approx(np.eye(4)[1:] * 40)


def test_the_nearer_place_gets_no_more_than_the_largest() -> None:
    # By 9 to 1 the third would get 27 or more of the 30, but the largest destination has 20.
    flows = matrix_from_shares(*hand(weight=9))
    assert flows[0].tolist() == pytest.approx([50, 20, 20, 10])
    assert flows[0, 2] == 20


def test_jobs_are_solved_along() -> None:
    # x of 30 to the third, whose jobs are 400 + x, at 1.2 times the weight of the fourth with 430 - x jobs:
    # x / (30 - x) = 1.2 (400 + x) / (430 - x), so 0.2 x² + 874 x - 14 400 = 0 and x = 16.414…
    x = (-874 + (874**2 + 4 * 0.2 * 14_400) ** 0.5) / 0.4
    flows = matrix_from_shares(*hand(weight=1.2, others=400))
    assert flows[0] == pytest.approx([50, 20, x, 30 - x], rel=1e-8)


def test_three_places_leave_no_choice() -> None:
    flows = matrix_from_shares(*hand(weight=5, n=3, to_largest=0.3))
    assert flows[0] == pytest.approx([50, 30, 20])


def test_all_cells_at_the_ceiling() -> None:
    # 0.6 in three equal parts.
    flows = matrix_from_shares(*hand(weight=7, to_largest=0.2, out=0.6))
    assert flows[0] == pytest.approx([40, 20, 20, 20])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_places(n: int) -> None:
    # Nobody leaves, but of two where a tenth goes to the other.
    out = np.full(n, 0.1 if n == 2 else 0.0)
    published = Published(np.full(n, 10.0), out, out, np.arange(n)[::-1].copy(), np.ones((n, n)))
    check(published, matrix_from_shares(*published))


def test_a_place_without_people_gets_jobs_only_as_the_largest_destination() -> None:
    people = Published(
        np.array([100.0, 0.0, 0.0, 50.0]),
        np.array([0.5, 0.0, 0.0, 0.0]),
        np.array([0.3, 0.0, 0.0, 0.0]),
        np.array([1, 1, 2, 3]),
        np.ones((4, 4)),
    )
    assert matrix_from_shares(*people)[0] == pytest.approx([50, 30, 0, 20])


@pytest.mark.parametrize(
    ("field", "at", "value"),
    [
        ("workers", 1, -1.0),
        ("workers", 1, np.nan),
        ("out", 1, 1.2),
        ("out", 1, np.nan),
        ("out", 1, 0.1),  # less than goes to the largest
        ("to_largest", 1, -0.1),
        ("to_largest", 1, 0.1),  # 0.4 left for two places of at most 0.1
        ("destination", 1, 4),
        ("destination", 1, -1),
        ("destination", 1, 1),  # half leave it, but it is its own largest destination
    ],
)
def test_shares_that_contradict_each_other_are_named(field: str, at: int, value: float) -> None:
    right = Published(
        np.full(4, 50.0), np.full(4, 0.5), np.full(4, 0.2), np.array([1, 2, 3, 0]), np.ones((4, 4))
    )
    check(right, matrix_from_shares(*right))
    changed = getattr(right, field).copy()
    changed[at] = value
    with pytest.raises(NoEstimateError, match=r"places \[1\] contradict"):
        matrix_from_shares(*right._replace(**{field: changed}))


def test_weights_that_leave_no_room_are_reported() -> None:
    published = hand(weight=0)
    with pytest.raises(NoEstimateError, match=r"places \[0\] does not fit"):
        matrix_from_shares(*published)
    with pytest.raises(NoEstimateError, match=r"\[\[0, 2\]\]"):
        matrix_from_shares(*hand(weight=-1))
    with pytest.raises(NoEstimateError, match="must be"):
        matrix_from_shares(*published._replace(weight=np.ones((3, 4))))
    with pytest.raises(NoEstimateError, match="within 1 steps"):
        matrix_from_shares(*hand(weight=1), steps=1)


@st.composite
def publications(draw: st.DrawFn) -> Published:
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(2, 15))
    out = source.uniform(0, 0.8, n)
    # Between an even spread over all others, and all to one.
    to_largest = out * source.uniform(1 / (n - 1), 1, n)
    destination = (np.arange(n) + source.integers(1, n, n)) % n
    return Published(
        source.gamma(1, 1000, n) + 1, out, to_largest, destination, source.uniform(0.2, 1, (n, n))
    )


@given(publications())
@settings(deadline=None)
def test_what_is_published_is_kept_whatever_it_is(published: Published) -> None:
    flows = matrix_from_shares(*published)
    check(published, flows)
    check_spread(published, flows)


# ---- what is observed beside the shares


APART = np.array([0, 0, 1, 2])
"""The first two places in one group, the others each in its own."""


def between(first: list[float]) -> Observed:
    """Flows from the first group to each; nobody leaves the others, 40 people each."""
    return Observed(groups=APART, blocks=np.array([first, [0, 40, 0], [0, 0, 40]], float))


def test_flows_between_groups_are_met() -> None:
    # 100 + 40 live in the first group: 50 and 40 stay, 20 go to the second place, so 110 remain in the group.
    # Of the 30 left, 18 and 12 are observed; nearness alone would give 15 and 15.
    flows = matrix_from_shares(*hand(weight=1), between([110, 18, 12]))
    assert flows[0] == pytest.approx([50, 20, 18, 12])
    assert flows[1:] == pytest.approx(np.eye(4)[1:] * 40)


def test_flows_between_groups_that_cannot_be_give_way() -> None:
    # 120 were seen to remain in the group, but 110 do: the 20 seen elsewhere are scaled to the 30 there are,
    # 12 and 8 to 18 and 12.
    flows = matrix_from_shares(*hand(weight=1), between([120, 12, 8]))
    assert flows[0] == pytest.approx([50, 20, 18, 12])
    # 5 and 15 to 7.5 and 22.5, but no destination has more than the largest, 20.
    flows = matrix_from_shares(*hand(weight=1), between([120, 5, 15]))
    assert flows[0] == pytest.approx([50, 20, 10, 20], abs=1e-3)
    assert flows[0].sum() == pytest.approx(100)


def test_a_place_that_the_observed_flows_forbid_still_puts_its_rest_somewhere() -> None:
    # All 140 were seen in the group, yet 30 leave it by the shares: no flow says where, so nearness does.
    flows = matrix_from_shares(*hand(weight=1), between([140, 0, 0]))
    assert flows[0] == pytest.approx([50, 20, 15, 15])


def test_jobs_given_are_met() -> None:
    # 57 jobs in the third place, 40 of them held by its own: 17 of the first place's 30.
    known = Observed(jobs=np.array([50.0, 60.0, 57.0, 53.0]))
    assert matrix_from_shares(*hand(weight=9), known)[0] == pytest.approx([50, 20, 17, 13])
    some = Observed(jobs=np.array([np.nan, np.nan, 52.0, np.nan]))
    assert matrix_from_shares(*hand(weight=9), some)[0] == pytest.approx([50, 20, 12, 18])


def test_jobs_given_that_are_all_known_leave_nothing_to_spread() -> None:
    # 80 stay, 20 go to the second place, and the others stay at home: the jobs given are just these.
    known = Observed(jobs=np.array([80.0, 60.0, 40.0, 40.0]))
    flows = matrix_from_shares(*hand(weight=1, out=0.2), known)
    assert flows[0] == pytest.approx([80, 20, 0, 0])
    assert flows[1:] == pytest.approx(np.eye(4)[1:] * 40)


def cells(**known: float) -> Observed:
    """Cells of the first row, by their column."""
    found = np.full((4, 4), np.nan)
    for column, persons in known.items():
        found[0, int(column[1:])] = persons
    return Observed(cells=found)


def test_cells_given_are_met_and_the_rest_gives_way() -> None:
    # 14 observed in the third place leave 16 for the fourth.
    assert matrix_from_shares(*hand(weight=1), cells(_2=14))[0] == pytest.approx([50, 20, 14, 16])
    # 7 leave 23, more than the largest destination has: what is observed stands.
    assert matrix_from_shares(*hand(weight=1), cells(_2=7))[0] == pytest.approx([50, 20, 7, 23])
    # The largest destination itself: 100 - 50 - 26 leaves 24.
    assert matrix_from_shares(*hand(weight=1), cells(_1=26))[0] == pytest.approx([50, 26, 12, 12])
    # A whole row as observed, of other people than the level says.
    row = matrix_from_shares(*hand(weight=1), cells(_0=70, _1=30, _2=5, _3=3))[0]
    assert row == pytest.approx([70, 30, 5, 3])


@given(publications(), st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_flows_between_groups_that_some_matrix_has_are_met(
    published: Published, seed: int, number: int
) -> None:
    source = np.random.default_rng(seed)
    n = len(published.workers)
    groups = source.integers(0, number, n)
    member = np.eye(number)[groups]
    # A matrix with the same shares, of another nearness, shows that its flows between groups are possible.
    possible = matrix_from_shares(*published._replace(weight=source.uniform(0.2, 1, (n, n))))
    blocks = member.T @ possible @ member
    flows = matrix_from_shares(*published, Observed(groups=groups, blocks=blocks), steps=5_000)
    check(published, flows)
    assert member.T @ flows @ member == pytest.approx(blocks, abs=1e-5 * published.workers.sum())
    # One rate for a row in each group over weight times jobs, but for cells at the ceiling.
    pull = published.weight * flows.sum(axis=0)
    ceiling = published.to_largest * published.workers
    for i, free in enumerate(open_cells(published)):
        for one in range(number):
            inside = free & (groups == one) & (flows[i] < ceiling[i] * (1 - 1e-9)) & (flows[i] > 0)
            rates = flows[i, inside] / pull[i, inside]
            assert rates == pytest.approx(np.full(len(rates), rates.mean() if len(rates) else 0), rel=1e-4)


def test_the_county_flows_of_2018_are_met_by_the_shares_of_2021(swedish: Published) -> None:
    seen = rows("commuting_county_county")
    counties = sorted({row["home_county"] for row in seen})
    codes = [row["municipality"] for row in rows("labour_market_areas") if row["year"] == "2021"]
    groups = np.array([counties.index(code[:2]) for code in codes])
    shares = np.zeros((21, 21))
    for row in seen:
        shares[counties.index(row["home_county"]), counties.index(row["work_county"])] = float(row["persons"])
    shares /= shares.sum(axis=1, keepdims=True)
    member = np.eye(21)[groups]
    blocks = shares * (swedish.workers @ member)[:, None]
    # Some commute from one end of the country to the other, so nearness must not vanish there.
    far = swedish._replace(weight=swedish.weight + 0.003 * swedish.weight**0.125)
    flows = matrix_from_shares(*far, Observed(groups=groups, blocks=blocks))
    check(far, flows)
    off = np.abs(member.T @ flows @ member - blocks)
    # Gotland is one municipality, whose own published share says that 56 more stay than in 2018, of 27 000.
    gotland = counties.index("09")
    assert off[gotland].max() < 0.003 * blocks[gotland].sum()
    assert np.delete(off, gotland, axis=0).max() < 0.01
