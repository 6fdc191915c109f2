import json
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
from storregion.facts.work import COMMUTING_OBSERVED
from storregion.intake.importing import read
from storregion.intake.mapping import Map, Publisher, Source

ROOT = Path(__file__).parents[2]
PUBLISHER = Publisher("SCB", "Pendling", "Commuting", "CC0 1.0")
NAMES = pl.read_csv(ROOT / "groups" / "oms" / "figures" / "municipalities.csv", infer_schema=False)
CODES = sorted(NAMES["municipality"])
COLUMNS = ("year", "home", "work", "sex", "persons")
KEY = ["year", "home", "work", "sex"]
KNOWN = {("municipalities", "municipality"): NAMES["municipality"]}
WORDS = {"Totalt": "total", "Män": "men", "kvinnor": "women"}
LONG = Map(
    origin=PUBLISHER,
    columns={
        "home": Source(column="bor"),
        "work": Source(column="jobbar"),
        "persons": Source(column="antal"),
        "sex": Source(column="kön", words=WORDS),
        "year": Source(column="år"),
    },
)
CUBE = Map(
    origin=PUBLISHER,
    columns={
        "home": Source(dimension="bor"),
        "work": Source(dimension="jobbar"),
        "persons": Source(cells=True),
        "sex": Source(dimension="kön", words={"1+2": "total", "1": "men", "2": "women"}),
        "year": Source(dimension="år"),
    },
)
MATRIX = Map(
    origin=PUBLISHER,
    columns={
        "home": Source(column=1),
        "work": Source(header=1),
        "persons": Source(cells=True),
        "sex": Source(constant="total"),
        "year": Source(constant=2023),
    },
)
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
    return whole.select(COLUMNS).with_columns(pl.col("persons").fill_null(0.0)).sort(KEY)


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


def commuting(path: Path, chosen: Map) -> pl.DataFrame:
    return read(path, chosen, COMMUTING_OBSERVED, KNOWN)[0]


def refused(path: Path, chosen: Map) -> str:
    with pytest.raises(DataError) as error:
        commuting(path, chosen)
    assert str(error.value).startswith(str(path))
    return str(error.value)


def change(chosen: Map, **values: Any) -> Map:
    return msgspec.structs.replace(chosen, **values)


def with_column(chosen: Map, name: str, source: Source | None) -> Map:
    """The map with one of its columns from elsewhere, or none."""
    others = {column: known for column, known in chosen.columns.items() if column != name}
    return change(chosen, columns=others | ({name: source} if source else {}))


def codes(chosen: Map, **values: Any) -> Map:
    """The map with other ways to read the codes of home and work."""
    for name in ("home", "work"):
        chosen = with_column(chosen, name, msgspec.structs.replace(chosen.columns[name], **values))
    return chosen


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
    read = commuting(tmp_path / f"od.{ending}", chosen)
    # A cube gives all pairs, a long file those that it has.
    expected = dense(frame) if chosen is CUBE else frame.sort(KEY)
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
    assert commuting(path, MATRIX).equals(whole)


