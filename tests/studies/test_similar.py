"""Similar municipalities: by hand, and what must hold on the bundled group."""

import math

import polars as pl
import pytest

from storregion.core.errors import SettingError
from storregion.core.workspace import Workspace
from storregion.studies.similar import (
    MUNICIPALITY_TRAITS,
    SIMILAR_MUNICIPALITIES,
    TRAITS,
    Hub,
    municipality_traits,
    similar_municipalities,
)


def traits(*rows: tuple[str, int, float, float, float | None]) -> pl.DataFrame:
    names = ("municipality", "persons", "annual_percent", "out_share", "hub_minutes")
    made = [
        dict(zip(names, row, strict=True))
        | {"year": 2024, "basis": "observed", "hub_absent": "missing" if row[-1] is None else None}
        for row in rows
    ]
    schema = {column.name: column.dtype for column in MUNICIPALITY_TRAITS.columns}
    return MUNICIPALITY_TRAITS.check(pl.DataFrame(made, schema=schema), maker="the test")


FOUR = traits(
    ("0001", 1000, 1.0, 0.2, 30.0),
    ("0002", 1000, 1.0, 0.4, 30.0),
    ("0003", 1000, 1.0, 0.6, 30.0),
    ("0004", 1000, 1.0, 0.8, None),
)


def test_by_hand_when_only_commuting_differs() -> None:
    # Shares 0.2, 0.4, 0.6, 0.8: mean 0.5, variance (0.09 + 0.01 + 0.01 + 0.09) / 4 = 0.05, so a step of
    # 0.2 is 0.2 / √0.05 = √0.8. Of four measures with equal weights one differs: √(0.8 / 4) = √0.2 between
    # the first two. The third and the fourth share three measures: √(0.8 / 3).
    found = similar_municipalities(FOUR)
    SIMILAR_MUNICIPALITIES.check(found, maker="similar_municipalities")
    first = found.filter(municipality="0001")
    assert first["other"].to_list() == ["0002", "0003", "0004"]
    assert first["distance"].to_list()[:2] == pytest.approx([math.sqrt(0.2), 2 * math.sqrt(0.2)])
    assert first["apart_commuting"].to_list() == pytest.approx([step * math.sqrt(0.8) for step in (1, 2, 3)])
    assert first["apart_size"].to_list() == [0.0, 0.0, 0.0]
    last = found.filter(municipality="0004").row(0, named=True)
    assert (last["other"], last["shared"], last["most_apart"]) == ("0003", 3, "commuting")
    assert last["distance"] == pytest.approx(math.sqrt(0.8 / 3))
    assert (last["apart_travel"], last["apart_travel_absent"]) == (None, "missing")


def test_traits_are_of_the_latest_year_and_of_the_morning_to_the_hub() -> None:
    both = ["0001", "0002"]
    base = {"basis": "observed"}
    growth = pl.DataFrame(
        [
            {"place": code, "year": year, "persons": persons, "base_annual_percent": 1.0} | base
            for code, year, persons in (("0001", 2023, 5), ("0001", 2024, 100), ("0002", 2024, 200))
        ]
    ).with_columns(persons_absent=pl.lit(None, pl.String), base_absent=pl.lit(None, pl.String))
    work = pl.DataFrame(
        [
            {"municipality": code, "year": year, "out_share": share} | base
            for year, shares in ((2018, (0.1, 0.2)), (2023, (0.3, 0.4)))
            for code, share in zip(both, shares, strict=True)
        ]
    )
    times = [("0002", "0001", "morning", "depart_at", 40.0), ("0002", "0001", "day", "depart_at", 55.0)]
    times += [("0002", "0001", "morning", "arrive_by", 60.0), ("0001", "0002", "morning", "depart_at", 35.0)]
    names = ["origin", "destination", "period", "way", "typical"]
    hub = Hub(
        pl.DataFrame({"node": ["old", "hub"], "municipality": ["0002", "0001"]}),
        pl.DataFrame({"year": [2024, 2019], "hub": ["hub", "old"]}),
        pl.DataFrame(times, schema=names, orient="row").with_columns(
            times_absent=pl.lit(None, pl.String), basis=pl.lit("assumed")
        ),
    )
    places = pl.DataFrame({"place": ["00", *both], "kind": ["county", "municipality", "municipality"]})
    found = municipality_traits(places, growth, work, hub).sort("municipality")
    assert found.select("municipality", "persons", "out_share", "hub_minutes", "basis").rows() == [
        ("0001", 100, 0.3, 0.0, "observed"),
        ("0002", 200, 0.4, 40.0, "assumed"),
    ]


