import csv
from pathlib import Path

import polars as pl
import pytest

from storregion import cli
from storregion.core import group
from storregion.core.errors import CallError, DataError, SettingError, StoreError
from storregion.core.origins import ORIGINS
from storregion.core.workspace import Workspace
from storregion.intake import importing

MAP = """\
[columns]
home = { column = "home" }
work = { column = "work" }
persons = { column = "persons" }
year = { column = "year" }
sex = { constant = "total" }

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


def test_what_is_read_in_is_built_and_traced(tmp_path: Path, folder: Path, store: Path, mapped: Path) -> None:
    path = matrix(tmp_path, folder, (2022, 2023), extra=0.5)
    assert opened(folder, store).table("commuting_observed").is_empty()
    taken = importing.import_file(opened(folder, store), path, "commuting", mapped)
    assert (taken.rows, taken.replaced) == (1160, False)

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
    assert origin.checked.en == "1160 rows, 2022–2023"
    assert (origin.defects.sv, origin.defects.en) == ("", "")


def test_whole_numbers_are_written_without_decimals(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    path = matrix(tmp_path, folder, (2022, 2023), extra=0.5)
    written = importing.import_file(opened(folder, store), path, "commuting", mapped).path.read_text("utf-8")
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
    line += ["Another, Ltd", ""]
    with (fetched / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, line])
    for years in ((2022,), (2023,)):
        taken = importing.import_file(
            opened(folder, store), matrix(tmp_path, folder, years), "commuting", mapped
        )
    assert taken.replaced
    lines = _rows(fetched / "sources.csv")
    assert [row["file"] for row in lines] == ["commuting.csv", "counties.csv"]
    assert list(lines[1].values()) == line
    assert opened(folder, store).table("commuting_observed")["year"].unique().to_list() == [2023]
    assert sorted(path.name for path in fetched.iterdir()) == ["commuting.csv", "counties.csv", "sources.csv"]


def test_nothing_is_written_when_there_is_a_fault(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    path = matrix(tmp_path, folder)
    path.write_text(path.read_text("utf-8").replace("2023,0114,0114,14000.0", "2023,0114,0114,.."), "utf-8")
    with pytest.raises(DataError, match=r"row 2, column 'persons': '\.\.' is not a number; if it is a sign"):
        importing.import_file(opened(folder, store), path, "commuting", mapped)
    assert not (folder / "fetched").exists()


def test_a_misspelt_key_of_a_map_is_reported(tmp_path: Path, folder: Path, store: Path, mapped: Path) -> None:
    mapped.write_text(
        MAP.replace("[columns]", "skip_row = 1\n[columns]").replace("licence", "license"), "utf-8"
    )
    with pytest.raises(SettingError) as error:
        importing.import_file(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    assert "unknown key 'skip_row'; did you mean 'skip_rows'?" in str(error.value)
    assert "unknown key 'origin.license'; did you mean 'licence'?" in str(error.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://www", "ftp://www"),
        ('"SCB"', '""'),
        ('"total"', '["all"]'),
        ("[columns]", "skip_rows = -1\n[columns]"),
    ],
)
def test_a_wrong_value_of_a_map_is_reported(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, old: str, new: str
) -> None:
    mapped.write_text(MAP.replace(old, new), "utf-8")
    with pytest.raises(SettingError, match=r"map\.toml"):
        importing.import_file(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)


def test_a_folder_that_cannot_be_written_is_reported(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    (folder / "fetched").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(StoreError, match=r"make a copy of the group's folder .* with --group"):
        importing.import_file(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)


@pytest.mark.parametrize(
    "key", ['layout = "matrix"', 'home = "hem"', 'sexes = { Alla = "total" }', 'code = "leading"']
)
def test_a_key_that_is_no_longer_used_is_reported_with_the_new_one(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, key: str
) -> None:
    mapped.write_text(f"{key}\n{MAP}", "utf-8")
    name = key.split()[0]
    with pytest.raises(SettingError, match=rf"map.toml:\n  '{name}' is no longer a key: .*under \[columns"):
        importing.import_file(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing.import_file(opened(folder, store), matrix(tmp_path, folder, (2022,)), "commuting", mapped)
    before = {path.name: path.read_bytes() for path in (folder / "fetched").iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        importing.import_file(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    assert {path.name: path.read_bytes() for path in (folder / "fetched").iterdir()} == before


def test_a_matrix_that_makes_too_large_a_file_is_refused(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LARGEST_FILE", 1000)
    with pytest.raises(DataError, match="at most 1000 are read"):
        importing.import_file(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    assert not (folder / "fetched").exists()


def test_a_call_for_what_is_not_there_is_reported(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    path = matrix(tmp_path, folder)
    with pytest.raises(CallError, match=r"nothing is read in as 'comuting'; did you mean 'commuting'"):
        importing.import_file(opened(folder, store), path, "comuting", mapped)
    with pytest.raises(CallError, match=r"no\.csv does not exist"):
        importing.import_file(opened(folder, store), tmp_path / "no.csv", "commuting", mapped)


def test_the_command_says_what_it_read_and_what_to_do(
    tmp_path: Path, folder: Path, store: Path, mapped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = matrix(tmp_path, folder)
    call = ["--group", str(folder), "--store", str(store), "import", str(path), "--map", str(mapped)]
    assert cli.main([*call, "--as", "commuting"]) == cli.FINE
    said = capsys.readouterr().out
    assert said.startswith(f"Read 580 rows from {path}.\n")
    assert "Wrote" in said
    assert "Run 'storregion build'" in said

    assert cli.main([*call, "--as", "trains"]) == cli.CALL_WRONG
    assert "nothing is read in as 'trains'; there is 'births'," in capsys.readouterr().err
    assert cli.main([*call, "--map", str(tmp_path / "no.toml"), "--as", "commuting"]) == cli.CALL_WRONG
    assert "no.toml does not exist" in capsys.readouterr().err
    assert cli.main(["--as-built", *call, "--as", "commuting"]) == cli.CALL_WRONG
    path.write_text("year,home\n", "utf-8")
    assert cli.main([*call, "--as", "commuting"]) == cli.DATA_WRONG
    assert "there is no column 'work'" in capsys.readouterr().err


def test_a_file_that_came_in_otherwise_is_judged_on_building(
    tmp_path: Path, folder: Path, store: Path, mapped: Path
) -> None:
    taken = importing.import_file(opened(folder, store), matrix(tmp_path, folder), "commuting", mapped)
    lines = taken.path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.split(",")[1] != line.split(",")[2]]
    taken.path.write_text("".join(kept), "utf-8")
    with pytest.raises(DataError, match="home = work is missing entirely"):
        opened(folder, store).table("commuting_observed")