def test_codes_with_names_behind_are_read_when_the_map_says_so(tmp_path: Path) -> None:
    named = {
        row["municipality"]: f"{row['municipality']} {row['name']}" for row in NAMES.iter_rows(named=True)
    }
    path = tmp_path / "od.csv"
    both = [pl.col(name).replace_strict(named) for name in ("bor", "jobbar")]
    path.write_text(words(national()).with_columns(both).write_csv(separator=CSV), "cp1252")
    chosen = codes(change(LONG, encoding="cp1252"), take=r"^(\d{4})")
    assert commuting(path, chosen).equals(national())
    assert "is not utf-8" in refused(path, codes(LONG, take=r"^(\d{4})"))
    whole = refused(path, change(LONG, encoding="cp1252"))
    assert "'0114 Upplands Väsby' has words behind the code; write take = '^(\\d{4})'" in whole


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_codes_that_became_numbers_are_reported_and_read_when_the_map_says_so(
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
    found = refused(path, LONG)
    assert "row 2, 3, 4, column 'bor': '114' is a number, which has lost the zeros" in found
    assert "write digits = 4" in found
    assert commuting(path, codes(LONG, digits=4)).equals(national())


def test_a_map_may_have_its_own_words_and_decimal_sign(tmp_path: Path) -> None:
    path = tmp_path / "od.txt"
    frame = words(national()).with_columns(pl.lit("ALLA").alias("kön"), (pl.col("antal") + 0.5))
    frame.write_csv(path, separator="\t", decimal_comma=True)
    own = Source(column="kön", words={"ALLA": "total"})
    chosen = with_column(change(LONG, decimal=","), "sex", own)
    expected = national().with_columns(pl.col("persons") + 0.5)
    assert commuting(path, chosen).equals(expected)
    assert "'14000,5' is not a number with the decimal sign '.'" in refused(path, change(chosen, decimal="."))
    assert "'ALLA' has no meaning under words" in refused(path, change(LONG, decimal=","))


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
    assert commuting(path, LONG).equals(frame.sort(KEY))


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
        ("bor", "0001", "'0001' is unknown in 'municipalities'; take totals and other areas out"),
        ("jobbar", "114", "'114' is a number, which has lost the zeros"),
        ("jobbar", "", "empty"),
        ("kön", "alla", "'alla' has no meaning under words"),
        ("kön", "", "empty"),
        ("antal", "-3", "'-3' is below 0"),
        ("antal", "", "empty; say under signs what an empty cell means"),
        ("antal", "..", "'..' is not a number; if it is a sign for no value, say under signs"),
        ("antal", "-", "'-' is a dash, which may be zero or no value; say under signs"),
        ("antal", "många", "'många' is not a number"),
        ("antal", "1 200", "'1 200' is not a number; write it without spaces or signs between the thousands"),
        ("antal", "1e999", "'1e999' is not a number"),
        ("antal", "١٢", "'١٢' is not a number"),
        ("antal", "nan", "'nan' is not a number"),
    ],
)
def test_a_wrong_cell_is_reported_with_its_place(
    tmp_path: Path, column: str, word: str, expected: str
) -> None:
    assert f"\n  row 7, column {column!r}: {expected}" in refused(spoilt(tmp_path, (7, column, word)), LONG)


def test_all_faults_are_reported_at_once_and_equal_ones_together(tmp_path: Path) -> None:
    many = [(row, "antal", "..") for row in range(100, 130)]
    found = refused(spoilt(tmp_path, (5, "bor", "9999"), (9, "år", "x"), *many), LONG).splitlines()
    assert len(found) == 4
    # Column by column, as the map has them.
    assert found[1].startswith("  row 5, column 'bor': '9999'")
    # Thirty cells, of which twenty are named.
    assert found[2].startswith("  row 100, 101, 102, ")
    assert "119 and 10 more, column 'antal': '..'" in found[2]
    assert found[3].startswith("  row 9, column 'år': 'x'")


def test_a_pair_twice_is_reported_with_both_rows_beside_other_faults(tmp_path: Path) -> None:
    # Rows 2 and 3 are 0114 → 0114 and 0114 → 0115.
    found = refused(spoilt(tmp_path, (3, "jobbar", "0114"), (20, "antal", "?")), LONG)
    assert (
        "row 2, 3, column 'antal': year, home, work, sex (2023, 0114, 0114, total) stands more than once"
        in found
    )
    assert "row 20, column 'antal': '?' is not a number" in found


def test_wrong_cells_of_a_square_are_reported_with_row_and_column(tmp_path: Path) -> None:
    square = dense(national()).with_columns(pl.col("persons").cast(pl.String))
    wide = square.pivot("work", index="home", values="persons").rename({"0115": "0001"})
    rows = wide.to_dicts()
    rows[1]["0117"], rows[2]["home"] = "..", "9999"
    path = tmp_path / "od.csv"
    pl.DataFrame(rows).write_csv(path)
    found = refused(path, MATRIX)
    assert "\n  row 4, column 1: '9999' is unknown in 'municipalities'" in found
    assert "\n  row 1, column 3: '0001' is unknown" in found
    assert "\n  row 3, column '0117': '..' is not a number" in found


