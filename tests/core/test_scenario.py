import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from storregion.core import group, scenario
from storregion.core.columns import absence, basis
from storregion.core.errors import DataError, SettingError
from storregion.core.language import Text
from storregion.core.lineage import Edit
from storregion.core.table import Column, Schema
from storregion.core.words import Said
from storregion.core.workspace import Workspace

T = Text("x", "x")
SCHEMA = Schema(
    "towns",
    (
        Column("town", pl.String, "code", key=True),
        Column("year", pl.Int64, "year", key=True),
        Column("persons", pl.Int64, "persons", least=0, absent="persons_absent"),
        absence("persons_absent"),
        Column("minutes", pl.Float64, "minutes"),
        basis(),
    ),
    lambda: Said(T, T),
)
FRAME = pl.DataFrame(
    {
        "town": ["A", "A", "B", "B"],
        "year": [2001, 2005, 2001, 2005],
        "persons": [100, 110, None, 55],
        "persons_absent": [None, None, "missing", None],
        "minutes": [1.5, 2.5, 3.5, 4.5],
        "basis": ["observed", "observed", "observed", "estimated"],
    }
)


def edited(**what: Any) -> pl.DataFrame:
    edit = Edit("towns", T, **what)
    scenario.fit(edit, SCHEMA)
    frame = scenario.apply(FRAME, [edit], SCHEMA)
    return SCHEMA.check(frame, maker="the test")


def refused(**what: Any) -> str:
    with pytest.raises(SettingError) as error:
        edited(**what)
    assert "towns" in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("what", "column", "values"),
    [
        ({"where": {"town": "A"}, "set": {"persons": 7}}, "persons", [7, 7, None, 55]),
        ({"where": {"town": "A"}, "add": {"persons": -1}}, "persons", [99, 109, None, 55]),
        # 110 × 1.005 = 110.55, rounded to a whole person.
        (
            {"where": {"town": "A", "year": 2005}, "multiply": {"persons": 1.005}},
            "persons",
            [100, 111, None, 55],
        ),
        ({"where": {"year": 2001}, "multiply": {"minutes": 2.0}}, "minutes", [3.0, 2.5, 7.0, 4.5]),
        ({"where": {"year": 2001}, "add": {"minutes": 1}}, "minutes", [2.5, 2.5, 4.5, 4.5]),
    ],
)
def test_an_edit_changes_the_rows_of_where_and_no_other(
    what: dict[str, Any], column: str, values: list[float | None]
) -> None:
    frame = edited(**what)
    assert frame[column].to_list() == values
    hit = [all(row[name] == value for name, value in what["where"].items()) for row in FRAME.rows(named=True)]
    expected = ["assumed" if touched else was for touched, was in zip(hit, FRAME["basis"], strict=True)]
    assert frame["basis"].to_list() == expected
    assert_frame_equal(frame.drop(column, "basis"), FRAME.drop(column, "basis"))


def test_a_number_may_be_as_large_as_what_is_calculated_exactly_and_no_larger() -> None:
    # 2⁵³ is the last whole number before which all are exact. In town A there are 100 in 2001.
    where = {"town": "A", "year": 2001}
    assert edited(where=where, add={"persons": 2**53 - 100})["persons"][0] == 2**53
    assert edited(where=where, set={"persons": 2**53})["persons"][0] == 2**53
    assert "makes towns.persons as large as" in refused(where=where, add={"persons": 2**53 - 98})
    assert "that is too large" in refused(where=where, set={"persons": 2**53 + 2})


def test_a_value_set_where_one_was_absent_takes_its_reason_away() -> None:
    frame = edited(where={"town": "B", "year": 2001}, set={"persons": 50})
    assert frame.row(2) == ("B", 2001, 50, None, 3.5, "assumed")


def test_rows_are_removed() -> None:
    assert edited(where={"town": "A"}, remove=True).equals(FRAME.tail(2))


