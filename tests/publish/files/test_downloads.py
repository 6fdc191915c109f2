import csv
import io
import json
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import Any

import openpyxl
import polars as pl
import pytest
from pyjstat import pyjstat

from storregion.core.errors import CallError
from storregion.core.language import LANGUAGES, Language
from storregion.core.workspace import Workspace
from storregion.publish.files.downloads import (
    ABOUT,
    WRITERS,
    csv_file,
    endings,
    facts,
    sheet_name,
    spec_file,
    svg_file,
)
from storregion.publish.portal import open_site
from storregion.publish.site import Site
from storregion.publish.view import View

# A table with absent cells, a map, one without a place, one of plain attributes, and a whole table of facts.
VIEWS = [
    ("place/0330/", "population"),
    ("indicator/node_concentration/", "map"),
    ("indicator/old_divergence/", "series"),
    ("study/growth/", "municipalities"),
    ("data/power_plants/", "power_plants"),
    ("data/population_profile/", "population_profile"),
    ("data/municipality_changes/", "municipality_changes"),
]
each_view = pytest.mark.parametrize(("address", "name"), VIEWS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def numbers(view: View) -> list[str]:
    return [column.name for column in view.shown if column.numeric]


def reported(view: View) -> Iterator[tuple[str, str]]:
    """What every file must say beside its rows; a basis stands in each row where there is a column of it."""
    for name, value in facts(view).items():
        assert value, f"{view.name} has no {name}"
        if name != "basis":
            yield name, value


@each_language
@each_view
def test_csv_holds_the_cells_of_the_table(site: Site, language: Language, address: str, name: str) -> None:
    view = site.page(language, address).views[name]
    data = csv_file(view)
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert len(rows) == view.frame.height > 0
    for column in view.shown:
        cells = view.frame[column.name].to_list()
        if column.numeric:
            assert [float(row[column.name]) if row[column.name] else None for row in rows] == cells
        else:
            assert [row[column.name] or None for row in rows] == cells
        if column.absent and None in cells:
            # An empty cell stands beside its reason, a value beside none.
            assert [row[column.absent] or None for row in rows] == view.frame[column.absent].to_list()
            assert [not row[column.name] for row in rows] == [bool(row[column.absent]) for row in rows]
    assert [row["basis"] for row in rows] == view.frame["basis"].to_list()
    for fact, value in reported(view):
        assert {row[fact] for row in rows} == {value}
    # Another reader sees the same.
    read = pl.read_csv(io.BytesIO(data), infer_schema=False)
    assert read.height == view.frame.height
    for column_name in numbers(view):
        typed = read[column_name].cast(view.frame[column_name].dtype)
        assert typed.equals(view.frame[column_name], null_equal=True)


@each_language
@each_view
def test_csv_for_excel_is_in_the_language_of_its_reader(
    site: Site, language: Language, address: str, name: str
) -> None:
    view = site.page(language, address).views[name]
    data = site.answer(f"{language}/{address}{name}.excel.csv").body
    assert data.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert data.count(b"\r\n") == len(table) == view.frame.height + 1
    header = table[0]
    mark = {"sv": ",", "en": "."}[language]
    for column in view.shown:
        at = header.index(column.label[language])
        cells = [row[at] for row in table[1:]]
        if column.numeric:
            other = {",": ".", ".": ","}[mark]
            assert not any(other in cell for cell in cells)
            read = [float(cell.replace(mark, ".")) if cell else None for cell in cells]
            assert read == view.frame[column.name].to_list()
    for fact, value in reported(view):
        assert {row[header.index(ABOUT[fact][language])] for row in table[1:]} == {value}


@each_language
@each_view
def test_a_workbook_holds_the_cells_of_the_table(
    site: Site, language: Language, address: str, name: str
) -> None:
    view = site.page(language, address).views[name]
    data = site.answer(f"{language}/{address}{name}.xlsx").body
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet, about = book.worksheets
    header, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert len(rows) == view.frame.height
    for column in view.shown:
        at = header.index(column.label[language])
        cells = [row[at] for row in rows]
        if column.numeric:
            # A workbook keeps sixteen digits.
            near = [
                value if value is None else pytest.approx(value, rel=1e-15)
                for value in view.frame[column.name]
            ]
            assert cells == near
            assert {type(row[at]) for row in rows} <= {int, float, type(None)}
        else:
            assert cells == view.frame[column.name].to_list()
    said = [(row[0].value, row[1].value) for row in about.iter_rows()]
    for fact, value in facts(view).items():
        assert (ABOUT[fact][language], value) in said
    for column in view.shown:
        assert (column.label[language], column.about[language]) in said
    assert {cell.data_type for found in book for row in found.iter_rows() for cell in row} <= {"n", "s"}


# The reader calls functions of its own that it tells others not to call.
@pytest.mark.filterwarnings("ignore:Shouldn't use this function:DeprecationWarning")
@each_language
@each_view
def test_json_stat_gives_an_independent_reader_the_same_numbers(
    site: Site, language: Language, address: str, name: str
) -> None:
    view = site.page(language, address).views[name]
    if "json" not in endings(view):
        assert not [column for column in view.shown if column.numeric and not column.key]
        return
    text = site.answer(f"{language}/{address}{name}.json").body.decode()
    read = pyjstat.Dataset.read(text).write("dataframe", naming="id")
    found: dict[tuple[str, ...], Any] = {}
    for row in read.to_dict("records"):
        key = tuple(str(row[part]) for part in [*view.schema.key, "measure"])
        value = row["value"]
        found[key] = None if value is None or value != value else value
    document = json.loads(text)
    measures = [column for column in view.shown if column.numeric and not column.key]
    assert document["dimension"]["measure"]["category"]["index"] == [column.name for column in measures]
    # Cells are numbered in row-major order, the measures last.
    order = {key: at for at, key in enumerate(found)}
    for row in view.frame.iter_rows(named=True):
        for column in measures:
            key = (*(str(row[part]) for part in view.schema.key), column.name)
            assert found.pop(key) == row[column.name]
            reason = document["status"].get(str(order[key]))
            if row[column.name] is not None:
                assert reason is None
            elif column.absent is not None:
                assert reason == row[column.absent]
            else:
                assert reason == "missing"
    # What is left are combinations of keys that the table has no row for.
    assert set(found.values()) <= {None}
    for fact, value in facts(view).items():
        assert document["extension"][fact] == value


@each_language
def test_parquet_gives_back_the_whole_table(site: Site, language: Language) -> None:
    for table in ("population", "boundaries", "power_plants"):
        data = site.answer(f"{language}/data/{table}/{table}.parquet").body
        assert pl.read_parquet(data).equals(site.workspace.table(table))
        view = site.page(language, f"data/{table}/").views[table]
        metadata = pl.read_parquet_metadata(io.BytesIO(data))
        assert {name: metadata[name] for name in facts(view)} == facts(view)


@each_language
def test_pictures_and_specifications_carry_what_to_know(site: Site, language: Language) -> None:
    for address, name in (("place/0330/", "population"), ("indicator/node_concentration/", "map")):
        view = site.page(language, address).views[name]
        for ending in ("svg", "narrow.svg"):
            text = unescape(site.answer(f"{language}/{address}{name}.{ending}").body.decode())
            assert all(value in text for value in facts(view).values())
    view = site.page(language, "place/0330/").views["population"]
    assert json.loads(spec_file(view))["usermeta"] == facts(view)


@each_view
def test_a_file_is_the_same_whenever_it_is_made(site: Site, address: str, name: str) -> None:
    view = site.page("sv", address).views[name]
    again = open_site(site.workspace).page("sv", address).views[name]
    for ending in endings(view):
        write = WRITERS[ending][1]
        assert write(view) == write(again), ending
    with zipfile.ZipFile(io.BytesIO(WRITERS["xlsx"][1](view))) as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        # Excel's clock of when it was made would differ from one day to the next.
        assert b"2000-01-01T00:00:00Z" in book.read("docProps/core.xml")


@each_language
def test_files_of_a_scenario_say_so(site: Site, language: Language) -> None:
    work = Workspace(site.workspace.folder, site.workspace.store.folder, "stockholm-still")
    view = open_site(work).page(language, "place/0180/").views["population"]
    title = work.scenario.title[language]
    assert f"[{title}]" in facts(view)["cite"]
    assert facts(view)["basis"] == {"sv": "antagen", "en": "assumed"}[language]
    rows = list(csv.DictReader(io.StringIO(csv_file(view).decode())))
    assert [row["year"] for row in rows if row["basis"] == "assumed"] == ["2024"]
    assert [row["persons"] for row in rows if row["year"] == "2024"] == ["988943"]


def test_what_a_view_has_not_is_refused(site: Site) -> None:
    table = site.page("sv", "study/growth/").views["municipalities"]
    with pytest.raises(CallError, match="has no picture"):
        svg_file(table)
    with pytest.raises(CallError, match="is not a chart"):
        spec_file(site.page("sv", "indicator/node_concentration/").views["map"])


def test_a_sheet_is_named_after_what_it_holds() -> None:
    assert sheet_name("Folkmängd: Uppsala") == "Folkmängd, Uppsala"
    assert sheet_name("Typisk restid mellan noder, minuter: morgon") == "Typisk restid mellan noder"
    assert sheet_name("A/B [c]* 'd'") == "A B  c   'd"
    assert len(sheet_name("x" * 40)) == 31
    assert sheet_name("///") == "1"
