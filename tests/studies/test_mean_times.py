"""Mean times to the nodes, by hand."""

from typing import Any

import pytest

from storregion.core.workspace import Workspace
from storregion.studies.mean_times import MEAN_TIMES, mean_times
from storregion.studies.travel_times import ACCESS_NODES

# To a: 20 minutes from b, 50 from c. To b: none from a, 30 from c. To c: none from either.
LINKS = {
    ("b", "a"): 20.0,
    ("c", "a"): 50.0,
    ("a", "b"): None,
    ("c", "b"): 30.0,
    ("a", "c"): None,
    ("b", "c"): None,
}


def test_the_mean_is_over_the_nodes_that_have_a_journey(tiny: Any) -> None:
    rows = []
    for (origin, destination), typical in LINKS.items():
        row = {"origin": origin, "destination": destination, "typical": typical, "way": "depart_at"}
        row |= {"basis": "estimated" if origin == "c" else "observed"}
        row |= {} if typical else {"times_absent": "not_applicable"}
        rows += [
            row | {"period": "morning"},
            row | {"period": "midday", "typical": 7.0, "times_absent": None},
        ]
    made = MEAN_TIMES.check(mean_times(tiny.table(rows, ACCESS_NODES)), maker="mean_times")
    columns = ("node", "minutes", "times_absent", "counted_nodes", "basis")
    assert made.filter(period="morning").select(columns).rows() == [
        ("a", 35.0, None, 2, "estimated"),
        ("b", 30.0, None, 1, "estimated"),
        ("c", None, "not_applicable", 0, "observed"),
    ]
    assert made.filter(period="midday")["minutes"].to_list() == [7.0, 7.0, 7.0]


def test_without_times_there_are_no_rows(tiny: Any) -> None:
    assert mean_times(tiny.table([], ACCESS_NODES)).is_empty()


def test_the_hub_of_the_bundled_group_is_the_quickest_to_reach(bundled: Workspace) -> None:
    made = bundled.table("mean_times").filter(period="morning", way="depart_at")
    hub = bundled.table("node_system")["hub"].last()
    assert made.sort("minutes", nulls_last=True)["node"].first() == hub
    assert made["counted_nodes"].max() == pytest.approx(made.height - 1)