def test_a_municipality_without_a_time_to_the_hub_keeps_its_other_traits() -> None:
    growth = pl.DataFrame({"place": ["0001", "0003"], "year": 2024, "persons": [100, 7]}).with_columns(
        persons_absent=pl.lit(None, pl.String),
        base_annual_percent=pl.lit(1.0),
        base_absent=pl.lit(None, pl.String),
        basis=pl.lit("observed"),
    )
    work = pl.DataFrame({"municipality": ["0001"], "year": 2023, "out_share": 0.3, "basis": "observed"})
    times = pl.DataFrame(
        [("0003", "0001", "day", "depart_at", 40.0, None, "assumed")],
        schema=["origin", "destination", "period", "way", "typical", "times_absent", "basis"],
        orient="row",
    )
    hub = Hub(
        pl.DataFrame({"node": ["hub"], "municipality": ["0001"]}),
        pl.DataFrame({"year": [2024], "hub": ["hub"]}),
        times,
    )
    places = pl.DataFrame({"place": ["0001", "0003"], "kind": "municipality"})
    found = municipality_traits(places, growth, work, hub).sort("municipality")
    names = ("municipality", "persons", "out_share", "out_absent", "hub_minutes", "hub_absent", "basis")
    assert found.select(names).rows() == [
        ("0001", 100, 0.3, None, 0.0, None, "observed"),
        ("0003", 7, None, "missing", None, "missing", "observed"),
    ]


def test_what_sets_two_most_apart_is_weighed_as_the_distance_is() -> None:
    # Minutes 0 and 60, shares 0 and 1: each of two, 1 either side of the mean, so both are 2 apart; of three
    # the third lies on the mean of each, √(3/2) from both. What has the larger weight sets them apart.
    three = traits(("0001", 9, 1.0, 0.0, 0.0), ("0002", 9, 1.0, 1.0, 60.0), ("0003", 9, 1.0, 0.5, 30.0))
    for more, name in (("weight_commuting", "commuting"), ("weight_travel", "travel")):
        weights = {"weight_commuting": 1.0, "weight_travel": 1.0} | {more: 1.1}
        assert set(similar_municipalities(three, **weights)["most_apart"]) == {name}


def test_nobody_is_no_size_to_compare_by() -> None:
    rows = traits(("0001", 0, 1.0, 0.2, 30.0), ("0002", 10, 1.0, 0.4, 40.0), ("0003", 20, 1.0, 0.4, 50.0))
    found = similar_municipalities(rows).filter(municipality="0001")
    assert set(found["apart_size_absent"]) == {"missing"}
    assert found["shared"].to_list() == [3, 3]


def test_weights_decide() -> None:
    rows = traits(
        ("0001", 1000, 0.0, 0.5, 60.0), ("0002", 1000, 0.0, 0.5, 90.0), ("0003", 9000, 0.0, 0.5, 60.0)
    )
    nearest = [
        similar_municipalities(rows, weight_size=size, weight_travel=travel).row(0, named=True)["other"]
        for size, travel in ((2.0, 1.0), (1.0, 2.0))
    ]
    assert nearest == ["0002", "0003"]


@pytest.mark.parametrize("weights", [{"weight_size": -1.0}, {f"weight_{it}": 0.0 for it in TRAITS}])
def test_weights_that_mean_nothing_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="set each to 0 or more"):
        similar_municipalities(FOUR, **weights)


def test_the_bundled_group_is_compared_by_what_is_published(bundled: Workspace) -> None:
    rows = bundled.table("municipality_traits")
    assert rows.height == bundled.table("places").filter(kind="municipality").height
    row = rows.filter(municipality="0380").row(0, named=True)
    growth = bundled.table("growth").filter(place="0380").sort("year").row(-1, named=True)
    assert (row["persons"], row["annual_percent"]) == (growth["persons"], growth["base_annual_percent"])
    areas = bundled.table("labour_market_areas").filter(municipality="0380").sort("year")
    assert row["out_share"] == areas["out_share"][-1]
    times = bundled.table("access_places").filter(
        origin="0380", destination="0180", period="morning", way="depart_at"
    )
    assert row["hub_minutes"] == times["typical"].item()
    # The hub lies in its own municipality; one without a station in the timetable has no time.
    assert rows.filter(municipality="0180")["hub_minutes"].item() == 0.0
    assert rows.filter(municipality="0120")["hub_absent"].item() == "missing"


def test_every_municipality_has_five_others(bundled: Workspace) -> None:
    found = bundled.table("similar_municipalities")
    assert found.group_by("municipality").len()["len"].unique().to_list() == [5]
    assert found.filter(pl.col("municipality") == pl.col("other")).is_empty()
    ordered = found.sort("municipality", "rank")
    steps = ordered.select(pl.col("distance").diff().over("municipality"))["distance"].drop_nulls()
    assert steps.min() >= 0  # type: ignore[operator]


def test_a_neighbour_that_a_planner_would_name_comes_first(bundled: Workspace) -> None:
    # Enköping (0381) and Strängnäs (0486): of a size, growing alike, about as far from Stockholm.
    found = bundled.table("similar_municipalities").filter(municipality="0381", rank=1)
    assert found["other"].item() == "0486"
    # Örebro (1880) and Linköping (0580), university towns two hours away.
    assert (
        bundled.table("similar_municipalities").filter(municipality="1880", rank=1)["other"].item() == "0580"
    )
