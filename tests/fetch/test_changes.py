"""What happens when publishers change, refuse or go wrong: it is told, and what was there stays."""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
import yaml
from tests.fetch.faithful import Handler, Publisher, Seen, Table, Variable

from storregion import cli
from storregion.core.errors import DataError
from storregion.fetch.lock import Lock

SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")
OPENAPI = SHARED / "data" / "pxweb" / "PxAPI-2.yml"
SMALL = Path(__file__).parents[1] / "groups" / "blekinge"
CODES = ["1060", "1080", "1081", "1082", "1083"]
YEARS = ["2001", "2005", "2024"]
TARGET = """
publisher = "scb"
file = "population_totals.csv"
title_sv = "Folkmängd"
title_en = "Population"
[columns]
municipality = { dimension = "Region" }
year = { dimension = "Tid" }
persons = { cells = true }
[[tables]]
id = "TAB638"
eliminate = ["Kon"]
[tables.select]
Region = ["????"]
Tid = ["*"]
"""


@dataclass
class Case:
    """A small group that has fetched once, and its publisher."""

    folder: Path
    store: Path
    publisher: Publisher
    capture: pytest.CaptureFixture[str]

    def fetch(self, *words: str) -> tuple[int, str]:
        code = cli.main(["--group", str(self.folder), "--store", str(self.store), "fetch", *words])
        said = self.capture.readouterr()
        return code, said.out + said.err

    def files(self) -> dict[str, bytes]:
        # What the publisher said is remembered also when nothing is fetched.
        said = (".fetching", "checked.json")
        there = {path for path in self.folder.rglob("*") if path.is_file() and path.name not in said}
        return {str(path): path.read_bytes() for path in there}

    @property
    def table(self) -> Table:
        return self.publisher.tables["TAB638"]


@pytest.fixture
def case(tmp_path: Path, publisher: Publisher, capsys: pytest.CaptureFixture[str]) -> Case:
    folder = Path(shutil.copytree(SMALL, tmp_path / "group"))
    (folder / "fetch").mkdir()
    (folder / "fetch" / "publishers.toml").write_text(
        f'[scb]\nkind = "pxweb2"\nname = "SCB"\nbase = "{publisher.address}"\nlicence = "CC0 1.0"\n'
        "calls = 1000\nseconds = 1.0\nprivate = true\nplain = true\npause = 0.01\nattempts = 2\n"
    )
    (folder / "fetch" / "population.toml").write_text(TARGET)
    publisher.calls, publisher.cells = 1000, 6
    variables = [
        Variable("Region", ["10", *CODES]), Variable("Kon", ["1", "2"], eliminable=True),
        Variable("Tid", [*YEARS], time=True),
    ]  # fmt: skip
    publisher.add(Table("TAB638", variables, lambda codes: int(codes[0]) * 10 + int(codes[1]) % 10))
    made = Case(folder, tmp_path / "store", publisher, capsys)
    code, said = made.fetch()
    assert code == cli.FINE, said
    return made


def refused(case: Case, *words: str) -> str:
    """What a fetch says that fails; everything in the group is as it was."""
    before = case.files()
    code, said = case.fetch(*words)
    assert code == cli.DATA_WRONG
    assert "not fetched; what was there stays" in said
    after = {name: data for name, data in case.files().items() if "/raw/" not in name}
    assert after == {name: data for name, data in before.items() if "/raw/" not in name}
    assert {name for name in before if "/raw/" in name} <= set(case.files())
    return said


def newer(case: Case, **changes: object) -> None:
    case.publisher.tables["TAB638"] = replace(case.table, updated="2026-03-20T07:00:00Z", **changes)  # type: ignore[arg-type]


def test_a_new_edition_is_reported_and_fetched(case: Case) -> None:
    newer(case, cell=lambda codes: 7)
    case.table.variables[-1].codes.append("2025")
    code, said = case.fetch()
    assert code == cli.FINE
    assert "TAB638 was updated 2026-03-20T07:00:00Z (fetched as of 2025-03-20T07:00:00Z)" in said
    assert "TAB638: new codes of Tid: 2025" in said
    frame = pl.read_csv(case.folder / "fetched" / "population_totals.csv")
    assert frame.height == 20
    assert set(frame["persons"]) == {7}


