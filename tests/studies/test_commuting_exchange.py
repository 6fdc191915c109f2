"""Commuting each way: by hand, and against a plain sum on the bundled group."""

import polars as pl
import pytest

from storregion.core.workspace import Workspace
from storregion.facts.places import PLACES
from storregion.facts.work import COMMUTING
from storregion.studies.commuting_exchange import (
    COMMUTING_BALANCE,
    COMMUTING_EXCHANGE,
    commuting_balance,
    commuting_exchange,
)


def commuting(*rows: tuple[str, str, float, str]) -> pl.DataFrame:
    made = [
        {"year": 2020, "home": home, "work": work, "sex": "total", "persons": persons, "cell": "spread",
         "basis": basis}
        for home, work, persons, basis in rows
    ]  # fmt: skip
    return pl.DataFrame(made, schema={column.name: column.dtype for column in COMMUTING.columns})


def places() -> pl.DataFrame:
    rows = [
        {"place": code, "kind": "municipality", "name_sv": code, "name_en": code, "county": "00",
         "basis": "observed"}
        for code in ("0001", "0002")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in PLACES.columns})


def test_both_ways_by_hand() -> None:
    # 1 → 2: 30, 2 → 1: 10, 1 → 9 (outside the group): 6, 9 → 2: 2. Those who stay are no commuters.
    flows = commuting(
        ("0001", "0001", 100, "observed"),
        ("0001", "0002", 30, "observed"),
        ("0002", "0001", 10, "estimated"),
        ("0001", "0009", 6, "observed"),
        ("0009", "0002", 2, "observed"),
    )
    table = commuting_exchange(flows, places())
    COMMUTING_EXCHANGE.check(table, maker="commuting_exchange")
    assert table.select("municipality", "other", "outward", "inward", "net", "basis").rows() == [
        ("0001", "0002", 30.0, 10.0, -20.0, "estimated"),
        ("0001", "0009", 6.0, 0.0, -6.0, "observed"),
        ("0002", "0001", 10.0, 30.0, 20.0, "estimated"),
    ]
    balance = commuting_balance(flows, places())
    COMMUTING_BALANCE.check(balance, maker="commuting_balance")
    # The pair of two people is too small for a row and counts in the total.
    assert balance.select("municipality", "outward", "inward", "net").rows() == [
        ("0001", 36.0, 10.0, -26.0),
        ("0002", 10.0, 32.0, 22.0),
    ]


def test_pairs_of_just_as_many_as_have_a_row() -> None:
    # Five either way are enough, four are not: 1 → 8 has 5, 9 → 1 has 5, 1 ↔ 7 has 4 each way.
    flows = commuting(
        ("0001", "0008", 5, "observed"),
        ("0009", "0001", 5, "observed"),
        ("0001", "0007", 4, "observed"),
        ("0007", "0001", 4, "observed"),
    )
    rows = commuting_exchange(flows, places()).select("other", "outward", "inward").rows()
    assert rows == [("0008", 5.0, 0.0), ("0009", 0.0, 5.0)]


def test_what_one_sends_another_receives(bundled: Workspace) -> None:
    table = bundled.table("commuting_exchange")
    ends = ["year", "sex", "municipality", "other"]
    turned = table.rename({"municipality": "other", "other": "municipality"})
    both = table.join(turned, on=ends, suffix="_turned")
    assert both.height > 1000
    assert both.select((pl.col("outward") - pl.col("inward_turned")).abs().max()).item() == 0.0
    assert both.select((pl.col("net") + pl.col("net_turned")).abs().max()).item() == pytest.approx(0.0)


def test_totals_are_the_sums_of_the_commuting(bundled: Workspace) -> None:
    row = bundled.table("commuting_balance").filter(sex="total").row(-1, named=True)
    out = 0.0
    flows = bundled.table("commuting").filter(year=row["year"], sex="total", home=row["municipality"])
    for flow in flows.iter_rows(named=True):
        out += flow["persons"] if flow["work"] != row["municipality"] else 0.0
    assert row["outward"] == pytest.approx(out)
