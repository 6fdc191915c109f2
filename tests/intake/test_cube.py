import json
import os
from math import prod
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyjstat import pyjstat

from storregion.core.errors import DataError
from storregion.intake import cube, grid

SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")
PX_FILES = sorted((SHARED / "data" / "pxweb").glob("*/*.px"))

DATASET: dict[str, Any] = {
    "version": "2.0",
    "class": "dataset",
    "id": ["region", "kön"],
    "size": [2, 3],
    "dimension": {
        "region": {"label": "Region", "category": {"index": ["0114", "0115"]}},
        "kön": {"category": {"index": {"2": 1, "1": 0, "1+2": 2}, "label": {"1": "män"}}},
    },
    "value": [1, 2, 3, 4.5, None, 6],
}
LONG = {"a": ("region", False), "b": ("kön", False)}


def stat(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**DATASET, **changes}), "utf-8")
    return path


def px(tmp_path: Path, text: str, encoding: str = "cp1252") -> Path:
    path = tmp_path / "a.px"
    path.write_bytes(text.encode(encoding))
    return path


# ---- JSON-stat


def test_a_dataset_gives_a_row_per_cell(tmp_path: Path) -> None:
    rows = cube.read_jsonstat(stat(tmp_path)).long(LONG).rows()
    assert rows == [
        ("0114", "1", "1"),
        ("0114", "2", "2"),
        ("0114", "1+2", "3"),
        ("0115", "1", "4.5"),
        ("0115", "2", None),
        ("0115", "1+2", "6"),
    ]


def test_a_dimension_is_known_by_its_label_too(tmp_path: Path) -> None:
    assert cube.read_jsonstat(stat(tmp_path)).long({"a": ("Region", False), "b": ("kön", False)}).height == 6


def test_a_sign_says_why_there_is_no_value_and_only_a_dash_is_zero(tmp_path: Path) -> None:
    path = stat(tmp_path, value={"0": 7}, status={"0": "p", "1": "-", "2": "..", "3": "."})
    assert cube.read_jsonstat(path).values.to_list() == ["7", "0", "..", ".", None, None]
    assert cube.read_jsonstat(stat(tmp_path, status="e")).values.to_list()[3:] == ["4.5", "e", "6"]
    assert cube.read_jsonstat(stat(tmp_path, status=["..."])).values.to_list()[4] == "..."


def test_a_dimension_of_one_category_needs_no_index(tmp_path: Path) -> None:
    region = {"category": {"label": {"0114": "Upplands Väsby"}}}
    dimension = {**DATASET["dimension"], "region": region}
    path = stat(tmp_path, dimension=dimension, size=[1, 3], value=[1, 2, 3])
    assert cube.read_jsonstat(path).long(LONG)["a"].to_list() == ["0114"] * 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"class": "collection"}, 'it has no "class": "dataset"'),
        ({"id": None}, '"id", "size" or "dimension" is missing'),
        ({"size": [3, 2]}, '"size" is [3, 2], but'),
        ({"value": [1, 2]}, "'value' has 2 entries, but the dimensions make 6 cells"),
        ({"value": None}, "'value' has neither a list nor an object"),
        ({"value": {"6": 1}}, "'value' names cell '6', but there are the cells 0 to 5"),
        ({"value": {"-1": 1}}, "names cell '-1'"),
        ({"dimension": {**DATASET["dimension"], "kön": {}}}, "dimension 'kön' has no category"),
        (
            {"dimension": {**DATASET["dimension"], "kön": {"category": {"index": {"1": 0, "2": 2}}}}},
            "the index of dimension 'kön' does not number its categories from 0",
        ),
        (
            {"dimension": {**DATASET["dimension"], "kön": {"category": {"index": ["1", "1"]}}}},
            "the index of dimension 'kön' does not number",
        ),
    ],
)
def test_a_dataset_in_no_form_is_refused(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(DataError) as error:
        cube.read_jsonstat(stat(tmp_path, **changes))
    assert expected in str(error.value)


@pytest.mark.parametrize("text", ["{", "[1]", '{"class": "dataset", "value": NaN}', "[" * 100_000])
def test_what_is_no_dataset_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"is not valid JSON|is not a JSON-stat 2 dataset"):
        cube.read_jsonstat(path)


def test_a_dataset_of_too_many_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_CELLS", 5)
    with pytest.raises(DataError, match="holds 6 cells; at most 5"):
        cube.read_jsonstat(stat(tmp_path))


