"""Decay of moves with distance: every margin kept, and a known decay found again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.kernels.balance import NoBalanceError, balanced
from storregion.kernels.decay import Form, Margins, fitted, moves, stayed


def made(
    beta: float, form: Form, seed: int, places: int = 12, groups: int = 3
) -> tuple[np.ndarray, Margins, np.ndarray]:
    """Moves with a known decay between places in a plane, and their margins within and beyond groups."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, 300, (2, places))
    # Groups lie side by side, as counties do.
    group = np.argsort(np.argsort(x)) * groups // places
    km = np.hypot(x[:, None] - x, y[:, None] - y) + 5.0
    fall = km**-beta if form == "power" else np.exp(-beta * km)
    out = random.uniform(100, 5000, places)
    into = random.permutation(out)
    flows = balanced(np.where(np.eye(places), 0.0, fall), out, into)
    same = group[:, None] == group
    within, beyond = np.where(same, flows, 0.0), np.where(same, 0.0, flows)
    margins = Margins(group, within.sum(axis=1), within.sum(axis=0), beyond.sum(axis=1), beyond.sum(axis=0))
    return km, margins, flows


@pytest.mark.parametrize(("form", "beta"), [("power", 1.3), ("power", 0.4), ("exp", 0.02)])
def test_a_known_decay_and_its_moves_are_found_again(form: Form, beta: float) -> None:
    km, margins, flows = made(beta, form, 3)
    found = fitted(margins, km, form)
    assert found == pytest.approx(beta, rel=1e-3)
    assert moves(margins, km, form, found) == pytest.approx(flows, rel=0.01)
    same = margins.group[:, None] == margins.group
    assert stayed(margins, km, form, found) == pytest.approx(
        np.where(same, flows, 0).sum(axis=1) / flows.sum(axis=1), rel=0.01
    )


@given(st.floats(0.2, 2.0), st.integers(0, 50), st.floats(0.1, 2.5))
@settings(max_examples=25, deadline=None)
def test_every_margin_is_kept_whatever_the_decay(beta: float, seed: int, other: float) -> None:
    km, margins, _ = made(beta, "power", seed)
    found = moves(margins, km, "power", other)
    same = margins.group[:, None] == margins.group
    within, beyond = np.where(same, found, 0.0), np.where(same, 0.0, found)
    assert (np.diag(found) == 0).all()
    for table, out, into in (
        (within, margins.out_within, margins.in_within),
        (beyond, margins.out_beyond, margins.in_beyond),
    ):
        assert table.sum(axis=1) == pytest.approx(out, rel=1e-9)
        assert table.sum(axis=0) == pytest.approx(into, rel=1e-9)


def test_more_moves_than_any_decay_keeps_are_refused() -> None:
    km, margins, _ = made(1.0, "power", 3)
    everyone = margins._replace(
        out_within=margins.out_within + margins.out_beyond,
        in_within=margins.in_within + margins.in_beyond,
        out_beyond=np.zeros(12),
        in_beyond=np.zeros(12),
    )
    with pytest.raises(NoBalanceError, match=r"no decay lets 100\.0% of the moves stay"):
        fitted(everyone, km, "power")