def test_a_row_is_inserted_as_assumed() -> None:
    frame = edited(insert={"town": "C", "year": 2005, "persons": 9, "minutes": 5})
    assert frame.head(4).equals(FRAME)
    assert frame.row(4) == ("C", 2005, 9, None, 5.0, "assumed")


def test_edits_are_made_in_order() -> None:
    where: dict[str, str | int] = {"town": "A", "year": 2001}
    edits = [
        Edit("towns", T, where=where, add={"persons": 10}),
        Edit("towns", T, where=where, multiply={"persons": 2}),
    ]
    assert scenario.apply(FRAME, edits, SCHEMA)["persons"][0] == 220
    assert scenario.apply(FRAME, edits[::-1], SCHEMA)["persons"][0] == 210


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"where": {"town": "Z"}, "set": {"persons": 1}}, "matches no row: where = {'town': 'Z'}"),
        ({"set": {"persons": 1}}, "matches no row: where = {}"),
        ({"where": {"twon": "A"}, "set": {"persons": 1}}, "no column 'twon'; did you mean 'town'?"),
        ({"where": {"town": "A"}, "set": {"person": 1}}, "no column 'person'; did you mean 'persons'?"),
        ({"where": {"town": "A"}, "add": {"person": 1}}, "no column 'person'; did you mean 'persons'?"),
        (
            {"where": {"town": "A"}, "multiply": {"person": 1.0}},
            "no column 'person'; did you mean 'persons'?",
        ),
        ({"insert": {"twon": "A"}}, "no column 'twon'; did you mean 'town'?"),
        ({"where": {"year": "2001"}, "set": {"persons": 1}}, "towns.year the value '2001'; it takes Int64"),
        ({"where": {"town": 1}, "set": {"persons": 1}}, "towns.town the value 1; it takes String"),
        (
            {"where": {"town": "A"}, "set": {"persons": "many"}},
            "towns.persons the value 'many'; it takes Int64",
        ),
        ({"where": {"town": "A"}, "set": {"persons": 1.5}}, "towns.persons the value 1.5; it takes Int64"),
        ({"where": {"town": "A"}, "add": {"persons": 1.5}}, "towns.persons the value 1.5; it takes Int64"),
        ({"where": {"town": "A"}, "add": {"town": 1}}, "cannot calculate with towns.town: it holds words"),
        (
            {"where": {"town": "A"}, "multiply": {"town": 2.0}},
            "cannot calculate with towns.town: it holds words",
        ),
        (
            {"where": {"town": "B"}, "multiply": {"persons": 2.0}},
            "1 of the rows of where = {'town': 'B'} are empty",
        ),
        ({"where": {"town": "A"}, "set": {"persons": 2**60}}, "that is too large"),
        ({"where": {"town": "A"}, "multiply": {"persons": 1e300}}, "makes towns.persons as large as"),
        ({"where": {"town": "A"}, "multiply": {"minutes": 1e308}}, "makes towns.minutes as large as"),
        ({"where": {"town": "A"}}, "must do one thing"),
        ({"where": {"town": "A"}, "remove": True, "set": {"persons": 1}}, "must do one thing"),
        ({"where": {"town": "A"}, "insert": {"town": "C"}}, "must do one thing"),
        ({"where": {"town": "A"}, "set": {"persons": 1}, "add": {"persons": 1}}, "changes ['persons'] twice"),
        ({"where": {"town": "A"}, "set": {"basis": "observed"}}, "gives basis; it is always assumed"),
        ({"insert": {"town": "C", "basis": "observed"}}, "gives basis; it is always assumed"),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused_naming_what(what: dict[str, Any], expected: str) -> None:
    assert expected in refused(**what)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"where": {"town": "A"}, "set": {"persons": -1}}, "row 1, column 'persons': -1 is below 0"),
        ({"where": {"town": "A"}, "set": {"year": 2001}}, "rows 1, 2: the key"),
        ({"insert": {"town": "A", "year": 2001, "persons": 1, "minutes": 1.0}}, "rows 1, 5: the key"),
        (
            {"insert": {"town": "C", "year": 2001, "persons": 1}},
            "row 5, column 'minutes': empty; give a value",
        ),
        ({"where": {"town": "A"}, "set": {"persons_absent": "missing"}}, "says it is absent"),
    ],
)
def test_what_an_edit_makes_of_a_table_is_held_to_the_schema(what: dict[str, Any], expected: str) -> None:
    with pytest.raises(DataError) as error:
        edited(**what)
    assert expected in str(error.value)