def index(codes: list[str], *, listed: bool) -> list[str] | dict[str, int]:
    return codes if listed else {code: at for at, code in enumerate(codes)}


axes = st.lists(st.lists(st.text("abcåäö12", min_size=1), min_size=1, max_size=4, unique=True), min_size=1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyjstat warns of its own functions
@settings(max_examples=50, deadline=None)
@given(codes=axes.filter(lambda found: prod(map(len, found)) <= 200), data=st.data())
def test_a_dataset_is_read_as_pyjstat_reads_it(
    tmp_path_factory: pytest.TempPathFactory, codes: list[list[str]], data: st.DataObject
) -> None:
    count = prod(map(len, codes))
    values = data.draw(st.lists(st.none() | st.integers(0, 10**6), min_size=count, max_size=count))
    names = [f"d{at}" for at in range(len(codes))]
    listed = data.draw(st.booleans())
    document = {
        "version": "2.0",
        "class": "dataset",
        "id": names,
        "size": [len(found) for found in codes],
        "dimension": {
            name: {
                "label": name,
                "category": {"index": index(found, listed=listed), "label": {code: code for code in found}},
            }
            for name, found in zip(names, codes, strict=True)
        },
        "value": values,
    }
    path = tmp_path_factory.mktemp("stat") / "a.json"
    path.write_text(json.dumps(document), "utf-8")
    ours = cube.read_jsonstat(path).long({name: (name, False) for name in names})
    theirs = pyjstat.Dataset.read(json.dumps(document)).write("dataframe")
    assert [list(row) for row in ours.select(names).rows()] == theirs[names].to_numpy().tolist()
    numbers = [None if value != value else value for value in theirs["value"].tolist()]
    assert ours["value"].cast(pl.Float64).to_list() == numbers


# ---- PX

PX = """CHARSET="ANSI";
AXIS-VERSION="2010";
CODEPAGE="windows-1252";
LANGUAGE="sv";
LANGUAGES="sv","en";
TITLE="Sysselsatta; efter "
"region och år";
STUB="region","kön";
HEADING="år";
STUB[en]="region","sex";
VARIABLECODE("kön")="Kon";
VALUES("region")="Upplands Väsby",
"Åre; "
"kommun";
VALUES[en]("region")="A","B";
VALUES("kön")="män";
VALUES("år")="2022","2023";
TIMEVAL("år")=TLIST(A1),"2022","2023";
CODES("region")="0114","2321";
PRECISION("år","2022")=1;
DATA=
1 2.5
"-" "..";
"""


def test_a_px_file_gives_a_row_per_cell(tmp_path: Path) -> None:
    read = cube.read_px(px(tmp_path, PX))
    # The last variable of HEADING runs fastest; a variable without CODES has its VALUES for codes.
    assert read.long({"r": ("region", False), "k": ("Kon", False), "t": ("år", False)}).rows() == [
        ("0114", "män", "2022", "1"),
        ("0114", "män", "2023", "2.5"),
        ("2321", "män", "2022", "0"),
        ("2321", "män", "2023", ".."),
    ]


def test_a_value_may_be_broken_over_rows(tmp_path: Path) -> None:
    text = PX.replace('CODES("region")="0114","2321";\n', "")
    assert cube.read_px(px(tmp_path, text)).dimensions[0].codes == ("Upplands Väsby", "Åre; kommun")


@pytest.mark.parametrize(
    ("sign", "read"),
    [('"-"', "0"), ("-", "0"), ('"."', "."), ('".."', ".."), ("..", ".."), ('"..."', "..."), ("-5", "-5")],
)
def test_only_a_dash_is_zero(tmp_path: Path, sign: str, read: str) -> None:
    assert cube.read_px(px(tmp_path, PX.replace('".."', sign))).values[3] == read


@pytest.mark.parametrize(
    ("codepage", "encoding"),
    [
        ('CODEPAGE="utf-8";\n', "utf-8"),
        ('CODEPAGE="utf-8";\n', "utf-8-sig"),
        ('CODEPAGE="iso-8859-1";\n', "latin-1"),
        ('CODEPAGE="ISO-8859-15";\n', "iso-8859-15"),
        ("", "cp1252"),
        # Saved anew by a program that left the old word in place.
        ('CODEPAGE="windows-1252";\n', "utf-8"),
    ],
)
def test_a_px_file_is_read_in_its_encoding(tmp_path: Path, codepage: str, encoding: str) -> None:
    text = PX.replace('CODEPAGE="windows-1252";\n', codepage)
    assert cube.read_px(px(tmp_path, text, encoding)).dimensions[2].names == ("år",)


def test_the_caller_s_encoding_comes_first(tmp_path: Path) -> None:
    text = PX.replace("windows-1252", "cp850")
    with pytest.raises(DataError, match="CODEPAGE is 'cp850'; "):
        cube.read_px(px(tmp_path, text))
    assert cube.read_px(px(tmp_path, text), "cp1252").dimensions[2].names == ("år",)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1 2.5", "1", "has 3 cells, but its variables make 4; is it whole?"),
        ("1 2.5", "1 2.5 3", "has 5 cells, but"),
        ("DATA=", "VOID=", "is not a whole PX file: row"),
        ('"2022","2023";\nTIMEVAL', '"2022","2023\nTIMEVAL', "is not a whole PX file: row"),
        ('HEADING="år"', 'HEADING="månad"', "variable 'månad' has 0 VALUES and 0 CODES"),
        ('"0114","2321"', '"0114"', "variable 'region' has 2 VALUES and 1 CODES"),
        ('"0114","2321"', '"0114","0114"', "two categories of variable 'region' have one code"),
        ("PRECISION", 'KEYS("region")=CODES;\nPRECISION', "leaves cells out by KEYS"),
        ('STUB="region","kön";\nHEADING="år";', "", "names no variable in STUB or HEADING"),
    ],
)
def test_a_px_file_in_no_form_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in PX
    with pytest.raises(DataError) as error:
        cube.read_px(px(tmp_path, PX.replace(old, new)))
    assert expected in str(error.value)


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n", '"' * 100_000, "A=" * 50_000, "A(" * 50_000])
def test_what_is_no_px_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="is not a whole PX file"):
        cube.read_px(px(tmp_path, text))