def test_codes_that_are_gone_are_reported_before_anything_is_overwritten(case: Case) -> None:
    newer(case)
    case.table.variables[0].codes.remove("1083")
    said = refused(case)
    assert "TAB638: codes of Region are gone: 1083" in said
    assert "fetch with --accept" in said
    code, said = case.fetch("--accept")
    assert code == cli.FINE, said
    assert "1083" not in (case.folder / "fetched" / "population_totals.csv").read_text()


def test_a_new_dimension_is_reported(case: Case) -> None:
    newer(case, variables=[*case.table.variables, Variable("Alder", ["0", "tot"], eliminable=True)])
    assert "the table has a variable 'Alder' that the target says nothing of" in refused(case)
    assert "variable 'Alder'" in refused(case, "--accept")


def test_a_dimension_that_is_gone_is_reported(case: Case) -> None:
    newer(case, variables=case.table.variables[::2])
    assert "there is no variable 'Kon'" in refused(case)


def test_a_table_that_was_renamed_is_reported(case: Case) -> None:
    case.publisher.tables["TAB639"] = case.publisher.tables.pop("TAB638")
    said = refused(case)
    assert "answered 404 (Not Found" in said
    assert "it has moved or is gone. Look it up at SCB" in said


def test_a_sign_without_a_meaning_is_reported(case: Case) -> None:
    newer(case, cell=lambda codes: ".." if codes == ("1081", "2005") else 1)
    assert "municipality '1081', year '2005': '..' is not a number; if it is a sign" in refused(case)
    target = case.folder / "fetch" / "population.toml"
    target.write_text('signs = { ".." = "suppressed" }\n' + TARGET)
    assert "persons has no place for a reason; write leave_out" in refused(case)
    target.write_text('signs = { ".." = "leave_out" }\n' + TARGET)
    code, said = case.fetch()
    assert code == cli.FINE, said
    rows = pl.read_csv(case.folder / "fetched" / "population_totals.csv").height
    lines = (case.folder / "fetched" / "sources.csv").read_text("utf-8")
    assert rows == 14
    assert "1 cells without a row" in lines


def test_figures_that_the_step_does_not_take_do_not_land(case: Case) -> None:
    newer(case, cell=lambda codes: -1)
    assert "year '2001'" in refused(case)
    assert "'-1' is below 0" in refused(case)
    # That no such municipality exists, only the step knows.
    newer(
        case,
        cell=lambda codes: 1,
        variables=[Variable("Region", [*case.table.variables[0].codes, "9999"]), *case.table.variables[1:]],
    )
    assert "'9999' is unknown in 'municipalities'" in refused(case)


Wrong = Callable[[Handler], None]


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        (
            lambda h: h.reply(200, "text/html", b"<h1>Underh\xc3\xa5ll</h1>"),
            "answered with text/html, not with",
        ),
        (
            lambda h: h.reply(200, "application/json; charset=iso-8859-1", b"{}"),
            "in the charset 'iso-8859-1'",
        ),
        (lambda h: h.reply(200, "application/json", b'{"a": 1}'), "in another form than is known"),
        (lambda h: h.reply(200, "application/json", b'{"a": '), "damaged JSON"),
        (
            lambda h: h.problem(429, "Too many requests", "Wait"),
            "429 (Too many requests: Wait); try again later",
        ),
        (lambda h: h.problem(503, "Closed", ""), "503 (Closed: ); try again later"),
    ],
)
def test_what_is_wrong_is_reported(case: Case, wrong: Wrong, shown: str) -> None:
    def fault(handler: Handler, seen: Seen) -> bool:
        wrong(handler)
        return True

    case.publisher.fault = fault
    assert shown.replace(": )", ":)") in refused(case).replace(": )", ":)")


