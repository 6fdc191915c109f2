"""Labour markets: cases worked by hand, the published areas, and what is odd in a matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.facts.places import PLACES
from storregion.facts.work import COMMUTING, LABOUR_MARKET_AREAS
from storregion.studies.labour_markets import (
    LABOUR_MARKET_AGREEMENT,
    LABOUR_MARKET_AREAS_MADE,
    LABOUR_MARKET_TREE,
    LABOUR_MARKETS,
    CentreRule,
    SizeRule,
    labour_market_agreement,
    labour_market_sizes,
    labour_market_tree,
    labour_markets,
)

Rows = Sequence[Sequence[float]]
CODES = ("0001", "0002", "0003", "0004", "0005")


def flows(years: Mapping[int, Rows], codes: Sequence[str] = CODES, **more: Any) -> pl.DataFrame:
    """A matrix for each year as a table; pairs that nobody commutes between are left out."""
    rows = [
        {
            "year": year,
            "home": home,
            "work": work,
            "sex": "total",
            "persons": float(persons),
            "cell": "observed",
            "basis": "observed",
        }
        | more
        for year, matrix in years.items()
        for home, row in zip(codes, matrix, strict=False)
        for work, persons in zip(codes, row, strict=False)
        if persons
    ]
    types = {column.name: column.dtype for column in COMMUTING.columns}
    return COMMUTING.check(pl.DataFrame(rows, schema=types, orient="row"), maker="the test")


NONE_PUBLISHED = pl.DataFrame(schema={column.name: column.dtype for column in LABOUR_MARKET_AREAS.columns})


def made(commuting: pl.DataFrame, published: pl.DataFrame = NONE_PUBLISHED, **more: Any) -> pl.DataFrame:
    return LABOUR_MARKETS.check(labour_markets(commuting, published, **more), maker="labour_markets")


def la(table: pl.DataFrame, year: int) -> dict[str, str]:
    now = table.filter(year=year, rule="la")
    return dict(zip(now["municipality"], now["centre"], strict=True))


def moved(table: pl.DataFrame, year: int) -> dict[str, str | None]:
    now = table.filter(year=year, rule="la")
    return dict(zip(now["municipality"], now["moved"], strict=True))


# 1 000 employed in each of the first two, 100 in the others.
# The first keeps 900 and sends 70 to the second: a tenth out, 7 % to one; a centre.
# The second sends 150, 50 to the first: 15 % out, 5 % to one; a centre.
# The third sends 30 of 100, 20 to the first: it follows the first.
# The fourth sends 20 of 100, 10 to the third: 20 % out and 10 % to one, more than 7.5: it follows the third,
# and with it the first, two links away.
# The fifth sends 20 of 100, 7 to each of two, the rest to a third: at most 20 % out, 7 % to one: a centre.
FIRST = (
    (900, 70, 20, 5, 5),
    (50, 850, 40, 30, 30),
    (20, 5, 70, 5, 0),
    (5, 5, 10, 80, 0),
    (7, 7, 3, 3, 80),
)
# In the second year the fourth sends 15 to the second, and 10 to the third: it moves to the second.
SECOND = (*FIRST[:3], (0, 15, 10, 75, 0), FIRST[4])


def test_five_municipalities_by_hand() -> None:
    table = made(flows({2001: FIRST, 2002: SECOND}))
    assert la(table, 2001) == {"0001": "0001", "0002": "0002", "0003": "0001", "0004": "0001", "0005": "0005"}
    assert la(table, 2002) == {"0001": "0001", "0002": "0002", "0003": "0001", "0004": "0002", "0005": "0005"}
    assert moved(table, 2001) == dict.fromkeys(CODES)
    assert moved(table, 2002) == dict.fromkeys(CODES, "no") | {"0004": "yes"}
    assert set(table["basis"]) == {"observed"}


def test_chains_are_cut_when_asked_for() -> None:
    # One link: the fourth may not follow the third to the first, and becomes a centre; the weaker link goes.
    table = made(flows({2001: FIRST}), la=CentreRule(most_links=1))
    assert la(table, 2001)["0004"] == "0004"


def test_two_that_lead_to_each_other_are_joint_and_have_the_name_of_the_larger() -> None:
    # Each sends 30 % to the other, and neither is a centre.
    pair = ((70, 30), (60, 140))
    assert la(made(flows({2001: pair})), 2001) == {"0001": "0002", "0002": "0002"}


def test_sizes_by_hand() -> None:
    commuting = flows({2001: FIRST})
    areas = made(commuting)
    sizes = LABOUR_MARKET_AREAS_MADE.check(labour_market_sizes(commuting, areas), maker="sizes")
    found = {row["centre"]: row for row in sizes.filter(rule="la").iter_rows(named=True)}
    # The first area is the first, third and fourth: 1 000 + 100 + 100 residents.
    # Within: 900 + 20 + 5, 20 + 70 + 5 and 5 + 10 + 80 = 1 115.
    # Jobs: 900 + 50 + 20 + 5 + 7 = 982; 20 + 40 + 70 + 10 + 3 = 143; 5 + 30 + 5 + 80 + 3 = 123.
    first = found["0001"]
    assert (first["municipalities"], first["residents"], first["within"]) == (3, 1200, 1115)
    assert first["jobs"] == 982 + 143 + 123
    assert first["resident_contained"] == pytest.approx(1115 / 1200)
    assert first["job_contained"] == pytest.approx(1115 / 1248)
    # The second: 1 000 residents, 850 within, and 70 + 850 + 5 + 5 + 7 = 937 jobs.
    second = found["0002"]
    assert (second["municipalities"], second["residents"], second["jobs"]) == (1, 1000, 937)
    assert second["job_contained"] == pytest.approx(850 / 937)
    for rule in ("la", "euro"):
        part = sizes.filter(rule=rule)
        assert part["municipalities"].sum() == 5
        assert part["residents"].sum() == part["jobs"].sum() == 2300


def test_a_matrix_without_its_diagonal_is_refused_with_the_reason() -> None:
    bare = [[0 if i == j else persons for j, persons in enumerate(row)] for i, row in enumerate(FIRST)]
    with pytest.raises(DataError, match="commuting 2001 has nobody who lives and works in the same"):
        made(flows({2001: bare}))
    with pytest.raises(DataError, match="commuting 2001 has nobody who lives and works in the same"):
        labour_market_tree(flows({2001: bare}), places(CODES))


def test_parameters_that_cannot_be_are_refused_in_words() -> None:
    with pytest.raises(DataError, match=r"labour markets of 2001 cannot be formed: .*sizes must rise"):
        made(flows({2001: FIRST}), euro=SizeRule(least_size=5.0, target_size=1.0))


def test_women_and_men_are_not_added_to_the_total() -> None:
    both = pl.concat([flows({2001: FIRST}), flows({2001: FIRST}, sex="women")])
    assert made(both).equals(made(flows({2001: FIRST})))
    areas = made(both)
    assert labour_market_sizes(both, areas).filter(rule="la")["residents"].sum() == 2300


def test_municipalities_that_come_and_go() -> None:
    # The fifth is not there in 2001; in 2002 it is, in 2003 gone again, in 2004 back under the second.
    four = [row[:4] for row in FIRST[:4]]
    follows = (*FIRST[:4], (3, 40, 3, 3, 51))
    table = made(flows({2001: four, 2002: FIRST, 2003: four, 2004: follows}))
    assert "0005" not in la(table, 2001)
    assert moved(table, 2002)["0005"] is None
    assert moved(table, 2002)["0001"] == "no"
    # Compared with the last year that it had an area.
    assert moved(table, 2004)["0005"] == "yes"


def test_an_area_that_only_changes_its_name_has_not_moved() -> None:
    # The two change places as the larger one.
    table = made(flows({2001: ((70, 30), (60, 140)), 2002: ((210, 90), (60, 140))}))
    assert la(table, 2001) == {"0001": "0002", "0002": "0002"}
    assert la(table, 2002) == {"0001": "0001", "0002": "0001"}
    assert moved(table, 2002) == {"0001": "no", "0002": "no"}


def test_where_nobody_lives_or_works_there_are_no_shares() -> None:
    # Nobody lives in the third, but ten work there; nobody works in the fourth.
    matrix = ((90, 0, 5, 0), (0, 95, 5, 0), (0, 0, 0, 0), (10, 0, 0, 0))
    commuting = flows({2001: matrix})
    areas = made(commuting)
    assert la(areas, 2001) == {"0001": "0001", "0002": "0002", "0003": "0003", "0004": "0001"}
    sizes = LABOUR_MARKET_AREAS_MADE.check(labour_market_sizes(commuting, areas), maker="sizes")
    empty = sizes.filter(rule="la", centre="0003").row(0, named=True)
    assert (empty["residents"], empty["jobs"], empty["within"]) == (0, 10, 0)
    assert (empty["resident_contained"], empty["contained_absent"]) == (None, "not_applicable")


def test_of_two_equal_destinations_the_first_is_followed() -> None:
    matrix = ((100, 0, 0), (0, 100, 0), (20, 20, 60))
    assert la(made(flows({2001: matrix})), 2001)["0003"] == "0001"


def test_on_the_border_a_municipality_is_still_a_centre() -> None:
    # Exactly 20 % out and 7.5 % to one: 40 of 200, 15, 15 and 10. One more out, and it follows.
    others = ((1000, 0, 0, 0), (0, 1000, 0, 0), (0, 0, 1000, 0))
    assert la(made(flows({2001: (*others, (15, 15, 10, 160))})), 2001)["0004"] == "0004"
    assert la(made(flows({2001: (*others, (16, 14, 10, 160))})), 2001)["0004"] == "0001"
    assert la(made(flows({2001: (*others, (15, 15, 11, 159))})), 2001)["0004"] == "0001"


# ---- estimated years and basis


def published(out: Mapping[str, tuple[float, float, str]], basis: str = "observed") -> pl.DataFrame:
    rows = [
        (code, 2001, "LA0001", "A", to, share, largest, basis) for code, (share, largest, to) in out.items()
    ]
    types = {column.name: column.dtype for column in LABOUR_MARKET_AREAS.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def test_an_estimated_year_uses_the_published_shares_and_says_so() -> None:
    # By the flows both are centres; by the shares the second follows the first.
    matrix = flows({2001: ((95, 5), (5, 95))}, cell="spread", basis="estimated")
    shares = published({"0001": (0.05, 0.05, "0002"), "0002": (0.3, 0.3, "0001")})
    table = made(matrix, shares)
    assert la(table, 2001) == {"0001": "0001", "0002": "0001"}
    assert dict(table.select("rule", "basis").unique().rows()) == {"la": "observed", "euro": "estimated"}
    # Sizes rest on the estimate by both rules.
    assert set(labour_market_sizes(matrix, table)["basis"]) == {"estimated"}
    # An observed year uses its flows, whatever was published.
    seen = made(flows({2001: ((95, 5), (5, 95))}), shares)
    assert la(seen, 2001) == {"0001": "0001", "0002": "0002"}
    # Without shares for all, the estimate itself is used, and marked.
    bare = made(matrix, shares.head(1))
    assert set(bare["basis"]) == {"estimated"}


def test_what_a_scenario_changed_makes_its_year_assumed() -> None:
    matrix = flows({2001: ((95, 5), (5, 95))}, cell="spread", basis="assumed")
    shares = published({"0001": (0.05, 0.05, "0002"), "0002": (0.3, 0.3, "0001")}, "assumed")
    table = made(matrix, shares)
    assert la(table, 2001)["0002"] == "0001"
    assert set(table["basis"]) == {"assumed"}
    one = flows({2001: FIRST}).with_columns(
        basis=pl.when(pl.col("home") == "0005").then(pl.lit("assumed")).otherwise("basis")
    )
    assert set(made(one)["basis"]) == {"assumed"}
    assert set(labour_market_tree(one, places(CODES))["basis"]) == {"assumed"}


def test_a_change_is_judged_against_what_a_scenario_assumes_and_not_against_an_estimate() -> None:
    # The fourth follows the third in 2001 and the second in 2002, which is observed.
    for basis, said, known in (("assumed", "yes", "assumed"), ("estimated", None, "observed")):
        before, after = flows({2001: FIRST}, basis=basis), flows({2002: SECOND})
        table = made(pl.concat([before, after]))
        assert moved(table, 2002)["0004"] == said
        assert set(table.filter(year=2002, rule="la")["basis"]) == {known}


def test_agreement_by_hand() -> None:
    # Published: the fourth with the third alone. Ours: both with the first. Those three disagree.
    table = made(flows({2001: FIRST}))
    areas = {"0001": "LA0001", "0002": "LA0002", "0003": "LA0003", "0004": "LA0003", "0005": "LA0005"}
    given = published({code: (0.0, 0.0, code) for code in CODES}).with_columns(
        la_code=pl.col("municipality").replace_strict(areas)
    )
    found = LABOUR_MARKET_AGREEMENT.check(labour_market_agreement(table, given), maker="agreement")
    assert found.rows() == [(2001, 5, 2, 3, 4, "observed")]


# ---- the tree


def places(codes: Sequence[str]) -> pl.DataFrame:
    rows = [("g", "group", "g", "g", None, "observed")]
    types = {column.name: column.dtype for column in PLACES.columns}
    inside = [(code, "municipality", code, code, None, "observed") for code in codes]
    return pl.DataFrame(rows + inside, schema=types, orient="row")


def test_the_tree_of_three_by_hand() -> None:
    # E = 100, 100, 50; J = 90 + 20 + 0 = 110, 10 + 75 + 5 = 90, 0 + 5 + 45 = 50.
    matrix = ((90, 10, 0), (20, 75, 5), (0, 5, 45))
    tree = labour_market_tree(flows({2001: matrix}), places(CODES[:3]))
    LABOUR_MARKET_TREE.check(tree, maker="labour_market_tree")
    # Ties: 1–2 10/(100·90) + 20/(100·110) = 0.002929; 2–3 5/(100·50) + 5/(50·90) = 0.002111.
    assert tree["step"].to_list() == [1, 2]
    assert [{one, two} for one, two in tree.select("one", "two").rows()] == [
        {"0001", "0002"},
        {"s1", "0003"},
    ]
    assert tree["tie"][0] == pytest.approx(10 / 9000 + 20 / 11000)
    # Then of both together and the third: 5/(200·50) + 5/(50·200).
    assert tree["tie"][1] == pytest.approx(0.001)
    # 90 + 10 + 20 + 75 + 45 of 250 lie within after the first step, all after the second.
    assert tree["within_share"].to_list() == pytest.approx([240 / 250, 1.0])


def test_the_tree_leaves_out_those_outside_the_group() -> None:
    tree = labour_market_tree(flows({2001: FIRST}), places(("0001", "0002")))
    assert tree.select("one", "two").rows() == [("0001", "0002")]


# ---- the bundled group


def test_the_published_areas_are_reproduced_in_all_years(bundled: Workspace) -> None:
    agreement = bundled.table("labour_market_agreement")
    assert agreement["year"].to_list() == [2020, 2021, 2022, 2023]
    assert agreement["municipalities"].to_list() == agreement["agreeing"].to_list() == [290] * 4
    assert agreement["areas"].to_list() == agreement["published_areas"].to_list() == [69, 67, 67, 67]
    # Reckoned apart: the same pairs of municipalities stand together.
    ours = bundled.table("labour_markets").filter(rule="la")
    both = ours.join(bundled.table("labour_market_areas"), on=["year", "municipality"])
    assert both.height == 4 * 290
    pairs = both.select("year", "centre", "la_code").unique()
    assert pairs.height == 69 + 3 * 67


def test_every_municipality_has_an_area_by_each_rule_that_is_its_own_centre(bundled: Workspace) -> None:
    table = bundled.table("labour_markets")
    assert table.height == 4 * 290 * 2
    own = table.filter(pl.col("municipality") == pl.col("centre"))
    for (year, rule), part in table.group_by("year", "rule"):
        assert set(part["centre"]) == set(own.filter(year=year, rule=rule)["centre"])
    assert set(table.filter(rule="la")["basis"]) == {"observed"}
    assert set(table.filter(rule="euro")["basis"]) == {"estimated"}


def test_areas_by_euro_are_large_and_self_contained_enough(bundled: Workspace) -> None:
    sizes = bundled.table("labour_market_sizes").filter(rule="euro")
    assert sizes.height > 4 * 20
    assert sizes["residents"].min() >= 1000  # type: ignore[operator]
    least = sizes.select(pl.min_horizontal("resident_contained", "job_contained").min()).item()
    assert least >= 0.6667 - 1e-9


def test_the_tree_holds_every_municipality_of_the_group_once_a_year(bundled: Workspace) -> None:
    inside = bundled.table("places").filter(kind="municipality")["place"].to_list()
    for (_,), tree in bundled.table("labour_market_tree").group_by("year"):
        parts = [*tree["one"], *tree["two"]]
        assert len(parts) == len(set(parts))
        assert sorted(part for part in parts if part[0] != "s") == sorted(inside)
        assert tree.height == len(inside) - 1
        assert tree.sort("step")["within_share"].is_sorted()
