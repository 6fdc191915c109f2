import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storregion.core.errors import DataError
from storregion.intake.odmap import COLUMNS, Constants, Map, Publisher
from storregion.sources import odmatrix

ROOT = Path(__file__).parents[2]
PUBLISHER = Publisher("SCB", "Pendling", "Commuting", "CC0 1.0")
NAMES = pl.read_csv(ROOT / "groups" / "oms" / "figures" / "municipalities.csv", infer_schema=False)
CODES = sorted(NAMES["municipality"])
LONG = Map(PUBLISHER, home="bor", work="jobbar", persons="antal", sex="kön", year="år")
CUBE = Map(PUBLISHER, home="bor", work="jobbar", sex="kön", year="år")
MATRIX = Map(PUBLISHER, layout="matrix", constants=Constants(2023, "total"))
CSV = ";"


def national(year: int = 2023, sex: str = "total", inside: float = 14000.0) -> pl.DataFrame:
    """A matrix of 290 municipalities: 14 000 stay in each, 2 000 go to the next code and 500 back.

    290 · 14 000 + 290 · 2 000 + 290 · 500 = 4 785 000 persons, in 870 pairs.
    """
    rows = []
    for at, code in enumerate(CODES):
        after, before = CODES[(at + 1) % 290], CODES[at - 1]
        rows += [(code, code, inside), (code, after, inside / 7), (code, before, inside / 28)]
    frame = pl.DataFrame(rows, schema=["home", "work", "persons"], orient="row")
    columns = [pl.lit(year, pl.Int64).alias("year"), "home", "work", pl.lit(sex).alias("sex"), "persons"]
    return frame.select(columns).sort("year", "home", "work", "sex")


def dense(frame: pl.DataFrame) -> pl.DataFrame:
    """The same matrix with a row for every pair, zeros written out."""
    keys = pl.DataFrame({"home": CODES}).join(pl.DataFrame({"work": CODES}), how="cross")
    groups = keys.join(frame.select("year", "sex").unique(), how="cross")
    whole = groups.join(frame, on=["year", "home", "work", "sex"], how="left")
    return whole.select(COLUMNS).with_columns(pl.col("persons").fill_null(0.0)).sort(odmatrix.KEY)


def words(frame: pl.DataFrame) -> pl.DataFrame:
    """A matrix in the columns and words of a user's long file."""
    sexes = {"total": "Totalt", "men": "Män", "women": "kvinnor"}
    return frame.select(
        pl.col("home").alias("bor"),
        pl.col("work").alias("jobbar"),
        pl.col("sex").replace_strict(sexes).alias("kön"),
        pl.col("year").cast(pl.String).alias("år"),
        pl.col("persons").alias("antal"),
    )


def to_csv(frame: pl.DataFrame, path: Path) -> None:
    words(frame).write_csv(path, separator=CSV)


def to_xlsx(frame: pl.DataFrame, path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    user = words(frame)
    sheet.append(user.columns)
    for row in user.iter_rows():
        sheet.append(row)
    book.save(path)


def to_parquet(frame: pl.DataFrame, path: Path) -> None:
    words(frame).write_parquet(path)


AXES = ("bor", "jobbar", "kön", "år")


def categories(frame: pl.DataFrame) -> list[list[str]]:
    years = [str(year) for year in frame["year"].unique().sort()]
    code = {"total": "1+2", "men": "1", "women": "2"}
    return [CODES, CODES, [code[sex] for sex in frame["sex"].unique().sort()], years]


def jsonstat(frame: pl.DataFrame) -> dict[str, Any]:
    """A JSON-stat dataset of a dense matrix, one list of values."""
    cells = frame.sort("home", "work", "sex", "year")["persons"].to_list()
    every = categories(frame)
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Pendling",
        "id": list(AXES),
        "size": [len(codes) for codes in every],
        "dimension": {
            name: {"label": name, "category": {"index": codes}}
            for name, codes in zip(AXES, every, strict=True)
        },
        "value": cells,
    }


def to_jsonstat(frame: pl.DataFrame, path: Path) -> None:
    path.write_text(json.dumps(jsonstat(dense(frame))), "utf-8")


def to_jsonstat_objects(frame: pl.DataFrame, path: Path) -> None:
    """The other way to write one: an index that numbers, values that leave cells out, signs that say why."""
    document = jsonstat(dense(frame))
    values = document["value"]
    document["value"] = {str(at): value for at, value in enumerate(values) if value}
    document["status"] = {str(at): "-" for at, value in enumerate(values) if not value}
    for dimension in document["dimension"].values():
        codes = dimension["category"]["index"]
        dimension["category"] = {"index": {code: at for at, code in reversed(list(enumerate(codes)))}}
    path.write_text(json.dumps(document), "utf-8")