def test_an_unknown_statement_outside_the_data_stops_nothing_but_is_named(tmp_path: Path) -> None:
    # Two parts of a note that a semicolon ends too early, as in a file of a publisher.
    text = PX.replace('CODES("region")', '"Andra stycket";\n"Tredje; sista";\nCODES("region")')
    assert text != PX
    row = text[: text.index('"Andra')].count("\n") + 1
    read = cube.read_px(px(tmp_path, text))
    assert read.values.equals(cube.read_px(px(tmp_path, PX)).values)
    assert read.note == f"rows {row}, {row + 1} passed over, which hold no KEYWORD=…;"


def test_a_spoilt_statement_that_the_cells_rest_on_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a whole PX file"):
        cube.read_px(px(tmp_path, PX.replace('CODES("region")=', 'CODES("region)=')))


@pytest.mark.skipif(not PX_FILES, reason="no PX files of others; STORREGION_SHARED names their folder")
@pytest.mark.parametrize("path", PX_FILES, ids=lambda path: path.name)
def test_px_files_of_others_are_read_whole(path: Path) -> None:
    read = cube.read_px(path)
    assert read.values.len() == prod(len(dimension.codes) for dimension in read.dimensions)
    words = read.values.filter(read.values.cast(pl.Float64, strict=False).is_null())
    assert set(words) <= {".", "..", "..."}
    assert read.values.null_count() == 0


@pytest.mark.skipif(not PX_FILES, reason="no PX files of others; STORREGION_SHARED names their folder")
def test_a_cell_of_a_px_file_of_others_is_where_it_should_be() -> None:
    (path,) = (path for path in PX_FILES if path.name == "TAB001.px")
    read = cube.read_px(path).long(
        {n: (d, False) for n, d in {"region": "REGION", "sex": "SEX", "age": "AGE", "year": "TIME"}.items()}
    )
    lines = path.read_text("latin-1").partition("\nDATA=\n")[2].splitlines()
    # 30 regions of 3 sexes of 22 ages, a line each: the second region's third sex begins after 5 · 22 lines.
    row = read[5 * 22 * 3 : 5 * 22 * 3 + 3]
    assert row["region"].unique().to_list() == ["BE"]
    assert (row["sex"].to_list(), row["age"].to_list()) == (["T"] * 3, ["TOTAL"] * 3)
    assert row["year"].to_list() == ["1981", "1991", "2001"]
    assert row["value"].to_list() == [word.strip('"') for word in lines[5 * 22].split()]