values = ["persons", "persons_absent", "minutes"]


@given(st.sampled_from(["A", "B"]), st.integers(-50, 1000), st.integers(-(2**20), 2**20))
def test_adding_and_taking_away_gives_the_same_values(town: str, persons: int, quarters: int) -> None:
    # Quarters of a minute are exact as floats, so that the way back is exact too.
    where: dict[str, str | int] = {"town": town, "year": 2005}
    there = Edit("towns", T, where=where, add={"persons": persons, "minutes": quarters / 4})
    back = Edit("towns", T, where=where, add={"persons": -persons, "minutes": -quarters / 4})
    assert scenario.apply(FRAME, [there, back], SCHEMA).select(values).equals(FRAME.select(values))


@given(st.sampled_from([2.0**power for power in range(-8, 9)]))
def test_multiplying_and_dividing_gives_the_same_values(factor: float) -> None:
    there, back = (
        Edit("towns", T, where={"town": "A"}, multiply={"minutes": f}) for f in (factor, 1 / factor)
    )
    assert scenario.apply(FRAME, [there, back], SCHEMA).select(values).equals(FRAME.select(values))


@given(st.integers(0, 10**9))
def test_inserting_and_removing_gives_the_same_table(persons: int) -> None:
    row: dict[str, str | int | float] = {"town": "C", "year": 2001, "persons": persons, "minutes": 1.0}
    edits = [Edit("towns", T, insert=row), Edit("towns", T, where={"town": "C"}, remove=True)]
    assert scenario.apply(FRAME, edits, SCHEMA).equals(FRAME)


# ---- scenarios of a whole group

HEAD = 'title = { sv = "x", en = "x" }\nabout = { sv = "x", en = "x" }\n'
BECAUSE = 'because = { sv = "x", en = "x" }\n'


@pytest.fixture
def write(small: Path) -> Callable[[str], None]:
    def written(body: str) -> None:
        (small / "scenarios").mkdir(exist_ok=True)
        (small / "scenarios" / "trial.toml").write_text(HEAD + body, "utf-8")

    return written


def edit(table: str, body: str) -> str:
    return f'[[edits]]\ntable = "{table}"\n{BECAUSE}{body}\n'


def assumed(work: Workspace, table: str = "growth") -> set[tuple[str, int]]:
    rows = work.table(table).filter(pl.col("basis") == "assumed").select("place", "year").rows()
    return {(str(place), int(year)) for place, year in rows}


def test_only_what_an_edit_reaches_is_built_again(
    small: Path, store: Path, write: Callable[[str], None]
) -> None:
    base = Workspace(small, store)
    base.build()
    write(edit("population", 'where = { municipality = "1060", year = 2024 }\nadd = { persons = 1000 }'))
    trial = Workspace(small, store, "trial")
    made = set(trial.build())
    assert {"population", "growth", "age_structure", "age_divergence"} <= made
    # Nothing but what rests on the population, straight or through another table.
    assert all("population" in {record.table for record in trial.trace(table)} for table in made)
    same = {table for table in base.steps if base.key(table) == trial.key(table)}
    assert same == base.steps.keys() - made
    assert trial.build() == []
    assert base.build() == []
    where: dict[str, str | int] = {"place": "blekinge-test", "year": 2024}
    assert base.figure("growth", "persons", **where).value == 157_223
    assert trial.figure("growth", "persons", **where).value == 158_223
    assert trial.record("population").edits == trial.scenario.edits
    assert base.record("population").edits == ()