def to_px(frame: pl.DataFrame, path: Path) -> None:
    """A PX file of a dense matrix: homes and works down, sexes and years across, zeros as "-"."""
    whole = dense(frame)
    every = categories(whole)
    lines = [
        'CHARSET="ANSI";',
        'AXIS-VERSION="2010";',
        'CODEPAGE="windows-1252";',
        'TITLE="Pendling; efter "',
    ]
    lines += ['"kön";', 'STUB="bor","jobbar";', 'HEADING="kön","år";']
    for name, codes in zip(AXES, every, strict=True):
        shown = [f'"{code}' + (' namn"' if name == "bor" else '"') for code in codes]
        lines += [f'VALUES("{name}")=' + ",\n".join(shown) + ";"]
        lines += [f'CODES("{name}")=' + ",".join(f'"{code}"' for code in codes) + ";"]
    cells = [f"{cell:g}" if cell else '"-"' for cell in whole.sort("home", "work", "sex", "year")["persons"]]
    lines += ["DATA=", *(" ".join(cells[at : at + 7]) for at in range(0, len(cells), 7)), ";"]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))


FORMS: list[tuple[Callable[[pl.DataFrame, Path], None], str, Map]] = [
    (to_csv, "csv", LONG),
    (to_xlsx, "xlsx", LONG),
    (to_parquet, "parquet", LONG),
    (to_jsonstat, "json", CUBE),
    (to_jsonstat_objects, "json", CUBE),
    (to_px, "px", CUBE),
]


def refused(path: Path, chosen: Map) -> str:
    with pytest.raises(DataError) as error:
        odmatrix.read(path, chosen, CODES)
    assert str(error.value).startswith(str(path))
    return str(error.value)


def change(chosen: Map, **values: Any) -> Map:
    return msgspec.structs.replace(chosen, **values)


# ---- every form gives one table


@pytest.mark.parametrize(("write", "ending", "chosen"), FORMS, ids=lambda part: getattr(part, "__name__", ""))
def test_every_form_gives_the_same_table(
    tmp_path: Path, write: Callable[[pl.DataFrame, Path], None], ending: str, chosen: Map
) -> None:
    men, women = national(2023, "men", 7000.0), national(2023, "women", 7000.0)
    frame = pl.concat([national(2022), national(2023), men, women])
    if chosen is CUBE:
        # A cube has every sex in every year.
        frame = pl.concat([national(), men, women])
    write(frame, tmp_path / f"od.{ending}")
    read = odmatrix.read(tmp_path / f"od.{ending}", chosen, CODES)
    # A cube gives all pairs, a long file those that it has.
    expected = dense(frame) if chosen is CUBE else frame.sort(odmatrix.KEY)
    assert read.equals(expected)
    assert read.columns == list(COLUMNS)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_square_of_homes_and_works_gives_the_table(tmp_path: Path, ending: str) -> None:
    whole = dense(national())
    square = whole.pivot("work", index="home", values="persons").rename({"home": "hem"})
    path = tmp_path / f"od.{ending}"
    if ending == "csv":
        square.write_csv(path)
    elif ending == "parquet":
        square.write_parquet(path)
    else:
        book = openpyxl.Workbook()
        # A sheet may begin with empty rows.
        book.active.append([])
        book.active.append([None, *CODES])
        for row in square.iter_rows():
            book.active.append(row)
        book.save(path)
    assert odmatrix.read(path, MATRIX, CODES).equals(whole)