def test_wrong_cells_of_a_cube_are_reported_by_their_categories(tmp_path: Path) -> None:
    document = jsonstat(dense(national()))
    # The second cell is from the first code to the second.
    document["value"][1] = None
    document["status"] = {"1": ".."}
    document["dimension"]["bor"]["category"]["index"] = ["00", *CODES[1:]]
    path = tmp_path / "od.json"
    path.write_text(json.dumps(document), "utf-8")
    found = refused(path, CUBE)
    assert "\n  dimension 'bor': '00' is unknown" in found
    assert "\n  home '00', work '0115', sex '1+2', year '2023': '..' is not a number" in found


def test_a_missing_column_is_reported_with_the_nearest(tmp_path: Path) -> None:
    found = refused(
        spoilt(tmp_path),
        with_column(with_column(LONG, "work", Source(column="jobba")), "year", Source(column="aar")),
    )
    assert "row 1: there is no column 'jobba'; did you mean 'jobbar'? (for work)" in found
    assert "row 1: there is no column 'aar'; " in found
    assert "there is no dimension" in refused_cube(
        tmp_path, with_column(CUBE, "work", Source(dimension="jobba"))
    )


def refused_cube(tmp_path: Path, chosen: Map) -> str:
    to_px(national(), tmp_path / "od.px")
    return refused(tmp_path / "od.px", chosen)


def test_a_dimension_that_the_map_does_not_use_is_reported(tmp_path: Path) -> None:
    frame = pl.concat([national(), national(2023, "men", 7000.0)])
    to_jsonstat(frame, tmp_path / "od.json")
    chosen = with_column(CUBE, "sex", Source(constant="total"))
    assert "dimension 'kön' has 2 categories" in refused(tmp_path / "od.json", chosen)


@pytest.mark.parametrize(
    ("ending", "chosen", "expected"),
    [
        ("csv", with_column(LONG, "home", None), "does not say where home comes from; write home = {"),
        ("csv", with_column(LONG, "sex", None), "does not say where sex comes from"),
        ("csv", change(LONG, sheet="a"), "sheet means nothing for a file ending in '.csv'"),
        ("parquet", change(LONG, skip_rows=1), "skip_rows means nothing for a file ending in '.parquet'"),
        (
            "csv",
            with_column(MATRIX, "work", Source(constant="0114")),
            "persons: a matrix has one column with",
        ),
        ("px", MATRIX, "home: a file ending in '.px' has dimensions; write dimension = 1"),
        ("json", LONG, "persons: a file ending in '.json' has dimensions"),
        ("xls", LONG, "a file ending in '.xls' is not read; did you mean '.xlsx'?"),
    ],
)
def test_a_map_that_does_not_fit_the_file_is_reported(
    tmp_path: Path, ending: str, chosen: Map, expected: str
) -> None:
    (tmp_path / f"od.{ending}").write_bytes(b"")
    assert expected in refused(tmp_path / f"od.{ending}", chosen)


def test_a_workbook_with_several_sheets_needs_a_name(tmp_path: Path) -> None:
    path = tmp_path / "od.xlsx"
    to_xlsx(national(), path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Noter")
    book.save(path)
    assert "has the sheets 'Sheet', 'Noter'; write sheet = …" in refused(path, LONG)
    assert "has no sheet 'Sheat'; did you mean 'Sheet'?" in refused(path, change(LONG, sheet="Sheat"))
    assert "is empty" in refused(path, change(LONG, sheet="Noter"))
    assert commuting(path, change(LONG, sheet="Sheet")).equals(national())


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "od.xlsx"
    path.write_bytes(b"PK no archive")
    assert "is not a whole XLSX file" in refused(path, LONG)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "no workbook")
    assert "cannot be read as XLSX" in refused(path, LONG)
