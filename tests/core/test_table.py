import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.core.columns import absence, basis
from storregion.core.errors import CallError, TableError
from storregion.core.language import Text
from storregion.core.pipeline import every_step
from storregion.core.table import (
    BASES,
    FAULTS_SHOWN,
    Column,
    Schema,
    listed,
    weakest,
    weakest_of,
    weakest_until,
)
from storregion.core.words import Said
from storregion.core.workspace import figure_of

T = Text("x", "x")
SCHEMA = Schema(
    "lakes",
    (
        Column("lake", pl.String, "code", key=True, pattern=r"L\d"),
        Column("year", pl.Int64, "year", key=True, least=1900, most=2100),
        Column("depth", pl.Float64, "metres", least=0.0, absent="depth_absent"),
        absence("depth_absent"),
        Column("owner", pl.String, "code", optional=True, refers=("owners", "owner")),
        basis(),
    ),
    lambda: Said(T, T),
)
GOOD = pl.DataFrame(
    {
        "lake": ["L1", "L1", "L2"],
        "year": [2001, 2002, 2001],
        "depth": [1.5, None, 0.0],
        "depth_absent": [None, "suppressed", None],
        "owner": ["A", None, "B"],
        "basis": ["observed", "observed", "assumed"],
    }
)
OWNERS = {("owners", "owner"): pl.Series(["A", "B"])}


def refused(frame: pl.DataFrame) -> str:
    with pytest.raises(TableError) as error:
        SCHEMA.check(frame, maker="pack.make", known=OWNERS)
    assert "pack.make does not make a valid table 'lakes'" in str(error.value)
    return str(error.value)


def test_a_right_frame_comes_back_with_its_columns_in_order() -> None:
    checked = SCHEMA.check(GOOD.select(reversed(GOOD.columns)), maker="pack.make", known=OWNERS)
    assert checked.equals(GOOD)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"lake": ["L1", "L1", "lake"]}, r"row 3, column 'lake': 'lake' does not look like L\d"),
        ({"lake": ["L1", "L1", "L2\n"]}, r"row 3, column 'lake': 'L2\n' does not look like L\d"),
        ({"lake": ["L1", "L1", None]}, "row 3, column 'lake': empty; give a value"),
        ({"year": [2001, 2002, 1899]}, "row 3, column 'year': 1899 is below 1900"),
        ({"year": [2001, 2101, 2001]}, "row 2, column 'year': 2101 is above 2100"),
        ({"depth": [1.5, None, float("nan")]}, "row 3, column 'depth': nan is not a finite number"),
        ({"depth": [1.5, None, float("inf")]}, "row 3, column 'depth': inf is not a finite number"),
        ({"depth": [-1.0, None, 0.0]}, "row 1, column 'depth': -1.0 is below 0"),
        ({"depth": [None, None, 0.0]}, "row 1, column 'depth': empty, but 'depth_absent' gives no reason"),
        ({"depth": [1.5, 2.0, 0.0]}, "row 2, column 'depth': 2.0, but 'depth_absent' says it is absent"),
        (
            {"depth_absent": [None, "lost", None]},
            "row 2, column 'depth_absent': 'lost' is not one of missing, ",
        ),
        ({"owner": ["A", None, "C"]}, "row 3, column 'owner': 'C' is unknown in 'owners'"),
        (
            {"basis": ["observed", "guessed", "assumed"]},
            "row 2, column 'basis': 'guessed' is not one of observed, ",
        ),
        ({"year": [2001, 2001, 2001]}, "rows 1, 2: the key ['lake', 'year'] is repeated: ['L1', 2001]"),
    ],
)
def test_each_wrong_value_is_named_by_row_and_column(change: dict[str, list[object]], fault: str) -> None:
    columns = [pl.Series(name, values, dtype=GOOD[name].dtype) for name, values in change.items()]
    message = refused(GOOD.with_columns(columns))
    assert fault in message
    assert message.count("\n") == 1


def test_all_wrong_values_are_named_at_once() -> None:
    message = refused(
        GOOD.with_columns(year=pl.lit(3000, pl.Int64), depth=pl.lit(-1.0), basis=pl.lit("guessed"))
    )
    # Three years, three depths (and one said to be absent), three bases, one repeated key.
    assert message.count("\n") == 3 + 3 + 1 + 3 + 1


def test_columns_must_be_those_of_the_schema_and_of_their_types() -> None:
    message = refused(GOOD.rename({"depth": "dept"}).with_columns(year=pl.col("year").cast(pl.Int32)))
    assert "column 'depth' is missing" in message
    assert "column 'dept' is not in the schema; did you mean 'depth'?" in message
    assert "column 'year' is Int32, expected Int64" in message


def test_nothing_is_cast() -> None:
    assert "column 'depth' is Int64, expected Float64" in refused(
        GOOD.with_columns(depth=pl.lit(1, pl.Int64))
    )


def test_an_empty_frame_of_the_right_types_is_a_table() -> None:
    assert SCHEMA.check(GOOD.clear(), maker="pack.make").height == 0