def test_codes_with_names_behind_are_read_when_the_map_says_so(tmp_path: Path) -> None:
    named = {
        row["municipality"]: f"{row['municipality']} {row['name']}" for row in NAMES.iter_rows(named=True)
    }
    path = tmp_path / "od.csv"
    both = [pl.col(name).replace_strict(named) for name in ("bor", "jobbar")]
    path.write_text(words(national()).with_columns(both).write_csv(separator=CSV), "cp1252")
    chosen = change(LONG, encoding="cp1252", code="leading")
    assert odmatrix.read(path, chosen, CODES).equals(national())
    assert "is not utf-8" in refused(path, change(LONG, code="leading"))
    whole = refused(path, change(LONG, encoding="cp1252"))
    assert "'0114 Upplands Väsby' has words behind the code; write code = \"leading\" in the map" in whole


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_codes_that_became_numbers_are_told_and_read_when_the_map_says_so(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"od.{ending}"
    frame = words(national()).with_columns(pl.col("bor", "jobbar").cast(pl.Int64))
    if ending == "csv":
        frame.write_csv(path)
    else:
        book = openpyxl.Workbook()
        book.active.append(frame.columns)
        for row in frame.iter_rows():
            book.active.append(row)
        book.save(path)
    told = refused(path, LONG)
    assert "row 2, column 'bor'; row 3, column 'bor'; row 4, column 'bor': '114' is a number" in told
    assert 'write code = "number" in the map' in told
    assert odmatrix.read(path, change(LONG, code="number"), CODES).equals(national())


def test_a_map_may_have_its_own_words_and_decimal_sign(tmp_path: Path) -> None:
    path = tmp_path / "od.txt"
    frame = words(national()).with_columns(pl.lit("ALLA").alias("kön"), (pl.col("antal") + 0.5))
    frame.write_csv(path, separator="\t", decimal_comma=True)
    chosen = change(LONG, sexes={"alla": "total"}, decimal=",")
    expected = national().with_columns(pl.col("persons") + 0.5)
    assert odmatrix.read(path, chosen, CODES).equals(expected)
    assert "'14000,5' is no number with the decimal sign '.'" in refused(path, change(chosen, decimal=None))
    assert "'ALLA' is no word for a sex" in refused(path, change(chosen, sexes={}))


pairs = st.tuples(st.sampled_from(CODES), st.sampled_from(CODES))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    cells=st.dictionaries(pairs, st.floats(0, 9999, allow_subnormal=False), max_size=20),
    separator=st.sampled_from([",", ";", "\t"]),
    year=st.integers(1985, 2100),
    order=st.randoms(use_true_random=False),
)
def test_what_is_written_is_read(
    tmp_path: Path, cells: dict[tuple[str, str], float], separator: str, year: int, order: Any
) -> None:
    kept = {(home, work): persons for _, home, work, _, persons in national().iter_rows()} | {
        (home, work): persons for (home, work), persons in cells.items() if home != work
    }
    rows = [(year, home, work, "total", persons) for (home, work), persons in kept.items()]
    order.shuffle(rows)
    frame = pl.DataFrame(rows, schema=list(COLUMNS), orient="row")
    path = tmp_path / "od.csv"
    words(frame).write_csv(path, separator=separator)
    assert odmatrix.read(path, LONG, CODES).equals(frame.sort(odmatrix.KEY))


# ---- what is wrong in a file


def spoilt(tmp_path: Path, *changes: tuple[int, str, str]) -> Path:
    """A long CSV file with cells changed, by row of the file and column."""
    rows = words(national()).with_columns(pl.col("antal").cast(pl.Int64).cast(pl.String)).to_dicts()
    for row, column, word in changes:
        rows[row - 2][column] = word
    path = tmp_path / "od.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


@pytest.mark.parametrize(
    ("column", "word", "expected"),
    [
        ("bor", "0001", "'0001' is the code of no municipality"),
        ("jobbar", "114", "'114' is a number, which has lost the zeros"),
        ("jobbar", "", "empty; give a code"),
        ("kön", "alla", "'alla' is no word for a sex"),
        ("kön", "", "empty; give a word"),
        ("år", "23", "'23' is no year of four digits"),
        ("antal", "-3", "'-3' is below zero"),
        ("antal", "", "empty; write 0 where no one commutes"),
        ("antal", "..", "'..' is a sign that the value is suppressed or missing, which is not zero"),
        ("antal", "x", "'x' is a sign that the value is suppressed or missing, which is not zero"),
        ("antal", "-", "'-' is a dash, which may be zero or no value"),
        ("antal", "många", "'många' is no number"),
        ("antal", "1 200", "'1 200' is no number; write it without signs between the thousands"),
        ("antal", "1e999", "'1e999' is no number"),
        ("antal", "١٢", "'١٢' is no number"),
        ("antal", "nan", "'nan' is a sign"),
    ],
)
def test_a_wrong_cell_is_told_with_its_place(tmp_path: Path, column: str, word: str, expected: str) -> None:
    assert f"\n  row 7, column {column!r}: {expected}" in refused(spoilt(tmp_path, (7, column, word)), LONG)


