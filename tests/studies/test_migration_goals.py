"""What a goal would take: a straight line, near the whole model's own, refused where it cannot be."""

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import ItemError
from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.studies import projection_municipal as municipal
from storregion.studies import projection_totals as totals
from storregion.studies.migration_goals import Goal, migration_goals
from storregion.studies.projection_operations import Moved, projection_operations


def goals(work: Workspace, *made: Goal) -> pl.DataFrame:
    return migration_goals(work.table("migration_response"), work.table("municipalities"), made=made)


def goal(persons: int, year: int = 2040, municipality: str = "0330") -> Goal:
    return Goal(municipality=municipality, year=year, persons=persons, source="A test")


# Of two municipalities: persons, net migration a year, what one more and one fewer a year come to, and the
# fewest that there can be.
RESPONSE = pl.DataFrame(
    [
        ("0330", 2030, 1000, 10.0, 8.0, 5.0, 125.0, 900.5),
        ("0330", 2031, 1010, 11.0, 9.0, 6.0, 111.1, 890.0),
        ("0331", 2030, 500, -4.0, 8.0, 5.0, 125.0, 0.0),
    ],
    schema=["municipality", "year", "persons", "net_a_year", "more", "fewer", "for_thousand", "fewest"],
    orient="row",
)
PLACES = pl.DataFrame({"municipality": ["0330", "0331", "0360"]})


def by_hand(*made: Goal) -> list[tuple[object, ...]]:
    return migration_goals(RESPONSE, PLACES, made=made).rows()


def test_goals_above_at_and_below_the_projection_by_hand() -> None:
    # 240 more at 8 each are 30 a year more than 10. 50 fewer at 5 each are 10 a year fewer than -4. A goal
    # for another year of the same place is another goal.
    assert by_hand(goal(1240, 2030), goal(450, 2030, "0331"), goal(1010, 2031)) == [
        ("0330", 2030, 1240, 1000, 10.0, 30.0, 40.0, "A test", "assumed"),
        ("0331", 2030, 450, 500, -4.0, -10.0, -14.0, "A test", "assumed"),
        ("0330", 2031, 1010, 1010, 11.0, 0.0, 11.0, "A test", "assumed"),
    ]
    assert by_hand() == []


def test_a_goal_may_be_the_fewest_that_there_can_be() -> None:
    # 890 people less than 1010 are 120, at 6 each.
    assert by_hand(goal(890, 2031))[0][5] == -20.0
    with pytest.raises(ItemError, match="goal 1: fewer than 890 would need more people to leave"):
        by_hand(goal(889, 2031))
    # Half a person is no one: 901 is the first above 900.5.
    assert by_hand(goal(901, 2030))[0][5] == pytest.approx(-99 / 5)
    with pytest.raises(ItemError, match="goal 2: fewer than 901 would need more people to leave"):
        by_hand(goal(901, 2031), goal(900, 2030))


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (goal(500, 2030, "0332"), "the municipality '0332' does not exist; did you mean '03"),
        (goal(500, 2031, "0331"), "the projection has no year 2031; give one from 2030 to 2031"),
        (goal(500, 2030, "0360"), "the projection has no year 2030; give one from 2030 to 2031"),
        (goal(1300, 2030), "0330 has a goal for 2030 already; keep one"),
    ],
)
def test_a_second_goal_that_cannot_be_is_named_by_its_number(made: Goal, says: str) -> None:
    with pytest.raises(ItemError, match=f"migration_goals.made: goal 2: {says}") as found:
        by_hand(goal(1200, 2030), made)
    assert (found.value.assumption, found.value.number) == ("migration_goals.made", 2)


