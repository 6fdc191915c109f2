"""The order of places by weighted scores: values and scores by hand, weights, and impossible weights."""

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.studies.market_ranking import SCORED, Links, Weights, market_ranking, market_scores

PLACES = pl.DataFrame({"place": ["a", "b", "c", "01", "oms"], "kind": ["node"] * 3 + ["county", "group"]})
SIDES = pl.DataFrame(
    [
        ("a", "b", "education", 0.8), ("a", "c", "education", 0.2), ("b", "c", "education", 0.4),
        ("a", "b", "homes", 0.1), ("a", "c", "homes", None), ("b", "c", "homes", 0.3),
        ("a", "b", "work", 0.9), ("a", "c", "travel", 0.9),
    ],
    ["place", "other_place", "side", "value"],
    orient="row",
).with_columns(basis=pl.lit("estimated"))  # fmt: skip
PAIRS = pl.DataFrame(
    [("a", "b", 60.0), ("a", "c", 61.0), ("b", "c", None)], ["place", "other_place", "minutes"], orient="row"
).with_columns(basis=pl.lit("assumed"))


def links() -> Links:
    """100 employed in each node; a and b lie in one municipality, seen from c."""
    flows = [("a", "c", 10.0), ("b", "c", 10.0), ("c", "a", 10.0), ("c", "b", 10.0)]
    known = {"year": pl.lit(2023), "basis": pl.lit("estimated")}
    names = ["origin", "destination", "both_ways"]
    return Links(
        pl.DataFrame({"node": ["a", "b", "c"], "municipality": ["0101", "0101", "0102"]}),
        pl.DataFrame(flows, names, orient="row").with_columns(**known),
        pl.DataFrame({"node": ["a", "b", "c"], "residents": [100.0, 50.0, 100.0]}).with_columns(**known),
        pl.DataFrame(
            {"place": ["01", "oms"], "residents": [100, 100], "to_group": [5, 5], "from_group": [15, 15]}
        ).with_columns(**known),
    )


def test_values_and_scores_by_hand() -> None:
    rows = market_scores(SIDES, PAIRS, links(), PLACES)
    found = {(row["place"], row["side"]): row for row in rows.to_dicts()}
    # Pairs have sides of work and travel too, but a place's come from elsewhere.
    assert len(found) == rows.height
    # Education: means 0.5, 0.6 and 0.3. Homes: what is not known does not count. Travel: one of two within
    # an hour for a and b, an unknown time is not near.
    assert [found[place, "education"]["value"] for place in "abc"] == pytest.approx([0.5, 0.6, 0.3])
    assert [found[place, "homes"]["value"] for place in "abc"] == pytest.approx([0.1, 0.2, 0.3])
    assert [found[place, "travel"]["value"] for place in "abc"] == pytest.approx([0.5, 0.5, 0.0])
    # a and b share the commuters of one municipality, so c has 10 and not 20 of 100.
    assert [found[place, "work"]["value"] for place in "abc"] == pytest.approx([0.1, 0.2, 0.1])
    assert [found[place, "education"]["score"] for place in "abc"] == pytest.approx([0.5, 1.0, 0.0])
    assert [found[place, "travel"]["score"] for place in "abc"] == pytest.approx([0.75, 0.75, 0.0])
    assert found["01", "work"]["value"] == pytest.approx(0.2)
    assert not any(place == "oms" for place, _ in found)


def test_weights_decide_the_order() -> None:
    scores = market_scores(SIDES, PAIRS, links(), PLACES)
    # b is first in work, education and travel; in homes alone c is.
    even = market_ranking(scores, PLACES)
    assert even["place"].to_list()[0] == "b"
    homes = market_ranking(scores, PLACES, weights=Weights(work=0, education=0, homes=1, travel=0))
    assert homes["place"].to_list() == ["c", "b", "a"]
    assert homes["rank"].to_list() == [1, 2, 3]
    # 01 has a value of work alone, and is not ranked.
    assert set(even["kind"]) == {"node"}


def test_weights_that_are_all_zero_are_refused() -> None:
    scores = market_scores(SIDES, PAIRS, links(), PLACES)
    with pytest.raises(DataError, match="all zero"):
        market_ranking(scores, PLACES, weights=Weights(**dict.fromkeys(SCORED, 0.0)))


def test_every_node_and_county_is_ranked_and_the_range_holds_most_ranks(bundled: Workspace) -> None:
    rows = bundled.table("market_ranking")
    assert rows.group_by("kind").len().sort("kind")["len"].to_list() == [7, 14]
    assert rows.filter(pl.col("rank_low") > pl.col("rank_high")).is_empty()
    # Ranks that hold for all weights are few: the reader must see that most do not.
    assert rows.filter(pl.col("kept_share") > 0.95).height < rows.height / 2
