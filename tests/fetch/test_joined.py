"""A file made of several tables: one that ends goes on in another, and one that fails leaves the others."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.fetch.faithful import Handler, Publisher, Seen, Table, Variable

from storregion import cli
from storregion.core.errors import SettingError
from storregion.core.workspace import Workspace
from storregion.fetch import publishers, status
from storregion.fetch.lock import Lock

SMALL = Path(__file__).parents[1] / "groups" / "blekinge"
CODES = ["10", "1060", "1080"]
NOTE = "Från och med 2025 används Cell Key Method (CKM)."
TARGET = """
publisher = "scb"
file = "statistics_migration.csv"
title_sv = "Flyttningar"
title_en = "Migration"
series = "migration"
with_reasons = true
[signs]
".." = "missing"
"." = "not_applicable"
"" = "missing"
[columns]
statistic = { constant = "migration" }
area = { dimension = "Region" }
period = { dimension = "Tid" }
sex = { dimension = "Kon", words = { 1 = "men", 2 = "women", TotSa = "total" } }
age = { constant = "total" }
category = { constant = "total" }
measure = { dimension = "ContentsCode", label = true }
value = { cells = true }
[[tables]]
id = "OLD"
succeeded_by = "NEW"
[tables.select]
Region = ["*"]
Kon = ["1", "2"]
Tid = ["*"]
[[tables]]
id = "NEW"
[tables.select]
Region = ["*"]
Kon = ["1", "2", "TotSa"]
Tid = ["*"]
"""


@dataclass
class Case:
    """A small group and its publisher."""

    folder: Path
    store: Path
    publisher: Publisher
    capture: pytest.CaptureFixture[str]

    def fetch(self, *words: str) -> tuple[int, str]:
        code = cli.main(["--group", str(self.folder), "--store", str(self.store), "fetch", *words])
        said = self.capture.readouterr()
        return code, said.out + said.err

    def status(self, day: str = "2026-03-01") -> str:
        lines = status.lines(Workspace(self.folder, self.store), date.fromisoformat(day))
        return next(
            f"{line.state} ({line.more})" for line in lines if line.file == "statistics_migration.csv"
        )

    def rows(self) -> dict[str, int]:
        frame = pl.read_csv(self.folder / "fetched" / "statistics_migration.csv", infer_schema=False)
        return dict(frame.group_by("period").len().sort("period").iter_rows())


@pytest.fixture
def case(tmp_path: Path, publisher: Publisher, capsys: pytest.CaptureFixture[str]) -> Case:
    folder = Path(shutil.copytree(SMALL, tmp_path / "group"))
    (folder / "fetch").mkdir()
    (folder / "fetch" / "publishers.toml").write_text(
        f'[scb]\nkind = "pxweb2"\nname = "SCB"\nbase = "{publisher.address}"\nlicence = "CC0 1.0"\n'
        "calls = 1000\nseconds = 1.0\nprivate = true\nplain = true\npause = 0.01\nattempts = 2\n"
    )
    (folder / "fetch" / "migration.toml").write_text(TARGET)
    breaks = folder / "figures" / "series_breaks.csv"
    breaks.write_text("series,year,about_sv,about_en\nmigration,2025,Ny tabell,New table\n")
    sources = folder / "figures" / "sources.csv"
    if "series_breaks.csv" not in sources.read_text():
        width = len(sources.read_text().splitlines()[0].split(","))
        line = ["series_breaks.csv", "SCB", "Brott", "Breaks", "", "CC0 1.0"]
        sources.write_text(sources.read_text() + ",".join([*line, *[""] * (width - 6)]) + "\n")
    publisher.calls, publisher.cells = 1000, 1000
    contents = Variable("ContentsCode", ["A"], ["Inflyttningar"])
    publisher.add(Table("OLD", [
        Variable("Region", [*CODES]), Variable("Kon", ["1", "2"], ["män", "kvinnor"]), contents,
        Variable("Tid", ["2023", "2024"], time=True),
    ], lambda _: 5))  # fmt: skip
    publisher.add(Table("NEW", [
        Variable("Region", [*CODES]), Variable("Kon", ["1", "2", "TotSa"]), contents,
        Variable("Tid", ["2025"], time=True),
    ], lambda _: 7, updated="2026-02-20T07:00:00Z", notes=[NOTE]))  # fmt: skip
    return Case(folder, tmp_path / "store", publisher, capsys)


def gone(name: str) -> object:
    def fault(handler: Handler, seen: Seen) -> bool:
        if f"/{name}/" in seen.path:
            handler.problem(404, "Not Found", "Node with id can not be found")
            return True
        return False

    return fault


def test_a_series_that_nobody_has_fetched_is_estimated(case: Case) -> None:
    assert case.status() == "estimated (may be fetched)"


def test_a_table_and_its_successor_make_one_series_with_the_publishers_note(case: Case) -> None:
    code, said = case.fetch()
    assert code == cli.FINE, said
    # Three areas, two sexes and from 2025 on their total.
    assert case.rows() == {"2023": 6, "2024": 6, "2025": 9}
    assert [table.notes for table in Lock.read(case.folder).targets["migration"].tables] == [(), (NOTE,)]
    sources = (case.folder / "fetched" / "sources.csv").read_text("utf-8")
    assert "Cellerna i NEW är störda för sekretess" in sources
    assert "The cells of NEW are perturbed" in sources
    assert "NEW as of 2026-02-20; perturbed" in case.status()


def test_what_the_publisher_notes_is_shown_by_a_check(case: Case) -> None:
    assert f"migration: NEW says: {NOTE}" in case.fetch("--check")[1]
    case.fetch()
    case.publisher.tables["OLD"].notes = ["Kommunen delades."]
    assert "OLD says anew: Kommunen delades." in case.fetch("--check")[1]


def test_a_table_that_is_gone_leaves_what_the_others_give(case: Case) -> None:
    case.publisher.fault = gone("NEW")  # type: ignore[assignment]
    code, said = case.fetch()
    assert code == cli.DATA_WRONG
    assert "without what is new of NEW" in said
    assert case.rows() == {"2023": 6, "2024": 6}
    assert case.status().startswith("fetched")
    assert "without NEW" in case.status()
    case.publisher.fault = None
    code, said = case.fetch()
    assert code == cli.FINE, said
    assert case.rows() == {"2023": 6, "2024": 6, "2025": 9}
    # Nor is what has been fetched lost when the table goes away later, while the other has news.
    case.publisher.fault = gone("NEW")  # type: ignore[assignment]
    old = case.publisher.tables["OLD"]
    old.cell, old.updated = (lambda _: 6), "2026-03-20T07:00:00Z"
    code, said = case.fetch()
    assert code == cli.DATA_WRONG
    assert case.rows() == {"2023": 6, "2024": 6, "2025": 9}
    frame = pl.read_csv(case.folder / "fetched" / "statistics_migration.csv")
    assert dict(frame.group_by("period").agg(pl.col("value").first()).sort("period").iter_rows()) == {
        2023: 6, 2024: 6, 2025: 7
    }  # fmt: skip


def test_a_table_whose_cells_mean_nothing_leaves_the_others(case: Case) -> None:
    case.publisher.tables["NEW"].cell = lambda codes: "z" if codes[0] == "10" else 7
    code, said = case.fetch()
    assert code == cli.DATA_WRONG
    assert "'z' is not a number; if it is a sign for no value, say under signs" in said
    assert case.rows() == {"2023": 6, "2024": 6}
    assert "without NEW" in case.status()
    files = case.folder / "fetched" / "statistics_migration.csv"
    before = files.read_bytes()
    assert case.fetch("--offline")[0] == cli.DATA_WRONG
    assert files.read_bytes() == before


def test_a_table_that_has_lost_codes_leaves_what_is_new_of_the_others(case: Case) -> None:
    case.fetch()
    old, new = case.publisher.tables["OLD"], case.publisher.tables["NEW"]
    old.variables[0].codes.remove("1080")
    old.updated = new.updated = "2026-03-20T07:00:00Z"
    new.variables[3].codes.append("2026")
    code, said = case.fetch()
    assert code == cli.DATA_WRONG
    assert (
        "OLD: the publisher has taken away what was there before (OLD: codes of Region are gone: 1080)"
        in said
    )
    assert case.rows() == {"2023": 6, "2024": 6, "2025": 9, "2026": 9}
    code, said = case.fetch("--accept")
    assert code == cli.FINE, said
    assert case.rows() == {"2023": 4, "2024": 4, "2025": 9, "2026": 9}


def test_an_old_code_of_a_municipality_is_named_before_anything_is_asked_for(case: Case) -> None:
    case.publisher.tables["OLD"].variables[0].codes.append("1917")
    _, said = case.fetch("--check")
    assert "OLD: dimension 'Region': 1917 lie in no municipality that exists" in said
    case.fetch()
    assert not case.publisher.asked("OLD/data")
    # The file says what the code is now, and the others stay as they are.
    toml = case.folder / "fetch" / "migration.toml"
    now = 'area = { dimension = "Region", words = { 1917 = "1081" }, others = true }'
    toml.write_text(TARGET.replace('area = { dimension = "Region" }', now))
    code, said = case.fetch()
    assert code == cli.FINE, said
    assert case.rows() == {"2023": 8, "2024": 8, "2025": 9}


def test_a_file_that_has_a_table_does_not_lose_it_to_a_sign(case: Case) -> None:
    case.fetch()
    new = case.publisher.tables["NEW"]
    new.cell, new.updated = (lambda codes: "z"), "2026-03-20T07:00:00Z"
    code, said = case.fetch()
    assert code == cli.DATA_WRONG
    assert "NEW can no longer be read" in said
    assert "what was there stays" in said
    assert case.rows() == {"2023": 6, "2024": 6, "2025": 9}


def test_codes_without_a_meaning_are_refused_before_anything_is_asked_for(case: Case) -> None:
    toml = case.folder / "fetch" / "migration.toml"
    toml.write_text(TARGET.replace('Kon = ["1", "2"]', 'Kon = ["*"]'))
    case.publisher.tables["OLD"].variables[1].codes.append("4")
    case.publisher.tables["OLD"].variables[1].labels.append("män och kvinnor")
    for words in (("--check",), ("--dry-run",)):
        _, said = case.fetch(*words)
        assert "OLD: dimension 'Kon': '4' has no meaning under words" in said, words
        assert not case.publisher.asked("/data")
    case.fetch()
    assert not case.publisher.asked("OLD/data")
    assert case.rows() == {"2025": 9}


def test_a_check_names_signs_that_would_be_refused(case: Case) -> None:
    toml = case.folder / "fetch" / "migration.toml"
    toml.write_text(TARGET.replace('".." = "missing"\n', ""))
    assert "a cell that is '..' would be refused; say under signs what it means" in case.fetch("--check")[1]


def test_status_says_when_a_table_has_not_grown_for_longer_than_its_period(case: Case) -> None:
    case.fetch()
    # The older table has ended, but its successor goes on; a year and a quarter later that should have grown.
    assert "not grown" not in case.status("2026-12-31")
    assert "not grown (NEW ends with 2025 and was last updated 2026-02-20" in case.status("2027-06-01")
    toml = case.folder / "fetch" / "migration.toml"
    toml.write_text(TARGET.replace('succeeded_by = "NEW"\n', ""))
    assert "OLD ends with 2024 and was last updated 2025-03-20" in case.status("2026-12-31")
    # A target that names its years wants no others.
    toml.write_text(TARGET.replace('succeeded_by = "NEW"\n', "").replace('Tid = ["*"]', 'Tid = ["2024"]', 1))
    assert "not grown" not in case.status("2026-12-31")


def test_a_successor_is_a_table_of_the_target(case: Case) -> None:
    toml = case.folder / "fetch" / "migration.toml"
    toml.write_text(TARGET.replace('succeeded_by = "NEW"', 'succeeded_by = "NEWER"'))
    with pytest.raises(SettingError, match="no table of the target is 'NEWER', which succeeds one"):
        publishers.read(case.folder)


def called(case: Case, base: str) -> str:
    """The address of a publisher as the settings are read."""
    (case.folder / "fetch" / "publishers.toml").write_text(
        f'[scb]\nkind = "pxweb2"\nname = "SCB"\nbase = "{base}"\nlicence = "CC0 1.0"\n'
        "calls = 1\nseconds = 1.0\n"
    )
    return publishers.read(case.folder).publishers["scb"].base


@pytest.mark.parametrize(
    "base", ["ftp://a.se", "http://a.se", "https://", "https://me@a.se", "https://a.se?key=1"]
)
def test_an_address_that_may_not_be_called_is_refused(case: Case, base: str) -> None:
    with pytest.raises(SettingError, match="the base of 'scb' is not an address that may be called"):
        called(case, base)


def test_an_address_with_a_path_may_be_called(case: Case) -> None:
    assert called(case, "https://a.se/api/v2") == "https://a.se/api/v2"