def test_the_projection_itself_takes_nothing_more(bundled: Workspace) -> None:
    rows = bundled.table("migration_response").filter(municipality="0330", year=2040)
    found = goals(bundled, goal(rows["persons"].item())).row(0, named=True)
    assert found["extra_a_year"] == 0.0
    # Its mean net migration is that of the projection's table, within the rounding of births and deaths.
    own = bundled.table("municipal_projection").filter(
        pl.col("year") <= 2040, frame="base", municipality="0330"
    )
    assert found["net_a_year"] == pytest.approx(own["net_migration"].mean(), abs=0.6)


def test_a_goal_is_a_straight_line_from_the_projection(bundled: Workspace) -> None:
    row = bundled.table("migration_response").filter(municipality="0330", year=2040).row(0, named=True)
    above, below = (goals(bundled, goal(row["persons"] + off)).row(0, named=True) for off in (2000, -2000))
    assert above["extra_a_year"] == pytest.approx(2000 / row["more"])
    assert below["extra_a_year"] == pytest.approx(-2000 / row["fewer"])
    assert above["needed_a_year"] == pytest.approx(row["net_a_year"] + 2000 / row["more"])
    assert row["for_thousand"] == pytest.approx(1000 / row["more"])


def test_the_whole_model_run_to_the_goal_has_about_that_net_migration(bundled: Workspace) -> None:
    """30,000 in 2040 in a place projected to have about 25,500, by births, deaths and moves of a scenario."""
    projected = bundled.table("migration_response").filter(municipality="0330", year=2040)["persons"].item()
    found = goals(bundled, goal(30_000)).row(0, named=True)
    each = (30_000 - projected) / 16
    moved = Moved(
        municipality="0330", from_year=2025, until_year=2040, persons=each,
        because=Text("Prov.", "A trial."), source="A test",
    )  # fmt: skip
    operations = projection_operations(bundled.table("municipalities"), made=(moved,))
    changes = totals.Changes(*(bundled.table(name) for name in totals.Changes._fields))
    counted, national = bundled.table("population_yearly"), bundled.table("national_frames")
    whole = totals.municipal_totals(counted, national, changes._replace(projection_operations=operations))
    local = municipal.Local(*(bundled.table(name) for name in municipal.Local._fields))
    ahead = municipal.Ahead(*(bundled.table(name) for name in municipal.Ahead._fields))
    ahead = ahead._replace(municipal_totals=whole, projection_operations=operations)
    rows = municipal.municipal_projection(local, ahead).filter(
        pl.col("year") <= 2040, frame="base", municipality="0330"
    )
    assert rows["persons"][-1] == pytest.approx(30_000, abs=1)
    # Others of the model's residents move on, and the frame gives all others fewer: a few per cent apart.
    assert found["needed_a_year"] == pytest.approx(rows["net_migration"].mean(), rel=0.04)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (goal(30_000, municipality="0333"), "municipality '0333' does not exist; did you mean"),
        (goal(30_000, year=2060), "no year 2060; give one from 2025 to 2050"),
        (goal(1000, year=2030), r"fewer than \d+ would need more people to leave than there are"),
    ],
)
def test_a_goal_that_cannot_be_is_named(bundled: Workspace, made: Goal, says: str) -> None:
    with pytest.raises(ItemError, match=f"migration_goals.made: goal 1: .*{says}"):
        goals(bundled, made)


def test_a_goal_stands_once(bundled: Workspace) -> None:
    with pytest.raises(ItemError, match="goal 2: 0330 has a goal for 2040 already"):
        goals(bundled, goal(30_000), goal(31_000))


def test_every_response_is_more_than_the_movers_are_few_and_finite(bundled: Workspace) -> None:
    """Movers are young: one a year becomes at least as many as came, less a few deaths."""
    rows = bundled.table("migration_response").with_columns(years=pl.col("year") - 2024)
    assert np.isfinite(rows.select("more", "fewer", "fewest").to_numpy()).all()
    early = rows.filter(pl.col("years") <= 10)
    assert early.filter(~(pl.col("more") / pl.col("years")).is_between(0.97, 1.35)).height == 0
    assert rows.filter(pl.col("fewest") >= pl.col("persons")).height == 0