def test_a_months_quota_that_is_used_up_is_reported(case: Case) -> None:
    path = case.folder / "fetch" / "publishers.toml"
    path.write_text(path.read_text() + "monthly = 3\n")
    said = refused(case)
    assert "the 3 calls a month that 127.0.0.1" in said
    assert "are used up; go on with what is there" in said
    before = len(case.publisher.log)
    refused(case)
    assert len(case.publisher.log) == before


def test_offline_is_absolute(case: Case) -> None:
    newer(case)
    before = len(case.publisher.log)
    (case.folder / "fetched" / "population_totals.csv").unlink()
    code, said = case.fetch("--offline")
    assert code == cli.FINE, said
    assert (case.folder / "fetched" / "population_totals.csv").is_file()
    raw = next(path for path in (case.folder / "fetched" / "raw").iterdir() if len(path.name) == 64)
    raw.write_bytes(raw.read_bytes().replace(b"1", b"2"))
    assert "not there or not what came" in refused(case, "--offline")
    assert len(case.publisher.log) == before


def test_a_raw_file_that_is_gone_or_damaged_is_fetched_again_alone(case: Case) -> None:
    raws = sorted(path for path in (case.folder / "fetched" / "raw").iterdir() if len(path.name) == 64)
    whole = {path: path.read_bytes() for path in raws}
    raws[0].unlink()
    raws[1].write_bytes(whole[raws[1]][:-1])
    before = len(case.publisher.asked("/data"))
    code, said = case.fetch()
    assert code == cli.FINE, said
    assert len(case.publisher.asked("/data")) == before + 2
    assert {path: path.read_bytes() for path in raws} == whole


def test_a_target_that_does_not_exist_or_is_wrong_is_reported(case: Case) -> None:
    code, said = case.fetch("poplation")
    assert code == cli.CALL_WRONG
    assert "did you mean 'population'" in said
    path = case.folder / "fetch" / "population.toml"
    path.write_text(TARGET.replace('"scb"', '"scbb"'))
    assert case.fetch() == (cli.DATA_WRONG, f"storregion: {path}: there is no publisher 'scbb'; "
                            "did you mean 'scb'?\n")  # fmt: skip
    path.write_text(TARGET.replace('"population_totals.csv"', '"../x.csv"'))
    assert "leads out of the folder" in case.fetch()[1]
    path.write_text(TARGET.replace("title_sv =", "title_se ="))
    assert "unknown key 'title_se'; did you mean 'title_sv'?" in case.fetch()[1]
    path.write_text(f'value = "persons"\n{TARGET}')
    assert "'value' is no longer a key: write persons = { cells = true }" in case.fetch()[1]
    path.write_text(TARGET.replace("persons =", "person ="))
    assert "the target of population_totals.csv does not fit" in case.fetch("--again")[1]


def test_another_fetch_at_the_same_time_is_kept_out(case: Case) -> None:
    from storregion.fetch.lock import alone

    with alone(case.folder):
        code, said = case.fetch()
    assert code == cli.CALL_WRONG
    assert "is under way" in said
    assert case.fetch()[0] == cli.FINE


def status(case: Case) -> str:
    assert cli.main(["--group", str(case.folder), "--store", str(case.store), "status"]) == cli.FINE
    return case.capture.readouterr().out


def test_a_table_that_vanished_or_has_another_form_is_shown(case: Case) -> None:
    variables = case.table.variables
    newer(case, variables=[*variables, Variable("Alder", ["0", "tot"], eliminable=True)])
    code, said = case.fetch("--check")
    assert code == cli.FINE
    assert "population: changed" in said
    assert "changed at the publisher (TAB638 is not as the target has it" in status(case)
    case.publisher.tables["TAB639"] = case.publisher.tables.pop("TAB638")
    code, said = case.fetch("--check")
    assert code == cli.FINE
    assert "population: changed" in said
    assert re.search(r"changed at the publisher .*answered 404 .*it has moved or is gone", status(case))
    # A fetch that fails so says it, too; one that finds all as it was takes it back.
    (case.folder / "fetched" / "checked.json").unlink()
    refused(case)
    assert "changed at the publisher" in status(case)
    case.publisher.tables["TAB638"] = case.publisher.tables.pop("TAB639")
    case.table.variables[:] = variables
    case.publisher.tables["TAB638"] = replace(case.table, updated="2025-03-20T07:00:00Z")
    assert case.fetch("--check")[0] == cli.FINE
    assert "changed" not in status(case)

    # That a publisher is closed for a day is no change.
    def closed(handler: Handler, seen: Seen) -> bool:
        handler.problem(503, "Closed", "")
        return True

    case.publisher.fault = closed
    assert case.fetch("--check")[0] == cli.DATA_WRONG
    assert "changed" not in status(case)


