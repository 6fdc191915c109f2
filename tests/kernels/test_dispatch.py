"""Power step by step: small networks by hand, balance in random ones, an oracle of moved generation."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.dispatch import Dispatch, Network, dispatched

INF = np.inf


def network(use: list[list[float]], mw: list[float], power: float = 0.0, energy: float = 0.0) -> Network:
    """Nodes, each linked with the last, where power comes in; the first can move generation."""
    nodes = len(use)
    ends = np.array([[nodes - 1, at] for at in range(nodes - 1)], np.int64).reshape(-1, 2)
    most, all_of_it = np.zeros(nodes), np.zeros(nodes)
    most[0], all_of_it[0] = power, energy
    return Network(np.array(use), most, all_of_it, ends, np.array(mw), np.array([nodes - 1]), 1.0)


def imbalance(given: Network, found: Dispatch) -> float:
    """How far any node is from what comes in being what goes out, in any step."""
    left = found.moved + found.unserved - found.spilled - given.net_use
    for (one, other), flow in zip(given.ends, found.there - found.back, strict=True):
        left[one] -= flow
        left[other] += flow
    for source, flow in zip(given.sources, found.imported - found.exported, strict=True):
        left[source] += flow
    return float(np.abs(left).max())


def test_what_a_link_cannot_carry_is_not_met_by_hand() -> None:
    # 100 MW are used behind a link of 60: 60 come in, 40 are not met. One MW more of use is one more not met.
    found = dispatched(network([[100.0], [0.0]], [60.0]))
    assert found.least_import.tolist() == [60]
    assert found.unserved[:, 0].tolist() == [40, 0]
    assert found.price[0, 0] == 1e5


def test_generation_is_moved_to_where_it_lowers_the_import_most_by_hand() -> None:
    # 10 and 20 MW are used; 8 MWh can be moved, up to 12 MW: all of it to the second hour, which leaves 12.
    found = dispatched(network([[10.0, 20.0], [0.0, 0.0]], [INF], power=12, energy=8))
    assert found.moved[0].round(6).tolist() == [0, 8]
    assert found.least_import.round(6).tolist() == [12]
    # 14 MWh: 2 to the first hour and 12 to the second leave 8 in both.
    found = dispatched(network([[10.0, 20.0], [0.0, 0.0]], [INF], power=12, energy=14))
    assert found.least_import.round(6).tolist() == [8]
    # At most 5 MW: the second hour keeps 15.
    found = dispatched(network([[10.0, 20.0], [0.0, 0.0]], [INF], power=5, energy=14))
    assert found.least_import.round(6).tolist() == [15]
    # Only the second hour decides: a MW more there is a MW more of import, 1000 by weight.
    assert np.round(found.price[0], 1).tolist() == [0, 1000]


def test_surplus_helps_the_neighbour_and_the_rest_goes_out_by_hand() -> None:
    # 50 MW too many, 30 used beside it: 30 go there and 20 out, through the zone and without a detour.
    found = dispatched(network([[-50.0], [30.0], [0.0]], [INF, INF]))
    assert found.exported.tolist() == [[20]]
    assert found.imported.tolist() == [[0]]
    assert found.back[:, 0].tolist() == [50, 0]
    assert found.there[:, 0].tolist() == [0, 30]


def test_a_surplus_that_a_link_cannot_carry_is_spilled_by_hand() -> None:
    # 50 MW too many behind a link of 30: 30 go out, 20 are spilled.
    found = dispatched(network([[-50.0], [0.0]], [30.0]))
    assert found.spilled[:, 0].tolist() == [20, 0]
    assert found.exported.tolist() == [[30]]


def test_the_first_source_is_preferred_up_to_what_the_link_carries_by_hand() -> None:
    # 100 MW at zone 1; zone 0 comes first, but 30 MW is all that the link between them carries.
    given = Network(
        np.array([[0.0], [100.0]]), np.zeros(2), np.zeros(2), np.array([[0, 1]]), np.array([30.0]),
        np.array([0, 1]), 1.0,
    )  # fmt: skip
    found = dispatched(given)
    assert found.least_import.round(6).tolist() == [30, 70]


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=12),
    st.integers(0, 60),
    st.integers(0, 300),
)
def test_the_least_import_is_that_of_a_search_by_halves(use: list[int], power: int, energy: int) -> None:
    found = dispatched(network([[float(one) for one in use], [0.0] * len(use)], [INF], power, energy))
    low, high = 0.0, float(max(use))
    for _ in range(60):
        level = (low + high) / 2
        above = [max(one - level, 0.0) for one in use]
        if max(above) <= power and sum(above) <= energy:
            high = level
        else:
            low = level
    np.testing.assert_allclose(found.least_import[0], high, atol=1e-5)


@given(st.data())
def test_every_node_is_balanced_in_every_step(data: st.DataObject) -> None:
    nodes, steps = data.draw(st.integers(2, 5)), data.draw(st.integers(1, 6))
    use = [data.draw(st.lists(st.integers(-80, 120), min_size=steps, max_size=steps)) for _ in range(nodes)]
    limits = data.draw(st.lists(st.sampled_from([0.0, 30.0, INF]), min_size=nodes - 1, max_size=nodes - 1))
    given = network([[float(one) for one in own] for own in use], limits, power=20, energy=50)
    found = dispatched(given)
    assert imbalance(given, found) < 1e-6
    assert (found.imported <= found.least_import[:, np.newaxis] + 1e-6).all()
    assert found.moved[0].sum() <= 50 + 1e-6
    for flow in (found.there, found.back):
        assert (flow <= given.link_mw[:, np.newaxis] + 1e-6).all()
