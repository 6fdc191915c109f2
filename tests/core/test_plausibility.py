"""Relations between numbers: what breaks one is asked about once, with what to write where it is right."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core import plausibility
from storregion.core.errors import SettingError
from storregion.core.plausibility import Kept, Relation, Tables, compared, neighbours, present, totals

TABLES = {
    "deaths": pl.DataFrame({"age": [0, 1, 2], "deaths": [2, 10, 0], "years": [100, 10, 0]}),
    "people": pl.DataFrame({"place": ["a", "a", "b"], "year": [1, 2, 2], "persons": [100, 1000, 50]}),
}


def rate(tables: Tables) -> pl.DataFrame:
    return tables("deaths").select("age", a="deaths", b="years")


RATE = Relation("rate", rate, ("deaths", "years"), 0, 0.5)
JUMP = Relation(
    "jump", lambda t: neighbours(t("people"), ["place"], "persons"), ("persons", "before"), 0.5, 2
)


def asked(*relations: Relation, kept: tuple[Kept, ...] = ()) -> tuple[str, ...]:
    return compared(relations, TABLES.__getitem__, TABLES, kept).questions


def test_what_breaks_a_relation_is_asked_about_with_what_to_write() -> None:
    # 2 / 100 is below a half, 10 / 10 is not; nothing of nothing is fine.
    (question,) = asked(RATE)
    assert question.startswith(
        "deaths: deaths should be at most 0.5 times years, and is not at age 1: 10, 10."
    )
    assert '[[accepted]] relation = "rate", where = { age = 1 }, because = "…"' in question


def test_a_jump_between_years_is_asked_about() -> None:
    (question,) = asked(JUMP)
    assert "persons should be 0.5 to 2 times before, and is not at place a, year 2: 1000, 100" in question


@pytest.mark.parametrize(
    ("least", "most", "count"), [(0.5, 10, 0), (0.5, 9.99, 1), (10, 20, 0), (10.01, 20, 1)]
)
def test_a_value_exactly_on_the_border_keeps_to_it(least: float, most: float, count: int) -> None:
    assert len(asked(Relation("jump", JUMP.numbers, JUMP.says, least, most))) == count


def test_what_is_accepted_is_not_asked_about_and_what_is_accepted_in_vain_is() -> None:
    kept = (Kept("rate", "known", {"age": 1}), Kept("jump", "known", {"place": "a"}))
    assert asked(RATE, JUMP, kept=kept) == ()
    (question,) = asked(RATE, JUMP, kept=(*kept, Kept("rate", "known", {"age": 0})))
    assert question == "accepted.toml accepts rate where age 0, which keeps to it; take it out"


def test_what_is_accepted_is_accepted_only_where_all_of_it_fits() -> None:
    # The jump is in year 2: that it may be there in year 1 accepts nothing.
    assert asked(JUMP, kept=(Kept("jump", "known", {"place": "a", "year": 2}),)) == ()
    jump, in_vain = asked(JUMP, kept=(Kept("jump", "known", {"place": "a", "year": 1}),))
    assert "is not at place a, year 2: 1000, 100" in jump
    assert "accepts jump where place a, year 1, which keeps to it" in in_vain


def test_a_relation_to_a_table_that_is_not_made_is_passed_over() -> None:
    gone = Relation("gone", lambda t: t("none"), ("x", "y"))
    found = compared([gone, RATE], TABLES.__getitem__, TABLES)
    assert (found.compared, len(found.questions)) == (1, 1)


def test_many_places_are_counted() -> None:
    many = pl.DataFrame({"n": range(30), "a": 1, "b": 2})
    (question,) = compared(
        [Relation("same", lambda t: t("m"), ("x", "y"))], {"m": many}.__getitem__, ["m"]
    ).questions
    assert "x should be the same as y" in question
    assert "n 10: 1, 2; n 11: 1, 2 and 18 more." in question


def test_every_combination_that_should_have_a_row_is_named() -> None:
    found = present(TABLES["people"], ["place", "year"])
    assert found.rows() == [("a", 1, 1, 1), ("a", 2, 1, 1), ("b", 1, 0, 1), ("b", 2, 1, 1)]


def test_a_combination_with_several_rows_is_there_once() -> None:
    people = TABLES["people"]
    assert present(pl.concat([people, people]), ["place", "year"]).equals(present(people, ["place", "year"]))


def test_totals_are_sums() -> None:
    assert totals(TABLES["people"], ["place"], "persons", "a").rows() == [("a", 1100), ("b", 50)]


def test_what_is_accepted_is_read_and_its_relation_known(tmp_path: Path) -> None:
    assert plausibility.accepted(tmp_path, [RATE]) == ()
    text = '[[accepted]]\nrelation = "rate"\nwhere = { age = 1 }\nbecause = "known"\n'
    (tmp_path / "accepted.toml").write_text(text, "utf-8")
    assert plausibility.accepted(tmp_path, [RATE]) == (Kept("rate", "known", {"age": 1}),)
    (tmp_path / "accepted.toml").write_text(text.replace('"rate"', '"rtae"'), "utf-8")
    with pytest.raises(SettingError, match="there is no relation 'rtae'; did you mean 'rate'"):
        plausibility.accepted(tmp_path, [RATE])
    (tmp_path / "accepted.toml").write_text(text.replace("{ age = 1 }", "{}"), "utf-8")
    with pytest.raises(SettingError, match=r"accepted\.toml"):
        plausibility.accepted(tmp_path, [RATE])