def test_all_faults_are_told_at_once_and_equal_ones_together(tmp_path: Path) -> None:
    many = [(row, "antal", "..") for row in range(100, 130)]
    told = refused(spoilt(tmp_path, (5, "bor", "9999"), (9, "år", "x"), *many), LONG).splitlines()
    assert len(told) == 4
    assert told[1].startswith("  row 9, column 'år': 'x'")
    assert told[2].startswith("  row 5, column 'bor': '9999'")
    # Thirty cells, of which twenty are named.
    assert told[3].startswith("  row 100, column 'antal'; row 101, column 'antal'; ")
    assert "row 119, column 'antal' and 10 places more: '..'" in told[3]


def test_a_pair_twice_is_told_with_both_rows_beside_other_faults(tmp_path: Path) -> None:
    # Rows 2 and 3 are 0114 → 0114 and 0114 → 0115.
    told = refused(spoilt(tmp_path, (3, "jobbar", "0114"), (20, "antal", "?")), LONG)
    assert (
        "row 2, column 'antal'; row 3, column 'antal': 0114 → 0114 (2023, total) stands more than once"
        in told
    )
    assert "row 20, column 'antal': '?' is no number" in told


def test_wrong_cells_of_a_square_are_told_with_row_and_column(tmp_path: Path) -> None:
    square = dense(national()).with_columns(pl.col("persons").cast(pl.String))
    wide = square.pivot("work", index="home", values="persons").rename({"0115": "0001"})
    rows = wide.to_dicts()
    rows[1]["0117"], rows[2]["home"] = "..", "9999"
    path = tmp_path / "od.csv"
    pl.DataFrame(rows).write_csv(path)
    told = refused(path, MATRIX)
    assert "\n  row 4, column 1: '9999' is the code of no municipality" in told
    assert "\n  row 1: '0001' is the code of no municipality" in told
    assert "\n  row 3, column '0117': '..' is a sign" in told


def test_wrong_cells_of_a_cube_are_told_by_their_categories(tmp_path: Path) -> None:
    document = jsonstat(dense(national()))
    # The second cell is from the first code to the second.
    document["value"][1] = None
    document["status"] = {"1": ".."}
    document["dimension"]["bor"]["category"]["index"] = ["00", *CODES[1:]]
    path = tmp_path / "od.json"
    path.write_text(json.dumps(document), "utf-8")
    told = refused(path, CUBE)
    assert "\n  dimension 'bor': '00' is the code of no municipality" in told
    assert "\n  year '2023', home '00', work '0115', sex '1+2': '..' is a sign" in told


def test_a_missing_column_is_told_with_the_nearest(tmp_path: Path) -> None:
    told = refused(spoilt(tmp_path), change(LONG, work="jobba", year="aar"))
    assert "row 1: there is no column 'jobba' (work); did you mean 'jobbar'?" in told
    assert "row 1: there is no column 'aar' (year); " in told
    assert "there is no dimension" in refused_cube(tmp_path, change(CUBE, work="jobba"))


def refused_cube(tmp_path: Path, chosen: Map) -> str:
    to_px(national(), tmp_path / "od.px")
    return refused(tmp_path / "od.px", chosen)


def test_a_dimension_that_the_map_does_not_use_is_told(tmp_path: Path) -> None:
    frame = pl.concat([national(), national(2023, "men", 7000.0)])
    to_jsonstat(frame, tmp_path / "od.json")
    chosen = Map(PUBLISHER, home="bor", work="jobbar", year="år", constants=Constants(sex="total"))
    assert "dimension 'kön' has 2 categories" in refused(tmp_path / "od.json", chosen)


@pytest.mark.parametrize(
    ("ending", "chosen", "expected"),
    [
        ("csv", change(LONG, home=None), "which column is home; write home = …"),
        ("csv", change(LONG, persons=None), "which column is persons"),
        ("csv", change(LONG, sex=None), "does not say the sex: write sex = … for a column, or constants.sex"),
        ("csv", change(LONG, constants=Constants(2023)), "gives year both as a column and as a constant"),
        ("csv", change(LONG, sheet="a"), "sheet means nothing for a file ending in '.csv'"),
        ("xlsx", change(LONG, decimal=","), "decimal means nothing for a file ending in '.xlsx'"),
        ("csv", change(MATRIX, home="bor"), "a matrix has no columns to name; leave home out"),
        ("px", MATRIX, 'layout = "matrix" is for tables'),
        ("json", LONG, "leave persons out of the map"),
        ("xls", LONG, "a file ending in '.xls' is not read; did you mean '.xlsx'?"),
    ],
)
def test_a_map_that_does_not_fit_the_file_is_told(
    tmp_path: Path, ending: str, chosen: Map, expected: str
) -> None:
    (tmp_path / f"od.{ending}").write_bytes(b"")
    assert expected in refused(tmp_path / f"od.{ending}", chosen)


