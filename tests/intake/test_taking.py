import csv
import os
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from storregion import cli
from storregion.core import group, settings
from storregion.core.errors import CallError, DataError, SettingError, StoreError
from storregion.core.origins import ORIGINS
from storregion.core.workspace import Workspace
from storregion.intake import taking
from storregion.intake.odmap import Map
from storregion.publish.portal import open_site

ROOT = Path(__file__).parents[2]
MAP = """\
layout = "long"
home = "home"
work = "work"
persons = "persons"
year = "year"
constants = { sex = "total" }

[origin]
producer = "SCB"
title_sv = "Pendling mellan kommuner"
title_en = "Commuting between municipalities"
url = "https://www.scb.se/"
licence = "CC0 1.0"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A group of the whole country that a test may write into."""
    made = tmp_path / "group"
    (made / "figures").mkdir(parents=True)
    bundled = group.bundled()
    (made / "group.toml").write_bytes((bundled / "group.toml").read_bytes())
    for name in ("counties.csv", "municipalities.csv"):
        (made / "figures" / name).write_bytes((bundled / "figures" / name).read_bytes())
    lines = (bundled / "figures" / "sources.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.startswith(("file,", "counties.csv,", "municipalities.csv,"))]
    (made / "figures" / "sources.csv").write_text("".join(kept), "utf-8")
    return made


@pytest.fixture
def mapped(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(MAP, "utf-8")
    return path


def matrix(tmp_path: Path, folder: Path, years: tuple[int, ...] = (2023,), extra: float = 0.0) -> Path:
    """A user's file: 14 000 stay in each of 290 municipalities, 2 000 go to the next code, one way round.

    290 · 16 000 = 4 640 000 persons a year, and `extra` for every year after the first.
    """
    codes = sorted(row["municipality"] for row in _rows(folder / "figures" / "municipalities.csv"))
    path = tmp_path / "od.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["year", "home", "work", "persons"])
        for number, year in enumerate(years):
            for at, code in enumerate(codes):
                more = extra * number if at == 0 else 0
                writer.writerow([year, code, code, 14000 + more])
                writer.writerow([year, code, codes[(at + 1) % 290], 2000])
    return path


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def opened(folder: Path, store: Path) -> Workspace:
    return Workspace(folder, store)


def test_the_guide_s_example_is_a_map(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "how-to" / "read-a-commuting-matrix.md").read_text("utf-8")
    path = tmp_path / "map.toml"
    path.write_text(guide.partition("```toml\n")[2].partition("```")[0], "utf-8")
    chosen = settings.read(path, Map)
    assert chosen.columns().keys() == {"home", "work", "persons", "sex", "year"}
    assert chosen.sexes == {"Alla": "total", "Män": "men", "Kvinnor": "women"}


def test_what_is_read_in_is_built_and_traced(tmp_path: Path, folder: Path, store: Path, mapped: Path) -> None:
    path = matrix(tmp_path, folder, (2022, 2023), extra=0.5)
    assert opened(folder, store).table("commuting_observed").is_empty()
    taken = taking.take_in(opened(folder, store), path, "commuting", mapped)
    assert (taken.rows, taken.replaced) == (1160, False)
    assert taken.totals is not None
    assert taken.totals.rows() == [(2022, "total", 4_640_000.0), (2023, "total", 4_640_000.5)]

    work = opened(folder, store)
    frame = work.table("commuting_observed")
    user = pl.read_csv(path, schema_overrides={"home": pl.String, "work": pl.String})
    wanted = user.select("year", "home", "work", pl.col("persons").cast(pl.Float64)).sort(
        "year", "home", "work"
    )
    assert frame.select(wanted.columns).equals(wanted)
    assert frame["basis"].unique().to_list() == ["observed"]
    (origin,) = work.record("commuting_observed").origins
    assert (origin.fetched, origin.producer, origin.licence) == (True, "SCB", "CC0 1.0")
    assert origin.checked.en == "1160 rows; employed 2022 total 4640000, 2023 total 4640000"
    assert (origin.defects.sv, origin.defects.en) == ("", "")


def test_whole_numbers_are_written_without_decimals(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    path = matrix(tmp_path, folder, (2022, 2023), extra=0.5)
    written = taking.take_in(opened(folder, store), path, "commuting", mapped).path.read_text("utf-8")
    lines = written.splitlines()
    assert lines[:2] == ["year,home,work,sex,persons", "2022,0114,0114,total,14000"]
    assert "2023,0114,0114,total,14000.5" in lines


def test_another_import_replaces_its_own_and_keeps_other_lines(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    fetched = folder / "fetched"
    fetched.mkdir()
    (fetched / "counties.csv").write_bytes((folder / "figures" / "counties.csv").read_bytes())
    names = [column.name for column in ORIGINS.columns]
    line = ["counties.csv", 'Någon "annan", AB', "a", "b", "", "CC0 1.0", "", "", "brist", "defect", ""]
    with (fetched / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, line])
    for years in ((2022,), (2023,)):
        taken = taking.take_in(opened(folder, store), matrix(tmp_path, folder, years), "commuting", mapped)
    assert taken.replaced
    lines = _rows(fetched / "sources.csv")
    assert [row["file"] for row in lines] == ["counties.csv", "commuting.csv"]
    assert list(lines[0].values()) == line
    assert opened(folder, store).table("commuting_observed")["year"].unique().to_list() == [2023]
    assert sorted(path.name for path in fetched.iterdir()) == ["commuting.csv", "counties.csv", "sources.csv"]


def test_nothing_is_written_when_there_is_a_fault(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    path = matrix(tmp_path, folder)
    path.write_text(path.read_text("utf-8").replace("2023,0114,0114,14000.0", "2023,0114,0114,.."), "utf-8")
    with pytest.raises(DataError, match=r"row 2, column 'persons': '\.\.' is a sign"):
        taking.take_in(opened(folder, store), path, "commuting", mapped)
    assert not (folder / "fetched").exists()


def test_a_misspelt_key_of_a_map_is_told(tmp_path: Path, folder: Path, store: Path, mapped: Path) -> None:
    mapped.write_text(MAP.replace("layout", "layuot").replace("licence", "license"), "utf-8")
    with pytest.raises(SettingError) as error:
        taking.take_in(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    assert "unknown key 'layuot'; did you mean 'layout'?" in str(error.value)
    assert "unknown key 'origin.license'; did you mean 'licence'?" in str(error.value)


@pytest.mark.parametrize(
    ("old", "new"), [("https://www", "ftp://www"), ('"SCB"', '""'), ('"total"', '"all"'), ("long", "wide")]
)
def test_a_wrong_value_of_a_map_is_told(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, old: str, new: str
) -> None:
    mapped.write_text(MAP.replace(old, new), "utf-8")
    with pytest.raises(SettingError, match=r"map\.toml"):
        taking.take_in(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    (folder / "fetched").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(StoreError, match=r"make a copy of the group's folder .* with --group"):
        taking.take_in(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking.take_in(opened(folder, store), matrix(tmp_path, folder, (2022,)), "commuting", mapped)
    before = {path.name: path.read_bytes() for path in (folder / "fetched").iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        taking.take_in(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    assert {path.name: path.read_bytes() for path in (folder / "fetched").iterdir()} == before


def test_a_matrix_that_makes_too_large_a_file_is_refused(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "LARGEST_FILE", 1000)
    with pytest.raises(DataError, match="at most 1000 are read"):
        taking.take_in(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    assert not (folder / "fetched").exists()


def test_a_call_for_what_is_not_there_is_told(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    path = matrix(tmp_path, folder)
    with pytest.raises(CallError, match=r"nothing is read in as 'comuting'; did you mean 'commuting'"):
        taking.take_in(opened(folder, store), path, "comuting", mapped)
    with pytest.raises(CallError, match=r"no\.csv does not exist"):
        taking.take_in(opened(folder, store), tmp_path / "no.csv", "commuting", mapped)


def test_the_command_says_what_it_read_and_what_to_do(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = matrix(tmp_path, folder)
    call = ["--group", str(folder), "--store", str(store), "import", str(path), "--map", str(mapped)]
    assert cli.main([*call, "--as", "commuting"]) == cli.FINE
    said = capsys.readouterr().out
    assert said.startswith(f"Read 580 rows of 1 year from {path}.\n  2023 total: 4640000 persons\n")
    assert "Wrote" in said
    assert "Run 'storregion build'" in said

    assert cli.main([*call, "--as", "trains"]) == cli.CALL_WRONG
    assert (
        "nothing is read in as 'trains'; there is 'births', 'cell_walks', 'commuting'"
        in capsys.readouterr().err
    )
    assert cli.main([*call, "--map", str(tmp_path / "no.toml"), "--as", "commuting"]) == cli.CALL_WRONG
    assert "no.toml does not exist" in capsys.readouterr().err
    assert cli.main(["--as-built", *call, "--as", "commuting"]) == cli.CALL_WRONG
    path.write_text("year,home\n", "utf-8")
    assert cli.main([*call, "--as", "commuting"]) == cli.DATA_WRONG
    assert "there is no column 'work'" in capsys.readouterr().err


def test_a_file_that_came_in_otherwise_is_judged_on_building(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    taken = taking.take_in(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    lines = taken.path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.split(",")[1] != line.split(",")[2]]
    taken.path.write_text("".join(kept), "utf-8")
    with pytest.raises(DataError, match="home = work is missing entirely"):
        opened(folder, store).table("commuting_observed")


# ---- a timetable


@pytest.fixture
def shared_feed() -> Path:
    """An open feed of long-distance trains, where the shared data is at hand."""
    shared = Path(os.environ.get("STORREGION_SHARED", Path(__file__).parents[3] / "shared"))
    feed = shared / "data" / "gtfs" / "sj_2022-12_2023-12.zip"
    if not feed.is_file():
        pytest.skip(f"{feed} is not here")
    return feed


def test_a_feed_takes_the_line_plans_place_and_scenarios_of_lines_it_lacks_say_so(
    shared_feed: Path, tmp_path: Path, store: Path
) -> None:
    folder = Path(shutil.copytree(group.bundled(), tmp_path / "own"))
    taken = taking.take_in_feed(Workspace(folder, store), shared_feed, "CC0 1.0")
    # As many as run on the Thursday that the rules of travel name.
    assert taken.trips == 508
    work = Workspace(folder, store)
    assert set(work.table("lines")["feed"]) == {"sj_2022-12_2023-12"}
    row = work.table("access_nodes").filter(
        origin="uppsala", destination="stockholm", period="morning", way="depart_at"
    )
    # The published table of the feed has a median of 39 minutes over the day.
    assert row["typical"].item() == 39
    assert row["basis"].item() == "observed"
    missing = work.table("access_nodes").filter(origin="eskilstuna", times_absent="missing")
    # No train of the feed calls at Eskilstuna that day.
    assert missing.height == 13 * 3 * 2
    site = open_site(work)
    assert "ostlanken" in site.lost_scenarios
    assert "malartag-nykoping" in site.lost_scenarios["ostlanken"]
    assert "malartag-nykoping" in site.html("sv", "scenario/")


def test_a_feed_without_service_on_the_day_is_refused_and_nothing_is_written(
    shared_feed: Path, tmp_path: Path, store: Path
) -> None:
    folder = Path(shutil.copytree(group.bundled(), tmp_path / "own"))
    rules = (folder / "assumptions.toml").read_text("utf-8").replace("2023-11-30", "2027-01-04")
    asked = rules.replace("[travel_rules]", '[travel_rules]\nday_without_service = "refuse"')
    (folder / "assumptions.toml").write_text(asked, "utf-8")
    with pytest.raises(DataError, match="2027-01-04"):
        taking.take_in_feed(Workspace(folder, store), shared_feed, "CC0 1.0")
    assert not (folder / "fetched").exists()
    (folder / "assumptions.toml").write_text(rules, "utf-8")
    taken = taking.take_in_feed(Workspace(folder, store), shared_feed, "CC0 1.0")
    # A Thursday of full service; of the days long gone when the feed was made it has few trips left.
    assert date.fromisoformat(taken.day).weekday() == 3
    assert Workspace(folder, store).table("travel_rules")["day"].item() == taken.day
    assert taken.trips > 400


def test_what_is_no_zip_is_no_feed(small: Path, store: Path) -> None:
    with pytest.raises(CallError, match="is no zip"):
        taking.take_in_feed(Workspace(small, store), small / "group.toml", "CC0 1.0")