def test_an_assumption_of_a_scenario_reaches_its_study_only(
    small: Path, store: Path, write: Callable[[str], None]
) -> None:
    Workspace(small, store).build()
    write("[assumptions.growth]\nbase_year = 2013\n")
    trial = Workspace(small, store, "trial")
    # The share of growth near stations rests on growth.
    assert trial.build() == ["growth", "access_growth"]
    assert trial.record("growth").overridden == {"base_year": "trial.toml"}
    assert trial.figure("growth", "base_year", place="1080", year=2024).value == 2013


def test_what_rests_on_a_touched_row_is_assumed_and_nothing_else(
    small: Path, store: Path, write: Callable[[str], None]
) -> None:
    places = {"10", "1060", "1080", "1081", "1082", "1083", "karlskrona"}
    places |= {"blekinge-test", "blekinge-test-nodes", "blekinge-test-rest"}
    # The last year: its rows, of every place, since their shares are of the group's total.
    write(edit("population", 'where = { municipality = "1060", year = 2024 }\nadd = { persons = 1 }'))
    trial = Workspace(small, store, "trial")
    assert assumed(trial) == {(place, 2024) for place in places}
    assert assumed(Workspace(small, store)) == set()
    # The base year, 2005: every later row is counted from it. 2001 rests on itself alone.
    write(edit("population", 'where = { municipality = "1060", year = 2005 }\nadd = { persons = 1 }'))
    assert assumed(Workspace(small, store, "trial")) == {
        (place, year) for place in places for year in (2005, 2009, 2013, 2016, 2017, 2021, 2024)
    }
    # A year between: itself and, for every place, the next one, whose period and its shares begin with it.
    write(edit("population", 'where = { municipality = "1060", year = 2013 }\nadd = { persons = 1 }'))
    assert assumed(Workspace(small, store, "trial")) == {
        (place, year) for place in places for year in (2013, 2016)
    }


def test_an_assumed_share_makes_the_differences_of_its_year_assumed(
    small: Path, store: Path, write: Callable[[str], None]
) -> None:
    write(
        edit(
            "population_profile", 'where = { municipality = "1060", year = 2021 }\nset = { share_0_19 = 0.5 }'
        )
    )
    trial = Workspace(small, store, "trial")
    assert {year for _, year in assumed(trial, "age_structure")} == {2021}
    spread = trial.table("age_divergence").filter(pl.col("basis") == "assumed")["year"]
    assert set(spread) == {2021}


def test_a_removed_municipality_year_is_missing_never_left_out_of_a_sum(
    small: Path, store: Path, write: Callable[[str], None]
) -> None:
    write(edit("population", 'where = { municipality = "1060", year = 2024 }\nremove = true'))
    trial = Workspace(small, store, "trial")
    for place in ("1060", "10", "blekinge-test", "blekinge-test-rest"):
        figure = trial.figure("growth", "persons", place=place, year=2024)
        assert (figure.value, figure.absent) == (None, "missing")
    assert trial.figure("growth", "persons", place="1080", year=2024).value == 66_301
    assert trial.figure("growth", "group_share", place="1080", year=2024).absent == "missing"