def test_a_long_value_is_shortened() -> None:
    assert len(refused(GOOD.with_columns(lake=pl.lit("x" * 10_000)))) < 1000


def test_very_many_faults_are_cut_off_and_the_rest_counted() -> None:
    faults = [f"fault {number}" for number in range(FAULTS_SHOWN + 5)]
    lines = listed(faults).splitlines()
    assert len(lines) == FAULTS_SHOWN + 1
    assert lines[-1].strip() == "… and 5 faults more"
    assert "more" not in listed(faults[:FAULTS_SHOWN])


def test_an_unknown_column_is_a_wrong_call_with_the_nearest() -> None:
    with pytest.raises(CallError, match="table 'lakes' has no column 'deph'; did you mean 'depth'"):
        SCHEMA["deph"]


@given(st.lists(st.sampled_from(BASES), min_size=1))
def test_the_weakest_basis_of_some_rows(bases: list[str]) -> None:
    found = pl.DataFrame({"basis": bases}).select(weakest()).item()
    assert found == max(bases, key=BASES.index)


@given(st.sampled_from(BASES), st.lists(st.lists(st.sampled_from(BASES), max_size=3), max_size=3))
def test_what_rests_on_whole_tables_is_no_better_known_than_any_row_or_than_a_model(
    least: str, tables: list[list[str]]
) -> None:
    frames = [pl.DataFrame({"basis": bases}, schema={"basis": pl.String}) for bases in tables]
    every = [least, *(basis for bases in tables for basis in bases)]
    assert weakest_of(least, *frames) == max(every, key=BASES.index)


def test_what_goes_on_from_year_to_year_stays_as_little_known_as_it_was() -> None:
    # 2001 is estimated, one row of 2002 is assumed, and 2003 is observed but goes on from 2002.
    rows = pl.DataFrame(
        {
            "year": [2003, 2000, 2001, 2002, 2002],
            "basis": ["observed", "observed", "estimated", "observed", "assumed"],
        }
    )
    found = weakest_until("observed", rows).rows()
    assert found == [(2000, "observed"), (2001, "estimated"), (2002, "assumed"), (2003, "assumed")]
    # A model's years are estimates at best.
    model = weakest_until("estimated", rows)["basis"].to_list()
    assert model == ["estimated", "estimated", "assumed", "assumed"]


def test_a_pattern_of_two_forms_is_of_the_whole_value() -> None:
    areas = Schema(
        "areas", (Column("area", pl.String, "code", key=True, pattern=r"\d{4}|\d\d"),), SCHEMA.said
    )
    assert areas.check(pl.DataFrame({"area": ["0101", "01"]}), maker="the test").height == 2
    for wrong in ("01012", "0101x", "x01", "101"):
        with pytest.raises(TableError, match=f"'{wrong}' does not look like"):
            areas.check(pl.DataFrame({"area": [wrong]}), maker="the test")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(2000, 2002)), max_size=12))
def test_every_repeated_key_is_named_with_all_its_rows_and_no_other(keys: list[tuple[int, int]]) -> None:
    frame = pl.DataFrame(
        {"lake": [f"L{lake}" for lake, _ in keys], "year": [year for _, year in keys]},
        schema={"lake": pl.String, "year": pl.Int64},
    )
    faults = SCHEMA.faults(frame, pl.Series(range(10, 10 + len(keys)), dtype=pl.Int64), {})
    rows = {key: [10 + at for at, other in enumerate(keys) if other == key] for key in dict.fromkeys(keys)}
    assert sorted(faults) == sorted(
        f"rows {', '.join(map(str, same))}: the key ['lake', 'year'] is repeated: ['L{lake}', {year}]"
        for (lake, year), same in rows.items()
        if len(same) > 1
    )


def test_shares_reach_from_nothing_to_all() -> None:
    """What has a whole for its upper bound may be nothing, or below it as what a model explains."""
    every = [column for step in every_step().values() for column in step.schema.columns]
    shares = [column for column in every if (column.unit, column.most) in {("share", 1.0), ("percent", 100)}]
    assert {column.name for column in shares if column.least not in {0, None}} == set()
    assert len(shares) > 50


def test_a_figure_of_a_table_that_does_not_say_its_basis_is_observed() -> None:
    bare = Schema("lakes", SCHEMA.columns[:-1], SCHEMA.said)
    row: dict[str, str | int | float | None] = {"lake": "L1", "year": 2001, "depth": 1.5}
    row |= {"depth_absent": None, "owner": "A"}
    figure = figure_of(bare, "depth", row, "k")
    assert (figure.value, figure.unit, figure.basis, figure.absent) == (1.5, "metres", "observed", None)
    assert figure.where == (("lake", "L1"), ("year", 2001))
    hidden = row | {"depth": None, "depth_absent": "suppressed", "basis": "estimated"}
    assert figure_of(SCHEMA, "depth", hidden, "k").absent == "suppressed"
    assert figure_of(SCHEMA, "depth", hidden, "k").basis == "estimated"
    with pytest.raises(CallError, match=r"lakes\.owner holds words, not a figure"):
        figure_of(bare, "owner", row, "k")
