import csv
import io
import itertools
import json
import posixpath
import re
import zipfile
from html import unescape
from typing import Any

import openpyxl
import polars as pl
import pyproj
import pytest
import shapely
from pyjstat import pyjstat

from storregion.core.errors import CallError
from storregion.core.language import LANGUAGES, Language
from storregion.core.workspace import Workspace
from storregion.publish.files.downloads import (
    WRITERS,
    csv_file,
    endings,
    spec_file,
    svg_file,
)
from storregion.publish.files.metadata import WORDS, facts, said_caveats
from storregion.publish.files.whole_tables import Whole
from storregion.publish.files.workbook import sheet_name
from storregion.publish.portal import open_site
from storregion.publish.site import Site
from storregion.publish.view import View

# A table with absent cells, a map, one without a place, and one of codes with words.
VIEWS = [
    ("place/0330/", "population"),
    ("indicator/node_concentration/", "map"),
    ("indicator/old_divergence/", "series"),
    ("study/growth/", "municipalities"),
]
# A table of facts, one with absent cells, and one of plain attributes.
TABLES = ("power_plants", "population_profile", "municipality_changes")
each_view = pytest.mark.parametrize(("address", "name"), VIEWS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def numbers(view: View) -> list[str]:
    return [column.name for column in view.shown if column.numeric]


@each_language
@each_view
def test_csv_holds_the_cells_of_the_table(site: Site, language: Language, address: str, name: str) -> None:
    view = site.page(language, address).views[name]
    data = csv_file([view])
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert len(rows) == view.frame.height > 0
    # Values, words for codes, reasons and basis; nothing that is true of the whole.
    names = {column.name for column in view.schema.columns}
    assert {name.removesuffix("_name") for name in rows[0]} <= names
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
    for name in view.labels.keys() & {column.name for column in view.shown}:
        words = {code: label.text for code, label in view.labels[name].items()}
        assert [row[f"{name}_name"] for row in rows] == [words.get(row[name], "") for row in rows]
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


def test_codes_keep_their_zeros_in_excel(site: Site) -> None:
    view = site.page("sv", "study/growth/").views["municipalities"]
    codes = view.frame["place"].to_list()
    # Botkyrka's code begins with zero and Arboga's does not; a column is text throughout or not at all.
    assert {"0127", "1984"} <= set(codes)
    text = site.answer("sv/study/growth/municipalities.excel.csv").body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    at = rows[0].index(view.schema["place"].label.sv)
    assert [row[at] for row in rows[1:]] == [f"'{code}" for code in codes]
    # Numbers stay numbers, and the file for programs keeps the bare code.
    persons = rows[0].index(view.schema["persons"].label.sv)
    assert [int(row[persons]) for row in rows[1:]] == view.frame["persons"].to_list()
    plain = csv.DictReader(io.StringIO(csv_file([view]).decode()))
    assert [row["place"] for row in plain] == codes
    # A workbook has a type for each cell.
    book = openpyxl.load_workbook(io.BytesIO(site.answer("sv/study/growth/municipalities.xlsx").body))
    assert [cell.value for cell in book.worksheets[0]["A"][1:]] == codes


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
        assert (WORDS[fact][language], value) in said
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
    assert document["note"] == [f"{WORDS[name][language]}: {value}" for name, value in facts(view).items()]


def test_parquet_gives_back_the_whole_table(site: Site) -> None:
    for table in ("population", "boundaries", "power_plants"):
        data = site.answer(f"data/{table}/{table}.parquet").body
        assert pl.read_parquet(data).equals(site.workspace.table(table))
        metadata = pl.read_parquet_metadata(io.BytesIO(data))
        for view in Whole(site, table).views:
            expected = {f"{name}_{view.language}": value for name, value in facts(view).items()}
            assert {name: metadata[name] for name in expected} == expected


def test_the_larger_a_table_the_fewer_forms_it_has(site: Site) -> None:
    endings = {table: Whole(site, table).endings for table in site.workspace.schemas}
    for table, found in endings.items():
        frame = site.workspace.table(table)
        assert "parquet" in found
        assert ("csv" in found) is not ("csv.gz" in found)
        assert (
            ("csv" in found)
            is ("zip" in found)
            is (frame.height <= 20_000 and frame.width * frame.height <= 25_000)
        )
        assert ("xlsx" in found) is (frame.height <= 20_000)
    # Some of each.
    assert len({tuple(found) for found in endings.values()}) >= 3
    # Packed is what plain would be.
    rows = pl.read_csv(site.answer("data/growth/growth.csv.gz").body, infer_schema=False)
    growth = site.workspace.table("growth")
    assert rows["persons"].cast(pl.Int64).equals(growth["persons"], null_equal=True)


def test_shapes_are_geoparquet(site: Site) -> None:
    """What GeoParquet 1.1 asks of the key `geo`, held to the shapes themselves."""
    data = site.answer("data/boundaries/boundaries.parquet").body
    geo = json.loads(pl.read_parquet_metadata(io.BytesIO(data))["geo"])
    assert geo["version"] == "1.1.0"
    assert geo["primary_column"] == "geometry"
    about = geo["columns"]["geometry"]
    assert about["encoding"] == "WKB"
    # PROJJSON, which another reader takes for SWEREF 99 TM.
    assert pyproj.CRS.from_json_dict(about["crs"]).to_epsg() == 3006
    shapes = shapely.from_wkb(pl.read_parquet(data)["geometry"].to_numpy())
    assert about["geometry_types"] == sorted({shape.geom_type for shape in shapes})
    assert about["bbox"] == list(shapely.union_all(shapely.box(*shapely.bounds(shapes).T)).bounds)
    plain = pl.read_parquet_metadata(io.BytesIO(site.answer("data/population/population.parquet").body))
    assert "geo" not in plain


@pytest.mark.parametrize("table", TABLES)
def test_a_whole_table_lies_once_for_both_languages(site: Site, table: str) -> None:
    frame, (swedish, english) = site.workspace.table(table), Whole(site, table).views
    rows = pl.read_csv(site.answer(f"data/{table}/{table}.csv").body, infer_schema=False)
    for name, dtype in frame.schema.items():
        assert rows[name].cast(dtype).equals(frame[name], null_equal=True), name
    book = openpyxl.load_workbook(io.BytesIO(site.answer(f"data/{table}/{table}.xlsx").body))
    header, *cells = ([cell.value for cell in row] for row in book.worksheets[0].iter_rows())
    assert len(cells) == frame.height
    label = swedish.schema.columns[0].label
    assert header[0] == (label.sv if label.sv == label.en else f"{label.sv} / {label.en}")
    known = [tuple(cell.value for cell in row) for row in book.worksheets[1].iter_rows()]
    caveats = [facts(view)["caveats"] for view in (swedish, english)]
    assert ("Att tänka på / Caveats", *caveats) in known
    for language in LANGUAGES:
        page = site.html(language, f"data/{table}/")
        for ending in Whole(site, table).endings:
            assert f'href="../../../data/{table}/{table}.{ending}"' in page
        assert site.files(language, f"data/{table}/") == [f"{language}/data/{table}/"]


def texts(found: list[dict[str, str]]) -> dict[str, str]:
    """A text of linked data by language."""
    return {text["@language"]: text["@value"] for text in found}


def listed(found: list[str | dict[str, str]], language: str) -> list[str]:
    """Names of linked data in a language; those that all languages share are plain."""
    spoken = [one if isinstance(one, str) else texts([one]).get(language) for one in found]
    return [one for one in spoken if one is not None]


def test_publishers_and_licences_are_named_in_the_language_of_the_reader(site: Site) -> None:
    sv, en = Whole(site, "students").views
    assert (sv.producers[0], sv.licences[0]) == ("Universitetskanslersämbetet (UKÄ)", "Citat, ange källan")
    other = ("Swedish Higher Education Authority (UKÄ)", "Quotation, name the source")
    assert (en.producers[0], en.licences[0]) == other
    html = site.html("en", "trace/students/")
    assert all(name in html for name in other)
    assert "Universitetskanslersämbetet" not in html
    assert "Citat" not in html


@each_language
def test_defects_that_two_files_share_are_said_once(site: Site, language: Language) -> None:
    view = {view.language: view for view in Whole(site, "municipality_points").views}[language]
    said = [text for origin in view.origins if (text := origin.defects[language])]
    assert len(said) == len(set(said)) + 1
    assert view.caveats == list(dict.fromkeys(said))


@pytest.mark.parametrize("table", TABLES)
def test_what_to_know_lies_beside_a_csv_file(site: Site, table: str) -> None:
    document = json.loads(site.answer(f"data/{table}/{table}.csv-metadata.json").body)
    assert document["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "sv"}]
    # The address is relative to the metadata, whose own name is the CSV file's with "-metadata.json".
    assert document["url"] == f"{table}.csv"
    header = next(csv.reader(io.StringIO(site.answer(f"data/{table}/{table}.csv").body.decode())))
    columns = document["tableSchema"]["columns"]
    assert [column["titles"] for column in columns] == header
    assert document["tableSchema"]["primaryKey"] == site.workspace.schemas[table].key
    for view in Whole(site, table).views:
        known = facts(view)
        assert texts(document["dc:title"])[view.language] == known["title"]
        assert texts(document["rdfs:comment"])[view.language] == known["caveats"]
        assert texts(document["dc:bibliographicCitation"])[view.language] == known["cite"]
        assert set(listed(document["dc:source"], view.language)) == set(view.producers)
        for column in columns:
            about = view.schema[column["name"]].about[view.language]
            assert texts(column["dc:description"])[view.language] == about


def test_bounds_and_types_are_those_of_the_schema(site: Site) -> None:
    document = json.loads(site.answer("data/population/population.csv.gz-metadata.json").body)
    columns = {column["name"]: column for column in document["tableSchema"]["columns"]}
    assert columns["persons"]["datatype"] == {"base": "integer", "minimum": 0}
    assert columns["persons"]["schema:unitText"] == "persons_of_place"
    assert columns["municipality"]["datatype"] == "string"
    assert columns["municipality"]["required"] is True
    assert "required" not in columns["persons"]


def test_a_zip_holds_the_rows_with_their_metadata_and_a_readme(site: Site) -> None:
    with zipfile.ZipFile(io.BytesIO(site.answer("data/power_plants/power_plants.zip").body)) as archive:
        assert archive.namelist() == ["power_plants.csv", "power_plants.csv-metadata.json", "README.md"]
        for name in archive.namelist()[:2]:
            assert archive.read(name) == site.answer(f"data/power_plants/{name}").body
        text = archive.read("README.md").decode()
    swedish, english = text.split("\n---\n\n")
    for part, view in zip((swedish, english), Whole(site, "power_plants").views, strict=True):
        assert part.startswith(f"# {view.title}\n")
        assert all(value in part for value in facts(view).values())
        assert all(f"`{column.name}`" in part for column in view.schema.columns)


def sheet_cells(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@each_language
def test_a_page_has_one_workbook_with_a_sheet_of_each_table(site: Site, language: Language) -> None:
    page = site.page(language, "place/0330/")
    path = f"{language}/place/0330/place-0330-{language}.xlsx"
    assert path in site.files(language, "place/0330/")
    book = openpyxl.load_workbook(io.BytesIO(site.answer(path).body))
    first, *sheets = book.worksheets
    assert len(sheets) == len(page.views) > 5
    listed, everywhere = sheet_cells(first), WORDS["all_sheets"][language]
    begin = next(at for at, row in enumerate(listed) if row[1] == WORDS["caveats"][language])
    caveats = list(itertools.takewhile(lambda row: row[0], listed[begin + 1 :]))
    for sheet, view in zip(sheets, page.views.values(), strict=True):
        # A sheet of the page is the sheet of the table's own workbook.
        alone = openpyxl.load_workbook(io.BytesIO(WRITERS["xlsx"][1]([view]))).worksheets[0]
        assert sheet_cells(sheet) == sheet_cells(alone)
        known = facts(view)
        said = [known[name] for name in ("title", "source", "licence", "basis", "cite")]
        assert [sheet.title, *said] in [row[:6] for row in listed]
        for column in view.shown:
            assert [column.label[language], column.about[language]] in [row[:2] for row in listed]
        # What to keep in mind stands beside the sheets that it is about.
        about = [row for row in caveats if row[0] == everywhere or sheet.title in row[0].split("; ")]
        assert {row[1] for row in about} == set(said_caveats(view))
    words = [row[1] for row in caveats]
    assert len(set(words)) == len(words) > 0


def leads(path: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(path, link)) + "/"


@each_language
def test_a_page_says_once_what_to_know_about_its_csv_files(site: Site, language: Language) -> None:
    views = site.page(language, "place/0330/").views
    document = json.loads(site.answer(f"{language}/place/0330/csv-metadata.json").body)
    assert document["@context"] == ["http://www.w3.org/ns/csvw", {"@language": language}]
    assert [table["url"] for table in document["tables"]] == [f"{name}.csv" for name in views]
    for table, view in zip(document["tables"], views.values(), strict=True):
        whole, known = document | table, facts(view)
        assert f"{language}/place/0330/{table['url']}" in site.files(language, "place/0330/")
        header = next(csv.reader(io.StringIO(csv_file([view]).decode())))
        assert [column["titles"] for column in table["tableSchema"]["columns"]] == header
        assert whole["dc:title"] == known["title"]
        assert whole["dc:source"] == view.producers
        assert whole["dc:bibliographicCitation"] == known["cite"]
        assert whole["schema:measurementTechnique"] == known["basis"]
        # What columns mean at length is said where the table is described.
        assert (
            leads(f"{language}/place/0330/", whole["rdfs:seeAlso"]["@id"])
            == f"{language}/data/{view.schema.name}/"
        )
        assert site.has(f"data/{view.schema.name}/")
        notes = {note["body"] for note in document["notes"] if table["url"] in note["target"]}
        assert notes == set(said_caveats(view))
    bodies = [note["body"] for note in document["notes"]]
    assert len(set(bodies)) == len(bodies) > 0


@each_language
def test_a_page_offers_what_there_is(site: Site, language: Language) -> None:
    """A server makes every form of a file; a baked portal has those that programs and readers need most."""
    address = "place/0330/"
    for portal in (site, open_site(site.workspace, live=True)):
        html, there = portal.html(language, address), portal.files(language, address)
        offered = re.findall(r'<a href="([^"/]+)"(?! data-use)[^>]* download', html)
        assert {f"{language}/{address}{name}" for name in offered} <= set(there)
        for name in portal.page(language, address).views:
            assert f"{name}.csv" in offered
            assert (f"{name}.excel.csv" in offered) is portal.live
            assert (f"{name}.xlsx" in offered) is portal.live
        assert (f"place-0330-{language}.xlsx" in offered) is not portal.live
        assert ("csv-metadata.json" in offered) is not portal.live
        assert len(there) == len(set(there))


@each_language
def test_pictures_and_specifications_carry_what_to_know(site: Site, language: Language) -> None:
    for address, name in (("place/0330/", "population"), ("indicator/node_concentration/", "map")):
        view = site.page(language, address).views[name]
        text = unescape(site.answer(f"{language}/{address}{name}.svg").body.decode())
        assert all(value in text for value in facts(view).values())
        # That for phones stands on the page alone, beside the same facts.
        assert b"<desc>" not in site.answer(f"{language}/{address}{name}.narrow.svg").body
    view = site.page(language, "place/0330/").views["population"]
    assert json.loads(spec_file([view]))["usermeta"] == facts(view)


@each_view
def test_a_file_is_the_same_whenever_it_is_made(site: Site, address: str, name: str) -> None:
    view = site.page("sv", address).views[name]
    again = open_site(site.workspace).page("sv", address).views[name]
    for ending in endings(view):
        write = WRITERS[ending][1]
        assert write([view]) == write([again]), ending
    with zipfile.ZipFile(io.BytesIO(WRITERS["xlsx"][1]([view]))) as book:
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
    rows = list(csv.DictReader(io.StringIO(csv_file([view]).decode())))
    assert [row["year"] for row in rows if row["basis"] == "assumed"] == ["2024"]
    assert [row["persons"] for row in rows if row["year"] == "2024"] == ["988943"]


def test_what_a_view_has_not_is_refused(site: Site) -> None:
    table = site.page("sv", "study/growth/").views["municipalities"]
    with pytest.raises(CallError, match="has no picture"):
        svg_file([table])
    with pytest.raises(CallError, match="is not a chart"):
        spec_file([site.page("sv", "indicator/node_concentration/").views["map"]])


def test_a_sheet_is_named_after_what_it_holds() -> None:
    assert sheet_name("Folkmängd: Uppsala") == "Folkmängd, Uppsala"
    assert sheet_name("Typisk restid mellan noder, minuter: morgon") == "Typisk restid mellan noder"
    assert sheet_name("A/B [c]* 'd'") == "A B  c   'd"
    assert len(sheet_name("x" * 40)) == 31
    assert sheet_name("///") == "1"