def test_a_year_inserted_for_one_municipality_is_missing_for_the_others(
    small: Path, store: Path, write: Callable[[str], None]
) -> None:
    write(edit("population", 'insert = { municipality = "1080", year = 2030, persons = 70000 }'))
    trial = Workspace(small, store, "trial")
    assert trial.figure("growth", "persons", place="1080", year=2030).value == 70_000
    assert trial.figure("growth", "persons", place="blekinge-test", year=2030).absent == "missing"
    assert trial.figure("growth", "persons", place="1060", year=2030).absent == "missing"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            edit("growth", 'where = { place = "1060" }\nset = { persons = 1 }'),
            "'growth', which is not a fact table",
        ),
        (
            edit("populatoin", "where = { year = 2024 }\nremove = true"),
            "'populatoin', which is not a fact table; did you mean 'population'",
        ),
        (
            edit("population", "wehre = { year = 2024 }\nremove = true"),
            "unknown key 'edits.wehre'; did you mean 'where'",
        ),
        (edit("population", "where = { year = 2023 }\nremove = true"), "matches no row"),
        (
            edit("population", "where = { year = 2024 }\nmultiply = { persons = nan }"),
            "'edits.multiply.persons' is nan",
        ),
        (
            edit("population", 'insert = { municipality = "9999", year = 2024, persons = 1 }'),
            "'9999' is unknown in 'municipalities'",
        ),
        ("[assumptions.growth]\nbase_yaer = 2013\n", "no assumption 'base_yaer'; did you mean 'base_year'"),
        ("[assumptions.growth]\nbase_year = 2100\n", "base_year = 2100, but the last year at hand is 2024"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused_naming_what(
    small: Path, store: Path, write: Callable[[str], None], body: str, expected: str
) -> None:
    write(body)
    with pytest.raises(DataError) as error:
        Workspace(small, store, "trial").build()
    assert expected in str(error.value)


def test_a_scenario_may_not_take_the_name_of_the_base(small: Path, store: Path) -> None:
    (small / "scenarios").mkdir()
    (small / "scenarios" / "base.toml").write_text(HEAD)
    with pytest.raises(SettingError, match=r"base\.toml is never read"):
        Workspace(small, store)


@pytest.mark.long
def test_every_scenario_of_the_bundled_group_builds(
    bundled: Workspace, built: Callable[[str], Workspace]
) -> None:
    names = [path.stem for path in (bundled.folder / "scenarios").glob("*.toml")]
    for name in names:
        trial = built(name)
        assert trial.store.state(trial.state_name).keys() == bundled.steps.keys()
        assert any(trial.key(table) != bundled.key(table) for table in bundled.steps)
    assert names


# ---- faults of the bundled group's own files, told with the file


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the bundled group, to spoil."""
    return Path(shutil.copytree(group.bundled(), tmp_path / "own"))


@pytest.mark.parametrize(
    ("right", "wrong", "number", "said"),
    [
        # Found as the operations are read: a line named twice.
        ('"malarbanan-orebro", "malarbanan-vasteras"', '"malarbanan-orebro", "malarbanan-orebro"', 2, "once"),
        # Found as they are made, for `lines` and `calls` alike: 50 minutes become 5.
        ("minutes_less = 10", "minutes_less = 45", 1, "no run may exceed 350 km/h"),
    ],
)
def test_a_fault_of_an_operation_is_reported_once_with_the_scenarios_file_and_line(
    bundled: Workspace, own: Path, right: str, wrong: str, number: int, said: str
) -> None:
    path = own / "scenarios" / "malarbanan-orebro.toml"
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(SettingError) as error:
        Workspace(own, bundled.store.folder, "malarbanan-orebro").build("calls")
    headers = [row for row, line in enumerate(text.splitlines(), 1) if line.startswith("[[")]
    found = str(error.value)
    assert found.startswith(f"{path}, line {headers[number - 1]}: timetable operation {number} (speed ")
    assert found.count("timetable operation") == 1
    assert said in found


def test_a_fault_of_the_line_plan_is_reported_once(bundled: Workspace, own: Path) -> None:
    path = own / "lines" / "malartag-uven.toml"
    path.write_text(path.read_text("utf-8").replace('"Heby station"', '"Hebby station"'), "utf-8")
    with pytest.raises(SettingError) as error:
        Workspace(own, bundled.store.folder).build("calls")
    assert str(error.value).count("malartag-uven.toml") == str(error.value).count("Hebby") == 1