def test_a_lock_may_be_as_large_as_its_limit_and_no_larger(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = case.folder / "sources.lock"
    monkeypatch.setattr("storregion.fetch.lock._LARGEST_LOCK", lock.stat().st_size)
    assert Lock.read(case.folder).targets
    monkeypatch.setattr("storregion.fetch.lock._LARGEST_LOCK", lock.stat().st_size - 1)
    with pytest.raises(DataError, match=r"sources\.lock holds more than"):
        Lock.read(case.folder)


def test_a_dry_run_writes_nothing(case: Case) -> None:
    (case.folder / "fetched" / "population_totals.csv").unlink()
    newer(case)
    before = {path: path.stat().st_mtime_ns for path in case.folder.rglob("*")}
    code, said = case.fetch("--dry-run")
    assert code == cli.FINE
    # 5 municipalities · 3 years in calls of at most 6 cells.
    assert "would take 3 calls, 15 cells, about 0.0 MB, about 1 seconds" in said
    assert {path: path.stat().st_mtime_ns for path in case.folder.rglob("*")} == before


def test_a_dry_run_says_how_much_comes_by_its_cells(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    (case.folder / "fetched" / "population_totals.csv").unlink()
    newer(case)
    monkeypatch.setattr("storregion.fetch.run.BYTES_A_CELL", 100_000)
    assert "15 cells, about 1.5 MB" in case.fetch("--dry-run")[1]


def test_two_queries_of_one_table_are_put_under_each_other_once(case: Case) -> None:
    target = TARGET.replace('Tid = ["*"]', 'Tid = ["2001"]')
    again = target[target.index("[[tables]]") :].replace("2001", "from(2005)")
    (case.folder / "fetch" / "population.toml").write_text(target + again)
    code, said = case.fetch()
    assert code == cli.FINE, said
    assert pl.read_csv(case.folder / "fetched" / "population_totals.csv").height == 5 * 3


OTHER = """
publisher = "scb"
file = "statistics_migration.csv"
title_sv = "Flyttningar"
title_en = "Migration"
with_reasons = true
[columns]
statistic = { constant = "migration" }
area = { dimension = "Region" }
period = { dimension = "Tid" }
sex = { constant = "total" }
age = { constant = "total" }
category = { constant = "total" }
measure = { constant = "persons" }
value = { cells = true }
[[tables]]
id = "TAB638"
eliminate = ["Kon"]
select = { Region = ["1060"], Tid = ["2001"] }
"""


def test_an_interrupted_target_goes_on_though_another_was_fetched_meanwhile(case: Case) -> None:
    """At its third call one target fails; another is fetched; then only the rest is asked for."""
    newer(case, cell=lambda codes: 5)
    before = len(case.publisher.asked("/data"))

    def third(handler: Handler, seen: Seen) -> bool:
        if len(case.publisher.asked("/data")) == before + 3:
            handler.problem(410, "Gone", "")
            return True
        return False

    case.publisher.fault = third
    assert case.fetch()[0] == cli.DATA_WRONG
    case.publisher.fault = None
    other = case.folder / "fetch" / "other.toml"
    other.write_text(OTHER)
    code, said = case.fetch("other")
    assert code == cli.FINE, said
    at = len(case.publisher.asked("/data"))
    assert case.fetch("population")[0] == cli.FINE
    # Three calls in all, of which two were answered before the interruption.
    assert len(case.publisher.asked("/data")) - at == 1
    raws = {path.name for path in (case.folder / "fetched" / "raw").iterdir()}
    assert all(len(name) == 64 for name in raws)
    assert len(raws) == 4


# ---- the publisher's own description


def schema(name: str) -> dict[str, Any]:
    """One schema of the OpenAPI file, with the others to refer to."""
    document = yaml.safe_load(OPENAPI.read_text("utf-8"))
    text = json.dumps(document["components"]["schemas"], default=str)
    schemas = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    # The file requires "values" of a selection where it describes "valueCodes", which servers take.
    schemas["VariableSelection"]["required"] = ["variableCode", "valueCodes"]
    return {"$ref": f"#/$defs/{name}", "$defs": _nullable(schemas)}


def validate(content: object, described: dict[str, Any]) -> None:
    """OpenAPI 3.0 writes schemas as the fourth draft of JSON Schema does."""
    jsonschema.Draft4Validator(described).validate(content)


def _nullable(value: Any) -> Any:
    """OpenAPI 3.0's nullable as JSON Schema says it."""
    if isinstance(value, dict):
        found = {key: _nullable(inner) for key, inner in value.items()}
        if found.get("nullable") is True and isinstance(found.get("type"), str):
            found["type"] = [found["type"], "null"]
        return found
    return [_nullable(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.skipif(not OPENAPI.is_file(), reason="no OpenAPI file; STORREGION_SHARED names its folder")
def test_our_calls_are_as_the_publisher_describes_them(case: Case) -> None:
    document = yaml.safe_load(OPENAPI.read_text("utf-8"))
    formats = document["components"]["schemas"]["OutputFormatType"]["enum"]
    paths = {path: set(methods) for path, methods in document["paths"].items()}
    assert case.publisher.log
    for seen in case.publisher.log:
        path = seen.path.removeprefix("/api/v2").replace("TAB638", "{id}")
        assert seen.method.lower() in paths[path]
        described = document["paths"][path][seen.method.lower()].get("parameters", [])
        names = {p.get("name") or p["$ref"].rsplit("/", 1)[1] for p in described}
        assert set(seen.query) <= names
        if seen.method == "POST":
            assert seen.query["outputFormat"] in formats
            assert seen.headers["Content-Type"] == "application/json"
            body = json.loads(seen.body)
            validate(body, schema("VariablesSelection"))
            assert all(set(part) <= {"variableCode", "valueCodes", "codelist"} for part in body["selection"])
    assert all(seen.method == "POST" for seen in case.publisher.asked("/data"))


@pytest.mark.skipif(not OPENAPI.is_file(), reason="no OpenAPI file; STORREGION_SHARED names its folder")
def test_the_server_of_these_tests_answers_as_the_publisher_describes(case: Case) -> None:
    import urllib.error
    import urllib.request

    def ask(path: str, body: bytes | None = None) -> Any:
        with urllib.request.urlopen(case.publisher.address + path, body) as answer:
            return json.loads(answer.read())

    validate(ask("/config"), schema("ConfigResponse"))
    metadata, data = ask("/tables/TAB638/metadata"), ask("/tables/TAB638/data", json.dumps(
        {"selection": [{"variableCode": "Region", "valueCodes": ["1060"]},
                       {"variableCode": "Tid", "valueCodes": ["2024"]}]}).encode())  # fmt: skip
    dataset = schema("Dataset")
    # The file's pattern of dates has no time, which its own examples have; metadata have no values.
    dataset["$defs"]["updated"].pop("pattern")
    validate(data, dataset)
    dataset["$defs"]["Dataset"]["required"].remove("value")
    validate({k: v for k, v in metadata.items() if k != "value"}, dataset)
    for path, status in (("/tables/TAB0/metadata", 404), ("/config?x=" + "y" * 2100, 404)):
        with pytest.raises(urllib.error.HTTPError) as shown:
            ask(path)
        assert shown.value.code == status
        validate(json.loads(shown.value.read()), schema("Problem"))
        shown.value.close()
