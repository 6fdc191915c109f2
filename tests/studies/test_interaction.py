"""Spatial interaction: a known decay is found again, and pairs are judged only as far as they are known."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.facts.places import MUNICIPALITIES, MUNICIPALITY_POINTS, NODES
from storregion.facts.work import COMMUTING, COUNTY_COMMUTING
from storregion.studies.interaction import GRAVITY, NODE_PAIRS, gravity, node_pairs

CODES = tuple(f"{number:04}" for number in range(1, 7))
WHERE = ((0, 0), (10, 0), (0, 20), (30, 5), (12, 33), (40, 40))


def flows(persons: Any, cells: Sequence[Sequence[str]] | None = None, **more: Any) -> pl.DataFrame:
    rows = [
        {
            "year": 2001,
            "home": CODES[i],
            "work": CODES[j],
            "sex": "total",
            "persons": float(number),
            "cell": cells[i][j] if cells else "observed",
            "basis": "estimated" if cells else "observed",
        }
        | more
        for i, row in enumerate(persons)
        for j, number in enumerate(row)
    ]
    types = {column.name: column.dtype for column in COMMUTING.columns}
    return COMMUTING.check(pl.DataFrame(rows, schema=types, orient="row"), maker="the test")


def points(where: Sequence[tuple[float, float]] = WHERE) -> pl.DataFrame:
    rows = [
        (code, 5e5 + 1e3 * x, 6.6e6 + 1e3 * y, "observed") for code, (x, y) in zip(CODES, where, strict=False)
    ]
    return pl.DataFrame(rows, schema={c.name: c.dtype for c in MUNICIPALITY_POINTS.columns}, orient="row")


def counties(flows_known: bool = False) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Flows between three counties of two municipalities each, or none; and the municipalities."""
    between = [(2000, "01", "02", 1, "observed")] if flows_known else []
    rows = [(code, code, f"0{1 + at // 2}", 9.0, 60.0, 15.0, "observed") for at, code in enumerate(CODES)]
    return (
        pl.DataFrame(between, schema={c.name: c.dtype for c in COUNTY_COMMUTING.columns}, orient="row"),
        pl.DataFrame(rows, schema={c.name: c.dtype for c in MUNICIPALITIES.columns}, orient="row"),
    )


def nodes(cores: Sequence[str] = ()) -> pl.DataFrame:
    rows = [
        (name, name, "regional_core" if name in cores else "city", code, 59.0, 18.0, "x", "observed")
        for name, code in zip("abc", CODES, strict=False)
    ]
    return pl.DataFrame(rows, schema={c.name: c.dtype for c in NODES.columns}, orient="row")


def distances() -> Any:
    x, y = np.array(WHERE, float).T
    return np.hypot(x[:, None] - x, y[:, None] - y) + np.eye(len(WHERE))


def modelled(form: str, beta: float) -> Any:
    """Flows that are a gravity model exactly: sizes times a decay, and many who stay."""
    km = distances()
    decay = np.exp(beta * km) if form == "exp" else km**beta
    flow = np.outer([9, 5, 7, 3, 4, 8], [6, 2, 9, 5, 3, 7]) * 100.0 * decay
    np.fill_diagonal(flow, 12345.0)
    return flow


@pytest.mark.parametrize(("form", "beta"), [("exp", -0.07), ("power", -1.6)])
def test_a_known_decay_is_found_again(form: str, beta: float) -> None:
    flow = modelled(form, beta)
    table = GRAVITY.check(gravity(flows(flow), *counties(), points()), maker="gravity")
    row = table.filter(form=form).row(0, named=True)
    assert row["beta"] == pytest.approx(beta, rel=1e-7)
    assert row["explained"] == pytest.approx(1.0)
    other = table.filter(pl.col("form") != form).row(0, named=True)
    assert 0 < other["explained"] < 1
    apart = ~np.eye(len(CODES), dtype=bool)
    assert row["mean_km"] == pytest.approx((flow * distances())[apart].sum() / flow[apart].sum())


def test_estimated_flows_are_not_judged_on_the_form_that_made_them() -> None:
    spread = [["spread"] * 6 for _ in range(6)]
    made = flows(modelled("exp", -0.07), spread)
    alone = GRAVITY.check(gravity(made, *counties(), points()), maker="gravity")
    assert alone["explained"].to_list() == [None, None]
    assert set(alone["explained_absent"]) == {"not_applicable"}
    assert set(alone["judged"]) == {"not_judged"}
    # Where flows between counties are observed, these are what a form must explain.
    judged = GRAVITY.check(gravity(made, *counties(flows_known=True), points()), maker="gravity")
    assert set(judged["judged"]) == {"counties"}
    assert judged.filter(form="exp")["explained"].item() == pytest.approx(1.0)
    assert 0 < judged.filter(form="power")["explained"].item() < 1
    assert set(gravity(flows(modelled("exp", -0.07)), *counties(), points())["judged"]) == {"flows"}


def test_when_distance_means_nothing_nothing_is_explained() -> None:
    flow = modelled("exp", 0.0)
    table = gravity(flows(flow), *counties(), points())
    assert table["beta"].to_list() == pytest.approx([0, 0], abs=1e-9)
    assert (table["beta"].abs() < 1e-9).all()