# ---- what keeps a matrix from being the country's


def without(frame: pl.DataFrame, rows: pl.Expr) -> pl.DataFrame:
    return frame.filter(~rows)


DIAGONAL = pl.col("home") == pl.col("work")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (without(national(), DIAGONAL), "2023, total: home = work is missing entirely"),
        (
            without(national(), DIAGONAL & (pl.col("home") == "0114")),
            "2023, total: 0114 has commuters out, but home = work is missing there",
        ),
        (
            without(national(), pl.col("home") > pl.col("work")),
            "2023, total: one direction only: every work has a higher code than its home, as in 0114 → 0115",
        ),
        (
            without(national(), pl.col("home") < pl.col("work")),
            "2023, total: one direction only: every work has a lower code than its home",
        ),
        (
            # 4 785 000 / 10.
            national(inside=1400.0),
            "2023, total: the sum is 478500 persons, which cannot be the employed of Sweden",
        ),
        (national(inside=28000.0), "2023, total: the sum is 9570000 persons"),
        (
            national().filter(pl.col("home").is_in(CODES[:100]) & pl.col("work").is_in(CODES[:100])),
            "2023, total: the matrix is not national: 100 of 290 municipalities take part. Read national",
        ),
        (
            # 2 · 6 000 of 14 000 are a seventh too few: 4 101 429 of 4 785 000.
            pl.concat([national(), national(2023, "men", 6000.0), national(2023, "women", 6000.0)]),
            "2023: men and women are 4101429 together, but the total is 4785000",
        ),
        (national(1984), "1984: no year between 1985 and 2100"),
        (national(2101), "2101: no year between 1985 and 2100"),
        (national(inside=0.0), "2023, total: no one commutes at all"),
    ],
)
def test_what_commuting_in_the_country_cannot_be_is_told(frame: pl.DataFrame, expected: str) -> None:
    assert any(fault.startswith(expected) for fault in odmatrix.faults(frame, 290))


def test_a_sound_matrix_has_no_faults() -> None:
    # 2 · 6 900 of 14 000 lack 1.4 %, as perturbed cells may.
    sexes = [national(2023, sex, 6900.0) for sex in ("men", "women")]
    assert odmatrix.faults(pl.concat([national(), national(2022), *sexes]), 290) == []
    assert odmatrix.faults(national().clear(), 290) == []


def test_a_municipality_without_commuters_out_needs_no_diagonal() -> None:
    gone = without(national(), pl.col("home") == "2584")
    assert odmatrix.faults(gone, 290) == []


def test_faults_of_every_year_and_sex_are_told() -> None:
    frame = pl.concat([without(national(year), DIAGONAL) for year in (2021, 2022)])
    found = odmatrix.faults(frame, 290)
    assert [fault.partition(":")[0] for fault in found if "entirely" in fault] == [
        "2021, total",
        "2022, total",
    ]


def test_a_user_s_triangle_is_refused_on_reading(tmp_path: Path) -> None:
    to_csv(national().filter(pl.col("home") >= pl.col("work")), tmp_path / "od.csv")
    assert "one direction only" in refused(tmp_path / "od.csv", LONG)


def test_totals_sum_up_every_year_and_sex() -> None:
    frame = pl.concat([national(2022, "men", 7000.0), national(2021)])
    rows = odmatrix.totals(frame).rows()
    assert [row[:2] for row in rows] == [(2021, "total"), (2022, "men")]
    # 290 · (14 000 + 2 000 + 500), and half of it.
    assert math.isclose(rows[0][2], 4_785_000)
    assert math.isclose(rows[1][2], 2_392_500)


def test_a_workbook_with_several_sheets_needs_a_name(tmp_path: Path) -> None:
    path = tmp_path / "od.xlsx"
    to_xlsx(national(), path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Noter")
    book.save(path)
    assert "has the sheets 'Sheet', 'Noter'; say which by sheet = …" in refused(path, LONG)
    assert "has no sheet 'Sheat'; did you mean 'Sheet'?" in refused(path, change(LONG, sheet="Sheat"))
    assert "is empty" in refused(path, change(LONG, sheet="Noter"))
    assert odmatrix.read(path, change(LONG, sheet="Sheet"), CODES).equals(national())


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "od.xlsx"
    path.write_bytes(b"PK no archive")
    assert "is no whole XLSX file" in refused(path, LONG)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "no workbook")
    assert "cannot be read as XLSX" in refused(path, LONG)
