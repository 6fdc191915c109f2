"""Reading tables in a notebook: rows, matrices, and what does not exist; the how-to runs as written."""

import doctest
from pathlib import Path

import polars as pl
import pytest

import storregion
from storregion.core.errors import CallError
from storregion.core.selection import matrix, selected
from storregion.core.workspace import Workspace
from storregion.facts.work import COMMUTING

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "groups" / "blekinge"

# Two years, two sexes in the second; nobody of B works in A, a row of zero in 2022 and no row in 2023.
ROWS = pl.DataFrame(
    [
        (2022, "A", "A", "total", 5.0, "observed"),
        (2022, "A", "B", "total", 7.0, "observed"),
        (2022, "B", "A", "total", 0.0, "observed"),
        (2022, "B", "B", "total", 9.0, "estimated"),
        (2023, "A", "B", "total", 8.0, "observed"),
        (2023, "A", "B", "men", 3.0, "observed"),
        (2023, "B", "B", "total", 4.0, "observed"),
    ],
    schema=["year", "home", "work", "sex", "persons", "basis"],
    orient="row",
)


def test_rows_are_those_that_have_every_value() -> None:
    assert selected(COMMUTING, ROWS, {"year": 2023, "sex": "total"})["persons"].to_list() == [8.0, 4.0]
    assert selected(COMMUTING, ROWS, {"year": [2022, 2023], "work": "A"})["persons"].to_list() == [5.0, 0.0]
    assert selected(COMMUTING, ROWS, {}).equals(ROWS)
    # Each value is there, but no row has both: that is an answer, and it is empty.
    assert selected(COMMUTING, ROWS, {"year": 2022, "sex": "men"}).is_empty()


@pytest.mark.parametrize(
    ("years", "said"),
    [(12, "there is 2001, 2002, 2003, .*, 2011, 2012$"), (13, "the column goes from 2001 to 2013$")],
)
def test_a_dozen_numbers_are_listed_and_more_are_not(years: int, said: str) -> None:
    rows = pl.concat([ROWS[:1].with_columns(year=pl.lit(2001 + at, pl.Int64)) for at in range(years)])
    with pytest.raises(CallError, match=said):
        selected(COMMUTING, rows, {"year": 1999})


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"yaer": 2023}, "no column 'yaer'; did you mean 'year'"),
        ({"year": 1999}, "has year=1999; there is 2022, 2023"),
        ({"year": [2023, 2024]}, "has year=2024"),
        ({"year": "2023"}, "holds Int64, so it is never '2023'"),
        ({"home": 1}, "holds String, so it is never 1"),
        ({"year": True}, "never True"),
        ({"sex": "totl"}, "did you mean 'total'"),
    ],
)
def test_what_does_not_exist_is_named_with_the_nearest(where: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message):
        selected(COMMUTING, ROWS, where)  # type: ignore[arg-type]


def test_a_matrix_holds_every_row_once_and_no_row_is_not_zero() -> None:
    before = matrix(COMMUTING, ROWS, {"year": 2022, "sex": "total"}, None)
    assert before.columns == ["home", "A", "B"]
    assert before.rows() == [("A", 5.0, 7.0), ("B", 0.0, 9.0)]
    # Nobody is asked for in A as a place of work in 2023, so it has no column.
    assert matrix(COMMUTING, ROWS, {"year": 2023, "sex": "total"}, None).rows() == [("A", 8.0), ("B", 4.0)]
    gap = ROWS.filter(~((pl.col("home") == "B") & (pl.col("work") == "A")))
    assert matrix(COMMUTING, gap, {"year": 2022, "sex": "total"}, None).rows()[1] == ("B", None, 9.0)
    known = matrix(COMMUTING, ROWS, {"year": 2022, "sex": "total"}, "basis")
    assert known.rows() == [("A", "observed", "observed"), ("B", "observed", "estimated")]
    over_years = matrix(COMMUTING, ROWS, {"work": "B", "sex": "total"}, "persons")
    assert over_years.rows() == [(2022, 7.0, 9.0), (2023, 8.0, 4.0)]


def test_a_matrix_leaves_exactly_two_columns_open() -> None:
    with pytest.raises(CallError, match=r"\['home', 'work', 'sex'\] are; give one value"):
        matrix(COMMUTING, ROWS, {"year": 2022}, None)
    with pytest.raises(CallError, match="two columns of its key open"):
        matrix(COMMUTING, ROWS, {"year": 2022, "sex": "total", "home": "A"}, None)
    with pytest.raises(CallError, match="'home' is part of the key"):
        matrix(COMMUTING, ROWS, {"year": 2022, "sex": "total"}, "home")


def test_a_group_is_opened_by_paths_as_text_and_says_what_it_is(tmp_path: Path) -> None:
    work = storregion.open(str(SMALL), str(tmp_path / "store"))
    assert work.folder == SMALL
    assert work.tables() == sorted(work.steps)
    assert f"{len(work.steps)} tables in {tmp_path / 'store'}" in repr(work)
    assert work.group.code in repr(work)
    shown = work._repr_html_()
    assert shown.count("<tr>") == len(work.steps)
    assert "<code>growth</code>" in shown
    with pytest.raises(CallError, match="did you mean 'growth'"):
        work.frame("grwth")
    # Nothing was built for any of this.
    assert not list((tmp_path / "store").rglob("*.parquet"))


def test_the_how_to_runs_as_written(bundled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORREGION_STORE", str(bundled.store.folder))
    path = ROOT / "docs" / "how-to" / "work-in-a-notebook.md"
    # The fence that ends a block would be read as output.
    text = path.read_text("utf-8").replace("```", "")
    test = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)
    found: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(test, out=found.append)
    assert outcome.attempted >= 10
    assert outcome.failed == 0, "".join(found)