def test_a_matrix_without_a_model_is_refused_with_its_year() -> None:
    # All who move go from the first to the second.
    flow = np.diag([5.0] * 6)
    flow[0, 1] = 7
    with pytest.raises(DataError, match="commuting 2001 has no gravity model"):
        gravity(flows(flow), *counties(), points())


def pairs(commuting: pl.DataFrame, who: pl.DataFrame | None = None) -> dict[str, dict[str, Any]]:
    home = nodes() if who is None else who
    table = node_pairs(commuting, gravity(commuting, *counties(), points()), home, points())
    NODE_PAIRS.check(table, maker="node_pairs")
    return {row["one"] + row["two"]: row for row in table.iter_rows(named=True)}


def test_pairs_by_the_model_are_as_expected_and_one_that_is_missing_is_weak() -> None:
    flow = modelled("exp", -0.05)
    found = pairs(flows(flow))
    assert set(found) == {"ab", "ac", "bc"}
    for row in found.values():
        assert row["verdict"] == "as_expected"
        assert row["ratio"] == pytest.approx(1.0, abs=1e-6)
        assert (row["known"], row["at_most"]) == ("both", row["persons"])
        assert row["basis"] == "observed"
    assert found["ab"]["persons"] == pytest.approx(flow[0, 1] + flow[1, 0])
    assert found["ab"]["km"] == pytest.approx(10)
    flow[0, 1] /= 10
    flow[1, 0] /= 10
    less = pairs(flows(flow))
    assert less["ab"]["verdict"] == "weak"
    assert less["ab"]["missing_persons"] == pytest.approx(less["ab"]["predicted"] - less["ab"]["persons"])
    assert less["ab"]["missing_persons"] > 0
    assert less["ab"]["ratio"] == pytest.approx(less["ab"]["persons"] / less["ab"]["predicted"])


CELLS = [["spread"] * 6 for _ in range(6)]


def test_a_pair_that_only_the_estimate_knows_is_not_judged() -> None:
    row = pairs(flows(modelled("exp", -0.05), CELLS))["ab"]
    assert (row["known"], row["verdict"], row["verdict_absent"]) == ("none", None, "missing")
    # The most that may go is what goes to the largest destination, either way.
    flow = modelled("exp", -0.05)
    np.fill_diagonal(flow, 0)
    assert row["at_most"] == pytest.approx(flow[0].max() + flow[1].max())


def test_it_is_judged_weak_when_even_the_most_allowed_is_weak() -> None:
    # Distance deters all others steeply. The first two lie nearest each other, yet send as few everywhere.
    flow = 1e6 * modelled("exp", -0.3)
    flow[0, 1:], flow[1, [0, 2, 3, 4, 5]] = 10, 10
    found = pairs(flows(flow, CELLS))
    for row in found.values():
        sure = row["at_most"] / row["predicted"] < 0.67
        assert row["verdict"] == ("weak" if sure else None)
        assert row["verdict_absent"] == (None if sure else "missing")
    assert found["ab"]["at_most"] == 20
    assert found["ab"]["verdict"] == "weak"


def test_one_known_direction_is_kept_in_the_most() -> None:
    cells = [list(row) for row in CELLS]
    cells[0][1] = "published_share"
    flow = modelled("exp", -0.05)
    row = pairs(flows(flow, cells))["ab"]
    assert row["known"] == "one"
    assert row["verdict"] is not None
    np.fill_diagonal(flow, 0)
    assert row["at_most"] == pytest.approx(flow[0, 1] + flow[1].max())


def test_a_pair_that_an_observed_matrix_leaves_out_is_known_to_be_nobody() -> None:
    flow = modelled("exp", -0.05)
    table = flows(flow)
    gone = ((pl.col("home") == CODES[0]) & (pl.col("work") == CODES[1])) | (
        (pl.col("home") == CODES[1]) & (pl.col("work") == CODES[0])
    )
    row = pairs(table.filter(~gone))["ab"]
    assert (row["persons"], row["known"], row["verdict"], row["at_most"]) == (0, "both", "weak", 0)


def test_an_urban_core_is_a_stand_in() -> None:
    found = pairs(flows(modelled("exp", -0.05)), nodes(["b"]))
    assert {pair: row["basis"] for pair, row in found.items()} == {
        "ab": "assumed",
        "ac": "observed",
        "bc": "assumed",
    }


def test_the_bundled_pairs(bundled: Workspace) -> None:
    table = bundled.table("node_pairs")
    assert table.height == 4 * math.comb(14, 2)
    judged = table.filter(pl.col("verdict").is_not_null())
    weak_ratio = bundled.record("node_pairs").assumptions["weak_ratio"]
    sure = judged.filter(pl.col("known") == "none")
    assert (sure["at_most"] / sure["predicted"] < weak_ratio).all()
    assert set(table.filter(pl.col("verdict").is_null())["known"]) == {"none"}
    assert (table["persons"] <= table["at_most"] * (1 + 1e-9)).all()
    model = bundled.table("gravity")
    assert (model["beta"] < 0).all()
    assert set(model["judged"]) == {"counties"}
    assert model["explained"].is_between(0.3, 1).all()
